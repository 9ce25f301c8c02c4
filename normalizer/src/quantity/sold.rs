//! Which sizes are no amount sold: capacities, loads, limits, doses, gross weights, networks and
//! memories. Finding sizes is the parent's.

use super::{Count, Counted, Scan, Size};
use crate::text;
use crate::unit::SizeUnit;
use model::Unit;
use rust_decimal::Decimal;

impl Scan<'_> {
    /// Whether a number continues a range ("7-12", "7 to 12").
    pub(super) fn range_before(&self, at: usize) -> bool {
        let joins = |at: usize| {
            self.is(at, '-')
                || self.is(at, '~')
                || matches!(self.word(at), "to" | "bis" | "a" | "tot" | "do" | "до" | "al")
        };
        let Some(join) = at.checked_sub(1) else { return false };
        if !joins(join) {
            return false;
        }
        let Some(before) = join.checked_sub(1) else { return false };
        // "No. 16 - 10 ml", "size 5 - 70 pieces": what falls, or is the number of something, is no
        // lower end.
        let falls = matches!((self.number(before), self.number(at)), (Some(low), Some(high)) if low >= high);
        let named = (1..=2).any(|back| {
            before.checked_sub(back).is_some_and(|at| {
                matches!(
                    self.word(at),
                    "size" | "no" | "nr" | "talla" | "taille" | "grosse" | "stage" | "stufe" | "model"
                )
            })
        });
        let counted = self.counted_at(at + 1);
        if self.is(join, '-') && (falls || named && counted) {
            return false;
        }
        self.number(before).is_some()
            || (self.unit_at(before).is_some()
                && before.checked_sub(1).is_some_and(|b| self.number(b).is_some()))
    }

    /// Capacities of vessels and appliances, doses of medicine, gross beside net.
    pub(super) fn drop_what_is_not_sold(&self, sizes: &mut Vec<Size>, counts: &[Count]) {
        if sizes.is_empty() {
            return;
        }
        if sizes.len() > 1 && sizes.iter().any(|size| !size.beside_net) {
            sizes.retain(|size| !size.beside_net);
        }
        let counted = counts.iter().any(|count| count.of == Counted::Pieces);
        sizes.retain(|size| !(counted && size.unit.symbol == "mg"));
        if sizes.iter().any(|size| size.unit.unit == Unit::Litre || size.unit.symbol == "kg") {
            let nouns = self.nouns();
            sizes.retain(|size| match size.unit.unit {
                Unit::Litre => !nouns.holds,
                Unit::Kilogram => !(nouns.bears && size.unit.symbol == "kg"),
                _ => true,
            });
        }
        if sizes.len() > 1 {
            // What comes with the goods has its own size.
            let with = (1..self.tokens.len()).find(|&at| crate::kind::is_with(self.word(at)));
            if let Some(with) = with.filter(|&with| sizes[0].to <= with) {
                sizes.retain(|size| size.from < with);
            }
        }
    }

    /// "Gross 1 kg", "1 kg brutto", "drained 150 g".
    pub(super) fn says_gross(&self, from: usize, to: usize) -> bool {
        let gross = |word: &str| {
            matches!(
                word,
                "gross"
                    | "brutto"
                    | "brut"
                    | "bruto"
                    | "lordo"
                    | "drained"
                    | "escurrido"
                    | "ne"
                    | "pne"
                    | "abtropfgewicht"
                    | "egoutte"
                    | "sgocciolato"
                    | "uitlekgewicht"
                    | "escorrido"
                    | "odsaczeniu"
            )
        };
        let skipped = (1..=3).take_while(|back| {
            from.checked_sub(*back).is_some_and(|at| {
                self.is(at, ':')
                    || self.is(at, '.')
                    || matches!(self.word(at), "weight" | "wt" | "peso" | "gewicht")
            })
        });
        let before = skipped.count() + 1;
        from.checked_sub(before).is_some_and(|at| gross(self.word(at))) || gross(self.word(to))
    }

    /// "up to 5 kg", "max. 150 kg", "for 5 kg": what it bears, not what it is.
    pub(super) fn limited(&self, from: usize) -> bool {
        let mut at = from;
        for _ in 0..2 {
            let Some(before) = at.checked_sub(1) else { return false };
            at = before;
            if self.is(at, '.') || self.is(at, ':') {
                continue;
            }
            let word = self.word(at);
            if matches!(
                word,
                "max"
                    | "maximum"
                    | "bis"
                    | "upto"
                    | "jusqu"
                    | "hasta"
                    | "ab"
                    | "from"
                    | "desde"
                    | "capacity"
                    | "kapazitat"
                    | "capacite"
                    | "capacidad"
                    | "tragkraft"
                    | "belastbar"
                    | "load"
                    | "min"
                    | "fur"
                    | "fino"
                    | "ate"
                    | "do"
                    | "tot"
            ) {
                return true;
            }
            if word == "to" && at > 0 && self.word(at - 1) == "up" {
                return true;
            }
            return (word == "a" || word == "à")
                && at > 0
                && matches!(self.word(at - 1), "jusqu" | "jusqu'a" | "fino");
        }
        false
    }

    /// Inside a title, "3822L" is an article number (no pack holds a tonne), and "32g" of a memory
    /// are gigabytes.
    pub(super) fn is_model_or_memory(&self, at: usize, value: Decimal, unit: SizeUnit) -> bool {
        let glued = self.tokens.get(at + 1).is_some_and(|token| token.glued);
        let tonne = glued && value >= Decimal::from(1000) && matches!(unit.symbol, "l" | "kg");
        let memory = || {
            text::words(self.text).any(|word| {
                matches!(
                    word,
                    "usb"
                        | "flash"
                        | "ram"
                        | "rom"
                        | "ssd"
                        | "ddr"
                        | "storage"
                        | "stockage"
                        | "memory"
                        | "speicher"
                        | "memoria"
                )
            })
        };
        let gigabytes = [4, 8, 16, 32, 64, 128, 256, 512];
        tonne
            || (glued
                && unit.symbol == "g"
                && gigabytes.iter().any(|&size| value == Decimal::from(size))
                && memory())
    }

    /// 4G and 5G are networks where the letter is a capital.
    pub(super) fn is_network(&self, at: usize, value: Decimal, unit: SizeUnit) -> bool {
        unit.symbol == "g"
            && self.tokens.get(at + 1).is_some_and(|token| token.glued)
            && value <= Decimal::from(6)
            && value.fract().is_zero()
            && self.original.contains(&format!("{value}G"))
    }
}
