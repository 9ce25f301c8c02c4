//! The commercial level a title states by its words ("wholesale", "Großhandel", "批发"), with the
//! smallest order where it names one. Prices by quantity and smallest orders in fields of their own
//! are read in `observe`.

use crate::text;
use rust_decimal::Decimal;

/// A trade level read from a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// The words that decided.
    pub words: &'static str,
    /// The smallest order in selling units, where the title names it.
    pub min_order: Option<Decimal>,
}

/// Words that only trade uses, folded.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "wholesale", "wholesaler", "factory price", "factory direct", "trade pack", "bulk lot", "bulk order", "bulk purchase", "moq",
    "grosshandel", "grosshandler", "grossabnehmer", "grossiste", "vente en gros", "prix de gros",
    "al por mayor", "mayorista", "all'ingrosso", "all ingrosso", "ingrosso", "grossista", "atacado", "atacadista", "por atacado",
    "groothandel", "groothandelsprijs", "hurt", "hurtowa", "hurtowo", "hurtownia", "engros", "grossist", "tukku", "velkoobchod", "nagyker",
    "nagykereskedes", "angro", "toptan", "toptanci", "оптом", "опт", "оптовая", "بالجملة", "جملة",
];

/// The same in scripts without spaces.
const RUNS: &[&str] = &["批发", "批發", "卸売", "卸し", "도매", "起订量", "起訂量"];

/// Words that name the smallest order before its number.
#[rustfmt::skip]
const LEAST: &[&str] = &[
    "moq", "minimum order", "min order", "minimum order quantity", "min. order", "minimum quantity", "mindestbestellmenge", "mindestabnahme",
    "commande minimum", "commande minimale", "minimum de commande", "pedido minimo", "ordine minimo", "quantita minima", "minimo",
    "minimale afname", "minimale bestelling", "minimalne zamowienie", "minimum siparis", "минимальный заказ", "起订量", "起訂量", "最小注文",
];

/// Reads the level of trade from a title; `None` where it says nothing, which is not yet retail.
pub fn in_name(name: &str) -> Option<Trade> {
    let folded = text::fold(text::title(name));
    let least = min_order(&folded);
    let word = WORDS
        .iter()
        .find(|word| text::find_words(&folded, word).is_some())
        .or_else(|| RUNS.iter().find(|run| folded.contains(**run)))
        .copied()
        .or_else(|| en_gros(&folded));
    match (word, least) {
        (Some(words), _) => Some(Trade { words, min_order: least }),
        (None, Some(n)) if n > Decimal::ONE && !folded.contains("minimo ") => {
            Some(Trade { words: "minimum order", min_order: least })
        }
        _ => None,
    }
}

/// "en gros" is trade; "en gros caractères" is large print.
fn en_gros(folded: &str) -> Option<&'static str> {
    let at = text::find_words(folded, "en gros")?;
    let next = text::words(&folded[at + "en gros".len()..]).next();
    let trade = next.is_none_or(|w| {
        matches!(w, "lot" | "par" | "pas" | "moq" | "prix" | "a")
            || w.starts_with(|c: char| c.is_ascii_digit())
    });
    trade.then_some("en gros")
}

/// The number behind words for the smallest order, thousands marks passed over.
fn min_order(folded: &str) -> Option<Decimal> {
    let phrases = LEAST.iter().filter_map(|phrase| {
        let at = if phrase.is_ascii() { text::find_words(folded, phrase)? } else { folded.find(phrase)? };
        let behind = folded[at + phrase.len()..].trim_start_matches([' ', ':', '.', '=', '(', '≥']);
        let digits: String =
            behind.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.')).collect();
        let digits = digits.trim_end_matches([',', '.']);
        let whole: String = digits.chars().filter(char::is_ascii_digit).collect();
        // "1,5" is no number of pieces; "1,000" is.
        let marks_thousands = digits.split([',', '.']).skip(1).all(|part| part.len() == 3);
        whole.parse::<Decimal>().ok().filter(|n| marks_thousands && whole.len() <= 7 && *n >= Decimal::ONE)
    });
    phrases.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        for word in WORDS.iter().chain(LEAST) {
            assert!(text::fold(word) == **word || word.contains('й'), "{word}");
        }
    }
    #[test]
    fn trade_and_its_smallest_order() {
        let read = in_name("Power bank factory price, MOQ: 1,000 pcs").unwrap();
        assert_eq!(read.min_order, Some(Decimal::from(1000)));
        assert_eq!(in_name("Affiche en gros caractères"), None);
        assert!(in_name("Stylos en gros").is_some());
        assert_eq!(in_name("T-shirt white"), None);
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "(moq|minimo|en gros|[0-9.,:]{0,9}|\\PC){0,12}") {
            let _ = in_name(&text);
        }
    }
}
