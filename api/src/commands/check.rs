//! `check`: one declared line from flags.

use super::output;
use crate::checking::{self, Checker, LISTED_COMPARATORS, retired, tell_what_became};
use crate::declared::{LineErrors, LineInput};
use crate::failure::{Exit, Failure};
use crate::pipeline::Pipeline;
use crate::reference::Reference;
use crate::settings::Settings;
use chrono::NaiveDate;
use model::{Clock, SystemClock};
use std::path::PathBuf;

const EXAMPLE: &str = "Example (after `touchstone demo`):
  touchstone check --data demo-data --hs 070320 --description \"fresh garlic\" \\
      --price 0.55 --currency EUR --quantity 20000 --unit kg --condition new \\
      --level wholesale --export-date 2026-09-10

What is not stated is unknown, never assumed: without --condition the verdict
is insufficient_evidence, and says so. Wholesale offers ask for a smallest
order: state the quantity. The exit code does not depend on the verdict.";

const GOODS: &str = "The goods";
const PRICE: &str = "Price and quantity";
const DEAL: &str = "The transaction";

/// Hold one declared line to the reference
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Args {
    /// Declared HS code, six digits or more
    #[arg(long, value_name = "CODE", help_heading = GOODS)]
    hs: String,
    /// Description of the goods
    #[arg(long, value_name = "TEXT", help_heading = GOODS)]
    description: Option<String>,
    /// Brand
    #[arg(long, value_name = "TEXT", help_heading = GOODS)]
    brand: Option<String>,
    /// Model or part number
    #[arg(long, value_name = "TEXT", help_heading = GOODS)]
    model: Option<String>,
    /// GTIN (EAN, UPC)
    #[arg(long, value_name = "DIGITS", help_heading = GOODS)]
    gtin: Option<String>,
    /// new, used, refurbished or damaged
    #[arg(long, value_name = "WORD", help_heading = GOODS)]
    condition: Option<String>,
    /// wholesale or retail
    #[arg(long, value_name = "WORD", help_heading = GOODS)]
    level: Option<String>,
    /// Declared value of the whole line
    #[arg(long, value_name = "AMOUNT", help_heading = PRICE, conflicts_with = "price")]
    value: Option<String>,
    /// Declared price of one unit
    #[arg(long, value_name = "AMOUNT", help_heading = PRICE)]
    price: Option<String>,
    /// Currency, ISO 4217
    #[arg(long, value_name = "CODE", help_heading = PRICE)]
    currency: String,
    /// Declared quantity (default with --price: 1)
    #[arg(long, value_name = "NUMBER", help_heading = PRICE)]
    quantity: Option<String>,
    /// Unit of the quantity: kg, l, u, 2u, m, m2 … or a Rec 20 code
    #[arg(long, value_name = "UNIT", help_heading = PRICE)]
    unit: Option<String>,
    /// Net mass of the line in kg
    #[arg(long, value_name = "KG", help_heading = PRICE)]
    net_mass_kg: Option<String>,
    /// Mass of one piece in kg, where a document shows it
    #[arg(long, value_name = "KG", help_heading = PRICE)]
    piece_mass_kg: Option<String>,
    /// Date of export, YYYY-MM-DD (default: --as-of, else today)
    #[arg(long, value_name = "DATE", help_heading = DEAL)]
    export_date: Option<String>,
    /// Country of origin, ISO 3166
    #[arg(long, value_name = "CC", help_heading = DEAL)]
    origin: Option<String>,
    /// Country of export
    #[arg(long, value_name = "CC", help_heading = DEAL)]
    export_country: Option<String>,
    /// Importing country
    #[arg(long, value_name = "CC", help_heading = DEAL)]
    import_country: Option<String>,
    /// sale, sample, gift, return, lease, repair, consignment or transfer
    #[arg(long, value_name = "WORD", help_heading = DEAL)]
    transaction: Option<String>,
    /// cif, fob or exw
    #[arg(long, value_name = "WORD", help_heading = PRICE)]
    terms: Option<String>,
    /// Assess as of this day: the date of a line that states none
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Snapshot to hold it to: an id or its first digits (default: the newest)
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    /// Snapshot file to hold it to; no database is needed
    #[arg(long, value_name = "PATH", conflicts_with = "snapshot")]
    snapshot_file: Option<PathBuf>,
    /// List this many of the offers used, the nearest to the declared price, or `all`
    #[arg(long, value_name = "N", default_value_t = LISTED_COMPARATORS.to_string())]
    comparators: String,
    /// Print the whole verdict as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let line = LineInput {
        line: None,
        hs: Some(args.hs),
        description: args.description,
        brand: args.brand,
        model: args.model,
        gtin: args.gtin,
        condition: args.condition,
        level: args.level,
        value: args.value,
        price: args.price,
        currency: Some(args.currency),
        quantity: args.quantity,
        unit: args.unit,
        net_mass_kg: args.net_mass_kg,
        piece_mass_kg: args.piece_mass_kg,
        export_date: args.export_date,
        origin: args.origin,
        export_country: args.export_country,
        import_country: args.import_country,
        transaction: args.transaction,
        terms: args.terms,
        importer: None,
    };
    let detail = checking::listed(&args.comparators)
        .map_err(|e| Failure { exit: Exit::Usage, ..Failure::input(format!("--comparators: {e}")) })?;
    // The line is read before anything is opened: a slip in a flag is told at once.
    let today = args.as_of.unwrap_or_else(|| SystemClock.today());
    let read = line.parse(Some(today));
    let unknown = line.hs.as_deref().and_then(retired).filter(|_| read.is_err());
    let refused = |errors: LineErrors| {
        Failure::input(errors.to_string()).hint("touchstone check --help shows an example")
    };
    // Opened to ask it for its codes, and held to then.
    let mut at_hand: Option<(Option<Pipeline>, Reference)> = None;
    let declaration = match (read, unknown) {
        (Ok(declaration), _) => declaration,
        (Err(errors), None) => return Err(refused(errors)),
        (Err(mut errors), Some(code)) => {
            // A reference may have codes of its own.
            let pipeline = Pipeline::existing(settings.clone()).await.ok();
            let reference = match (&args.snapshot_file, &pipeline) {
                (Some(file), _) => Reference::of_file(file, &settings).ok(),
                (None, Some(pipeline)) => {
                    let row = pipeline.find_snapshot(args.snapshot.as_deref()).await;
                    row.and_then(|row| Reference::open(pipeline, &row)).ok()
                }
                (None, None) => None,
            };
            let Some(reference) = reference.filter(Reference::any_code) else {
                // What became of a retired code is in the database, where there is one.
                if let Some(pipeline) = pipeline {
                    tell_what_became(&mut errors, &pipeline.successors(&code).await.unwrap_or_default());
                }
                return Err(refused(errors));
            };
            at_hand = Some((pipeline, reference));
            line.parse_for(Some(today), true).map_err(refused)?
        }
    };
    let day = Some(declaration.export_date);
    let checker = match (at_hand, &args.snapshot_file) {
        (Some((_, reference)), Some(_)) => Checker::alone(&settings, reference, args.as_of).await?,
        (Some((Some(pipeline), reference)), None) => {
            Checker::opened(&pipeline, reference, args.as_of, day).await?
        }
        (_, Some(file)) => Checker::of_file(&settings, file, args.as_of).await?,
        (_, None) => {
            let pipeline = Pipeline::existing(settings).await?;
            Checker::load_for(&pipeline, args.snapshot.as_deref(), args.as_of, day).await?
        }
    };
    let verdict = checker.assess(&declaration, detail);
    if args.json { output::json(&verdict) } else { output::text(&crate::verdict_text::render(&verdict)) }
}
