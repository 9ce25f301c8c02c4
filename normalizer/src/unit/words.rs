//! Words that count: pieces, packs, pairs, dozens and the words between a pack and its number, in
//! the languages of marketplaces, folded. Units of size stand in the parent; how words and numbers
//! go together is `quantity`'s.

use crate::text::WordMap;
use std::sync::LazyLock;

/// A unit of trade itself ("12 pcs").
const UNIT: u16 = 1;
/// What a pack holds ("60 tablets").
const PIECE: u16 = 2;
/// A vessel that is sold full: a size beside a count of them is that of each.
const VESSEL: u16 = 4;
/// A pack ("pack of 12").
const PACK: u16 = 8;
const PAIR: u16 = 16;
const DOZEN: u16 = 32;
/// Between a pack and its number, or a count and the size of each ("lot de 3", "6 à 100 ml").
const OF: u16 = 64;
/// A pack of several articles used together: sold as one as often as by the piece.
const SET: u16 = 128;
/// A pack word that may stand before a bare number and a noun ("lot 3 torchons").
const LOT: u16 = 256;
/// A pack word behind which a number closes the text ("caja 12").
const BARE: u16 = 512;
/// Leaves of paper: what a notebook is made of, and what a ream counts.
const SHEET: u16 = 1024;
/// One vessel: no number above one counts it ("Rum 500 bottle of 70 cl").
const SINGLE: u16 = 2048;

#[rustfmt::skip]
const WORDS: &[(u16, &[&str])] = &[
    (UNIT | PIECE, &[
        "pcs", "pc", "pce", "pces", "piece", "pieces", "count", "ct", "units", "unit", "ea",
        "stuck", "stk", "st", "stck", "stucke",
        "unites", "unite",
        "unidades", "unidad", "uds", "unds", "ud", "und", "unid", "piezas", "pieza", "pzas", "pza",
        "pezzi", "pezzo", "pz", "pzs", "unita",
        "pecas", "peca", "un", "unidade",
        "stuks", "sztuk", "sztuki", "sztuka", "szt", "kusu", "kus", "kusy", "ks", "kom", "kpl", 
        "bucati", "bucata", "buc", "styck", "stycken", "stk", "kappaletta",
        "шт", "штук", "штуки", "штука", "бр", "броя", "ед",
        "db", "darab", "butir", "buah", "biji", "chiec", "vien",
        "adet", "adetlik",  "τεμ", "τεμαχια", "τεμαχιο",
        "قطع", "قطعة", "حبة", "حبات", "وحدة", "وحدات", "יחידות", "יח",
        "个", "個", "只", "件", "개",
    ]),
    (PIECE, &[
        "teabags", "tablets", "tablet", "tabs", "softgels", "softgel", "caplets", "pills", "lozenges", "gummies",
        "tabletten", "comprimes", "comprimidos", "compresse", "tabletek", "tabletten", "tablett", "tablete", "tablet", "таблеток", "таблетки", "табл", "ταμπλετες", "tableta",
        "capsules", "kapseln", "gelules", "capsulas", "capsule", "kapsulek", "kapsulki", "kapsli", "kapsel", "капсул", "kapsul", "كبسولة", "قرص",
        "sachets", "bags", "teebeutel", "beutel", "sobres", "bolsitas", "bustine", "saszetek", "theezakjes", "zakjes", "пакетиков", "саше", "poset", "torebek", "sacku", "كيس", "أكياس", "ظرف",
        "rolls", "rollen", "rouleaux", "rollos", "rotoli", "rolos", "rolek", "rolki", "rulo", "roli", "rullar", "role", "roliek", "рулонов", "рулона", "рулонів", "لفة",
        "wipes", "tucher", "lingettes", "toallitas", "salviette", "toalhitas", "chusteczek", "doekjes", "mendil", "салфеток", "منديل",
        "windeln", "couches", "panales", "nappies", "diapers", "pannolini", "fraldas", "luiers", "pieluch", "подгузников",
        "eggs", "eier", "oeufs", "huevos", "uova", "ovos", "eieren", "jaj", "яиц", "yumurta",
        "pads", "pods", "pastillas", "pastilles", "pastiglie", "ampoules", "ampollas", "ampullen", "candles", "balloons", "mascarillas", "masken", "masks",
        "本", "枚", "袋", "片", "盒", "包", "支", "粒", "节", "節", "条", "條", "张", "張", "卷", "套", "錠", "颗", "顆", "块", "根", "把", "朵", "頁", "页", "抽",
        "箱", "個入", "個入り", "本入", "本入り", "枚入", "枚入り", "個セット", "本セット", "枚セット", "ロール", "カプセル", "매", "매입", "정", "롤", "장", "포", "캡슐",
    ]),
    (PIECE | SHEET, &[
        "sheets", "blatt", "feuilles", "hojas", "fogli", "folhas", "arkuszy", "vellen", "листов", "yaprak", "ark", "φυλλα", "ورقة",
    ]),
    (PIECE | VESSEL, &[
        "bottles", "cans", "tins", "jars", "tubes", "cartons", "pots", "tubs", "pouches",
        "flaschen", "dosen", "tuben", "glaser", "eimer", "sacke", "kanister",
        "bouteilles", "canettes", "boites", "bocaux", "briques",
        "botellas", "latas", "botes", "frascos", "tarros", "briks", "bricks", "tarrinas", "garrafas",
        "bottiglie", "lattine", "barattoli", "vasetti", "flaconi", "scatolette",
        "flessen", "blikken", "blikjes", "potten", "butelek", "butelki", "puszek", "puszki", "sloikow", "lahvi", "plechovek",
        "flaskor", "burkar", "бутылок", "бутылки", "банок", "банки", "sise", "kutu", "sticle", "doze", "μπουκαλια", "زجاجة", "زجاجات", "علبة", "علب",
        "botol", "kaleng", "hop", "lon", "chai",
        "瓶", "罐", "桶", "听", "缶", "병", "캔", "팩", "봉",
    ]),
    (PACK | LOT | BARE | SET, &["set", "sets", "kit", "juego", "zestaw", "sada", "набор", "комплект", "طقم", "takim", "conjunto", "satz", "σετ", "coffret", "sett", "komplet", "souprava", "jogo"]),
    (PACK | LOT | BARE, &["lot", "lote", "pack", "pak"]),
    (PACK | BARE, &[
        "packs", "pk", "packung", "paquete", "paquet", "paquets", "multipack", "sixpack", "confezione", "confez", "conf", "opakowanie", "paczka", "pacote", "verpakking", "zgrzewka", "упаковка", "уп", "baleni", "عبوة", "paket", "koli", "pachet", "forpackning", "blister", "blisters", "caja", "caixa", "box", "estuche", "boite", "doos", "συσκευασια", "πακετο",
    ]),
    (PACK, &[
        "karton", "carton", "tray", "case", "kiste", "bundle", "scatola", "كرتون", "كرتونة", "حزمة", "باكت", "barquette", "barquettes", "bandeja", "schachtel", "kasten", "steige", "palette", "pudelko", "krabice", "cutie", "forpackningar", "κουτι", "коробка", "пачка", "vaschetta", "embalagem", "cartela", "crate", "sleeve", "pallet", "krat", "zak", "sack", "sac", "sachet", "kutu", "علبة", "bolsa", "bag",
    ]),
    (SINGLE, &[
        "bottle", "can", "tin", "jar", "tube", "bag", "flasche", "dose", "glas", "kanister", "bouteille", "canette", "boite", "bocal", "brique", "botella", "lata", "bote", "frasco", "tarro", "brik", "brick", "tarrina", "garrafa", "bolsa", "caja", "bandeja", "bottiglia", "lattina", "barattolo", "vasetto", "flacone", "fles", "blik", "pot", "butelka", "puszka", "sloik", "lahev", "flaska", "burk", "бутылка", "банка", "sticla",
    ]),
    (PAIR, &[
        "pair", "pairs", "paar", "paare", "paire", "paires", "par", "pares", "paio", "paia", "para", "pary", "prs", "parov", "пар", "пары", "пара", "пари", "cift", "perechi", "pereche", "ζευγη", "ζευγαρια", "ζευγαρι", "أزواج", "ازواج", "زوج", "双", "雙", "足", "켤레", "쌍", "הזוג", "זוגות",
    ]),
    (DOZEN, &[
        "dozen", "dozens", "dutzend", "dtzd", "douzaine", "douzaines", "docena", "doz", "dz", "docenas", "duzia", "duzias", "dozzina", "dozzine", "tuzin", "tuziny", "dozijn", "tucet", "tucty", "dussin", "duzine", "duzina", "дюжина", "дюжины", "дюжин", "ντουζινα", "دزينة", "درزن", "打", "ダース",
    ]),
    (OF, &["of", "de", "da", "di", "mit", "a", "von", "van", "x", "con", "po", "com", "из", "по", "من", "med", "met", "zu", "d", "je", "por", "per", "by", "cu", "avec", "od"]),
];

/// Ends of German compounds that count pieces ("filmtabletten", "weichkapseln").
const PIECE_ENDS: &[&str] = &["tabletten", "kapseln", "teebeutel", "tabs"];

static TABLE: LazyLock<WordMap<u16>> = LazyLock::new(|| {
    let mut table: WordMap<u16> = WordMap::default();
    for (meaning, words) in WORDS {
        for word in *words {
            *table.entry(*word).or_default() |= meaning;
        }
    }
    table
});

fn has(word: &str, meaning: u16) -> bool {
    TABLE.get(word).is_some_and(|found| found & meaning != 0)
}

/// Words for single pieces ("12 pcs"): they count what a pack holds.
pub(crate) fn is_piece_word(word: &str) -> bool {
    has(word, PIECE) || word.len() > 9 && PIECE_ENDS.iter().any(|end| word.ends_with(end))
}

/// Piece words that name the unit of trade itself, not what it is made of.
pub(crate) fn is_unit_word(word: &str) -> bool {
    has(word, UNIT)
}

/// Words for full vessels ("6 bottles"): a size beside their count is that of each.
pub(crate) fn is_vessel_word(word: &str) -> bool {
    has(word, VESSEL)
}

/// Words for packs ("pack of 12", "lot de 3"): they repeat the size beside them.
pub(crate) fn is_pack_word(word: &str) -> bool {
    has(word, PACK)
}

/// Pack words of articles used together ("tool set").
pub(crate) fn is_set_word(word: &str) -> bool {
    has(word, SET)
}

/// Pack words that may stand before a bare number and a noun ("lot 3 torchons").
pub(crate) fn is_lot_word(word: &str) -> bool {
    has(word, LOT)
}

/// Pack words behind which a number closes the text ("caja 12").
pub(crate) fn stands_bare(word: &str) -> bool {
    has(word, BARE)
}

/// Leaves of paper ("80 sheets").
pub(crate) fn is_sheet_word(word: &str) -> bool {
    has(word, SHEET)
}

/// One vessel, which no number above one counts.
pub(crate) fn is_single_word(word: &str) -> bool {
    has(word, SINGLE)
}

/// Words for pairs.
pub(crate) fn is_pair_word(word: &str) -> bool {
    has(word, PAIR)
}

/// Words for dozens.
pub(crate) fn is_dozen_word(word: &str) -> bool {
    has(word, DOZEN)
}

/// Words between a pack and its number, or a count and the size of each.
pub(crate) fn is_of_word(word: &str) -> bool {
    has(word, OF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_folded() {
        for word in WORDS.iter().flat_map(|(_, words)| words.iter()) {
            assert_eq!(crate::text::fold(word), **word);
        }
    }
}
