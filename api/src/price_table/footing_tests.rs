//! Price lists whose rows state their own unit, condition and level: read alike from CSV and Parquet, brought to
//! the plain unit, and left out where a cell names none.

use super::*;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

const HEADER: &str = "hs6,origin,date,source,unit_price,per,state,level";
const MAP: &str = "codes = 'as_stated'\nabsent = ['n/a']\n[columns]\nhs = 'hs6'\norigin = 'origin'\ndate = 'date'\n\
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

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

/// All cells as text, empty ones as missing values.
fn parquet(rows: &[&str], group: usize, dictionary: bool) -> Vec<u8> {
    let columns: Vec<&str> = HEADER.split(',').collect();
    let fields: String = columns.iter().map(|name| format!("optional binary {name} (UTF8); ")).collect();
    let schema = Arc::new(parse_message_type(&format!("message list {{ {fields} }}")).unwrap());
    let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for rows in rows.chunks(group) {
        let mut out = writer.next_row_group().unwrap();
        for at in 0..columns.len() {
            let cells: Vec<&str> = rows.iter().map(|row| row.split(',').nth(at).unwrap()).collect();
            let there: Vec<ByteArray> =
                cells.iter().filter(|cell| !cell.is_empty()).map(|cell| ByteArray::from(*cell)).collect();
            let levels: Vec<i16> = cells.iter().map(|cell| i16::from(!cell.is_empty())).collect();
            let mut column = out.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&there, Some(&levels), None).unwrap();
            column.close().unwrap();
        }
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn read(name: &str, bytes: &[u8], map: &str, threads: usize) -> PriceTable {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    PriceTable::read(&path, &PriceMap::parse(map, "map.toml").unwrap(), threads).unwrap()
}

fn words(table: &PriceTable) -> Vec<(String, String, String, f64)> {
    let of = |c: &Columns, i: usize| {
        let facet = table.facets[usize::from(c.facet[i])];
        let origin = facet.origin.map(|o| o.to_string()).unwrap_or_default();
        (origin, facet.footing.to_string(), table.sources[c.source[i] as usize].clone(), c.price[i])
    };
    table.chunks.iter().flat_map(|c| (0..c.len()).map(move |i| of(c, i))).collect()
}

#[test]
fn rows_state_their_own_unit_condition_and_level() {
    let expected: Vec<_> = (EXPECTED.iter())
        .map(|&(origin, footing, source, price)| (origin.into(), footing.into(), source.into(), price))
        .collect();
    let from_csv = read("list.csv", &csv(ROWS), MAP, 1);
    assert_eq!(words(&from_csv), expected);
    assert!(from_csv.facets.is_sorted_by(|a, b| a < b) && from_csv.facets.len() == 5);
    for (group, dictionary, threads) in [(100, true, 1), (4, true, 3), (3, false, 2), (1, true, 2)] {
        let table = read("list.parquet", &parquet(ROWS, group, dictionary), MAP, threads);
        assert_eq!(words(&table), expected, "row groups of {group}");
        assert_eq!((&table.facets, &table.sources), (&from_csv.facets, &from_csv.sources));
        assert_eq!(table.left_out.by_reason, from_csv.left_out.by_reason);
        let told = |table: &PriceTable, shift: u64| -> Vec<(u64, String, Reason)> {
            let first = table.left_out.first.iter();
            first.map(|bad| (bad.row + shift, bad.column.clone(), bad.reason)).collect()
        };
        assert_eq!(told(&table, 1), told(&from_csv, 0));
    }
}

#[test]
fn cells_that_name_none_are_left_out_with_their_reason() {
    let table = read("list.csv", &csv(ROWS), MAP, 1);
    let told: Vec<String> = table.left_out.first.iter().map(ToString::to_string).collect();
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
    let table = read("list.csv", &csv(&rows), &map, 1);
    let told: Vec<(String, f64)> = words(&table).into_iter().map(|w| (w.1, w.3)).collect();
    assert_eq!(
        told,
        [("per piece, used, retail level".into(), 1.0), ("per kg, used, wholesale level".into(), 3.0)]
    );
    // A list without these columns, and one whose every cell says what the other's default does.
    let (of_columns, of_defaults) =
        (MAP, MAP.replace("unit = 'per'\ncondition = 'state'\nlevel = 'level'\n", "") + "unit = 'kg'\n");
    let rows = &ROWS[..1];
    let (one, other) = (read("a.csv", &csv(rows), of_columns, 1), read("a.csv", &csv(rows), &of_defaults, 1));
    assert_eq!((one.facets, one.chunks), (other.facets, other.chunks));
    // All prices for a dozen.
    let dozens = of_defaults.replace("'kg'", "'dozen'");
    assert_eq!(words(&read("a.csv", &csv(rows), &dozens, 1))[0].3, 0.2625);
}

#[test]
fn origins_can_be_left_out_of_account() {
    let mut table = read("list.csv", &csv(ROWS), MAP, 1);
    let before = words(&table);
    table.leave_origins();
    let after = words(&table);
    assert_eq!(table.facets.len(), 4);
    assert!(table.facets.is_sorted_by(|a, b| a < b) && table.facets.iter().all(|f| f.origin.is_none()));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.1, &before.2, before.3), (&after.1, &after.2, after.3));
    }
}
