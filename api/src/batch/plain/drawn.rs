//! Price lists, rules and declared lines drawn at random, for the test of the two ways (`ways_tests`): with
//! groups of every kind, and with prices made so that ratios lie at thresholds and half way between two figures
//! that can be written. Not what is asked of them.

use crate::price_table::{self, Extent, PriceMap};
use chrono::{Days, NaiveDate};
use model::Rung;
use rust_decimal::{Decimal, RoundingStrategy};
use statistics::Parameters;
use statistics::columnar::{Container, Writer, aligned};
use statistics::table::{
    Bounds, ListRows, Parted, Parter, PriceFile, TableFacts, TableFile, build, unite, write_groups,
    write_rows,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The day of every table.
pub(super) const AS_OF: &str = "2025-06-30";

/// Numbers that follow from a seed.
pub(super) struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.share().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// Rules within their bounds, whatever they come to.
pub(super) fn rules(n: &mut Numbers) -> Parameters {
    let usual = Parameters::default();
    let mut p = Parameters {
        origin_facet: n.below(3) > 0,
        widest_rung: n.of(&[Rung::Hs6Facets, Rung::Hs6Unit]),
        window_days: n.of(&[30, 90, 200, 800]),
        calibration_min_ranks: n.of(&[3.0, 20.0, 60.0, 1000.0]),
        calibration_min_groups: n.of(&[1, 2, 5]),
        ..usual.clone()
    };
    if n.below(3) == 0 {
        return p;
    }
    let ratios = n.of(&[[0.5, 0.7, 0.85], [0.25, 0.5, 0.75], [0.4, 0.8, 1.0], [0.9, 0.9, 0.9]]);
    let ps = n.of(&[[0.05, 0.1], [0.1, 0.1], [0.025, 0.2], [0.25, 1.0 / 3.0]]);
    p = Parameters {
        min_outside_named: n.of(&[1, 3]),
        min_n_eff: n.of(&[1.0, 2.0, 3.0, 5.0, 2.5]),
        min_n_eff_own_5pct: n.of(&[6.0, 9.0, 19.0, 19.5]),
        min_sellers: n.of(&[1, 3, 5]),
        min_sites: n.of(&[1, 2, 5]),
        dominant_share: n.of(&[0.25, 0.5, 1.0 / 3.0, 1.0]),
        strong_ratio: ratios[0],
        reason_ratio: ratios[1],
        low_review_ratio: ratios[2],
        reason_p: ps[0],
        low_review_p: ps[1],
        reason_z: n.of(&[0.0, 1.0, 2.5]),
        reason_widest_rung: n.of(&[Rung::Similar, Rung::Hs6Facets, Rung::Hs6Unit]),
        not_detectable_ratio: n.of(&[0.0, 0.5, 0.9]),
        least_spread: n.of(&[0.0001, 0.01, 0.2]),
        slip_min_n: n.of(&[1, 4, 8]),
        slip_spreads: n.of(&[1.0, 4.0]),
        slip_least_spread: n.of(&[0.0001, 0.05]),
        slip_residual_spreads: n.of(&[2.5, 20.0]),
        slip_max_share: n.of(&[0.0, 0.25, 0.6]),
        levels_min_n_eff: n.of(&[4.0, 10.0, 20.0]),
        sarle: n.of(&[0.2, 0.555, 1.0]),
        bic_gain: n.of(&[0.0, 2.0, 10.0]),
        separation: n.of(&[0.5, 2.0]),
        level_min_n_eff: n.of(&[1.0, 3.0, 9.0]),
        level_least_sd: n.of(&[0.001, 0.02]),
        calibration_max_groups: n.of(&[2, 5, 1000]),
        left_out_sellers: n.of(&[0, 3, 10, 40]),
        recency_half_life_days: n.of(&[0, 7, 90]),
        gross_spread: n.of(&[1.5, 5.0]),
        shape_standard_errors: n.of(&[0.1, 2.0]),
        two_levels_standard_errors: n.of(&[1.0, 3.0]),
        two_levels_most_ratio: n.of(&[1.5, 5.0, 100.0]),
        ..p
    };
    p
}

/// A unit, condition and level, and other words for the unit with how many of the plain one it is.
pub(super) type Footing = ([&'static str; 3], &'static [(&'static str, u32)]);

pub(super) const FOOTINGS: [Footing; 4] = [
    (["kg", "new", "wholesale"], &[("kg", 1), ("KGM", 1), ("t", 1000)]),
    (["l", "new", "wholesale"], &[("l", 1), ("LTR", 1)]),
    (["u", "new", "retail"], &[("u", 1), ("dozen", 12), ("1000u", 1000)]),
    (["u", "used", "retail"], &[("H87", 1), ("u", 1)]),
];

/// A group: what its lines state, and the prices of one plain unit, rising.
pub(super) struct Group {
    pub code: &'static str,
    pub footing: usize,
    pub origin: &'static str,
    pub prices: Vec<Decimal>,
    /// The days of the prices, in the order of the lists.
    pub days: Vec<NaiveDate>,
}

/// Lists with the table that is built of them.
pub(super) struct Drawn {
    pub file: TableFile,
    pub groups: Vec<Group>,
}

pub(super) const CODES: [&str; 7] = ["070320", "070310", "070390", "080810", "080830", "851712", "999901"];
pub(super) const ORIGINS: [&str; 3] = ["CN", "ES", ""];
const MAP: &str = "codes = \"as_stated\"\n[columns]\nhs = \"hs\"\norigin = \"origin\"\ndate = \"date\"\n\
    source = \"source\"\nprice = \"price\"\nunit = \"unit\"\ncondition = \"condition\"\nlevel = \"level\"\n\
    [defaults]\ncurrency = \"EUR\"\n";

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// So many digits behind the point of a number above zero.
fn decimal(x: f64, places: u32) -> Decimal {
    let x = Decimal::from_f64_retain(x).unwrap().round_dp(places);
    x.max(Decimal::new(1, places))
}

/// The prices of a group of `n`.
fn prices(n: &mut Numbers, rows: u64) -> Vec<Decimal> {
    // Middles whose multiples are short decimals, and others.
    let middle = n.of(&[1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 40.0, 3.7, 0.25, 118.0]);
    let (spread, places) = (n.of(&[0.005, 0.1, 0.3, 0.9]), n.of(&[0, 1, 2, 4, 9]));
    let kind = n.below(10);
    let times = match n.below(12) {
        0 => 1e-7,
        1 => 1e9,
        _ => 1.0,
    };
    let places = if times < 1.0 {
        12
    } else if times > 1.0 {
        0
    } else {
        places
    };
    (0..rows)
        .map(|at| {
            let drawn = middle * (spread * n.normal()).exp();
            let x = match kind {
                // All equal, or but for one.
                0 => middle,
                1 if at > 0 => middle,
                2 => middle * n.of(&[0.5, 0.8, 1.0, 1.25, 2.0]),
                // Two levels.
                3 | 4 => drawn * if n.below(5) < 2 { n.of(&[3.0, 3.5]) } else { 1.0 },
                // Slips and gross errors.
                5 if n.below(6) == 0 => drawn * n.of(&[0.01, 0.1, 10.0, 100.0]),
                6 if n.below(5) == 0 => drawn * (2.5 * n.normal()).exp(),
                // Prices that differ in their last place alone.
                7 => middle * (1.0 + n.of(&[0.0, 1e-10, 2e-10, 1e-9, 3e-9])),
                // Neighbours among the numbers a computer has, whose logarithms may be one.
                8 => f64::from_bits((0.1 * middle).to_bits() + n.below(3)),
                _ => drawn,
            };
            if kind == 8 {
                return x.to_string().parse().unwrap();
            }
            let places = if kind == 7 { 12 } else { places };
            decimal((x * times).clamp(1e-8, 1e11), places)
        })
        .collect()
}

/// Lists of some groups, read and built into a table by these rules, in a folder.
pub(super) fn table(n: &mut Numbers, p: &Parameters, folder: &Path) -> Drawn {
    let lists = 1 + n.below(3) as usize;
    let mut texts = vec!["hs,origin,date,source,price,unit,condition,level\n".to_owned(); lists];
    let mut groups: BTreeMap<(usize, usize, usize), Group> = BTreeMap::new();
    let pool = n.of(&[2, 6, 12, 45, 45]);
    let nearly = n.below(3) == 0;
    let footings = n.of(&[1, 2, 4]);
    let around = day(AS_OF);
    for _ in 0..5 + n.below(24) {
        let (code, footing) = (n.below(CODES.len() as u64 - 1) as usize, n.below(footings) as usize);
        let origin = n.below(3) as usize;
        let rows = n.of(&[1, 3, 5, 8, 12, 19, 20, 25, 30, 40]);
        let spans = n.of(&[10, 60, 90, 200, 400]);
        // 127 sources of one price each: p is k/128, for odd k half way between two figures of six digits; of 128
        // the percentile is.
        let halves = n.below(24) == 0;
        let rows = if halves { n.of(&[127, 128]) } else { rows };
        let own = halves || n.below(2) == 0;
        let all = prices(n, rows);
        let key = (code, footing, if p.origin_facet { origin } else { 0 });
        let group = groups.entry(key).or_insert_with(|| Group {
            code: CODES[code],
            footing,
            origin: ORIGINS[origin],
            prices: Vec::new(),
            days: Vec::new(),
        });
        for (at, price) in all.into_iter().enumerate() {
            let source = if own { 100 + at as u64 } else { n.below(pool) };
            // Sources that a folded text would not tell apart are several.
            let source = match n.below(6) {
                0 if nearly => format!("s{source}"),
                1 if nearly => format!("S-{source}."),
                2 if nearly => format!("Ś{source}"),
                3 if nearly => format!("S{source}กา"),
                4 if nearly => format!("S{source}กี"),
                _ => format!("S{source}"),
            };
            // Edges of the window, too.
            let off = match n.below(8) {
                0 => u64::from(p.window_days).min(800),
                1 => u64::from(p.window_days).min(800) + 1,
                _ => n.below(spans),
            };
            let on = if n.below(9) == 0 { around + Days::new(off % 90) } else { around - Days::new(off) };
            let ([_, condition, level], units) = FOOTINGS[footing];
            let (unit, size) = n.of(units);
            let written = price * Decimal::from(size);
            let list = n.below(lists as u64) as usize;
            writeln!(
                texts[list],
                "{},{},{on},{source},{written},{unit},{condition},{level}",
                CODES[code], ORIGINS[origin]
            )
            .unwrap();
            group.prices.push(price);
            group.days.push(on);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.prices.sort_unstable());
    Drawn { file: built(&texts, p, folder), groups }
}

/// The table of lists, as `snapshot table` builds it.
fn built(texts: &[String], p: &Parameters, folder: &Path) -> TableFile {
    let map = PriceMap::parse(MAP, "map").unwrap();
    let bounds = Arc::new(Bounds::default());
    let mut lists: Vec<(ListRows, TableFacts)> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let path = folder.join(format!("list {at}.csv"));
        std::fs::write(&path, text).unwrap();
        let extent = Extent::of_table(p.origin_facet);
        let read = price_table::read(&path, &map, extent, 1, || Parter::new(Arc::clone(&bounds))).unwrap();
        assert_eq!(read.left_out.rows, 0, "{:?}", read.left_out.first);
        let (rows, settled) = ListRows::of(read.sinks, read.lists);
        if settled.sources.is_empty() || lists.iter().any(|(_, list)| list.files[0].hash == read.file_hash) {
            continue;
        }
        let file = PriceFile {
            name: format!("list {at}.csv"),
            hash: read.file_hash,
            first: 0,
            rows: read.lines as u32,
            left_out: 0,
        };
        let facts = TableFacts {
            currency: model::Currency::EUR,
            as_of: day(AS_OF),
            codes_as_stated: true,
            codes: settled.codes,
            facets: settled.facets,
            sources: settled.sources,
            files: vec![file],
        };
        lists.push((rows, facts));
    }
    let (lists, of_lists): (Vec<ListRows>, Vec<TableFacts>) = lists.into_iter().unzip();
    let united = unite(&of_lists.iter().collect::<Vec<_>>()).unwrap();
    let rows = Parted::of(&bounds, &united, lists, 1);
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    let (columns, calibrations) =
        build(rows, &united.facts, p, 1, |rows| write_rows(&mut writer, rows).unwrap());
    write_groups(&mut writer, &united.facts, p, &columns, &calibrations).unwrap();
    TableFile::open(Container::open(aligned(&writer.finish().unwrap().0)).unwrap()).unwrap().unwrap()
}

/// How lines are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// With decimal commas, days as they are written there and codes with dots.
    pub national: bool,
    /// The price of one unit, not the value of the line.
    pub per_unit: bool,
}

impl Layout {
    /// What the columns mean.
    pub fn map(self) -> String {
        let form = match self.national {
            true => {
                "delimiter = \";\"\ndate_format = \"%d.%m.%Y\"\ndecimal_separator = \",\"\nabsent = [\"-\"]\n"
            }
            false => "",
        };
        let amount = if self.per_unit { "price" } else { "value" };
        format!(
            "{form}[columns]\nline = \"id\"\nhs = \"code\"\norigin = \"from\"\nquantity = \"qty\"\n\
             {amount} = \"amount\"\nexport_date = \"day\"\ncurrency = \"cur\"\nunit = \"per\"\n\
             condition = \"state\"\nlevel = \"step\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\n\
             condition = \"new\"\nlevel = \"wholesale\"\nexport_date = \"{AS_OF}\"\n"
        )
    }
}

/// A declared price of one unit by a group's own prices: at its median, at a threshold, at one of them, where
/// the ratio lies half way between two figures of six digits, and elsewhere.
fn asked(n: &mut Numbers, group: &Group, p: &Parameters) -> Decimal {
    let at = group.prices.len();
    let two = (group.prices[at / 2] + group.prices[(at - 1) / 2]) / Decimal::TWO;
    let middle = if n.below(3) == 0 { group.prices[at / 2] } else { two };
    let times = |x: f64| middle * Decimal::from_f64_retain(x).unwrap().round_dp(12);
    let ratio = |n: &mut Numbers| {
        // Seven digits, the last a five, of a ratio below one or above.
        let digits = 10 * (100_000 + n.below(900_000)) + 5;
        Decimal::new(digits as i64, n.of(&[6, 7, 8]))
    };
    let price = match n.below(14) {
        0 => middle,
        1 => times(p.strong_ratio),
        2 => times(p.reason_ratio),
        3 => times(p.low_review_ratio),
        4 => middle / Decimal::from_f64_retain(p.reason_ratio).unwrap().round_dp(12),
        5..=7 => middle.checked_mul(ratio(n)).unwrap_or(middle),
        8 | 9 => group.prices[n.below(at as u64) as usize],
        10 => group.prices[0] * n.of(&[Decimal::new(1, 1), Decimal::new(99, 2), Decimal::ONE]),
        11 => times(n.of(&[1e-6, 0.01, 30.0, 1e5])),
        _ => times((0.5 * n.normal()).exp()),
    };
    price.max(Decimal::new(1, 9))
}

/// A line of the file. Half of those that are drawn cannot be told from what an administration has; the others
/// hold cells that are bad, or that need the ordinary reading.
pub(super) fn line(n: &mut Numbers, number: usize, drawn: &Drawn, p: &Parameters, layout: Layout) -> String {
    // The larger groups more often: they have more to tell.
    let most = drawn.groups.iter().map(|group| group.prices.len()).max().unwrap_or(1) as u64;
    let group = loop {
        let group = &drawn.groups[n.below(drawn.groups.len() as u64) as usize];
        if group.prices.len() as u64 >= n.below(most) {
            break group;
        }
    };
    let price = asked(n, group, p);
    let quantity = n.of(&[
        Decimal::ONE,
        Decimal::from(40),
        Decimal::from(3),
        Decimal::from(7),
        Decimal::from(16),
        Decimal::new(125, 1),
        Decimal::new(64, 0),
        Decimal::new(1, 3),
        Decimal::new(999_983, 2),
    ]);
    let amount = match (layout.per_unit, n.below(4)) {
        (true, _) => price,
        // As administrations write it: to the cent. The price of one unit has then any digits.
        (false, 0) => (price * quantity)
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
            .max(Decimal::new(1, 2)),
        (false, _) => price.checked_mul(quantity).unwrap_or(price),
    };
    // The thirteenth digit is a five.
    let amount = match n.below(12) {
        0 => {
            let digits = 10 * (100_000_000_000 + n.below(900_000_000_000)) + 5;
            let tie = Decimal::new(digits as i64, n.of(&[3, 9, 12]));
            if layout.per_unit { tie } else { tie * quantity }
        }
        _ => amount,
    };
    let on = match n.below(8) {
        0..=4 => day(AS_OF),
        5 => {
            let near = group.days[n.below(group.days.len() as u64) as usize];
            let off = u64::from(p.window_days) + n.below(3) - 1;
            if n.below(2) == 0 { near + Days::new(off) } else { near - Days::new(off) }
        }
        6 => day(AS_OF) + Days::new(n.below(500)),
        _ => day(AS_OF) - Days::new(n.below(300)),
    };
    let ([unit, condition, level], _) = FOOTINGS[group.footing];
    let written = |x: Decimal| {
        let text = x.normalize().to_string();
        if layout.national { text.replace('.', ",") } else { text }
    };
    let mut code = group.code.to_owned();
    let mut origin = if n.below(10) == 0 { n.of(&ORIGINS) } else { group.origin };
    if origin.is_empty() && n.below(4) > 0 {
        origin = "CN";
    }
    let mut on = if layout.national { on.format("%d.%m.%Y").to_string() } else { on.to_string() };
    let [mut unit, mut condition, mut level] = [unit, condition, level].map(str::to_owned);
    let (mut currency, mut quantity, mut amount) = ("EUR", written(quantity), written(amount));
    let mut name = format!("L{number}");
    let mut note = "n".to_owned();
    match n.below(60) {
        0 => {
            quantity =
                n.of(&["0", "forty", "1e2", "-5", "", " 40 ", "+3", "0.500", "1.250", "1.5E7"]).to_owned()
        }
        1 => {
            amount = n
                .of(&["0.00", "x", "1e3", "", ".5", "5.", "1 000", "00012", "4.50", "12.345.678", "1'234"])
                .to_owned()
        }
        2 => currency = n.of(&["USD", "", "eur", "XX"]),
        3 => unit = n.of(&["dozen", "stone", "", "KGM", "pieces", "m", "g", "Stück", "kg N"]).to_owned(),
        4 => condition = n.of(&["mint", "", "New", "used", "damaged", "neu", "never used"]).to_owned(),
        5 => level = n.of(&["b2b", "", "Retail", "wholesale"]).to_owned(),
        6 => code = n.of(&["999999", "12", "0703.20", "07 03 20", "07032000", "7032a0", "999901"]).to_owned(),
        7 => origin = n.of(&["UK", "cn", "", "ZZ", "XX", "C"]),
        8 => {
            on = n
                .of(&[
                    "",
                    "2025-02-30",
                    "soon",
                    "-",
                    "1900-01-01",
                    "2999-12-31",
                    "1.9.26",
                    "2025-06-30 10:30:00",
                ])
                .to_owned()
        }
        9 => name = n.of(&["=1+1", "\"a, b\"", "é", " x ", "", "-3"]).to_owned(),
        10 => note = n.of(&["\"two \"\"quotes\"\"\"", " blanks ", "=2", "", "ü"]).to_owned(),
        _ => {}
    }
    let between = if layout.national { ";" } else { "," };
    [&name[..], &code, origin, &quantity, &amount, &on, currency, &unit, &condition, &level, &note]
        .join(between)
}

/// The header of the lines.
pub(super) fn header(layout: Layout) -> String {
    let between = if layout.national { ";" } else { "," };
    ["id", "code", "from", "qty", "amount", "day", "cur", "per", "state", "step", "note"].join(between)
}
