//! Lists that are refused as a whole: more than a table holds, broken ones, and those that this program breaks
//! off at. Which of several faults is told does not depend on threads.

use super::stored_tests::*;
use super::*;
use crate::failure::{Exit, Failure};
use std::io::Write as _;

const THREADS: [usize; 4] = [1, 2, 3, 50];

fn refused<S: Sink>(path: &Path, extent: Extent, threads: usize, sink: impl Fn() -> S + Sync) -> ImportError {
    match read(path, &map(MAP), extent, threads, sink) {
        Err(error) => error,
        Ok(read) => panic!("{} lines were read", read.lines),
    }
}

#[test]
fn rows_are_held_to_their_limit_on_both_sides_of_it() {
    let folder = Folder::new();
    let extent = Extent { rows: 100, ..Extent::of_table(true) };
    let all = rows(101, false);
    // A line is the header of a CSV.
    for (name, most, more) in [
        ("list.parquet", parquet(&all[..100], USUAL, 30, zstd()), parquet(&all, USUAL, 30, zstd())),
        ("list.csv", csv(&all[..99]).into_bytes(), csv(&all[..100]).into_bytes()),
    ] {
        let path = folder.file(name, &most);
        assert_eq!(read(&path, &map(MAP), extent, 2, Collected::default).unwrap().lines, 100);
        let error = refused(&folder.file(name, &more), extent, 2, Collected::default);
        assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
        assert!(
            error.to_string().contains("101 rows") && error.to_string().contains("may have 100"),
            "{error}"
        );
        let failure = Failure::from(error);
        assert!(failure.exit == Exit::Input && failure.hint.unwrap().contains("by chapter"));
    }
    assert_eq!(Extent::of_table(true).rows, 268_435_456);
}

#[test]
fn too_many_rows_are_refused_before_they_are_read() {
    let folder = Folder::new();
    let extent = Extent { rows: 1_000, ..Extent::of_table(true) };
    let all = rows(20_000, false);
    let untouched = || -> Collected { panic!("no row is to be taken") };
    // What is broken further on is not even seen.
    let mut bytes = parquet(&all, USUAL, 5_000, zstd());
    spoil(&mut bytes, 0, 0);
    let error = refused(&folder.file("list.parquet", &bytes), extent, 2, untouched);
    assert!(error.to_string().contains("20000 rows"), "{error}");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(csv(&all).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let cut = &packed[..packed.len() / 2];
    let error = refused(&folder.file("list.csv.gz", cut), extent, 2, Collected::default);
    assert!(error.to_string().contains("1001 rows"), "{error}");
    let error = refused(&folder.file("list.csv.gz", cut), Extent::of_table(true), 2, Collected::default);
    assert!(matches!(error, ImportError::Read { .. }), "{error}");
}

#[test]
fn the_first_fault_of_the_file_is_told() {
    let folder = Folder::new();
    let mut bytes = parquet(&rows(2_000, false), USUAL, 100, zstd());
    for (group, column) in [(6, 0), (2, 4), (12, 2), (3, 0)] {
        spoil(&mut bytes, group, column);
    }
    let path = folder.file("list.parquet", &bytes);
    for threads in THREADS {
        for _ in 0..20 {
            let error = refused(&path, Extent::of_table(true), threads, Collected::default).to_string();
            assert!(error.contains("row group 3, column 'unit_price'"), "{threads}: {error}");
        }
    }
}

/// Takes rows until one has this number or a later one.
struct Breaking(u32);
impl Sink for Breaking {
    fn take(&mut self, _: &Lists, rows: &Rows<'_>) {
        assert!(rows.first < self.0, "row {} is one too many", self.0);
    }
}

#[test]
fn a_fault_of_the_program_is_told_as_one() {
    let folder = Folder::new();
    let rows = rows(20_000, false);
    let whole = parquet(&rows, USUAL, 1_000, zstd());
    let path = folder.file("list.parquet", &whole);
    for threads in THREADS {
        let error = refused(&path, Extent::of_table(true), threads, || Breaking(4_000));
        let told =
            "broke off at row group 5 by a fault of this program, not of the file: row 4000 is one too many";
        assert!(error.to_string().contains(told), "{threads}: {error}");
        let failure = Failure::from(error);
        assert!(failure.exit == Exit::Bug && failure.hint.unwrap().contains("please report"));
    }
    let path = folder.file("list.csv", csv(&rows).as_bytes());
    let error = refused(&path, Extent::of_table(true), 1, || Breaking(4_000));
    assert!(matches!(&error, ImportError::Fault { place, .. } if place.is_empty()), "{error}");
}

#[test]
fn of_a_broken_file_and_a_fault_of_the_program_the_first_is_told() {
    let folder = Folder::new();
    let whole = parquet(&rows(2_000, false), USUAL, 100, zstd());
    for (broken, faulty, told) in
        [(5, 900, "row group 6, column 'hs6'"), (15, 900, "at row group 10 by a fault of this program")]
    {
        let mut bytes = whole.clone();
        spoil(&mut bytes, broken, 0);
        let path = folder.file("list.parquet", &bytes);
        for threads in THREADS {
            for _ in 0..10 {
                let error = refused(&path, Extent::of_table(true), threads, || Breaking(faulty)).to_string();
                assert!(error.contains(told), "{threads}: {error}");
            }
        }
    }
}
