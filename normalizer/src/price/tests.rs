use super::*;
use proptest::prelude::*;

fn read(text: &str) -> PriceReading {
    parse(text, &PriceHints::default())
}
fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
fn amount(text: &str) -> String {
    let amount = read(text).amount;
    amount.map_or("none".to_owned(), |a| a.normalize().to_string())
}
fn currency(text: &str) -> String {
    let reading = read(text);
    match reading.currency {
        Some(currency) => currency.to_string(),
        None if reading.currency_ambiguous => "ambiguous".to_owned(),
        None => "none".to_owned(),
    }
}

#[test]
fn numbers_in_many_conventions() {
    for (text, expected) in [
        ("1.299,00 €", "1299"),
        ("1,299.00", "1299"),
        ("1'299.-", "1299"),
        ("1.299,-", "1299"),
        ("1.299,-- €", "1299"),
        ("CHF 1’299.50", "1299.5"),
        (",89 €", "0.89"),
        ("Rs.500", "500"),
        ("Rs. 1,00,000.50", "100000.5"),
        ("₹12,34,567", "1234567"),
        ("12\u{a0}900,00 руб", "12900"),
        ("1\u{202f}299,95 €", "1299.95"),
        ("١٬٢٩٩٫٥٠ ر.س", "1299.5"),
        ("۱۵۷٬۰۰۰ تومان", "157000"),
        ("₹ १२३.५०", "123.5"),
        ("￥１，２９９", "1299"),
        ("35€99", "35.99"),
        ("$119. 95", "119.95"),
        ("1.234.567", "1234567"),
        ("1.299.00", "1299"),
        ("-5,00 €", "-5"),
        ("$-5.00", "-5"),
        ("20% off $16.00", "16"),
        ("12x R$ 44,00", "44"),
        ("2 pairs from $349", "349"),
        ("12.03.2024", "none"),
        ("MX924", "none"),
        ("50 %", "none"),
        ("gratis", "0"),
        ("price on request", "none"),
        ("", "none"),
        ("99999999999999999999999999999999", "none"),
    ] {
        assert_eq!(amount(text), expected, "{text}");
    }
}

#[test]
fn currencies_by_symbol_code_and_word() {
    for (text, expected) in [
        ("5 €", "EUR"),
        ("£5", "GBP"),
        ("5 zł", "PLN"),
        ("5 Kč", "CZK"),
        ("500 Ft", "HUF"),
        ("5 lei", "RON"),
        ("5 лв.", "BGN"),
        ("5 грн.", "UAH"),
        ("5 ₽", "RUB"),
        ("5 руб.", "RUB"),
        ("₺5", "TRY"),
        ("5 TL", "TRY"),
        ("₪5", "ILS"),
        ("Fr. 5.50", "CHF"),
        ("฿5", "THB"),
        ("5 ₫", "VND"),
        ("Rp 5.000", "IDR"),
        ("RM5", "MYR"),
        ("₱5", "PHP"),
        ("₹5", "INR"),
        ("5円", "JPY"),
        ("5원", "KRW"),
        ("5元", "CNY"),
        ("R 5", "ZAR"),
        ("₦5", "NGN"),
        ("GH₵5", "GHS"),
        ("KSh 5", "KES"),
        ("R$ 5", "BRL"),
        ("S/. 5", "PEN"),
        ("US$5", "USD"),
        ("US $5", "USD"),
        ("A$5", "AUD"),
        ("C$5", "CAD"),
        ("NZ$5", "NZD"),
        ("HK$5", "HKD"),
        ("NT$5", "TWD"),
        ("S$5", "SGD"),
        ("د.إ 5", "AED"),
        ("ر.س 5", "SAR"),
        ("ج.م 5", "EGP"),
        ("د.ك 5", "KWD"),
        ("EUR 5", "EUR"),
        ("5 usd", "USD"),
        ("5 Sterling", "GBP"),
        ("5 euros", "EUR"),
        ("৳5", "BDT"),
        ("₡5", "CRC"),
        ("₲5", "PYG"),
        ("₸5", "KZT"),
        ("₾5", "GEL"),
        ("₼5", "AZN"),
        ("֏5", "AMD"),
        ("₭5", "LAK"),
        ("៛5", "KHR"),
        ("₮5", "MNT"),
        ("5 Kz", "AOA"),
        ("5 MT", "MZN"),
        ("5 DA", "DZD"),
        ("5 DT", "TND"),
        ("5 kn", "HRK"),
        ("5 birr", "ETB"),
        ("5 din.", "RSD"),
        ("5 ден", "MKD"),
        ("DM 5", "DEM"),
        ("ع.د 5", "IQD"),
        ("NZD $100.70", "NZD"),
        ("SGD4.90 $", "SGD"),
        ("$5", "ambiguous"),
        ("5 kr", "ambiguous"),
        ("¥5", "ambiguous"),
        ("Rs 5", "ambiguous"),
        ("5 Dhs", "ambiguous"),
        ("5", "none"),
        ("a partire da 5", "none"),
        ("TOP 5", "TOP"),
    ] {
        assert_eq!(currency(text), expected, "{text}");
    }
}

#[test]
fn shared_symbols_are_settled_by_what_is_known() {
    let with = |text: &str, hints: PriceHints<'_>| parse(text, &hints).currency.map(|c| c.to_string());
    let market = |code: &str| PriceHints { market: Some(code.parse().unwrap()), ..PriceHints::default() };
    let language = |language| PriceHints { language: Some(language), ..PriceHints::default() };
    assert_eq!(with("$5", market("CA")).as_deref(), Some("CAD"));
    assert_eq!(with("5 kr", language("sv")).as_deref(), Some("SEK"));
    assert_eq!(with("5 kr", language("nb-NO")).as_deref(), Some("NOK"));
    assert_eq!(with("¥5", language("ja")).as_deref(), Some("JPY"));
    assert_eq!(with("£5", market("EG")).as_deref(), Some("EGP"));
    assert_eq!(with("$5", market("DE")), None);
    assert_eq!(
        with("5", PriceHints { default_currency: Some(Currency::EUR), ..PriceHints::default() }).as_deref(),
        Some("EUR")
    );
    assert_eq!(with("5", market("DE")), None);
}

#[test]
fn three_digits_behind_one_mark() {
    let status = |text: &str, hints: PriceHints<'_>| {
        let reading = parse(text, &hints);
        let readings: Vec<String> = reading.readings.iter().map(Decimal::to_string).collect();
        format!("{:?} {}", reading.status, readings.join(" "))
    };
    let none = PriceHints::default();
    assert_eq!(status("3.350", none), "Ambiguous 3350 3.350");
    assert_eq!(status("1,234", none), "Ambiguous 1234 1.234");
    assert_eq!(status("3.350 €", none), "Ambiguous 3350 3.350");
    assert_eq!(status("0.350", none), "Ok 0.350");
    assert_eq!(status("Rp 31.500", none), "Ok 31500");
    assert_eq!(status("1,250 KWD", none), "Ok 1250");
    assert_eq!(status("1.250 KWD", none), "Ok 1.250");
    assert_eq!(status("£1,250", none), "Ok 1250");
    assert_eq!(status("¥1,250", none), "Ambiguous 1250 1.250".replace("Ambiguous 1250 1.250", "Ok 1250"));
    assert_eq!(status("3.350 €", PriceHints { language: Some("de"), ..none }), "Ok 3350");
    assert_eq!(status("3.350", PriceHints { language: Some("en"), ..none }), "Ok 3.350");
    assert_eq!(
        status("3.350 €", PriceHints { language: Some("en"), market: "DE".parse().ok(), ..none }),
        "Ambiguous 3350 3.350"
    );
    assert_eq!(status("3.350", PriceHints { machine: true, ..none }), "Ok 3.350");
    assert_eq!(status("3.350.000", PriceHints { machine: true, ..none }), "Ok 3350000");
    assert_eq!(status("3.350", PriceHints { decimal_separator: Some(','), ..none }), "Ok 3350");
    assert_eq!(status("3,350", PriceHints { decimal_separator: Some(','), ..none }), "Ok 3.350");
}

#[test]
fn bounds_ranges_counts_and_several_prices() {
    assert!(read("From $109.90").from);
    assert!(read("ab 2.99 €").from);
    assert!(read("à partir de 11,70 €").from);
    assert!(read("da € 72.00").from);
    assert!(!read("Cena 14,79 €").from);
    let range = read("841,00 zł – 995,00 zł");
    assert_eq!((range.amount, range.high, range.status), (Some(d("841")), Some(d("995")), PriceStatus::Ok));
    let range = read("From 26 to 50 €");
    assert_eq!((range.amount, range.high, range.from), (Some(d("26")), Some(d("50")), false));
    let range = read("EGP 329.99 - EGP 399.99");
    assert_eq!(range.high, Some(d("399.99")));
    let several = read("2 for 5 €");
    assert_eq!((several.status, several.readings), (PriceStatus::Ambiguous, vec![d("2.5"), d("5")]));
    let two = read("3,49 zł 1,75 zł");
    assert_eq!((two.status, two.amount), (PriceStatus::Ambiguous, Some(d("3.49"))));
    let was = read("was $20.00 now $15.00");
    assert_eq!((was.status, was.amount), (PriceStatus::Ok, Some(d("15"))));
    let each = read("59,90 EUR 599,00 EUR pro Kilogramm");
    assert_eq!((each.status, each.amount), (PriceStatus::Ok, Some(d("59.90"))));
    assert_eq!(read("up to $5").status, PriceStatus::Ambiguous);
}

/// Writes an amount of cents with these marks.
fn written(cents: u64, grouping: &str, decimal: &str, lakhs: bool) -> String {
    let whole = (cents / 100).to_string();
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        let left = whole.len() - at;
        let cut = if lakhs { left == 3 || left > 3 && left % 2 == 1 } else { left.is_multiple_of(3) };
        if at > 0 && cut {
            out.push_str(grouping);
        }
        out.push(c);
    }
    format!("{out}{decimal}{:02}", cents % 100)
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", raw in "\\PC{0,20}", mark in proptest::char::any()) {
        let hints = PriceHints { currency_raw: Some(&raw), decimal_separator: Some(mark), ..PriceHints::default() };
        let _ = parse(&text, &hints);
    }
    #[test]
    fn never_panics_on_price_soup(text in "[0-9.,' €$%x()£R٫٬-]{0,50}") {
        let reading = parse(&text, &PriceHints::default());
        prop_assert_eq!(reading.amount.is_some(), reading.status != PriceStatus::None);
        prop_assert_eq!(reading.amount, reading.readings.first().copied());
    }
    #[test]
    fn an_amount_survives_every_convention(cents in 0u64..100_000_000_000) {
        let expected = Decimal::new(cents as i64, 2);
        for (grouping, decimal, lakhs) in [
            (".", ",", false), (",", ".", false), (" ", ",", false), ("\u{a0}", ",", false), ("\u{202f}", ",", false),
            ("'", ".", false), ("’", ".", false), (",", ".", true), ("", ".", false), ("", ",", false), ("٬", "٫", false),
        ] {
            let number = written(cents, grouping, decimal, lakhs);
            for text in [number.clone(), format!("{number} €"), format!("€{number}"), format!("Price: {number} EUR"), format!("kr. {number}")] {
                let reading = parse(&text, &PriceHints::default());
                prop_assert_eq!(reading.amount, Some(expected), "{}", text);
                prop_assert_eq!(reading.status, PriceStatus::Ok, "{}", text);
            }
        }
    }
    #[test]
    fn digits_of_every_script_read_alike(cents in 0u64..1_000_000_000, zero in proptest::sample::select(vec![0x660u32, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10])) {
        let plain = written(cents, "", ".", false);
        let other: String = plain.chars().map(|c| c.to_digit(10).and_then(|v| char::from_u32(zero + v)).unwrap_or(c)).collect();
        prop_assert_eq!(parse(&other, &PriceHints::default()).amount, parse(&plain, &PriceHints::default()).amount);
    }
}
