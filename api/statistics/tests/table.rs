//! Price tables: the same columns whatever the number of threads, the same verdicts and figures as the
//! reference of their rows gives, and clear errors of damaged ones.

#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use model::{
    CommercialLevel, Condition, ContentHash, Currency, Declaration, DeclaredPrice, HsCode, Money, Quantity,
    Transaction, Unit, Verdict, VerdictCode,
};
use rust_decimal::Decimal;
use statistics::columnar::{Container, Writer, aligned};
use statistics::table::{
    Asked, Bounds, Facet, Footing, GroupCounts, ListRows, Lists, NothingInside, OtherDays, Parted, Parter,
    PriceFile, QUANTILES, Repeats, Rows, TableFacts, TableFile, build, unite, write_groups, write_rows,
};
use statistics::{DeclaredPrices, Detail, Parameters, assess_with};
use std::sync::Arc;

const KILOGRAMS: Footing =
    Footing { unit: Unit::Kilogram, condition: Condition::New, level: CommercialLevel::Wholesale };
const RETAIL: Footing = Footing { level: CommercialLevel::Retail, ..KILOGRAMS };
const PIECES: Footing =
    Footing { unit: Unit::Piece, condition: Condition::Used, level: CommercialLevel::Wholesale };

/// Numbers that follow from a seed.
struct Numbers(u64);
impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64) / (1u64 << 53) as f64
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

#[derive(Default)]
struct List {
    hs: Vec<u32>,
    facet: Vec<u16>,
    day: Vec<i32>,
    source: Vec<u32>,
    price: Vec<f64>,
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(date: NaiveDate) -> i32 {
    (date - day("1970-01-01")).num_days() as i32
}

/// Prices of some groups, of very different sizes; slips, repeated sources, two levels here and there.
fn list(rows: usize, seed: u64) -> List {
    list_of(rows, seed, 3)
}

/// The same of so many facets: each three on a footing of their own, whose prices are others.
fn list_of(rows: usize, seed: u64, facets: usize) -> List {
    let mut numbers = Numbers(seed);
    let mut list = List::default();
    for _ in 0..rows {
        // Squared, so that the first codes are large and the last small.
        let hs = (numbers.next().powi(2) * 40.0) as u32;
        let facet = numbers.below(facets) as u16;
        let centre = f64::from(hs % 7) * 0.5 + f64::from(facet % 3) * 0.2 + f64::from(facet / 3) * 1.5;
        let level = if hs == 3 && numbers.next() < 0.4 { 2.5 } else { 0.0 };
        let slip = if numbers.next() < 0.01 { 10f64.ln() } else { 0.0 };
        let price = (centre + 0.3 * numbers.normal() + level + slip).exp();
        list.hs.push(hs);
        list.facet.push(facet);
        list.day.push(days(day("2025-01-01")) + numbers.below(300) as i32);
        list.source.push(numbers.below(60) as u32);
        list.price.push((price * 1e4).round().max(1.0) / 1e4);
    }
    list
}

fn facts(as_of: &str) -> TableFacts {
    let codes: Vec<HsCode> =
        (0..40).map(|i| HsCode::parse(&format!("{:04}{:02}", 703 + i / 8, 10 + i % 8)).unwrap()).collect();
    TableFacts {
        currency: Currency::EUR,
        as_of: day(as_of),
        codes_as_stated: true,
        codes,
        facets: [None, Some("CN"), Some("ES")]
            .map(|o| Facet { footing: KILOGRAMS, origin: o.map(|o| o.parse().unwrap()) })
            .to_vec(),
        sources: (0..60).map(|i| format!("source {i:02}")).collect(),
        files: vec![PriceFile {
            name: "list.parquet".into(),
            hash: ContentHash::of(b"list"),
            first: 0,
            rows: 1_000_000,
            left_out: 0,
        }],
    }
}

fn chunks(list: &List, size: usize) -> Vec<Rows<'_>> {
    (0..list.hs.len())
        .step_by(size)
        .map(|a| {
            let b = (a + size).min(list.hs.len());
            Rows {
                first: a as u32,
                missing: &[],
                hs: &list.hs[a..b],
                facet: &list.facet[a..b],
                day: &list.day[a..b],
                source: &list.source[a..b],
                price: &list.price[a..b],
            }
        })
        .collect()
}

/// Rows of one list parted by several threads; and the facts, in which nothing stands that no row has.
fn parted(facts: &TableFacts, chunks: &[Rows<'_>], threads: usize) -> (TableFacts, Parted) {
    let bounds = Arc::new(Bounds::default());
    let TableFacts { codes, facets, sources, .. } = facts.clone();
    let lists = Lists { codes, facets, sources };
    let mut parters: Vec<Parter> = (0..threads).map(|_| Parter::new(bounds.clone())).collect();
    for (at, rows) in chunks.iter().enumerate() {
        parters[at % threads].take(&lists, rows);
    }
    let (rows, Lists { codes, facets, sources }) = ListRows::of(parters, lists);
    let facts = TableFacts { codes, facets, sources, ..facts.clone() };
    let parted = Parted::of(&bounds, &unite(&[&facts]).unwrap(), vec![rows], threads);
    (facts, parted)
}

fn bytes(list: &List, facts: &TableFacts, parameters: &Parameters, threads: usize, size: usize) -> Vec<u8> {
    let (facts, rows) = parted(facts, &chunks(list, size), threads);
    let facts = &facts;
    let mut writer = Writer::new(Vec::new(), threads).unwrap();
    let (columns, calibrations) =
        build(rows, facts, parameters, threads, |rows| write_rows(&mut writer, rows).unwrap());
    write_groups(&mut writer, facts, parameters, &columns, &calibrations).unwrap();
    writer.finish().unwrap().0
}

fn opened(bytes: &[u8]) -> TableFile {
    TableFile::open(Container::open(aligned(bytes)).unwrap()).unwrap().unwrap()
}

fn parameters() -> Parameters {
    Parameters {
        origin_facet: true,
        widest_rung: model::Rung::Hs6Facets,
        calibration_min_ranks: 100.0,
        ..Parameters::default()
    }
}

#[test]
fn the_same_bytes_whatever_the_threads_and_chunks() {
    let (list, facts, parameters) = (list(2500, 1), facts("2025-06-01"), parameters());
    let one = bytes(&list, &facts, &parameters, 1, 2500);
    for (threads, size) in [(2, 2500), (5, 97)] {
        assert!(
            bytes(&list, &facts, &parameters, threads, size) == one,
            "{threads} threads, chunks of {size}"
        );
    }
}

#[test]
fn quantiles_of_prices_are_those_of_every_row() {
    let (list, facts, parameters) = (list(4000, 2), facts("2025-06-01"), parameters());
    let file = opened(&bytes(&list, &facts, &parameters, 2, 1000));
    let table = file.table();
    let mut rows = 0;
    for group in 0..table.len() {
        let GroupCounts { hs, facet, n, .. } = table.counts(group);
        let mut prices: Vec<f64> = (0..list.hs.len())
            .filter(|&i| list.hs[i] == hs && u32::from(list.facet[i]) == facet)
            .map(|i| list.price[i])
            .collect();
        prices.sort_by(f64::total_cmp);
        assert_eq!(prices.len(), n as usize);
        rows += prices.len();
        for (p, found) in QUANTILES.iter().zip(table.figures(group).quantiles) {
            let h = p * (prices.len() - 1) as f64;
            let (a, b) = (prices[h as usize], prices[(h as usize + 1).min(prices.len() - 1)]);
            assert!((found - (a + (h - h.floor()) * (b - a))).abs() < 1e-12);
        }
    }
    assert_eq!(rows, 4000);
}

/// The verdict of the reference of the rows.
fn looked(
    file: &TableFile,
    hs: HsCode,
    Facet { footing, origin }: Facet,
    on: NaiveDate,
    price: f64,
) -> Verdict {
    let amount: Decimal = format!("{price}").parse().unwrap();
    let line = Declaration {
        line: None,
        hs,
        description: None,
        brand: None,
        model: None,
        gtin: None,
        condition: Some(footing.condition),
        level: Some(footing.level),
        value: Money::new(amount, Currency::EUR),
        quantity: Quantity::new(Decimal::ONE, footing.unit).ok(),
        quantity_stated: true,
        net_mass: None,
        piece_mass: None,
        export_date: on,
        origin,
        export_country: None,
        import_country: None,
        transaction: Transaction::Sale,
        terms: None,
        importer: None,
    };
    let declared = DeclaredPrices {
        prices: vec![DeclaredPrice { unit: footing.unit, declared: line.value, amount, rate: None }],
        ..DeclaredPrices::default()
    };
    let index = file.reference(hs).unwrap_or_else(|| Arc::new(file.nothing().unwrap()));
    assess_with(&index, &line, &declared, file.parameters(), Detail::Figures)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// Both ways reckon by the same functions in the same order: no bit differs.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}

#[test]
fn a_line_judged_from_columns_is_the_line_judged_from_rows() {
    lines_are_judged_alike(&list(9000, 3), &facts("2025-06-01"));
}

#[test]
fn a_line_is_held_to_the_prices_of_its_own_unit_condition_and_level() {
    let mut facts = facts("2025-06-01");
    let kilograms = facts.facets.clone();
    for footing in [RETAIL, PIECES] {
        facts.facets.extend(kilograms.iter().map(|of| Facet { footing, ..*of }));
    }
    facts.facets.sort();
    lines_are_judged_alike(&list_of(20_000, 31, 9), &facts);
}

fn lines_are_judged_alike(list: &List, facts: &TableFacts) {
    let parameters = parameters();
    let file = opened(&bytes(list, facts, &parameters, 2, 1000));
    let table = file.table();
    let mut others = OtherDays::of(&table);
    let mut numbers = Numbers(11);
    let mut footings = std::collections::BTreeSet::new();
    let (mut judged, mut insufficient, mut looks, mut empty) = (0, 0, 0, 0);
    let mut codes = std::collections::BTreeSet::new();
    for i in 0..600 {
        let (hs, number) = (numbers.below(40) as u32, numbers.below(facts.facets.len()) as u32);
        let on = match i % 3 {
            0 => facts.as_of,
            1 => day("2025-01-01") + chrono::Days::new(numbers.below(420) as u64),
            _ => day("2025-08-15"),
        };
        let dear = f64::from(hs % 7) * 0.5 + f64::from(number / 3) * 1.5;
        let price = ((numbers.normal() * 0.6 + dear).exp() * 1e3).round().max(1.0) / 1e3;
        let Some(group) = file.places().group(hs, number) else { continue };
        let facet = facts.facets[number as usize];
        // A line without an origin is held to all origins: that is not one group.
        if facet.origin.is_none() {
            continue;
        }
        let verdict = looked(&file, facts.codes[hs as usize], facet, on, price);
        match table.judge(file.places(), &mut others, group, on, price) {
            Err(NothingInside { outside }) => {
                empty += 1;
                assert_eq!(verdict.verdict, VerdictCode::InsufficientEvidence);
                let other_unit = file.places().in_other_unit(facts, hs, facet);
                assert_eq!(verdict.rungs.last().unwrap().failed, [table.empty_gate(outside, other_unit)]);
            }
            Ok(found) => {
                assert_eq!(found.verdict, verdict.verdict, "{i}: {found:?}\n{}", verdict.sentence);
                codes.insert(found.verdict);
                let Some(p) = found.price else {
                    insufficient += 1;
                    assert_eq!(verdict.rungs.last().unwrap().failed, table.failed_gates(&found));
                    continue;
                };
                judged += 1;
                footings.insert(facet.footing);
                let r = verdict.reference.as_ref().unwrap();
                let pairs = [
                    (p.ratio, verdict.ratio),
                    (p.p_lower, verdict.p_lower),
                    (p.p_upper, verdict.p_upper),
                    (p.smallest_p, verdict.smallest_p),
                    (p.z, verdict.z),
                    (p.percentile, verdict.percentile),
                    (found.figures.median.exp(), Some(r.median)),
                    (found.figures.q1.exp(), Some(r.q1)),
                    (found.figures.q3.exp(), Some(r.q3)),
                    (found.figures.n_eff, Some(r.n_eff)),
                    (found.figures.detectable, Some(r.detectable_ratio)),
                    (
                        p.calibrated.map_or(0.0, |c| c.p_lower),
                        Some(verdict.calibrated.map_or(0.0, |c| c.p_lower)),
                    ),
                    (
                        p.calibrated.map_or(0.0, |c| c.p_upper),
                        Some(verdict.calibrated.map_or(0.0, |c| c.p_upper)),
                    ),
                ];
                for (at, (a, b)) in pairs.into_iter().enumerate() {
                    assert!(same(a, b.unwrap()), "line {i}, figure {at}: {a} {b:?}");
                }
                looks += u32::from(found.counts.levels > 0);
                assert_eq!(found.counts.n - found.counts.slips, r.n_listings);
                assert_eq!(found.counts.sellers, r.n_sellers);
            }
        }
    }
    assert!(
        judged > 150 && insufficient > 0 && looks > 2 && empty > 2,
        "{judged} {insufficient} {looks} {empty}"
    );
    assert!(codes.len() >= 4, "{codes:?}");
    assert_eq!(footings.len(), facts.footings().len());
}

#[test]
fn lines_judged_together_are_judged_as_each_by_itself() {
    // Every row of the list lies in the window of the table's own day.
    let parameters = Parameters { window_days: 800, ..parameters() };
    let (list, facts) = (list(9000, 3), facts("2025-06-01"));
    let file = opened(&bytes(&list, &facts, &parameters, 2, 1000));
    let table = file.table();
    let (mut others, mut numbers, mut asked) = (OtherDays::of(&table), Numbers(29), Vec::new());
    for _ in 0..1500 {
        let group = numbers.below(table.len()) as u32;
        let counts = table.counts(group as usize);
        // Prices of the group itself, too: equal ones count as at most and as at least it.
        let price = match numbers.below(3) {
            0 => table.columns.prices[counts.start as usize + numbers.below(counts.n as usize)],
            _ => (numbers.normal() * 2.0).exp(),
        };
        if file.places().is_plain(group) {
            asked.push(Asked { group, price });
        }
    }
    let mut judged = Vec::new();
    table.judge_many(file.places(), &asked, &mut judged);
    assert!(asked.len() > 500 && judged.len() == asked.len(), "{}", asked.len());
    for (line, (verdict, price)) in asked.iter().zip(&judged) {
        let alone = table.judge(file.places(), &mut others, line.group, facts.as_of, line.price);
        let alone = alone.unwrap();
        assert_eq!((alone.verdict, alone.price), (*verdict, Some(*price)));
        let range = alone.counts.start as usize..(alone.counts.start + alone.counts.n) as usize;
        let weight = |&(_, n): &(&f64, u32)| if n == 0 { 0.0 } else { 1.0 / f64::from(n) };
        let rows = table.columns.prices[range.clone()].iter().zip(table.columns.repeats.slice(range).iter());
        let low: f64 = rows.filter(|row| *row.0 <= line.price).map(|row| weight(&row)).sum();
        assert!(near(price.percentile, 100.0 * low / alone.figures.total), "{line:?}: {price:?}");
    }
}

/// A source of more rows in a group than a byte counts: the column is wide, and figures are those of the rows.
#[test]
fn a_source_of_hundreds_of_rows_in_a_group_counts_as_one() {
    let mut list = list(3000, 77);
    for at in 0..700 {
        (list.hs[at], list.facet[at], list.source[at]) = (5, 1, 9);
    }
    let facts = facts("2025-10-28");
    let wide = bytes(&list, &facts, &parameters(), 1, 3000);
    assert_eq!(wide, bytes(&list, &facts, &parameters(), 3, 500));
    let (wide, narrow) =
        (opened(&wide), opened(&bytes(&self::list(3000, 77), &facts, &parameters(), 1, 3000)));
    assert!(matches!(narrow.table().columns.repeats, Repeats::Bytes(_)));
    let table = wide.table();
    assert!(matches!(table.columns.repeats, Repeats::Words(_)));
    let mut seen = 0;
    for group in 0..table.len() {
        let counts = table.counts(group);
        let range = counts.start as usize..(counts.start + counts.n) as usize;
        let repeats: Vec<u32> = table.columns.repeats.slice(range.clone()).iter().collect();
        let sources: Vec<u64> = table.columns.rows[range].iter().map(|row| row >> 47).collect();
        for (n, source) in repeats.iter().zip(&sources).filter(|(n, _)| **n > 0) {
            let same = sources.iter().zip(&repeats).filter(|(s, n)| *s == source && **n > 0).count();
            assert_eq!(*n as usize, same, "group {group}");
            seen = seen.max(same);
        }
        let votes: f64 = repeats.iter().filter(|n| **n > 0).map(|n| 1.0 / f64::from(*n)).sum();
        assert!(near(votes, table.figures(group).n_eff), "group {group}: {votes}");
    }
    assert!(seen > 600, "{seen}");
}

#[test]
fn groups_of_other_days_stay_within_their_bytes_and_are_the_same_whatever_is_kept() {
    let (list, facts) = (list(6000, 31), facts("2025-10-28"));
    // On some days every row of a group counts, on others some.
    let parameters = Parameters { window_days: 200, ..parameters() };
    let bytes = bytes(&list, &facts, &parameters, 1, 6000);
    let file = opened(&bytes);
    let table = file.table();
    const MOST: usize = 100_000;
    let (mut all, mut few) = (OtherDays::of(&table), OtherDays::keeping(&table, MOST));
    let mut numbers = Numbers(37);
    let mut forgotten = 0;
    for _ in 0..3000 {
        let group = numbers.below(table.len()) as u32;
        let on = day("2025-01-01") + chrono::Days::new(numbers.below(400) as u64);
        let log = numbers.normal();
        let judge = |others: &mut OtherDays| table.judge(file.places(), others, group, on, log.exp());
        let before = few.kept();
        assert_eq!(judge(&mut all), judge(&mut few));
        forgotten += u32::from(few.kept() < before);
        // One group may be larger than all that is kept.
        let largest = 64 * 6000 + 2000;
        assert!(few.kept() <= MOST.max(largest) && all.kept() > few.kept() / 2, "{}", few.kept());
    }
    assert!(forgotten > 10 && all.kept() > MOST, "{forgotten} {}", all.kept());
}

#[test]
fn a_row_that_was_left_out_keeps_its_number() {
    let list = list(300, 5);
    let (facts, parameters) = (facts("2025-06-01"), parameters());
    let missing = [0, 4, 5];
    let rows = Rows { missing: &missing, ..chunks(&list, 300)[0] };
    let (facts, rows) = parted(&facts, &[rows], 2);
    let (columns, _) = build(rows, &facts, &parameters, 2, |_| ());
    let mut numbers: Vec<u64> = columns.rows.concat().iter().map(|row| row & 0x0fff_ffff).collect();
    numbers.sort_unstable();
    let expected: Vec<u64> = (0..300).filter(|n| ![0, 4, 5].contains(n)).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_damaged_table_is_refused_or_gives_wrong_figures_but_never_a_panic() {
    let (list, facts, parameters) = (list(500, 7), facts("2025-06-01"), parameters());
    let good = bytes(&list, &facts, &parameters, 1, 500);
    assert!(Container::open(aligned(&good)).unwrap().verify(2).is_ok());
    let mut numbers = Numbers(23);
    let mut refused = 0;
    for _ in 0..120 {
        let mut bad = good.clone();
        let at = numbers.below(bad.len());
        bad[at] ^= 1 << numbers.below(8);
        let Ok(container) = Container::open(aligned(&bad)) else {
            refused += 1;
            continue;
        };
        // Zeros between sections are no part of any.
        refused += u32::from(container.verify(1).is_err());
        let Ok(Some(file)) = TableFile::open(container) else { continue };
        let table = file.table();
        let mut others = OtherDays::of(&table);
        for group in 0..table.len() {
            for on in ["2025-06-01", "2025-07-15"] {
                let _ = table.judge(file.places(), &mut others, group as u32, day(on), 0.3f64.exp());
            }
        }
        let _ = file.reference(facts.codes[3]);
    }
    assert!(refused > 90, "{refused}");
}
