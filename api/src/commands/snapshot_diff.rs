//! `snapshot diff`: what moved between two snapshots, as a table or as JSON.

use super::output;
use crate::failure::{Exit, Failure};
use crate::pages::format::price as figure;
use crate::pipeline::{Pipeline, Tables};
use crate::settings::Settings;
use futures::StreamExt;
use model::{ContentHash, HsCode};
use statistics::diff::{self, GroupDiff, Moved, SnapshotDiff};
use statistics::method_named;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The first: an id, its first digits, or `latest`
    #[arg(value_name = "A")]
    before: String,
    /// The second
    #[arg(value_name = "B")]
    after: String,
    /// Only groups under this code
    #[arg(long)]
    hs: Option<HsCode>,
    /// List every offer that moved
    #[arg(long)]
    offers: bool,
    /// Of price tables: groups listed of each kind
    #[arg(long, value_name = "N", default_value_t = super::table_diff::SHOWN)]
    limit: usize,
    /// Print as JSON, with every offer
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: Settings, args: Args) -> Result<Exit, Failure> {
    let pipeline = Pipeline::existing(settings).await?;
    let a = pipeline.find_snapshot(Some(&args.before)).await?;
    let b = pipeline.find_snapshot(Some(&args.after)).await?;
    if let Tables::All(tables) = pipeline.open_tables(&[pipeline.path_of(&a), pipeline.path_of(&b)])?
        && let [before, after] = &tables[..]
    {
        if args.offers {
            return Err(Failure::input("--offers: price tables have rows and no offers")
                .hint("without it the diff counts the prices that came and went, by list and group"));
        }
        return super::table_diff::run(before, after, args.hs, args.limit, args.json);
    }
    let (before, after) = (pipeline.read_snapshot(&a)?, pipeline.read_snapshot(&b)?);
    // What a snapshot left out it names by hash alone; the database has it, unless it came from another machine.
    let ids: BTreeSet<ContentHash> =
        before.exclusions.iter().chain(&after.exclusions).map(|e| e.observation).collect();
    let mut excluded = HashMap::new();
    let mut stream = pipeline.store.observations_of(ids.into_iter().collect());
    while let Some(observation) = stream.next().await {
        let observation = observation?;
        excluded.insert(observation.id, observation);
    }
    let mut found = diff::diff_knowing(&before, &after, &excluded);
    if let Some(code) = args.hs {
        found.groups.retain(|g| g.key.hs6.is_within(&code));
    }
    let methods = [pipeline.method_of(&a)?, pipeline.method_of(&b)?];
    if args.json {
        let mut value = serde_json::to_value(&found)
            .map_err(|e| Failure::bug(format!("a comparison could not be written as JSON: {e}")))?;
        value["parameters_before"] = a.parameters.as_str().into();
        value["parameters_after"] = b.parameters.as_str().into();
        value["method_before"] = methods[0].into();
        value["method_after"] = methods[1].into();
        return output::json(&value);
    }
    let mut text = told(&found, args.offers, methods[0] != methods[1]);
    if methods[0] != methods[1] {
        let [before, after] = methods.map(method_named);
        let _ = writeln!(
            text,
            "The first was built by {before}, the second by {after}: groups can differ for that alone."
        );
    }
    if a.parameters != b.parameters {
        text.push_str("The two were built with different parameters: groups can differ for that alone.\n");
    }
    output::text(&text)
}

fn told(d: &SnapshotDiff, offers: bool, other_method: bool) -> String {
    let mut text = format!("from {} to {}\n", d.before, d.after);
    if d.currency_before != d.currency_after {
        let _ = writeln!(
            text,
            "prices in {} there and in {} here: every price differs, and medians do not compare",
            d.currency_before, d.currency_after
        );
    }
    if d.groups.is_empty() {
        text.push_str("nothing moved in any group\n");
    } else {
        let _ = writeln!(
            text,
            "\n{:<7} {:<5} {:<11} {:<9} {:>6} {:>6} {:>7} {:>6} {:>9} {:>9} {:>7}",
            "HS", "unit", "condition", "level", "in", "out", "changed", "same", "median", "now", "change"
        );
    }
    for g in &d.groups {
        let median = |f: Option<diff::Figures>| f.map_or_else(|| "–".to_owned(), |f| figure(f.median));
        let change = match (g.before, g.after) {
            (Some(a), Some(b)) if a.median > 0.0 => format!("{:+.1} %", (b.median / a.median - 1.0) * 100.0),
            (None, Some(_)) => "new".to_owned(),
            (Some(_), None) => "gone".to_owned(),
            _ => "–".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:<7} {:<5} {:<11} {:<9} {:>6} {:>6} {:>7} {:>6} {:>9} {:>9} {:>7}",
            g.key.hs6.dotted(),
            g.key.unit.symbol(),
            g.key.condition.code(),
            g.key.level.code(),
            g.offers_in.len(),
            g.offers_out.len(),
            g.changed.len(),
            g.unchanged,
            median(g.before),
            median(g.after),
            change
        );
        let _ = writeln!(text, "        {}", reasons(g, other_method));
        if offers {
            for (sign, list) in [("+", &g.offers_in), ("-", &g.offers_out), ("~", &g.changed)] {
                for m in list {
                    let _ = writeln!(text, "        {sign} {}", offer(m));
                }
            }
        }
    }
    let _ = writeln!(text, "\n{} groups moved, {} did not", d.groups.len(), d.unchanged_groups);
    let counts = |counts: &BTreeMap<&str, u64>| {
        let parts: Vec<String> =
            counts.iter().map(|(why, n)| format!("{} {why}", output::count(*n))).collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    };
    let _ =
        writeln!(text, "left out there: {}; here: {}", counts(&d.left_out_before), counts(&d.left_out_after));
    text
}

/// "2 not_captured, 1 page_price", or what else moved a group's figures.
fn reasons(g: &GroupDiff, other_method: bool) -> String {
    if g.reasons.is_empty() {
        return match other_method {
            true => "the same offers and prices; method, votes or parameters moved the figures",
            false => "the same offers and prices; votes or parameters moved the figures",
        }
        .to_owned();
    }
    g.reasons
        .iter()
        .map(|(why, n)| format!("{} {}", output::count(*n), words(why)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn words(why: &str) -> String {
    match why {
        "not_captured" => "not captured in the other".to_owned(),
        "other_group" => "in another group of the other".to_owned(),
        "page_price" => "with another price on the page".to_owned(),
        "exchange_rate" => "by the exchange rate".to_owned(),
        "reading" => "read otherwise".to_owned(),
        left_out => format!("left out of the other ({left_out})"),
    }
}

fn offer(m: &Moved) -> String {
    let price =
        |p: Option<rust_decimal::Decimal>| p.map_or_else(String::new, crate::pages::format::unit_amount);
    let prices = match (m.price_before, m.price_after) {
        (Some(a), Some(b)) => format!("{} to {}", price(Some(a)), price(Some(b))),
        (a, b) => price(a.or(b)),
    };
    format!("{prices:<20} {} · {}  ({})", m.seller, m.name, words(m.why))
}
