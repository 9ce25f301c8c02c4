//! Holds docs/EVALUATION.md to the script that writes it: the sections it names, in its order, each
//! between its markers and measured. What the figures are is no test's business.

#![allow(clippy::unwrap_used)]

use std::path::Path;

fn read(path: impl AsRef<Path>) -> String {
    let path = acceptance::root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between two marks, behind `from`.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    text.split_once(from)?.1.split_once(to).map(|parts| parts.0)
}

#[test]
fn the_evaluation_holds_the_sections_that_its_script_writes() {
    let script = read("tests/bench/evaluation/__main__.py");
    let listed = between(&script, "SECTIONS = [", "]").unwrap();
    let sections: Vec<&str> = listed.split('"').skip(1).step_by(2).collect();
    assert!(sections.len() >= 7, "{sections:?}");
    let page = read("docs/EVALUATION.md");
    let mut headings = Vec::new();
    for name in &sections {
        let module = read(format!("tests/bench/evaluation/{name}.py"));
        let title = between(&module, "\nTITLE = \"", "\"").unwrap();
        headings.push(format!("## {title}"));
        let begin = format!("<!-- begin {name} -->\n\n## {title}\n\n");
        let body = between(&page, &begin, &format!("<!-- end {name} -->"));
        let body = body.unwrap_or_else(|| panic!("no section {name}: run tests/bench/evaluate.sh"));
        let rows = body.lines().filter(|line| line.starts_with("| ")).count();
        assert!(rows > 2, "{name} has not been measured: run tests/bench/evaluate.sh");
    }
    let shown: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(shown, headings);
    assert_eq!(page.matches("<!-- begin ").count(), sections.len());
}

#[test]
fn the_evaluation_is_a_full_run_and_names_its_conditions() {
    let page = read("docs/EVALUATION.md");
    for word in ["extruct ", "price-parser ", "autopager ", " cores", "load at the start", "In sample"] {
        assert!(page.contains(word), "no {word:?}");
    }
    for word in ["Not measured", "absent,", "absent |", " nan "] {
        assert!(!page.contains(word), "{word:?} stands in the page");
    }
}
