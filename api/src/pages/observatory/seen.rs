//! What the observatory says of where its prices come from: sites, days, use in law, and how many offers
//! its figures do not cover. Counts are rounded as those of the cells are, and none is of a group.

use crate::pages::format;
use crate::words;
use chrono::NaiveDate;
use model::{Country, LegalUse, Snapshot};
use serde::Serialize;
use statistics::UngroupedBy;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Sites that are listed: those of the most offers.
pub const LISTED_SITES: usize = 40;

/// Counts are rounded down to a multiple of this, as those of the cells are.
const ROUNDED_TO: u64 = 5;

/// Names of one kind that are listed of a site.
const NAMES: usize = 6;

/// Where and when the prices of a snapshot were seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Offers of the snapshot, rounded down to a multiple of 5.
    pub offers: u64,
    /// First day a price was seen; `None` of a snapshot without offers.
    pub first_day: Option<NaiveDate>,
    /// Last day a price was seen.
    pub last_day: Option<NaiveDate>,
    /// Offers that stand in no group, rounded down likewise.
    pub ungrouped: u64,
    /// The same by reason, each rounded by itself.
    pub ungrouped_by: UngroupedBy,
    /// The sites of the most offers, at most [`LISTED_SITES`], those of as many by name.
    pub sites: Vec<SeenSite>,
    /// Sites that are not listed.
    pub more_sites: usize,
}

/// One site, or a list whose offers have no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenSite {
    /// Its host; the source's id where offers have no address.
    pub site: String,
    /// Its offers of all groups together, rounded down to a multiple of 5.
    pub offers: u64,
    /// First day a price was seen there.
    pub first_day: NaiveDate,
    /// Last day a price was seen there.
    pub last_day: NaiveDate,
    /// The sources that collected there, by id.
    pub sources: Vec<String>,
    /// What its offers may be used for in law, as far as it can be told without a declared line.
    pub use_in_law: String,
}

impl Seen {
    /// Of the offers of a snapshot.
    pub fn of(snapshot: &Snapshot, by: UngroupedBy) -> Seen {
        let mut sites: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
        for offer in &snapshot.comparables {
            let o = &offer.observation;
            let day = o.capture.captured_at.date_naive();
            let site = sites.entry(o.capture.site.as_str()).or_insert_with(|| Gathered::on(day));
            site.offers += 1;
            site.first_day = site.first_day.min(day);
            site.last_day = site.last_day.max(day);
            site.sources.insert(&o.capture.source_id);
            match o.capture.market {
                Some(market) => {
                    site.markets.insert(market);
                    site.at_home.insert(LegalUse::of(Some(market), &[], o.origin, Some(market), None));
                }
                None => site.no_market = true,
            }
            site.ships_to.extend(o.ships_to.iter().filter(|&&to| Some(to) != o.capture.market));
        }
        let first_day = sites.values().map(|site| site.first_day).min();
        let last_day = sites.values().map(|site| site.last_day).max();
        let mut sorted: Vec<(&str, Gathered<'_>)> = sites.into_iter().collect();
        // By the rounded number, or the order would tell what the rounding holds back.
        sorted.sort_by_key(|(name, site)| (Reverse(rounded(site.offers)), *name));
        Seen {
            offers: rounded(snapshot.comparables.len() as u64),
            first_day,
            last_day,
            ungrouped: rounded(by.total()),
            ungrouped_by: UngroupedBy {
                no_hs: rounded(by.no_hs),
                no_unit: rounded(by.no_unit),
                no_condition: rounded(by.no_condition),
                not_an_article: rounded(by.not_an_article),
                other_basis: rounded(by.other_basis),
            },
            more_sites: sorted.len().saturating_sub(LISTED_SITES),
            sites: sorted.into_iter().take(LISTED_SITES).map(|(name, site)| site.shown(name)).collect(),
        }
    }

    /// The days, in words: "2026-09-01 to 2026-09-15".
    pub(super) fn days(&self) -> Option<String> {
        Some(days(self.first_day?, self.last_day?))
    }

    /// What the figures do not cover, in words.
    pub(super) fn coverage(&self) -> String {
        let offers = at_least(self.offers);
        if self.ungrouped == 0 {
            return format!("Of {offers} offers, {} stand in no group.", at_least(0));
        }
        let reasons: Vec<String> = self
            .ungrouped_by
            .reasons()
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(words, n)| format!("{} {words}", at_least(n)))
            .collect();
        let share = format::percent(self.ungrouped as f64 / self.offers.max(1) as f64);
        let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
        format!("Of {offers} offers, {} (about {share}) stand in no group{why}.", at_least(self.ungrouped))
    }
}

/// Two days in words; one where both are the same.
pub(super) fn days(first: NaiveDate, last: NaiveDate) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// A rounded count in words.
pub(super) fn at_least(rounded: u64) -> String {
    match rounded {
        0 => format!("fewer than {ROUNDED_TO}"),
        n => format!("≥ {}", format::count(n)),
    }
}

fn rounded(count: u64) -> u64 {
    count / ROUNDED_TO * ROUNDED_TO
}

/// What is gathered of a site, offer by offer.
struct Gathered<'a> {
    offers: u64,
    first_day: NaiveDate,
    last_day: NaiveDate,
    sources: BTreeSet<&'a str>,
    markets: BTreeSet<Country>,
    /// Uses against goods imported into the offer's own market.
    at_home: BTreeSet<LegalUse>,
    /// Countries other than its market that an offer ships to.
    ships_to: BTreeSet<Country>,
    /// Whether an offer states no market.
    no_market: bool,
}

impl Gathered<'_> {
    fn on(day: NaiveDate) -> Self {
        Gathered {
            offers: 0,
            first_day: day,
            last_day: day,
            sources: BTreeSet::new(),
            markets: BTreeSet::new(),
            at_home: BTreeSet::new(),
            ships_to: BTreeSet::new(),
            no_market: false,
        }
    }

    fn shown(&self, site: &str) -> SeenSite {
        SeenSite {
            site: site.to_owned(),
            offers: rounded(self.offers),
            first_day: self.first_day,
            last_day: self.last_day,
            sources: self.sources.iter().map(|&source| source.to_owned()).collect(),
            use_in_law: self.use_in_law(),
        }
    }

    /// The cases that its offers' countries tell apart; the line they are held to decides among them.
    fn use_in_law(&self) -> String {
        let mut cases = Vec::new();
        if !self.markets.is_empty() {
            let home: Vec<&str> = self
                .at_home
                .iter()
                .map(|&code| match code {
                    LegalUse::Unknown => "unknown, as the origin is not stated",
                    known => words::legal_use_short(known),
                })
                .collect();
            cases.push(format!("imported into {}: {}", some(&self.markets), home.join(" or ")));
            cases.push("imported elsewhere: risk only, Art. 7.2(c) or (e)".to_owned());
        }
        if !self.ships_to.is_empty() {
            let short = words::legal_use_short(LegalUse::ExportOffer);
            cases.push(format!("imported into {}, where it ships to: {short}", some(&self.ships_to)));
        }
        if self.no_market {
            cases.push("unknown where the offer states no market".to_owned());
        }
        cases.join("; ")
    }
}

/// The first of some countries, and how many more there are.
fn some(countries: &BTreeSet<Country>) -> String {
    listed(&countries.iter().map(Country::to_string).collect::<Vec<_>>())
}

/// The first of some names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
