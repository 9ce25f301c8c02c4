//! The files an assessment writes: whole under their names or not there, whatever ended the run; devices and
//! pipes; what is kept of a run that was interrupted, and what is said of it.

#![allow(clippy::unwrap_used)]

use acceptance::{App, garlic};
use api::batch::run::{Job, run};
use api::checking::Checker;
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use chrono::{DateTime, TimeZone, Utc};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Stdio;

/// A reference of one good, and 128 lines of it.
fn app() -> App {
    let app = App::new();
    app.file("list.csv", garlic());
    app.file("lines.csv", lines(128));
    app.run(&["import", "listings", "list.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    app
}

fn lines(count: u32) -> String {
    let mut text = String::from(
        "line,hs,description,price,currency,quantity,unit,condition,level,export_date,importer\n",
    );
    for i in 0..count {
        text.push_str(&format!(
            "{i},070320,fresh garlic,{:.3},EUR,100,kg,new,retail,2026-09-15,IMP {}\n",
            1.0 + 0.01 * f64::from(i % 150),
            i % 7
        ));
    }
    text
}

fn checker(app: &App) -> Checker {
    let overrides = Overrides { data: Some(app.path().join("d")), ..Overrides::default() };
    let settings = Settings::load(&overrides, &|_| None).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pipeline = Pipeline::existing(settings).await.unwrap();
        Checker::load(&pipeline, None, "2026-09-20".parse().ok()).await.unwrap()
    })
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap()
}

/// What is in the folder `out`.
fn there(app: &App) -> Vec<String> {
    let entries = std::fs::read_dir(app.path().join("out")).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn outputs(app: &App, names: &[&str]) -> Vec<PathBuf> {
    std::fs::create_dir_all(app.path().join("out")).unwrap();
    names.iter().map(|name| app.path().join("out").join(name)).collect()
}

#[test]
fn a_run_that_is_interrupted_or_fails_leaves_nothing_half_under_a_name() {
    let app = app();
    let (checker, input) = (checker(&app), app.path().join("lines.csv"));
    let all = outputs(&app, &["r.csv", "r.parquet", "r.xlsx"]);
    let (sums, pairs) = (app.path().join("out/sums.csv"), app.path().join("out/pairs.csv"));
    std::fs::write(&all[2], "the workbook of last month").unwrap();
    let job = |interrupted| Job {
        rollups: Some(&sums),
        patterns: Some(&pairs),
        interrupted,
        ..Job::new(&checker, &input, &all, 0.1, now())
    };
    // While it runs everything stands beside.
    let beside = |lines: u64| {
        if lines == 0 {
            return false;
        }
        let partials = [
            "pairs.csv.partial",
            "r.csv.partial",
            "r.parquet.partial",
            "r.xlsx",
            "r.xlsx.partial",
            "sums.csv.partial",
        ];
        assert_eq!(there(&app), partials);
        true
    };
    let batch = run(&job(&beside)).unwrap();
    assert!(batch.interrupted && batch.kept.is_none());
    assert_eq!(there(&app), ["r.xlsx"]);
    assert_eq!(std::fs::read_to_string(&all[2]).unwrap(), "the workbook of last month");
    // One that fails at its end: what has its name is whole, what has not is removed.
    let spoiled = |lines: u64| {
        if lines > 0 {
            std::fs::create_dir_all(sums.join("in the way")).unwrap();
        }
        false
    };
    let failure = run(&job(&spoiled)).unwrap_err();
    assert!(failure.hint.clone().unwrap().contains("sums.csv.partial: rename it or copy it"), "{failure}");
    assert_eq!(there(&app), ["pairs.csv", "r.xlsx", "sums.csv", "sums.csv.partial"]);
    assert!(std::fs::read(&all[2]).unwrap().starts_with(b"PK"));
    std::fs::remove_dir_all(&sums).unwrap();
    // And one that ends.
    run(&job(&|_| false)).unwrap();
    assert_eq!(there(&app), ["pairs.csv", "r.csv", "r.parquet", "r.xlsx", "sums.csv"]);
    assert!(
        std::fs::read(&all[1]).unwrap().ends_with(b"PAR1")
            && std::fs::read(&all[2]).unwrap().starts_with(b"PK")
    );
    assert_eq!(std::fs::read_to_string(&all[0]).unwrap().lines().count(), 129);
}

#[test]
fn a_run_that_can_go_on_and_fails_says_so_and_goes_on() {
    let app = app();
    let (checker, input) = (checker(&app), app.path().join("lines.csv"));
    let (parts, whole) = (outputs(&app, &["r.csv"]), [app.path().join("whole.csv")]);
    let sums = app.path().join("out/sums.csv");
    let job = |resume, interrupted| Job {
        rollups: Some(&sums),
        resume,
        interrupted,
        ..Job::new(&checker, &input, &parts, 0.1, now())
    };
    run(&Job::new(&checker, &input, &whole, 0.1, now())).unwrap();
    run(&job(false, &|lines| lines > 0)).unwrap();
    let kept = ["r.csv.journal", "r.csv.partial"];
    assert_eq!(there(&app), kept);
    let spoiled = |lines: u64| {
        if lines > 0 {
            std::fs::create_dir_all(sums.join("in the way")).unwrap();
        }
        false
    };
    let failure = run(&job(true, &spoiled)).unwrap_err();
    let hint = failure.hint.unwrap();
    assert!(hint.contains("sums.csv.partial: rename it or copy it; with --resume"), "{hint}");
    assert!(hint.ends_with("out/r.csv.partial"), "{hint}");
    std::fs::remove_dir_all(&sums).unwrap();
    let last = run(&job(true, &|_| false)).unwrap();
    assert_eq!((last.resumed, last.lines), (64, 128));
    assert_eq!(there(&app), ["r.csv", "sums.csv"]);
    assert_eq!(std::fs::read(&parts[0]).unwrap(), std::fs::read(&whole[0]).unwrap());
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_a_run_without_results() {
    if !Path::new("/dev/full").exists() {
        println!("skipped: a_full_disk_ends_a_run_without_results (no /dev/full here)");
        return;
    }
    let app = app();
    outputs(&app, &[]);
    for (full, told) in
        [("full.csv", "full.csv"), ("full.parquet", "full.parquet"), ("full.xlsx", "full.xlsx")]
    {
        std::os::unix::fs::symlink("/dev/full", app.path().join(full)).unwrap();
        let ran = app.run(&["assess", "lines.csv", "-o", "out/r.csv", "-o", full, "--data", "d"]);
        assert!(ran.code == 4 && ran.err.contains(told) && ran.err.contains("no space left"), "{}", ran.err);
        // Nothing of it was finished, so nothing is said to be kept.
        assert!(ran.err.contains("hint: free some space") && !ran.err.contains("kept"), "{}", ran.err);
        assert_eq!(there(&app), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn results_go_to_devices_and_pipes() {
    let app = app();
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, app.path().join(name)).unwrap();
    link("/dev/stdout", "stdout.csv");
    app.run(&["assess", "lines.csv", "-o", "plain.csv", "--as-of", "2026-09-20", "--data", "d"]).ok();
    let plain = std::fs::read_to_string(app.path().join("plain.csv")).unwrap();
    let out =
        app.run(&["assess", "lines.csv", "-o", "stdout.csv", "--as-of", "2026-09-20", "--data", "d"]).ok();
    assert!(out.starts_with(&plain) && out.contains("128 lines assessed"), "{out}");
    for ending in ["csv", "parquet", "xlsx"] {
        link("/dev/null", &format!("null.{ending}"));
        app.run(&["assess", "lines.csv", "-o", &format!("null.{ending}"), "--data", "d"]).ok();
    }
    app.run(&["assess", "lines.csv", "-o", "x.csv", "--rollups", "/dev/null", "--data", "d"]).ok();
    let refused = app.run(&["assess", "lines.csv", "-o", "null.csv", "--resume", "--data", "d"]);
    assert!(refused.code == 3 && refused.err.contains("keeps nothing to go on with"), "{}", refused.err);
    for name in ["pipe.csv", "pipe.parquet"] {
        let pipe = app.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn(move || std::fs::read(pipe).unwrap());
        app.run(&["assess", "lines.csv", "-o", name, "--as-of", "2026-09-20", "--data", "d"]).ok();
        let came = reader.join().unwrap();
        assert!(if name == "pipe.csv" { came == plain.as_bytes() } else { came.ends_with(b"PAR1") });
    }
    let entries = std::fs::read_dir(app.path()).unwrap().map(|e| e.unwrap().file_name());
    let beside = |name: &str| name.contains(".partial") || name.contains(".journal");
    assert!(!entries.into_iter().any(|name| beside(name.to_str().unwrap())));
}

#[cfg(unix)]
#[test]
fn what_goes_to_stdout_stands_before_the_report_also_in_a_file() {
    use std::io::Write;
    let app = app();
    let args = ["assess", "lines.csv", "-o", "x.csv", "--as-of", "2026-09-20", "--data", "d", "--rollups"];
    let report = app.run(&[&args[..], &["sums.csv"]].concat()).ok();
    let sums = std::fs::read_to_string(app.path().join("sums.csv")).unwrap();
    let wanted = format!("{sums}{}", report.replace("sums.csv", "/dev/stdout"));
    // `> said` and `>> log`, behind what is written there before.
    for (name, behind) in [("said", false), ("log", true)] {
        let path = app.file(name, "the log of yesterday\n");
        let mut file = std::fs::OpenOptions::new().write(true).append(behind).open(&path).unwrap();
        if !behind {
            file.set_len(0).unwrap();
            file.write_all(b"the log of yesterday\n").unwrap();
        }
        let mut command = app.command(&[&args[..], &["/dev/stdout"]].concat());
        assert!(command.stdout(file).status().unwrap().success());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("the log of yesterday\n{wanted}"));
    }
}

#[test]
fn a_partial_file_is_an_input_like_any_other() {
    let app = app();
    std::fs::copy(app.path().join("lines.csv"), app.path().join("r.csv.partial")).unwrap();
    let ran = app.run(&["assess", "r.csv.partial", "-o", "r.csv", "--data", "d"]);
    assert!(ran.code == 3 && ran.err.contains("r.csv.partial: the declared lines themselves"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(app.path().join("r.csv.partial")).unwrap(), lines(128));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_with_what_is_kept_and_how_to_go_on() {
    let app = app();
    outputs(&app, &[]);
    // More lines than are done before the signal comes.
    app.file("long.csv", lines(60_000));
    let interrupted = |more: &[&str], signal: &str| {
        let args = [&["assess", "long.csv", "--as-of", "2026-09-20", "--data", "d"], more].concat();
        let mut command = app.command(&args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It listens for signals before it begins any file.
        while !app.path().join("out/r.csv.partial").exists() {
            assert_eq!(child.try_wait().unwrap(), None, "it ends before it begins a file");
            std::thread::yield_now();
        }
        let asked = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(asked.unwrap().success());
        let ended = child.wait_with_output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (code, err) = interrupted(&["-o", "out/r.csv", "-o", "out/r.parquet"], "-TERM");
    assert_eq!(code, Some(130), "{err}");
    assert!(err.contains("nothing of them is written as out/r.csv, out/r.parquet"), "{err}");
    assert!(err.contains("hint: the same command begins anew"), "{err}");
    assert_eq!(there(&app), [""; 0]);
    let (code, err) = interrupted(&["-o", "out/r.csv"], "-INT");
    assert_eq!(code, Some(130), "{err}");
    assert!(
        err.contains("interrupted after ") && err.contains("kept in ") && err.contains("out/r.csv.partial"),
        "{err}"
    );
    assert!(err.contains("hint: the same command with --resume goes on"), "{err}");
    assert_eq!(there(&app), ["r.csv.journal", "r.csv.partial"]);
}

#[cfg(unix)]
#[test]
fn of_an_interrupted_run_into_a_pipe_it_is_said_that_the_reader_has_a_part() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Command;
    let app = app();
    outputs(&app, &[]);
    // More than the pipe holds.
    app.file("long.csv", lines(60_000));
    let pipe = app.path().join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (more, told) in [
        (&[][..], " lines; what was written to pipe.csv is not whole"),
        (
            &["-o", "out/r.csv"],
            " lines; nothing of them is written as out/r.csv; what was written to pipe.csv is not whole",
        ),
    ] {
        let args = [&["assess", "long.csv", "-o", "pipe.csv", "--data", "d"], more].concat();
        let mut child = app.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let pipe = pipe.clone();
        let opened = std::thread::spawn(move || std::fs::File::open(pipe).unwrap());
        while !opened.is_finished() {
            assert_eq!(child.try_wait().unwrap(), None, "it ends before it begins the pipe");
            std::thread::yield_now();
        }
        let mut reader = opened.join().unwrap();
        let mut came = vec![0; 7];
        reader.read_exact(&mut came).unwrap();
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let mut line = String::new();
        while !line.contains("Ctrl-C") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ends without a word");
        }
        reader.read_to_end(&mut came).unwrap();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
        assert!(came.starts_with(b"number,") && came.len() > 1000);
        let (first, hint) = rest.trim().split_once('\n').unwrap();
        assert!(first.contains("interrupted after ") && first.ends_with(told), "{rest}");
        assert!(hint.ends_with("only a run into one .csv that is a file can be gone on with"), "{rest}");
        assert_eq!(there(&app), [""; 0]);
    }
}
