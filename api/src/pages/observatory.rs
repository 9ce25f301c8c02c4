//! The observatory page: released cells only, never a declared value and never anything finer than
//! what disclosure control lets out.

use super::{Frame, PageError, format, markup, render};
use crate::charts::{LevelPanel, LevelRow, levels_chart};
use crate::http::SourceNote;
use crate::words;
use chrono::NaiveDate;
use minijinja::Value;
use model::{ContentHash, Currency, HsCode};
use serde::Serialize;
use statistics::ReferenceIndex;
use statistics::release::{self, ReleasedCell};
use std::collections::BTreeMap;

/// The released figures of one snapshot, with what every copy of them must carry.
#[derive(Debug, Clone, Serialize)]
pub struct ObservatoryData {
    /// What the figures are.
    pub notice: &'static str,
    /// Day of the release.
    pub as_of: NaiveDate,
    /// The snapshot they come from.
    pub snapshot: ContentHash,
    /// Currency of the figures.
    pub currency: Currency,
    /// The cells, published and withheld.
    pub cells: Vec<ReleasedCell>,
    /// Where the prices come from.
    pub sources: Vec<SourceNote>,
}

/// Stands on every copy of the figures.
const NOTICE: &str = "Levels of asking prices, for risk analysis. Not customs values, minimum values or reference values (WTO Customs Valuation Agreement, Article 7.2).";

impl ObservatoryData {
    /// What a snapshot lets out.
    pub fn of(index: &ReferenceIndex, sources: &[SourceNote], as_of: NaiveDate) -> Self {
        ObservatoryData {
            notice: NOTICE,
            as_of,
            snapshot: index.snapshot().id,
            currency: index.snapshot().currency,
            cells: release::cells(index),
            sources: sources.to_vec(),
        }
    }

    /// Only the cells of one subheading; `None` when there is none.
    pub fn only(&self, hs6: HsCode) -> Option<Self> {
        let cells: Vec<ReleasedCell> = self.cells.iter().filter(|c| c.hs6 == hs6).cloned().collect();
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
        ])?;
        let figure =
            |value: Option<f64>| value.map_or_else(String::new, |v| crate::assessed::significant(v, 3));
        let count = |value: Option<u32>| value.map_or_else(String::new, |v| v.to_string());
        for cell in &self.cells {
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
    currency: String,
    snapshot: String,
    sources: Vec<SourceNote>,
}

/// The observatory as one standalone file: styles inside, nothing loaded from elsewhere.
pub fn observatory_html(
    index: &ReferenceIndex,
    sources: &[SourceNote],
    as_of: NaiveDate,
) -> Result<String, PageError> {
    let data = ObservatoryData::of(index, sources, as_of);
    let frame = Frame::standalone("Observatory of offer prices");
    render("observatory.html", &frame, content(&data, None))
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
    let mut by_code: BTreeMap<HsCode, Vec<&ReleasedCell>> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in &data.cells {
        by_code.entry(cell.hs6).or_default().push(cell);
        if let Some(reason) = &cell.suppressed {
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
        currency: data.currency.to_string(),
        snapshot: data.snapshot.to_string(),
        sources: data.sources.clone(),
    }
}

fn label(cell: &ReleasedCell) -> String {
    let mut text = format!("{}, {}", words::condition(cell.condition), words::level(cell.level));
    if let Some(market) = cell.market {
        text.push_str(&format!(", market {market}"));
    }
    text
}

fn shown_code(hs6: HsCode, cells: &[&ReleasedCell]) -> ShownCode {
    let mut panels: Vec<LevelPanel> = Vec::new();
    for cell in cells {
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
        cells: cells.iter().map(|cell| shown_cell(cell)).collect(),
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
