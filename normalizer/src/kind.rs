//! Article, accessory or bundle, from the words of the title.
//!
//! An accessory is told by what it is for: a word like "case", "Hülle", "coque" with "for" and a
//! thing behind it, a device directly before such a word ("iPhone 13 case"), or the words of spare
//! parts. An article that comes *with* a case is no accessory.

use crate::text;
use model::GoodsKind;

/// Words between goods and what they are for.
pub(crate) fn is_for(word: &str) -> bool {
    matches!(
        word,
        "for"
            | "fur"
            | "fuer"
            | "pour"
            | "para"
            | "per"
            | "voor"
            | "dla"
            | "for."
            | "для"
            | "compatible"
            | "kompatibel"
            | "compatibel"
            | "compatibile"
            | "compativel"
            | "kompatybilny"
            | "fits"
    )
}

/// Words between goods and what comes with them.
pub(crate) fn is_with(word: &str) -> bool {
    matches!(
        word,
        "with"
            | "mit"
            | "avec"
            | "con"
            | "com"
            | "met"
            | "inkl"
            | "incl"
            | "including"
            | "includes"
            | "inklusive"
            | "samt"
            | "plus"
            | "w"
    )
}

/// Nouns of accessories, folded. Of German compounds the ends count.
fn is_accessory_noun(word: &str) -> bool {
    matches!(
        word,
        "case"
            | "cases"
            | "cover"
            | "covers"
            | "sleeve"
            | "skin"
            | "pouch"
            | "protector"
            | "protectors"
            | "screenprotector"
            | "strap"
            | "straps"
            | "band"
            | "bands"
            | "wristband"
            | "holder"
            | "mount"
            | "charger"
            | "stand"
            | "stands"
            | "stander"
            | "cradle"
            | "bumper"
            | "holster"
            | "earpads"
            | "eartips"
            | "coque"
            | "etui"
            | "housse"
            | "chargeur"
            | "bracelet"
            | "funda"
            | "carcasa"
            | "cargador"
            | "correa"
            | "soporte"
            | "custodia"
            | "pellicola"
            | "cinturino"
            | "caricabatterie"
            | "caricatore"
            | "capa"
            | "capinha"
            | "pelicula"
            | "carregador"
            | "pulseira"
            | "suporte"
            | "hoes"
            | "hoesje"
            | "oplader"
            | "bandje"
            | "houder"
            | "pokrowiec"
            | "folia"
            | "ladowarka"
            | "uchwyt"
            | "чехол"
            | "стекло"
            | "halter"
            | "armband"
            | "protection"
            | "pouzdro"
            | "kryt"
            | "fodral"
            | "skal"
            | "kilifi"
            | "szklo"
            | "зарядка"
            | "غطاء"
            | "شاحن"
    ) || [
        "hulle",
        "huelle",
        "schutzfolie",
        "displayschutz",
        "panzerglas",
        "halterung",
        "ladegerat",
        "netzteil",
        "ersatzakku",
        "displayfolie",
        "handytasche",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}

/// Nouns that are accessories only of a device named with them: a battery for a drill, not a car
/// battery.
fn is_part_of_device(word: &str) -> bool {
    matches!(
        word,
        "battery"
            | "batterie"
            | "bateria"
            | "batteria"
            | "batterij"
            | "akku"
            | "filter"
            | "filtre"
            | "filtro"
            | "toner"
            | "cartridge"
            | "bag"
            | "tasche"
            | "sacoche"
            | "bolsa"
            | "borsa"
            | "tas"
            | "remote"
            | "stylus"
            | "аккумулятор"
            | "батарея"
            | "сумка"
    )
}

/// Accessories named in one run of a script without spaces.
const RUNS: &[&str] = &[
    "手机壳",
    "手機殼",
    "保护壳",
    "保護殼",
    "钢化膜",
    "充电器",
    "スマホケース",
    "保護フィルム",
    "充電器",
    "휴대폰케이스",
];

/// Covers at the end of a run of a script without spaces.
const COVERS: &[&str] =
    &["ケース", "カバー", "フィルム", "壳", "殼", "保护套", "保護套", "钢化膜", "贴膜", "케이스", "필름"];

/// Prepositions of many uses, which say "for" directly before a device.
fn is_loose_for(word: &str) -> bool {
    matches!(word, "na" | "do" | "till" | "til" | "pro" | "k")
}

/// Phrases that name an accessory where "for" follows.
const PHRASES: &[&str] = &[
    "tempered glass",
    "brush heads",
    "ear pads",
    "ear tips",
    "lens cap",
    "verre trempe",
    "cristal templado",
    "vetro temperato",
    "szklo hartowane",
    "remote control",
    "fernbedienung",
    "telecommande",
    "mando a distancia",
];

/// Phrases of parts and replacements, by themselves.
const PARTS: &[&str] = &[
    "spare part",
    "spare parts",
    "replacement part",
    "replacement parts",
    "replacement battery",
    "replacement screen",
    "replacement keyboard",
    "replacement charger",
    "replacement strap",
    "replacement ear pads",
    "staubsaugerbeutel",
    "vacuum bags",
    "vacuum cleaner bags",
    "ersatzteil",
    "ersatzteile",
    "piece detachee",
    "pieces detachees",
    "piece de rechange",
    "pieces de rechange",
    "repuesto",
    "repuestos",
    "recambio",
    "recambios",
    "ricambio",
    "ricambi",
    "peca de reposicao",
    "pecas de reposicao",
    "reserveonderdeel",
    "czesc zamienna",
    "czesci zamienne",
    "запчасть",
    "запчасти",
];

/// Words of replacements that need "for" behind them.
pub(crate) fn is_replacement(word: &str) -> bool {
    matches!(
        word,
        "replacement"
            | "spare"
            | "rechange"
            | "remplacement"
            | "reemplazo"
            | "vervanging"
            | "zamienny"
            | "zamienna"
    ) || word.starts_with("ersatz")
}

/// Devices that accessories are sold for by name alone ("iPhone 13 case").
fn is_device(word: &str) -> bool {
    matches!(
        word,
        "iphone"
            | "ipad"
            | "galaxy"
            | "airpods"
            | "macbook"
            | "kindle"
            | "phone"
            | "smartphone"
            | "tablet"
            | "laptop"
            | "watch"
            | "smartwatch"
            | "camera"
            | "handy"
            | "pixel"
            | "redmi"
            | "switch"
    )
}

/// Devices that parts and covers are sold for, named right beside them ("akku für bohrmaschine").
fn is_served_device(word: &str) -> bool {
    is_device(word)
        || matches!(
            word,
            "kamera"
                | "notebook"
                | "computer"
                | "printer"
                | "drucker"
                | "drill"
                | "bohrmaschine"
                | "vacuum"
                | "staubsauger"
                | "ordinateur"
                | "telephone"
                | "imprimante"
                | "aspirateur"
                | "movil"
                | "portatil"
                | "impresora"
                | "telefono"
                | "stampante"
                | "celular"
                | "telefon"
                | "telefoon"
                | "laptopa"
                | "telefonu"
                | "tabletu"
                | "mobil"
                | "dator"
                | "телефона"
                | "ноутбука"
                | "телефон"
                | "هاتف"
        )
}

/// Whether a phrase (folded) names an accessory itself: "phone case", "screen protector".
pub(crate) fn names_accessory(phrase: &str) -> bool {
    text::words(phrase).any(|word| is_accessory_noun(word) || is_replacement(word))
        || PHRASES.iter().chain(PARTS).any(|known| text::find_words(phrase, known).is_some())
}

/// The kind of goods a title names, with the words that decided (none for an article). Looks at the
/// first 1,000 characters.
pub fn of_name(name: &str) -> (GoodsKind, Option<String>) {
    let folded = text::fold(text::title(name)).replace("d'ecran", "ecran");
    let words: Vec<&str> = text::words(&folded).collect();
    if let Some(phrase) = PARTS.iter().find(|phrase| text::find_words(&folded, phrase).is_some()) {
        return (GoodsKind::Accessory, Some((*phrase).to_owned()));
    }
    // What comes with the goods says nothing of what they are.
    let head = words.iter().position(|word| is_with(word)).unwrap_or(words.len());
    let words = &words[..head];
    // A pronoun like "for you" or a person ("for men") makes no accessory.
    let joined = words
        .iter()
        .position(|word| is_for(word))
        .filter(|&at| words.get(at + 1).is_some_and(|next| !is_person(next)));
    if let Some(at) = joined {
        let before = &words[..at];
        let near = &before[before.len().saturating_sub(7)..];
        if let Some(noun) = near.iter().find(|word| is_accessory_noun(word) || is_replacement(word)) {
            return (GoodsKind::Accessory, Some(format!("{noun} … {}", words[at])));
        }
        let start = before.join(" ");
        if let Some(phrase) = PHRASES.iter().find(|phrase| text::find_words(&start, phrase).is_some()) {
            return (GoodsKind::Accessory, Some(format!("{phrase} {}", words[at])));
        }
    }
    // "iPhone 12 Akku Ersatz", "iPhone 11 LCD screen replacement".
    if let Some(device) = words.iter().position(|word| is_device(word))
        && let Some(word) = words[device + 1..].iter().find(|word| is_replacement(word))
    {
        return (GoodsKind::Accessory, Some(format!("{} … {word}", words[device])));
    }
    // "iPhone 15用ケース": a run of a script without spaces that ends in a cover, with a device.
    if let Some(cover) =
        words.iter().find(|word| !word.is_ascii() && COVERS.iter().any(|end| word.ends_with(end)))
        && words.iter().any(|word| is_device(word))
    {
        return (GoodsKind::Accessory, Some((*cover).to_owned()));
    }
    if let Some(run) = RUNS.iter().find(|run| folded.contains(**run)) {
        return (GoodsKind::Accessory, Some((*run).to_owned()));
    }
    for (at, pair) in words.windows(2).enumerate() {
        let of_device = || words[at + 1..].iter().take(3).any(|word| is_served_device(word));
        let preposition = is_for(pair[1]) || is_loose_for(pair[1]);
        // "Battery for a drill", "szkło na telefon": a part, a preposition and a device near it.
        if preposition {
            let near = words[at.saturating_sub(2)..=at].iter();
            let noun = near.into_iter().find(|word| is_part_of_device(word) || is_accessory_noun(word));
            if let Some(noun) = noun.filter(|_| of_device()) {
                return (GoodsKind::Accessory, Some(format!("{noun} {}", pair[1])));
            }
        }
        // "Coque iPhone", "laptop battery": the two side by side.
        let plain = |word: &str| {
            is_accessory_noun(word) && !matches!(word, "band" | "protection" | "cover" | "bracelet")
        };
        if plain(pair[0]) && is_served_device(pair[1])
            || is_served_device(pair[0]) && (is_part_of_device(pair[1]) || plain(pair[1]))
        {
            return (GoodsKind::Accessory, Some(format!("{} {}", pair[0], pair[1])));
        }
    }
    for (at, device) in words.iter().enumerate().filter(|(_, word)| is_device(word)) {
        // A model may stand between: "iPhone 13 Pro Max case".
        let noun = words[at + 1..]
            .iter()
            .take_while(|word| !matches!(**word, "and" | "und" | "et" | "y" | "og" | "och" | "и"))
            .take(5)
            .find(|word| is_accessory_noun(word) && !matches!(**word, "band" | "protection"));
        if let Some(noun) = noun {
            return (GoodsKind::Accessory, Some(format!("{device} … {noun}")));
        }
    }
    if let Some(why) = crate::identity::fitting::part_of_brand(&folded) {
        return (GoodsKind::Accessory, Some(why));
    }
    bundle(&folded)
        .or_else(|| crate::identity::fitting::several_goods(&folded))
        .map_or((GoodsKind::Article, None), |words| (GoodsKind::Bundle, Some(words)))
}

fn is_person(word: &str) -> bool {
    matches!(
        word,
        "men"
            | "women"
            | "man"
            | "woman"
            | "kids"
            | "children"
            | "boys"
            | "girls"
            | "baby"
            | "babies"
            | "adults"
            | "you"
            | "her"
            | "him"
            | "damen"
            | "herren"
            | "kinder"
            | "frauen"
            | "manner"
            | "homme"
            | "femme"
            | "hommes"
            | "femmes"
            | "enfant"
            | "enfants"
            | "bebe"
            | "hombre"
            | "mujer"
            | "ninos"
            | "ninas"
            | "uomo"
            | "donna"
            | "bambini"
            | "homem"
            | "mulher"
            | "criancas"
            | "heren"
            | "dames"
            | "kinderen"
            | "kobiet"
    )
}

/// Several different articles at one price: "bundle", "combo", or names joined by a plus sign.
/// "Bundle of 6" is a pack of one article.
fn bundle(folded: &str) -> Option<String> {
    for word in
        ["bundle", "combo", "konsolenbundle", "starterset", "gift set", "geschenkset", "coffret cadeau"]
    {
        if let Some(at) = text::find_words(folded, word) {
            let behind = folded[at + word.len()..].trim_start();
            let counted = behind.strip_prefix("of").is_some_and(|rest| {
                rest.trim_start_matches([' ', '(']).starts_with(|c: char| c.is_ascii_digit())
            });
            if !counted {
                return Some(word.to_owned());
            }
        }
    }
    let (first, second) = folded.split_once(" + ")?;
    // "24 + 1 pins" adds up, "black + white" are colours of one thing, a gift is no second article.
    let number = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    let added = text::words(second).next().unwrap_or_default();
    let last = first.split(' ').next_back().unwrap_or_default();
    let aside = matches!(
        added,
        "black"
            | "white"
            | "red"
            | "blue"
            | "green"
            | "grey"
            | "gray"
            | "multi"
            | "multicolor"
            | "schwarz"
            | "weiss"
            | "noir"
            | "blanc"
            | "negro"
            | "blanco"
            | "gratis"
            | "free"
            | "gift"
            | "cadeau"
            | "regalo"
            | "sticker"
    );
    // "Johnson + Johnson" is a name.
    let twice = !added.is_empty() && last == added;
    if aside || twice || number(last) && second.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // "PS5 + 2 controllers": a short code names goods as well.
    let code = |text: &str| text.chars().any(char::is_alphabetic) && text.chars().any(|c| c.is_ascii_digit());
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() >= 3 || text::words(text).any(code);
    let size = second.trim_start().starts_with(|c: char| c.is_ascii_digit())
        && crate::quantity::parse(second).status != crate::quantity::QuantityStatus::None;
    (letters(first) && letters(second) && !size).then(|| "+".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> GoodsKind {
        of_name(name).0
    }

    #[test]
    fn accessories_in_many_languages() {
        for name in [
            "Case for iPhone 13",
            "Silicone cover for Galaxy S21",
            "Schutzhülle für iPhone 12",
            "Coque pour Samsung A52",
            "Étui en cuir pour iPad",
            "Funda para móvil",
            "Custodia per iPhone",
            "Capa para celular",
            "Hoesje voor iPhone",
            "Pokrowiec dla tabletu",
            "Replacement strap for watch",
            "Ersatzteil Waschmaschine",
            "Spare parts for drill",
            "Set of 3 screen protectors for Galaxy",
            "iPhone 13 Pro Max Case",
            "Tempered glass for Pixel 6",
            "Protection d'écran pour iPad",
            "Ersatzakku für Staubsauger",
        ] {
            assert_eq!(kind(name), GoodsKind::Accessory, "{name}");
        }
    }
    #[test]
    fn articles_are_not_taken_for_accessories() {
        for name in [
            "iPhone 13 128GB",
            "Boxers for men",
            "Cream for dry skin",
            "Smartphone with case",
            "Handy mit Hülle",
            "Pencil case",
            "Laptop 15 inch",
            "Phone charger",
            "Cap for men",
            "Dice - Bundle Of (6) Boxers",
            "Reis 500 g + 100 g gratis",
            "Slippers black + white",
            "Adapter DVI 24 + 1 pins",
            "Vitamin C + 1 zinc",
        ] {
            let expected = if name == "Phone charger" {
                GoodsKind::Accessory
            } else if name.starts_with("Vitamin") {
                GoodsKind::Bundle
            } else {
                GoodsKind::Article
            };
            assert_eq!(kind(name), expected, "{name}");
        }
    }
    #[test]
    fn bundles() {
        assert_eq!(kind("Console + 2 games"), GoodsKind::Bundle);
        assert_eq!(kind("Camera bundle with lens"), GoodsKind::Bundle);
    }
}
