//! How far the witnesses of a page agree on a listing's price, name and currency. Counts only; what
//! prevails is decided in `merge`, what the counts are worth in the confidence.

use super::currencies;
use super::merge::value;
use super::price_text;
use super::terms::squeeze;
use super::visible::Page;
use model::{Agreement, Agreements, Listing, Stated, Syntax};

/// A visible price below this score is no witness.
const VISIBLE: f64 = 4.5;

/// Counts what `witnesses` (each syntax once, the first of it) and the visible page say of the fields
/// as they were decided.
pub(super) fn count(listing: &Listing, witnesses: &[Listing], page: &Page<'_, '_>) -> Agreements {
    let mut agreements = Agreements::default();
    if let Some(price) = &listing.price {
        let amount = value(Some(price));
        let mut tally = Tally::of(price);
        for witness in witnesses {
            if let Some(stated) = &witness.price {
                let low = value(Some(stated));
                let high = witness.price_high.as_ref().and_then(|high| price_text::value(&high.text));
                let holds = matches!((low, amount, high), (Some(l), Some(a), Some(h)) if l <= a && a <= h);
                tally.add(stated.witness.syntax, low == amount || holds);
            }
        }
        if let Some(best) = page.best().filter(|best| best.score >= VISIBLE) {
            let shown = page.candidates.iter().any(|c| !c.outside && !c.old && Some(c.value) == amount);
            tally.add(Syntax::Visible, shown || Some(best.value) == amount);
        }
        agreements.price = tally.agreement;
    }
    if let Some(name) = &listing.name {
        let said = squeeze(&name.text);
        let mut tally = Tally::of(name);
        let heading = page.title.map(|id| page.tree.text(id, 300));
        let stated =
            witnesses.iter().filter_map(|w| w.name.as_ref()).map(|n| (n.witness.syntax, n.text.as_str()));
        for (syntax, text) in stated.chain(heading.iter().map(|text| (Syntax::Visible, text.as_str()))) {
            let other = squeeze(text);
            let same =
                !other.is_empty() && !said.is_empty() && (said.contains(&other) || other.contains(&said));
            tally.add(syntax, same);
        }
        agreements.name = tally.agreement;
    }
    if let Some(currency) = &listing.currency {
        let mut tally = Tally::of(currency);
        for stated in witnesses.iter().filter_map(|w| w.currency.as_ref()) {
            tally.add(stated.witness.syntax, stated.text.eq_ignore_ascii_case(&currency.text));
        }
        let shown = page.best().filter(|best| Some(best.value) == value(listing.price.as_ref()));
        if let Some(sign) = shown.and_then(|best| best.currency.as_deref()) {
            tally.add(Syntax::Visible, !currencies::contradict(sign, &currency.text));
        }
        agreements.currency = tally.agreement;
    }
    agreements
}

struct Tally {
    agreement: Agreement,
    /// Syntaxes counted, one bit each.
    seen: u32,
}

impl Tally {
    /// The witness a field was taken from agrees with itself.
    fn of(stated: &Stated) -> Self {
        let agreement = Agreement { witnesses: 1, agree: 1, disagree: 0 };
        Tally { agreement, seen: 1 << stated.witness.syntax as u32 }
    }

    fn add(&mut self, syntax: Syntax, agrees: bool) {
        let bit = 1 << syntax as u32;
        if self.seen & bit != 0 {
            return;
        }
        self.seen |= bit;
        self.agreement.witnesses += 1;
        match agrees {
            true => self.agreement.agree += 1,
            false => self.agreement.disagree += 1,
        }
    }
}
