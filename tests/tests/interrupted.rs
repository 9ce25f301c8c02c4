//! What an interrupted assessment into one CSV keeps beside it: left alone by runs that are refused or stopped
//! before they begin, shared by all links to one file, and spoken of only where it is the run's own. Both ways of
//! a batch, the ordinary one and the short one of figures alone.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use acceptance::prices::{self, MAP, spread};
use api::batch::run::{Job, run};
use api::batch::tally::Batch;
use api::checking::Checker;
use api::declared_file::DeclaredMap;
use api::failure::{Exit, Failure};
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use chrono::{DateTime, TimeZone, Utc};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const LINES_MAP: &str = "[columns]\nline = \"id\"\nhs = \"hs6\"\norigin = \"origin\"\nquantity = \"qty\"\nvalue = \"value\"\n[defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\ncondition = \"new\"\nlevel = \"wholesale\"\n";

/// A price table, lines of its codes, and the folder `out` for their results.
struct Office {
    app: App,
    checker: Checker,
    map: DeclaredMap,
    input: PathBuf,
    figures: Vec<usize>,
}

/// What a run is asked beside its results.
#[derive(Clone, Copy, Default)]
struct Asked<'a> {
    figures: bool,
    resume: bool,
    rollups: Option<&'a Path>,
    /// Stops at the first look from this line on.
    stop_at: Option<u64>,
}

impl Office {
    fn open() -> Office {
        let mut list = "hs6,origin,date,source,unit_price\n".to_owned();
        // So long that the short way, which takes 256 KiB and four of these at a time, does not take all at once.
        let mut lines = "id,hs6,origin,qty,value,note\n".to_owned();
        let note = "as of old ".repeat(600);
        for i in 0..300 {
            let _ = writeln!(list, "1234{:02},CN,2025-06-01,S{},{:.2}", i % 3, i % 31, 2.0 + spread(i));
            let _ = writeln!(lines, "L{i},1234{:02},CN,40,{:.2},{note}", i % 4, 40.0 * (1.0 + spread(i + 7)));
        }
        let files = [("map.toml", MAP), ("prices.csv", &list), ("lines.toml", LINES_MAP)];
        let app = prices::app(&[&files[..], &[("lines.csv", &lines)]].concat());
        prices::table(&app, &["prices.csv"], &[]);
        std::fs::create_dir(app.path().join("out")).unwrap();
        let checker = checker(&app, "2025-06-30");
        let map = DeclaredMap::load(&app.path().join("lines.toml")).unwrap();
        let figures = api::assessed::selected(&["figures".to_owned()]).unwrap();
        Office { input: app.path().join("lines.csv"), app, checker, map, figures }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.app.path().join("out").join(name)
    }

    fn run(&self, checker: &Checker, outputs: &[&str], asked: Asked<'_>) -> Result<Batch, Failure> {
        let outputs: Vec<_> = outputs.iter().map(|name| self.path(name)).collect();
        run(&Job {
            map: Some(&self.map),
            columns: asked.figures.then_some(self.figures.as_slice()),
            resume: asked.resume,
            rollups: asked.rollups,
            threads: 1,
            interrupted: &|lines| asked.stop_at.is_some_and(|at| lines >= at),
            ..Job::new(checker, &self.input, &outputs, 0.1, now())
        })
    }

    /// The files in `out`, with what stands in them.
    fn there(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.path("")).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        files.map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap())).collect()
    }

    /// An interrupted run into `r.csv`, and what it keeps there.
    fn begun(&self, asked: Asked<'_>) -> BTreeMap<String, Vec<u8>> {
        let first = self.run(&self.checker, &["r.csv"], Asked { stop_at: Some(1), ..asked }).unwrap();
        assert!(first.interrupted && first.lines > 0 && first.kept == Some(self.path("r.csv.partial")));
        let kept = self.there();
        assert!(kept.contains_key("r.csv.journal") && !kept.contains_key("r.csv"), "{:?}", kept.keys());
        kept
    }

    /// Goes on with it and holds the results to those of a run at once.
    fn ended(&self, name: &str, lines: u64, asked: Asked<'_>) {
        let last = self.run(&self.checker, &[name], Asked { resume: true, ..asked }).unwrap();
        assert!(!last.interrupted && last.resumed > 0 && last.lines == lines, "{}", last.resumed);
        let asked = Asked { rollups: None, ..asked };
        self.run(&self.checker, &["whole.csv"], asked).unwrap();
        assert_eq!(std::fs::read(self.path(name)).unwrap(), std::fs::read(self.path("whole.csv")).unwrap());
        for name in ["r.csv.journal", "r.csv.journal-facts", "r.csv.partial"] {
            assert!(!self.path(name).exists(), "{name}");
        }
    }
}

fn checker(app: &App, as_of: &str) -> Checker {
    let overrides = Overrides { data: Some(app.path().join("data")), ..Overrides::default() };
    let settings = Settings::load(&overrides, &|_| None).unwrap();
    let statistics = api::statistics_file::load(&app.path().join("rules.toml")).unwrap();
    let settings = Settings { statistics, ..settings };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pipeline = Pipeline::existing(settings).await.unwrap();
        Checker::load(&pipeline, None, as_of.parse().ok()).await.unwrap()
    })
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 7, 1, 12, 0, 0).unwrap()
}

#[cfg(unix)]
#[test]
fn a_run_that_is_refused_leaves_what_another_keeps() {
    let office = Office::open();
    // A name that is had, but not with what stands behind it as long as the file is not whole.
    let long = office.path(&format!("{}.csv", "s".repeat(250)));
    let sums = office.app.path().join("sums.csv");
    // One keeps its facts too.
    for kept_by in [
        Asked::default(),
        Asked { figures: true, ..Asked::default() },
        Asked { figures: true, rollups: Some(&sums), ..Asked::default() },
    ] {
        let kept = office.begun(kept_by);
        assert_eq!(kept.contains_key("r.csv.journal-facts"), kept_by.rollups.is_some());
        let refused = |outputs: &[&str], asked: Asked<'_>| {
            let failure = office.run(&office.checker, outputs, asked).unwrap_err();
            assert!(office.there() == kept, "{failure}: {:?}", office.there().keys());
            failure
        };
        // What it keeps is not this run's to speak of.
        let failure = refused(&["r.csv"], Asked { rollups: Some(&long), ..kept_by });
        assert_eq!((failure.exit, failure.hint), (Exit::Machine, None), "{}", failure.message);
        let failure = refused(&["r.csv"], Asked { rollups: Some(&long), resume: true, ..kept_by });
        assert!(failure.hint.unwrap().ends_with("r.csv.partial"), "{}", failure.message);
        let folder = office.path("");
        let failure = refused(&["r.csv"], Asked { rollups: Some(&folder), ..kept_by });
        assert!(failure.message.ends_with("a folder stands where a file is needed"), "{failure}");
        // Another run writes the other file.
        let others = ["other.csv", "other.xlsx", "other.parquet"];
        for other in &others[..if kept_by.figures { 1 } else { 3 }] {
            let partial = office.app.path().join("out").join(format!("{other}.partial"));
            let held = std::fs::File::create(&partial).unwrap();
            held.lock().unwrap();
            for outputs in [["r.csv", *other], [*other, "r.csv"]] {
                let asked = Asked { rollups: None, ..kept_by };
                let failure = office.run(&office.checker, &outputs, asked).unwrap_err();
                assert!(failure.message.contains("another run is writing it"), "{failure}");
            }
            std::fs::remove_file(&partial).unwrap();
            assert!(office.there() == kept, "{other}");
        }
        office.ended("r.csv", 300, kept_by);
        std::fs::remove_file(office.path("r.csv")).unwrap();
        std::fs::remove_file(office.path("whole.csv")).unwrap();
    }
}

#[test]
fn what_cannot_be_removed_stops_a_run_before_it_takes_from_what_is_kept() {
    let office = Office::open();
    for figures in [false, true] {
        let asked = Asked { figures, ..Asked::default() };
        let kept = office.begun(asked);
        let facts = office.path("r.csv.journal-facts");
        std::fs::create_dir(&facts).unwrap();
        let failure = office.run(&office.checker, &["r.csv"], asked).unwrap_err();
        assert!(failure.message.contains("journal-facts: a folder") && office.there() == kept, "{failure}");
        std::fs::remove_dir(&facts).unwrap();
        office.ended("r.csv", 300, asked);
        std::fs::remove_file(office.path("r.csv")).unwrap();
        std::fs::remove_file(office.path("whole.csv")).unwrap();
    }
}

#[test]
fn only_a_run_that_goes_on_with_a_journal_speaks_of_it() {
    let office = Office::open();
    // A name that is had, but not with what stands behind it as long as the file is not whole.
    let long = office.path(&format!("{}.csv", "s".repeat(250)));
    let asked = Asked { rollups: Some(&long), ..Asked::default() };
    let kept = office.begun(Asked::default());
    let other = checker(&office.app, "2025-06-29");
    for (checker, resume, spoken_of) in
        [(&office.checker, true, true), (&office.checker, false, false), (&other, false, false)]
    {
        let failure = office.run(checker, &["r.csv"], Asked { resume, ..asked }).unwrap_err();
        assert_eq!(failure.exit, Exit::Machine, "{failure}");
        let hint = failure.hint.unwrap_or_default();
        assert_eq!(hint.contains("--resume") && hint.ends_with("r.csv.partial"), spoken_of, "{hint}");
        assert!(office.there() == kept);
    }
    let foreign = office.run(&other, &["r.csv"], Asked { resume: true, ..Asked::default() }).unwrap_err();
    assert!(foreign.message.contains("r.csv.journal: of another run"), "{foreign}");
    assert!(foreign.hint.unwrap().starts_with("it was begun with --as-of 2025-06-30: give that to go on"));
    assert!(office.there() == kept);
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_fails_without_a_journal_leaves_nothing() {
    let office = Office::open();
    let full = Path::new("/dev/full");
    for figures in [false, true] {
        let asked = Asked { figures, ..Asked::default() };
        let failure = office.run(&office.checker, &["r.csv"], Asked { rollups: Some(full), ..asked });
        assert_eq!(failure.unwrap_err().exit, Exit::Machine);
        assert!(office.there().is_empty(), "{:?}", office.there().keys());
        // Nor where the first journal cannot be written.
        let half = office.path("r.csv.journal-partial");
        let outputs = [office.path("r.csv")];
        let stopped = |lines: u64| {
            if lines > 0 {
                std::fs::create_dir(&half).unwrap();
            }
            lines > 0
        };
        let job =
            Job { map: Some(&office.map), ..Job::new(&office.checker, &office.input, &outputs, 0.1, now()) };
        let columns = figures.then_some(office.figures.as_slice());
        let failure = run(&Job { columns, interrupted: &stopped, ..job }).unwrap_err();
        assert_eq!(failure.hint, None, "{failure}");
        assert!(office.there().is_empty(), "{:?}", office.there().keys());
        std::fs::remove_dir(&half).unwrap();
    }
}

#[test]
fn a_file_replaced_while_it_is_read_gives_no_results() {
    let office = Office::open();
    let lines = std::fs::read_to_string(&office.input).unwrap();
    for (names, figures) in [(&["r.csv", "r.xlsx"][..], false), (&["r.csv"], true)] {
        office.app.file("lines.csv", &lines);
        let outputs: Vec<_> = names.iter().map(|name| office.path(name)).collect();
        let replaced = |lines_done: u64| {
            // The short way looks after blocks of some lines.
            if lines_done == 64 || figures && lines_done > 0 {
                office.app.file("other.csv", lines.replace("L299,", "M299,"));
                std::fs::rename(office.app.path().join("other.csv"), &office.input).unwrap();
            }
            false
        };
        let job = Job::new(&office.checker, &office.input, &outputs, 0.1, now());
        let columns = figures.then_some(office.figures.as_slice());
        let job = Job { map: Some(&office.map), columns, interrupted: &replaced, ..job };
        let failure = run(&job).unwrap_err();
        let told = "lines.csv: it was changed or replaced while it was read";
        assert!(failure.exit == Exit::Input && failure.message.ends_with(told), "{failure}");
        let hint = "assess it again when nobody writes it any more";
        assert_eq!(failure.hint.as_deref(), Some(hint));
        assert!(office.there().is_empty(), "{:?}", office.there().keys());
    }
}

#[test]
fn what_has_its_name_is_named_where_another_output_does_not_get_its_own() {
    let office = Office::open();
    let outputs = ["r.csv", "r.xlsx"].map(|name| office.path(name));
    let in_the_way = |lines_done: u64| {
        if lines_done == 64 {
            std::fs::create_dir(&outputs[0]).unwrap();
        }
        false
    };
    let job = Job::new(&office.checker, &office.input, &outputs, 0.1, now());
    let failure = run(&Job { map: Some(&office.map), interrupted: &in_the_way, ..job }).unwrap_err();
    let hint = failure.hint.unwrap();
    assert!(
        hint.contains("r.csv.partial: rename it") && hint.contains("already: ") && hint.ends_with("r.xlsx"),
        "{hint}"
    );
    assert_eq!(office.there().into_keys().collect::<Vec<_>>(), ["r.csv.partial", "r.xlsx"]);
}

#[cfg(unix)]
#[test]
fn who_may_not_read_the_results_may_not_read_what_is_beside_them() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::open();
    let sums = office.app.path().join("sums.csv");
    std::fs::write(office.path("r.csv"), "").unwrap();
    std::fs::set_permissions(office.path("r.csv"), PermissionsExt::from_mode(0o600)).unwrap();
    let asked = Asked { figures: true, rollups: Some(&sums), stop_at: Some(1), ..Asked::default() };
    office.run(&office.checker, &["r.csv"], asked).unwrap();
    for name in ["r.csv.partial", "r.csv.journal", "r.csv.journal-facts"] {
        let mode = std::fs::metadata(office.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_run_goes_on_only_with_the_rates_it_was_begun_with() {
    let office = Office::open();
    let rates = |name: &str, rate: &str| {
        office.app.file(name, format!("date,base,quote,rate\n2025-06-20,EUR,USD,{rate}\n"));
        prices::run(&office.app, &["import", "fx", name, "--publisher", "notice 9"]).ok();
    };
    rates("first.csv", "1.25");
    let first = checker(&office.app, "2025-06-30");
    for figures in [false, true] {
        let asked = Asked { figures, ..Asked::default() };
        let again = Asked { resume: true, ..asked };
        office.run(&first, &["r.csv"], Asked { stop_at: Some(1), ..asked }).unwrap();
        let kept = office.there();
        rates("other.csv", "2.50");
        let refused = office.run(&checker(&office.app, "2025-06-30"), &["r.csv"], again).unwrap_err();
        assert!(refused.message.contains("of another run, what is imported of exchange rates differs"));
        assert!(office.there() == kept);
        // With the rates it was begun with it goes on.
        rates("first.csv", "1.25");
        let last = office.run(&checker(&office.app, "2025-06-30"), &["r.csv"], again).unwrap();
        assert!(!last.interrupted && last.resumed > 0);
        std::fs::remove_file(office.path("r.csv")).unwrap();
    }
}

#[test]
fn a_run_goes_on_only_by_the_method_it_was_begun_by() {
    let office = Office::open();
    for figures in [false, true] {
        let asked = Asked { figures, ..Asked::default() };
        let mut kept = office.begun(asked);
        let journal: serde_json::Value = serde_json::from_slice(&kept["r.csv.journal"]).unwrap();
        let now = statistics::METHOD;
        let (mut older, mut silent) = (journal.clone(), journal.clone());
        older["run"]["method"] = (now - 1).into();
        silent["run"].as_object_mut().unwrap().remove("method").unwrap();
        let numbered = format!("method {}", now - 1);
        for (other, by) in [(older, &*numbered), (silent, "a method of before these were numbered")] {
            std::fs::write(office.path("r.csv.journal"), other.to_string()).unwrap();
            kept.insert("r.csv.journal".to_owned(), other.to_string().into_bytes());
            let asked = Asked { resume: true, ..asked };
            let refused = office.run(&office.checker, &["r.csv"], asked).unwrap_err();
            let differs = format!("of another run, the method of figures ({by}, here method {now}) differs");
            assert!(refused.message.ends_with(&differs), "{refused}");
            assert_eq!(refused.hint.as_deref(), Some("without --resume the run begins anew"));
            assert!(office.there() == kept);
        }
        std::fs::write(office.path("r.csv.journal"), journal.to_string()).unwrap();
        office.ended("r.csv", 300, asked);
        std::fs::remove_file(office.path("r.csv")).unwrap();
        std::fs::remove_file(office.path("whole.csv")).unwrap();
    }
}

#[test]
fn a_run_goes_on_with_its_own_rows_alone() {
    let office = Office::open();
    let sums = office.app.path().join("sums.csv");
    let figures = Asked { figures: true, ..Asked::default() };
    for asked in [Asked::default(), figures, Asked { rollups: Some(&sums), ..figures }] {
        let kept = office.begun(asked);
        // One digit of one row.
        for name in kept.keys().filter(|name| *name == "r.csv.partial" || *name == "r.csv.journal-facts") {
            let mut foreign = kept[name].clone();
            let at = foreign.iter().rposition(u8::is_ascii_digit).unwrap();
            foreign[at] = if foreign[at] == b'1' { b'2' } else { b'1' };
            std::fs::write(office.path(name), &foreign).unwrap();
            let failure = office.run(&office.checker, &["r.csv"], Asked { resume: true, ..asked });
            let failure = failure.unwrap_err();
            assert!(failure.message.contains(name.as_str()) || asked.figures, "{failure}");
            assert_eq!(failure.hint.as_deref(), Some("without --resume the run begins anew"));
            assert_eq!(std::fs::read(office.path(name)).unwrap(), foreign);
            std::fs::write(office.path(name), &kept[name]).unwrap();
        }
        office.ended("r.csv", 300, asked);
        std::fs::remove_file(office.path("r.csv")).unwrap();
        std::fs::remove_file(office.path("whole.csv")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn two_links_to_one_file_have_one_journal() {
    let office = Office::open();
    std::fs::create_dir(office.path("links")).unwrap();
    for link in ["links/a.csv", "links/b.csv"] {
        std::os::unix::fs::symlink("../r.csv", office.path(link)).unwrap();
    }
    let (a, b) = (["links/a.csv"], ["links/b.csv"]);
    for figures in [false, true] {
        for rollups in [None, Some(office.app.path().join("sums.csv"))] {
            let asked = Asked { figures, rollups: rollups.as_deref(), ..Asked::default() };
            let stopped = Asked { stop_at: Some(1), ..asked };
            let first = office.run(&office.checker, &a, stopped).unwrap();
            assert!(first.interrupted && first.kept.unwrap().ends_with("r.csv.partial"));
            let kept = office.there();
            let names: Vec<_> = kept.keys().map(String::as_str).collect();
            let mut expected = vec!["r.csv.journal", "r.csv.journal-facts", "r.csv.partial"];
            expected.retain(|name| figures && rollups.is_some() || !name.ends_with("facts"));
            assert_eq!(names, expected);
            // By the other link it is the same file with the same journal, also where it is another run's.
            let other = checker(&office.app, "2025-06-29");
            let foreign = office.run(&other, &b, Asked { resume: true, ..asked }).unwrap_err();
            assert!(foreign.message.contains("r.csv.journal: of another run"), "{foreign}");
            assert!(office.there() == kept);
            office.ended("links/b.csv", 300, asked);
            // A run that begins anew by the other link leaves no journal of the first.
            office.run(&office.checker, &a, stopped).unwrap();
            office.run(&other, &b, asked).unwrap();
            assert_eq!(office.there().into_keys().collect::<Vec<_>>(), ["r.csv", "whole.csv"]);
            for name in ["r.csv", "whole.csv"] {
                std::fs::remove_file(office.path(name)).unwrap();
            }
        }
    }
    let links = std::fs::read_dir(office.path("links")).unwrap().map(Result::unwrap);
    assert_eq!(links.filter(|link| link.file_type().unwrap().is_symlink()).count(), 2);
}

#[test]
fn a_wish_to_stop_before_the_first_line_leaves_all_as_it_was() {
    let office = Office::open();
    for figures in [false, true] {
        let asked = Asked { figures, ..Asked::default() };
        let at_once = Asked { stop_at: Some(0), ..asked };
        let none = office.run(&office.checker, &["r.csv"], at_once).unwrap();
        assert!(none.interrupted && none.kept.is_none() && none.lines == 0 && office.there().is_empty());
        let kept = office.begun(asked);
        for resume in [false, true] {
            let batch = office.run(&office.checker, &["r.csv"], Asked { resume, ..at_once }).unwrap();
            assert!(batch.interrupted && batch.lines == 0 && office.there() == kept);
            assert_eq!((batch.kept.is_some(), batch.resumed > 0), (resume, resume));
        }
        office.ended("r.csv", 300, asked);
        std::fs::remove_file(office.path("r.csv")).unwrap();
        std::fs::remove_file(office.path("whole.csv")).unwrap();
    }
}

#[test]
fn a_wish_to_stop_among_lines_that_are_done_keeps_them_all() {
    let office = Office::open();
    let first = office.run(&office.checker, &["r.csv"], Asked { stop_at: Some(192), ..Asked::default() });
    assert_eq!(first.unwrap().lines, 192);
    let kept = office.there();
    let again = Asked { resume: true, stop_at: Some(64), ..Asked::default() };
    let second = office.run(&office.checker, &["r.csv"], again).unwrap();
    assert_eq!((second.interrupted, second.lines, second.resumed), (true, 64, 192));
    assert!(second.kept.is_some() && office.there() == kept);
    office.ended("r.csv", 300, Asked::default());
}

#[test]
fn a_wish_to_stop_that_comes_with_the_last_block_of_the_short_way_ends_nothing() {
    let office = Office::open();
    let asked = Asked { figures: true, stop_at: Some(300), ..Asked::default() };
    let batch = office.run(&office.checker, &["r.csv"], asked).unwrap();
    assert_eq!((batch.interrupted, batch.lines, batch.kept), (false, 300, None));
    assert_eq!(office.there().into_keys().collect::<Vec<_>>(), ["r.csv"]);
}

#[test]
fn a_wish_to_stop_that_comes_with_the_last_line_of_the_ordinary_way_ends_nothing() {
    let mut office = Office::open();
    let lines = std::fs::read_to_string(&office.input).unwrap();
    // It looks every 64 lines and reads 256 at a time.
    for count in [64, 256] {
        office.input = office.app.path().join("some.csv");
        office
            .app
            .file("some.csv", lines.lines().take(1 + count).fold(String::new(), |text, l| text + l + "\n"));
        let last = Asked { stop_at: Some(count as u64), ..Asked::default() };
        let batch = office.run(&office.checker, &["r.csv"], last).unwrap();
        assert_eq!((batch.interrupted, batch.lines, batch.kept), (false, count as u64, None));
        assert_eq!(office.there().into_keys().collect::<Vec<_>>(), ["r.csv"]);
        std::fs::remove_file(office.path("r.csv")).unwrap();
    }
    // Nor where a run before was killed when it had them all.
    let kept = office.begun(Asked::default());
    office.ended("r.csv", 256, Asked::default());
    std::fs::rename(office.path("r.csv"), office.path("r.csv.partial")).unwrap();
    let rows = std::fs::read(office.path("r.csv.partial")).unwrap();
    let mut journal: serde_json::Value = serde_json::from_slice(&kept["r.csv.journal"]).unwrap();
    journal["lines"] = 256.into();
    journal["bytes"] = rows.len().into();
    journal["digest"] = model::ContentHash::of(&rows).to_string().into();
    std::fs::write(office.path("r.csv.journal"), journal.to_string()).unwrap();
    let again = Asked { resume: true, stop_at: Some(256), ..Asked::default() };
    let batch = office.run(&office.checker, &["r.csv"], again).unwrap();
    assert_eq!((batch.interrupted, batch.lines, batch.resumed), (false, 256, 256));
    assert!(std::fs::read(office.path("r.csv")).unwrap() == rows);
}

#[test]
fn no_results_take_the_name_of_what_is_kept_of_others() {
    let office = Office::open();
    let kept = office.begun(Asked::default());
    for name in ["r.csv.partial", "r.csv.journal", "r.csv.journal-facts", "r.csv.journal-partial"] {
        let rollups = office.path(name);
        let asked = Asked { rollups: Some(&rollups), ..Asked::default() };
        let failure = office.run(&office.checker, &["other.csv"], asked).unwrap_err();
        assert!(failure.message.ends_with("of results that are not finished"), "{failure}");
        assert!(office.there() == kept, "{name}");
        // Nor by a link.
        #[cfg(unix)]
        {
            let link = office.app.path().join("link.csv");
            std::os::unix::fs::symlink(&rollups, &link).unwrap();
            let failure = office.run(&office.checker, &["../link.csv"], Asked::default()).unwrap_err();
            assert!(failure.message.ends_with("link.csv: such a name is of results that are not finished"));
            assert!(office.there() == kept, "{name}");
            std::fs::remove_file(&link).unwrap();
        }
    }
}

#[test]
fn a_wish_to_go_on_with_nothing_begins_anew_and_says_so() {
    let office = Office::open();
    let ran = |more: &[&str]| {
        let args = ["assess", "lines.csv", "--map", "lines.toml", "--as-of", "2025-06-30", "-o", "out/r.csv"];
        prices::run(&office.app, &[&args, more].concat())
    };
    for more in [&["--resume"][..], &["--resume", "--columns", "figures"]] {
        let ran = ran(more);
        assert!(ran.err.contains("r.csv.journal is not there: nothing to go on with"), "{}", ran.err);
        assert!(ran.code == 0 && ran.out.contains("300 lines assessed\n"), "{}", ran.out);
    }
    assert_eq!(ran(&[]).err, "");
    // What the short way has kept is no beginning of a run that needs more of its lines.
    let short = Asked { figures: true, ..Asked::default() };
    std::fs::remove_file(office.path("r.csv")).unwrap();
    office.begun(short);
    let ran = ran(&["--resume", "--columns", "figures", "--rollups", "out/s.csv"]);
    assert!(ran.err.contains("r.csv.partial: this run cannot go on with it and begins anew"), "{}", ran.err);
    assert_eq!(office.there().into_keys().collect::<Vec<_>>(), ["r.csv", "s.csv"]);
}

/// A pipe opened to be read and written, which waits for nobody: who opens one of its ends has another.
#[cfg(unix)]
fn both_ends(pipe: &Path) -> std::fs::File {
    std::fs::File::options().read(true).write(true).open(pipe).unwrap()
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_told_as_one() {
    use std::io::{Read, Write};
    let office = Office::open();
    // More than a pipe holds.
    let pipe = office.path("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut begun = [0; 7];
            std::fs::File::open(pipe).unwrap().read_exact(&mut begun).unwrap();
            begun
        }
    });
    let failure = office.run(&office.checker, &["pipe.csv"], Asked::default()).unwrap_err();
    // Where the run wrote nothing the reader has something to read, too.
    let mut both_ends = both_ends(&pipe);
    both_ends.write_all(b"nothing").unwrap();
    assert_eq!(reader.join().unwrap(), *b"number,");
    assert_eq!((failure.exit, failure.hint), (Exit::Machine, None));
    assert!(failure.message.ends_with("pipe.csv: whoever reads it has gone, it is not written to its end"));
}

#[cfg(unix)]
#[test]
fn a_signal_that_comes_too_late_ends_nothing_and_what_is_said_is_true() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let office = Office::open();
    let short = std::fs::read_to_string(&office.input).unwrap();
    office.app.file("short.csv", short.lines().take(11).collect::<Vec<_>>().join("\n"));
    let pipe = office.path("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let args = ["assess", "short.csv", "--map", "lines.toml", "-o", "out/r.csv", "-o", "out/pipe.csv"];
    let mut command = office.app.command(&[&["--config", "settings.toml"], &args[..]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It looks for signals every 64 lines, and waits for the pipe's reader.
    let (mut said, line) = acceptance::interrupted(&mut child, &office.path("r.csv.partial"));
    assert_eq!(
        line.trim(),
        "stopping after the lines at hand, unless they are the last; press Ctrl-C again to end at once"
    );
    // Read to the end of the program, whether or not it writes there.
    let both_ends = both_ends(&pipe);
    let mut pipe = std::fs::File::open(&pipe).unwrap();
    let reader = std::thread::spawn(move || {
        let mut piped = Vec::new();
        pipe.read_to_end(&mut piped).map(|_| piped)
    });
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    drop(both_ends);
    let piped = reader.join().unwrap().unwrap();
    assert!(rest.contains("when the last lines were at hand: all are done"), "{rest}");
    assert_eq!(std::fs::read(office.path("r.csv")).unwrap(), piped);
    assert_eq!(piped.iter().filter(|&&byte| byte == b'\n').count(), 11);
}
