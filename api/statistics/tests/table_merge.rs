//! Price tables put together and lists put to a table: byte for byte the table of one build of all their
//! lists, whatever the order; clear errors where that cannot be; and what moved between two of them.

#![allow(clippy::unwrap_used)]

use model::{CommercialLevel, Condition, ContentHash, Currency, HsCode, Unit};
use proptest::prelude::*;
use statistics::columnar::{Container, Writer, aligned};
use statistics::table::diff::{ListPrices, TableWhy, diff};
use statistics::table::{
    Bounds, Calibrations, Facet, Footing, ListRows, Lists, Merging, Parted, Parter, PriceFile, Rows,
    TableColumns, TableFacts, TableFile, build, merge, unite, write_groups, write_rows,
};
use statistics::{METHOD, Parameters, StatisticsError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The name of a source; those from 40 and from 80 on are nearly that of one below: in case, or by a mark that
/// folding a text for search takes away.
fn source_name(n: u32) -> String {
    match n {
        80.. => format!("source {:02}\u{301}", n - 80),
        40.. => format!("Source {:02}", n - 40),
        _ => format!("source {n:02}"),
    }
}

/// One price: code, origin, day, source, price, number of its footing.
type Price = (u32, Option<&'static str>, u32, u32, u32, usize);

/// Kilograms, new, wholesale; then pieces, used, retail, and litres.
const FOOTINGS: [Footing; 3] = {
    let first =
        Footing { unit: Unit::Kilogram, condition: Condition::New, level: CommercialLevel::Wholesale };
    let second = Footing { unit: Unit::Piece, condition: Condition::Used, level: CommercialLevel::Retail };
    [first, second, Footing { unit: Unit::Litre, ..first }]
};

fn facet(p: &Price) -> Facet {
    Facet { footing: FOOTINGS[p.5], origin: p.1.map(|o| o.parse().unwrap()) }
}

/// A price list: its prices as they stand, some lines of it unusable.
#[derive(Debug, Clone)]
struct List {
    name: String,
    prices: Vec<Price>,
    missing: Vec<u32>,
}

fn code(n: u32) -> HsCode {
    HsCode::parse(&format!("{:04}{:02}", 703 + n / 8, 10 + n % 8)).unwrap()
}

/// How a list comes in: threads that read it, rows that a batch has, and whether its names are met from the
/// last to the first, with some that no row has.
#[derive(Debug, Clone, Copy)]
struct Way {
    threads: usize,
    batch: usize,
    backwards: bool,
}

/// A list as it is read.
fn read(list: &List, as_of: &str, bounds: &Arc<Bounds>, way: Way) -> (ListRows, TableFacts) {
    let codes: BTreeSet<HsCode> = list.prices.iter().map(|p| code(p.0)).collect();
    let facets: BTreeSet<Facet> = list.prices.iter().map(facet).collect();
    let sources: BTreeSet<String> = list.prices.iter().map(|p| source_name(p.3)).collect();
    let mut lists = Lists {
        codes: codes.into_iter().collect(),
        facets: facets.into_iter().collect(),
        sources: sources.into_iter().collect(),
    };
    if way.backwards {
        lists.codes.insert(0, HsCode::parse("070301").unwrap());
        lists.sources.insert(0, "nobody".to_owned());
        lists.codes.reverse();
        lists.facets.reverse();
        lists.sources.reverse();
    }
    let at = |found: Option<usize>| found.unwrap() as u32;
    let (mut hs, mut facets, mut day, mut source, mut price) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut prices = list.prices.iter();
    let rows = list.prices.len() + list.missing.len();
    for row in 0..rows as u32 {
        if list.missing.contains(&row) {
            // Whatever stood there.
            hs.push(u32::MAX);
            facets.push(u16::MAX);
            day.push(i32::MAX);
            source.push(u32::MAX);
            price.push(f64::NAN);
            continue;
        }
        let p = prices.next().unwrap();
        let (its_code, its_facet) = (code(p.0), facet(p));
        hs.push(at(lists.codes.iter().position(|c| *c == its_code)));
        facets.push(at(lists.facets.iter().position(|f| *f == its_facet)) as u16);
        // From 2025-01-01 on.
        day.push(20_089 + p.2 as i32);
        let name = source_name(p.3);
        source.push(at(lists.sources.iter().position(|s| *s == name)));
        price.push(f64::from(p.4) / 100.0);
    }
    let mut parters: Vec<Parter> = (0..way.threads).map(|_| Parter::new(Arc::clone(bounds))).collect();
    for (n, first) in (0..rows).step_by(way.batch).enumerate() {
        let range = first..(first + way.batch).min(rows);
        let missing: Vec<u32> = (list.missing.iter())
            .filter(|place| range.contains(&(**place as usize)))
            .map(|place| *place - first as u32)
            .collect();
        let rows = Rows {
            first: first as u32,
            missing: &missing,
            hs: &hs[range.clone()],
            facet: &facets[range.clone()],
            day: &day[range.clone()],
            source: &source[range.clone()],
            price: &price[range],
        };
        parters[n % way.threads].take(&lists, &rows);
    }
    let (read, Lists { codes, facets, sources }) = ListRows::of(parters, lists);
    let facts = TableFacts {
        currency: Currency::EUR,
        as_of: as_of.parse().unwrap(),
        codes_as_stated: true,
        codes,
        facets,
        sources,
        files: vec![PriceFile {
            name: list.name.clone(),
            hash: ContentHash::of(list.name.as_bytes()),
            first: 0,
            rows: rows as u32,
            left_out: list.missing.len() as u32,
        }],
    };
    (read, facts)
}

fn parameters() -> Parameters {
    Parameters {
        origin_facet: true,
        calibration_min_ranks: 60.0,
        calibration_max_groups: 25,
        ..Parameters::default()
    }
}

fn opened(bytes: &[u8]) -> TableFile {
    TableFile::open(Container::open(aligned(bytes)).unwrap()).unwrap().unwrap()
}

/// Tables and lists as one table, with how many groups and predictions were taken over.
fn together(
    tables: &[&TableFile],
    lists: &[&List],
    as_of: &str,
    threads: usize,
) -> Result<(Vec<u8>, u64, u64), StatisticsError> {
    let bounds = tables.first().map(|table| Bounds::of_table(table)).unwrap_or_default();
    in_a_way(tables, lists, as_of, bounds, Way { threads, batch: 100, backwards: false })
}

/// The same, with the lists read in a way and parted at bounds.
fn in_a_way(
    tables: &[&TableFile],
    lists: &[&List],
    as_of: &str,
    bounds: Bounds,
    way: Way,
) -> Result<(Vec<u8>, u64, u64), StatisticsError> {
    let (bounds, threads) = (Arc::new(bounds), way.threads);
    let of_tables: Vec<TableFacts> =
        tables.iter().map(|t| TableFacts { as_of: as_of.parse().unwrap(), ..t.facts().clone() }).collect();
    let (lists, of_lists): (Vec<ListRows>, Vec<TableFacts>) =
        lists.iter().map(|list| read(list, as_of, &bounds, way)).unzip();
    let united = &{
        let facts: Vec<&TableFacts> = of_tables.iter().chain(&of_lists).collect();
        unite(&facts)?
    };
    let parameters = &parameters();
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    let written = |mut writer: Writer<Vec<u8>>, columns: &TableColumns, calibrations: Calibrations| {
        write_groups(&mut writer, &united.facts, parameters, columns, &calibrations).unwrap();
        writer.finish().unwrap().0
    };
    if tables.is_empty() {
        let rows = Parted::of(&bounds, united, lists, threads);
        let (columns, calibrations) =
            build(rows, &united.facts, parameters, threads, |rows| write_rows(&mut writer, rows).unwrap());
        return Ok((written(writer, &columns, calibrations), 0, 0));
    }
    let merging = Merging { united, tables, lists, bounds: &bounds, parameters, threads };
    let merged = merge(merging, |rows| write_rows(&mut writer, rows).unwrap())?;
    let bytes = written(writer, &merged.columns, merged.calibrations);
    Ok((bytes, merged.kept, merged.predictions_kept))
}

fn built(lists: &[&List]) -> Vec<u8> {
    together(&[], lists, "2025-06-01", 1).unwrap().0
}

const ORIGINS: [Option<&str>; 3] = [None, Some("CN"), Some("ES")];

fn list(name: usize) -> impl Strategy<Value = List> {
    let price = (0u32..1000, 0usize..3, 0u32..200, 0u32..40, 50u32..200, 0u32..40);
    (proptest::collection::vec(price, 20..400), proptest::collection::btree_set(0u32..20, 0..3)).prop_map(
        move |(drawn, missing)| List {
            name: format!("list {name}"),
            prices: drawn
                .into_iter()
                .map(|(hs, origin, day, source, price, odd)| {
                    // Few codes of many prices, many of few; each list has some of its own.
                    let hs = if odd == 7 { 24 + name as u32 } else { hs * hs / 42_000 };
                    let price = price * (1 + hs % 5) * if odd == 3 { 10 } else { 1 };
                    // Mostly on one footing; the last list on no other.
                    let footing = if odd < 24 || name == 3 { 0 } else { odd as usize % 3 };
                    // Some are nearly written alike, before or after the others by the alphabet, and others.
                    let otherwise =
                        [40, 80].into_iter().zip([9, 10]).find(|(_, at)| odd == *at && source < 4);
                    let source = source + otherwise.map_or(0, |(n, _)| n);
                    (hs, ORIGINS[origin], day, source + name as u32, price, footing)
                })
                .collect(),
            missing: missing.into_iter().collect(),
        },
    )
}

fn lists() -> impl Strategy<Value = Vec<List>> {
    (list(0), list(1), list(2), list(3)).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Four lists in up to three tables, each list in one or several of them.
    #[test]
    fn a_merge_is_the_build_of_all_lists(
        lists in lists(),
        tables in proptest::collection::vec(1u32..8, 4),
        order in Just([0usize, 1, 2]).prop_shuffle(),
        threads in 1usize..4,
    ) {
        let all: Vec<&List> = lists.iter().collect();
        let whole = built(&all);
        let reversed: Vec<&List> = lists.iter().rev().collect();
        prop_assert!(built(&reversed) == whole, "lists in another order");
        let shards: Vec<TableFile> = order
            .iter()
            .map(|shard| (0..4).filter(|at| tables[*at] >> shard & 1 == 1).map(|at| &lists[at]).collect::<Vec<_>>())
            .filter(|of| !of.is_empty())
            .map(|of| opened(&built(&of)))
            .collect();
        let shards: Vec<&TableFile> = shards.iter().collect();
        let (bytes, ..) = together(&shards, &[], "2025-06-01", threads).unwrap();
        prop_assert!(bytes == whole, "merged");
        // Merged two by two.
        let first = opened(&together(&shards[..1], &[], "2025-06-01", 1).unwrap().0);
        let both = [&[&first], &shards[1..]].concat();
        prop_assert!(together(&both, &[], "2025-06-01", threads).unwrap().0 == whole, "merged of merged");
    }

    /// Threads, rows at a time, the order in which names are met, and where parts begin: by the rows that
    /// come first, or by a table in which most of the codes never were.
    #[test]
    fn however_lists_come_in_the_table_is_the_same(
        lists in lists(),
        (threads, batch, backwards) in (1usize..4, 1usize..300, any::<bool>()),
        sorted: bool,
        few in proptest::collection::vec(0u32..1000, 0..4),
    ) {
        let mut lists = lists;
        if sorted {
            lists.iter_mut().for_each(|list| list.prices.sort_unstable());
        }
        let all: Vec<&List> = lists.iter().collect();
        let bounds = if few.is_empty() {
            Bounds::default()
        } else {
            let prices = few.iter().flat_map(|hs| [(*hs, None, 1, 1, 100, 0), (*hs, None, 1, 2, 110, 0)]).collect();
            let few = List { name: "few".to_owned(), prices, missing: Vec::new() };
            Bounds::of_table(&table_of(&few))
        };
        let way = Way { threads, batch, backwards };
        let (bytes, ..) = in_a_way(&[], &all, "2025-06-01", bounds, way).unwrap();
        prop_assert!(bytes == built(&all), "{way:?}");
        // Put to a table, they make the same one, too.
        let first = table_of(&lists[0]);
        let (bytes, ..) =
            in_a_way(&[&first], &all[1..], "2025-06-01", Bounds::of_table(&first), way).unwrap();
        prop_assert!(bytes == built(&all), "put to a table, {way:?}");
    }

    /// Some lists in a table, the others put to it; one of them may stand in it already.
    #[test]
    fn lists_put_to_a_table_are_the_build_of_all(
        lists in lists(),
        had in 1usize..5,
        again in any::<bool>(),
        as_of in prop_oneof![Just("2025-06-01"), Just("2025-07-15")],
        threads in 1usize..4,
    ) {
        let base = opened(&built(&lists[..had].iter().collect::<Vec<_>>()));
        let from = if again || had == 4 { had - 1 } else { had };
        let new: Vec<&List> = lists[from..].iter().rev().collect();
        let (bytes, ..) = together(&[&base], &new, as_of, threads).unwrap();
        let whole = together(&[], &lists.iter().collect::<Vec<_>>(), as_of, 1).unwrap().0;
        prop_assert!(bytes == whole);
    }
}

/// Prices of 12 codes, 14 sources each, about 2 to 7 EUR.
fn some(name: &str, from: u32, codes: std::ops::Range<u32>) -> List {
    let spread = |n: u32| (f64::from(n) * 0.618_033_988_749_895).fract();
    List {
        name: name.to_owned(),
        prices: codes
            .flat_map(|hs| (0..14).map(move |i| (hs, from + hs * 31 + i)))
            .enumerate()
            .map(|(i, (hs, n))| {
                let price = 200.0 + f64::from(hs % 5) * 100.0;
                (hs, Some("ES"), 100 + n % 30, i as u32 % 14, (price * (0.8 + 0.4 * spread(n))) as u32, 0)
            })
            .collect(),
        missing: Vec::new(),
    }
}

#[test]
fn what_no_list_touches_is_taken_over() {
    let base = some("base", 0, 0..12);
    let table = opened(&built(&[&base]));
    assert!(table.table().calibrations.any() && table.table().figures(0).dof > 0.0);
    // Two prices of another code are too few for a sibling: the calibration stands, and every prediction.
    let few =
        List { name: "few".into(), prices: some("few", 5, 20..21).prices[..2].to_vec(), missing: Vec::new() };
    let (bytes, kept, predictions) = together(&[&table], &[&few], "2025-06-01", 2).unwrap();
    assert!(bytes == built(&[&base, &few]));
    assert_eq!((kept, predictions), (12, 12));
    // On another day every prediction is another one.
    let (bytes, kept, predictions) = together(&[&table], &[&few], "2025-06-02", 2).unwrap();
    assert!(bytes == together(&[], &[&base, &few], "2025-06-02", 1).unwrap().0);
    assert_eq!((kept, predictions), (12, 0));
    // Enough prices of three codes: these are described again, and the siblings are others.
    let more = some("more", 5, 0..3);
    let (bytes, kept, predictions) = together(&[&table], &[&more], "2025-06-01", 2).unwrap();
    assert!(bytes == built(&[&base, &more]));
    assert_eq!((kept, predictions), (9, 0));
    // Tables of other codes share nothing.
    let other = opened(&built(&[&some("other", 9, 12..16)]));
    assert_eq!(together(&[&table, &other], &[], "2025-06-01", 1).unwrap().1, 16);
}

/// A table as a program of another method would have written it.
fn by_method(bytes: &[u8], method: u32) -> TableFile {
    let container = Container::open(aligned(bytes)).unwrap();
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    for (name, _) in container.sections() {
        let section = container.section(name).unwrap();
        let told = String::from_utf8_lossy(section)
            .replace(&format!("\"method\":{METHOD}"), &format!("\"method\":{method}"));
        let changed = if name == "table.meta" { told.as_bytes() } else { section };
        assert_eq!(changed == section, name != "table.meta" || method == METHOD);
        writer.section(name, &[changed]).unwrap();
    }
    opened(&writer.finish().unwrap().0)
}

#[test]
fn a_table_that_is_laid_out_by_another_method_is_named_as_one() {
    let bytes = built(&[&some("base", 0, 0..12)]);
    let table = opened(&bytes);
    let without_predictions = |method: u32| {
        let older = by_method(&bytes, method);
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        for (name, _) in older.container().sections().filter(|(name, _)| *name != "table.predicted") {
            writer.section(name, &[older.container().section(name).unwrap()]).unwrap();
        }
        Container::open(aligned(&writer.finish().unwrap().0)).unwrap()
    };
    let older = without_predictions(5);
    assert_eq!(statistics::table::rows_in(&older), table.rows());
    let error = TableFile::open(older).unwrap_err();
    assert!(matches!(error, StatisticsError::OtherMethod { found: 5, .. }), "{error}");
    let error = TableFile::open(without_predictions(METHOD)).unwrap_err();
    assert!(error.to_string().contains("table.predicted"), "{error}");
}

#[test]
fn a_table_of_another_method_is_refused_and_named_by_a_diff() {
    let (base, more) = (some("base", 0, 0..12), some("more", 9, 12..14));
    let bytes = built(&[&base]);
    let (table, older) = (opened(&bytes), by_method(&bytes, 4));
    assert_eq!((table.method(), older.method()), (METHOD, 4));
    assert_eq!(together(&[&table], &[&more], "2025-06-01", 1).unwrap().1, 12);
    let error = together(&[&older], &[&more], "2025-06-01", 1).unwrap_err();
    assert!(matches!(error, StatisticsError::OtherMethod { found: 4, .. }), "{error}");
    let told = error.to_string();
    for part in [
        older.container().id().short().as_str(),
        "method 4",
        "as they are spelled",
        "build it anew of its lists",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // The same figures by chance: the methods are named all the same.
    let found = diff(&older, &table, None, 50);
    assert_eq!((found.methods(), found.unchanged, found.moved.all), (Some((4, METHOD)), 12, 0));
    assert_eq!(diff(&table, &table, None, 50).methods(), None);
    // Other figures of the same prices are put down to the method, and to what else differs.
    let own = || {
        let mut otherwise = base.clone();
        otherwise.prices.iter_mut().for_each(|p| p.3 %= 7);
        built(&[&otherwise])
    };
    let found = diff(&by_method(&own(), 4), &table, None, 50);
    assert!(found.moved.all > 0 && found.moved.groups.iter().all(|g| g.reasons == [TableWhy::Method]));
    let later = opened(&together(&[], &[&base], "2025-07-15", 1).unwrap().0);
    let found = diff(&older, &later, None, 50);
    assert!(found.moved.all > 0);
    assert!(found.moved.groups.iter().all(|g| g.reasons == [TableWhy::Method, TableWhy::AsOf]));
}

#[test]
fn a_list_read_by_two_maps_is_refused() {
    let base = some("base", 0, 0..12);
    let table = opened(&built(&[&base]));
    for change in [(|p| p.4 += 1) as fn(&mut Price), |p| p.3 += 1, |p| p.0 = 13, |p| p.1 = None, |p| p.2 -= 1]
    {
        let mut other = base.clone();
        change(&mut other.prices[5]);
        for (tables, lists) in
            [(vec![table_of(&other), table_of(&base)], vec![]), (vec![table_of(&base)], vec![&other])]
        {
            let tables: Vec<&TableFile> = tables.iter().collect();
            let error = together(&tables, &lists, "2025-06-01", 1).unwrap_err();
            assert!(matches!(&error, StatisticsError::ReadOtherwise { name } if name == "base"), "{error}");
        }
    }
    let merging = Merging {
        united: &unite(&[table.facts()]).unwrap(),
        tables: &[&table],
        lists: Vec::new(),
        bounds: &Bounds::default(),
        parameters: &Parameters { window_days: 91, ..parameters() },
        threads: 1,
    };
    let error = merge(merging, |_| ()).unwrap_err().to_string();
    assert!(error.contains("window_days is 90 in one and 91 in another"), "{error}");
}

fn table_of(list: &List) -> TableFile {
    opened(&built(&[list]))
}

#[test]
fn a_diff_says_what_moved_and_why() {
    let base = some("base", 0, 0..12);
    let a = table_of(&base);
    // Prices of code 2 half as high again, and a code of its own.
    let mut dear = some("dear", 5, 2..3);
    dear.prices.iter_mut().for_each(|p| p.4 *= 3);
    let alone = some("alone", 5, 20..21);
    let b = opened(&built(&[&base, &dear, &alone]));
    let found = diff(&a, &b, None, 5);
    assert_eq!((found.lists_in.len(), found.lists_out.len(), found.lists_same), (2, 0, 1));
    assert_eq!((found.came.all, found.went.all), (1, 0));
    assert!(found.facts.is_empty() && found.rules.is_empty());
    let came = &found.came.groups[0];
    assert_eq!((came.hs6, came.before, &came.reasons[..]), (code(20), None, &[TableWhy::ListCame][..]));
    assert_eq!((came.lists[0].list.as_str(), came.lists[0].came, came.lists[0].went), ("alone", 14, 0));
    // The largest first, and no more than asked for.
    let first = &found.moved.groups[0];
    assert_eq!((first.hs6, first.lists[0].list.as_str(), first.lists[0].came), (code(2), "dear", 14));
    let (before, after) = (first.before.unwrap(), first.after.unwrap());
    assert!(after.median > before.median && (before.listings, after.listings) == (14, 28));
    assert_eq!(found.moved.groups.len(), 5);
    assert_eq!(found.moved.all + found.unchanged, 12);
    // The others have the same prices; their siblings moved.
    assert!(found.moved.groups[1..].iter().all(|g| g.reasons == [TableWhy::Siblings] && g.lists.is_empty()));
    assert!(found.median_moves.unwrap().largest >= after.median / before.median - 1.0 - 1e-9);

    let back = diff(&b, &a, Some(code(20)), 5);
    assert_eq!((back.went.all, back.moved.all, back.unchanged), (1, 0, 0));
    assert_eq!(back.went.groups[0].reasons, [TableWhy::ListWent]);

    let later = opened(&together(&[], &[&base], "2025-07-15", 1).unwrap().0);
    let found = diff(&a, &later, None, 50);
    assert_eq!((found.facts[0].what.as_str(), found.facts[0].after.as_str()), ("as_of", Some("2025-07-15")));
    assert!(found.moved.all > 0 && found.moved.groups.iter().all(|g| g.reasons == [TableWhy::AsOf]));
    assert_eq!(found.median_moves, None);

    let mut otherwise = base.clone();
    otherwise.prices[0].4 *= 2;
    let found = diff(&a, &table_of(&otherwise), None, 50);
    assert_eq!(found.moved.groups[0].reasons, [TableWhy::ReadOtherwise]);

    // A corrected list: what it has as before is no price that came or went.
    let corrected = List { name: "corrected".into(), ..otherwise };
    let found = diff(&a, &table_of(&corrected), None, 50);
    let (touched, others): (Vec<_>, Vec<_>) =
        found.moved.groups.iter().partition(|g| g.hs6 == code(corrected.prices[0].0));
    let of = |list: &str, came, went| ListPrices { list: list.to_owned(), came, went };
    assert_eq!(touched.len(), 1);
    assert_eq!(touched[0].lists, [of("base", 0, 1), of("corrected", 1, 0)]);
    assert_eq!(touched[0].reasons, [TableWhy::ListCame, TableWhy::ListWent]);
    assert!(others.iter().all(|g| g.lists.is_empty() && g.reasons == [TableWhy::Siblings]), "{others:?}");

    let same = diff(&a, &a, None, 5);
    assert_eq!((same.moved.all, same.came.all, same.went.all, same.unchanged), (0, 0, 0, 12));
}
