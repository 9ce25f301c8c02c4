//! Editions that exclude one another ("Digital", "Disc"; another chip or radio), and what keeps two
//! titles from being the same goods for sure: an edition, a part's name or something that comes with
//! the goods on one side only. Scores and what splits for certain are `compare`'s.

use super::lexicon::{self, Sense};
use crate::kind;

/// Editions that exclude one another, a row each: two titles that name different ones are of
/// different goods.
#[rustfmt::skip]
const EDITIONS: &[(&str, &[&[&str]])] = &[
    ("edition", &[&["digital"], &["disc", "disk", "laufwerk", "disco", "disque"]]),
    ("fuel", &[&["petrol", "gasoline", "benzin", "essence", "gasolina", "benzina"], &["diesel", "gasoil", "gasoleo"], &["electric", "elektro", "electrique", "electrico", "elettrico"]]),
    ("hand", &[&["left", "links", "gauche", "izquierda", "izquierdo", "sinistra", "sinistro", "lewa", "lewy"], &["right", "rechts", "droite", "droit", "derecha", "derecho", "destra", "destro", "prawa", "prawy"]]),
    ("axle", &[&["front", "vorne", "vorderachse", "avant", "delantero", "delantera", "anteriore", "przednie", "przedni"], &["rear", "hinten", "hinterachse", "arriere", "trasero", "trasera", "posteriore", "tylne", "tylny"]]),
    ("wearer", &[&["men", "mens", "men's", "herren", "homme", "hombre", "uomo"], &["women", "womens", "women's", "damen", "femme", "mujer", "donna"], &["kids", "kinder", "enfant", "ninos", "bambini"]]),
    ("licence", &[&["home"], &["pro", "professional"], &["enterprise"]]),
    ("processor", &[&["i3"], &["i5"], &["i7"], &["i9"]]),
];

/// Computers whose chips are told by a letter and a number ("MacBook Air M2").
const OWN_CHIPS: &[&str] = &["macbook", "imac", "ipad", "mac"];

/// What is said of one title beside its designation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Editions {
    /// [`WIDTH`] bits a row of [`EDITIONS`]: which of its members are named.
    named: u64,
    /// The number behind the M of a computer's own chip.
    chip: u8,
    /// Says Wi-Fi.
    wifi: bool,
    /// Says a mobile network.
    mobile: bool,
    /// Names a part or accessory that is not the goods' own word.
    part: bool,
    /// Something comes with the goods.
    with: bool,
}

/// Bits of [`Editions::named`] that a row of [`EDITIONS`] takes.
const WIDTH: usize = 4;

impl Editions {
    /// Reads the words of a folded title.
    pub(super) fn read(words: &[&str]) -> Self {
        let mut out = Editions::default();
        let own_chip = words.iter().any(|word| OWN_CHIPS.contains(word));
        let licensed = words.iter().any(|word| matches!(*word, "windows" | "office"));
        for (at, word) in words.iter().enumerate() {
            for (row, (facet, members)) in EDITIONS.iter().enumerate() {
                if *facet == "licence" && !licensed {
                    continue;
                }
                if let Some(member) = members.iter().position(|names| names.contains(word)) {
                    out.named |= 1 << (row * WIDTH + member);
                }
            }
            if own_chip && let Some(number) = chip(word) {
                out.chip = number;
            }
            out.wifi |=
                *word == "wifi" || *word == "wlan" || *word == "wi" && words.get(at + 1) == Some(&"fi");
            out.mobile |= matches!(*word, "5g" | "4g" | "3g" | "lte" | "cellular");
            out.with |=
                at > 0 && kind::is_with(word) && words[at + 1..].iter().take(3).any(|word| is_thing(word));
        }
        // The noun of a title stands at its end: "V15 Detect filter".
        let head = words.iter().position(|word| kind::is_with(word)).unwrap_or(words.len());
        out.part = words[..head].last().is_some_and(|word| is_part(word));
        out
    }

    /// The facet in which the two exclude one another.
    pub(super) fn excludes(self, other: Self) -> Option<&'static str> {
        let mask = (1u64 << WIDTH) - 1;
        for (row, (facet, _)) in EDITIONS.iter().enumerate() {
            let (mine, theirs) = (self.named >> (row * WIDTH) & mask, other.named >> (row * WIDTH) & mask);
            if mine != 0 && theirs != 0 && mine & theirs == 0 {
                return Some(facet);
            }
        }
        if self.chip != 0 && other.chip != 0 && self.chip != other.chip {
            return Some("processor");
        }
        let radio = |x: Self, y: Self| x.wifi && !x.mobile && y.mobile;
        (radio(self, other) || radio(other, self)).then_some("mobile network")
    }

    /// Why the two may be other goods, though nothing says so for certain.
    pub(super) fn doubt(self, other: Self) -> Option<&'static str> {
        if self.part != other.part {
            return Some("a part or accessory is named on one side only");
        }
        let row = |x: Self| x.named & ((1 << WIDTH) - 1);
        if (row(self) == 0) != (row(other) == 0) {
            return Some("an edition is named on one side only");
        }
        (self.with != other.with).then_some("something comes with it on one side only")
    }
}

/// The number of a chip ("m2").
fn chip(word: &str) -> Option<u8> {
    word.strip_prefix('m').and_then(|digits| digits.parse().ok()).filter(|number| (1..=9).contains(number))
}

/// Nouns of parts and accessories that stand behind the goods they are of.
fn is_part(word: &str) -> bool {
    matches!(
        word,
        "filter"
            | "filters"
            | "filtre"
            | "filtro"
            | "controller"
            | "gamepad"
            | "manette"
            | "mando"
            | "dock"
            | "dockingstation"
            | "charger"
            | "ladegerat"
            | "chargeur"
            | "cargador"
            | "caricatore"
            | "stand"
            | "strap"
            | "case"
            | "sleeve"
            | "netzteil"
            | "remote"
            | "fernbedienung"
            | "telecommande"
            | "lid"
            | "deckel"
            | "gasket"
            | "hinge"
            | "knob"
    )
}

/// Things that come with goods and cost as much as a part of them.
fn is_thing(word: &str) -> bool {
    let concept = matches!(lexicon::sense(word), Some(Sense::Concept(_)));
    let akku = matches!(
        word,
        "akku"
            | "akkus"
            | "accu"
            | "accus"
            | "batteries"
            | "baterias"
            | "heatsink"
            | "kuhlkorper"
            | "charger"
            | "ladegerat"
            | "chargeur"
            | "cargador"
            | "controllers"
            | "controller"
            | "games"
            | "case"
            | "koffer"
            | "l-boxx"
            | "stand"
            | "kit"
            | "objektiv"
            | "tripod"
            | "stativ"
            | "keyboard"
            | "pen"
            | "stylus"
    );
    let counted = word.bytes().all(|b| b.is_ascii_digit());
    !counted
        && (akku
            || concept
                && !matches!(word, "digital" | "display" | "camera" | "kamera" | "wireless" | "electric"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_title(name: &str) -> Editions {
        let folded = crate::text::fold(name);
        let words: Vec<&str> = crate::text::words(&folded).collect();
        Editions::read(&words)
    }

    #[test]
    fn editions_exclude_one_another() {
        for (a, b, facet) in [
            ("PlayStation 5 Digital", "PlayStation 5 Disc", Some("edition")),
            ("MacBook Air 13 M2 256GB", "MacBook Air 13 M3 256GB", Some("processor")),
            ("SSD M.2 1TB", "SSD 1TB", None),
            ("Galaxy Tab S9 WiFi", "Galaxy Tab S9 5G", Some("mobile network")),
            ("iPad Wi-Fi", "iPad Wi-Fi + Cellular", Some("mobile network")),
            ("Galaxy A54 5G", "Galaxy A54", None),
            ("Mirror left", "Außenspiegel rechts", Some("hand")),
            ("Windows 11 Home", "Windows 11 Pro", Some("licence")),
            ("Running shoe men", "Laufschuh Damen", Some("wearer")),
        ] {
            assert_eq!(of_title(a).excludes(of_title(b)), facet, "{a} / {b}");
            assert_eq!(of_title(b).excludes(of_title(a)), facet, "{b} / {a}");
        }
    }
    #[test]
    fn what_one_side_adds_is_a_doubt() {
        for (a, b, doubtful) in [
            ("Dyson V15 Detect", "Dyson V15 Detect filter", true),
            ("PlayStation 5", "PlayStation 5 DualSense Controller", true),
            ("PlayStation 5", "PlayStation 5 Digital", true),
            ("Bosch GSR 18V-55", "Bosch GSR 18V-55 mit 2 Akkus", true),
            ("Samsung 990 PRO 2TB", "Samsung 990 PRO 2TB with Heatsink", true),
            ("Sony WH-1000XM5", "Sony WH-1000XM5 with noise cancelling", false),
            ("LG 27GP850-B", "LG 27GP850-B mit 165 Hz", false),
        ] {
            assert_eq!(of_title(a).doubt(of_title(b)).is_some(), doubtful, "{a} / {b}");
        }
    }
    #[test]
    fn every_word_is_folded_and_every_row_fits() {
        let words = EDITIONS.iter().flat_map(|(_, rows)| rows.iter()).flat_map(|row| row.iter());
        assert!(words.chain(OWN_CHIPS).all(|word| crate::text::fold(word) == **word));
        assert!(EDITIONS.len() * WIDTH <= 64 && EDITIONS.iter().all(|(_, rows)| rows.len() <= WIDTH));
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "(with|wi|fi|m[0-9]|left|mac|\\PC| ){0,20}") {
            let read = of_title(&text);
            proptest::prop_assert_eq!(read.excludes(read), None);
            proptest::prop_assert_eq!(read.doubt(read), None);
        }
    }
}
