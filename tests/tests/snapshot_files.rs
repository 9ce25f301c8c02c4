//! Snapshot files as people carry them about: built on the one before, put together from several
//! machines, copied to a laptop, damaged, of the first version; and the form docs/CONTRACTS.md promises.

#![allow(clippy::unwrap_used)]

use acceptance::App;
use api::pipeline::Pipeline;
use api::settings::{Overrides, Settings};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

const HEAD: &str = "name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n";

/// Offers of honey and of mugs, of these sellers.
fn list(sellers: std::ops::Range<usize>) -> String {
    let mut list = HEAD.to_owned();
    for i in sellers {
        let site = ["a", "b", "c"][i % 3];
        list.push_str(&format!(
            "Acacia honey jar {i},{}.{},EUR,https://{site}.example/honey/{i},Seller {i},DE,2026-09-01,new,retail,040900,1,kg\n",
            10 + i / 10,
            i % 10,
        ));
        if i % 2 == 0 {
            list.push_str(&format!(
                "Stoneware mug {i},{}.50,USD,https://{site}.example/mug/{i},Seller {i},DE,2026-09-02,new,retail,691200,1,u\n",
                4 + i % 5,
            ));
        }
    }
    list
}

fn import(app: &App, name: &str, content: String, data: &str) {
    app.file(name, content);
    app.run(&["import", "listings", name, "--data", data]).ok();
}

fn build(app: &App, data: &str, more: &[&str]) -> Value {
    app.run(&[&["snapshot", "build", "--json", "--data", data], more].concat()).json()
}

const RATES: &str = "date,base,quote,rate,source\n2026-09-01,EUR,USD,1.25,notice 9\n";

fn rates(app: &App, data: &str, text: &str) {
    app.file("rates.csv", text);
    app.run(&["import", "fx", "rates.csv", "--data", data]).ok();
}

fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "check",
        "--json",
        "--hs",
        "040900",
        "--description",
        "acacia honey",
        "--price",
        "5.00",
        "--unit",
        "kg",
        "--condition",
        "new",
        "--level",
        "retail",
        "--export-date",
        "2026-09-15",
    ];
    args.extend(more);
    args
}

fn file(app: &App, report: &Value) -> PathBuf {
    app.path().join(report["file"].as_str().unwrap())
}

#[test]
fn a_build_on_the_newest_snapshot_gives_the_file_of_a_full_one() {
    let app = App::new();
    import(&app, "one.csv", list(0..20), "d");
    // Without rates the mugs are left out.
    let first = build(&app, "d", &[]);
    assert_eq!(
        (&first["observations"], &first["exclusions"], &first["kept"]),
        (&20.into(), &10.into(), &0.into())
    );
    let again = build(&app, "d", &[]);
    assert_eq!((&again["id"], &again["known"], &again["kept"]), (&first["id"], &true.into(), &20.into()));
    assert_eq!(again["computed"], 0);
    // A rate brings them in, and touches no honey.
    rates(&app, "d", RATES);
    let second = build(&app, "d", &[]);
    assert_eq!((&second["observations"], &second["kept"]), (&30.into(), &20.into()));
    assert_eq!((&second["groups"], &second["computed"]), (&3.into(), &1.into()));
    // One more seller of honey, and another rate for the mugs: everything but 20 jars is new.
    import(&app, "two.csv", list(21..22), "d");
    rates(&app, "d", "date,base,quote,rate,source\n2026-09-02,EUR,USD,1.5,notice 10\n");
    let third = build(&app, "d", &[]);
    assert_eq!(
        (&third["observations"], &third["kept"], &third["computed"]),
        (&31.into(), &20.into(), &3.into())
    );
    let full = build(&app, "d", &["--anew"]);
    assert_eq!((&full["id"], &full["known"], &full["kept"]), (&third["id"], &true.into(), &0.into()));
    // And so it is in a database that never saw the older ones.
    import(&app, "all.csv", list(0..20) + &list(21..22).replace(HEAD, ""), "e");
    rates(&app, "e", RATES);
    rates(&app, "e", "date,base,quote,rate,source\n2026-09-02,EUR,USD,1.5,notice 10\n");
    // Sources are named after their lists, so offers differ in that; counts do not.
    let other = build(&app, "e", &[]);
    assert_eq!(other["observations"], third["observations"]);
    // Days are asked of the database.
    let days = build(&app, "d", &["--to", "2026-09-01"]);
    assert_eq!((&days["observations"], &days["kept"]), (&21.into(), &0.into()));
    let back = build(&app, "d", &[]);
    assert_eq!((&back["id"], &back["kept"]), (&third["id"], &21.into()), "on a snapshot of fewer days");
}

#[test]
fn a_build_clears_away_what_one_that_was_killed_has_left() {
    let app = App::new();
    import(&app, "one.csv", list(0..3), "d");
    let folder = app.path().join("d/snapshots");
    let [old, young] = [".tmpOld7aB.partial", "snapshot-young1.partial"].map(|name| folder.join(name));
    for left in [&old, &young] {
        std::fs::write(left, "half a snapshot").unwrap();
    }
    let long_ago = std::time::UNIX_EPOCH;
    std::fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
    let built = file(&app, &build(&app, "d", &[]));
    assert!(!old.exists() && young.exists() && built.exists());
}

#[test]
fn sellers_whose_names_differ_by_a_vowel_mark_are_two_and_by_an_accent_one() {
    let app = App::new();
    let mut list = HEAD.to_owned();
    for (i, seller) in ["ร้านกิ", "ร้านกี", "कला", "कली", "Jose", "José", "محمد", "مُحَمَّد"].iter().enumerate()
    {
        list.push_str(&format!(
            "Acacia honey jar,{}.50,EUR,https://site{i}.example/honey,{seller},DE,2026-09-01,new,retail,040900,1,kg\n",
            10 + i
        ));
    }
    import(&app, "list.csv", list, "d");
    build(&app, "d", &[]);
    let verdict = app.run(&check(&["--currency", "EUR", "--data", "d"])).json();
    assert!(verdict["sentence"].as_str().unwrap().contains(": 6 effective votes"), "{}", verdict["sentence"]);
}

#[test]
fn shards_of_several_machines_merge_to_one_file() {
    let app = App::new();
    for (data, lists) in [("north", [true, false]), ("south", [false, true]), ("both", [true, true])] {
        rates(&app, data, RATES);
        for (sellers, _) in [0..12, 12..24].into_iter().zip(lists).filter(|(_, taken)| *taken) {
            import(&app, &format!("from{}.csv", sellers.start), list(sellers), data);
        }
    }
    let (north, south) = (build(&app, "north", &[]), build(&app, "south", &[]));
    let both = build(&app, "both", &[]);
    let paths = [file(&app, &north), file(&app, &south)].map(|path| path.to_string_lossy().into_owned());
    for (data, order) in [("merged", [0, 1]), ("turned", [1, 0])] {
        let merged = app
            .run(&[
                "snapshot",
                "merge",
                &paths[order[0]],
                &paths[order[1]],
                "--json",
                "--data",
                data,
                "--note",
                "all",
            ])
            .json();
        assert_eq!((&merged["id"], &merged["observations"]), (&both["id"], &36.into()));
        let bytes = |report| std::fs::read(file(&app, report)).unwrap();
        assert!(bytes(&merged) == bytes(&both));
        let proof = app.run(&["snapshot", "verify", "--json", "--data", data]).json();
        assert_eq!((&proof["id"], &proof["offers"]), (&both["id"], &36.into()));
    }
    let other = app.run(&["snapshot", "merge", &paths[0], &paths[1], "--currency", "USD", "--data", "x"]);
    assert_eq!(other.code, 3);
    assert!(other.err.contains("a snapshot has its prices in EUR, where USD is wanted"), "{}", other.err);
}

#[test]
fn a_laptop_needs_the_file_alone() {
    let app = App::new();
    rates(&app, "d", RATES);
    import(&app, "one.csv", list(0..24), "d");
    let built = build(&app, "d", &[]);
    std::fs::copy(file(&app, &built), app.path().join("copied.snapshot")).unwrap();
    let here = app.run(&check(&["--currency", "EUR", "--data", "d"])).ok();
    let there =
        app.run(&check(&["--currency", "EUR", "--data", "empty", "--snapshot-file", "copied.snapshot"])).ok();
    assert_eq!(here, there, "byte for byte the same verdict");
    assert!(!app.path().join("empty").exists(), "nothing is made");
    // Read instead of mapped, too.
    app.file("read.toml", "map_files = false\n");
    let read = check(&[
        "--currency",
        "EUR",
        "--data",
        "empty",
        "--snapshot-file",
        "copied.snapshot",
        "--config",
        "read.toml",
    ]);
    assert_eq!(here, app.run(&read).ok());
    // Without a database there is no rate for another currency, and the verdict says so.
    let usd: Value = app
        .run(&check(&["--currency", "USD", "--data", "empty", "--snapshot-file", "copied.snapshot"]))
        .json();
    assert_eq!(usd["verdict"], "insufficient_evidence");
    assert!(usd["sentence"].as_str().unwrap().contains("USD"), "{}", usd["sentence"]);
    let lines = "hs,description,price,currency,quantity,unit,condition,level,export_date\n\
        040900,acacia honey,5.00,EUR,100,kg,new,retail,2026-09-15\n\
        040900,acacia honey,11.00,EUR,100,kg,new,retail,2026-09-15\n\
        040900,acacia honey,11.00,USD,100,kg,new,retail,2026-09-15\n";
    app.file("declared.csv", lines);
    let assess = |data: &str, out: &str, more: &[&str]| {
        let args = [&["assess", "declared.csv", "-o", out, "--json", "--data", data], more].concat();
        app.run(&args).json();
        std::fs::read_to_string(app.path().join(out)).unwrap()
    };
    let here = assess("d", "here.csv", &[]);
    let there = assess("empty", "there.csv", &["--snapshot-file", "copied.snapshot"]);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&here)[..3], lines(&there)[..3]);
    assert!(lines(&here)[3] != lines(&there)[3] && there.contains("insufficient_evidence"));
    assert!(!app.path().join("empty").exists());
    let both =
        app.run(&check(&["--currency", "EUR", "--snapshot", "latest", "--snapshot-file", "copied.snapshot"]));
    assert_eq!(both.code, 2);
}

#[test]
fn a_damaged_file_is_told_and_built_again() {
    let app = App::new();
    import(&app, "one.csv", list(0..24), "d");
    let built = build(&app, "d", &[]);
    let path = file(&app, &built);
    let good = std::fs::read(&path).unwrap();
    let told = |bytes: &[u8]| {
        // Renamed into place, as files are: the old one may be mapped.
        std::fs::write(path.with_extension("new"), bytes).unwrap();
        std::fs::rename(path.with_extension("new"), &path).unwrap();
        let ran = [
            app.run(&["snapshot", "verify", "--data", "d"]),
            app.run(&check(&["--currency", "EUR", "--data", "d"])),
        ];
        assert!(
            ran.iter().all(|ran| ran.code == 3 && ran.err.contains("build a snapshot again")),
            "{}",
            ran[0].err
        );
        ran[0].err.lines().next().unwrap().rsplit(".snapshot: ").next().unwrap().to_owned()
    };
    insta::assert_snapshot!(told(&good[..good.len() / 2]), @"the snapshot file is damaged: it does not end as one; it was cut short or something was added; fetch or build it again");
    let mut changed = good.clone();
    let at = good.windows(4).position(|bytes| bytes == b"hone").unwrap();
    changed[at] ^= 1;
    insta::assert_snapshot!(told(&changed), @"the snapshot file is damaged: section 'texts' does not have the hash it was written with; fetch or build it again");
    let again = build(&app, "d", &[]);
    assert_eq!((&again["id"], &again["kept"]), (&built["id"], &0.into()), "not built on what is damaged");
    assert!(std::fs::read(&path).unwrap() == good);
    app.run(&["snapshot", "verify", "--data", "d"]).ok();
}

/// The text of version 1, as the contract describes it.
fn text_form(snapshot: &model::Snapshot) -> (String, model::ContentHash) {
    let mut text = serde_json::json!({
        "format": "touchstone snapshot", "version": 1, "currency": snapshot.currency,
        "comparables": snapshot.comparables.len(), "exclusions": snapshot.exclusions.len(),
        "groups": snapshot.groups.len(),
    })
    .to_string();
    text.push('\n');
    let lines = (snapshot.comparables.iter().map(|c| serde_json::json!({ "comparable": c })))
        .chain(snapshot.exclusions.iter().map(|e| serde_json::json!({ "exclusion": e })))
        .chain(snapshot.groups.iter().map(|g| serde_json::json!({ "group": g })));
    lines.for_each(|line| text.push_str(&format!("{line}\n")));
    let id = model::ContentHash::of(text.as_bytes());
    (format!("{text}{{\"sha256\":\"{id}\"}}\n"), id)
}

#[tokio::test]
async fn files_of_the_first_version_and_their_verdicts_stay() {
    let app = App::new();
    rates(&app, "d", RATES);
    import(&app, "one.csv", list(0..24), "d");
    build(&app, "d", &[]);
    let new = app.run(&check(&["--currency", "USD", "--data", "d"])).ok();
    let settings =
        Settings::load(&Overrides { data: Some(app.path().join("d")), ..Overrides::default() }, &|_| None)
            .unwrap();
    let pipeline = Pipeline::existing(settings).await.unwrap();
    let mut row = pipeline.find_snapshot(None).await.unwrap();
    let (text, id) = text_form(&pipeline.read_snapshot(&row).unwrap());
    let old = row.id.to_string();
    (row.id, row.file) = (id, format!("{id}.jsonl.gz"));
    row.built_at += std::time::Duration::from_secs(60);
    let packed = std::fs::File::create(app.path().join("d/snapshots").join(&row.file)).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
    pipeline.store.put_snapshot(&row).await.unwrap();
    // The same verdict under the old id, and it replays.
    let verdict = app.run(&check(&["--currency", "USD", "--data", "d"])).ok();
    assert_eq!(verdict, new.replace(&old, &id.to_string()));
    let replayed = app.run_with_input(&["replay", "-", "--json", "--data", "d"], &verdict).json();
    assert_eq!(replayed["outcome"], "identical", "{replayed:#}");
    let proof = app.run(&["snapshot", "verify", "--json", "--data", "d"]).json();
    assert_eq!((&proof["version"], &proof["id"]), (&1.into(), &id.to_string().into()));
    let shown = app.run(&["snapshot", "show", "--json", "--data", "d"]).json();
    assert_eq!(shown["groups"].as_array().unwrap().len(), 3);
    // Merged with itself it becomes columns: those of the first build.
    let file = format!("d/snapshots/{}", row.file);
    let merged = app.run(&["snapshot", "merge", &file, &file, "--json", "--data", "e"]).json();
    assert_eq!(merged["id"], old.as_str());
    // The next build is on the last one of columns, and gives what that gave.
    let next = build(&app, "d", &[]);
    assert_eq!((&next["id"], &next["kept"]), (&old.as_str().into(), &36.into()));
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// The sections of a snapshot file, read as the page describes it and proved by their hashes.
fn sections(bytes: &[u8], id: &str) -> BTreeMap<String, Vec<u8>> {
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let short = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let hash = |bytes: &[u8]| model::ContentHash::of(bytes);
    assert_eq!(
        (&bytes[..8], short(8), short(12)),
        (&b"\x89TOUCHCO"[..], model::SNAPSHOT_VERSION, 0x0102_0304)
    );
    let foot = bytes.len() - 64;
    let (at, length) = (number(foot), number(foot + 8));
    assert_eq!((at + length, at % 64), (foot, 0));
    let directory = &bytes[at..foot];
    assert_eq!(hash(directory).to_string(), id);
    assert_eq!(hash(directory).as_bytes()[..], bytes[foot + 16..foot + 48]);
    assert_eq!((short(foot + 48), short(foot + 52)), (model::SNAPSHOT_VERSION, length as u32 / 80));
    assert_eq!(&bytes[foot + 56..], b"\x89TOUCHCO");
    let mut out = BTreeMap::new();
    for row in (at..foot).step_by(80) {
        let name = String::from_utf8(bytes[row..row + 32].to_vec()).unwrap();
        let (offset, length) = (number(row + 32), number(row + 40));
        assert_eq!(offset % 64, 0);
        let section = bytes[offset..offset + length].to_vec();
        let pieces: Vec<u8> =
            section.chunks(1 << 20).flat_map(|piece| *blake3::hash(piece).as_bytes()).collect();
        assert_eq!(blake3::hash(&pieces).as_bytes()[..], bytes[row + 48..row + 80]);
        out.insert(name.trim_end_matches('\0').to_owned(), section);
    }
    out
}

/// A record unpacked as the page says.
fn unpacked(sections: &BTreeMap<String, Vec<u8>>, at: usize) -> Value {
    let part = |name: &str, at: usize| {
        let ends = &sections[&format!("{name}_at")];
        let end = |at: usize| u64::from_le_bytes(ends[8 * at..8 * at + 8].try_into().unwrap()) as usize;
        sections[name][end(at)..end(at + 1)].to_vec()
    };
    let text = |at: usize| String::from_utf8(part("dictionary", at)).unwrap();
    let record = part("records", at);
    let mut rest = record.iter().copied();
    let number = |rest: &mut dyn Iterator<Item = u8>| {
        let mut number = 0;
        for (shift, byte) in rest.enumerate() {
            number |= usize::from(byte & 127) << (7 * shift);
            if byte < 128 {
                return number;
            }
        }
        panic!("the record ends early");
    };
    let quoted = |bytes: &[u8]| format!("\"{}\"", model::ContentHash::from_bytes(bytes.try_into().unwrap()));
    let mut json = String::new();
    for (hole, piece) in text(number(&mut rest)).split('\u{1}').enumerate() {
        if hole > 0 {
            let leaf = match number(&mut rest) {
                0 => {
                    let length = number(&mut rest);
                    String::from_utf8(rest.by_ref().take(length).collect()).unwrap()
                }
                1 => quoted(&rest.by_ref().take(32).collect::<Vec<u8>>()),
                2 => quoted(&sections["ids"][32 * at..32 * at + 32]),
                k => text(k - 3),
            };
            json.push_str(&leaf);
        }
        json.push_str(piece);
    }
    assert_eq!(rest.next(), None);
    serde_json::from_str(&json).unwrap()
}

#[test]
fn a_snapshot_file_is_as_the_page_says() {
    let app = App::new();
    rates(&app, "d", RATES);
    import(&app, "one.csv", list(0..16), "d");
    let id = build(&app, "d", &[])["id"].as_str().unwrap().to_owned();
    let bytes = std::fs::read(app.path().join(format!("d/snapshots/{id}.snapshot"))).unwrap();
    let sections = sections(&bytes, &id);
    let page = std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap();
    let (_, page) = page.split_once("| section | what |").unwrap();
    let (table, _) = page.split_once("\n\n").unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let documented: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect();
    assert_eq!(documented, sections.keys().map(String::as_str).collect());
    let meta: Value = serde_json::from_slice(&sections["meta"]).unwrap();
    let keys: Vec<&str> = rows[0].split('`').skip(3).step_by(2).filter(|key| *key != "offers").collect();
    assert_eq!(names(&meta), keys);
    assert_eq!((&meta["format"], &meta["holds"]), (&"touchstone snapshot".into(), &"offers".into()));
    assert_eq!((&meta["version"], &meta["currency"]), (&model::SNAPSHOT_VERSION.into(), &"EUR".into()));
    assert_eq!(meta["comparables"], 24);
    assert_eq!(
        ["ids", "facts", "gtins", "prices_at", "price_lows"].map(|name| sections[name].len()),
        [24 * 32, 24 * 52, 24 * 8, 25 * 4, 40 * 8]
    );
    for at in 0..24 {
        let offer = unpacked(&sections, at);
        assert_eq!(names(&offer), ["observation", "unit_prices", "rate"]);
        assert_eq!(names(&offer["unit_prices"][0]), ["unit", "low", "high"]);
        let first =
            u32::from_le_bytes(sections["prices_at"][4 * at..4 * at + 4].try_into().unwrap()) as usize;
        let low = &sections["price_lows"][8 * first..8 * first + 8];
        let low = f64::from_le_bytes(low.try_into().unwrap());
        assert_eq!(offer["unit_prices"][0]["low"].as_str().unwrap().parse::<f64>().unwrap(), low);
    }
    assert!(sections["ids"].chunks(32).is_sorted(), "by observation id");
    let groups: Value = serde_json::from_slice(&sections["groups"]).unwrap();
    assert!(!groups.as_array().unwrap().is_empty());
    assert_eq!(names(&groups[0]["key"]), ["hs6", "unit", "condition", "level"]);
    let proof = app.run(&["snapshot", "verify", "--json", "--data", "d"]).json();
    assert_eq!(names(&proof), ["id", "file", "version", "bytes", "sections", "offers"]);
    assert_eq!(
        (&proof["id"], &proof["offers"], &proof["version"]),
        (&id.into(), &24.into(), &model::SNAPSHOT_VERSION.into())
    );
}
