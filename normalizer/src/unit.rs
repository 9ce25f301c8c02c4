//! Units as pages write them, brought to the units of the WCO. Words that count pieces and packs are in
//! `words`.

mod words;

pub(crate) use words::{
    is_dozen_word, is_lot_word, is_of_word, is_pack_word, is_pair_word, is_piece_word, is_set_word,
    is_sheet_word, is_single_word, is_unit_word, is_vessel_word, stands_bare,
};

use crate::text::WordMap;
use model::Unit;
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// A unit of size: what it is called, and what it comes to in a WCO unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeUnit {
    /// Canonical symbol: `g`, `kg`, `ml`, `l`, `m`, `u`, ….
    pub symbol: &'static str,
    /// The WCO unit.
    pub unit: Unit,
    /// How many of the WCO unit one is.
    pub factor: Decimal,
}

/// Symbol, WCO unit, factor (exact; avoirdupois pound 0.45359237 kg, US gallon 3.785411784 l), and
/// the folded words that mean it.
#[rustfmt::skip]
const UNITS: &[(&str, Unit, &str, &[&str])] = &[
    ("µg", Unit::Kilogram, "0.000000001", &["μg", "mcg", "мкг", "微克"]),
    ("mg", Unit::Kilogram, "0.000001", &["mg", "milligram", "milligramm", "milligramme", "miligramo", "мг", "毫克", "ミリグラム"]),
    ("g", Unit::Kilogram, "0.001", &["g", "gr", "grs", "gm", "gms", "gram", "grams", "gramm", "gramme", "grammes", "gramo", "gramos", "grama", "gramas", "grammi", "grammo", "gramow", "г", "гр", "грамм", "γρ", "γραμμαρια", "غ", "جم", "جرام", "غرام", "克", "公克", "グラム", "그램"]),
    ("dag", Unit::Kilogram, "0.01", &["dag", "dkg", "deka"]),
    ("hg", Unit::Kilogram, "0.1", &["hg", "etto", "etti"]),
    ("kg", Unit::Kilogram, "1", &["kg", "kgs", "kgm", "kilo", "kilos", "kilogram", "kilograms", "kilogramm", "kilogramme", "kilogrammes", "kilogramo", "kilogramos", "quilo", "quilos", "chilo", "chili", "кг", "公斤", "千克", "キロ", "キログラム", "킬로그램", "킬로", "κιλο", "κιλα", "كجم", "كغ", "كغم", "كلغ", "كيلو", "كيلوجرام", "كيلوغرام", "кило", "килограмм", "килограмма", "kilograma", "kilogramow", "chilogrammo", "chilogrammi", "quilograma", "quilogramas", "kilogramm", "กก", "กิโลกรัม"]),
    ("斤", Unit::Kilogram, "0.5", &["斤", "市斤"]),
    ("t", Unit::Kilogram, "1000", &["tonne", "tonnes", "tonnen", "tonelada", "toneladas", "tonnellate", "тонна", "тонн", "тонны", "طن", "吨", "公吨", "トン", "톤"]),
    ("oz", Unit::Kilogram, "0.028349523125", &["oz", "ounce", "ounces", "onzas", "unze", "unzen"]),
    ("lb", Unit::Kilogram, "0.45359237", &["lb", "lbs", "pound", "pounds", "libra", "libras"]),
    ("ml", Unit::Litre, "0.001", &["ml", "mls", "milliliter", "millilitre", "millilitres", "mililitros", "мл", "مل", "مللي", "毫升", "ミリリットル", "밀리리터"]),
    ("cl", Unit::Litre, "0.01", &["cl", "centilitre", "centilitres", "кл"]),
    ("dl", Unit::Litre, "0.1", &["dl", "decilitre", "дл"]),
    ("l", Unit::Litre, "1", &["l", "lt", "ltr", "ltrs", "lts", "liter", "liters", "litre", "litres", "litro", "litros", "litri", "litr", "litra", "litry", "л", "литр", "литра", "литров", "λιτρο", "λιτρα", "لتر", "升", "公升", "リットル", "리터"]),
    ("floz", Unit::Litre, "0.0295735295625", &["floz", "fluidounce"]),
    ("pt", Unit::Litre, "0.473176473", &["pint", "pints"]),
    ("qt", Unit::Litre, "0.946352946", &["qt", "quart", "quarts"]),
    ("gal", Unit::Litre, "3.785411784", &["gal", "gallon", "gallons", "galon", "galones"]),
    ("mm", Unit::Metre, "0.001", &["mm", "мм", "毫米", "ミリ"]),
    ("cm", Unit::Metre, "0.01", &["cm", "cms", "zentimeter", "см", "厘米", "センチ"]),
    ("m", Unit::Metre, "1", &["m", "mtr", "mtrs", "meter", "meters", "metre", "metres", "metro", "metros", "metri", "metrow", "м", "米", "メートル"]),
    ("in", Unit::Metre, "0.0254", &["inch", "inches", "zoll", "pouces", "pulgadas"]),
    ("ft", Unit::Metre, "0.3048", &["ft", "feet", "foot"]),
    ("yd", Unit::Metre, "0.9144", &["yd", "yds", "yard", "yards"]),
    ("m2", Unit::SquareMetre, "1", &["m2", "qm", "sqm"]),
    ("m3", Unit::CubicMetre, "1", &["m3", "cbm"]),
    ("ct", Unit::Carat, "1", &["carat", "carats", "karat"]),
];

static WORDS: LazyLock<WordMap<SizeUnit>> = LazyLock::new(|| {
    let mut words = WordMap::default();
    for (symbol, unit, factor, names) in UNITS {
        let Ok(factor) = factor.parse() else { continue };
        for name in *names {
            words.insert(*name, SizeUnit { symbol, unit: *unit, factor });
        }
    }
    words
});

/// The unit a folded word means, in any of the languages known; `None` for other words.
pub fn size_unit(word: &str) -> Option<SizeUnit> {
    WORDS.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_folded_and_every_factor_reads() {
        for (symbol, _, factor, names) in UNITS {
            assert!(factor.parse::<Decimal>().is_ok(), "{symbol}");
            for name in *names {
                assert_eq!(crate::text::fold(name), *name);
            }
        }
    }
}
