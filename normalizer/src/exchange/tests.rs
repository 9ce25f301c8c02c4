//! The table of rates and its readers: published, inverse, cross, periods, ended currencies.

use super::*;

const TABLE: &str = "Date,USD,GBP,TRL,TRY,\n2024-03-28,1.0811,0.85510,N/A,34.9487,\n2024-03-27,1.0816,0.85748,N/A,34.9,\n2004-12-31,1.3621,0.70505,1836200,N/A,\n";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn currency(text: &str) -> Currency {
    text.parse().unwrap()
}
fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
fn table() -> RateTable {
    RateTable::new(parse_ecb_csv(TABLE).unwrap())
}

#[test]
fn the_last_day_published_counts_and_only_for_a_month() {
    let table = table();
    let used = table.rate(Currency::EUR, Currency::USD, day("2024-04-01")).unwrap();
    assert_eq!((used.rate, used.date), (d("1.0811"), day("2024-03-28")));
    assert!(table.rate(Currency::EUR, Currency::USD, day("2024-04-28")).is_ok());
    let late = table.rate(Currency::EUR, Currency::USD, day("2024-04-29")).unwrap_err();
    insta::assert_snapshot!(late, @"no exchange rate EUR to USD published on 2024-04-29 or in the 31 days before (the last one is of 2024-03-28): import one");
    assert!(table.rate(Currency::EUR, Currency::USD, day("2004-12-30")).is_err());
}
#[test]
fn inverse_and_cross_rates() {
    let table = table();
    let on = day("2024-03-28");
    let inverse = table.rate(Currency::USD, Currency::EUR, on).unwrap();
    assert!((inverse.rate * d("1.0811") - Decimal::ONE).abs() < d("0.00000001"));
    let cross = table.rate(currency("GBP"), Currency::USD, on).unwrap();
    assert!((cross.rate - d("1.26429657")).abs() < d("0.00000001"), "{}", cross.rate);
    assert!(cross.source.contains("cross over EUR"));
    let (amount, used) =
        table.convert(Money { amount: d("100"), currency: Currency::EUR }, Currency::USD, on).unwrap();
    assert_eq!(amount, d("108.11"));
    assert_eq!(used.unwrap().date, on);
    assert_eq!(
        table.convert(Money { amount: d("5"), currency: Currency::USD }, Currency::USD, on).unwrap(),
        (d("5"), None)
    );
}
#[test]
fn a_redenomination_does_not_join_old_and_new() {
    let table = table();
    assert!(table.rate(Currency::EUR, currency("TRL"), day("2004-12-31")).is_ok());
    assert!(table.rate(Currency::EUR, currency("TRL"), day("2024-03-28")).is_err());
    assert!(table.rate(currency("TRL"), currency("TRY"), day("2024-03-28")).is_err());
}
#[test]
fn plain_tables_and_their_errors() {
    let rates = parse_plain_csv("base,quote,date,rate\nusd,KES,2024-03-28,131.5\n", Some("CBK")).unwrap();
    assert_eq!((rates[0].rate, rates[0].source.as_str()), (d("131.5"), "CBK"));
    let error = parse_plain_csv("date,base,quote,rate\n28.03.2024,USD,KES,131\n", Some("x")).unwrap_err();
    insta::assert_snapshot!(error, @"exchange rates, line 2: '28.03.2024' is not a date like 2024-03-28");
    let error = parse_plain_csv("date,base,quote,rate\n2024-03-28,USD,KES,0\n", Some("x")).unwrap_err();
    insta::assert_snapshot!(error, @"exchange rates, line 2, column 4: '0' is not a rate above zero like 1.0811");
    assert!(parse_plain_csv("date,rate\n", Some("x")).is_err());
    assert!(parse_ecb_zip(b"no zip").is_err());
}

#[test]
fn an_ended_currency_is_led_to_its_successor_by_law() {
    let table = table();
    let used = table.rate(currency("TRL"), currency("TRY"), day("2005-02-01")).unwrap();
    assert_eq!(used.rate, d("0.000001"));
    // The mark: the euro's fixed rate, then what is published of the euro.
    let euro = RateTable::new(parse_ecb_csv("Date,USD,\n1999-06-01,1.0449,\n2023-02-01,1.09,\n").unwrap());
    let mark = euro.rate(currency("DEM"), Currency::USD, day("1999-06-01")).unwrap();
    assert_eq!(mark.rate, (d("1.0449") / d("1.95583")).round_sf(12).unwrap());
    insta::assert_snapshot!(mark.source, @"1.95583 DEM = 1 EUR since 1999-01-01 (Regulation (EC) No 2866/98 as amended, conversion rates to the euro); European Central Bank, euro foreign exchange reference rates");
    let kuna = euro.rate(currency("HRK"), Currency::EUR, day("2023-02-01")).unwrap();
    assert_eq!((kuna.rate, kuna.date), (d("0.132722808415"), day("2023-01-01")));
    // Before the euro there is no such rate, and long after the end none either.
    assert!(euro.rate(currency("HRK"), Currency::EUR, day("2022-12-31")).is_err());
    let late = euro.rate(currency("HRK"), Currency::EUR, day("2026-02-01")).unwrap_err();
    insta::assert_snapshot!(late, @"no exchange rate HRK to EUR on 2026-02-01: HRK ended on 2023-01-01, 731 days or more before; state the amount in EUR");
}
#[test]
fn a_currency_replaced_twice_goes_the_whole_way() {
    let table = RateTable::new(Vec::new());
    let used = table.rate(currency("BGL"), currency("BGN"), day("2000-01-01")).unwrap();
    assert_eq!(used.rate, d("0.001"));
    let lev = table.rate(currency("BGN"), Currency::EUR, day("2026-10-01")).unwrap();
    assert_eq!(lev.rate, d("0.511291881196"));
    assert!(table.rate(currency("BGL"), Currency::EUR, day("2026-10-01")).is_err());
}

const CUSTOMS: &str = "valid_from,valid_to,base,quote,rate,per,source\n2026-09-01,2026-09-30,USD,KES,129.5,1,Customs\n2026-10-01,,USD,KES,130.1,1,Customs\n2026-10-01,,JPY,KES,88.4,100,Customs\n2026-10-01,,EUR,KES,151,,Customs\n";

#[test]
fn customs_rates_hold_for_their_period() {
    let mut rates = parse_plain_csv(CUSTOMS, None).unwrap();
    rates.extend(parse_ecb_csv("Date,USD,KES,\n2026-09-29,1.10,143.0,\n2026-12-30,1.12,144.0,\n").unwrap());
    let table = RateTable::new(rates);
    let (usd, kes) = (Currency::USD, currency("KES"));
    let rate = |from, to, on: &str| table.rate(from, to, day(on)).unwrap();
    assert_eq!(
        (rate(usd, kes, "2026-09-30").rate, rate(usd, kes, "2026-09-30").date),
        (d("129.5"), day("2026-09-01"))
    );
    // Without an end it holds until it is replaced, however long.
    assert_eq!(rate(usd, kes, "2026-12-31").rate, d("130.1"));
    assert!(table.rate(usd, currency("JPY"), day("2026-08-31")).is_err(), "before the first period");
    // A hundred yen are priced.
    assert_eq!(rate(currency("JPY"), kes, "2026-10-15").rate, d("0.884"));
    // The official rate is direct; the cross of another publisher is newer and does not count.
    assert_eq!(rate(usd, kes, "2026-12-30").source, "Customs");
    // Cross over the quoted currency: both price the shilling.
    let cross = rate(Currency::EUR, usd, "2026-10-15");
    assert_eq!(cross.source, ECB, "the ECB's rate of 29 September is published directly");
    let named = table.rate_of(&["Customs".to_owned()], Currency::EUR, usd, day("2026-10-15")).unwrap();
    assert_eq!(named.rate, (d("151") / d("130.1")).round_sf(12).unwrap());
    assert_eq!(named.source, "Customs, cross over KES");
    // Named publishers come first, and only where they have a rate.
    let ecb = table.rate_of(&[ECB.to_owned()], usd, kes, day("2026-09-30")).unwrap();
    assert_eq!((ecb.rate, ecb.date), (d("130"), day("2026-09-29")));
    let none = table.rate_of(&[ECB.to_owned()], currency("JPY"), kes, day("2026-10-15")).unwrap();
    assert_eq!(none.source, "Customs");
}
#[test]
fn a_period_that_is_over_is_named() {
    let table = RateTable::new(
        parse_plain_csv(
            "valid_from,valid_to,base,quote,rate\n2026-09-01,2026-09-30,USD,KES,129.5\n",
            Some("Customs"),
        )
        .unwrap(),
    );
    let over = table.rate(Currency::USD, currency("KES"), day("2026-10-01")).unwrap_err();
    assert_eq!(over.missing, Missing::Last(day("2026-09-01")));
}
#[test]
fn periods_of_a_plain_table_and_their_errors() {
    let error = |text: &str| parse_plain_csv(text, None).unwrap_err().to_string();
    insta::assert_snapshot!(error("valid_from,base,quote,rate\n2026-09-01,USD,KES,129.5\n"), @"exchange rates, line 2: an official rate for a period has no authority; name it in a column 'source' or with --publisher");
    insta::assert_snapshot!(error("valid_from,valid_to,base,quote,rate,source\n2026-09-01,2026-08-31,USD,KES,129.5,C\n"), @"exchange rates, line 2: the period ends before it begins on 2026-09-01");
    insta::assert_snapshot!(error("date,base,quote,rate,per\n2026-09-01,JPY,KES,88.4,0\n"), @"exchange rates, line 2, column 5: '0' is not a rate above zero like 1.0811");
    insta::assert_snapshot!(error("date,valid_to,base,quote,rate\n"), @"exchange rates, line 1: a column 'valid_to' needs a column 'valid_from'");
    insta::assert_snapshot!(error("date,base,quote,rate\n2026-09-01,KES,KES,1\n"), @"exchange rates, line 2: KES has no rate to itself");
    // A gazette saved by a spreadsheet of a country that writes decimal commas.
    let rates =
        parse_plain_csv("# notice 9\ndate;base;quote;rate;per\n2026-09-01;JPY;PLN;2,5310;100\n", Some("NBP"))
            .unwrap();
    assert_eq!(rates[0].rate, d("0.025310"));
}

#[test]
fn two_rates_of_a_publisher_for_one_day_are_refused_and_repetitions_are_not() {
    let plain = |rows: &str| parse_plain_csv(&format!("date,base,quote,rate,source\n{rows}"), None);
    let error = plain(
        "2026-09-01,EUR,USD,1.1,N\n2026-09-01,EUR,GBP,0.9,N\n2026-09-01,EUR,USD,1.9,N\n2026-09-01,EUR,GBP,0.8,N\n",
    );
    insta::assert_snapshot!(error.unwrap_err(), @"exchange rates, lines 2 and 4: EUR to USD on 2026-09-01 (N) is 1.1 and 1.9; lines 3 and 5: EUR to GBP on 2026-09-01 (N) is 0.9 and 0.8; a publisher has one rate for a day: keep the one that was published, nothing of this file is imported");
    // Another day, pair or publisher is another rate; the same again is no contradiction.
    let rates = plain(
        "2026-09-01,EUR,USD,1.1,N\n2026-09-02,EUR,USD,1.9,N\n2026-09-01,EUR,GBP,1.9,N\n2026-09-01,EUR,USD,1.9,M\n2026-09-01,EUR,USD,1.10,N\n",
    );
    assert_eq!(rates.unwrap().len(), 4);
    let many: String = (0..9).map(|i| format!("2026-09-01,EUR,USD,1.{i},N\n")).collect();
    assert!(plain(&many).unwrap_err().to_string().contains("; and 3 more; a publisher has"));
    // The end of a period counts too.
    let periods = "valid_from,valid_to,base,quote,rate,source\n2026-09-01,2026-09-30,USD,KES,129.5,C\n2026-09-01,,USD,KES,129.5,C\n";
    let error = parse_plain_csv(periods, None).unwrap_err().to_string();
    assert!(error.contains("is 129.5 until 2026-09-30 and 129.5 until replaced"), "{error}");
    let error = parse_ecb_csv("Date,USD,USD,\n2026-09-01,1.1,1.9,\n").unwrap_err().to_string();
    assert!(error.contains("line 2: EUR to USD on 2026-09-01 ("), "{error}");
}

proptest::proptest! {
    /// There and back is the amount again, within the twelve digits of an inverse.
    #[test]
    fn there_and_back(rate in 1i64..1_000_000_000, scale in 0u32..7, cents in 1i64..1_000_000_000) {
        let rate = Decimal::new(rate, scale);
        let on = day("2026-01-05");
        let table = RateTable::new(vec![Rate { date: on, base: Currency::EUR, quote: Currency::USD, rate, source: "s".to_owned(), until: None }]);
        let amount = Decimal::new(cents, 2);
        let (there, _) = table.convert(Money::new(amount, Currency::USD), Currency::EUR, on).unwrap();
        let (back, _) = table.convert(Money::new(there, Currency::EUR), Currency::USD, on).unwrap();
        proptest::prop_assert!((back / amount - Decimal::ONE).abs() < d("0.00000000002"), "{} {}", amount, back);
    }
    /// a→b times b→c is a→c, whichever of them are crosses.
    #[test]
    fn crosses_are_consistent(usd in 1i64..10_000_000, gbp in 1i64..10_000_000, jpy in 1i64..10_000_000) {
        let on = day("2026-01-05");
        let (gbp_code, jpy_code) = (currency("GBP"), currency("JPY"));
        let quote = |quote, mantissa| Rate { date: on, base: Currency::EUR, quote, rate: Decimal::new(mantissa, 4), source: "s".to_owned(), until: None };
        let table = RateTable::new(vec![quote(Currency::USD, usd), quote(gbp_code, gbp), quote(jpy_code, jpy)]);
        let rate = |a, b| table.rate(a, b, on).unwrap().rate;
        let way = rate(Currency::USD, gbp_code) * rate(gbp_code, jpy_code) / rate(Currency::USD, jpy_code);
        proptest::prop_assert!((way - Decimal::ONE).abs() < d("0.0000000001"), "{}", way);
    }
    #[test]
    fn readers_never_panic(text in "\\PC{0,200}", header in "(date|valid_from|valid_to|base|quote|rate|per|source|,|;){0,12}") {
        let _ = parse_plain_csv(&text, None);
        let _ = parse_plain_csv(&format!("{header}\n{text}\n"), Some("p"));
        let _ = parse_ecb_csv(&format!("Date,USD,\n{text}\n"));
        let _ = parse_ecb_zip(text.as_bytes());
    }
}
#[test]
fn a_table_is_told_by_its_rates_and_not_by_their_order() {
    let of = |rows: &[&str]| {
        let text = format!("date,base,quote,rate,source\n{}\n", rows.join("\n"));
        RateTable::new(parse_plain_csv(&text, None).unwrap()).hash()
    };
    let (a, b) = ("2026-09-01,EUR,USD,1.10,one", "2026-09-01,EUR,USD,1.25,two");
    assert_eq!(of(&[a, b]), of(&[b, a]));
    let others = [
        vec![a],
        vec![a, "2026-09-01,EUR,USD,1.26,two"],
        vec![a, "2026-09-02,EUR,USD,1.25,two"],
        vec![a, "2026-09-01,EUR,USD,1.25,three"],
        vec![a, "2026-09-01,EUR,GBP,1.25,two"],
    ];
    for other in others {
        assert_ne!(of(&[a, b]), of(&other), "{other:?}");
    }
}
