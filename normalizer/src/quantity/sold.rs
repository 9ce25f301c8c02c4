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
    pub(super) fn drop_what_is_not_sold(&self, sizes: &mut Vec<Size>, counts: &mut Vec<Count>) {
        if sizes.is_empty() {
            return;
        }
        if sizes.len() > 1 && sizes.iter().any(|size| !size.beside_net) {
            sizes.retain(|size| !size.beside_net);
        }
        self.drop_doses(sizes, counts);
        if sizes.iter().any(|size| size.unit.unit == Unit::Litre || matches!(size.unit.symbol, "kg" | "lb")) {
            let nouns = self.nouns();
            let capacity = |size: &Size| match size.unit.unit {
                Unit::Litre => nouns.holds,
                Unit::Kilogram => nouns.bears && matches!(size.unit.symbol, "kg" | "lb"),
                _ => false,
            };
            keep_counts(sizes, counts, capacity);
        }
        if sizes.len() > 1 {
            // What comes with the goods has its own size.
            let with = (1..self.tokens.len()).find(|&at| crate::kind::is_with(self.word(at)));
            if let Some(with) = with.filter(|&with| sizes[0].to <= with) {
                sizes.retain(|size| size.from < with);
            }
        }
    }

    /// Milligrams within a title are a dose ("500 mg, 60 tablets", "1000 mg x 120"), except of what is
    /// sold by them, or where they are all the text says.
    fn drop_doses(&self, sizes: &mut Vec<Size>, counts: &mut Vec<Count>) {
        let dose = |size: &Size| {
            let alone = size.from == 0 && size.to >= self.tokens.len();
            matches!(size.unit.symbol, "mg" | "µg") && !alone && !self.is_dear()
        };
        keep_counts(sizes, counts, dose);
    }

    /// Goods weighed in milligrams.
    fn is_dear(&self) -> bool {
        text::words(self.text).any(|word| {
            matches!(
                word,
                "saffron"
                    | "safran"
                    | "azafran"
                    | "zafferano"
                    | "acafrao"
                    | "szafran"
                    | "saffraan"
                    | "шафран"
                    | "زعفران"
            )
        })
    }

    /// What a word says of the weight beside it: gross or drained (`true`), net (`false`).
    pub(super) fn label(&self, at: usize) -> Option<bool> {
        let word = self.word(at);
        if word.is_empty() {
            return None;
        }
        let gross = matches!(
            word,
            "gross"
                | "brutto"
                | "brut"
                | "bruto"
                | "bruta"
                | "lordo"
                | "drained"
                | "escurrido"
                | "ne"
                | "pne"
                | "abtropfgewicht"
                | "abgetropft"
                | "atg"
                | "egoutte"
                | "egouttes"
                | "egouttee"
                | "egouttees"
                | "sgocciolato"
                | "uitlekgewicht"
                | "escorrido"
                | "odsaczeniu"
                | "suzme"
                | "основного"
                | "брутто"
                | "بالتصفية"
        );
        // "P.N.E.": peso neto escurrido.
        let initials = word == "e" && at >= 4 && self.is(at - 1, '.') && self.word(at - 2) == "n";
        let han = || !word.is_ascii() && ["固形", "毛重", "総重量"].iter().any(|part| word.contains(part));
        if gross || initials || han() {
            return Some(true);
        }
        matches!(
            word,
            "net"
                | "netto"
                | "neto"
                | "neta"
                | "liquido"
                | "нетто"
                | "nettogewicht"
                | "صافي"
                | "净重"
                | "净含量"
        )
        .then_some(false)
    }

    /// Marks and words between a label and its number ("net weight: 5 kg").
    fn is_weight_word(&self, at: usize) -> bool {
        self.is(at, ':')
            || self.is(at, '.')
            || matches!(
                self.word(at),
                "weight"
                    | "wt"
                    | "peso"
                    | "gewicht"
                    | "poids"
                    | "masa"
                    | "massa"
                    | "waga"
                    | "agirligi"
                    | "agirlik"
                    | "продукта"
                    | "масса"
                    | "вес"
            )
    }

    /// "Gross 1 kg", "1 kg brutto", "drained 150 g": whether the words beside a size say that it is not
    /// the net one.
    pub(super) fn says_gross(&self, from: usize, to: usize) -> bool {
        if let Some(gross) = self.label(to) {
            // "1 kg gross weight 1.05 kg": the label may be that of the next size.
            let number = (to + 1..to + 4).find(|&at| !self.is_weight_word(at)).unwrap_or(to + 1);
            let next = self.number(number).and_then(|_| self.unit_behind(number + 1));
            if next.is_none_or(|(_, end)| self.label(end).is_some()) {
                return gross;
            }
        }
        (1..=4)
            .map_while(|back| from.checked_sub(back))
            .find(|&at| !self.is_weight_word(at))
            .is_some_and(|at| self.label(at) == Some(true))
    }

    /// "up to 5 kg", "max. 150 kg", "150 kg load": what it bears, not what it is.
    pub(super) fn limited(&self, from: usize, after: usize, unit: SizeUnit) -> bool {
        let kilograms = unit.symbol == "kg";
        if kilograms && is_load(self.word(after)) {
            return true;
        }
        if unit.unit == Unit::Litre
            && matches!(
                self.word(after),
                "capacity" | "fassungsvermogen" | "volumen" | "kapazitat" | "inhoud"
            )
        {
            return true;
        }
        // "+15 kg", "15+ kg", "15 kg+": for those that weigh more.
        let plus_before = from.checked_sub(1).is_some_and(|at| {
            self.is(at, '+')
                && self.tokens[from].glued
                && at.checked_sub(1).is_none_or(|before| {
                    self.number(before).is_none()
                        && !(self.unit_at(before).is_some()
                            && before.checked_sub(1).is_some_and(|number| self.number(number).is_some()))
                })
        });
        let plus_behind = self.is(after, '+') && self.tokens[after].glued && self.number(after + 1).is_none();
        if kilograms && (plus_before || plus_behind) {
            return true;
        }
        // A mark makes "max." a limit of anything; bare it is a name ("Pepsi Max 33 cl") but of loads.
        let mut marked = false;
        let mut at = from;
        for _ in 0..4 {
            let Some(before) = at.checked_sub(1) else { return false };
            at = before;
            if self.is(at, '.') || self.is(at, ':') {
                marked = true;
                continue;
            }
            let word = self.word(at);
            if matches!(
                word,
                "max" | "maximum" | "min" | "maxima" | "maximale" | "massima" | "maksymalna" | "maks"
            ) {
                let name = !marked && !kilograms;
                return !name;
            }
            if is_limit(word) || kilograms && is_load(word) {
                return true;
            }
            if word == "to" && at > 0 && self.word(at - 1) == "up" {
                return true;
            }
            if matches!(word, "a" | "à")
                && at > 0
                && matches!(self.word(at - 1), "jusqu" | "jusqu'a" | "fino")
            {
                return true;
            }
            // "Maximum weight 120 kg", "capacidad de 5 l".
            if !matches!(
                word,
                "weight" | "gewicht" | "peso" | "poids" | "of" | "de" | "von" | "di" | "van" | "user"
            ) {
                return false;
            }
        }
        false
    }

    /// Inside a title, "3822L" is an article number (no pack holds a tonne), and "32g" of a memory
    /// are gigabytes.
    pub(super) fn is_model_or_memory(&self, at: usize, value: Decimal, unit: SizeUnit) -> bool {
        let glued = self.tokens.get(at + 1).is_some_and(|token| token.glued);
        let tonne = glued
            && (value >= Decimal::from(1000) && matches!(unit.symbol, "l" | "kg")
                || value >= Decimal::from(10_000) && matches!(unit.symbol, "g" | "ml"));
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

/// Drops sizes that are no amount sold, and keeps what they were repeated by: "bags 50 l x 20" are twenty.
fn keep_counts(sizes: &mut Vec<Size>, counts: &mut Vec<Count>, dropped: impl Fn(&Size) -> bool) {
    for size in sizes.iter().filter(|size| dropped(size)) {
        if let Some(number) = size.count.filter(|_| counts.is_empty()) {
            counts.push(Count::new(number, Counted::Pieces, size.from, size.to));
        }
    }
    sizes.retain(|size| !dropped(size));
}

/// Words before what a thing bears, holds, or is made for.
fn is_limit(word: &str) -> bool {
    matches!(
        word,
        "bis"
            | "upto"
            | "holds"
            | "supports"
            | "tragt"
            | "soporta"
            | "supporte"
            | "jusqu"
            | "hasta"
            | "ab"
            | "over"
            | "above"
            | "under"
            | "unter"
            | "uber"
            | "capacity"
            | "kapazitat"
            | "fassungsvermogen"
            | "capacite"
            | "capacidad"
            | "capacidade"
            | "capacita"
            | "contenance"
            | "pojemnosc"
            | "objem"
            | "kapasite"
            | "kapasitesi"
            | "объем"
            | "вместимость"
            | "سعة"
            | "belastbar"
            | "fur"
            | "fino"
            | "ate"
            | "do"
            | "до"
            | "tot"
            | "容量"
            | "耐荷重"
            | "承重"
            | "载重"
    )
}

/// Words for the load a thing bears, before or behind the kilograms.
fn is_load(word: &str) -> bool {
    matches!(
        word,
        "load"
            | "capacity"
            | "max"
            | "maximum"
            | "tragkraft"
            | "traglast"
            | "tragfahigkeit"
            | "belastbar"
            | "belastbarkeit"
            | "belastung"
            | "charge"
            | "carga"
            | "portata"
            | "carico"
            | "draagvermogen"
            | "belasting"
            | "udzwig"
            | "nosnosc"
            | "obciazenie"
            | "nosnost"
            | "нагрузка"
            | "нагрузки"
            | "грузоподъемность"
            | "tasima"
            | "belastning"
            | "حمولة"
    )
}
