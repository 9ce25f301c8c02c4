//! What a comparator may be used for in law, against one line. Computed from countries alone; no
//! legal advice beyond naming the paragraph.

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
