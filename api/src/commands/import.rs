//! `import`: price lists, saved pages, archives, exchange rates and nomenclatures.

use super::output;
use crate::failure::{Exit, Failure};
use crate::import::ColumnMap;
use crate::pipeline::{
    ListReport, PagesDefaults, Pipeline, RateFormat, RatesReport, TariffReport, WarcDefaults, WarcProgress,
    WarcReport, WarcSource,
};
use crate::settings::Settings;
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, Country, Currency, Facts, HsCode};
use normalizer::tariff::{BadLine, TariffFormat};
use std::path::PathBuf;

/// Bad lines of a table that are shown; JSON has them all.
const BAD_SHOWN: usize = 20;

const WARC: &str = "Examples:
  touchstone import warc crawl-00001.warc.gz --source config/sources/SHOP.toml
  touchstone import warc *.warc.gz --source-id archive-2023 --market DE \\
      --currency EUR
  touchstone import warc data/archive/*.warc.gz

Pages answered with status 200 are read like crawled ones, at the moment they
were captured. Pages that gave an offer are copied into this archive, with a
note where they came from. A capture that is there already is passed over, so an
interrupted import is simply started again. The last form brings back a database
from archives of this program: each file says what its pages are read with.
Exit code 6 when there were damaged records or unusable pages; each is kept as a
rejection with file and place.";

const FX: &str = "Examples:
  touchstone import fx eurofxref-hist.zip
  touchstone import fx customs-rates.csv --publisher \"Customs notice 9/2026\"

A table has one rate a line, 1 base = rate quote, in columns of any order:
  date,base,quote,rate[,source][,per]
  valid_from[,valid_to],base,quote,rate[,source][,per]
The first are rates of a day; they count for up to 31 days after. The second
hold for their period, without valid_to until the same source's next one begins.
per = 100 says that the rate is for a hundred units of base. Commas, semicolons
or tabs; with semicolons decimal commas too. Two rates of one publisher for the
same day and pair are refused. A rate that was imported with another value
before is replaced and named with both. Which publisher's rate converts offers
and declared lines stands in the settings under [exchange].";

const HS: &str = "Examples:
  touchstone import hs harmonized-system-hs2022.csv --edition \"HS 2022\"
  touchstone import hs cn2023_selfexplanatory_de.csv.gz --edition \"CN 2023\" \\
      --lang de
  touchstone import hs htsdata.csv --edition \"HTS 2025\" --json

Layouts, known by their header (docs/IMPORT.md):
  hs-sections        section,hscode,description,parent,level
  hs-classification  Classification,Code,Description,Code Parent,Level,isLeaf
  cn                 code;description;unit_id
  hts                HTS Number,Indent,Description,Unit of Quantity,…
An edition imported again in the same language replaces the one before, in one
transaction. Exit code 6 when lines could not be read: they are listed with
their reason, the others are kept. 'hs show CODE --edition NAME' shows them.";

const HS_CORRELATION: &str = "Example:
  touchstone import hs-correlation hs2017-hs2022.csv

One move a line, columns in any order, commas, semicolons or tabs:
  from_edition,from_code,to_edition,to_code[,note]
  HS 2017,851712,HS 2022,851713,smartphones
A code that was split has several lines; an empty to_code says that nothing took
its place. An import replaces what was known of the same pairs of editions.
Whoever uses a code that HS 2022 does not have is told what became of it;
nothing is converted silently.";

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Import a price list: CSV or JSON lines, plain or gzip
    #[command(
        after_help = "Examples:\n  touchstone import listings prices.csv --captured 2026-09-15 --market KE \\\n      --condition new --level retail\n  touchstone import listings offers.jsonl.gz \\\n      --map config/maps/monitor_offers.toml\n\ndocs/IMPORT.md describes the columns and the column map. Flags fill what list\nand map do not say. Rows that cannot be used are kept as rejections with their\nreason; exit code 6 says there were any."
    )]
    Listings {
        /// The list
        file: PathBuf,
        /// Column map (TOML) for lists with other headers
        #[arg(long, value_name = "MAP.toml")]
        map: Option<PathBuf>,
        /// Id of the source its offers are filed under (default: the map's, else the file's name)
        #[arg(long)]
        source: Option<String>,
        /// Day the prices were seen
        #[arg(long, value_name = "DATE")]
        captured: Option<NaiveDate>,
        /// Country of the market
        #[arg(long)]
        market: Option<Country>,
        /// Currency of bare numbers
        #[arg(long)]
        currency: Option<Currency>,
        /// Condition of the goods
        #[arg(long)]
        condition: Option<Condition>,
        /// Commercial level
        #[arg(long)]
        level: Option<CommercialLevel>,
        /// HS code of every row
        #[arg(long)]
        hs6: Option<HsCode>,
        /// Keyword file (language,phrase,hs6) for lists without codes
        #[arg(long, value_name = "FILE")]
        keywords: Option<PathBuf>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Replay saved pages as if they had been crawled
    #[command(
        after_help = "Example:\n  touchstone import pages saved/index.jsonl --source saved-2026-09 \\\n      --captured 2026-09-15\n\nThe index has one JSON object a line:\n  {\"file\": \"a.html.gz\", \"url\": \"…\"|null, \"captured\"?: \"2026-09-15\"}\nFiles are relative to it. Pages are archived, read, normalized and stored like\ncrawled ones."
    )]
    Pages {
        /// Index of saved pages
        index: PathBuf,
        /// Id of the source they are filed under
        #[arg(long, default_value = "saved-pages")]
        source: String,
        /// Day pages were saved that do not say
        #[arg(long, value_name = "DATE")]
        captured: Option<NaiveDate>,
        /// Country of the market (default: the country domain of each address)
        #[arg(long)]
        market: Option<Country>,
        /// Currency of bare numbers and ambiguous symbols
        #[arg(long)]
        currency: Option<Currency>,
        /// Condition of goods whose page does not say
        #[arg(long)]
        condition: Option<Condition>,
        /// Commercial level of offers whose page does not say
        #[arg(long)]
        level: Option<CommercialLevel>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take in WARC files: Common Crawl's, other people's, one's own of elsewhere
    #[command(after_help = WARC)]
    Warc {
        /// WARC files, plain or gzip
        #[arg(required = true, value_name = "FILE.warc.gz")]
        files: Vec<PathBuf>,
        /// Source file whose scope and rules choose and read the pages
        #[arg(long, value_name = "SOURCE.toml")]
        source: Option<PathBuf>,
        /// Id of the source that all pages are filed under, without a source file
        #[arg(long, value_name = "ID", conflicts_with = "source")]
        source_id: Option<String>,
        /// Country of the market (default: the country domain of each address)
        #[arg(long, requires = "source_id")]
        market: Option<Country>,
        /// Currency of bare numbers and ambiguous symbols
        #[arg(long, requires = "source_id")]
        currency: Option<Currency>,
        /// Condition of goods whose page does not say
        #[arg(long, requires = "source_id")]
        condition: Option<Condition>,
        /// Commercial level of offers whose page does not say
        #[arg(long, requires = "source_id")]
        level: Option<CommercialLevel>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Import a published table of the nomenclature: HS, EU CN or US HTS
    #[command(after_help = HS)]
    Hs {
        /// The table: CSV, plain or gzip
        file: PathBuf,
        /// Its edition: HS 2022, HS 2017, CN 2023, HTS 2025 …
        #[arg(long, value_name = "NAME")]
        edition: String,
        /// Its layout, where the header does not tell
        #[arg(long, value_name = "LAYOUT")]
        format: Option<TariffFormat>,
        /// Language of its texts; English for layouts that come in one language
        #[arg(long, value_name = "LANG")]
        lang: Option<String>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Import which codes of one edition of the nomenclature became which of another
    #[command(after_help = HS_CORRELATION)]
    HsCorrelation {
        /// The correlation: CSV, plain or gzip
        file: PathBuf,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Import exchange rates: the ECB's history, or a table of daily or customs rates
    #[command(after_help = FX)]
    Fx {
        /// File of rates
        file: PathBuf,
        /// Who published them, where the file does not say; customs rates need it
        #[arg(long, value_name = "NAME")]
        publisher: Option<String>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(settings: Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Listings {
            file,
            map,
            source,
            captured,
            market,
            currency,
            condition,
            level,
            hs6,
            keywords,
            json,
        } => {
            let mut column_map = match &map {
                Some(path) => ColumnMap::load(path)?,
                None => ColumnMap::default(),
            };
            let d = &mut column_map.defaults;
            d.captured = captured.or(d.captured);
            d.market = market.or(d.market);
            d.currency = currency.or(d.currency);
            d.condition = condition.or(d.condition);
            d.level = level.or(d.level);
            d.hs6 = hs6.or(d.hs6);
            column_map.source = source.or(column_map.source);
            column_map.keywords = keywords.or(column_map.keywords);
            if let Some(code) = column_map.defaults.hs6.filter(|code| !code.is_known()) {
                let near: Vec<String> = code.nearest_known(3).iter().map(HsCode::dotted).collect();
                return Err(Failure::input(format!("HS 2022 has no subheading {}", code.dotted()))
                    .hint(format!("the nearest are {}", near.join(", "))));
            }
            let pipeline = Pipeline::open(settings).await?;
            let bar = output::progress(0, "rows");
            let report = pipeline.import_list(&file, &column_map, &|rows| bar.set_position(rows)).await?;
            bar.finish_and_clear();
            for warning in &report.warnings {
                eprintln!("touchstone: {}: {warning}", file.display());
            }
            if json {
                output::json(&report)?;
            } else {
                output::text(&list_text(&report))?;
            }
            Ok(partly(!report.reasons.is_empty()))
        }
        Command::Pages { index, source, captured, market, currency, condition, level, json } => {
            let defaults = PagesDefaults {
                source_id: source,
                captured,
                market,
                currency,
                facts: Facts { condition, level, ..Facts::default() },
            };
            let pipeline = Pipeline::open(settings).await?;
            let bar = output::progress(0, "pages");
            let report = pipeline.import_pages(&index, &defaults, &|| bar.inc(1)).await?;
            bar.finish_and_clear();
            if json {
                output::json(&report)?;
            } else {
                output::text(&format!(
                    "{} pages: {} archived, {} known already\n{}",
                    output::count(report.pages),
                    output::count(report.archived),
                    output::count(report.known),
                    effect_text(&report.effect)
                ))?;
                let rejected = pipeline.store.rejection_counts().await?;
                for (reason, n) in rejected {
                    output::text(&format!("{:>9}  {}", output::count(n), crate::words::rejection(reason)))?;
                }
            }
            Ok(partly(report.bad_lines > 0))
        }
        Command::Warc { files, source, source_id, market, currency, condition, level, json } => {
            let source = match (source, source_id) {
                (Some(path), _) => {
                    let (source, text) = crate::sources::load(&path)?;
                    WarcSource::File(Box::new(source), text)
                }
                (None, Some(source_id)) => WarcSource::Told(WarcDefaults {
                    source_id: checked_id(source_id)?,
                    market,
                    currency,
                    facts: Facts { condition, level, ..Facts::default() },
                }),
                (None, None) => WarcSource::OfTheFile,
            };
            warc(settings, &files, &source, json).await
        }
        Command::Hs { file, edition, format, lang, json } => {
            let pipeline = Pipeline::open(settings).await?;
            let report = pipeline.import_tariff(&file, &edition, format, lang.as_deref()).await?;
            let written = match json {
                true => output::json(&report),
                false => output::text(&tariff_text(&report)),
            };
            written.map(|_| partly(!report.bad.is_empty()))
        }
        Command::HsCorrelation { file, json } => {
            let pipeline = Pipeline::open(settings).await?;
            let report = pipeline.import_correlation(&file).await?;
            let written = match json {
                true => output::json(&report),
                false => {
                    let mut text = format!("{} moves\n", output::count(report.moves));
                    for (editions, n) in &report.by_editions {
                        text.push_str(&format!("{:>9}  {editions}\n", output::count(*n)));
                    }
                    text.push_str(&bad_text(&report.bad));
                    output::text(&text)
                }
            };
            written.map(|_| partly(!report.bad.is_empty()))
        }
        Command::Fx { file, publisher, json } => {
            let pipeline = Pipeline::open(settings).await?;
            let report = pipeline.import_rates(&file, publisher.as_deref()).await?;
            if json { output::json(&report) } else { output::text(&rates_text(&report)) }
        }
    }
}

async fn warc(
    settings: Settings,
    files: &[PathBuf],
    source: &WarcSource,
    json: bool,
) -> Result<Exit, Failure> {
    let pipeline = Pipeline::open(settings).await?;
    let length = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|m| m.len()).sum();
    let bar = output::progress_bytes(length, "0 pages");
    let stop = super::crawl::stop_on_signal(super::crawl::FINISHING);
    let progress = |at: WarcProgress<'_>| {
        bar.set_position(at.bytes);
        bar.set_message(format!("{} pages", output::count(at.pages)));
        if let Some(damage) = at.damage {
            bar.suspend(|| eprintln!("touchstone: {damage}"));
        }
    };
    let report = pipeline.import_warc(files, source, &stop, &progress).await?;
    bar.finish_and_clear();
    if json {
        output::json(&report)?;
    } else {
        output::text(&warc_text(&report))?;
    }
    Ok(match report.interrupted {
        true => Exit::Interrupted,
        false => partly(report.damaged + report.unusable > 0),
    })
}

fn warc_text(report: &WarcReport) -> String {
    let mut text = format!(
        "{} records in {} files\npages     {} read, {} with offers copied into the archive\n          {} seen again unchanged, {} captures known already\n{}\n",
        output::count(report.records),
        output::count(report.files),
        output::count(report.pages),
        output::count(report.copied),
        output::count(report.unchanged),
        output::count(report.known),
        effect_text(&report.effect)
    );
    for (why, n) in &report.passed_over {
        text.push_str(&format!("{:>9}  passed over: {why}\n", output::count(*n)));
    }
    for (why, n) in [("pages that could not be used", report.unusable), ("damaged records", report.damaged)] {
        if n > 0 {
            text.push_str(&format!("{:>9}  {why}\n", output::count(n)));
        }
    }
    if report.interrupted {
        text.push_str("interrupted; the same import goes on from here\n");
    }
    text
}

/// An id names archive files.
fn checked_id(id: String) -> Result<String, Failure> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if id.is_empty() || !id.bytes().all(good) {
        return Err(Failure::input(format!("'{id}' is not the id of a source"))
            .hint("use lower-case letters, digits and hyphens"));
    }
    Ok(id)
}

fn partly(bad: bool) -> Exit {
    if bad { Exit::Partly } else { Exit::Done }
}

fn effect_text(effect: &crate::pipeline::Effect) -> String {
    format!(
        "offers    {} new, {} known already\nrejected  {} new, {} known already",
        output::count(effect.observations_new),
        output::count(effect.observations_known),
        output::count(effect.rejections_new),
        output::count(effect.rejections_known)
    )
}

fn rates_text(report: &RatesReport) -> String {
    let form = match report.format {
        RateFormat::Ecb => "ECB history",
        RateFormat::Plain => "table of rates",
    };
    let (rates, new) = (output::count(report.rates), output::count(report.new));
    let mut text = format!("{form}: {rates} rates, {new} of them new");
    if report.replaced == 0 {
        return text;
    }
    text.push_str(&format!(
        ", {} replaced (verdicts and snapshots made before keep the rate they state)\n",
        output::count(report.replaced)
    ));
    for r in report.replacements.iter().take(BAD_SHOWN) {
        text.push_str(&format!(
            "  {} to {} on {} ({}): {}, was {}\n",
            r.base, r.quote, r.date, r.source, r.after, r.before
        ));
    }
    if report.replacements.len() > BAD_SHOWN {
        let more = output::count((report.replacements.len() - BAD_SHOWN) as u64);
        text.push_str(&format!("  … and {more} more: --json lists all\n"));
    }
    text
}

fn tariff_text(report: &TariffReport) -> String {
    let mut text = format!(
        "{} ({}), layout {}: {} lines{}\n",
        report.edition,
        report.language,
        report.format,
        output::count(report.lines),
        if report.replaced { ", in place of those imported before" } else { "" }
    );
    for (digits, n) in &report.by_digits {
        text.push_str(&format!("{:>9}  of {digits} digits\n", output::count(*n)));
    }
    if report.unknown_subheadings > 0 {
        text.push_str(&format!(
            "{:>9}  subheadings that HS 2022 does not have\n",
            output::count(report.unknown_subheadings)
        ));
    }
    text + &bad_text(&report.bad)
}

fn bad_text(bad: &[BadLine]) -> String {
    if bad.is_empty() {
        return String::new();
    }
    let mut text = format!("{:>9}  lines that could not be read\n", output::count(bad.len() as u64));
    for bad in bad.iter().take(BAD_SHOWN) {
        text.push_str(&format!("  line {}: {}\n", bad.line, bad.reason));
    }
    if bad.len() > BAD_SHOWN {
        text.push_str(&format!("  … and {} more: --json lists all\n", bad.len() - BAD_SHOWN));
    }
    text
}

fn list_text(report: &ListReport) -> String {
    let mut text = format!("{} rows\n{}\n", output::count(report.rows), effect_text(&report.effect));
    for (reason, n) in &report.reasons {
        text.push_str(&format!("{:>9}  {}\n", output::count(*n), crate::words::rejection(*reason)));
    }
    for example in &report.examples {
        text.push_str(&format!("  e.g. {example}\n"));
    }
    text
}
