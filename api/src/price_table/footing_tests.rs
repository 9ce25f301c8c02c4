//! Price lists whose rows state their own unit, condition and level: read alike from CSV and Parquet, brought to
//! the plain unit, and left out where a cell names none.

use super::stored_tests::put;
use super::*;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use statistics::table::{Bounds, ListRows};
use std::sync::Arc;

const HEADER: &str = "hs6,origin,date,source,unit_price,per,state,level";
pub(super) const MAP: &str = "codes = 'as_stated'\nabsent = ['n/a']\n[columns]\nhs = 'hs6'\norigin = 'origin'\ndate = 'date'\n\
    source = 'source'\nprice = 'unit_price'\nunit = 'per'\ncondition = 'state'\nlevel = 'level'\n\
    [defaults]\ncurrency = 'USD'\n";

const ROWS: &[&str] = &[
    "070320,CN,2024-09-27,a,3.15,kg,new,wholesale",
    "070320,CN,2024-09-27,a,0.37,g,new,wholesale",
    "070320,,2024-09-27,a,1200,t,new,wholesale",
    "070320,CN,2024-09-27,a,0.31,100 g,New,Wholesale",
    "070320,CN,2024-09-27,b,2,piece,new,retail",
    "070320,CN,2024-09-27,b,10,dozen,new,retail",
    "070320,CN,2024-09-27,b,1,H87,gebraucht,retail",
    "070320,ES,2024-09-27,b,1,ml,new,retail",
    // Left out.
    "070320,CN,2024-09-27,a,3,stone,new,wholesale",
    "070320,CN,2024-09-27,a,3,12,new,wholesale",
    "070320,CN,2024-09-27,a,3,,new,wholesale",
    "070320,CN,2024-09-27,a,3,kg,mint,wholesale",
    "070320,CN,2024-09-27,a,3,kg,n/a,wholesale",
    "070320,CN,2024-09-27,a,3,kg,new,b2b",
    "070320,CN,2024-09-27,a,900000000000000,g,new,wholesale",
];

/// What is expected: origin, footing, source, price.
const EXPECTED: &[(&str, &str, &str, f64)] = &[
    ("CN", "per kg, new, wholesale level", "a", 3.15),
    ("CN", "per kg, new, wholesale level", "a", 370.0),
    ("", "per kg, new, wholesale level", "a", 1.2),
    ("CN", "per kg, new, wholesale level", "a", 3.1),
    ("CN", "per piece, new, retail level", "b", 2.0),
    ("CN", "per piece, new, retail level", "b", 0.833_333_333_333),
    ("CN", "per piece, used, retail level", "b", 1.0),
    ("ES", "per litre, new, retail level", "b", 1000.0),
];

pub(super) fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

/// All cells as text, empty ones as missing values.
pub(super) fn parquet(rows: &[&str], group: usize, dictionary: bool) -> Vec<u8> {
    let columns: Vec<&str> = HEADER.split(',').collect();
    let fields: String = columns.iter().map(|name| format!("optional binary {name} (UTF8); ")).collect();
    let schema = Arc::new(parse_message_type(&format!("message list {{ {fields} }}")).unwrap());
    let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for rows in rows.chunks(group) {
        let mut out = writer.next_row_group().unwrap();
        for at in 0..columns.len() {
            let cell =
                |row: &&str| row.split(',').nth(at).filter(|cell| !cell.is_empty()).map(ByteArray::from);
            let mut column = out.next_column().unwrap().unwrap();
            put::<ByteArrayType>(&mut column, &rows.iter().map(cell).collect::<Vec<_>>(), true);
            column.close().unwrap();
        }
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// A row that was read: its number from 0, origin, footing, source, price.
type Words = (u64, String, String, String, f64);

/// Rows as they come in.
#[derive(Debug, Default)]
struct Collected(Vec<Words>);
impl Sink for Collected {
    fn take(&mut self, lists: &Lists, rows: &Rows<'_>) {
        for i in (0..rows.price.len()).filter(|i| !rows.missing.contains(&(*i as u32))) {
            let facet = lists.facets[usize::from(rows.facet[i])];
            self.0.push((
                u64::from(rows.first) + i as u64,
                facet.origin.map(|o| o.to_string()).unwrap_or_default(),
                facet.footing.to_string(),
                lists.sources[rows.source[i] as usize].clone(),
                rows.price[i],
            ));
        }
    }
}

/// The rows of a list in the order of the file, and those left out.
fn read(name: &str, bytes: &[u8], map: &str, threads: usize) -> (Vec<Words>, LeftOut) {
    let (folder, path) = file(name, bytes);
    let map = PriceMap::parse(map, "map.toml").unwrap();
    let read = super::read(&path, &map, Extent::of_table(true), threads, Collected::default).unwrap();
    drop(folder);
    let mut rows: Vec<Words> = read.sinks.into_iter().flat_map(|sink| sink.0).collect();
    rows.sort_by_key(|row| row.0);
    (rows, read.left_out)
}

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The lists of a list, settled.
fn settled(bytes: &[u8], map: &str, origins: bool) -> Lists {
    let (_folder, path) = file("list.csv", bytes);
    let map = PriceMap::parse(map, "map.toml").unwrap();
    let bounds = Arc::new(Bounds::default());
    let extent = Extent::of_table(origins);
    let read = super::read(&path, &map, extent, 1, || Parter::new(Arc::clone(&bounds))).unwrap();
    ListRows::of(read.sinks, read.lists).1
}

#[test]
fn rows_state_their_own_unit_condition_and_level() {
    let (from_csv, left_out) = read("list.csv", &csv(ROWS), MAP, 1);
    let of = |(number, origin, footing, source, price): &Words, before: u64| {
        (number - before, origin.clone(), footing.clone(), source.clone(), *price)
    };
    let expected: Vec<Words> = (0..)
        .zip(EXPECTED)
        .map(|(n, &(origin, footing, source, price))| {
            (n, origin.into(), footing.into(), source.into(), price)
        })
        .collect();
    // The header is a line.
    assert_eq!(from_csv.iter().map(|row| of(row, 1)).collect::<Vec<_>>(), expected);
    for (group, dictionary, threads) in [(100, true, 1), (4, true, 3), (3, false, 2), (1, true, 2)] {
        let (rows, without) = read("list.parquet", &parquet(ROWS, group, dictionary), MAP, threads);
        assert_eq!(rows, expected, "row groups of {group}");
        assert_eq!(without.by_reason, left_out.by_reason);
        let told = |left_out: &LeftOut, shift: u64| -> Vec<(u64, String, Reason)> {
            let first = left_out.first.iter();
            first.map(|bad| (bad.row + shift, bad.column.clone(), bad.reason)).collect()
        };
        assert_eq!(told(&without, 1), told(&left_out, 0));
    }
}

#[test]
fn cells_that_name_none_are_left_out_with_their_reason() {
    let (_, left_out) = read("list.csv", &csv(ROWS), MAP, 1);
    let told: Vec<String> = left_out.first.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 7);
    for (line, begins) in told.iter().zip([
        "row 10, column 'per': 'stone': not a unit",
        "row 11, column 'per': '12': not a unit",
        "row 12, column 'per': '': empty, and the map gives no default",
        "row 13, column 'state': 'mint': not a condition",
        "row 14, column 'state': 'n/a': empty, and the map gives no default",
        "row 15, column 'level': 'b2b': not a commercial level",
        "row 16, column 'unit_price': '900000000000000': outside",
    ]) {
        assert!(line.starts_with(begins), "{line}");
    }
}

#[test]
fn defaults_stand_for_empty_cells_and_one_footing_is_one() {
    let map = format!("{MAP}unit = 'dozen'\ncondition = 'used'\nlevel = 'retail'\n");
    let rows = ["070320,CN,2024-09-27,a,12,,,", "070320,CN,2024-09-27,a,3,kg,,wholesale"];
    let told: Vec<(String, f64)> =
        read("list.csv", &csv(&rows), &map, 1).0.into_iter().map(|w| (w.2, w.4)).collect();
    assert_eq!(
        told,
        [("per piece, used, retail level".into(), 1.0), ("per kg, used, wholesale level".into(), 3.0)]
    );
    // A list without these columns, and one whose every cell says what the other's default does.
    let of_defaults =
        MAP.replace("unit = 'per'\ncondition = 'state'\nlevel = 'level'\n", "") + "unit = 'kg'\n";
    let one = csv(&ROWS[..1]);
    assert_eq!(settled(&one, MAP, true), settled(&one, &of_defaults, true));
    assert_eq!(read("a.csv", &one, MAP, 1).0, read("a.csv", &one, &of_defaults, 1).0);
    // All prices for a dozen.
    let dozens = of_defaults.replace("'kg'", "'dozen'");
    assert_eq!(read("a.csv", &one, &dozens, 1).0[0].4, 0.2625);
}

/// Sizes are names, too, and there may be more of them than sixteen bits can count.
#[test]
fn a_list_of_seventy_thousand_sizes_keeps_each() {
    let row =
        |g: u32| format!("070320,CN,2024-09-27,a,{}.{:03},{g} g,new,wholesale", g * 5 / 1000, g * 5 % 1000);
    let rows: Vec<String> = (1..=70_000).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    for threads in [1, 2] {
        let (words, left_out) = read("list.parquet", &parquet(&rows, 20_000, false), MAP, threads);
        assert_eq!((words.len(), left_out.rows), (70_000, 0));
        assert!(words.iter().all(|word| word.4 == 5.0), "{:?}", words.iter().find(|word| word.4 != 5.0));
    }
}

#[test]
fn origins_can_be_left_out_of_account() {
    let (with, without) = (settled(&csv(ROWS), MAP, true), settled(&csv(ROWS), MAP, false));
    assert_eq!((with.facets.len(), without.facets.len()), (5, 4));
    assert!(without.facets.is_sorted_by(|a, b| a < b) && without.facets.iter().all(|f| f.origin.is_none()));
}

/// Lines of as many facets, each with a price, for goods of one code.
pub(super) fn of_facets(count: usize, price: &str, skip: usize) -> Vec<String> {
    let letters = || ('A'..='Z').map(|c| c.to_string());
    let pairs = letters().flat_map(|a| letters().map(move |b| a.clone() + &b));
    let countries: Vec<String> = pairs.filter(|pair| pair.parse::<model::Country>().is_ok()).collect();
    let mut rows = Vec::new();
    for unit in ["kg", "l", "piece", "m2"] {
        for (condition, level) in
            [("new", "wholesale"), ("new", "retail"), ("used", "retail"), ("used", "wholesale")]
        {
            let row = |country: &String| {
                format!("070320,{country},2024-09-27,a,{price},{unit},{condition},{level}")
            };
            rows.extend(countries.iter().chain([&String::new()]).map(row));
        }
    }
    assert!(rows.len() > 3_900, "{}", rows.len());
    rows.into_iter().skip(skip).take(count).collect()
}

#[test]
fn facets_are_held_to_their_limit_and_those_of_rows_left_out_do_not_count() {
    const MOST: usize = 3_000;
    let extent = |by_origin| Extent { facets: MOST, ..Extent::of_table(by_origin) };
    assert_eq!(Extent::of_table(true).facets, 4_096);
    let map = PriceMap::parse(MAP, "map.toml").unwrap();
    let read = |rows: &[String], by_origin, threads| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        [("list.csv", csv(&rows)), ("list.parquet", parquet(&rows, 400, true))].map(|(name, bytes)| {
            let (_folder, path) = file(name, &bytes);
            super::read(&path, &map, extent(by_origin), threads, Collected::default)
        })
    };
    // As many as may be, and between them rows of others that are left out for their price.
    let (taken, out) = (of_facets(MOST, "2.5", 0), of_facets(900, "free", MOST));
    let mut most = out[..450].to_vec();
    most.extend(taken.iter().cloned());
    most.extend(out[450..].iter().cloned());
    for threads in [1, 3] {
        for read in read(&most, true, threads) {
            let read = read.unwrap();
            assert_eq!((read.lists.facets.len(), read.left_out.rows), (MOST, 900));
            assert_eq!(read.sinks.iter().map(|sink| sink.0.len()).sum::<usize>(), MOST);
        }
        // One of the others with a price.
        let more = [&most[..], &of_facets(1, "2.5", MOST + 100)].concat();
        for read in read(&more, true, threads) {
            let error = read.unwrap_err().to_string();
            assert!(
                error.contains(
                    "levels and origins of rows that can be used occur together in 3001 ways or more"
                ),
                "{error}"
            );
        }
        // Where origins tell nothing apart there are sixteen.
        for read in read(&of_facets(3_900, "2.5", 0), false, threads) {
            let facets = read.unwrap().lists.facets;
            assert!(facets.len() == 16 && facets.iter().all(|facet| facet.origin.is_none()));
        }
    }
}
