//! The short way of lines held to a price table, the ordinary one, and the whole verdict of `check`, on lists,
//! rules and lines drawn at random: the same text in every cell, and the same counts and discoveries of the
//! batch. Not how these are drawn (`drawn`).

use super::block::Worker;
use super::drawn::{AS_OF, Layout, Numbers, day, header, line, rules, table};
use super::plan;
use crate::assessed::{AssessedLine, COLUMNS};
use crate::batch::facts::Facts;
use crate::batch::patterns::Patterns;
use crate::batch::run::Job;
use crate::batch::tally::Tally;
use crate::checking::Checker;
use crate::declared_file::{self, DeclaredMap};
use crate::reference::Reference;
use crate::results::ResultsWriter;
use crate::settings::Settings;
use model::{Rung, Verdict, VerdictCode};
use proptest::prelude::*;
use statistics::Detail;
use statistics::table::{Facet, Footing, OtherDays, TableFile};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Columns that the short way fills.
fn columns() -> Vec<usize> {
    (0..COLUMNS.len()).filter(|&at| super::columns::plain_columns(&[at]).is_some()).collect()
}

/// What one world came to: lines by verdict, lines that went the short way, and all.
#[derive(Debug, Default)]
struct Seen {
    verdicts: BTreeMap<String, u32>,
    /// Lines held to a group's figures; by siblings; on two price levels.
    judged: u32,
    calibrated: u32,
    levels: u32,
    /// Figures half way between two that can be written, and ratios at a threshold, but for their last bits.
    halves: u32,
    at_threshold: u32,
    short: u64,
    lines: u64,
    discoveries: u64,
}

fn held(seed: u64, lines: usize, folder: &Path, seen: &mut Seen) -> Result<(), String> {
    let mut n = Numbers(seed);
    let parameters = rules(&mut n);
    let drawn = table(&mut n, &parameters, folder);
    let layout = Layout { national: n.below(3) == 0, per_unit: n.below(4) == 0 };
    let mut text = header(layout) + "\n";
    for number in 0..lines {
        writeln!(text, "{}", line(&mut n, number, &drawn, &parameters, layout)).unwrap();
    }
    let path = folder.join("lines.csv");
    std::fs::write(&path, &text).unwrap();
    let settings = Settings { data: folder.to_owned(), statistics: parameters, ..Settings::default() };
    let reference = Reference::table_of(drawn.file).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let checker = runtime.block_on(Checker::alone(&settings, reference, Some(day(AS_OF)))).unwrap();
    let map = DeclaredMap::parse(&layout.map(), "map").unwrap();
    let (chosen, outputs) = (columns(), [folder.join("out.csv")]);
    let q = n.of(&[0.05, 0.1, 0.2]);
    let now = chrono::DateTime::from_timestamp(0, 0).unwrap();
    let job = Job { map: Some(&map), columns: Some(&chosen), ..Job::new(&checker, &path, &outputs, q, now) };
    let plan = plan(&job, 1).ok_or("the file is not plain")?;

    let file = plan.file;
    let mut others = OtherDays::of(&file.table());
    let mut worker = Worker::new(&plan);
    let body = &text[text.find('\n').unwrap() + 1..];
    let done = worker.block(&plan, body.as_bytes(), 2, Vec::new()).map_err(|_| "a quote is open")?;
    seen.short += done.lines - worker.ordinary;
    seen.lines += done.lines;
    let short = String::from_utf8(done.out).unwrap();
    let mut tally = Tally::new(q);
    tally.add_counted(&done.counts, worker.family);
    tally.add_bad(done.bad_lines, &done.bad);
    let of_short = tally.finish(q, Patterns::default());

    let mut tally = Tally::new(q);
    let mut ordinary = declared_file::read(text.as_bytes(), "lines.csv", Some(&map)).unwrap();
    let extra = ordinary.extra_columns().to_vec();
    let (mut short, mut all) = (short.lines(), String::new());
    for (at, row) in ordinary.by_ref().enumerate() {
        let said = body.lines().nth(row.number as usize - 2).unwrap_or_default();
        let checked = match &row.line {
            Ok(input) if at % 16 == 0 => Some(checker.check(input, Detail::Full)),
            _ => None,
        };
        let assessed = crate::batch::abreast::assess(&checker, row.number, row.line, &row.places);
        let record = assessed.record();
        let declaration = assessed.result.as_ref().ok().map(|verdict| &verdict.declaration);
        let facts = Facts::of(row.number, &assessed.input, declaration, &record, None);
        tally.add(&facts);
        if let Some(verdict) = facts.verdict {
            *seen.verdicts.entry(verdict.to_string()).or_default() += 1;
        }
        if let Ok(verdict) = &assessed.result
            && let Some(told) = digits(file, &mut others, verdict, seen)
        {
            writeln!(all, "seed {seed}, {said}: {told}").unwrap();
        }
        let chosen: Vec<String> = chosen.iter().map(|&at| record[at].clone()).collect();
        let mut out = Vec::new();
        let mut writer = ResultsWriter::behind(&mut out, &extra);
        writer.write_record(&chosen, &row.extra).unwrap();
        writer.flush().unwrap();
        drop(writer);
        let (by_ordinary, by_short) = (String::from_utf8(out).unwrap(), short.next().unwrap_or_default());
        if by_ordinary.trim_end_matches('\n') != by_short {
            let mut told = format!("seed {seed}, line {}: {said}\n", row.number);
            if by_short.split(',').count() != by_ordinary.trim_end().split(',').count() {
                writeln!(told, "  cells: {by_short}\n  {by_ordinary}").unwrap();
            }
            let names = job.columns.unwrap().iter().map(|&at| COLUMNS[at].name).chain(["note"]);
            for (name, (a, b)) in names.zip(by_short.split(',').zip(by_ordinary.trim_end().split(','))) {
                if a != b {
                    writeln!(told, "  {name}: short {a}, ordinary {b}").unwrap();
                }
            }
            all += &told;
        }
        if let Some(Ok(verdict)) = checked {
            let whole = AssessedLine { result: Ok(verdict), ..assessed.clone() }.record();
            if whole != record {
                writeln!(all, "seed {seed}: check says otherwise of {said}").unwrap();
            }
        }
    }
    if let Some(more) = short.next() {
        return Err(format!("seed {seed}: one line more, {more}"));
    }
    let of_ordinary = tally.finish(q, Patterns::default());
    seen.discoveries += of_ordinary.discovery.discoveries;
    for (what, a, b) in [
        ("lines", format!("{:?}", of_short.lines), format!("{:?}", of_ordinary.lines)),
        ("bad", format!("{:?}", of_short.bad), format!("{:?}", of_ordinary.bad)),
        ("counts", format!("{:?}", of_short.counts), format!("{:?}", of_ordinary.counts)),
        ("discovery", format!("{:?}", of_short.discovery), format!("{:?}", of_ordinary.discovery)),
        ("found", format!("{:?}", of_short.found), format!("{:?}", of_ordinary.found)),
    ] {
        if a != b {
            writeln!(all, "seed {seed}, {what}: short {a}\n  ordinary {b}").unwrap();
        }
    }
    if all.is_empty() { Ok(()) } else { Err(all) }
}

/// Whether a number lies half way between two of six digits, but for its last bits.
fn half(number: f64) -> u32 {
    let digits: f64 = format!("{number:.15e}").split('e').next().unwrap().parse().unwrap();
    u32::from(((digits * 1e5).fract() - 0.5).abs() < 1e-8)
}

/// What differs between a verdict and the judgement of its line, in any bit of a figure; `None`: nothing, or
/// the verdict is held to something else than one group.
fn digits(file: &TableFile, others: &mut OtherDays, verdict: &Verdict, seen: &mut Seen) -> Option<String> {
    let (r, d) = (verdict.reference.as_ref()?, &verdict.declaration);
    let declared = verdict.declared.as_ref()?;
    let footing = Footing { unit: declared.unit, condition: d.condition?, level: d.level? };
    let origin = d.origin.filter(|_| file.parameters().origin_facet);
    if r.rung != Rung::Hs6Facets || (file.parameters().origin_facet && origin.is_none()) {
        return None;
    }
    let facts = file.facts();
    let hs = facts.codes.binary_search(&d.hs.subheading()?).unwrap();
    let facet = facts.facets.binary_search(&Facet { footing, origin }).unwrap();
    let group = file.places().group(hs as u32, facet as u32).unwrap();
    let price = declared.amount.to_string().parse().unwrap();
    let judged = file.table().judge(file.places(), others, group, d.export_date, price).unwrap();
    let (p, f) = (judged.price.unwrap(), judged.figures);
    seen.judged += 1;
    seen.calibrated += u32::from(p.calibrated.is_some());
    seen.levels += u32::from(!r.segments.is_empty());
    if (p.calibrated, judged.verdict) != (verdict.calibrated, verdict.verdict) {
        return Some(format!(
            "{:?} {:?}, ordinary {:?} {:?}",
            judged.verdict, p.calibrated, verdict.verdict, verdict.calibrated
        ));
    }
    let counts = [judged.counts.n - judged.counts.slips, judged.counts.sellers];
    if counts != [r.n_listings, r.n_sellers] {
        return Some(format!("{counts:?}, ordinary {} {}", r.n_listings, r.n_sellers));
    }
    let rules = file.parameters();
    let thresholds =
        [rules.strong_ratio, rules.reason_ratio, rules.low_review_ratio, 1.0 / rules.reason_ratio];
    seen.at_threshold += u32::from(thresholds.iter().any(|at| (p.ratio / at - 1.0).abs() < 1e-13));
    seen.halves += [p.ratio, p.p_lower, p.p_upper, p.percentile].map(half).iter().sum::<u32>();
    [
        ("ratio", p.ratio, verdict.ratio?),
        ("ratio_high", p.ratio, verdict.ratio_high?),
        ("p_lower", p.p_lower, verdict.p_lower?),
        ("p_upper", p.p_upper, verdict.p_upper?),
        ("smallest_p", p.smallest_p, verdict.smallest_p?),
        ("z", p.z, verdict.z?),
        ("z_high", p.z, verdict.z_high?),
        ("percentile", p.percentile, verdict.percentile?),
        ("n_eff", f.n_eff, r.n_eff),
        ("q1", f.q1.exp(), r.q1),
        ("median", f.median.exp(), r.median),
        ("q3", f.q3.exp(), r.q3),
        ("detectable", f.detectable, r.detectable_ratio),
    ]
    .into_iter()
    .find(|(_, a, b)| a.to_bits() != b.to_bits())
    .map(|(name, a, b)| format!("{name} {a}, ordinary {b}"))
}

/// Worlds from one seed to below another; those that differ are told.
fn look(seeds: std::ops::Range<u64>, lines: usize) -> (Seen, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::default();
    let wrong = seeds.filter_map(|seed| held(seed, lines, folder.path(), &mut seen).err()).collect();
    (seen, wrong)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each case is a table with its rules and a hundred lines.
    #[test]
    fn both_ways_say_the_same_in_every_cell_and_every_bit(seed: u64) {
        let folder = tempfile::tempdir().unwrap();
        let found = held(seed, 100, folder.path(), &mut Seen::default());
        prop_assert!(found.is_ok(), "{}", found.unwrap_err());
    }
}

/// What is drawn reaches what there is to differ in.
#[test]
fn what_is_drawn_comes_to_every_verdict_and_to_halves() {
    let (seen, wrong) = look(0..40, 120);
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert_eq!(seen.lines, 40 * 120);
    assert!(seen.short > seen.lines / 2 && seen.short < seen.lines, "{seen:?}");
    assert!(seen.judged > 1000 && seen.calibrated > 300 && seen.levels > 100, "{seen:?}");
    assert!(seen.halves > 200 && seen.at_threshold > 100 && seen.discoveries > 20, "{seen:?}");
    for verdict in VerdictCode::ALL.iter().filter(|code| **code != VerdictCode::NotApplicable) {
        assert!(seen.verdicts.get(verdict.code()).is_some_and(|n| *n > 0), "{verdict}: {seen:?}");
    }
}

/// To look further than the tests that run each time.
#[test]
#[ignore = "looks on for long: WAYS=from,to"]
fn more_worlds_say_the_same() {
    let range = std::env::var("WAYS").unwrap_or_else(|_| "0,200".to_owned());
    let (from, to) = range.split_once(',').unwrap();
    let (seen, wrong) = look(from.parse().unwrap()..to.parse().unwrap(), 120);
    println!("{seen:?}");
    assert!(wrong.is_empty(), "{} worlds differ\n{}", wrong.len(), wrong.concat());
}
