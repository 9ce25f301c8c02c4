//! Generated pack texts in many languages come back as the numbers they were made of, and no text,
//! however odd or long, stops the reader. Texts people write are `pack_texts`'s and `quantity_strings`'s.

use model::Unit;
use normalizer::quantity::{self, QuantityStatus};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

/// Words for a unit, the WCO unit, and what one is in it.
const UNITS: &[(&str, Unit, &str)] = &[
    ("g", Unit::Kilogram, "0.001"),
    ("gr", Unit::Kilogram, "0.001"),
    ("gram", Unit::Kilogram, "0.001"),
    ("kg", Unit::Kilogram, "1"),
    ("г", Unit::Kilogram, "0.001"),
    ("кг", Unit::Kilogram, "1"),
    ("克", Unit::Kilogram, "0.001"),
    ("公斤", Unit::Kilogram, "1"),
    ("グラム", Unit::Kilogram, "0.001"),
    ("جرام", Unit::Kilogram, "0.001"),
    ("كجم", Unit::Kilogram, "1"),
    ("ml", Unit::Litre, "0.001"),
    ("cl", Unit::Litre, "0.01"),
    ("l", Unit::Litre, "1"),
    ("L", Unit::Litre, "1"),
    ("мл", Unit::Litre, "0.001"),
    ("毫升", Unit::Litre, "0.001"),
    ("لتر", Unit::Litre, "1"),
    ("oz", Unit::Kilogram, "0.028349523125"),
    ("lb", Unit::Kilogram, "0.45359237"),
];

/// Goods that are neither vessel nor machine; `{n}` the count, `{s}` the size with its unit.
const MULTIPACKS: &[&str] = &[
    "Juice {n} x {s}",
    "Juice {n}x{s}",
    "Juice {n} × {s}",
    "Juice {s} x {n}",
    "Juice {s} (pack of {n})",
    "Juice pack of {n} x {s}",
    "Saft {n}er-Pack à {s}",
    "Saft {n}er Pack {s}",
    "Saft {n} Flaschen à {s}",
    "Jus lot de {n} x {s}",
    "Jus {n} bouteilles de {s}",
    "Zumo pack {n} botellas de {s}",
    "Zumo pack de {n} uds de {s}",
    "Suco caixa com {n} x {s}",
    "Succo confezione da {n} x {s}",
    "Succo {n} bottiglie da {s}",
    "Sap {n} flessen van {s}",
    "Sok {n} butelek po {s}",
    "Džus {n} x {s}",
    "Meyve suyu {n}'li {s}",
    "Сок {n} х {s}",
    "Сок упаковка из {n} x {s}",
    "عصير {n} × {s}",
    "果汁{s}*{n}瓶",
    "ジュース {s}×{n}本",
    "주스 {s} x {n}개",
];

/// Counts alone.
const COUNTS: &[&str] = &[
    "Candles pack of {n}",
    "Candles {n} pcs",
    "Candles ({n}-pack)",
    "Set of {n} spoons",
    "Kerzen {n} Stück",
    "Kerzen {n}er-Set",
    "Bougies lot de {n}",
    "Bougies boîte de {n}",
    "Velas {n} uds",
    "Velas caja de {n}",
    "Velas kit com {n}",
    "Candele {n} pezzi",
    "Candele confezione da {n}",
    "Kaarsen {n} stuks",
    "Świece {n} szt.",
    "Svíčky {n} ks",
    "Mum {n} adet",
    "Свечи {n} шт",
    "Κεριά {n} τεμ",
    "شموع {n} قطعة",
    "蜡烛{n}支装",
    "ろうそく {n}本入り",
    "양초 {n}개",
];

fn put(template: &str, count: u32, size: &str) -> String {
    template.replace("{n}", &count.to_string()).replace("{s}", size)
}

/// Arabic-Indic digits.
fn eastern(text: &str) -> String {
    text.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(0x660 + d)).unwrap_or(c)).collect()
}

proptest! {
    #[test]
    fn multipacks_come_back(
        template in select(MULTIPACKS), (word, unit, factor) in select(UNITS),
        count in 2u32..60, whole in 1u32..1000, half in any::<bool>(), comma in any::<bool>(), space in any::<bool>(),
    ) {
        let mark = if comma { "," } else { "." };
        let number = if half { format!("{whole}{mark}5") } else { whole.to_string() };
        let size = format!("{number}{}{word}", if space { " " } else { "" });
        let text = put(template, count, &size);
        let each = Decimal::from(whole) + if half { Decimal::new(5, 1) } else { Decimal::ZERO };
        let total = each * Decimal::from(count) * factor.parse::<Decimal>().expect("a factor");
        let reading = quantity::parse(&text);
        // "1000 l" glued is an article number; nothing else is doubted here.
        prop_assert_eq!(reading.status, QuantityStatus::Ok, "{}: {:?}", text, reading);
        prop_assert_eq!(reading.total, Some(total.normalize()), "{}", text);
        prop_assert_eq!(reading.total_unit, Some(unit), "{}", text);
        prop_assert_eq!(reading.count, Some(Decimal::from(count)), "{}", text);
        prop_assert!(reading.quantities.iter().any(|q| q.unit() == Unit::Piece && q.value() == Decimal::from(count)));
    }

    #[test]
    fn counts_come_back(template in select(COUNTS), count in 2u32..100) {
        for text in [put(template, count, ""), eastern(&put(template, count, ""))] {
            let reading = quantity::parse(&text);
            prop_assert_eq!(reading.status, QuantityStatus::Ok, "{}: {:?}", text, reading);
            prop_assert_eq!(reading.quantities.len(), 1, "{}", text);
            prop_assert_eq!(reading.quantities[0].value(), Decimal::from(count), "{}", text);
        }
    }

    /// Ranges and limits are no quantity, whatever the numbers.
    #[test]
    fn ranges_are_none(low in 1u32..50, more in 1u32..50) {
        for text in [
            format!("Nappies {low}-{} kg", low + more),
            format!("Windeln {low} bis {} kg", low + more),
            format!("Shelf up to {more} kg"),
            format!("Rug {low}0 x {more}5 cm"),
        ] {
            prop_assert_eq!(quantity::parse(&text).status, QuantityStatus::None, "{}", text);
        }
    }

    #[test]
    fn nothing_stops_the_reader(text in "\\PC{0,120}") {
        let _ = quantity::parse(&text);
    }

    /// The words and marks the rules look at, in any order.
    #[test]
    fn no_order_of_its_own_words_stops_it(parts in proptest::collection::vec(select(PARTS), 0..40)) {
        for joint in ["", " "] {
            let text = parts.join(joint);
            let reading = quantity::parse(&text);
            prop_assert_eq!(reading.status == QuantityStatus::None, reading.quantities.is_empty(), "{}", text);
            prop_assert_eq!(reading.status == QuantityStatus::Ambiguous, reading.reason.is_some(), "{}", text);
        }
    }

    /// Behind three hundred characters nothing is read, so the time does not grow with the text.
    #[test]
    fn only_the_beginning_is_read(parts in proptest::collection::vec(select(PARTS), 150..200), tail in "\\PC{0,500}") {
        let text: String = parts.join(" ").chars().cycle().take(301).collect();
        let head: String = text.chars().take(300).collect();
        prop_assert_eq!(quantity::parse(&format!("{text}{}", tail.repeat(50))), quantity::parse(&head));
    }
}

const PARTS: &[&str] = &[
    "6",
    "12",
    "1,5",
    "1.000",
    "0",
    "330",
    "99999999999999999999999999999999",
    "½",
    "1/2",
    "٣",
    "x",
    "X",
    "×",
    "*",
    "+",
    "-",
    "/",
    "(",
    ")",
    "%",
    "'",
    ".",
    ",",
    ":",
    "~",
    "kg",
    "g",
    "mg",
    "ml",
    "l",
    "L",
    "t",
    "fl",
    "oz",
    "m",
    "m2",
    "cm",
    "pcs",
    "pack",
    "pack of",
    "set",
    "set of",
    "lot de",
    "er",
    "'li",
    "'s",
    "s",
    "st",
    "und",
    "je",
    "à",
    "each",
    "buy",
    "get",
    "free",
    "gratis",
    "pague",
    "lleve",
    "al",
    "öde",
    "for",
    "für",
    "bottles",
    "bottle",
    "mug",
    "kettle",
    "net",
    "gross",
    "drained",
    "p.n.e.",
    "max",
    "max.",
    "up to",
    "bis",
    "dozen",
    "half",
    "a",
    "pair of",
    "pairs",
    "双装",
    "一打",
    "片装",
    "克",
    "毫升",
    "шт",
    "кг",
    "سم",
    "قطعة",
    "개",
    "구",
    "tablets",
    "sheets",
    "notebook",
    "puzzle",
    "saffron",
    "usb",
    "5G",
    "X2",
    "VP299CL",
];
