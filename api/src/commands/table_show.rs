//! `snapshot show` of a price table: its groups with their figures, as text, JSON or CSV.

use super::output;
use crate::assessed::significant;
use crate::failure::{Exit, Failure};
use crate::pages::format::price as figure;
use chrono::{Days, NaiveDate};
use model::{CommercialLevel, Condition, HsCode, Unit};
use serde::Serialize;
use statistics::table::{FIRST_DAY, Facet, Footing, QUANTILES, TableFacts, TableFile};
use std::fmt::Write;
use store::SnapshotRow;

/// A group as it is shown. Quantiles `q01` to `q99` are of every row, R-7 on prices; `median` and
/// `log_spread` of the votes, one source one vote, slips taken out.
#[derive(Debug, Serialize)]
struct Group {
    hs6: String,
    origin: Option<String>,
    unit: Unit,
    condition: Condition,
    level: CommercialLevel,
    listings: u32,
    sources: u32,
    slips: u32,
    n_eff: f64,
    top_source_share: f64,
    first_day: NaiveDate,
    last_day: NaiveDate,
    median: f64,
    log_spread: f64,
    detectable_ratio: f64,
    calibrated: bool,
    several_levels: bool,
    q01: f64,
    q05: f64,
    q10: f64,
    q25: f64,
    q50: f64,
    q75: f64,
    q90: f64,
    q95: f64,
    q99: f64,
}

fn groups(file: &TableFile, hs: Option<HsCode>) -> impl Iterator<Item = Group> + '_ {
    let (table, facts) = (file.table(), file.facts());
    let day = |n: u32| FIRST_DAY.checked_add_days(Days::new(u64::from(n))).unwrap_or(FIRST_DAY);
    (0..table.len()).filter_map(move |group| {
        let (c, f) = (table.counts(group), table.figures(group));
        let code = *facts.codes.get(c.hs as usize)?;
        if hs.is_some_and(|wanted| !code.is_within(&wanted)) {
            return None;
        }
        let Facet { footing: Footing { unit, condition, level }, origin } =
            *facts.facets.get(c.facet as usize)?;
        let [q01, q05, q10, q25, q50, q75, q90, q95, q99] = f.quantiles;
        const { assert!(QUANTILES.len() == 9) };
        Some(Group {
            hs6: code.as_str().to_owned(),
            origin: origin.map(|o| o.to_string()),
            unit,
            condition,
            level,
            listings: c.n,
            sources: c.sellers,
            slips: c.slips,
            n_eff: f.n_eff,
            top_source_share: f64::from(c.top) / f64::from(c.n),
            first_day: day(c.first_day),
            last_day: day(c.last_day),
            median: f.median.exp(),
            log_spread: f.spread,
            detectable_ratio: f.detectable,
            calibrated: f.dof > 0.0,
            several_levels: c.levels > 0,
            q01,
            q05,
            q10,
            q25,
            q50,
            q75,
            q90,
            q95,
            q99,
        })
    })
}

/// What the prices are for and in: "per kg in EUR, new, wholesale level" of one footing.
fn footings(facts: &TableFacts) -> String {
    let currency = facts.currency;
    match facts.footing() {
        Some(Footing { unit, condition, level }) => {
            format!("per {} in {currency}, {condition}, {level} level", unit.symbol())
        }
        None => {
            let all: Vec<String> = facts.footings().iter().map(Footing::to_string).collect();
            format!("in {currency}: {}", all.join("; "))
        }
    }
}

/// The lists a table was built of, the first by name.
fn lists(file: &TableFile) -> String {
    let files = &file.facts().files;
    let mut text = files.iter().take(NAMED).map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
    if files.len() > NAMED {
        let _ = write!(text, " and {} more lists", output::count((files.len() - NAMED) as u64));
    }
    text
}

/// Lists named as text.
const NAMED: usize = 8;
/// Groups shown as text unless CSV or JSON is asked for.
const SHOWN: usize = 40;

/// Shows a table.
pub fn run(
    row: &SnapshotRow,
    file: &TableFile,
    hs: Option<HsCode>,
    json: bool,
    csv: bool,
) -> Result<Exit, Failure> {
    if csv {
        let mut out = csv::Writer::from_writer(std::io::BufWriter::new(std::io::stdout().lock()));
        for group in groups(file, hs) {
            out.serialize(group)
                .map_err(|e| Failure::from_io("standard output", &std::io::Error::other(e)))?;
        }
        out.flush().map_err(|e| Failure::from_io("standard output", &e))?;
        return Ok(Exit::Done);
    }
    if json {
        let all: Vec<Group> = groups(file, hs).collect();
        let lists = &file.facts().files;
        return output::json(&serde_json::json!({ "snapshot": row, "lists": lists, "groups": all }));
    }
    let facts = file.facts();
    // Where all stand on one footing, it is said once.
    let one = facts.footing();
    let of_group = |what: String| if one.is_some() { String::new() } else { format!(" {what:<29}") };
    let mut text = format!(
        "snapshot {}\nprice table, built {}; {} prices {}\nread from {}\n\n{:<7} {:<6}{} {:>8} {:>7} {:>8} {:>8} {:>8} {:>10}\n",
        row.id,
        row.built_at.format("%Y-%m-%d %H:%M UTC"),
        output::count(file.rows()),
        footings(facts),
        lists(file),
        "HS",
        "origin",
        of_group("unit, condition, level".to_owned()),
        "prices",
        "sources",
        "q25",
        "median",
        "q75",
        "detectable"
    );
    let (mut left, mut outside) = (0, false);
    for (i, g) in groups(file, hs).enumerate() {
        if i >= SHOWN {
            left += 1;
            continue;
        }
        outside |= !(g.q25..=g.q75).contains(&g.median);
        let code = HsCode::parse(&g.hs6).map_or(g.hs6, |code| code.dotted());
        let _ = writeln!(
            text,
            "{:<7} {:<6}{} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} %",
            code,
            g.origin.as_deref().unwrap_or("-"),
            of_group(format!("{}, {}, {}", g.unit.symbol(), g.condition, g.level)),
            output::count(u64::from(g.listings)),
            output::count(u64::from(g.sources)),
            figure(g.q25),
            figure(g.median),
            figure(g.q75),
            significant(100.0 * g.detectable_ratio, 2)
        );
    }
    if left > 0 {
        let _ = writeln!(
            text,
            "and {} more groups: --hs narrows, --csv and --json list all",
            output::count(left)
        );
    }
    if outside {
        text.push_str("q25 and q75 are of every price, the median of the votes, one source one vote: where one\nsource has most of the prices it can lie outside of them\n");
    }
    output::text(&text)
}
