//! The text of a draft: a source file with a short comment on each line, in the order of
//! config/sources/example-market.toml, and a line that says `FILL IN` where a person has to decide.

use super::{Facts, PageRole, one_line};

/// Seconds between two requests where robots.txt asks for nothing longer: the default of the form.
const DELAY_SECONDS: f64 = 5.0;
/// Sitemaps and expected texts are shown up to this length in comments.
const SHOWN: usize = 100;

/// Writes the file.
pub(super) fn write(facts: &Facts<'_>) -> String {
    let mut out = Lines(String::new());
    head(&mut out, facts);
    permission(&mut out, facts);
    pace(&mut out, facts);
    scope_and_rules(&mut out, facts);
    site_facts(&mut out, facts);
    sample(&mut out, facts);
    network(&mut out, facts);
    out.0
}

struct Lines(String);

impl Lines {
    /// A comment of one or more lines.
    fn note(&mut self, text: &str) {
        for line in wrapped(text, 98) {
            self.0.push_str(&format!("# {line}\n"));
        }
    }
    /// A key with its value as TOML, and an empty line.
    fn key(&mut self, key: &str, value: impl Into<toml::Value>) {
        self.0.push_str(&format!("{key} = {}\n\n", value.into()));
    }
    /// A key as a mere suggestion.
    fn suggest(&mut self, key: &str, value: impl Into<toml::Value>) {
        self.0.push_str(&format!("# {key} = {}\n\n", value.into()));
    }
    fn table(&mut self, comment: &str, name: &str) {
        self.note(comment);
        self.0.push_str(&format!("[{name}]\n\n"));
    }
    fn gap(&mut self) {
        self.0.push('\n');
    }
}

/// Lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            if last.is_empty() {
                last.push_str(word);
                continue;
            }
            if last.chars().count() + 1 + word.chars().count() <= width {
                last.push(' ');
                last.push_str(word);
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}

/// A text of the page as it can stand in a comment.
fn quoted(text: &str) -> String {
    let short: String = one_line(text).unwrap_or_default().chars().take(SHOWN).collect();
    format!("'{short}'")
}

fn list(items: &[String]) -> toml::Value {
    toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect())
}

fn head(out: &mut Lines, facts: &Facts<'_>) {
    let day = facts.known.day.map(|day| format!(" on {day}")).unwrap_or_default();
    out.note(&format!("First draft of a source, written{day} by `touchstone source new` from"));
    out.note(facts.page.url.as_str());
    out.note(
        "Go through every line; config/sources/example-market.toml explains every key there is. Then: \
         touchstone source check THIS-FILE, and a small first crawl: touchstone crawl THIS-FILE --pages 50",
    );
    out.gap();
    out.note("Short name: names the archive files, so do not change it after the first crawl. (host)");
    out.key("id", facts.id.clone());
    out.note(&format!("The name as people know it. (from {})", facts.name.1));
    out.key("name", facts.name.0.clone());
    out.note("Country whose customers the offers address, ISO 3166-1.");
    match &facts.market {
        Ok((country, sign)) => {
            out.note(&format!("({sign})"));
            out.key("market", country.to_string());
        }
        Err(why) => {
            out.note(&format!("FILL IN: {why}."));
            out.suggest("market", "??");
        }
    }
    out.note("What a bare number or an ambiguous sign means on this site, ISO 4217.");
    match facts.currency {
        Some(currency) => {
            out.note("(the page's offer states it)");
            out.key("currency", currency.to_string());
        }
        None => {
            out.note("No offer was read that states one: without it, bare prices are set aside.");
            out.suggest("currency", "???");
        }
    }
    out.note("Language of the pages, BCP 47, where they do not say so themselves.");
    match &facts.language {
        Some(language) => {
            out.note("(the page says so)");
            out.key("language", language.clone());
        }
        None => {
            out.note("The page does not say.");
            out.suggest("language", "??");
        }
    }
    out.note(match facts.page.role {
        PageRole::Product => {
            "Where a crawl begins: the site's front page, since the page above is a product."
        }
        _ => "Where a crawl begins: the page above.",
    });
    out.key("start", list(std::slice::from_ref(&facts.start)));
    out.note("Whether the sitemaps that robots.txt names are read for pages.");
    match (&facts.known.robots, facts.sitemaps.as_slice()) {
        (None, _) => {
            out.note("robots.txt was not looked at: the page was a saved one.");
            out.key("sitemaps", true);
        }
        (Some(_), []) => {
            out.note("(robots.txt names none)");
            out.key("sitemaps", false);
        }
        (Some(_), [first, rest @ ..]) => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            out.note(&format!("(robots.txt names {}{more})", quoted(first)));
            out.key("sitemaps", true);
        }
    }
}

fn permission(out: &mut Lines, facts: &Facts<'_>) {
    out.table("Why collecting is allowed. Printed in every report that uses this source.", "permission");
    out.note(
        "FILL IN: the permission or legal basis you really have, in a sentence: who allowed it, when, the \
         file reference. Nothing can be crawled before it stands here.",
    );
    out.key("basis", "");
    out.note("Where the site's operator reaches you: a mail address or a page, sent with each request.");
    match &facts.known.contact {
        Some(contact) => out.key("contact", contact.clone()),
        None => {
            out.note("FILL IN.");
            out.key("contact", "");
        }
    }
}

fn pace(out: &mut Lines, facts: &Facts<'_>) {
    out.table("How fast. robots.txt is always obeyed; a longer Crawl-delay there prevails.", "pace");
    let asked = facts.crawl_delay.filter(|delay| delay.is_finite() && *delay <= 86_400.0);
    let said = match (asked, &facts.known.robots) {
        (Some(delay), _) => format!("(robots.txt asks for {delay})"),
        (None, Some(_)) => "(robots.txt asks for nothing; 5 is polite)".to_owned(),
        (None, None) => "(robots.txt was not looked at; 5 is polite)".to_owned(),
    };
    out.note(&format!("Seconds between two requests to one host. {said}"));
    out.key("delay_seconds", asked.unwrap_or(0.0).max(DELAY_SECONDS));
    out.note("Hours of the day in which the site is visited; left out: all.");
    out.suggest("hours", list(&["21:00-24:00".to_owned(), "00:00-06:30".to_owned()]));
}

fn scope_and_rules(out: &mut Lines, facts: &Facts<'_>) {
    out.table("Which addresses belong to the source; links to others are not followed.", "scope");
    out.note("Host names, without scheme or port.");
    out.key("hosts", list(&facts.hosts));
    out.note("Beginnings of paths that are not followed: baskets, accounts, filters, reviews.");
    out.suggest("exclude", list(&["/basket".to_owned(), "/account".to_owned()]));
    out.table("How pages are read. Offers stated in markup need no rule.", "rules");
    out.note("Beginnings of paths of product pages; only these are read for offers. Left out: every page.");
    let paths = &facts.paths;
    match (paths.sure.as_slice(), paths.maybe.as_slice()) {
        ([], []) => {
            out.note("Nothing in the page's address or links tells them.");
            out.suggest("product_paths", list(&["/item/".to_owned()]));
        }
        ([], maybe) => {
            out.note(&format!("Perhaps this ({}); put it in force once you are sure:", paths.why));
            out.suggest("product_paths", list(maybe));
        }
        (sure, _) => {
            out.note(&format!("({})", paths.why));
            out.key("product_paths", list(sure));
        }
    }
}

fn site_facts(out: &mut Lines, facts: &Facts<'_>) {
    out.table(
        "What holds for every offer of the site unless the page says otherwise. Leave out what you do not \
         know: unknown is honest. Without condition and level most declared lines find nothing to compare.",
        "facts",
    );
    out.note("Condition of the goods: new, used, refurbished, damaged.");
    out.suggest("condition", "new");
    out.note("Commercial level: wholesale or retail.");
    out.suggest("level", "retail");
    out.note("The decimal mark of the prices, \",\" or \".\", where a text alone leaves it open.");
    if let Some(price) = &facts.ambiguous_price {
        out.note(&format!("LOOK: the page's price {} can be read in two ways.", quoted(price)));
    }
    out.suggest("decimal_separator", ",");
}

fn sample(out: &mut Lines, facts: &Facts<'_>) {
    match &facts.sample {
        None => {
            out.note(
                "A saved page and what must be read from it; `source check` reads it again. No offer could \
                 be read from this page: save a product page and describe it here, as in \
                 config/sources/example-market.toml under [sample].",
            );
            out.gap();
        }
        Some(sample) => {
            out.table("A saved page and what must be read from it. `source check` reads it again.", "sample");
            out.note("The page, relative to this file.");
            out.key("file", sample.file.clone());
            out.note("Its address.");
            out.key("url", sample.url.clone());
            out.table(
                "What was read from it. Hold it against the page with your own eyes before you rely on it.",
                "sample.expect",
            );
            for (field, text) in &sample.expect {
                out.0.push_str(&format!("{field} = {}\n", toml::Value::String(text.clone())));
            }
            let missing: Vec<&str> = ["name", "price", "currency"]
                .into_iter()
                .filter(|field| !sample.expect.contains_key(*field))
                .collect();
            if !missing.is_empty() {
                out.note(&format!("Not read for sure: {}.", missing.join(", ")));
            }
            out.gap();
        }
    }
}

fn network(out: &mut Lines, facts: &Facts<'_>) {
    let network = &facts.known.network;
    if !network.allow_loopback {
        return;
    }
    out.table("Only for tests: never in the file of a real site.", "network");
    out.key("allow_loopback", true);
    if let Some(address) = &network.connect_to {
        out.key("connect_to", address.clone());
    }
}
