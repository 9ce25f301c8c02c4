//! `source new`: a first draft of a source file from a page, fetched as politely as a crawl would,
//! or saved before. What the draft says is `crate::draft`'s business.

use crate::commands::output;
use crate::draft::{self, Draft, Known, PageRole, PageSeen, Read};
use crate::failure::{Exit, Failure};
use crate::reading;
use crate::settings::Settings;
use crate::visitor;
use crate::whole_file;
use crawler::archive::Archive;
use crawler::{Engine, LeaseClock, Outcome, Target};
use model::{Clock, Network, Source, SystemClock};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Seconds between the few requests of a draft; a longer Crawl-delay prevails.
const DELAY_SECONDS: f64 = 1.0;
/// Further pages looked at for a product, where the page given is none.
const LOOKS: usize = 3;
/// Redirects followed from the address given.
const REDIRECTS: usize = 3;

/// Flags of `source new`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  touchstone source new https://www.shop.example/item/17 \\\n      --contact https://customs.example/crawler\n  touchstone source new https://www.shop.example/item/17 --page saved.html\n\nAsks the site for robots.txt, the page and, where that is no product, at most\nthree more, at its pace. Writes the file and, where an offer was read, the page under samples/\nbeside it. Nothing that exists is overwritten. The permission is left for you\nto fill in: until then `source check` refuses the file.\nExit code 4 when the page cannot be had, 3 when a file is there already."
)]
pub struct Args {
    /// Address of a page: best of a product, or of a list to begin with
    url: String,
    /// File to write (default: the site's name with .toml, in this folder)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A saved copy of the page, instead of asking the site
    #[arg(long, value_name = "SAVED.html")]
    page: Option<PathBuf>,
    /// Where the site's operator reaches you: a mail address or a page (sent with each request)
    #[arg(long, value_name = "CONTACT", required_unless_present = "page")]
    contact: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    /// For tests: allow addresses of this machine
    #[arg(long, hide = true)]
    allow_loopback: bool,
    /// For tests: connect to this port of this machine instead of looking names up
    #[arg(long, hide = true, value_name = "ADDRESS", requires = "allow_loopback")]
    connect_to: Option<String>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let network = Network { allow_loopback: args.allow_loopback, connect_to: args.connect_to.clone() };
    let day = Some(SystemClock.today());
    let agent = settings.user_agent_token().to_owned();
    let mut known = Known { contact: args.contact.clone(), robots: None, agent, network, day };
    let (page, product) = match &args.page {
        Some(file) => {
            let body = reading::file(file)?;
            (draft::read(&PageSeen { url: args.url.clone(), body, content_type: None })?, None)
        }
        None => ask(settings, &args.url, &mut known).await?,
    };
    let draft = draft::draft(&page, product.as_ref(), &known);
    let out = args.out.unwrap_or_else(|| PathBuf::from(format!("{}.toml", draft.id)));
    let sample = save(&out, &draft)?;
    if args.json {
        return output::json(&serde_json::json!({
            "id": draft.id,
            "file": out,
            "sample": sample,
            "page": page.role,
            "product_paths": draft.product_paths,
            "expect": draft.expect,
            "fill_in": draft.to_fill_in,
        }));
    }
    output::text(&summary(&out, sample.as_deref(), &draft, page.role))
}

/// Writes the sample, then the file; neither over something else.
fn save(out: &Path, draft: &Draft) -> Result<Option<PathBuf>, Failure> {
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sample = draft.sample.as_ref().map(|(file, body)| (folder.join(file), body));
    for path in std::iter::once(out).chain(sample.as_ref().map(|(path, _)| path.as_path())) {
        if path.exists() {
            return Err(Failure::input(format!("{}: is there already", path.display()))
                .hint("choose another name with --out, or move the file away first"));
        }
    }
    let write = |path: &Path, bytes: &[u8]| {
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
        whole_file::write(path, bytes)
    };
    if let Some((path, body)) = &sample {
        write(path, body)?;
    }
    write(out, draft.text.as_bytes())?;
    Ok(sample.map(|(path, _)| path))
}

fn summary(out: &Path, sample: Option<&Path>, draft: &Draft, role: PageRole) -> String {
    let mut text = format!("written   {}\n", out.display());
    match sample {
        Some(path) => {
            let _ = writeln!(text, "sample    {}", path.display());
            for (field, read) in &draft.expect {
                let _ = writeln!(text, "          {field} = {read}");
            }
        }
        None => text.push_str("sample    none: no offer could be read; save a product page (see the file)\n"),
    }
    if role != PageRole::Product && sample.is_some() {
        text.push_str("          (a product of the page asked for)\n");
    }
    let _ = writeln!(text, "fill in   {}", draft.to_fill_in.join(", "));
    let _ = writeln!(text, "then      touchstone source check {}", out.display());
    text
}

/// Asks the site: robots.txt, the page, and where that is no product a few more to find one.
async fn ask(settings: &Settings, url: &str, known: &mut Known) -> Result<(Read, Option<Read>), Failure> {
    let mut site = Site::of(settings, url, known)?;
    let mut asked = site.url.clone();
    let mut page = site.fetch(&asked).await?;
    for _ in 0..REDIRECTS {
        let Fetched::Elsewhere(to) = page else { break };
        // Its other name or its safe form is the same site; anything else is another source.
        if !same_site(&asked, &to) {
            return Err(Failure::machine(format!("{asked}: leads to another site, {to}"))
                .hint(format!("if that is what you want: touchstone source new {to}")));
        }
        site = Site::of(settings, &to, known)?;
        asked = to;
        page = site.fetch(&asked).await?;
    }
    let Fetched::Page(page) = page else {
        return Err(Failure::machine(format!("{asked}: redirects without end")));
    };
    let read = draft::read(&page)?;
    known.robots = Some(site.robots().await?);
    let product = match read.role {
        PageRole::Product => None,
        _ => site.look_for_product(&read).await?,
    };
    site.close();
    Ok((read, product))
}

/// Whether two addresses differ in no more than scheme, path and `www.`.
fn same_site(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let host = Engine::host_of(url)?;
        Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
    };
    bare(a).is_some() && bare(a) == bare(b)
}

enum Fetched {
    Page(PageSeen),
    Elsewhere(String),
}

/// The site asked, through the engine of a crawl: guard, robots.txt, pace and archive are its.
struct Site {
    url: String,
    engine: Engine,
    archive: Arc<Mutex<Archive>>,
}

impl Site {
    fn of(settings: &Settings, url: &str, known: &Known) -> Result<Site, Failure> {
        let contact = known.contact.as_deref().unwrap_or_default();
        let url = Engine::canonical_url(url, url).ok_or_else(|| {
            Failure::input(format!("'{url}' is not the address of a page"))
                .hint("give the full address: https://www.shop.example/item/17")
        })?;
        let source = provisional(&url, contact, known)?;
        let folder = settings.archive_dir();
        std::fs::create_dir_all(&folder)
            .map_err(|e| Failure::from_io(&format!("folder {}", folder.display()), &e))?;
        let archive = Archive::open(&folder, &source.id, SystemClock.now())?;
        let archive = Arc::new(Mutex::new(archive));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = visitor::options(settings, &source, &archive, &clock)?;
        let engine = Engine::new(source, options)?;
        Ok(Site { url, engine, archive })
    }

    async fn visit(&self, url: String) -> Result<Outcome, Failure> {
        let target = Target { url, ..Target::default() };
        Ok(self.engine.visit(&target, &LeaseClock::unlimited()).await?.outcome)
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, Failure> {
        let refused = |why: String| Err(Failure::machine(format!("{url}: {why}")));
        match self.visit(url.to_owned()).await? {
            Outcome::Page(page, _) => Ok(Fetched::Page(PageSeen {
                url: page.url,
                body: page.body,
                content_type: page.content_type,
            })),
            Outcome::Redirect { to, .. } => Ok(Fetched::Elsewhere(to)),
            Outcome::Unchanged { .. } => refused("unchanged".into()),
            Outcome::Disallowed { reason, .. } => {
                Err(Failure::machine(format!("{url}: not allowed: {reason}"))
                    .hint("ask the site's operator for access; it is never worked around"))
            }
            Outcome::Wall { sign } => Err(Failure::machine(format!("{url}: stands behind a wall: {sign}"))
                .hint("ask the site's operator for access; it is never worked around")),
            Outcome::Refused { reason } => refused(reason),
            Outcome::Resting { wait } => {
                refused(format!("the host is to be left alone for {} s more", wait.as_secs()))
            }
            Outcome::LeaseOver => refused("the lease is over".into()),
            Outcome::HttpError { status } => refused(format!("answered with status {status}")),
            Outcome::Failed { reason, .. } => refused(reason),
        }
    }

    /// A product of the site, a few links away from a page that is none. One that cannot be had costs
    /// the sample, not the draft.
    async fn look_for_product(&self, from: &Read) -> Result<Option<Read>, Failure> {
        let mut seen = Vec::new();
        let mut page = from.clone();
        for _ in 0..LOOKS {
            let Some(next) = draft::next_look(&page, &seen) else { break };
            seen.push(next.clone());
            match self.fetch(&next).await {
                Ok(Fetched::Page(found)) => {
                    let found = draft::read(&found)?;
                    match found.role {
                        PageRole::Product => return Ok(Some(found)),
                        // A list, or a page of links: the next look begins there.
                        _ if draft::next_look(&found, &seen).is_some() => page = found,
                        _ => {}
                    }
                }
                Ok(Fetched::Elsewhere(_)) => {}
                Err(failure) => eprintln!("touchstone: {}; looking further", failure.message),
            }
        }
        Ok(None)
    }

    /// robots.txt as a text; empty where there is none. One more request than the engine's own, for
    /// what a draft shows of it.
    async fn robots(&self) -> Result<Vec<u8>, Failure> {
        let address = Engine::canonical_url(&self.url, "/robots.txt").unwrap_or_default();
        Ok(match self.visit(address).await? {
            Outcome::Page(page, _) => page.body,
            _ => Vec::new(),
        })
    }

    fn close(&self) {
        if let Ok(mut archive) = self.archive.lock() {
            // What was fetched for a look need not outlive a power cut.
            let _ = archive.sync();
        }
    }
}

/// The source under which the first pages are asked for.
fn provisional(url: &str, contact: &str, known: &Known) -> Result<Source, Failure> {
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut file = format!(
        "id = \"draft\"\nname = \"draft\"\nmarket = \"XK\"\nstart = [{}]\n\
         [permission]\nbasis = \"a first look\"\ncontact = {}\n[pace]\ndelay_seconds = {DELAY_SECONDS:?}\n",
        text(url),
        text(contact)
    );
    if known.network.allow_loopback {
        file.push_str("[network]\nallow_loopback = true\n");
        if let Some(address) = &known.network.connect_to {
            let _ = writeln!(file, "connect_to = {}", text(address));
        }
    }
    crawler::source_file::parse(&file, "--contact").map_err(|e| match e.problem.contains("contact") {
        true => Failure::input(format!("'{contact}' cannot be sent to a site as contact"))
            .hint("give a mail address or a page (https://…) where the site's operator reaches you"),
        false => Failure::input(format!("{url}: {}", e.problem)),
    })
}
