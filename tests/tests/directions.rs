//! Holds the crates to the directions that docs/ARCHITECTURE.md draws.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

#[test]
fn crates_depend_only_in_the_allowed_directions() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("model", &[] as &[&str]),
        ("normalizer", &["model"]),
        ("crawler", &["model"]),
        ("statistics", &["model"]),
        ("store", &["model"]),
        ("fixture_market", &["model"]),
        ("api", &["crawler", "fixture_market", "model", "normalizer", "statistics", "store"]),
        ("acceptance", &["api", "crawler", "model"]),
    ]);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(acceptance::root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, allowed.keys().copied().collect(), "every crate has its place in the list");
    for package in packages {
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
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
            .current_dir(acceptance::root())
            .output()
            .unwrap();
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for package in metadata["packages"].as_array().unwrap() {
            let name = package["name"].as_str().unwrap();
            let uses = package["dependencies"].as_array().unwrap().iter().any(|d| {
                // Development dependencies may drive the server from outside.
                d["name"] == dependency && d["kind"].is_null()
            });
            assert!(!uses || name == owner, "{name} uses {dependency}, which is {owner}'s");
        }
    }
}

#[test]
fn rooms_stay_small() {
    let mut large = Vec::new();
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
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                if lines > 650 {
                    large.push(format!("{} has {lines} lines", path.display()));
                }
            }
        }
    }
    assert!(large.is_empty(), "files of more than about 600 lines want to be two: {large:#?}");
}
