//! `inspect`: what the program reads out of a page, price, quantity or robots.txt, as JSON lines:
//! one object in, one object out, in the same order. For administrators and tests.

use super::output;
use crate::failure::{Exit, Failure};
use crate::hs_model;
use crate::inspection;
use crate::inspection::{hs, identity};
use normalizer::classify::Classifier;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::PathBuf;

const PAGE: &str = "Examples:
  touchstone inspect page --file saved.html.gz --url https://shop.example/p/1
  echo '{\"file\": \"saved.html\", \"url\": null}' | touchstone inspect page

Out: {\"file\", \"listings\": [{\"name\", \"price\", \"currency\", \"list_price\",
\"availability\", \"sku\", \"gtin\", \"mpn\", \"brand\", \"condition\", \"url\", …}]};
listings[0] is the page's main product, prices are decimal strings, absent is
null. A file that cannot be read gives {\"file\", \"error\"}.";
const PRICE: &str = "Examples:
  touchstone inspect price '1.299,00 €'
  touchstone inspect price '$ 12.990' --url https://tienda.example.cl/p/1
  echo '{\"price_raw\": \"3.350\", \"locale\": \"de-DE\"}' | touchstone inspect price

Out: {\"amount\", \"currency\", \"currency_raw\", \"status\", \"readings\"?,
\"currency_readings\"?, \"reason\"?};
status is ok, ambiguous (the amount is the likeliest reading) or none.";
const QUANTITY: &str = "Examples:
  touchstone inspect quantity '6 x 330 ml'
  echo '{\"text\": \"pack of 12\"}' | touchstone inspect quantity

Out: {\"count\", \"size\", \"unit\", \"total\", \"total_unit\" (Rec 20 code), \"status\"}.";
const ROBOTS: &str = "Examples:
  touchstone inspect robots --robots robots.txt --url https://shop.example/p/1
  echo '{\"robots\": \"User-agent: *\\nDisallow: /\", \"ua\": \"t\", \"url\": \"/cart\"}' \\
      | touchstone inspect robots

Out: {\"allowed\", \"crawl_delay\"}.";

const HS: &str = "Examples:
  touchstone inspect hs 'Silicone case for iPhone 15 Pro Max, shockproof'
  echo '{\"text\": \"Hoodie\", \"category\": \"Men\"}' | touchstone inspect hs

In: {\"text\", \"category\"?, \"attributes\"?, \"lang\"?}. Out: {\"candidates\": [{\"hs6\",
\"probability\", \"why\"}], \"answer\" (six, four or two digits, or null), \"level\"
(subheading, heading, chapter, none), \"probability\", \"rules\", \"model\"}.
A classification by the machine is an aid; the code is decided by people.";
const IDENTITY: &str = "Examples:
  touchstone inspect identity 'LG 27GP850-B 27\"' 'LG 27GP850 (27 Zoll)'
  echo '{\"a\": \"iPhone 13 128GB\", \"b\": \"iPhone 13 Pro 128GB\"}' \\
      | touchstone inspect identity
  touchstone inspect identity --list < titles.jsonl

Out, for two titles: {\"answer\" (same, different, unsure), \"score\", \"why\",
\"a\", \"b\"}; for one, and with --list: {\"name\", \"key\", \"strength\",
\"evidence\", \"kind\", \"condition\", \"level\", \"brand\", \"designation\",
\"attributes\"}, of a list with \"group\" (the same goods) and \"near_duplicate\"
(the same offer of one seller).";

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Listings of a saved page
    #[command(after_help = PAGE)]
    Page {
        /// Saved page, plain or gzip; without it, JSON lines are read from stdin
        #[arg(long)]
        file: Option<PathBuf>,
        /// Address the page was saved from
        #[arg(long, requires = "file")]
        url: Option<String>,
    },
    /// Amount and currency of a price text
    #[command(after_help = PRICE)]
    Price {
        /// The price text; without it, JSON lines are read from stdin
        price_raw: Option<String>,
        /// Currency text that stands apart from the price
        #[arg(long)]
        currency_raw: Option<String>,
        /// Decimal separator, where it is known
        #[arg(long)]
        decimal_separator: Option<char>,
        /// Locale of the page, like de-DE
        #[arg(long)]
        locale: Option<String>,
        /// Language of the page, like de
        #[arg(long)]
        language: Option<String>,
        /// Market, an ISO 3166 code like AT
        #[arg(long)]
        market: Option<model::Country>,
        /// Address of the page: a country's domain names the market
        #[arg(long)]
        url: Option<String>,
        /// What a bare number or a shared symbol means on this site, an ISO 4217 code
        #[arg(long)]
        default_currency: Option<model::Currency>,
        /// Another price text of the same page, which may show its decimal mark
        #[arg(long)]
        beside: Vec<String>,
    },
    /// Count, size and unit of a quantity text
    #[command(after_help = QUANTITY)]
    Quantity {
        /// The text; without it, JSON lines are read from stdin
        text: Option<String>,
    },
    /// From page text to comparable unit price: the steps of one stored observation
    Observation(super::inspect_observation::Args),
    /// What a title names, and whether two titles name the same goods
    #[command(after_help = IDENTITY)]
    Identity {
        /// A title; without it, JSON lines are read from stdin
        a: Option<String>,
        /// The title it is held against
        b: Option<String>,
        /// Read titles {"name", "brand"?, "model"?, "gtin"?, "seller"?, "url"?} and group them
        #[arg(long, conflicts_with = "a")]
        list: bool,
    },
    /// The subheadings of the Harmonized System goods may belong to
    #[command(after_help = HS)]
    Hs {
        /// Title of the goods; without it, JSON lines are read from stdin
        text: Option<String>,
        /// Category path of the site, parts divided by >
        #[arg(long, requires = "text")]
        category: Option<String>,
        /// A model of your own (see hs train); default: the one that ships
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// Whether a robots.txt allows an address
    #[command(after_help = ROBOTS)]
    Robots {
        /// File with the robots.txt; without it, JSON lines are read from stdin
        #[arg(long)]
        robots: Option<PathBuf>,
        /// User agent
        #[arg(long, default_value = "touchstone")]
        ua: String,
        /// Address to ask for
        #[arg(long, requires = "robots")]
        url: Option<String>,
    },
}

impl Command {
    /// Whether it needs neither settings nor database.
    pub fn reads_texts_only(&self) -> bool {
        !matches!(self, Command::Observation(_))
    }
}

/// Answers what reads texts only.
pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Page { file: Some(file), url } => {
            one(&inspection::page(&inspection::PageRequest { file, url }))
        }
        Command::Page { file: None, .. } => each_line(inspection::page),
        Command::Price {
            price_raw: Some(price_raw),
            currency_raw,
            decimal_separator,
            locale,
            language,
            market,
            url,
            default_currency,
            beside,
        } => one(&inspection::price(&inspection::PriceRequest {
            price_raw: Some(price_raw),
            currency_raw,
            decimal_separator: decimal_separator.map(String::from),
            locale,
            language,
            market,
            url,
            default_currency,
            beside,
        })),
        Command::Price { .. } => each_line(inspection::price),
        Command::Quantity { text: Some(text) } => {
            one(&inspection::quantity(&inspection::QuantityRequest { text }))
        }
        Command::Quantity { text: None } => each_line(inspection::quantity),
        Command::Identity { a: Some(a), b, .. } => one(&identity::answer(&identity::Request::of(a, b))),
        Command::Hs { text, category, model } => {
            let model = hs_model::open(model.as_deref())?;
            let mut classifier = Classifier::new(&model);
            match text {
                Some(text) => {
                    one(&hs::answer(&mut classifier, &hs::Request { category, ..hs::Request::of(text) }))
                }
                None => each_line(|request: &hs::Request| hs::answer(&mut classifier, request)),
            }
        }
        Command::Identity { list: true, .. } => output_lines(identity::list),
        Command::Identity { .. } => each_line(identity::answer),
        Command::Robots { robots: Some(file), ua, url } => {
            let what = format!("robots file {}", file.display());
            let bytes = std::fs::read(&file).map_err(|e| Failure::from_io(&what, &e))?;
            let robots = String::from_utf8_lossy(&bytes).into_owned();
            let url = url.unwrap_or_else(|| "/".to_owned());
            one(&inspection::robots(&inspection::RobotsRequest { robots, ua, url }))
        }
        Command::Robots { robots: None, .. } => each_line(inspection::robots),
        Command::Observation(_) => Err(Failure::bug("an observation is inspected with settings")),
    }
}

fn one(value: &Value) -> Result<Exit, Failure> {
    let text = value.to_string();
    output::text(&text)?;
    Ok(if value.get("error").is_some() { Exit::Input } else { Exit::Done })
}

/// Reads all of stdin and writes one answer a line.
fn output_lines(answer: impl Fn(&str) -> Vec<Value>) -> Result<Exit, Failure> {
    let text = io::read_to_string(io::stdin().lock()).map_err(|e| Failure::from_io("standard input", &e))?;
    let answers = answer(&text);
    let bad = answers.iter().filter(|value| value.get("error").is_some()).count();
    let lines: Vec<String> = answers.iter().map(Value::to_string).collect();
    if !lines.is_empty() {
        output::text(&lines.join("\n"))?;
    }
    if bad > 0 {
        eprintln!("touchstone: {bad} line(s) could not be answered; each has an \"error\" in its place");
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}

/// Reads requests from stdin and answers each on stdout, in order. A line that is no request gets
/// an answer with `error` in its place, so that answers stay beside their questions.
fn each_line<T: DeserializeOwned>(mut answer: impl FnMut(&T) -> Value) -> Result<Exit, Failure> {
    let stdin = io::stdin().lock();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut bad = 0u64;
    for (number, line) in stdin.split(b'\n').enumerate() {
        let line = line.map_err(|e| Failure::from_io("standard input", &e))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = match serde_json::from_slice::<T>(&line) {
            Ok(request) => answer(&request),
            Err(error) => serde_json::json!({ "error": format!("line {}: {error}", number + 1) }),
        };
        if value.get("error").is_some() {
            bad += 1;
        }
        match writeln!(out, "{value}")
            .and_then(|()| if out.buffer().len() > 4096 { out.flush() } else { Ok(()) })
        {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            other => other.map_err(|e| Failure::from_io("standard output", &e))?,
        }
    }
    out.flush().map_err(|e| Failure::from_io("standard output", &e))?;
    if bad > 0 {
        eprintln!("touchstone: {bad} line(s) could not be answered; each has an \"error\" in its place");
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}
