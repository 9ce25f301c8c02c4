//! Words of titles that mean the same in many languages: colours, materials, names of goods, words
//! that split a model line ("Pro", "Mini"), words of specifications, and words that say nothing of
//! the goods. All folded. Not measures (`measure`), brands (`brand`) or accessories (`crate::kind`).

use crate::text::WordMap;
use std::sync::LazyLock;

/// Each row is one colour; the first word names it.
#[rustfmt::skip]
const COLOURS: &[&[&str]] = &[
    &["black", "schwarz", "schwarze", "schwarzer", "schwarzes", "noir", "noire", "negro", "negra", "nero", "nera", "preto", "preta", "zwart", "zwarte", "czarny", "czarna", "czarne", "svart", "sort", "musta", "cerny", "cerna", "fekete", "negru", "siyah", "черный", "черная", "черное", "черныи", "أسود", "اسود", "黑色", "黒", "ブラック", "블랙", "blk"],
    &["white", "weiss", "weisse", "weisser", "weisses", "blanc", "blanche", "blanco", "blanca", "bianco", "bianca", "branco", "branca", "wit", "witte", "bialy", "biala", "biale", "vit", "hvid", "hvit", "valkoinen", "bily", "bila", "feher", "alb", "beyaz", "белый", "белая", "белыи", "أبيض", "ابيض", "白色", "ホワイト", "화이트"],
    &["red", "rot", "rote", "roter", "rouge", "rojo", "roja", "rosso", "rossa", "vermelho", "vermelha", "rood", "rode", "czerwony", "czerwona", "rod", "punainen", "cerveny", "piros", "rosu", "kirmizi", "красный", "красная", "красныи", "أحمر", "احمر", "红色", "紅色", "レッド", "레드"],
    &["blue", "blau", "blaue", "blauer", "bleu", "bleue", "azul", "blu", "azzurro", "blauw", "blauwe", "niebieski", "niebieska", "bla", "sininen", "modry", "kek", "albastru", "mavi", "синий", "синяя", "синии", "أزرق", "ازرق", "蓝色", "藍色", "ブルー", "블루"],
    &["green", "grun", "grune", "gruen", "vert", "verte", "verde", "groen", "groene", "zielony", "zielona", "gron", "vihrea", "zeleny", "zold", "yesil", "зеленый", "зеленая", "зеленыи", "أخضر", "绿色", "綠色", "グリーン"],
    &["grey", "gray", "grau", "graue", "grauer", "gris", "grigio", "grigia", "cinza", "cinzento", "grijs", "grijze", "szary", "szara", "gra", "harmaa", "sedy", "szurke", "gri", "серый", "серая", "серыи", "رمادي", "灰色", "グレー", "spacegrau"],
    &["silver", "silber", "silbern", "argent", "argente", "plata", "plateado", "plateada", "argento", "prata", "prateado", "zilver", "srebrny", "srebrna", "silvermetallic", "solv", "hopea", "stribrny", "ezust", "argintiu", "gumus", "серебристый", "серебристыи", "银色", "銀色", "シルバー"],
    &["gold", "golden", "or", "dore", "doree", "oro", "dorado", "dorada", "dourado", "goud", "gouden", "zloty", "zlota", "guld", "gull", "kulta", "zlaty", "arany", "auriu", "altin", "золотой", "золотои", "金色", "ゴールド"],
    &["yellow", "gelb", "jaune", "amarillo", "amarilla", "giallo", "gialla", "amarelo", "amarela", "geel", "zolty", "gul", "keltainen", "zluty", "sarga", "galben", "sari", "желтый", "желтыи", "黄色"],
    &["orange", "naranja", "arancione", "laranja", "oranje", "pomaranczowy", "oranzovy", "narancs", "turuncu", "оранжевый", "оранжевыи", "橙色"],
    &["pink", "rosa", "rose", "rosado", "roze", "rozowy", "ruzovy", "rozsaszin", "pembe", "розовый", "розовыи", "وردي", "粉色", "ピンク"],
    &["purple", "violet", "lila", "violett", "morado", "viola", "roxo", "paars", "fioletowy", "lilla", "fialovy", "mor", "фиолетовый", "фиолетовыи", "紫色", "lavender", "lavendel"],
    &["brown", "braun", "braune", "brauner", "marron", "brun", "marrone", "castanho", "marrom", "bruin", "brazowy", "ruskea", "hnedy", "barna", "maro", "kahverengi", "коричневый", "коричневыи", "بني", "棕色"],
    &["beige", "bezowy", "bej", "бежевый", "бежевыи", "米色"],
    &["cream", "creme", "crema", "creamwhite", "kremowy", "кремовый"],
    &["graphite", "graphit", "grafito", "grafite", "grafiet", "grafit", "grafitowy", "графит", "石墨色"],
    &["midnight", "mitternacht", "minuit", "medianoche", "mezzanotte", "polnoc", "middernacht"],
    &["starlight", "polarstern", "stellaire", "galassia"],
    &["anthracite", "anthrazit", "antracita", "antracite", "antraciet", "antracytowy"],
    &["transparent", "clear", "durchsichtig", "transparente", "trasparente", "przezroczysty", "прозрачный"],
];

#[rustfmt::skip]
const MATERIALS: &[&[&str]] = &[
    &["leather", "leder", "cuir", "cuero", "piel", "pelle", "couro", "leer", "skorzany", "skorzana", "skora", "lader", "laeder", "nahka", "kozeny", "bor", "piele", "deri", "кожа", "кожаный", "кожаныи", "皮革", "革", "ledergurtel"],
    &["cotton", "baumwolle", "coton", "algodon", "cotone", "algodao", "katoen", "bawelna", "bawelniany", "bomull", "bomuld", "puuvilla", "bavlna", "pamut", "bumbac", "pamuk", "хлопок", "قطن", "棉", "綿"],
    &["steel", "stainless", "edelstahl", "stahl", "acier", "inox", "acero", "acciaio", "aco", "staal", "rvs", "stal", "nierdzewna", "stal", "rostfri", "teras", "nerez", "acel", "otel", "celik", "сталь", "不锈钢"],
    &["wood", "wooden", "holz", "bois", "madera", "legno", "madeira", "hout", "drewno", "drewniany", "tra", "puu", "drevo", "fa", "lemn", "ahsap", "дерево", "деревянный", "木"],
    &["glass", "glas", "verre", "vidrio", "cristal", "vetro", "vidro", "szklo", "szklany", "lasi", "sklo", "uveg", "sticla", "cam", "стекло", "زجاج", "玻璃"],
    &["plastic", "kunststoff", "plastik", "plastique", "plastico", "plastica", "kunststof", "plast", "muovi", "muanyag", "пластик", "بلاستيك", "塑料"],
    &["wool", "wolle", "laine", "lana", "la", "wol", "welna", "ull", "uld", "villa", "vlna", "gyapju", "yun", "шерсть", "صوف", "羊毛"],
    &["silk", "seide", "soie", "seda", "seta", "zijde", "jedwab", "silke", "siden", "silkki", "hedvabi", "selyem", "ipek", "шелк", "حرير", "丝绸"],
    &["polyester", "poliester", "poliestere", "полиэстер", "聚酯"],
    &["aluminium", "aluminum", "aluminio", "alluminio", "aluminiowy", "alumiini", "hlinik", "алюминий", "алюминии", "铝"],
    &["ceramic", "keramik", "ceramique", "ceramica", "keramiek", "ceramiczny", "keramika", "seramik", "керамика", "陶瓷"],
    &["silicone", "silikon", "silicona", "siliconen", "silikonowy", "силикон", "硅胶"],
    &["rubber", "gummi", "caoutchouc", "goma", "gomma", "borracha", "guma", "kumi", "резина", "橡胶"],
];

/// Words of goods, one row a concept.
#[rustfmt::skip]
const CONCEPTS: &[&[&str]] = &[
    &["monitor", "bildschirm", "ecran", "moniteur", "pantalla", "skarm", "skjerm", "beeldscherm", "монитор", "display", "flachbildschirm", "computerbildschirm", "显示器", "شاشة"],
    &["phone", "smartphone", "handy", "telephone", "movil", "telefono", "cellulare", "celular", "telefon", "telefoon", "smartfon", "смартфон", "телефон", "手机", "スマホ", "هاتف"],
    &["headphones", "headphone", "kopfhorer", "casque", "auriculares", "cuffie", "fones", "koptelefoon", "sluchawki", "horlurar", "kulaklik", "наушники", "耳机", "سماعات"],
    &["wireless", "kabellos", "kabellose", "kabelloser", "sans fil", "inalambrico", "inalambrica", "inalambricos", "senza fili", "draadloos", "draadloze", "bezprzewodowy", "bezprzewodowa", "bezprzewodowe", "tradlos", "беспроводной", "беспроводные", "cordless", "akku"],
    &["mouse", "maus", "souris", "raton", "topo", "muis", "mysz", "mus", "мышь", "鼠标"],
    &["keyboard", "tastatur", "clavier", "teclado", "tastiera", "toetsenbord", "klawiatura", "tangentbord", "клавиатура", "键盘"],
    &["drill", "bohrschrauber", "bohrmaschine", "schlagbohrschrauber", "perceuse", "taladro", "trapano", "boormachine", "wiertarka", "wkretarka", "дрель"],
    &["battery", "batterie", "bateria", "batteria", "accu", "batterij", "аккумулятор", "电池"],
    &["powerbank", "power bank"],
    &["vacuum", "staubsauger", "aspirateur", "aspirador", "aspiradora", "aspirapolvere", "stofzuiger", "odkurzacz", "dammsugare", "пылесос", "吸尘器"],
    &["coffee", "kaffee", "cafe", "caffe", "koffie", "kawy", "kawa", "kaffe", "кофе", "咖啡", "قهوة"],
    &["machine", "maschine", "maquina", "macchina", "automat", "vollautomat", "kaffeevollautomat", "ekspres", "cafetera"],
    &["watch", "uhr", "armbanduhr", "montre", "reloj", "orologio", "relogio", "horloge", "zegarek", "klocka", "часы", "手表", "ساعة"],
    &["camera", "kamera", "systemkamera", "appareil photo", "camara", "fotocamera", "aparat", "камера", "相机"],
    &["lens", "objektiv", "objectif", "objetivo", "obiettivo", "objectief", "obiektyw", "objektivo", "объектив", "镜头"],
    &["body", "gehause", "boitier", "cuerpo", "corpo", "behuizing", "korpus"],
    &["laptop", "notebook", "ordinateur portable", "portatil", "portatile", "ноутбук", "笔记本"],
    &["router", "routeur", "wlan router", "маршрутизатор", "路由器"],
    &["tablet", "tablette", "tableta", "планшет", "平板"],
    &["printer", "drucker", "imprimante", "impresora", "stampante", "impressora", "drukarka", "skrivare", "принтер", "打印机"],
    &["ink", "tinte", "tintenpatrone", "encre", "tinta", "inchiostro", "inkt", "tusz", "чернила"],
    &["cartridge", "patrone", "cartouche", "cartucho", "cartuccia", "картридж"],
    &["cable", "kabel", "cavo", "cabo", "кабель", "线"],
    &["bulb", "lampe", "gluhbirne", "leuchtmittel", "ampoule", "bombilla", "lampadina", "lampada", "lamp", "zarowka", "лампа", "灯泡"],
    &["tyre", "tire", "reifen", "ganzjahresreifen", "sommerreifen", "winterreifen", "pneu", "neumatico", "pneumatico", "band", "opona", "шина", "轮胎"],
    &["oil", "ol", "motorol", "huile", "aceite", "olio", "oleo", "olie", "olej", "масло"],
    &["rice", "reis", "riz", "arroz", "riso", "rijst", "ryz", "рис", "大米"],
    &["tea", "tee", "the", "te", "thee", "herbata", "чай", "茶", "شاي"],
    &["can", "cans", "dose", "dosen", "canette", "canettes", "lata", "latas", "lattina", "blik", "puszka", "банка"],
    &["bottle", "flasche", "bouteille", "botella", "bottiglia", "garrafa", "fles", "butelka", "бутылка"],
    &["pan", "bratpfanne", "pfanne", "poele", "sarten", "padella", "frigideira", "koekenpan", "patelnia", "сковорода"],
    &["pot", "saucepan", "topf", "casserole", "cacerola", "pentola", "panela", "garnek"],
    &["bearing", "kugellager", "rillenkugellager", "roulement", "rodamiento", "cuscinetto", "rolamento", "lager", "lozysko", "подшипник"],
    &["contactor", "schutz", "contacteur", "contattore", "stycznik", "контактор"],
    &["drive", "festplatte", "disque", "disco", "disk", "harde schijf", "dysk", "диск", "硬盘"],
    &["flash", "stick", "cle", "memoria", "chiavetta", "pendrive", "флешка"],
    &["graphics", "grafikkarte", "graphique", "grafica", "videokaart", "graficzna", "видеокарта", "显卡"],
    &["console", "konsole", "consola", "konsola", "spielkonsole", "консоль"],
    &["toothbrush", "zahnburste", "brosse a dents", "cepillo", "spazzolino", "tandenborstel", "szczoteczka"],
    &["electric", "elektrisch", "elektrische", "electrique", "electrico", "electrica", "elettrico", "elettrica", "elektryczna", "электрический"],
    &["shirt", "hemd", "chemise", "camisa", "camicia", "koszula", "рубашка"],
    &["shoe", "shoes", "schuhe", "schuh", "chaussures", "zapatos", "zapatillas", "scarpe", "sapatos", "schoenen", "buty", "туфли", "кроссовки", "sneaker", "sneakers"],
    &["drone", "drohne", "dron", "квадрокоптер", "дрон"],
    &["digital", "numerique", "digitale", "cyfrowy", "цифровой"],
    &["green", "vert", "verde"],
    &["drum", "trommel", "tambour", "tambor", "tamburo"],
    &["ball", "kugel", "billes", "bolas", "sfere"],
    &["chair", "stuhl", "chaise", "silla", "sedia", "cadeira", "stoel", "krzeslo", "стул"],
    &["set", "kit", "satz", "juego", "zestaw", "комплект", "lot"],
];

/// Words that split a model line: with and without one of them are other goods.
#[rustfmt::skip]
const QUALIFIERS: &[&str] = &[
    "pro", "max", "plus", "mini", "ultra", "lite", "se", "fe", "air", "ti", "super", "slim", "digital", "xl", "xxl",
    "neo", "fit", "extreme", "evo", "qvo", "oled", "classic", "elite", "premium", "junior", "nano", "prime",
    "turbo", "sport", "compact", "active", "fold", "flip", "note", "yoga", "carbon", "anywhere", "animal", "absolute",
    "ii", "iii", "iv", "2x", "3x", "brown", "macro", "zoom", "refill", "original", "zero",
];

/// Words of specifications that many goods share; never part of a designation.
#[rustfmt::skip]
const SPECS: &[&str] = &[
    "led", "lcd", "tft", "ips", "va", "tn", "wled", "fhd", "qhd", "uhd", "wqhd", "hd", "full", "wuxga", "wsxga", "sxga", "uwqhd",
    "hdmi", "dp", "vga", "dvi", "usb", "usbc", "displayport", "thunderbolt", "hdr", "hdr10", "hdr400", "srgb", "dci", "p3",
    "freesync", "gsync", "g", "sync", "amd", "nvidia", "vesa", "pivot", "lift", "adaptive", "energieklasse", "class",
    "wifi", "wlan", "wi", "fi", "bluetooth", "nfc", "lte", "4g", "5g", "3g", "dual", "sim", "quad", "band", "nvme", "sata",
    "m2", "ssd", "hdd", "ddr4", "ddr5", "ram", "rom", "dc", "ac", "ip65", "ip67", "ip68", "eu", "uk", "us", "de", "at", "energy", "speaker",
    "lautsprecher", "curved", "touch", "ms", "cd", "ppi", "2k", "4k", "5k", "8k", "1080p", "1440p", "720p", "2160p", "60p",
    "e27", "e14", "gu10", "g9", "b22", "usb3", "usb2", "rj45", "wifi6", "ac1200", "ac1900", "ax3000", "x", "nas", "aeu", "xen", "xeu",
];

/// Words that a shop or its address strews in.
#[rustfmt::skip]
const EMPTY: &[&str] = &[
    "new", "neu", "nouveau", "nuevo", "nuovo", "novo", "free", "shipping", "sale", "hot", "best", "the", "a", "an",
    "and", "und", "et", "y", "e", "og", "och", "i", "en", "of", "de", "di", "da", "do", "du", "des", "la", "le", "les", "el", "los",
    "der", "die", "das", "den", "with", "mit", "avec", "con", "com", "met", "z", "for", "fur", "pour", "para", "per", "voor", "dla", "to", "auf", "vers", "in", "im",
    "html", "htm", "php", "asp", "aspx", "produkt", "produkte", "product", "products", "produit", "producto", "artikel", "article", "artnr", "detail",
    "details", "shop", "store", "item", "itm", "p", "s1", "pd", "dp", "ref", "sku", "id", "hardware", "monitore", "monitors", "monitoren",
    "computer", "pc", "electronics", "elektronik", "technology", "technologies", "group", "gmbh", "inc", "info", "link", "buy", "kaufen",
    "zoll", "inch", "inches", "cm", "mm", "pouces", "pulgadas", "pollici", "cale", "pixel", "pixels", "size", "gr", "grosse", "taille", "talla", "taglia",
    "only", "ohne", "sans", "sin", "without", "inkl", "incl", "non", "de_at", "www", "index", "s", "t", "n", "l", "d",
    "alle", "all", "gaming", "business", "display", "professional", "unlocked", "debloque", "libre",
];

/// What a word of a title stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// A colour, by its row.
    Colour(u8),
    /// A material, by its row.
    Material(u8),
    /// Goods, by row.
    Concept(u8),
    /// Splits a model line; its row.
    Qualifier(u8),
    /// A specification.
    Spec,
    /// Says nothing.
    Empty,
}

static SENSES: LazyLock<WordMap<Sense>> = LazyLock::new(|| {
    let mut map = WordMap::default();
    let mut rows = |table: &'static [&'static [&'static str]], sense: fn(u8) -> Sense| {
        for (row, words) in table.iter().enumerate() {
            for word in *words {
                map.entry(*word).or_insert(sense(row as u8));
            }
        }
    };
    rows(COLOURS, Sense::Colour);
    rows(MATERIALS, Sense::Material);
    rows(CONCEPTS, Sense::Concept);
    for (row, word) in QUALIFIERS.iter().enumerate() {
        map.entry(*word).or_insert(Sense::Qualifier(row as u8));
    }
    for word in SPECS {
        map.entry(*word).or_insert(Sense::Spec);
    }
    for word in EMPTY {
        map.entry(*word).or_insert(Sense::Empty);
    }
    map
});

/// The sense of a folded word, where it has one known.
pub(super) fn sense(word: &str) -> Option<Sense> {
    SENSES.get(word).copied()
}

/// The English name of a colour.
pub(super) fn colour_name(row: u8) -> &'static str {
    COLOURS[row as usize][0]
}

/// The English name of a material.
pub(super) fn material_name(row: u8) -> &'static str {
    MATERIALS[row as usize][0]
}

/// The word of a qualifier.
pub(super) fn qualifier_name(row: u8) -> &'static str {
    QUALIFIERS[row as usize]
}

/// Qualifiers that titles also leave out, or that stand for something else as often.
pub(super) fn is_loose(row: u8) -> bool {
    matches!(
        QUALIFIERS[row as usize],
        "digital"
            | "original"
            | "premium"
            | "classic"
            | "sport"
            | "note"
            | "nano"
            | "oled"
            | "compact"
            | "active"
            | "zoom"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_folded_and_every_table_fits_its_mask() {
        let rows = COLOURS.iter().chain(MATERIALS).chain(CONCEPTS).flat_map(|row| row.iter());
        for word in rows.chain(QUALIFIERS).chain(SPECS).chain(EMPTY) {
            assert!(crate::text::fold(word) == **word || word.contains('й'), "{word}");
        }
        assert!(COLOURS.len() <= 64 && MATERIALS.len() <= 64 && QUALIFIERS.len() <= 64);
    }
    #[test]
    fn one_thing_in_many_languages() {
        for words in [["noir", "schwarz"], ["leder", "cuir"], ["bildschirm", "moniteur"]] {
            assert_eq!(sense(words[0]), sense(words[1]));
        }
    }
}
