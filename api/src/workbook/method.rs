//! The Method sheet: what a tribunal needs to do the assessment again. The rules are those of the
//! statistics service; here they are only told, with the numbers they ran with.

use super::layout::{self, Paper, Styles, across, number, page, put};
use super::{BatchNote, findings};
use model::CAVEAT;
use rust_xlsxwriter::{FormatAlign, Worksheet, XlsxError};
use statistics::Parameters;

/// What stands beside a label: words, or a number with words.
enum Said {
    Words(String),
    Number(f64, String),
}

/// Widths of labels, values and meanings.
const WIDTHS: [f64; 3] = [32.0, 14.0, 76.0];

/// Sections that begin a page, so that no heading stands alone.
const NEW_PAGE: [&str; 3] = ["Formulas", "Columns of Findings", "Parameters of the rules"];

/// The sum of the columns' widths, in digits.
#[cfg(test)]
pub(super) fn printed_width() -> f64 {
    WIDTHS.iter().sum()
}

pub(super) fn sheet(sheet: &mut Worksheet, note: &BatchNote, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Method")?;
    layout::widths(sheet, &WIDTHS)?;
    sheet.set_screen_gridlines(false);
    let value_format = number("General").set_align(FormatAlign::Left);
    let (mut row, mut breaks) = (0, Vec::new());
    let mut section = |title: &str, rows: Vec<(String, Said)>| -> Result<(), XlsxError> {
        if NEW_PAGE.contains(&title) {
            breaks.push(row);
        }
        across(sheet, row, (0, 2), title, &styles.section)?;
        sheet.set_row_height(row, 20.0)?;
        row += 1;
        for (label, said) in rows {
            put(sheet, row, 0, &label, &styles.bold)?;
            let label = (label.as_str(), 0.94 * WIDTHS[0]);
            let tall = match said {
                Said::Words(text) => {
                    across(sheet, row, (1, 2), &text, &styles.wrap)?;
                    layout::height([label, (text.as_str(), 0.95 * (WIDTHS[1] + WIDTHS[2]))], 30)
                }
                Said::Number(value, meaning) => {
                    sheet.write_number_with_format(row, 1, value, &value_format)?;
                    put(sheet, row, 2, &meaning, &styles.wrap)?;
                    layout::height([label, (meaning.as_str(), 0.95 * WIDTHS[2])], 30)
                }
            };
            sheet.set_row_height(row, tall)?;
            row += 1;
        }
        row += 1;
        Ok(())
    };
    let said = |pairs: Vec<(&str, String)>| -> Vec<(String, Said)> {
        pairs.into_iter().map(|(a, b)| (a.to_owned(), Said::Words(b))).collect()
    };
    let first = findings::FIRST.iter().map(|c| (c.name, c.meaning.to_owned()));
    let further = findings::further().into_iter().map(|c| (c.name, c.meaning.to_owned()));
    section("What was done", said(done(note)))?;
    section("How a line was held to the reference", said(rules(&note.parameters)))?;
    section("Verdicts: the first that matches", said(verdicts(&note.parameters)))?;
    section("What the results may be used for", said(uses()))?;
    section("Formulas", said(formulas(&note.parameters)))?;
    section("Columns of Findings", said(first.chain(further).collect()))?;
    section("Parameters of the rules", parameters(&note.parameters))?;
    let sources: Vec<_> = note
        .sources
        .iter()
        .map(|s| (s.name.as_str(), format!("{} Contact: {}", s.basis, s.contact)))
        .collect();
    if !sources.is_empty() {
        section("Sources and permissions", said(sources))?;
    }
    sheet.set_page_breaks(&breaks)?;
    page(sheet, Paper::Upright, note);
    Ok(())
}

fn done(note: &BatchNote) -> Vec<(&'static str, String)> {
    let (snapshot, holds) = &note.snapshot;
    let mut rows = vec![
        ("Program", format!("Touchstone {}", env!("CARGO_PKG_VERSION"))),
        ("File", note.file.clone()),
        ("File (SHA-256)", note.input_hash.clone()),
        ("Assessed at (UTC)", note.assessed_at.format("%Y-%m-%d %H:%M").to_string()),
        ("Reference snapshot (SHA-256)", snapshot.clone()),
        ("It holds", holds.clone()),
        ("Parameters (SHA-256)", note.parameters.hash().to_string()),
    ];
    if let Some(model) = &note.hs_model {
        rows.push(("Model of HS codes (SHA-256)", model.clone()));
    }
    rows.extend([
        ("Date of lines that state none", note.as_of.to_string()),
        ("The batch as a whole", note.discovery.trim().to_owned()),
        ("Validation", note.calibration.clone()),
        (
            "To do it again",
            format!(
                "{}\nwith the parameters below in the settings: the same lines, snapshot and parameters give the same figures. One line: touchstone check … --snapshot {} --json, and touchstone replay makes its verdict again byte for byte.",
                note.again,
                snapshot.chars().take(12).collect::<String>()
            ),
        ),
    ]);
    rows
}

fn rules(p: &Parameters) -> Vec<(&'static str, String)> {
    vec![
        (
            "Reference",
            "The narrowest rung with enough evidence: 1 identical goods (same GTIN, or same brand and model), 2 similar goods (like the description in words, forms, translations and attributes, weighed by similarity), 3 the same subheading, and the brand where the line names one, 4 the same subheading; always of the same unit, condition and commercial level. Headings lend spread only.".to_owned(),
        ),
        (
            "Evidence",
            format!(
                "Offers (asking prices), not sales. One seller has one vote. A rung is taken from {} effective votes, or from {} where sibling groups calibrate it (then low_review is the strongest verdict), {} sellers and {} sites, no seller holding more than {} % of the listings.",
                p.min_n_eff_own_5pct,
                p.min_n_eff,
                p.min_sellers,
                p.min_sites,
                100.0 * p.dominant_share
            ),
        ),
        (
            "Window",
            format!(
                "Offers seen within {} days to each side of the line's own date of export count; the dates stand in the columns window_from and window_to.",
                p.window_days
            ),
        ),
        (
            "Intervals",
            "Low-side figures use the low ends of the offers, the side that favours the trader; high-side figures the high ends.".to_owned(),
        ),
        (
            "Ranking",
            "By verdict in the order of work, then by p, then by ratio. The order says where to look first; it is no assessment.".to_owned(),
        ),
    ]
}

fn formulas(p: &Parameters) -> Vec<(&'static str, String)> {
    [
        ("Notation", "d: the declared unit price; x: the unit prices of the offers; w: their weights, those of one seller sharing one vote, each times the similarity of its goods; w₀: the largest vote of a seller. All on natural logarithms but the ratio."),
        ("Unit price", "value ÷ quantity, converted at the rate of the line's own date; an offer's price ÷ its size, at the rate of the day it was seen."),
        ("Quantiles", "Type R-7 on logarithms, weighted."),
        ("ratio", "d ÷ median of the low ends; ratio_high: d ÷ median of the high ends."),
        ("p_lower, p_upper", "(w₀ + Σ w·1{x ≤ d}) / (w₀ + Σ w); p_upper with x ≥ d on the high ends."),
        ("smallest_p", "w₀ / (w₀ + Σ w): what the lowest price of all would get."),
        ("z", "(ln d − median) ÷ spread; spread = 1.4826 × median absolute deviation of the logarithms, at least {least}. Where calibrated: (ln d − predictive mean) ÷ predictive standard deviation."),
        ("p_calibrated", "(1 + Σ w·1{score ≤ score of d}) / (1 + Σ w) over the scores of references left out, seller by seller, of their own groups, pooled among sibling groups of the same rung, unit, condition and level: of the heading where it has enough ranks, else all. Score: Student's t of the logarithm on the normal scale, from a robust mean and spread of the group shrunk towards those of its siblings by empirical Bayes (Smyth 2004), slips and gross errors weighted down, captures weighted by 2^(−days ÷ half-life). Up to {small} sellers: half the score against all, half the mean of those with each seller left out. Where the siblings' prices show two levels: the Student's t that has the lower tail of both, each with its share. A guarantee on average over these groups, not for each."),
        ("n_eff", "(Σ w)² / Σ w², over sellers."),
        ("percentile", "100 × Σ w·1{x ≤ d} / Σ w; its interval from Beta(r + ½, n_eff − r + ½) at 5 % and 95 %, r the effective votes at or below d."),
        ("detectable_ratio", "exp(−(t · spread · √(1 + 1/n_eff) + z · spread)), t the 95 % quantile of Student's t with n_eff − 1 degrees of freedom, z the 80 % quantile of the normal distribution. Where calibrated: t the score at 5 % of the pooled ranks, both times the predictive standard deviation. On two levels counted from their mean."),
        ("Importers' price levels", "y = ln(declared ÷ median) of each line; ȳ the mean of an importer's lines of one product, c the median and v the variance of the ȳ of the k other importers; t = (ȳ − c) ÷ √(v·(1 + π/(2k)) + e), e what the importer's own s²/n exceeds theirs by; Student's t with k − 1 degrees of freedom, lower side; Benjamini and Hochberg in a family of its own."),
        ("False discovery rate", "Benjamini and Hochberg (1995) on the calibrated p on the low side, else p_lower, of the lines held to a distribution; repeats of one importer's goods are one test, their smallest p times their number. q of a discovery: the least of m·p₍ⱼ₎ ÷ j over all tests j from its own place on, m the number of tests."),
        ("At stake", "(median of the low ends − d) × quantity in the unit of the price, of strong_reason_to_ask, reason_to_ask and low_review; sums are of the first two. No duty or tax rate is applied."),
    ]
    .into_iter()
    .map(|(a, b)| {
        (a, b.replace("{least}", &p.least_spread.to_string()).replace("{small}", &p.left_out_sellers.to_string()))
    })
    .collect()
}

fn verdicts(p: &Parameters) -> Vec<(&'static str, String)> {
    vec![
        ("not_applicable", "no sale for export".to_owned()),
        ("insufficient_evidence", "no rung has the evidence named above".to_owned()),
        (
            "segment_first",
            format!(
                "from {} effective votes, the offers form several price levels that disagree about the line",
                p.levels_min_n_eff
            ),
        ),
        (
            "strong_reason_to_ask",
            format!("as reason_to_ask, and ratio ≤ {}, on at least {} sites", p.strong_ratio, p.min_sites),
        ),
        (
            "reason_to_ask",
            format!(
                "p ≤ {}, ratio < {}, z ≤ −{}, rung {} at most, n_eff ≥ {}; p: p_calibrated_lower where there is one, else p_lower",
                p.reason_p,
                p.reason_ratio,
                p.reason_z,
                p.reason_widest_rung.number(),
                p.min_n_eff_own_5pct
            ),
        ),
        ("low_review", format!("p ≤ {} and ratio < {}", p.low_review_p, p.low_review_ratio)),
        (
            "high_review",
            format!(
                "p on the high side ≤ {}, ratio_high > 1/{}, z_high ≥ {}",
                p.reason_p, p.reason_ratio, p.reason_z
            ),
        ),
        (
            "not_detectable",
            format!(
                "ratio < {}, p > {}, detectable_ratio < {}",
                p.low_review_ratio, p.low_review_p, p.not_detectable_ratio
            ),
        ),
        ("consistent", "everything else".to_owned()),
    ]
}

/// Each parameter with its value and the reason that stands beside it in the settings.
fn parameters(p: &Parameters) -> Vec<(String, Said)> {
    let values = serde_json::to_value(p).unwrap_or_default();
    let schema = serde_json::to_value(schemars::schema_for!(Parameters)).unwrap_or_default();
    let meaning = |name: &str| {
        let text = schema["properties"][name]["description"].as_str().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "")
    };
    let Some(values) = values.as_object() else { return Vec::new() };
    values
        .iter()
        .map(|(name, value)| {
            let said = match value.as_f64() {
                Some(number) => Said::Number(number, meaning(name)),
                None => Said::Words(format!("{}: {}", value.to_string().trim_matches('"'), meaning(name))),
            };
            (name.clone(), said)
        })
        .collect()
}

fn uses() -> Vec<(&'static str, String)> {
    vec![
        ("Use", CAVEAT.to_owned()),
        (
            "Procedure",
            "Decision 6.1: ask the importer for an explanation and documents; if a doubt remains, give its grounds and hear the importer before deciding; decide in writing. A low price alone is no ground for rejection (Advisory Opinion 2.1).".to_owned(),
        ),
        (
            "Offers",
            "Asking prices seen on web pages, not sales; negotiated prices often lie below them. The use in law of each stands beside it in Schedules (Article 7.2: prices of the country of importation, of the exporter's domestic market and for other countries serve the risk assessment only).".to_owned(),
        ),
        (
            "Before a sheet is handed on",
            "The sheets hold lines of every importer of the file. For one importer, print that finding's pages of Schedules, or assess a file of that importer's lines alone.".to_owned(),
        ),
    ]
}
