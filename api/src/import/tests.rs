//! Tests of the import of price lists: forms of files, maps, defaults, and what bad input becomes.

use super::*;
use chrono::{DateTime, TimeZone, Utc};
use model::{Facts, Listing, RejectionReason, Stated, Syntax};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap()
}
fn map(text: &str) -> ColumnMap {
    ColumnMap::parse(text, "test.toml").unwrap()
}
fn dated() -> ColumnMap {
    map("[defaults]\ncaptured = \"2026-09-01\"\n")
}
fn rows_of(bytes: &[u8], file: &str, map: &ColumnMap) -> Vec<Row> {
    read(bytes, file, map, now()).unwrap().collect()
}
fn offers(bytes: &[u8], file: &str, map: &ColumnMap) -> Vec<(Listing, model::Capture, Facts)> {
    rows_of(bytes, file, map).into_iter().map(|row| row.outcome.unwrap()).collect()
}
fn text(stated: &Option<Stated>) -> &str {
    stated.as_ref().map_or("-", |s| s.text.as_str())
}
fn refusal(bytes: &[u8], file: &str, map: &ColumnMap) -> String {
    read(bytes, file, map, now()).err().unwrap().to_string()
}
/// One line per row: what it became, for reading at a glance.
fn told(rows: &[Row]) -> String {
    rows.iter()
        .map(|row| match &row.outcome {
            Ok((listing, ..)) => {
                format!("{} ok {} | {}\n", row.number, text(&listing.name), text(&listing.price))
            }
            Err(r) => format!("{} {} {}: {}\n", row.number, r.reason, r.place, r.detail),
        })
        .collect()
}

#[test]
fn every_own_column_reaches_its_place() {
    let csv = "Name,PRICE,price high,list-price,currency,url,seller,market,captured,condition,level,hs6,gtin,brand,model,mpn,sku,quantity,unit,price_unit,min_order,category,origin,availability,description\n\
        Steel kettle,\"1.299,00\",1400,1500,EUR,https://www.Shop.example/p/1?a=b,Pans & Co,at,2026-08-31,new,Wholesale,7323.93,4006381333931,Hearth,K-17,HK17,00123,500,g,per piece,12 pcs,Home > Kitchen,Portugal,InStock,With lid\n";
    let (listing, capture, facts) = offers(csv.as_bytes(), "own.csv", &ColumnMap::default()).remove(0);
    assert_eq!(listing.url.as_deref(), Some("https://www.shop.example/p/1?a=b"));
    insta::assert_snapshot!(
        [
            &listing.name, &listing.price, &listing.price_high, &listing.list_price, &listing.currency,
            &listing.seller, &listing.condition, &listing.hs_code, &listing.gtin, &listing.brand,
            &listing.model, &listing.mpn, &listing.sku, &listing.quantity_text, &listing.price_unit,
            &listing.min_order, &listing.category, &listing.origin, &listing.availability, &listing.description,
        ].map(text).join(" | "),
        @"Steel kettle | 1.299,00 | 1400 | 1500 | EUR | Pans & Co | new | 732393 | 4006381333931 | Hearth | K-17 | HK17 | 00123 | 500 g | per piece | 12 pcs | Home > Kitchen | Portugal | InStock | With lid"
    );
    assert_eq!(listing.price.unwrap().witness.place, "PRICE");
    assert_eq!(capture.site, "www.shop.example");
    assert_eq!(capture.source_id, "own");
    assert_eq!(capture.page_url.as_deref(), Some("own.csv:2"));
    assert_eq!(capture.market.unwrap().as_str(), "AT");
    assert_eq!(capture.captured_at, Utc.with_ymd_and_hms(2026, 8, 31, 0, 0, 0).unwrap());
    assert_eq!(facts.level, Some(model::CommercialLevel::Wholesale));
}

#[test]
fn marks_line_ends_delimiters_and_encodings_are_seen_through() {
    let expected = vec![("Käse, jung", "3,15 €"), ("Brot\u{201e}Rund", "2,00 €")];
    let check = |bytes: &[u8], map: &ColumnMap| {
        let got = offers(bytes, "list.csv", map);
        let got: Vec<_> = got.iter().map(|(l, ..)| (text(&l.name), text(&l.price))).collect();
        assert_eq!(got, expected);
    };
    let semicolons = "\u{feff}name;price\r\nKäse, jung;3,15 €\r\n\r\nBrot\u{201e}Rund;2,00 €\r\n";
    check(semicolons.as_bytes(), &dated());
    check("name\tprice\nKäse, jung\t3,15 €\nBrot\u{201e}Rund\t2,00 €".as_bytes(), &dated());
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(semicolons.trim_start_matches('\u{feff}'));
    check(&windows, &map("encoding = \"windows-1252\"\n[defaults]\ncaptured = \"2026-09-01\"\n"));
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(semicolons.trim_start_matches('\u{feff}').encode_utf16().flat_map(u16::to_le_bytes));
    check(&utf16, &dated());
}

#[test]
fn a_bad_line_is_reported_at_its_place_and_the_rest_goes_on() {
    let mut csv = b"name,price,hs6,captured,market,url\n\
        Olive oil,3.15,150920,2026-09-01,ES,\n\
        Two cells,1\n\
        Old code,3.15,150910,2026-09-01,ES,\n\
        Lost zero,1.10,70320,2026-09-01,ES,\n\
        Bad day,3.15,150920,01.09.2026,ES,\n\
        No day,3.15,150920,,ES,\n\
        Day to come,3.15,150920,2031-01-01,ES,\n\
        Bad country,3.15,150920,2026-09-01,Spain,\n\
        Bad link,3.15,150920,2026-09-01,ES,see shop\n"
        .to_vec();
    csv.extend(b"Broken \xe9\xa8 text,3.15,150920,2026-09-01,ES,\n");
    csv.extend(b"Price is not ours to judge,a lot,150920,2026-09-01,ES,www.shop.example/x\n");
    insta::assert_snapshot!(told(&rows_of(&csv, "bad.csv", &ColumnMap::default())), @r#"
    1 ok Olive oil | 3.15
    2 bad_line bad.csv:3: 2 cells, where the header names 6
    3 unknown_hs_code bad.csv:4: hs6: HS 2022 has no subheading 1509.10; the nearest are 1509.20, 1509.30, 1509.40
    4 bad_field bad.csv:5: hs6: '70320' is not an HS code of 2, 4 or 6 to 12 digits; a spreadsheet may have dropped its leading zero: 070320
    5 bad_field bad.csv:6: captured: '01.09.2026' is not a date like 2023-10-01; other forms are named by date_format in the map
    6 no_capture_date bad.csv:7: captured: empty, and the map has no default for it
    7 bad_field bad.csv:8: captured: '2031-01-01' lies in the future
    8 bad_field bad.csv:9: market: 'Spain' is not a country code of ISO 3166-1 (two letters)
    9 bad_field bad.csv:10: url: 'see shop' is not a web address; leave it empty where there is none
    10 bad_line bad.csv:11: column 'name': 'Broken � text' is not UTF-8 text; if the whole list is in another encoding, name it in the map: encoding = "windows-1252"
    11 ok Price is not ours to judge | a lot
    "#);
}

#[test]
fn a_stray_quote_costs_its_own_line_only() {
    let csv = "name,price\n\"Quoted, with\nline break\",1\nMonitor 27\",2\n\"Stray,3\nFourth,4\nFifth 5,5\n";
    insta::assert_snapshot!(told(&rows_of(csv.as_bytes(), "q.csv", &dated())), @r#"
    1 ok Quoted, with line break | 1
    2 ok Monitor 27" | 2
    3 bad_line q.csv:5: a quote opens in this line and is not closed in it
    4 ok Fourth | 4
    5 ok Fifth 5 | 5
    "#);
    // To the end of a long file too, without holding it.
    let mut long = String::from("name,price\n\"Stray,3\n");
    for n in 0..40_000 {
        long.push_str(&format!("Goods {n},{n}\n"));
    }
    let rows = rows_of(long.as_bytes(), "l.csv", &dated());
    assert_eq!(rows.len(), 40_001);
    assert_eq!(rows.iter().filter(|row| row.outcome.is_err()).count(), 1);
    assert_eq!(rows.last().unwrap().outcome.as_ref().unwrap().1.page_url.as_deref(), Some("l.csv:40002"));
}

#[test]
fn an_endless_line_and_a_broken_stream_are_reported() {
    let mut csv = b"name,price\nA,1\n".to_vec();
    csv.extend(std::iter::repeat_n(b'x', records::MAX_LINE + 10));
    csv.extend(b"\nB,2\n");
    let rows = rows_of(&csv, "x.csv", &dated());
    insta::assert_snapshot!(told(&rows), @r"
    1 ok A | 1
    2 bad_line x.csv:3: the line is longer than 4 MB
    3 ok B | 2
    ");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, b"name,price\nA,1\nB,2\n").unwrap();
    let packed = packed.finish().unwrap();
    let cut = std::io::BufReader::new(flate2::bufread::MultiGzDecoder::new(&packed[..packed.len() - 6]));
    let rows: Vec<Row> = read(cut, "cut.csv.gz", &dated(), now()).unwrap().collect();
    let last = rows.last().unwrap().outcome.as_ref().unwrap_err();
    assert_eq!(last.reason, RejectionReason::BadLine);
    assert!(last.detail.starts_with("the file cannot be read from here on"), "{last:?}");
}

#[test]
fn a_file_that_cannot_be_read_at_all_says_what_to_do() {
    let own = ColumnMap::default();
    insta::assert_snapshot!(refusal(b"name,prices,brand\nA,1,B\n", "p.csv", &dated()), @"p.csv: no column 'price'; the file has 'name', 'prices', 'brand'; did you mean 'prices'?");
    insta::assert_snapshot!(refusal(b"zzz\n1\n", "p.csv", &dated()), @"p.csv: no column 'name'; the file has 'zzz'");
    insta::assert_snapshot!(refusal(b"name,price\nA,1\n", "p.csv", &own), @r#"p.csv: nothing says when the prices were seen; name a column 'captured', or give the day for the whole list (--captured 2023-10-01, or `captured = "2023-10-01"` under [defaults] of a map)"#);
    insta::assert_snapshot!(refusal(b"", "p.csv", &dated()), @"p.csv: the file is empty; its first line must name the columns");
    insta::assert_snapshot!(refusal(b"name,price,Name\n", "p.csv", &dated()), @"p.csv: the column 'Name' stands twice in the header; rename one of them");
    insta::assert_snapshot!(refusal(b"PK\x03\x04rest\n", "p.xlsx", &dated()), @"p.xlsx: this is a workbook or zip archive; save the sheet as CSV");
    insta::assert_snapshot!(refusal(b"nam\xe9,price\n", "p.csv", &dated()), @r#"p.csv: the header line: 'nam�' is not UTF-8 text; if the whole list is in another encoding, name it in the map: encoding = "windows-1252""#);
    let mapped =
        map("[columns]\nname = \"Title\"\nprice = \"Preis\"\n[defaults]\ncaptured = \"2026-09-01\"\n");
    insta::assert_snapshot!(refusal(b"title;Preise;Marke\n", "p.csv", &mapped), @"p.csv: no column 'Preis' for the field price; the file has 'title', 'Preise', 'Marke'; did you mean 'Preise'?");
}

#[test]
fn a_wrong_map_is_refused_with_its_place() {
    let problem = |text: &str| ColumnMap::parse(text, "m.toml").unwrap_err().to_string();
    insta::assert_snapshot!(problem("[columns]\nname = \"N\"\nprice = \"P\"\npreis = \"P\"\n"), @r#"
    column map m.toml: TOML parse error at line 4, column 1
      |
    4 | preis = "P"
      | ^^^^^
    unknown variant `preis`, expected one of `name`, `price`, `price_high`, `list_price`, `currency`, `url`, `seller`, `site`, `market`, `captured`, `condition`, `level`, `hs6`, `gtin`, `brand`, `model`, `mpn`, `sku`, `quantity`, `unit`, `price_unit`, `min_order`, `category`, `origin`, `availability`, `description`, `variant`, `weight`, `shipping`, `shipping_to`, `unit_price`, `unit_price_unit`, `tax_included`, `valid_until`, `date`, `image`
    "#);
    assert!(problem("colums = 1\n").contains("unknown field `colums`"));
    insta::assert_snapshot!(problem("[columns]\nname = \"N\"\n"), @r#"column map m.toml: [columns] names no column for 'price'; add price = "…""#);
    insta::assert_snapshot!(problem("[defaults]\nhs6 = \"150910\"\n"), @"column map m.toml: defaults.hs6: HS 2022 has no subheading 1509.10; the nearest are 1509.20, 1509.30, 1509.40");
    insta::assert_snapshot!(problem("encoding = \"latin-17\"\n"), @r#"column map m.toml: encoding = "latin-17" is not known; labels are like utf-8, windows-1252, utf-16le"#);
    assert!(
        problem("[columns]\nname = { column = \"a\", pointer = \"/b\" }\nprice = \"p\"\n")
            .contains("either 'column' or 'pointer'")
    );
    assert!(
        problem("[columns]\nname = { pointer = \"b\" }\nprice = \"p\"\n").contains("begins neither with '/'")
    );
    assert!(
        problem("format = \"csv\"\n[columns]\nname = { pointer = \"/n\" }\nprice = \"p\"\n")
            .contains("JSON pointer, but format")
    );
    assert!(problem("date_format = \"%Q\"\n").contains("strftime"));
    assert!(problem("rows = \"offers\"\n").contains("JSON pointer like /offers"));
    assert!(problem("delimiter = \"€\"\n").contains("ASCII"));
    assert!(problem("[defaults]\ndecimal_separator = \";\"\n").contains("neither ',' nor '.'"));
    assert!(problem("keywords = \"k.csv\"\n[defaults]\nhs6 = \"852852\"\n").contains("never be asked"));
    let missing = ColumnMap::load(Path::new("/nowhere/m.toml")).unwrap_err();
    assert!(matches!(missing, ImportError::Read { .. }), "{missing}");
}

#[test]
fn unknown_columns_are_named_once() {
    let rows = read(&b"name,price,colour,,shade\nA,1,red,,2\n"[..], "u.csv", &dated(), now()).unwrap();
    insta::assert_snapshot!(rows.warnings().join("\n"), @"not read, because no own column is called so: 'colour', 'shade'; a column map can say what they mean");
    let json = b"{\"name\":\"A\",\"price\":1,\"colour\":\"red\"}\n{\"name\":\"B\",\"price\":2,\"colour\":\"blue\"}\n";
    let mut rows = read(&json[..], "u.jsonl", &dated(), now()).unwrap();
    assert_eq!(rows.by_ref().count(), 2);
    assert_eq!(rows.warnings().len(), 1);
}

/// A list read as an import reads it: looked through, then by the marks that its prices show together.
fn settled(list: &str, file: &str, map: &ColumnMap) -> Vec<Row> {
    let marks = read(list.as_bytes(), file, map, now()).unwrap().look_through();
    read(list.as_bytes(), file, map, now()).unwrap().settled(marks).collect()
}

/// What becomes of a column of prices: amounts, or reasons.
fn amounts(prices: &[&str], currency: &str, market: &str, map: &ColumnMap) -> String {
    let rows: String =
        prices.iter().map(|price| format!("Red onions,\"{price}\",{currency},{market}\n")).collect();
    let knowledge = normalizer::Knowledge::default();
    let told = settled(&format!("name,price,currency,market\n{rows}"), "p.csv", map).into_iter().map(|row| {
        let read = row.outcome.and_then(|(l, c, f)| normalizer::normalize(&l, &c, &f, &knowledge));
        read.map_or_else(|r| r.reason.code().to_owned(), |o| o.price.amount.normalize().to_string())
    });
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_prices_of_a_list_settle_their_decimal_mark_and_its_market_does_not() {
    let of = |prices: &[&str]| amounts(prices, "EUR", "ES", &dated());
    assert_eq!(of(&["1.402", "1.455", "1,577", "3"]), "ambiguous_price ambiguous_price ambiguous_price 3");
    // One price that can only be read in one way settles the others, wherever it stands.
    assert_eq!(of(&["1.455", "1,577", "0.45"]), "1.455 1577 0.45");
    assert_eq!(of(&["12.5", "1.455"]), "12.5 1.455");
    assert_eq!(of(&["1.402", "0.998"]), "1.402 0.998");
    assert_eq!(of(&["1234.567", "1.402"]), "1234.567 1.402");
    assert_eq!(of(&["0,45", "1.455", "1,577"]), "0.45 1455 1.577");
    assert_eq!(of(&["1.455 €", "1.234,50 €"]), "1455 1234.5");
    assert_eq!(of(&["1.455.000", "1,577"]), "1455000 1.577");
    // Both, or a range that the first number of it does not settle.
    assert_eq!(of(&["0.45", "3,15", "1.455"]), "0.45 3.15 ambiguous_price");
    assert_eq!(of(&["1,234.50 - 1.400,00", "1.455"]).split(' ').next_back(), Some("ambiguous_price"));
    assert_eq!(of(&["1.402 - 1.577"]), "ambiguous_price");
    // A map that names the mark is believed, but not that 1,000.00 is one.
    let named = |mark| {
        let mut map = dated();
        map.defaults.decimal_separator = Some(mark);
        map
    };
    assert_eq!(amounts(&["1.402", "0,45"], "EUR", "ES", &named('.')), "1.402 0.45");
    let commas = amounts(&["1.402", "4.50", "1.000,00", "1,000.00"], "EUR", "ES", &named(','));
    assert_eq!(commas, "1402 4.5 1000 ambiguous_price");
}

#[test]
fn a_currency_that_tells_its_decimals_settles_a_mark() {
    let of = |prices: &[&str], currency, market| amounts(prices, currency, market, &dated());
    assert_eq!(of(&["1,455", "1.455"], "JPY", "JP"), "1455 1455");
    assert_eq!(of(&["1.455", "12.250"], "KWD", "KW"), "1.455 12.25");
    // A decimal comma is written only where people do.
    assert_eq!(of(&["$1,299", "1,455", "1.455"], "USD", "US"), "1299 1455 ambiguous_price");
    // What tells otherwise leaves it open.
    assert_eq!(of(&["1.455"], "KWD", "ES"), "ambiguous_price");
    assert_eq!(of(&["0.45", "1.455"], "JPY", "JP"), "0.45 ambiguous_price");
    // That a currency is usually written otherwise is not enough.
    assert_eq!(of(&["1.455"], "PLN", "PL"), "ambiguous_price");
    assert_eq!(of(&["1.455", "2,50"], "PLN", "PL"), "1455 2.5");
}

#[test]
fn a_price_that_reads_in_two_ways_is_refused_with_what_to_do() {
    let told = |[one, two]: [&str; 2]| {
        let list = format!("name,price,captured\nA,\"{one}\",2026-08-31\nB,\"{two}\",2026-08-31\n");
        let refused = settled(&list, "p.csv", &ColumnMap::default()).remove(1).outcome.unwrap_err();
        assert_eq!(refused.seen_at, Utc.with_ymd_and_hms(2026, 8, 31, 0, 0, 0).unwrap());
        format!("{} {}", refused.place, refused.detail)
    };
    insta::assert_snapshot!(told(["7", "1.402"]), @"p.csv:3 '1.402' reads as 1402 or 1.402: no price of the list shows its decimal mark; name decimal_separator under [defaults] of a column map (--map)");
    insta::assert_snapshot!(told(["0.45 or 0,45", "1,402"]), @"p.csv:3 '1,402' reads as 1402 or 1.402: other prices of the list have a decimal point, others a comma; name decimal_separator under [defaults] of a column map (--map)");
    // A list that nobody looked through shows nothing.
    let rows = rows_of(b"name,price\nA,0.45\nB,1.402\n", "p.csv", &dated());
    assert_eq!(rows[1].outcome.as_ref().unwrap_err().reason, RejectionReason::AmbiguousPrice);
    // Numbers of JSON are what they are, and say nothing of texts beside them.
    let json = "{\"name\":\"A\",\"price\":0.45}\n{\"name\":\"B\",\"price\":1.402}\n{\"name\":\"C\",\"price\":\"1.402\"}\n";
    let rows = settled(json, "p.jsonl", &dated());
    assert_eq!(rows[1].outcome.as_ref().unwrap().2.decimal_separator, Some('.'));
    assert_eq!(rows[2].outcome.as_ref().unwrap_err().reason, RejectionReason::AmbiguousPrice);
    let rows = settled(&json.replace("0.45", "\"0,45\""), "p.jsonl", &dated());
    assert_eq!(rows[2].outcome.as_ref().unwrap().2.decimal_separator, Some(','));
}

const NESTED: &str = r#"
rows = "/offers"
[columns]
name = { pointer = "/name" }
brand = { pointer = "/name", first_word = true }
model = { pointer = "/name", before = "," }
price = { pointer = "./price" }
currency = { pointer = "/shown/currency" }
seller = "shop"
[defaults]
captured = "2023-10-01"
hs6 = "8528.52"
condition = "new"
level = "retail"
site = "compare.example"
"#;

#[test]
fn nested_json_gives_a_row_for_each_inner_record() {
    let json = r#"{"name":"Vista P24 black, 24\"","shown":{"currency":"EUR"},"offers":[{"shop":"A","price":210.85},{"shop":"B","price":216.0},{"shop":"C","price":null},{"shop":"D","price":{"x":1}}]}

{"name":"Nobody sells it","offers":[]}
{"name":"No offers at all"}
[{"name":"An array"}]
{"name": broken}
"#;
    let rows = rows_of(json.as_bytes(), "n.jsonl", &map(NESTED));
    insta::assert_snapshot!(told(&rows), @r#"
    1 ok Vista P24 black, 24" | 210.85
    2 ok Vista P24 black, 24" | 216.0
    3 ok Vista P24 black, 24" | -
    4 bad_field n.jsonl:1/offers/3: /offers/3/price: a text or number is wanted, found {"x":1}; name the value inside it with a longer pointer
    5 no_listing n.jsonl:3: no rows under /offers
    6 bad_line n.jsonl:4: nothing under /offers
    7 bad_line n.jsonl:5: an array, where one object a line is wanted; write each element as a line of its own
    8 bad_line n.jsonl:6: not JSON: expected value at line 1 column 10
    "#);
    let (listing, capture, facts) = rows[1].outcome.as_ref().unwrap();
    assert_eq!(
        [&listing.brand, &listing.model, &listing.seller].map(text),
        ["Vista", "Vista P24 black", "B"]
    );
    assert_eq!(listing.price.as_ref().unwrap().witness.place, "/offers/1/price");
    assert_eq!(text(&listing.currency), "EUR");
    // What the map says by default bears another witness than what the list says.
    let hs = listing.hs_code.as_ref().unwrap();
    assert_eq!((hs.text.as_str(), hs.witness.syntax), ("852852", Syntax::Source));
    assert_eq!(facts.condition, Some(model::Condition::New));
    // A JSON number has a decimal point, whatever the language of the list.
    assert_eq!(facts.decimal_separator, Some('.'));
    assert_eq!(capture.site, "compare.example");
    assert_eq!(capture.page_url.as_deref(), Some("n.jsonl:1/offers/1"));
}

#[test]
fn own_columns_of_json_lines_and_plain_numbers() {
    let json = br#"{"Name":"A","price":1.5e-7,"captured":"2026-09-01T10:00:00+02:00","gtin":4006381333931,"category":["x","y"]}"#;
    let (listing, capture, _) = offers(json, "o.ndjson", &ColumnMap::default()).remove(0);
    assert_eq!(
        [&listing.price, &listing.gtin, &listing.category].map(text),
        ["0.00000015", "4006381333931", "x > y"]
    );
    assert_eq!(capture.captured_at, Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap());
}

#[test]
fn steps_cut_the_wanted_part_and_absent_words_are_nothing() {
    let text = "absent = [\"NaN\"]\ndate_format = \"%d/%m/%Y\"\n[columns]\nname = { column = \"Title\", drop_prefix = \"Official store\" }\nbrand = { column = \"Maker\", after = \"Brand:\" }\nprice = \"Price\"\nlist_price = \"Old\"\ncaptured = \"Day\"\nunit = \"Per\"\n";
    let csv = "Title,Maker,Price,Old,Day,Per\nOfficial storeMouse M1,Brand: Pointer ,39.00 Dhs,nan,01/09/2026,kg\nMouse  M2,Order now!,1,2,02/09/2026 ,\n";
    let got = offers(csv.as_bytes(), "s.csv", &map(text));
    let brief: Vec<String> = got
        .iter()
        .map(|(l, c, _)| {
            let parts = [&l.name, &l.brand, &l.price, &l.list_price, &l.price_unit].map(self::text);
            format!("{} @ {}", parts.join(" | "), c.captured_at.date_naive())
        })
        .collect();
    insta::assert_snapshot!(brief.join("\n"), @r"
    Mouse M1 | Pointer | 39.00 Dhs | - | kg @ 2026-09-01
    Mouse M2 | - | 1 | 2 | - @ 2026-09-02
    ");
}

#[test]
fn a_quantity_takes_its_unit_only_where_it_has_none() {
    let csv = "name,price,quantity,unit\nA,1,500,g\nB,1,6 x 330,ml\nC,1,6 x 330 ml,ml\n";
    let got = offers(csv.as_bytes(), "q.csv", &dated());
    let got: Vec<_> = got.iter().map(|(l, ..)| text(&l.quantity_text)).collect();
    assert_eq!(got, ["500 g", "6 x 330 ml", "6 x 330 ml"]);
}

#[test]
fn the_site_is_the_host_else_what_list_map_or_name_say() {
    let site = |csv: &str, map: &ColumnMap| offers(csv.as_bytes(), "My List 7.csv.gz", map).remove(0).1.site;
    assert_eq!(site("name,price,url,site\nA,1,http://WWW.a.example.:80/x,b\n", &dated()), "www.a.example");
    assert_eq!(site("name,price,url,site\nA,1,,B.example\n", &dated()), "b.example");
    assert_eq!(site("name,price\nA,1\n", &dated()), "my-list-7");
    let stated = map(
        "source = \"office\"\n[defaults]\ncaptured = \"2026-09-01\"\nsite = \"c.example\"\nseller = \"C\"\n",
    );
    assert_eq!(site("name,price\nA,1\n", &stated), "c.example");
    assert_eq!(stated.source_id("x.csv"), "office");
}

proptest! {
    /// Any bytes: no panic, every row numbered, and the stream comes to its end.
    #[test]
    fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..400), quotes in any::<bool>()) {
        let mut csv = b"name,price\n".to_vec();
        csv.extend(bytes.iter().map(|b| if quotes && b % 7 == 0 { b'"' } else { *b }));
        let rows = rows_of(&csv, "any.csv", &dated());
        for (at, row) in rows.iter().enumerate() {
            prop_assert_eq!(row.number, at as u64 + 1);
        }
        let _ = rows_of(&bytes, "any.jsonl", &map(NESTED));
    }
    /// What a CSV writer writes is read back, whatever stands in the cells.
    #[test]
    fn written_cells_are_read_back(cells in proptest::collection::vec(("[a-z\", ;\n€ä']{1,12}x", "[0-9]{1,4}"), 1..8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", "price"]).unwrap();
        for (name, price) in &cells {
            writer.write_record([name, price]).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let got: Vec<(String, String)> = offers(&bytes, "w.csv", &dated())
            .iter()
            .map(|(l, ..)| (text(&l.name).to_owned(), text(&l.price).to_owned()))
            .collect();
        let folded = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted: Vec<(String, String)> = cells.iter().map(|(n, p)| (folded(n), p.clone())).collect();
        prop_assert_eq!(got, wanted);
    }
    /// No text makes a map panic.
    #[test]
    fn any_text_is_a_map_or_an_error(text in "\\PC{0,80}") {
        let _ = ColumnMap::parse(&text, "m.toml");
    }
}

fn maps_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/maps")
}

#[test]
fn the_maps_that_ship_can_be_read() {
    for name in ["template", "monitor_offers", "supermarkets_es", "jumia_egypt", "jumia_morocco"] {
        ColumnMap::load(&maps_dir().join(format!("{name}.toml"))).unwrap();
    }
    // Every field and default stands in the template.
    let template = std::fs::read_to_string(maps_dir().join("template.toml")).unwrap();
    for field in Field::ALL {
        assert!(
            template
                .lines()
                .any(|l| l.trim_start_matches("# ").split_whitespace().next() == Some(field.name())),
            "{} is not in the template",
            field.name()
        );
    }
    let defaults = toml::Value::try_from(Defaults {
        captured: Some("2023-10-01".parse().unwrap()),
        hs6: Some("852852".parse().unwrap()),
        market: Some("AT".parse().unwrap()),
        condition: Some(model::Condition::New),
        level: Some(model::CommercialLevel::Retail),
        currency: Some(model::Currency::EUR),
        seller: Some(String::new()),
        site: Some(String::new()),
        decimal_separator: Some(','),
        language: Some(String::new()),
        ships_to: Vec::new(),
        private_sellers: false,
    })
    .unwrap();
    for key in defaults.as_table().unwrap().keys() {
        assert!(template.contains(&format!("# {key} = ")), "{key} is not in the template");
    }
}

#[test]
fn the_keyword_files_that_ship_can_be_read() {
    for (name, language, goods, code) in [
        ("keywords_es_groceries.csv", "es", "Atún claro en aceite de oliva lata 3 x 80 g", "160414"),
        ("keywords_es_groceries.csv", "es", "Aceite de Oliva Virgen Extra 1 l", "150920"),
        ("keywords_es_groceries.csv", "es", "Leche semidesnatada brik 1 l", "040120"),
        ("keywords_fr_marketplace.csv", "fr", "Souris sans fil 2.4 GHz", "847160"),
    ] {
        let text = std::fs::read_to_string(maps_dir().join("../hs").join(name)).unwrap();
        let keywords = normalizer::HsKeywords::parse_csv(&text).unwrap();
        assert!(keywords.len() > 100, "{name}");
        let hit = keywords.classify(goods, Some(language)).unwrap();
        assert_eq!(hit.hs.as_str(), code, "{goods}");
    }
    let text = std::fs::read_to_string(maps_dir().join("../hs/keywords_es_groceries.csv")).unwrap();
    let keywords = normalizer::HsKeywords::parse_csv(&text).unwrap();
    // "in olive oil" describes other goods.
    assert_eq!(keywords.classify("Pimientos en aceite de oliva", Some("es")), None);
}

/// The shared lists, read with the maps that ship: every row arrives, as an offer or a rejection.
#[test]
fn real_lists_are_read_whole() {
    let shared = std::env::var("TOUCHSTONE_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let lists = shared.join("data/listings");
    if !lists.is_dir() {
        assert_ne!(
            std::env::var("TOUCHSTONE_REQUIRE_SHARED").as_deref(),
            Ok("1"),
            "{} is missing",
            lists.display()
        );
        eprintln!("skipped: real_lists_are_read_whole");
        return;
    }
    let mut told = String::new();
    for (file, name) in [
        ("offers_2023-10-01_EUR.jsonl.gz", "monitor_offers"),
        ("supermarkets_es_EUR_productos.csv.gz", "supermarkets_es"),
        ("jumia_egypt_EGP.csv.gz", "jumia_egypt"),
        ("jumia_morocco_fr_MAD.csv.gz", "jumia_morocco"),
    ] {
        let mut map = ColumnMap::load(&maps_dir().join(format!("{name}.toml"))).unwrap();
        map.defaults.captured.get_or_insert("2024-03-01".parse().unwrap());
        let file_bytes = std::fs::File::open(lists.join(file)).unwrap();
        let reader = std::io::BufReader::new(flate2::read::MultiGzDecoder::new(file_bytes));
        let (mut read_rows, mut priced, mut branded) = (0, 0, 0);
        let mut bad: BTreeMap<&str, u32> = BTreeMap::new();
        let mut sites = std::collections::BTreeSet::new();
        for row in read(reader, file, &map, now()).unwrap() {
            read_rows += 1;
            match row.outcome {
                Ok((listing, capture, _)) => {
                    priced += u32::from(listing.price.is_some());
                    branded += u32::from(listing.brand.is_some());
                    sites.insert(capture.site);
                }
                Err(rejection) => *bad.entry(rejection.reason.code()).or_default() += 1,
            }
        }
        told.push_str(&format!(
            "{name}: {read_rows} rows, {priced} with a price, {branded} with a brand, {} sites, bad {bad:?}\n",
            sites.len()
        ));
    }
    insta::assert_snapshot!(told, @r#"
    monitor_offers: 23619 rows, 23616 with a price, 23616 with a brand, 137 sites, bad {"no_listing": 3}
    supermarkets_es: 22629 rows, 22040 with a price, 18758 with a brand, 3 sites, bad {}
    jumia_egypt: 2022 rows, 2019 with a price, 0 with a brand, 1 sites, bad {}
    jumia_morocco: 295 rows, 295 with a price, 203 with a brand, 1 sites, bad {}
    "#);
}

/// A file cut off within a character: the text before it stays, and the decoder is not asked twice.
#[test]
fn utf16_that_ends_within_a_character() {
    for cut_off in [1, 3] {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend("name,price\ncup,1.20\n".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.truncate(bytes.len() - cut_off);
        assert_eq!(rows_of(&bytes, "a.csv", &dated()).len(), 1);
    }
    assert!(refusal(&[0xfe, 0xff, 0x00], "a.csv", &dated()).contains("no column 'name'"));
    assert!(refusal(&[0xff, 0xfe], "a.csv", &dated()).contains("is empty"));
}

/// What is no table can have a megabyte in one cell: messages quote the beginning of it.
#[test]
fn messages_stay_short_whatever_the_cells() {
    let long = "x".repeat(300_000);
    let said = refusal(format!("{long},b\n1,2\n").as_bytes(), "a.csv", &dated());
    assert!(said.len() < 500, "{}", said.len());
    let said = refusal(format!("{long},{long},name,price\n1,2,3,4\n").as_bytes(), "a.csv", &dated());
    assert!(said.contains("stands twice") && said.len() < 300, "{}", said.len());
    let list = format!("name,price,url,captured\ncup,1,/{long},\ncup,1,,{long}\ncup,1,,-26214-01-01\n");
    for row in rows_of(list.as_bytes(), "a.csv", &dated()) {
        let rejection = row.outcome.unwrap_err();
        assert_eq!(rejection.reason, RejectionReason::BadField);
        assert!(rejection.detail.chars().count() <= DETAIL + 1);
    }
}

/// Half a million columns are compared with each other in no time.
#[test]
fn a_header_of_many_columns_is_read_at_once() {
    let header: String = (0..300_000).map(|i| format!("c{i},")).collect();
    let list = format!("{header}name,price\n");
    assert_eq!(rows_of(list.as_bytes(), "a.csv", &dated()).len(), 0);
}
