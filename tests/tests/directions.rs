//! Holds the crates to the directions that docs/ARCHITECTURE.md draws, and its map to the checkout.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

/// The crates of the workspace, as cargo describes them.
fn packages() -> Vec<serde_json::Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(acceptance::root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn crates_depend_only_in_the_allowed_directions() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("model", &[] as &[&str]),
        ("normalizer", &["model"]),
        ("crawler", &["model"]),
        ("statistics", &["model"]),
        ("store", &["model"]),
        ("mapped", &[]),
        ("fixture_market", &["model"]),
        ("api", &["crawler", "fixture_market", "mapped", "model", "normalizer", "statistics", "store"]),
        ("acceptance", &["api", "crawler", "fixture_market", "model", "normalizer", "statistics"]),
    ]);
    let packages = packages();
    let names: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, allowed.keys().copied().collect(), "every crate has its place in the list");
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            if names.contains(on) {
                assert!(
                    allowed[name].contains(&on),
                    "{name} must not depend on {on}: docs/ARCHITECTURE.md says who may use whom"
                );
            }
        }
    }
}

#[test]
fn only_the_store_speaks_sql_and_only_the_crawler_fetches() {
    for (owner, dependency) in [("store", "sqlx"), ("crawler", "reqwest")] {
        for package in packages() {
            let name = package["name"].as_str().unwrap();
            let uses = package["dependencies"].as_array().unwrap().iter().any(|d| {
                // Development dependencies may drive the server from outside.
                d["name"] == dependency && d["kind"].is_null()
            });
            assert!(!uses || name == owner, "{name} uses {dependency}, which is {owner}'s");
        }
    }
}

/// The workspace forbids `unsafe`; one crate answers for its own, in one place.
#[test]
fn only_the_mapping_of_files_is_unsafe() {
    let root = acceptance::root();
    let own_lints: Vec<String> = packages()
        .iter()
        .filter(|package| {
            let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
            !manifest.contains("[lints]\nworkspace = true")
        })
        .map(|package| package["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(own_lints, ["mapped"]);
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    let code = std::fs::read_to_string(root.join("api/mapped/src/lib.rs")).unwrap();
    assert_eq!(code.matches("unsafe {").count(), 1, "one unsafe line, with its reason");
}

/// Every Rust file of the checkout.
fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![acceptance::root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') && !name.ends_with("data") {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn rooms_stay_small() {
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let large: Vec<PathBuf> = rust_files().into_iter().filter(|path| lines(path) > 650).collect();
    assert!(large.is_empty(), "files of more than about 600 lines want to be two: {large:#?}");
}

#[test]
fn the_map_shows_the_checkout_as_it_is() {
    let page = std::fs::read_to_string(acceptance::root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, map) = page.split_once("```\n").unwrap();
    let (map, _) = map.split_once("```").unwrap();
    let mut room = "";
    let mut shown = BTreeSet::new();
    for line in map.lines() {
        if !line.starts_with(' ') {
            room = line.split_whitespace().next().unwrap();
            assert!(acceptance::root().join(room).is_dir(), "no room {room}");
        }
        for word in line.split_whitespace().filter(|w| line.starts_with("  ") && !w.starts_with('`')) {
            if word.ends_with(".rs") || word.ends_with('/') {
                let place = acceptance::root().join(room).join(word);
                assert!(place.exists(), "the map shows {room}{word}, which is not there");
                shown.insert(place);
            }
        }
    }
    // And the other way round: no file of a room is left out, but for roots and tests.
    let left_out: Vec<PathBuf> = rust_files()
        .into_iter()
        .filter(|file| {
            let inside = file.strip_prefix(acceptance::root()).unwrap();
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let root = ["lib", "main", "error", "mod", "tests"].contains(&stem.as_str());
            let in_room = inside.components().any(|c| c.as_os_str() == "src");
            let sketched = inside.starts_with("api/fixture_market") || inside.starts_with("tests");
            let drawn = file.ancestors().any(|place| shown.contains(place));
            in_room && !drawn && !root && !stem.ends_with("_tests") && !sketched
        })
        .collect();
    assert!(left_out.is_empty(), "not on the map of docs/ARCHITECTURE.md: {left_out:#?}");
}

#[test]
fn the_walk_names_functions_that_exist() {
    let page = std::fs::read_to_string(acceptance::root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, walk) = page.split_once("## The walk of one observation").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let code: String = rust_files().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut named = 0;
    for word in walk.split('`').skip(1).step_by(2).filter(|w| !w.contains(['/', '.', ' '])) {
        let name = word.rsplit("::").next().unwrap();
        let kinds = ["fn", "struct", "enum"];
        let stands = kinds.iter().any(|kind| {
            code.contains(&format!("{kind} {name}("))
                || code.contains(&format!("{kind} {name} {{"))
                || code.contains(&format!("{kind} {name}<"))
        });
        assert!(stands, "the walk names `{word}`, which is not in the code");
        named += 1;
    }
    assert!(named > 20, "{named}");
}
