//! What a comparator may be used for in law, against one line. Computed from countries alone; no
//! legal advice beyond naming the paragraph.

use crate::offers::Place;
use model::{Declaration, LegalUse, Observation};

/// Legal use of an offer against a line (CVA Art. 7.2(a), (c), (e) and Art. 5): [`LegalUse::of`].
pub(crate) fn legal_use(offer: &Observation, line: &Declaration) -> LegalUse {
    LegalUse::of(
        offer.capture.market,
        &offer.ships_to,
        offer.origin,
        line.import_country,
        line.export_country,
    )
}

/// The same of an offer of this place; without one nothing is known of it.
pub(crate) fn legal_use_in(place: Option<&Place>, line: &Declaration) -> LegalUse {
    LegalUse::of(
        place.and_then(|p| p.market),
        place.map_or(&[], |p| &p.ships_to),
        place.and_then(|p| p.origin),
        line.import_country,
        line.export_country,
    )
}
