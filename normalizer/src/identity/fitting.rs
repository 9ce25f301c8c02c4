//! Parts and accessories told by the maker of what they fit ("blade for Stihl FS 55"), and several
//! goods at one price. The words of accessories themselves are `crate::kind`'s; it asks here last.

use super::brand;
use super::lexicon::{self, Sense};
use crate::text;

/// Prepositions before what a part fits. Some of them mean much else: only a maker behind counts.
fn before_fitted(word: &str) -> bool {
    crate::kind::is_for(word) && !matches!(word, "compatible" | "kompatibel" | "compatibel" | "compatibile")
        || matches!(
            word,
            "fits"
                | "fitting"
                | "passend"
                | "geschikt"
                | "na"
                | "do"
                | "til"
                | "till"
                | "pentru"
                | "icin"
                | "pro"
                | "k"
        )
}

/// Makers of vehicles and engines, whose parts others sell.
#[rustfmt::skip]
const VEHICLES: &[&str] = &[
    "vw", "volkswagen", "audi", "bmw", "mercedes", "opel", "vauxhall", "ford", "renault", "peugeot", "citroen", "fiat", "toyota", "honda", "nissan",
    "mazda", "hyundai", "kia", "skoda", "seat", "volvo", "dacia", "suzuki", "yamaha", "kawasaki", "subaru", "mitsubishi", "lexus", "tesla", "jeep",
    "briggs", "kohler", "kubota", "yanmar", "deere", "iveco", "scania", "perkins", "cummins", "caterpillar",
];

/// Parts that are goods of their own where nothing says what they fit, folded.
#[rustfmt::skip]
const FITTED: &[&str] = &[
    "brake pads", "brake discs", "bremsbelage", "bremsscheiben", "plaquettes de frein", "pastillas de freno", "pastiglie freno", "remblokken", "klocki hamulcowe",
    "door seal", "turdichtung", "joint de porte", "guarnizione porta", "lens hood", "gegenlichtblende", "pare soleil", "parasol obiektywu",
    "wiper blades", "oil filter", "air filter", "fuel filter", "cabin filter", "olfilter", "luftfilter", "filtre a huile", "filtre a air",
    "filtro de aceite", "filtro de aire", "filtro olio", "filtro aria", "масляный фильтр", "spark plugs", "zundkerzen", "headlight", "scheinwerfer",
    "shock absorber", "stossdampfer", "amortisseur", "amortiguador",
];

/// Parts and accessories by themselves, folded, in many languages.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "screen protector", "protector de pantalla", "pellicola protettiva", "skarmskydd", "zamiennik", "compatible toner", "compatible ink",
    "compatible cartridge", "toner compatible", "cartouche compatible", "toner compatibile", "kompatibler toner", "cartucho compatible", "power adapter for",
];

/// Covers named before the device they are for.
fn is_cover(word: &str) -> bool {
    matches!(
        word,
        "coque"
            | "etui"
            | "funda"
            | "housse"
            | "hulle"
            | "huelle"
            | "schutzhulle"
            | "hoesje"
            | "cover"
            | "custodia"
            | "capa"
            | "capinha"
            | "pokrowiec"
            | "skal"
            | "fodral"
            | "tok"
            | "obal"
            | "husa"
            | "kilif"
            | "pouzdro"
            | "kryt"
            | "kotelo"
            | "deksel"
            | "чехол"
            | "ケース"
    )
}

/// Lines of devices that covers are made for.
fn is_carried(word: &str) -> bool {
    matches!(
        word,
        "iphone"
            | "ipad"
            | "galaxy"
            | "redmi"
            | "xperia"
            | "airpods"
            | "macbook"
            | "kindle"
            | "huawei"
            | "s21"
            | "s22"
            | "s23"
            | "s24"
    )
}

/// Why the goods are a part or accessory of somebody's: the words that tell it.
pub(crate) fn part_of_brand(folded: &str) -> Option<String> {
    let words: Vec<&str> = text::words(folded).collect();
    let head = words.iter().position(|word| crate::kind::is_with(word)).unwrap_or(words.len());
    let words = &words[..head];
    // "Brake pads, front axle" are goods of their own; those of a car are a part of it.
    if let Some(part) = FITTED.iter().find(|part| text::find_words(folded, part).is_some()) {
        let fits = |word: &&str| {
            VEHICLES.contains(word)
                || before_fitted(word)
                || crate::kind::is_for(word)
                || crate::kind::is_replacement(word)
        };
        return words.iter().find(|word| fits(word)).map(|fits| format!("{part} … {fits}"));
    }
    if let Some(part) = PARTS.iter().find(|part| text::find_words(folded, part).is_some()) {
        return Some((*part).to_owned());
    }
    // "Coque de protection iPhone 14", "S22 için kılıf", "iPhone 13 用 ケース".
    let cover = words.iter().position(|word| is_cover(word));
    let carried = words.iter().position(|word| is_carried(word));
    if let (Some(cover), Some(carried)) = (cover, carried)
        && cover.abs_diff(carried) <= 4
    {
        return Some(format!("{} … {}", words[cover.min(carried)], words[cover.max(carried)]));
    }
    let at = words.iter().position(|word| before_fitted(word)).filter(|at| *at > 0)?;
    // The maker of the goods themselves stands before: "Logitech MX Master 3S for Apple".
    if brand::in_words(&words[..at]).is_some() {
        return None;
    }
    let behind = &words[at + 1..words.len().min(at + 4)];
    let vehicle = behind.iter().find(|word| VEHICLES.contains(word)).map(|word| (*word).to_owned());
    let maker =
        vehicle.or_else(|| brand::in_words(behind).filter(|(_, _, len)| *len > 0).map(|(key, _, _)| key))?;
    Some(format!("{} {maker}", words[at]))
}

/// Why the goods are several at one price: a set of two kinds of goods, a console with games.
pub(crate) fn several_goods(folded: &str) -> Option<String> {
    let words: Vec<&str> = text::words(folded).collect();
    let concept = |word: &str| match lexicon::sense(word) {
        Some(Sense::Concept(row)) => Some(row),
        _ => None,
    };
    let is_set = words.iter().any(|w| {
        matches!(*w, "set" | "kit" | "combo" | "zestaw" | "juego" | "lot" | "pack" | "komplet" | "комплект")
    });
    if is_set {
        let joined = words.windows(3).find(|w| {
            matches!(w[1], "und" | "and" | "et" | "y" | "e" | "i" | "en" | "og" | "och" | "и" | "ve")
                && matches!((concept(w[0]), concept(w[2])), (Some(x), Some(y)) if x != y)
        });
        if let Some(pair) = joined {
            return Some(pair.join(" "));
        }
    }
    words
        .windows(2)
        .find(|w| {
            w[0].bytes().all(|b| b.is_ascii_digit())
                && matches!(
                    w[1],
                    "jeux"
                        | "games"
                        | "spiele"
                        | "spielen"
                        | "gry"
                        | "gier"
                        | "juegos"
                        | "giochi"
                        | "jogos"
                        | "spellen"
                        | "игры"
                        | "игр"
                )
        })
        .filter(|_| {
            words.iter().any(|w| matches!(*w, "console" | "konsole" | "consola" | "konsola" | "консоль"))
        })
        .map(|w| w.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_behind_for_makes_a_part() {
        assert!(part_of_brand("blade for stihl fs 55").is_some());
        assert!(part_of_brand("carburetor fits honda gx160").is_some());
        assert_eq!(part_of_brand("logitech mx master 3s for apple mac"), None);
        assert_eq!(part_of_brand("cream for dry skin"), None);
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "(for|na|set|und|maus|case|hp|[0-9]{0,3}|\\PC| ){0,20}") {
            let _ = (part_of_brand(&text), several_goods(&text));
        }
    }
}
