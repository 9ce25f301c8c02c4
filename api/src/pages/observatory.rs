//! The observatory page: released cells only, never a declared value and never anything finer than
//! what disclosure control lets out.

mod seen;

pub use seen::{Seen, SeenSite};

use super::{Frame, PageError, format, markup, render};
use crate::charts::{LevelPanel, LevelRow, levels_chart};
use crate::http::SourceNote;
use crate::words;
use chrono::NaiveDate;
use minijinja::Value;
use model::{ContentHash, Currency, GroupKey, HsCode};
use serde::Serialize;
use statistics::ReferenceIndex;
use statistics::release::{self, ReleasedCell};
use std::collections::BTreeMap;

/// The released figures of one snapshot, with what every copy of them must carry.
#[derive(Debug, Clone, Serialize)]
pub struct ObservatoryData {
    /// What the figures are.
    pub notice: &'static str,
    /// Day of the release: the day the page is made, not one on which a price was seen.
    pub as_of: NaiveDate,
    /// The snapshot they come from.
    pub snapshot: ContentHash,
    /// Day the snapshot was built, where it is known.
    pub built: Option<NaiveDate>,
    /// Currency of the figures.
    pub currency: Currency,
    /// The cells, published and withheld.
    pub cells: Vec<SeenCell>,
    /// Where and when the prices of the whole snapshot were seen; `None` where its offers cannot be read.
    #[serde(flatten)]
    pub seen: Option<Seen>,
    /// The sources whose files were read, with their permissions.
    pub sources: Vec<SourceNote>,
}

/// A cell with the days on which its prices were seen.
#[derive(Debug, Clone, Serialize)]
pub struct SeenCell {
    /// The figures.
    #[serde(flatten)]
    pub cell: ReleasedCell,
    /// First day a price of its group was seen, in whatever market; `None` of a cell that is withheld.
    pub first_day: Option<NaiveDate>,
    /// Last day likewise.
    pub last_day: Option<NaiveDate>,
}

/// Stands on every copy of the figures.
const NOTICE: &str = "Levels of asking prices, for risk analysis. Not customs values, minimum values or reference values (WTO Customs Valuation Agreement, Article 7.2).";

impl ObservatoryData {
    /// What a snapshot lets out.
    pub fn of(index: &ReferenceIndex, sources: &[SourceNote], as_of: NaiveDate) -> Self {
        let full = index.in_full();
        if let Err(error) = &full {
            tracing::error!(%error, "the offers of the snapshot could not be read for the observatory");
        }
        let full = full.ok();
        let mut days: BTreeMap<GroupKey, (NaiveDate, NaiveDate)> = BTreeMap::new();
        for group in full.iter().flat_map(|snapshot| &snapshot.groups) {
            days.insert(group.key.clone(), (group.first_day, group.last_day));
        }
        let with_days = |cell: ReleasedCell| {
            let key =
                GroupKey { hs6: cell.hs6, unit: cell.unit, condition: cell.condition, level: cell.level };
            // Nothing of a cell that is withheld is told, its days neither.
            let seen = days.get(&key).filter(|_| cell.suppressed.is_none());
            SeenCell { first_day: seen.map(|days| days.0), last_day: seen.map(|days| days.1), cell }
        };
        ObservatoryData {
            notice: NOTICE,
            as_of,
            snapshot: index.snapshot().id,
            built: None,
            currency: index.snapshot().currency,
            cells: release::cells(index).into_iter().map(with_days).collect(),
            seen: full.as_ref().map(|snapshot| Seen::of(snapshot, index.ungrouped())),
            sources: sources.to_vec(),
        }
    }

    /// With the day the snapshot was built, which its file does not say.
    #[must_use]
    pub fn built_on(mut self, day: NaiveDate) -> Self {
        self.built = Some(day);
        self
    }

    /// Only the cells of one subheading; `None` when there is none.
    pub fn only(&self, hs6: HsCode) -> Option<Self> {
        let cells: Vec<SeenCell> = self.cells.iter().filter(|c| c.cell.hs6 == hs6).cloned().collect();
        (!cells.is_empty()).then(|| ObservatoryData { cells, ..self.clone() })
    }

    /// The cells as CSV.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "hs6",
            "unit",
            "condition",
            "level",
            "market",
            "currency",
            "n_sellers",
            "n_sites",
            "median",
            "q1",
            "q3",
            "p10",
            "p90",
            "suppressed",
            "as_of",
            "snapshot",
            "first_day",
            "last_day",
        ])?;
        let figure =
            |value: Option<f64>| value.map_or_else(String::new, |v| crate::assessed::significant(v, 3));
        let count = |value: Option<u32>| value.map_or_else(String::new, |v| v.to_string());
        let day = |value: Option<NaiveDate>| value.map_or_else(String::new, |v| v.to_string());
        for seen in &self.cells {
            let cell = &seen.cell;
            writer.write_record([
                cell.hs6.to_string(),
                cell.unit.to_string(),
                cell.condition.to_string(),
                cell.level.to_string(),
                cell.market.map_or_else(String::new, |m| m.to_string()),
                cell.currency.to_string(),
                count(cell.n_sellers),
                count(cell.n_sites),
                figure(cell.median),
                figure(cell.q1),
                figure(cell.q3),
                figure(cell.p10),
                figure(cell.p90),
                cell.suppressed.clone().unwrap_or_default(),
                self.as_of.to_string(),
                self.snapshot.to_string(),
                day(seen.first_day),
                day(seen.last_day),
            ])?;
        }
        writer.into_inner().map_err(|e| e.into_error().into())
    }
}

#[derive(Serialize)]
struct ShownCell {
    label: String,
    median: String,
    quartiles: String,
    sellers: String,
    withheld: Option<String>,
}

#[derive(Serialize)]
struct ShownCode {
    hs6: String,
    dotted: String,
    chart: Option<Value>,
    cells: Vec<ShownCell>,
    days: Option<String>,
}

#[derive(Serialize)]
struct ShownSite {
    site: String,
    offers: String,
    days: String,
    sources: String,
    use_in_law: String,
}

#[derive(Serialize)]
struct Withheld {
    reason: String,
    count: usize,
}

#[derive(Serialize)]
struct Content {
    lead: String,
    overview: bool,
    tally: String,
    withheld: Vec<Withheld>,
    twin: String,
    codes: Vec<ShownCode>,
    silent: Vec<ShownCode>,
    as_of: String,
    built: Option<String>,
    days: Option<String>,
    coverage: Option<String>,
    sites: Vec<ShownSite>,
    more_sites: usize,
    currency: String,
    snapshot: String,
    sources: Vec<SourceNote>,
}

/// The observatory as one standalone file: styles inside, nothing loaded from elsewhere.
pub fn observatory_html(data: &ObservatoryData) -> Result<String, PageError> {
    let frame = Frame::standalone("Observatory of offer prices");
    render("observatory.html", &frame, content(data, None))
}

/// The observatory as the server shows it.
pub fn observatory_page(data: &ObservatoryData) -> Result<String, PageError> {
    let frame = Frame::served("Observatory of offer prices", "observatory");
    render("observatory.html", &frame, content(data, None))
}

/// One subheading as the server shows it. `data` holds the cells of that subheading.
pub fn group_html(data: &ObservatoryData, hs6: HsCode) -> Result<String, PageError> {
    let frame = Frame::served(format!("Offer prices of HS {}", hs6.dotted()), "observatory");
    render("observatory.html", &frame, content(data, Some(hs6)))
}

fn content(data: &ObservatoryData, only: Option<HsCode>) -> Content {
    let mut by_code: BTreeMap<HsCode, Vec<&SeenCell>> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in &data.cells {
        by_code.entry(seen.cell.hs6).or_default().push(seen);
        if let Some(reason) = &seen.cell.suppressed {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let withheld_count: usize = reasons.values().sum();
    let mut withheld: Vec<Withheld> =
        reasons.into_iter().map(|(reason, count)| Withheld { reason: reason.to_owned(), count }).collect();
    withheld.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
    let published = data.cells.len() - withheld_count;
    // A subheading without a published figure gets a row, not a card.
    let (codes, silent): (Vec<ShownCode>, Vec<ShownCode>) =
        by_code.iter().map(|(hs6, cells)| shown_code(*hs6, cells)).partition(|code| code.chart.is_some());
    let groups = |n: usize| format!("{n} {}", if n == 1 { "group" } else { "groups" });
    Content {
        lead: match only {
            None => "At what prices goods are offered, by subheading of the Harmonized System, from public offers. For risk analysis and statistics; no declared value enters it.".to_owned(),
            Some(_) => NOTICE.to_owned(),
        },
        overview: only.is_none(),
        tally: format!(
            "{} published, {withheld_count} withheld, {} {}.",
            groups(published),
            by_code.len(),
            if by_code.len() == 1 { "subheading" } else { "subheadings" }
        ),
        withheld,
        twin: match only {
            None => "/observatory".to_owned(),
            Some(hs6) => format!("/observatory/{hs6}"),
        },
        codes,
        silent,
        as_of: data.as_of.to_string(),
        built: data.built.map(|day| day.to_string()),
        days: data.seen.as_ref().and_then(Seen::days),
        coverage: data.seen.as_ref().filter(|seen| seen.first_day.is_some()).map(Seen::coverage),
        sites: data.seen.iter().flat_map(|seen| &seen.sites).map(shown_site).collect(),
        more_sites: data.seen.as_ref().map_or(0, |seen| seen.more_sites),
        currency: data.currency.to_string(),
        snapshot: data.snapshot.to_string(),
        sources: data.sources.clone(),
    }
}

fn shown_site(site: &SeenSite) -> ShownSite {
    ShownSite {
        site: site.site.clone(),
        offers: seen::at_least(site.offers),
        days: seen::days(site.first_day, site.last_day),
        sources: seen::listed(&site.sources),
        use_in_law: site.use_in_law.clone(),
    }
}

fn label(cell: &ReleasedCell) -> String {
    let mut text = format!("{}, {}", words::condition(cell.condition), words::level(cell.level));
    if let Some(market) = cell.market {
        text.push_str(&format!(", market {market}"));
    }
    text
}

fn shown_code(hs6: HsCode, cells: &[&SeenCell]) -> ShownCode {
    let mut panels: Vec<LevelPanel> = Vec::new();
    for cell in cells.iter().map(|seen| &seen.cell) {
        let Some(median) = cell.median else { continue };
        let axis_label = format!("{} {}", cell.currency, cell.unit.per());
        let row = LevelRow {
            label: label(cell),
            median,
            quartiles: cell.q1.zip(cell.q3),
            deciles: cell.p10.zip(cell.p90),
        };
        match panels.iter_mut().find(|p| p.axis_label == axis_label) {
            Some(panel) => panel.rows.push(row),
            None => panels.push(LevelPanel { axis_label, rows: vec![row] }),
        }
    }
    let title = format!("Offer prices of HS {}", hs6.dotted());
    ShownCode {
        hs6: hs6.to_string(),
        dotted: hs6.dotted(),
        chart: markup(levels_chart(&format!("chart-{hs6}"), &title, &panels)),
        cells: cells.iter().map(|seen| shown_cell(&seen.cell)).collect(),
        days: cells
            .iter()
            .filter_map(|seen| seen.first_day)
            .min()
            .zip(cells.iter().filter_map(|seen| seen.last_day).max())
            .map(|(first, last)| seen::days(first, last)),
    }
}

fn shown_cell(cell: &ReleasedCell) -> ShownCell {
    let figure = |value: Option<f64>| value.map(format::three);
    ShownCell {
        label: format!("{}, {}", label(cell), cell.unit.per()),
        median: figure(cell.median).unwrap_or_else(|| "–".to_owned()),
        quartiles: match (figure(cell.q1), figure(cell.q3)) {
            (Some(q1), Some(q3)) => format!("{q1} – {q3}"),
            _ => "–".to_owned(),
        },
        sellers: cell.n_sellers.map_or_else(|| "–".to_owned(), |n| format!("≥ {n}")),
        withheld: cell.suppressed.clone(),
    }
}
