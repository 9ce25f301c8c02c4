//! Brands that titles name, with their other spellings. A short list of makers whose goods are
//! traded under model designations: it finds the brand of a title whose page states none. A brand
//! that is not on it is read only where the page states it.

use crate::text::WordMap;
use std::sync::LazyLock;

/// Each row one maker; the first spelling is its key, and words are separated by one space.
#[rustfmt::skip]
const BRANDS: &[&[&str]] = &[
    &["apple", "iphone", "ipad", "macbook", "airpods", "imac"],
    &["samsung", "samsung electronics"], &["xiaomi", "小米", "redmi", "poco"], &["huawei", "华为"], &["honor"], &["oppo"], &["oneplus"], &["realme"], &["vivo"],
    &["google pixel"], &["motorola", "moto"], &["nokia"], &["sony"], &["lg", "lg electronics"], &["panasonic"], &["philips", "mmd philips"], &["tcl"], &["hisense"], &["sharp"], &["toshiba"], &["grundig"], &["telefunken"],
    &["dell", "dell technologies"], &["hp", "hewlett packard", "hp inc"], &["hpe", "hewlett packard enterprise"], &["lenovo", "thinkpad", "ideapad", "thinkvision"], &["asus", "asustek"], &["acer"], &["msi", "micro star"], &["gigabyte", "gigabyte technology", "aorus"], &["asrock"], &["fujitsu"], &["medion"], &["microsoft"], &["razer"], &["corsair"], &["alienware"],
    &["aoc"], &["iiyama"], &["benq", "zowie"], &["viewsonic"], &["eizo"], &["nec", "sharp nec"], &["ag neovo", "neovo"], &["hannspree", "hanns g"], &["wortmann", "terra"], &["lc power"], &["koorui"], &["innocn"], &["cooler master"],
    &["western digital", "wd"], &["seagate"], &["kingston"], &["crucial"], &["sandisk"], &["intel"], &["amd"], &["nvidia"], &["zotac"], &["palit"], &["evga"], &["sapphire"], &["powercolor"], &["inno3d"],
    &["logitech"], &["steelseries"], &["hyperx"], &["trust"], &["cherry"], &["roccat"],
    &["brother"], &["canon"], &["epson"], &["kyocera"], &["lexmark"], &["xerox"], &["oki"], &["ricoh"],
    &["nikon"], &["fujifilm"], &["olympus", "om system"], &["gopro"], &["dji"], &["tamron"], &["sigma"], &["garmin"], &["fitbit"], &["casio"], &["seiko"], &["citizen"], &["tissot"],
    &["tp link", "tplink"], &["netgear"], &["d link", "dlink"], &["ubiquiti"], &["avm", "fritz box", "fritzbox"], &["cisco"], &["mikrotik"], &["zyxel"], &["synology"], &["qnap"],
    &["bose"], &["jbl"], &["sennheiser"], &["jabra"], &["beats"], &["anker"], &["ugreen"], &["belkin"], &["hama"], &["baseus"],
    &["bosch", "bosch professional"], &["siemens"], &["miele"], &["aeg"], &["electrolux"], &["whirlpool"], &["beko"], &["candy"], &["gorenje"], &["bauknecht"], &["neff"],
    &["dyson"], &["rowenta"], &["tefal"], &["krups"], &["moulinex"], &["delonghi", "de longhi"], &["nespresso"], &["melitta"], &["jura"], &["kenwood"], &["kitchenaid"], &["braun"], &["oral b", "oralb"], &["irobot", "roomba"], &["vileda"], &["karcher", "kaercher"],
    &["makita"], &["dewalt"], &["milwaukee"], &["metabo"], &["hilti"], &["festool"], &["einhell"], &["ryobi"], &["stihl"], &["husqvarna"], &["gardena"], &["stanley"], &["black decker"], &["hikoki"],
    &["schneider electric", "schneider"], &["abb"], &["eaton"], &["legrand"], &["phoenix contact"], &["wago"], &["omron"], &["festo"], &["rittal"], &["danfoss"],
    &["skf"], &["fag"], &["ina"], &["nsk"], &["ntn"], &["timken"],
    &["michelin"], &["continental"], &["goodyear"], &["pirelli"], &["bridgestone"], &["hankook"], &["dunlop"], &["castrol"], &["mobil 1"], &["liqui moly"], &["ngk"], &["brembo"], &["mann filter"], &["mahle"], &["valeo"], &["hella"], &["osram"],
    &["lego"], &["playmobil"], &["hasbro"], &["mattel"], &["nintendo"], &["sony playstation", "playstation"], &["nike"], &["adidas"], &["puma"], &["new balance"], &["asics"], &["levis", "levi s"], &["fruit of the loom"],
    &["nutella", "ferrero"], &["coca cola"], &["pepsi"], &["nestle"], &["nescafe"], &["lavazza"], &["tilda"], &["barilla"], &["heinz"], &["nivea"], &["loreal", "l oreal"], &["gillette"], &["pampers"],
];

/// Makers whose name the row's first spelling is not.
const RENAMED: &[(&str, &str)] =
    &[("googlepixel", "google"), ("sonyplaystation", "sony"), ("mobil1", "mobil")];

/// The words of a spelling, and the row it stands in.
type Spelling = (&'static [&'static str], u16);

static SPELLINGS: LazyLock<WordMap<Vec<Spelling>>> = LazyLock::new(|| {
    let mut map: WordMap<Vec<Spelling>> = WordMap::default();
    for (row, spellings) in BRANDS.iter().enumerate() {
        for spelling in *spellings {
            let words: &'static [&'static str] = spelling.split(' ').collect::<Vec<_>>().leak();
            map.entry(words[0]).or_default().push((words, row as u16));
        }
    }
    // The longer spelling first: "schneider electric" before "schneider".
    for known in map.values_mut() {
        known.sort_by_key(|(words, row)| (std::cmp::Reverse(words.len()), *row));
    }
    map
});

/// The key of a brand: letters and digits of its folded name, other spellings as the usual one.
pub fn key(name: &str) -> String {
    let words = crate::text::tokens(name);
    let refs: Vec<&str> = words.iter().map(String::as_str).collect();
    match at(&refs) {
        Some((known, len)) if len == refs.len() => known,
        _ => words.concat(),
    }
}

/// The brand whose name begins here, as its key, and how many words it takes.
fn at(words: &[&str]) -> Option<(String, usize)> {
    let known = SPELLINGS.get(*words.first()?)?;
    let (spelling, row) = known.iter().find(|(spelling, _)| {
        words.len() >= spelling.len() && spelling.iter().zip(words).all(|(a, b)| a == b)
    })?;
    let key: String = BRANDS[*row as usize][0].split(' ').collect();
    let renamed = RENAMED.iter().find(|(from, _)| *from == key).map(|(_, to)| (*to).to_owned());
    Some((renamed.unwrap_or(key), spelling.len()))
}

/// The first brand that a title's words name: its key, the position and the number of its words.
/// A name that only the product line tells ("iPhone") takes no words.
pub(super) fn in_words(words: &[&str]) -> Option<(String, usize, usize)> {
    (0..words.len()).find_map(|start| {
        let (key, len) = at(&words[start..])?;
        let spoken: String = words[start..start + len].concat();
        let line = matches!(
            spoken.as_str(),
            "iphone"
                | "ipad"
                | "macbook"
                | "airpods"
                | "imac"
                | "redmi"
                | "poco"
                | "thinkpad"
                | "ideapad"
                | "thinkvision"
                | "roomba"
                | "playstation"
                | "googlepixel"
                | "aorus"
                | "nutella"
        );
        Some((key, start, if line { 0 } else { len }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_one_maker() {
        for (one, other) in [
            ("WD", "Western Digital"),
            ("De'Longhi", "DeLonghi"),
            ("TP-Link", "tplink"),
            ("HP Inc.", "Hewlett-Packard"),
            ("小米", "Xiaomi"),
            ("LG Electronics", "LG"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("Bosch"), key("Siemens"));
        assert_eq!(key("Acme & Sons"), "acmesons");
    }
    #[test]
    fn the_line_names_its_maker_and_stays_a_word() {
        assert_eq!(in_words(&["iphone", "13"]), Some(("apple".to_owned(), 0, 0)));
        assert_eq!(in_words(&["neu", "wd", "red"]), Some(("westerndigital".to_owned(), 1, 1)));
        assert_eq!(in_words(&["blaue", "hose"]), None);
    }
}
