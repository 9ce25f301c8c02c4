//! What holds for every price text: amounts survive every grouping, digit script, currency and
//! language; white space of any kind reads alike; nothing panics or takes more than linear time.

use normalizer::price::{self, PriceHints, PriceStatus};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use std::time::{Duration, Instant};

/// Zeros of the blocks of decimal digits (Unicode 16, general category Nd).
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900,
    0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450,
    0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60,
    0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1,
    0x1e950, 0x1fbf0,
];

/// Grouping mark, decimal mark, whether pairs are grouped above a thousand.
const STYLES: &[(&str, &str, bool)] = &[
    ("", ".", false),
    ("", ",", false),
    (".", ",", false),
    (",", ".", false),
    (" ", ",", false),
    (" ", ".", false),
    ("\u{a0}", ",", false),
    ("\u{202f}", ",", false),
    ("\u{2009}", ".", false),
    ("\u{2007}", ",", false),
    ("'", ".", false),
    ("’", ".", false),
    ("´", ".", false),
    ("ʼ", ",", false),
    ("＇", ".", false),
    ("٬", "٫", false),
    (",", ".", true),
    ("", "·", false),
];

/// Words and signs before and behind a number, and the currency they name.
const FRAMES: &[(&str, &str, &str)] = &[
    ("", " €", "EUR"),
    ("€", "", "EUR"),
    ("€ ", "", "EUR"),
    ("Preis: ", " € inkl. MwSt.", "EUR"),
    ("Prix : ", "\u{a0}€ TTC", "EUR"),
    ("Precio ", "€ IVA incl.", "EUR"),
    ("", " euros", "EUR"),
    ("EUR ", "", "EUR"),
    ("", " EUR", "EUR"),
    ("US$", "", "USD"),
    ("USD ", "", "USD"),
    ("", " USD", "USD"),
    ("£", " inc VAT", "GBP"),
    ("A$", "", "AUD"),
    ("CHF ", "", "CHF"),
    ("R$ ", " à vista", "BRL"),
    ("Cena: ", " zł", "PLN"),
    ("", " Kč", "CZK"),
    ("", " лв.", "BGN"),
    ("цена ", " грн", "UAH"),
    ("", " ₽", "RUB"),
    ("", " руб.", "RUB"),
    ("", " TL", "TRY"),
    ("₹", "", "INR"),
    ("₹ ", " only", "INR"),
    ("", " ₪", "ILS"),
    ("", " ر.س", "SAR"),
    ("السعر: ", " ج.م", "EGP"),
    ("د.إ ", "", "AED"),
    ("฿", "", "THB"),
    ("", " บาท", "THB"),
    ("RM", "", "MYR"),
    ("S$", "", "SGD"),
    ("HK$", "", "HKD"),
    ("₦", "", "NGN"),
    ("KSh ", "", "KES"),
    ("GH₵", "", "GHS"),
    ("S/ ", "", "PEN"),
    ("₾ ", "", "GEL"),
    ("", " lei", "RON"),
    ("", " сомони", "TJS"),
    ("MX$", "", "MXN"),
    ("Q", "", "GTQ"),
    ("ab\u{200e} CAD ", "", "CAD"),
    ("<b>", " €</b>", "EUR"),
    ("\u{feff}&euro;", "", "EUR"),
];

fn written(cents: u64, (grouping, decimal, pairs): (&str, &str, bool), zero: u32) -> String {
    let whole = (cents / 100).to_string();
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        let left = whole.len() - at;
        let cut = if pairs { left == 3 || left > 3 && left % 2 == 1 } else { left.is_multiple_of(3) };
        if at > 0 && cut {
            out.push_str(grouping);
        }
        out.push(c);
    }
    out.push_str(decimal);
    out.push_str(&format!("{:02}", cents % 100));
    let script = |c: char| c.to_digit(10).and_then(|value| char::from_u32(zero + value)).unwrap_or(c);
    out.chars().map(script).collect()
}

fn hints<'a>(language: &'a str, market: &str) -> PriceHints<'a> {
    PriceHints {
        language: Some(language).filter(|language| !language.is_empty()),
        market: market.parse().ok(),
        ..PriceHints::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_amount_survives_every_way_to_write_it(
        cents in prop_oneof![0u64..100_000, 0u64..100_000_000_000],
        style in select(STYLES),
        zero in select(ZEROS),
        frame in select(FRAMES),
        language in select(&["", "de", "en", "fr-CH", "ar", "hi", "th"][..]),
    ) {
        // A raised point is one between plain digits only.
        let zero = if style.1 == "·" { 0x30 } else { zero };
        let (before, behind, currency) = frame;
        let text = format!("{before}{}{behind}", written(cents, style, zero));
        let reading = price::parse(&text, &hints(language, ""));
        prop_assert_eq!(reading.amount, Some(Decimal::new(cents as i64, 2)), "{:?}", text);
        prop_assert_eq!(reading.status, PriceStatus::Ok, "{:?} {:?}", text, reading);
        prop_assert_eq!(reading.currency.map(|c| c.to_string()), Some(currency.to_owned()), "{:?}", text);
    }

    #[test]
    fn every_white_space_reads_alike(
        words in proptest::collection::vec(select(&["12", "x", "9,90", "€", "1 299", "statt", "from", "-", "$5", "kg", "/", "99", "руб.", "(", ")", "1.299", "for"][..]), 1..8),
        space in select(&["  ", "\t", "\n \n", "\u{a0}", "\u{3000}", "\u{2009}", " \u{200b}"][..]),
    ) {
        let plain = price::parse(&words.join(" "), &PriceHints::default());
        let spaced = price::parse(&format!("{space}{}{space}", words.join(space).replace(' ', space)), &PriceHints::default());
        prop_assert_eq!((plain.amount, plain.readings, plain.currency, plain.status, plain.from), (spaced.amount, spaced.readings, spaced.currency, spaced.status, spaced.from));
    }

    #[test]
    fn a_reading_keeps_its_promises(
        text in prop_oneof!["\\PC{0,80}", "[0-9.,'’ €$%x×()/£R٫٬<>sup&;:=~–⁹一万元kr-]{0,60}"],
        language in "[a-z]{2}(-[A-Z]{2})?",
        market in "[A-Z]{2}",
        raw in "\\PC{0,12}",
    ) {
        let hints = PriceHints { currency_raw: Some(&raw), ..hints(&language, &market) };
        let reading = price::parse(&text, &hints);
        prop_assert_eq!(reading.amount, reading.readings.first().copied());
        prop_assert_eq!(reading.amount.is_some(), reading.status != PriceStatus::None);
        prop_assert!(reading.status != PriceStatus::Ok || reading.readings.len() == 1, "{:?}", reading);
        prop_assert!(reading.high.is_none() || reading.high > reading.amount);
        prop_assert_eq!(reading.currency_ambiguous, !reading.currency_readings.is_empty());
        let _ = price::decimal_mark_among([text.as_str(), raw.as_str()]);
    }
}

#[test]
fn time_is_linear_in_the_text() {
    let took = |text: &str| {
        let start = Instant::now();
        let _ = price::parse(text, &PriceHints::default());
        start.elapsed()
    };
    // Beyond what is looked at nothing is read.
    let padded =
        |spaces: usize| price::parse(&format!("{}12 €", " ".repeat(spaces)), &PriceHints::default()).amount;
    assert_eq!(
        (padded(price::MOST_BYTES - 10), padded(price::MOST_BYTES + 1)),
        (Some(Decimal::from(12)), None)
    );
    for piece in [
        "1", "1.", "1 ", "<", "<b>", "&amp;", "€", "1€ ", "from ", " ", "¹", "x 2 ", "١", "(1", "$a", "kr.",
        "free ",
    ] {
        let best = |count: usize| (0..3).map(|_| took(&piece.repeat(count))).min().unwrap_or_default();
        let (short, long) = (best(2_000), best(160_000));
        assert!(long < short * 160 + Duration::from_millis(200), "{piece:?}: {short:?}, then {long:?}");
    }
}

#[test]
fn other_prices_of_a_page_tell_the_decimal_mark() {
    for (texts, mark) in [
        (&["1.499,00 €"][..], Some(',')),
        (&["1.299 €", "12,90 €"], Some(',')),
        (&["$1,299", "$12.90"], Some('.')),
        (&["1.299.000 ₫"], Some(',')),
        (&["12,90", "12.90"], None),
        (&["1.299", "50 €", "gratis"], None),
        (&["CHF 1'299.50"], Some('.')),
    ] {
        assert_eq!(price::decimal_mark_among(texts.iter().copied()), mark, "{texts:?}");
    }
}
