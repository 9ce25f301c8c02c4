//! What an offer may and may not be used for in law, told for an observation alone: by what the line
//! it is held to says. The rule itself is [`LegalUse::of`].

use model::{Country, LegalUse, Observation};
use serde::Serialize;

/// One case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegalCase {
    /// The line it is held to, in words.
    pub line: String,
    /// The use.
    #[serde(rename = "use")]
    pub code: LegalUse,
    /// What it means, in one sentence.
    pub sentence: &'static str,
}

/// The cases that the offer's countries tell apart.
pub(super) fn cases(o: &Observation) -> Vec<LegalCase> {
    let of = |line: String, code: LegalUse| LegalCase { line, code, sentence: code.sentence() };
    let use_for =
        |importing, exporting| LegalUse::of(o.capture.market, &o.ships_to, o.origin, importing, exporting);
    let mut cases = Vec::new();
    if let Some(market) = o.capture.market {
        let origin = o.origin.map_or_else(|| "not stated".to_owned(), |origin| origin.to_string());
        cases.push(of(format!("imported into {market} (origin {origin})"), use_for(Some(market), None)));
        // Any other country: the offer's market is the line's country of export, or it is not.
        let elsewhere = another_than(market);
        let no_offer =
            |exporting| LegalUse::of(Some(market), &[], o.origin, Some(elsewhere), Some(exporting));
        cases.push(of(format!("exported from {market} to another country"), no_offer(market)));
        cases.push(of(
            format!("exported from elsewhere than {market} to another country"),
            no_offer(elsewhere),
        ));
    }
    let market = o.capture.market;
    for to in o.ships_to.iter().filter(|&&to| Some(to) != market) {
        cases.push(of(format!("imported into {to}, where the offer ships to"), use_for(Some(*to), None)));
    }
    if cases.is_empty() {
        cases.push(of("any".to_owned(), LegalUse::Unknown));
    }
    cases
}

/// Some country that is not this one: the rule only asks whether two are the same.
fn another_than(country: Country) -> Country {
    ["FR", "JP"]
        .iter()
        .filter_map(|code| code.parse().ok())
        .find(|other| *other != country)
        .unwrap_or(country)
}
