//! Nouns that say what a size in the title means: of a kettle or a rucksack litres are what it
//! holds, of a pipe metres are what is sold. Which size they touch is decided in the parent.

use crate::text::WordMap;
use std::sync::LazyLock;

/// What a size beside the noun means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    /// A vessel, bag or appliance: litres are its capacity.
    Holds,
    /// As `Holds`, where the noun is the first of the title: elsewhere it names a packing ("in
    /// glass"), a drink ("mixer") or a meal.
    HoldsFirst,
    /// A machine or scale: kilograms are its load, litres its capacity.
    Bears,
    /// Sold by the metre: pipes, ropes, tapes, cloth.
    Length,
    /// A piece with a length: cables.
    LengthOfPiece,
    /// Sold by area: floors, tiles.
    Area,
    /// Something for a machine: cleaners, filters, detergents; its own size counts.
    Consumable,
}

#[rustfmt::skip]
const NOUNS: &[(Noun, &[&str])] = &[
    (Noun::Holds, &[
        "kettle", "dustbin", "backpack", "rucksack", "daypack", "fridge", "refrigerator", "freezer", "microwave", "oven", "fryer", "blender", "saucepan", "stockpot", "thermos", "flask", "tumbler", "wastebasket", "suitcase", "luggage", "cooler", "aquarium", "humidifier", "dehumidifier", "cooker", "bucket", "vacuum", "hoover", "jerrycan", "teapot", "decanter", "minibar", "planter", "cistern",
        "wasserkocher", "kuhlschrank", "gefrierschrank", "mikrowelle", "backofen", "fritteuse", "heissluftfritteuse", "standmixer", "kochtopf", "trinkflasche", "thermosflasche", "isolierflasche", "thermobecher", "mulleimer", "abfalleimer", "koffer", "kuhltasche", "kuhlbox", "luftbefeuchter", "giesskanne", "reiskocher", "staubsauger", "kaffeemaschine", "aufbewahrungsbox", "mullbeutel", "gefrierbeutel", "mullsacke", "regentonne", "schulranzen",
        "bouilloire", "refrigerateur", "congelateur", "friteuse", "faitout", "gourde", "poubelle", "glaciere", "humidificateur", "aspirateur", "cafetiere", "arrosoir", "valise", "cartable",
        "hervidor", "mochila", "frigorifico", "nevera", "microondas", "horno", "freidora", "batidora", "olla", "cazuela", "papelera", "basura", "acuario", "humidificador", "aspiradora", "cafetera", "regadera", "maleta", "cantimplora", "termo", "cubo",
        "bollitore", "zaino", "frigorifero", "congelatore", "friggitrice", "frullatore", "pentola", "borraccia", "pattumiera", "spazzatura", "aspirapolvere", "innaffiatoio", "valigia",
        "chaleira", "geladeira", "liquidificador", "panela", "lixeira", "garrafao", "czajnik", "plecak", "lodowka", "zamrazarka", "mikrofalowka", "frytkownica", "garnek", "bidon", "odkurzacz", "nawilzacz", "walizka", "waterkoker", "rugzak", "koelkast", "magnetron", "prullenbak", "stofzuiger", "gieter",
        "konvice", "batoh", "lednice", "lednicka", "mikrovlnka", "hrnec", "vattenkokare", "ryggsack", "kylskap", "gryta", "чаиник", "рюкзак", "холодильник", "микроволновка", "кастрюля", "термос", "ведро", "пылесос", "увлажнитель", "isitici", "cantasi", "buzdolabi", "tencere", "termos", "حقيبة", "غلاية", "ثلاجة",
        "airfryer", "shaker", "lunchbox", "juicer", "duffel", "duffle", "handbag", "wok", "esky", "heteluchtfriteuse", "koelbox", "vuilniszakken", "frituurpan", "hogedrukpan", "broodtrommel", "dampfgarer", "schnellkochtopf", "frischhaltedose", "brotdose", "regenfass", "gefrierbox", "autocuiseur", "cocotte", "jerrican", "mixeur", "vaporera", "licuadora", "exprimidor", "fiambrera", "tupper", "fritadeira", "frigideira", "batedeira", "cuscuzeira", "tanica", "bidone", "wolnowar", "szybkowar", "pojemnik", "fritoz", "supurge", "matara", "фритюрница", "аэрогриль", "мультиварка", "блендер", "канистра", "морозильник", "духовка", "контеинер", "бак", "ранец", "قلاية", "خلاط", "خزان", "ميكروويف", "friteza", "soppasar", "rucsac", "frigider", "fierbator", "friteuza", "σακιδιο", "ψυγειο", "φριτεζα", "βραστηρας", "hatizsak", "hutoszekreny", "heater", "boiler", "tank", "reservoir", "refillable", "atomizer", "sprayer", "dispenser", "calentador", "scaldabagno", "durchlauferhitzer", "boyler", "zbiornik", "cuve",
    ]),
    (Noun::HoldsFirst, &[
        "mug", "cup", "glass", "glasses", "bowl", "jug", "pot", "casserole", "bin", "bag", "bags", "bolsa", "bolsas", "beutel", "sacs", "buste", "mixer", "carafe", "tasse", "becher", "glas", "glaser", "schussel", "topf", "eimer", "kanne", "karaffe", "four", "verre", "verres", "bol", "seau", "marmite", "vaso", "vasos", "taza", "tazas", "cuenco", "jarra", "bicchiere", "bicchieri", "tazza", "caraffa", "secchio", "copo", "copos", "caneca", "balde", "kubek", "szklanka", "miska", "wiadro", "beker", "emmer", "hrnek", "mugg", "hink", "кружка", "стакан", "bardak", "kupa", "كوب",
    ]),
    (Noun::Bears, &[
        "scale", "scales", "dryer", "gripper", "grippers", "expander", "fitnessband", "trx", "barbell", "trolley", "hoist", "treadmill", "washer", "dishwasher", "waschmaschine", "trockner", "waschetrockner", "kuchenwaage", "waage", "personenwaage", "schwerlastregal", "lavadora", "secadora", "bascula", "lavatrice", "asciugatrice", "bilancia", "pralka", "suszarka", "waga", "pracka", "susicka", "vaha", "wasmachine", "droger", "weegschaal", "tvattmaskin", "torktumlare", "makinesi", "гиря", "весы", "غسالة",
        "bike", "ergometer", "trampoline", "hoverboard", "chair", "stool", "ladder", "hammock", "wheelchair", "stuhl", "hocker", "leiter", "hangematte", "silla", "taburete", "escalera", "hamaca", "estanteria", "chaise", "tabouret", "echelle", "hamac", "etagere", "sedia", "sgabello", "scala", "scaffale", "cadeira", "escada", "krzeslo", "drabina", "hamak", "stoel", "stol", "стул", "табурет", "лестница", "гамак", "стеллаж", "sandalye", "merdiven", "كرسي", "سلم",
    ]),
    (Noun::Length, &[
        "pipe", "pipes", "tube", "tubing", "hose", "rope", "twine", "string", "ribbon", "tape", "foil", "film", "fabric", "cloth", "webbing", "chain", "wire", "profile", "moulding", "skirting", "rohr", "schlauch", "seil", "schnur", "folie", "stoff", "kette", "draht", "leiste", "tuyau", "corde", "ruban", "tissu", "chaine", "fil", "tubo", "manguera", "cuerda", "cinta", "tela", "cadena", "alambre", "aluminio", "tubi", "corda", "nastro", "tessuto", "catena", "mangueira", "fita", "tecido", "rura", "waz", "lina", "sznurek", "tasma", "tkanina", "slang", "touw", "lint", "trubka", "hadice", "lano", "rep", "ror", "труба", "шланг", "веревка", "лента", "ткань", "boru", "hortum", "halat",
    ]),
    (Noun::LengthOfPiece, &[
        "cable", "cables", "cord", "kabel", "cavo", "cabo", "ladekabel", "kabl", "кабель", "шнур", "kablo", "ledning", "strip", "lichterkette", "guirlande", "كابل",
    ]),
    (Noun::Area, &[
        "flooring", "laminate", "laminat", "parquet", "parkett", "vinyl", "tile", "tiles", "fliesen", "carrelage", "azulejo", "azulejos", "piastrelle", "plytki", "panele", "turf", "rasenteppich", "kunstrasen", "insulation", "tapete", "wallpaper", "moquette", "carpet", "teppichboden",
    ]),
    (Noun::Consumable, &[
        "detergent", "bleach", "refill", "cleaner", "descaler", "filter", "filters", "salt", "tabs", "liquid", "reiniger", "entkalker", "waschmittel", "filtre", "filtres", "detartrant", "lessive", "javel", "recharge", "nettoyant", "detergente", "limpiador", "limpia", "lejia", "recambio", "recarga", "limpiamaquinas", "limpiahornos", "descalcificador", "suavizante", "quitagrasas", "abrillantador", "antical", "filtros", "sal", "ambientador", "detersivo", "pulitore", "sapone", "ammorbidente", "plyn", "proszek", "odkamieniacz", "wasmiddel", "prasek", "tvattmedel", "средство", "порошок", "deterjan", "soil", "terreau", "erde", "sustrato", "abono", "fertilizer", "polish", "abrillantahornos", "desengrasante",
    ]),
];

/// Ends of German and Dutch compounds.
const ENDS: &[(Noun, &[&str])] = &[
    (
        Noun::Holds,
        &[
            "rucksack",
            "kocher",
            "schrank",
            "koffer",
            "trinkflasche",
            "weinglaser",
            "trinkglaser",
            "sektglaser",
            "bierglaser",
            "wasserglaser",
            "kaffeebecher",
            "kaffeetasse",
            "kaffeetassen",
        ],
    ),
    (Noun::Bears, &["waschmaschine", "waage", "trockner"]),
    (Noun::Length, &["rohr", "schlauch", "seil", "folie", "klebeband", "draht", "schnur"]),
    (Noun::LengthOfPiece, &["kabel"]),
    (Noun::Area, &["fliesen", "parkett", "laminat"]),
    (Noun::Consumable, &["reiniger", "mittel", "filter", "entkalker"]),
];

/// Phrases whose single words say nothing.
const PHRASES: &[(Noun, &[&str])] = &[
    (
        Noun::Holds,
        &[
            "water bottle",
            "drinking bottle",
            "sports bottle",
            "sac a dos",
            "bin bags",
            "bin bag",
            "trash bags",
            "garbage bags",
            "refuse sacks",
            "freezer bags",
            "bolsas de congelacion",
            "bolsa de congelacion",
            "sacs de congelation",
            "bolsas de basura",
            "bolsa de basura",
            "worki na smieci",
            "storage box",
            "vacuum cleaner",
            "coffee maker",
            "watering can",
            "cooler bag",
            "tote bag",
            "dry bag",
            "lunch box",
            "food container",
            "water tank",
            "garrafa termica",
            "laundry basket",
            "ice maker",
            "mini bar",
            "chauffe eau",
        ],
    ),
    (
        Noun::Bears,
        &[
            "washing machine",
            "hand grip",
            "hand grips",
            "hand strengthener",
            "resistance band",
            "resistance bands",
            "exercise band",
            "exercise bands",
            "bandas elasticas",
            "bandas de resistencia",
            "elastique de musculation",
            "стиральная машина",
            "lave linge",
            "lave-linge",
            "seche-linge",
            "lave vaisselle",
            "lave-vaisselle",
            "balance de cuisine",
            "maquina de lavar",
        ],
    ),
    (Noun::Consumable, &["tape measure"]),
];

/// Nouns of scripts without spaces.
const INSIDE: &[(Noun, &[&str])] = &[
    (
        Noun::Holds,
        &[
            "水壶",
            "水壺",
            "保温杯",
            "保溫杯",
            "马克杯",
            "背包",
            "书包",
            "冰箱",
            "微波炉",
            "电饭煲",
            "垃圾桶",
            "垃圾袋",
            "行李箱",
            "ケトル",
            "炊飯器",
            "リュック",
            "水筒",
            "冷蔵庫",
            "電子レンジ",
            "ゴミ箱",
            "ゴミ袋",
            "タンブラー",
            "マグカップ",
            "백팩",
            "냉장고",
            "전기포트",
            "텀블러",
            "空气炸锅",
            "水杯",
            "高压锅",
            "收纳箱",
            "エアフライヤー",
            "圧力鍋",
            "バックパック",
            "ランドセル",
            "에어프라이어",
            "배낭",
            "밥솥",
        ],
    ),
    (Noun::Bears, &["洗衣机", "洗衣機", "洗濯機", "厨房秤", "体重计", "세탁기", "椅子", "チェア", "의자"]),
    (Noun::LengthOfPiece, &["ケーブル", "数据线", "电缆", "케이블"]),
];

static WORDS: LazyLock<WordMap<Noun>> = LazyLock::new(|| {
    NOUNS.iter().flat_map(|(noun, words)| words.iter().map(move |word| (*word, *noun))).collect()
});

/// What a folded word of any language says of the sizes beside it.
pub(super) fn of_word(word: &str) -> Option<Noun> {
    if let Some(noun) = WORDS.get(word) {
        return Some(*noun);
    }
    if word.is_ascii() {
        let compound = |ends: &&[&str]| ends.iter().any(|end| word.ends_with(end));
        return ENDS.iter().find(|(_, ends)| word.len() >= 7 && compound(ends)).map(|(noun, _)| *noun);
    }
    let wide = word.chars().any(|c| c as u32 >= 0x3040);
    let inside = |all: &&[&str]| wide && all.iter().any(|part| word.contains(part));
    INSIDE.iter().find(|(_, all)| inside(all)).map(|(noun, _)| *noun)
}

/// The phrases by their first word.
static BY_FIRST: LazyLock<WordMap<Vec<(Noun, &'static str)>>> = LazyLock::new(|| {
    let mut by_first: WordMap<Vec<(Noun, &'static str)>> = WordMap::default();
    for (noun, phrase) in
        PHRASES.iter().flat_map(|(noun, all)| all.iter().map(move |phrase| (*noun, *phrase)))
    {
        let first = crate::text::words(phrase).next().unwrap_or(phrase);
        by_first.entry(first).or_default().push((noun, phrase));
    }
    by_first
});

/// What a phrase that begins with this word says, where the folded text has it.
fn of_phrase(word: &str, text: &str) -> Option<Noun> {
    let all = BY_FIRST.get(word)?;
    all.iter().find(|(_, phrase)| crate::text::find_words(text, phrase).is_some()).map(|(noun, _)| *noun)
}

/// Words that may stand before the first noun of a title.
fn leads(word: &str) -> bool {
    crate::unit::is_pack_word(word)
        || matches!(word, "of" | "de" | "da" | "von" | "di" | "satz" | "the" | "a" | "un" | "une" | "x")
        || word.bytes().all(|b| b.is_ascii_digit())
}

/// What the nouns of a title say of its sizes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meanings {
    /// Litres are a capacity.
    pub holds: bool,
    /// Kilograms are a load.
    pub bears: bool,
    /// Metres are what is sold.
    pub length: bool,
    /// Metres are the length of a piece, and what is sold too.
    pub piece: bool,
    /// Square metres are what is sold.
    pub area: bool,
}

/// Reads the nouns of a folded title: those before "with" and "for", because what comes with the
/// goods or what they are for has its own size.
pub(super) fn read(text: &str) -> Meanings {
    let mut meanings = Meanings::default();
    let (mut first, mut consumable, mut last) = (true, false, "");
    let mut phrase = None;
    let mut words = crate::text::words(text).enumerate();
    while let Some((at, word)) = words.next() {
        if at > 0 && (crate::kind::is_with(word) || crate::kind::is_for(word)) {
            break;
        }
        let noun = of_word(word);
        phrase = phrase.or_else(|| of_phrase(word, text));
        // "A mug of tea": what the vessel is full of is sold.
        let full = || {
            let mut ahead = words.clone().map(|(_, word)| word);
            matches!(ahead.next(), Some("of" | "de" | "di" | "van" | "von"))
                && !ahead.next().is_some_and(is_material)
        };
        match noun {
            // Appliances and rucksacks are full of nothing: "freidora de aire".
            Some(Noun::Holds) => meanings.holds |= !(may_be_full(word) && full()),
            // "1 cup (250 ml)" is a measure of what is in it.
            Some(Noun::HoldsFirst) => {
                let measure = text.starts_with('1') && text.contains('(') && at <= 2 && !word.ends_with('s');
                meanings.holds |= first && !full() && !measure;
            }
            Some(Noun::Bears) => {
                meanings.bears = true;
                meanings.holds = true;
            }
            Some(Noun::Length) => meanings.length = true,
            Some(Noun::LengthOfPiece) => meanings.piece = true,
            Some(Noun::Area) => meanings.area = true,
            // A vacuum cleaner is a machine, a kettle cleaner a liquid.
            Some(Noun::Consumable) => consumable |= last != "vacuum",
            None => {}
        }
        first &= leads(word);
        last = word;
    }
    if consumable {
        return Meanings::default();
    }
    match phrase {
        Some(Noun::Holds) => meanings.holds = true,
        Some(Noun::Bears) => {
            meanings.bears = true;
            meanings.holds = true;
        }
        Some(_) => return Meanings::default(),
        None => {}
    }
    meanings
}

/// Vessels that are sold full as often as empty.
fn may_be_full(word: &str) -> bool {
    matches!(
        word,
        "bucket"
            | "flask"
            | "jerrycan"
            | "cubo"
            | "bidon"
            | "garrafao"
            | "balde"
            | "tupper"
            | "tanica"
            | "canister"
    )
}

/// What a vessel is made of, not full of: "vaso de cristal".
fn is_material(word: &str) -> bool {
    matches!(
        word,
        "papel"
            | "cristal"
            | "vidrio"
            | "vidro"
            | "plastico"
            | "ceramica"
            | "porcelana"
            | "acero"
            | "aco"
            | "inox"
            | "metal"
            | "madera"
            | "bambu"
            | "carton"
            | "aluminio"
            | "silicona"
            | "verre"
            | "plastique"
            | "metall"
            | "carta"
            | "vetro"
            | "plastica"
            | "acciaio"
            | "glass"
            | "steel"
            | "ceramic"
            | "porcelain"
            | "papier"
    )
}

/// Whether a folded word names vessels that are counted ("6 glasses").
pub(super) fn is_vessel(word: &str) -> bool {
    WORDS.get(word) == Some(&Noun::HoldsFirst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_noun_is_folded_and_stands_once() {
        let mut seen = std::collections::HashSet::new();
        for word in NOUNS.iter().flat_map(|(_, words)| words.iter()) {
            assert_eq!(crate::text::fold(word), **word);
            assert!(seen.insert(*word), "{word} stands twice");
        }
    }
}
