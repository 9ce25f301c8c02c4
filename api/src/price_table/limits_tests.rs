//! Lists of more facets or sources than a table holds: read no further than to the stretch that is too much, and
//! refused for what stands first in the file. Rows are held to their limit in `refused_tests`.

use super::footing_tests::{MAP, csv, of_facets, parquet};
use super::stored_tests::spoil;
use super::*;
use crate::failure::{Exit, Failure};
use statistics::table::{Bounds, ListRows};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const THREADS: [usize; 4] = [1, 2, 3, 50];
const FACETS: &str = "occur together in ";
const SOURCES: &str = "rows that can be used are of ";

fn extent(facets: usize, sources: usize) -> Extent {
    Extent { facets, sources, ..Extent::of_table(true) }
}

fn read_at(path: &Path, extent: Extent, threads: usize) -> Result<ReadList<Parter>, ImportError> {
    let map = PriceMap::parse(MAP, "map.toml").unwrap();
    let bounds = Arc::new(Bounds::default());
    read(path, &map, extent, threads, || Parter::new(Arc::clone(&bounds)))
}

fn written(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Rows each of a facet of its own, every ten of a source of their own.
fn of_many() -> Vec<String> {
    let rows = of_facets(3_900, "2.5", 0).into_iter().enumerate();
    rows.map(|(at, row)| row.replace(",a,", &format!(",S{},", at / 10))).collect()
}

/// How a list is refused.
fn refused(path: &Path, extent: Extent, threads: usize) -> String {
    match read_at(path, extent, threads) {
        Err(error) => error.to_string(),
        Ok(read) => panic!("{} lines were read", read.lines),
    }
}

#[test]
fn sources_are_held_to_their_limit_on_both_sides_of_it() {
    // Some rows are left out: their sources do not count.
    let mut rows = of_many();
    rows.truncate(500);
    rows.extend((0..300).map(|n| format!("070320,CN,2024-09-27,bad {n},free,kg,new,wholesale")));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    for (name, bytes) in [("list.csv", csv(&rows)), ("list.parquet", parquet(&rows, 100, true))] {
        let (_folder, path) = written(name, &bytes);
        for threads in THREADS {
            let read = read_at(&path, extent(4_096, 50), threads).unwrap();
            assert!(read.left_out.rows == 300 && read.lists.sources.len() == 350);
            assert_eq!(ListRows::of(read.sinks, read.lists).1.sources.len(), 50);
            // Those of several threads together count where they are put together.
            let one_less = extent(4_096, 49);
            let error = match read_at(&path, one_less, threads) {
                Err(error) => error,
                Ok(read) => {
                    assert!(threads > 1);
                    let sources = ListRows::of(read.sinks, read.lists).1.sources.len();
                    one_less.hold_sources(sources, &path.display().to_string()).unwrap_err()
                }
            };
            let told = format!("{name}: {SOURCES}50 sources or more; a list may have 49");
            assert!(error.to_string().ends_with(&told), "{error}");
            let failure = Failure::from(error);
            assert!(failure.exit == Exit::Input && failure.hint.unwrap().contains("by chapter"));
        }
    }
    let of_table = Extent::of_table(true);
    assert_eq!((of_table.facets, of_table.sources), (4_096, 131_072));
}

#[test]
fn what_is_too_much_is_refused_where_it_is_and_no_more_is_read() {
    // So much that a fault in its second half is far behind.
    let rows: Vec<String> = of_many().into_iter().cycle().take(60_000).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&csv(&rows)).unwrap();
    let packed = packed.finish().unwrap();
    let (_folder, path) = written("list.csv.gz", &packed[..packed.len() / 2]);
    assert!(refused(&path, extent(4_096, 1_000), 1).contains("after line "));
    assert!(refused(&path, extent(3_000, 1_000), 1).contains(FACETS));
    assert!(refused(&path, extent(4_096, 300), 1).contains(SOURCES));
}

#[test]
fn of_limits_and_faults_the_first_is_told() {
    let rows = of_many();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    // Ten row groups, each with 400 facets and 40 sources more; the last has fewer.
    let whole = parquet(&rows, 400, true);
    for (broken, most, told) in [
        (&[][..], (1_000, 1_000), FACETS),
        (&[], (4_096, 100), SOURCES),
        // In one row group facets come first.
        (&[], (1_000, 100), FACETS),
        (&[], (1_500, 100), SOURCES),
        (&[], (1_000, 150), FACETS),
        (&[3], (1_000, 1_000), FACETS),
        (&[3, 9], (4_096, 100), SOURCES),
        // What is broken has no end: its own rows do not count.
        (&[2], (1_000, 1_000), "row group 3, column 'source'"),
        (&[2], (4_096, 100), "row group 3, column 'source'"),
        (&[5, 1], (1_000, 100), "row group 2, column 'source'"),
        (&[9], (4_096, 1_000), "row group 10, column 'source'"),
    ] {
        let mut bytes = whole.clone();
        broken.iter().for_each(|group| spoil(&mut bytes, *group, 3));
        let (_folder, path) = written("list.parquet", &bytes);
        for threads in THREADS {
            for _ in 0..10 {
                let error = match read_at(&path, extent(most.0, most.1), threads) {
                    Err(error) => error,
                    Ok(read) => {
                        let sources = ListRows::of(read.sinks, read.lists).1.sources.len();
                        extent(most.0, most.1).hold_sources(sources, "").unwrap_err()
                    }
                };
                let error = error.to_string();
                assert!(error.contains(told), "{threads} threads, {broken:?} {most:?}: {error}");
            }
        }
    }
}
