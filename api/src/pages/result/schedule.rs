//! The comparator schedule: every offer used, and every one not used with its reason.

use crate::pages::{format, safe_link};
use crate::words;
use chrono::{DateTime, Utc};
use model::{Comparator, ExcludedOffer, LegalUse, Verdict};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Offer {
    number: usize,
    name: String,
    link: Option<String>,
    site: String,
    seller: String,
    /// "0.86", where the rung asks how like the goods are.
    similarity: Option<String>,
    matched: String,
    offered: String,
    unit_price: String,
    captured: String,
    market: String,
    legal_use: &'static str,
    page_hash: Option<String>,
    page_short: Option<String>,
    /// A row of a price list, named by the list's hash: there is no page of it.
    listed: bool,
    archive: Option<String>,
    steps: Vec<String>,
    explained: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ExcludedGroup {
    reason: &'static str,
    count: u32,
    open: bool,
    offers: Vec<UnusedOffer>,
    more: u32,
}

#[derive(Serialize)]
struct UnusedOffer {
    name: String,
    link: Option<String>,
    site: String,
    seller: String,
    offered: String,
    captured: String,
    page_hash: Option<String>,
    page_short: Option<String>,
    listed: bool,
    detail: String,
}

/// Offers shown before the rest is folded away on the screen; a rest of a few is not worth a fold.
const FIRST: usize = 20;

/// How many of so many offers stand in the first table of the schedule.
pub(super) fn shown_first(offers: usize) -> usize {
    if offers <= FIRST + 5 { offers } else { FIRST }
}

/// "kg", "u (piece)": the WCO's abbreviation with its word.
pub(super) fn unit_name(unit: model::Unit) -> String {
    let word = unit.per().trim_start_matches("per ");
    if word == unit.symbol() { word.to_owned() } else { format!("{} ({word})", unit.symbol()) }
}

fn day(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d").to_string()
}

/// The offers used; where pages are served, with links to the steps of each.
pub(super) fn offers(verdict: &Verdict, served: bool) -> Vec<Offer> {
    listed(verdict).into_iter().map(|(i, c)| offer(i + 1, c, served)).collect()
}

/// The offers that are listed, with their places in the order of unit prices: all, or the nearest to
/// the declared price where the verdict was made with fewer than there are.
pub(super) fn listed(verdict: &Verdict) -> Vec<(usize, &Comparator)> {
    let mut all: Vec<(usize, &Comparator)> = verdict.comparators.iter().enumerate().collect();
    let most = verdict.made.as_ref().and_then(|made| made.comparators).map_or(usize::MAX, |n| n as usize);
    if all.len() > most {
        let ln = |amount: Decimal| amount.to_f64().map_or(0.0, f64::ln);
        let declared = verdict.declared.as_ref().map_or(0.0, |d| ln(d.amount));
        let off = |c: &Comparator| (ln(c.unit_price.low) - declared).abs();
        all.sort_by(|a, b| off(a.1).total_cmp(&off(b.1)).then(a.0.cmp(&b.0)));
        all.truncate(most);
        all.sort_by_key(|(at, _)| *at);
    }
    all
}

fn offer(number: usize, c: &Comparator, served: bool) -> Offer {
    let mut steps = c.steps.clone();
    steps.push(format!(
        "counts with weight {}; observation {}",
        crate::assessed::significant(c.weight, 3),
        c.observation.short()
    ));
    let listed = c.url.is_none() && c.archive.is_none();
    Offer {
        number,
        name: c.name.clone(),
        link: safe_link(c.url.as_deref()),
        site: c.site.clone(),
        seller: c.seller.clone(),
        similarity: c.similarity.map(words::similarity),
        matched: words::matched(&c.matched),
        offered: c.offered.clone(),
        unit_price: interval(c.unit_price.low, c.unit_price.high),
        captured: day(c.captured_at),
        market: c.market.map_or_else(|| "not known".to_owned(), |m| m.to_string()),
        legal_use: words::legal_use_short(c.legal_use),
        page_hash: c.page_hash.map(|h| h.to_string()),
        page_short: c.page_hash.map(|h| h.short()),
        archive: c.archive.as_ref().map(|a| format!("{} at byte {}", a.file, a.offset)),
        steps,
        listed,
        explained: (served && !(listed && c.page_hash.is_some()))
            .then(|| format!("/observations/{}", c.observation)),
    }
}

/// What the short words for uses in law mean, for those that occur.
pub(super) fn legal_uses(verdict: &Verdict) -> Vec<&'static str> {
    LegalUse::ALL
        .iter()
        .filter(|code| verdict.comparators.iter().any(|c| c.legal_use == **code))
        .map(|code| words::legal_use(*code))
        .collect()
}

fn interval(low: Decimal, high: Decimal) -> String {
    if low == high {
        format::unit_amount(low)
    } else {
        format!("{} – {}", format::unit_amount(low), format::unit_amount(high))
    }
}

/// The groups of unused offers, most frequent reason first, and how many offers there are in all.
pub(super) fn excluded(verdict: &Verdict) -> (Vec<ExcludedGroup>, u32) {
    let mut counts = verdict.excluded_counts.clone();
    // Reasons of listed offers that the counts do not name are counted from the list.
    for offer in &verdict.excluded {
        if !counts.iter().any(|(reason, _)| *reason == offer.reason) {
            let listed = verdict.excluded.iter().filter(|o| o.reason == offer.reason);
            counts.push((offer.reason, listed.count() as u32));
        }
    }
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let total = counts.iter().map(|(_, count)| count).sum();
    let few = total <= 12;
    let groups = counts
        .into_iter()
        .map(|(reason, count)| {
            let offers: Vec<UnusedOffer> =
                verdict.excluded.iter().filter(|o| o.reason == reason).map(unused).collect();
            ExcludedGroup {
                reason: words::exclusion(reason),
                count,
                open: few && !offers.is_empty(),
                more: count.saturating_sub(offers.len() as u32),
                offers,
            }
        })
        .collect();
    (groups, total)
}

fn unused(o: &ExcludedOffer) -> UnusedOffer {
    UnusedOffer {
        name: o.name.clone(),
        link: safe_link(o.url.as_deref()),
        site: o.site.clone(),
        seller: o.seller.clone(),
        offered: o.offered.clone(),
        captured: day(o.captured_at),
        page_hash: o.page_hash.map(|h| h.to_string()),
        page_short: o.page_hash.map(|h| h.short()),
        listed: o.url.is_none(),
        detail: o.detail.clone(),
    }
}
