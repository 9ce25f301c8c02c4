//! The table of key figures: each with its meaning in plain words.

use super::{counted, mix_name, unit_words};
use crate::pages::format;
use model::{MixShare, Reference, Verdict};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Figure {
    label: &'static str,
    value: String,
    note: String,
}

struct Table(Vec<Figure>);

impl Table {
    fn row(&mut self, label: &'static str, value: impl Into<String>, note: impl Into<String>) {
        self.0.push(Figure { label, value: value.into(), note: note.into() });
    }
}

pub(super) fn figures(verdict: &Verdict) -> Vec<Figure> {
    let mut table = Table(Vec::new());
    declared(&mut table, verdict);
    if let Some(reference) = &verdict.reference {
        prices(&mut table, verdict, reference);
        ranks(&mut table, verdict);
        evidence(&mut table, reference);
    } else if let Some(p) = verdict.smallest_p {
        table.row(
            "Smallest attainable p",
            format::p(p),
            "what even the lowest price of all would get among these few offers",
        );
    }
    table.0
}

fn declared(table: &mut Table, verdict: &Verdict) {
    let (Some(declared), Some(unit)) = (&verdict.declared, unit_words(verdict)) else {
        return;
    };
    let note = match &declared.rate {
        None => "the declared value over the quantity".to_owned(),
        Some(rate) => format!(
            "declared {} {} {}; 1 {} = {} {} on {} ({})",
            format::unit_amount(declared.declared.amount),
            declared.declared.currency,
            declared.unit.per(),
            rate.from,
            format::rate(rate.rate),
            rate.to,
            rate.date,
            rate.source
        ),
    };
    table.row("Declared unit price", format!("{} {unit}", format::unit_amount(declared.amount)), note);
}

/// Whether offers are intervals whose high ends tell more than their low ends.
pub(super) fn has_high_ends(r: &Reference) -> bool {
    r.median_high > r.median * 1.005
}

fn prices(table: &mut Table, verdict: &Verdict, r: &Reference) {
    let intervals = has_high_ends(r);
    let unit = format!("{} {}", r.currency, r.unit.per());
    table.row(
        "Median of the offers",
        format!("{} {unit}", format::price(r.median)),
        if intervals {
            format!(
                "of the low ends of the offers, the side that favours the trader; of their high ends {} {unit}",
                format::price(r.median_high)
            )
        } else {
            format!("half of the offers ask less, half more; basis “{}”", r.basis)
        },
    );
    if let Some(ratio) = verdict.ratio {
        let mut note = "declared price against the median of the offers".to_owned();
        if let (Some(high), true) = (verdict.ratio_high, intervals) {
            note.push_str(&format!("; against the median of the high ends {}", format::ratio(high)));
        }
        table.row("Ratio", format::ratio(ratio), note);
    }
    table.row(
        "Middle half",
        format!("{} – {} {unit}", format::price(r.q1), format::price(r.q3)),
        format!(
            "between the quartiles; eight in ten lie between {} and {}, one in twenty below {}",
            format::price(r.p10),
            format::price(r.p90),
            format::price(r.p05)
        ),
    );
    table.row(
        "Lowest comparable offer",
        format!("{} {unit}", format::price(r.lowest)),
        "shown for information, without legal weight",
    );
}

fn ranks(table: &mut Table, verdict: &Verdict) {
    let floor = verdict
        .smallest_p
        .map(|p| format!("; the smallest this group can give is {}", format::p(p)))
        .unwrap_or_default();
    if let Some(p) = verdict.p_lower {
        table.row(
            "Rank p, low side",
            format::p(p),
            format!("share of the offers as low as the declared price or lower, the line counted among them{floor}"),
        );
    }
    if let Some(p) = verdict.p_upper {
        table.row(
            "Rank p, high side",
            format::p(p),
            format!("share of the offers as high as the declared price or higher, the line counted among them{floor}"),
        );
    }
    if let Some(c) = verdict.calibrated {
        table.row(
            "Calibrated p, low side",
            format::p(c.p_lower),
            format!(
                "how often a price drawn like the references of {} sibling groups scores as low in its own group ({:.0} ranks; right on average over these groups){}",
                c.groups,
                c.ranks.floor(),
                if c.borrowed { "; this group alone is too small for a claim, so the verdict goes no further than a look" } else { "" }
            ),
        );
        table.row("Calibrated p, high side", format::p(c.p_upper), "the same for prices as high");
    }
    if let Some(z) = verdict.z {
        let high = verdict
            .z_high
            .filter(|_| verdict.reference.as_ref().is_some_and(has_high_ends))
            .map(|z| format!("; against the high ends {}", format::two(z)))
            .unwrap_or_default();
        let (label, note) = match verdict.calibrated {
            Some(_) => {
                ("Predictive z", "distance from the predicted price, in predictive standard deviations")
            }
            None => ("Robust z", "distance from the median, in spreads of these offers"),
        };
        table.row(label, format::two(z), format!("{note} (on logarithms){high}"));
    }
    if let Some(percentile) = verdict.percentile {
        let interval = verdict
            .percentile_interval
            .map(|(from, to)| {
                format!("; 90 % interval {} to {}", format::hundredth(from), format::hundredth(to))
            })
            .unwrap_or_default();
        table.row(
            "Percentile",
            format::hundredth(percentile),
            format!("of 100 offers, how many lie below the declared price{interval}"),
        );
    }
}

fn evidence(table: &mut Table, r: &Reference) {
    table.row(
        "Detectable",
        format!("up to {}", format::percent(r.detectable_ratio)),
        format!(
            "a price at this share of the median or lower stands out 4 times in 5; predictive spread {} on logarithms",
            format::two(r.predictive_sd)
        ),
    );
    table.row(
        "Evidence",
        format!("{} effective votes", format::votes(r.n_eff)),
        format!(
            "{} by {} on {}; one seller, one vote",
            counted(r.n_listings, "listing"),
            counted(r.n_sellers, "seller"),
            counted(r.n_sites, "site")
        ),
    );
    table.row("Reference", format!("rung {} of 4", r.rung.number()), r.label.clone());
    table.row(
        "Window",
        format!("{} days each side", r.window.days),
        format!("offers seen from {} to {} count", r.window.from, r.window.to),
    );
    mix(table, "Markets", &r.markets);
    mix(table, "Use in law", &r.legal_uses);
}

fn mix(table: &mut Table, label: &'static str, shares: &[MixShare]) {
    let part = |s: &MixShare| format!("{} {}", format::percent(s.share), mix_name(&s.what));
    let Some(first) = shares.first() else { return };
    if shares.len() == 1 {
        table.row(label, format::percent(first.share), mix_name(&first.what));
    } else {
        let parts: Vec<String> = shares.iter().map(part).collect();
        table.row(label, "mixed", parts.join("; "));
    }
}
