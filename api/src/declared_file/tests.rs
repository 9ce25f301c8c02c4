//! Declared lines as administrations write them.

use super::*;
use proptest::prelude::*;

fn map(text: &str) -> DeclaredMap {
    DeclaredMap::parse(text, "m.toml").unwrap()
}
fn refusal(csv: &[u8], map: Option<&DeclaredMap>) -> String {
    read(csv, "d.csv", map).err().unwrap().to_string()
}

#[test]
fn own_columns_in_any_case_and_the_others_echoed() {
    let csv = "Line;HS;Net Mass KG;value;currency;quantity;unit;expected_verdict;export-date;note\n\
        1;070320;;840;EUR;1000;kg;low_review;2026-09-15;\"a;b\"\n";
    let mut lines = read(csv.as_bytes(), "d.csv", None).unwrap();
    assert_eq!(lines.extra_columns(), ["expected_verdict", "note"]);
    let row = lines.next().unwrap();
    assert_eq!(row.number, 2);
    assert_eq!(row.extra, ["low_review", "a;b"]);
    let line = row.line.unwrap();
    assert_eq!(line.net_mass_kg, None);
    assert_eq!(line.export_date.as_deref(), Some("2026-09-15"));
    let declaration = line.parse(None).unwrap();
    assert_eq!(declaration.value.to_string(), "840 EUR");
    assert!(lines.next().is_none());
}

#[test]
fn a_bad_row_keeps_its_number_and_the_rest_goes_on() {
    let csv = b"hs,value,currency,note\n070320,1,EUR\n070320,2,EUR,n\xe9\n\n070320,x,EUR,ok\n";
    let rows: Vec<DeclaredRow> = read(&csv[..], "d.csv", None).unwrap().collect();
    let told: Vec<String> = rows
        .iter()
        .map(|row| match &row.line {
            Ok(line) => {
                format!("{} {:?} {:?}", row.number, line.parse(None).unwrap_err().0[0].to_string(), row.extra)
            }
            Err(e) => format!("{} {e} {:?}", row.number, row.extra),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2 3 cells, where the header names 4 [""]
    3 column 'note': 'n�' is not UTF-8 text; if the whole list is in another encoding, name it in the map: encoding = "windows-1252" [""]
    5 "value: 'x' is not a number: write digits with a point for decimals, like 1250.50" ["ok"]
    "#);
}

#[test]
fn marks_that_the_map_leaves_no_place_for_are_refused_and_the_line_s_other_cells_kept() {
    let map = map("decimal_separator = \",\"\ndate_format = \"%d.%m.%Y\"\n");
    let csv = "hs;value;currency;quantity;export_date;note\n\
        070320;1.234.567,50;EUR;4.000;15.09.2026;a\n070320;4.50;EUR;2;15.09.2026;b\n\
        070320;4,50;EUR;1,000.00;2026-09-15;c\n070320;4,50;EUR;2;2026-09-15 10:30:00;d\n\
        070320;4,50;EUR;2;1.9.26;e\n070320;4.50;EUR;1,000.00;1.9.26;g\n070320;4,50;EUR;2;2026-09-15T23:30:00Z;f\n";
    let told: Vec<String> = read(csv.as_bytes(), "d.csv", Some(&map))
        .unwrap()
        .map(|row| match row.line {
            Ok(l) => {
                let fields = [l.value, l.quantity, l.export_date].map(Option::unwrap).join(" ");
                format!("{fields} {:?}", row.extra)
            }
            Err(Unread { why, given }) => {
                let kept = [given.hs, given.value, given.quantity].map(Option::unwrap).join(" ");
                format!("{why} | {kept} {:?}", row.extra)
            }
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    1234567.50 4000 2026-09-15 ["a"]
    value: '4.50' is no number with the decimal mark ',', which the map names; write it like 1.250,50 | 070320 4.50 2 ["b"]
    quantity: '1,000.00' is no number with the decimal mark ',', which the map names; write it like 1.250,50 | 070320 4.50 1,000.00 ["c"]
    4.50 2 2026-09-15 ["d"]
    export_date: '1.9.26' is no date of the form %d.%m.%Y, which the map names, nor like 2026-09-15 | 070320 4.50 2 ["e"]
    value: '4.50' is no number with the decimal mark ',', which the map names; write it like 1.250,50; quantity: '1,000.00' is no number with the decimal mark ',', which the map names; write it like 1.250,50; export_date: '1.9.26' is no date of the form %d.%m.%Y, which the map names, nor like 2026-09-15 | 070320 4.50 1,000.00 ["g"]
    4.50 2 2026-09-15 ["f"]
    "#);
}

#[test]
fn columns_of_numbers_have_no_national_marks_but_days_may_stand_in_them() {
    let map = map("decimal_separator = \",\"\ndate_format = \"%Y%m%d\"\n");
    let csv = "hs;value;currency;export_date\n7032000;4.50;EUR;20260915\n7032000;4.50;EUR;20269915\n";
    let lines = read(csv.as_bytes(), "d.parquet", Some(&map)).unwrap();
    let told: Vec<_> = lines
        .with_numbers(vec![true, true, false, true])
        .map(|row| match row.line {
            Ok(l) => [l.hs, l.value, l.export_date].map(Option::unwrap).join(" "),
            Err(unread) => unread.why,
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    07032000 4.50 2026-09-15
    export_date: '20269915' is no date of the form %Y%m%d, which the map names, nor like 2026-09-15
    "#);
}

#[test]
fn a_missing_column_is_named_with_the_nearest() {
    insta::assert_snapshot!(refusal(b"hs_code,value,currency\n", None), @"d.csv: no column 'hs'; the file has 'hs_code', 'value', 'currency'; did you mean 'hs_code'?");
    insta::assert_snapshot!(refusal(b"hs,value,curency\n", None), @"d.csv: no column 'currency'; the file has 'hs', 'value', 'curency'; did you mean 'curency'?");
    insta::assert_snapshot!(refusal(b"hs,amount,currency\n", None), @"d.csv: no column 'value' (value of the line) and no 'price' (price of one unit); the file has 'hs', 'amount', 'currency'");
    insta::assert_snapshot!(refusal(b"", None), @"d.csv: the file is empty; its first line must name the columns");
    let mapped =
        map("[columns]\nhs = \"HS6 Code\"\nvalue = \"Item Price\"\n[defaults]\ncurrency = \"KRW\"\n");
    insta::assert_snapshot!(refusal(b"HS6_Code,Item Prices\n", Some(&mapped)), @"d.csv: no column 'Item Price' for the field value; the file has 'HS6_Code', 'Item Prices'; did you mean 'Item Prices'?");
}

#[test]
fn a_wrong_map_is_refused() {
    let problem = |text: &str| DeclaredMap::parse(text, "m.toml").unwrap_err().to_string();
    insta::assert_snapshot!(problem("[columns]\nnet_mass = \"kg\"\n"), @"column map m.toml: columns.net_mass: a declared line has no such field (did you mean 'net_mass_kg'?); the fields are line, hs, description, brand, model, gtin, condition, level, value, price, currency, quantity, unit, net_mass_kg, piece_mass_kg, export_date, origin, export_country, import_country, transaction, terms, importer");
    assert!(problem("colums = 1\n").contains("unknown field `colums`"));
    assert!(problem("[columns]\nhs = { pointer = \"/a\" }\n").contains("not a pointer"));
    assert!(problem("decimal_separator = \"x\"\n").contains("neither"));
    assert!(problem("delimiter = \"\\\"\"\n").contains("ASCII"));
}

#[test]
fn national_layouts_are_turned_into_the_own_one() {
    let text = "delimiter = \";\"\nencoding = \"windows-1252\"\ndate_format = \"%d.%m.%Y\"\ndecimal_separator = \",\"\nabsent = [\"-\"]\n\
        [columns]\nhs = \"Warennummer\"\ndescription = \"Bezeichnung\"\nvalue = \"Wert\"\nexport_date = \"Datum\"\nnet_mass_kg = \"Eigenmasse\"\nquantity = \"Eigenmasse\"\nbrand = \"Marke\"\n\
        [defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\n";
    let csv = b"Warennummer;Bezeichnung;Wert;Datum;Eigenmasse;Marke;Zeile\n0703 20 00;K\xfcchenkraut;1.234,50;15.09.2026;1 000,5;-;7\n";
    let row = read(&csv[..], "d.csv", Some(&map(text))).unwrap().next().unwrap();
    let line = row.line.unwrap();
    assert_eq!(line.brand, None);
    let d = line.parse(None).unwrap();
    insta::assert_snapshot!(
        format!("{} {} {} {} {:?} {:?}", d.hs, d.description.unwrap(), d.value, d.export_date, d.quantity.map(|q| q.to_string()), d.net_mass),
        @r#"07032000 Küchenkraut 1234.50 EUR 2026-09-15 Some("1000.5 kg") Some(1000.5)"#
    );
    assert_eq!(row.extra, ["7"]);
}

#[test]
fn a_header_that_is_nearly_a_field_is_pointed_out() {
    let lines = read(&b"hs,value,currency,net_mas_kg,colour\n"[..], "d.csv", None).unwrap();
    insta::assert_snapshot!(lines.warnings().join("\n"), @"column 'net_mas_kg' is only echoed; did you mean 'net_mass_kg'?");
}

#[test]
fn the_maps_that_ship_are_read_and_name_what_a_line_needs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/maps");
    let mut shipped = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("declarations_") {
            continue;
        }
        shipped += 1;
        let map = DeclaredMap::load(&path).unwrap();
        // One column may hold two fields (a mass that is the quantity too).
        let header: std::collections::BTreeSet<String> =
            map.columns.values().map(|c| c.name().to_owned()).chain(map.office.clone()).collect();
        let header: Vec<String> = header.into_iter().collect();
        let text = format!("\"{}\"\n", header.join("\",\""));
        let lines = read(text.as_bytes(), "d.csv", Some(&map)).unwrap();
        // Everything is a field but the office, where the map names one.
        assert_eq!(lines.extra_columns(), map.office.as_slice(), "{}", path.display());
    }
    assert!(shipped >= 3);
}

#[test]
fn real_declarations_are_read_whole() {
    let shared = std::env::var("TOUCHSTONE_SHARED").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        std::path::PathBuf::from,
    );
    let file = shared.join("data/declarations/df_syn_valid_eng.csv.gz");
    if !file.is_file() {
        assert_ne!(
            std::env::var("TOUCHSTONE_REQUIRE_SHARED").as_deref(),
            Ok("1"),
            "{} is missing",
            file.display()
        );
        eprintln!("skipped: real_declarations_are_read_whole");
        return;
    }
    let map = DeclaredMap::load(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/maps/declarations_kcs.toml"),
    )
    .unwrap();
    let unpacked = flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap());
    let lines = read(std::io::BufReader::new(unpacked), "kcs.csv", Some(&map)).unwrap();
    let (mut read_lines, mut good) = (0, 0);
    let mut problems: BTreeMap<String, u32> = BTreeMap::new();
    for row in lines {
        read_lines += 1;
        match row.line.unwrap().parse(None) {
            Ok(_) => good += 1,
            Err(errors) => {
                for error in errors.0 {
                    *problems.entry(error.field).or_default() += 1;
                }
            }
        }
    }
    insta::assert_snapshot!(format!("{read_lines} lines, {good} understood, {problems:?}"), @r#"8134 lines, 7715 understood, {"hs": 349, "net_mass_kg": 55, "quantity": 55, "value": 79}"#);
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut csv = b"hs,value,currency\n".to_vec();
        csv.extend(&bytes);
        let _ = read(&csv[..], "d.csv", None).unwrap().count();
        if let Ok(lines) = read(&bytes[..], "d.csv", None) {
            let _ = lines.count();
        }
    }
}
