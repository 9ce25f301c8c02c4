//! Words and terms: availability in many languages, the names schema.org gives things, the
//! words on buttons that buy, and texts folded for comparing. The names of elements are `name_lists`'s.

use std::sync::OnceLock;

/// White space folded to single spaces, invisible marks dropped.
pub(crate) fn fold(text: &str) -> String {
    if is_folded(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(4_000));
    for word in text.split(|c: char| c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}') {
        let word = word.trim_matches(['\u{200b}', '\u{feff}', '\u{200e}', '\u{200f}']);
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a text is plain ASCII with single spaces between its words: most short ones are.
pub(super) fn is_folded(text: &str) -> bool {
    let mut spaced = true;
    for &b in text.as_bytes() {
        if !(0x20..0x7f).contains(&b) || (b == b' ' && spaced) {
            return false;
        }
        spaced = b == b' ';
    }
    !spaced || text.is_empty()
}

/// `https://schema.org/InStock` → `InStock`.
pub(super) fn bare_term(text: &str) -> &str {
    let text = text.trim().trim_end_matches('/');
    if text.contains("://") || text.starts_with("schema:") {
        return text.rsplit(['/', '#', ':']).next().unwrap_or(text);
    }
    text
}

const AVAILABILITY: [&str; 11] = [
    "InStock",
    "OutOfStock",
    "PreOrder",
    "BackOrder",
    "LimitedAvailability",
    "Discontinued",
    "SoldOut",
    "OnlineOnly",
    "InStoreOnly",
    "PreSale",
    "MadeToOrder",
];

/// Phrases that tell availability, lower case; the longer and more special come first, because
/// "not in stock" contains "in stock".
const PHRASES: &[(&str, &str)] = &[
    ("not in stock", "OutOfStock"),
    ("out of stock", "OutOfStock"),
    ("out-of-stock", "OutOfStock"),
    ("outofstock", "OutOfStock"),
    ("currently unavailable", "OutOfStock"),
    ("temporarily unavailable", "OutOfStock"),
    ("no longer available", "OutOfStock"),
    ("not available", "OutOfStock"),
    ("sold out", "OutOfStock"),
    ("unavailable", "OutOfStock"),
    ("ausverkauft", "OutOfStock"),
    ("nicht verfügbar", "OutOfStock"),
    ("nicht lieferbar", "OutOfStock"),
    ("nicht vorrätig", "OutOfStock"),
    ("nicht auf lager", "OutOfStock"),
    ("vergriffen", "OutOfStock"),
    ("en rupture", "OutOfStock"),
    ("rupture de stock", "OutOfStock"),
    ("épuisé", "OutOfStock"),
    ("indisponible", "OutOfStock"),
    ("agotado", "OutOfStock"),
    ("sin existencias", "OutOfStock"),
    ("sin stock", "OutOfStock"),
    ("no disponible", "OutOfStock"),
    ("esgotado", "OutOfStock"),
    ("indisponível", "OutOfStock"),
    ("sem stock", "OutOfStock"),
    ("esaurito", "OutOfStock"),
    ("non disponibile", "OutOfStock"),
    ("uitverkocht", "OutOfStock"),
    ("niet op voorraad", "OutOfStock"),
    ("niet leverbaar", "OutOfStock"),
    ("slut i lager", "OutOfStock"),
    ("slutsåld", "OutOfStock"),
    ("udsolgt", "OutOfStock"),
    ("utsolgt", "OutOfStock"),
    ("loppuunmyyty", "OutOfStock"),
    ("ei varastossa", "OutOfStock"),
    ("wyprzedane", "OutOfStock"),
    ("niedostępny", "OutOfStock"),
    ("brak w magazynie", "OutOfStock"),
    ("vyprodáno", "OutOfStock"),
    ("není skladem", "OutOfStock"),
    ("nedostupné", "OutOfStock"),
    ("vypredané", "OutOfStock"),
    ("nie je skladom", "OutOfStock"),
    ("nincs raktáron", "OutOfStock"),
    ("elfogyott", "OutOfStock"),
    ("stoc epuizat", "OutOfStock"),
    ("indisponibil", "OutOfStock"),
    ("нет в наличии", "OutOfStock"),
    ("нет на складе", "OutOfStock"),
    ("распродано", "OutOfStock"),
    ("немає в наявності", "OutOfStock"),
    ("изчерпан", "OutOfStock"),
    ("εξαντλήθηκε", "OutOfStock"),
    ("tükendi", "OutOfStock"),
    ("stokta yok", "OutOfStock"),
    ("habis", "OutOfStock"),
    ("hết hàng", "OutOfStock"),
    ("品切れ", "OutOfStock"),
    ("在庫なし", "OutOfStock"),
    ("売り切れ", "OutOfStock"),
    ("缺货", "OutOfStock"),
    ("缺貨", "OutOfStock"),
    ("售罄", "OutOfStock"),
    ("已售完", "OutOfStock"),
    ("품절", "OutOfStock"),
    ("매진", "OutOfStock"),
    ("אזל מהמלאי", "OutOfStock"),
    ("אזל במלאי", "OutOfStock"),
    ("غير متوفر", "OutOfStock"),
    ("pre-order", "PreOrder"),
    ("preorder", "PreOrder"),
    ("vorbestell", "PreOrder"),
    ("précommande", "PreOrder"),
    ("preventa", "PreOrder"),
    ("pré-venda", "PreOrder"),
    ("предзаказ", "PreOrder"),
    ("予約受付", "PreOrder"),
    ("backorder", "BackOrder"),
    ("back order", "BackOrder"),
    ("discontinued", "Discontinued"),
    ("in stock", "InStock"),
    ("in-stock", "InStock"),
    ("instock", "InStock"),
    ("available now", "InStock"),
    ("nicht lagernd", "OutOfStock"),
    ("brak towaru", "OutOfStock"),
    ("chwilowo niedostępn", "OutOfStock"),
    ("fuori stock", "OutOfStock"),
    ("em falta", "OutOfStock"),
    ("fora de estoque", "OutOfStock"),
    ("produto indisponível", "OutOfStock"),
    ("إنتهى", "OutOfStock"),
    ("نفدت الكمية", "OutOfStock"),
    ("نفذت الكمية", "OutOfStock"),
    ("ناموجود", "OutOfStock"),
    ("غير موجود", "OutOfStock"),
    ("ไม่มีสินค้า", "OutOfStock"),
    ("สินค้าหมด", "OutOfStock"),
    ("在庫切れ", "OutOfStock"),
    ("完売", "OutOfStock"),
    ("入荷待ち", "BackOrder"),
    ("auf lager", "InStock"),
    ("lagernd", "InStock"),
    ("sofort versandfertig", "InStock"),
    ("in voorraad", "InStock"),
    ("direct leverbaar", "InStock"),
    ("pronta entrega", "InStock"),
    ("pronta consegna", "InStock"),
    ("entrega inmediata", "InStock"),
    ("dostępna", "InStock"),
    ("dostępne", "InStock"),
    ("na stanie", "InStock"),
    ("wysyłka w 24", "InStock"),
    ("készleten", "InStock"),
    ("на складе", "InStock"),
    ("є в наявності", "InStock"),
    ("σε απόθεμα", "InStock"),
    ("διαθέσιμο", "InStock"),
    ("مخزون", "InStock"),
    ("موجود", "InStock"),
    ("มีสินค้า", "InStock"),
    ("即納", "InStock"),
    ("당일발송", "InStock"),
    ("sofort lieferbar", "InStock"),
    ("lieferbar", "InStock"),
    ("vorrätig", "InStock"),
    ("verfügbar", "InStock"),
    ("en stock", "InStock"),
    ("disponible", "InStock"),
    ("em estoque", "InStock"),
    ("em stock", "InStock"),
    ("disponível", "InStock"),
    ("disponibile", "InStock"),
    ("disponibil", "InStock"),
    ("in magazzino", "InStock"),
    ("op voorraad", "InStock"),
    ("i lager", "InStock"),
    ("på lager", "InStock"),
    ("varastossa", "InStock"),
    ("w magazynie", "InStock"),
    ("dostępny", "InStock"),
    ("skladem", "InStock"),
    ("skladom", "InStock"),
    ("na sklade", "InStock"),
    ("raktáron", "InStock"),
    ("în stoc", "InStock"),
    ("in stoc", "InStock"),
    ("в наличии", "InStock"),
    ("есть на складе", "InStock"),
    ("в наявності", "InStock"),
    ("наличен", "InStock"),
    ("άμεσα διαθέσιμο", "InStock"),
    ("stokta", "InStock"),
    ("tersedia", "InStock"),
    ("còn hàng", "InStock"),
    ("在庫あり", "InStock"),
    ("有货", "InStock"),
    ("有貨", "InStock"),
    ("現貨", "InStock"),
    ("재고 있음", "InStock"),
    ("במלאי", "InStock"),
    ("متوفر", "InStock"),
];

/// The schema.org term a text says, written as a term, an address or in words.
pub(super) fn availability_term(text: &str) -> Option<&'static str> {
    let bare = bare_term(text);
    let squeezed: String =
        bare.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(60).collect();
    if let Some(term) = AVAILABILITY.iter().find(|t| t.eq_ignore_ascii_case(&squeezed)) {
        return Some(term);
    }
    if matches!(squeezed.as_str(), "true" | "available" | "1" | "yes") {
        return Some("InStock");
    }
    availability_phrase(text)
}

/// Words that turn what follows into its opposite.
const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "isn't",
    "ej",
    "nicht",
    "kein",
    "keine",
    "nie",
    "niet",
    "geen",
    "ikke",
    "inte",
    "ei",
    "ne",
    "není",
    "nem",
    "pas",
    "non",
    "não",
    "nao",
    "sin",
    "sem",
    "senza",
    "fără",
    "нет",
    "не",
    "немає",
    "değil",
    "μη",
    "ليس",
    "غير",
];

/// The term a visible text says in words; "nicht mehr auf Lager" is what it negates.
pub(super) fn availability_phrase(text: &str) -> Option<&'static str> {
    static TABLE: OnceLock<Phrases> = OnceLock::new();
    let table = TABLE.get_or_init(|| Phrases::new(PHRASES.iter().map(|(phrase, _)| *phrase)));
    let low = text.to_lowercase();
    let (at, phrase) = table.first_listed(&low)?;
    let term = PHRASES[phrase].1;
    let negated =
        low[..at].split_whitespace().rev().take(3).any(|w| NEGATIONS.contains(&w.trim_matches(',')));
    Some(if term == "InStock" && negated { "OutOfStock" } else { term })
}

/// Whether a button says that it puts the article into the cart; lower case.
pub(super) fn says_buy(low: &str) -> bool {
    static TABLE: OnceLock<Phrases> = OnceLock::new();
    TABLE.get_or_init(|| Phrases::new(BUY.iter().copied())).any_in(low)
}

/// Phrases that are looked for in a text all at once.
pub(super) struct Phrases {
    phrases: Vec<&'static str>,
    /// Their places in the list, by their first byte.
    first: Box<[Vec<usize>; 256]>,
    /// By the first byte of a phrase, the bytes that may come second, one bit each: at most places of a
    /// text none begins.
    second: Box<[[u64; 4]; 256]>,
}

impl Phrases {
    /// Each is two bytes or more.
    pub fn new(phrases: impl Iterator<Item = &'static str>) -> Self {
        let phrases: Vec<&'static str> = phrases.collect();
        let mut first = Box::new([const { Vec::new() }; 256]);
        let mut second = Box::new([[0; 4]; 256]);
        for (i, phrase) in phrases.iter().enumerate() {
            if let [a, b, ..] = *phrase.as_bytes() {
                first[usize::from(a)].push(i);
                second[usize::from(a)][usize::from(b >> 6)] |= 1 << (b & 63);
            }
        }
        Phrases { phrases, first, second }
    }

    /// Whether any of them stands in a text.
    pub fn any_in(&self, low: &str) -> bool {
        self.first_listed(low).is_some()
    }

    /// The phrase of a text that stands first in the list: where in the text it starts, and its place in
    /// the list.
    fn first_listed(&self, low: &str) -> Option<(usize, usize)> {
        let bytes = low.as_bytes();
        let mut best: Option<(usize, usize)> = None;
        for (at, pair) in bytes.windows(2).enumerate() {
            if self.second[usize::from(pair[0])][usize::from(pair[1] >> 6)] >> (pair[1] & 63) & 1 == 0 {
                continue;
            }
            for &i in &self.first[usize::from(pair[0])] {
                if best.is_none_or(|(_, b)| i < b) && bytes[at..].starts_with(self.phrases[i].as_bytes()) {
                    best = Some((at, i));
                }
            }
        }
        best
    }
}

/// Words on a button that puts the article into the cart, lower case.
const BUY: &[&str] = &[
    "add to cart",
    "add to basket",
    "add to bag",
    "add to trolley",
    "buy now",
    "buy it now",
    "fai un'offerta",
    "fai offerta",
    "enchérir",
    "faire une offre",
    "jetzt bieten",
    "pujar",
    "bied nu",
    "add-to-cart",
    "addtocart",
    "add_to_cart",
    "add-to-basket",
    "addtobasket",
    "buy-button",
    "buybutton",
    "btn-buy",
    "buy-now",
    "buynow",
    "place bid",
    "in den warenkorb",
    "in den einkaufswagen",
    "jetzt kaufen",
    "ajouter au panier",
    "acheter",
    "añadir al carrito",
    "agregar al carrito",
    "añadir a la cesta",
    "comprar",
    "adicionar ao carrinho",
    "aggiungi al carrello",
    "acquista",
    "in winkelwagen",
    "in winkelmand",
    "lägg i varukorg",
    "köp",
    "læg i kurv",
    "legg i handlekurv",
    "lisää ostoskoriin",
    "ostoskoriin",
    "do koszyka",
    "do košíku",
    "do košíka",
    "vložit do",
    "kosárba",
    "adaugă în coș",
    "adauga in cos",
    "în coș",
    "в корзину",
    "купить",
    "купити",
    "у кошик",
    "добави в количката",
    "στο καλάθι",
    "sepete ekle",
    "beli sekarang",
    "thêm vào giỏ",
    "カートに入れる",
    "カートに追加",
    "加入购物车",
    "加入購物車",
    "立即购买",
    "장바구니",
    "구매하기",
    "바로구매",
    "הוסף לסל",
    "הוספה לסל",
    "הוסף לעגלה",
    "أضف إلى السلة",
];

/// Splits a class or id into lower-case words: `productPrice--old` → product, price, old.
pub(super) fn name_words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut words = Vec::new();
    each_name_word(text, |word| words.push(word.to_owned()));
    words.into_iter()
}

/// The same, each word lent.
pub(super) fn each_name_word(text: &str, mut take: impl FnMut(&str)) {
    // Most names are small letters with signs between: their words stand in them as they are.
    let small = |any: bool, &b: &u8| any & (b < 0x80) & !b.is_ascii_uppercase();
    if text.len() <= 400 && text.as_bytes().iter().fold(true, small) {
        let mut from = 0;
        for (at, b) in text.bytes().enumerate() {
            if b.is_ascii_lowercase() {
                continue;
            }
            if at > from {
                take(&text[from..at]);
            }
            from = at + 1;
        }
        if from < text.len() {
            take(&text[from..]);
        }
        return;
    }
    let mut word = String::new();
    let mut previous_lower = false;
    let mut end = text.len().min(400);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    for c in text[..end].chars() {
        let starts = !c.is_alphabetic() || (c.is_uppercase() && previous_lower);
        if starts && !word.is_empty() {
            take(&word);
            word.clear();
        }
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        } else if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        take(&word);
    }
}

/// Letters and digits in lower case, for comparing titles.
pub(super) fn squeeze(text: &str) -> String {
    if text.is_ascii() {
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric).take(400);
        return letters.map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_in_terms_and_words() {
        for (text, term) in [
            ("https://schema.org/InStock", Some("InStock")),
            ("http://schema.org/OutOfStock/", Some("OutOfStock")),
            ("in_stock", Some("InStock")),
            ("Not in stock", Some("OutOfStock")),
            ("Nicht auf Lager", Some("OutOfStock")),
            ("Auf Lager, 3 Stück", Some("InStock")),
            ("нет в наличии", Some("OutOfStock")),
            ("Blue", None),
        ] {
            assert_eq!(availability_term(text), term, "{text}");
        }
    }

    #[test]
    fn names_split_into_words() {
        let words: Vec<String> = name_words("productPrice--old_2 PRICE").collect();
        assert_eq!(words, ["product", "price", "old", "price"]);
        assert_eq!(fold(" a \n\t b\u{200b} "), "a b");
    }

    proptest::proptest! {
        #[test]
        fn small_letters_are_split_like_any_others(name in "[a-z0-9_ -]{0,60}") {
            // With a large letter behind it, it is read the long way.
            let mut long: Vec<String> = name_words(&format!("{name}-\u{c4}")).collect();
            proptest::prop_assert_eq!(long.pop(), Some("\u{e4}".to_owned()));
            proptest::prop_assert_eq!(name_words(&name).collect::<Vec<_>>(), long);
        }
    }
}
