//! What a comparator may be used for in law, against one line. Computed from countries alone; no
//! legal advice beyond naming the paragraph.

use model::{Declaration, LegalUse, Observation};

/// Legal use of an offer against a line (CVA Art. 7.2(a), (c), (e) and Art. 5).
///
/// In the importing country's own market the origin of the goods decides; without it nothing is
/// claimed. Elsewhere an offer that ships to the importing country is an export offer; otherwise
/// the market of the exporting country is its domestic market, and any other a third country.
pub(crate) fn legal_use(offer: &Observation, line: &Declaration) -> LegalUse {
    let Some(importing) = line.import_country else {
        return LegalUse::Unknown;
    };
    let ships = offer.ships_to.contains(&importing);
    match offer.capture.market {
        Some(market) if market == importing => match offer.origin {
            Some(origin) if origin == importing => LegalUse::RiskOnly72a,
            Some(_) => LegalUse::DeductiveLead,
            None => LegalUse::Unknown,
        },
        _ if ships => LegalUse::ExportOffer,
        Some(market) => match line.export_country {
            Some(exporting) if exporting == market => LegalUse::RiskOnly72c,
            Some(_) => LegalUse::RiskOnly72e,
            None => LegalUse::Unknown,
        },
        None => LegalUse::Unknown,
    }
}
