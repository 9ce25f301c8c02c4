//! Holds the code to docs/CONTRACTS.md.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

fn contracts() -> String {
    std::fs::read_to_string(acceptance::root().join("docs/CONTRACTS.md")).unwrap()
}

/// Keys in backquotes anywhere on the page.
fn named() -> BTreeSet<String> {
    contracts()
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|code| {
            code.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn keys<T: schemars::JsonSchema>() -> Vec<String> {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_field_of_a_declared_line_and_of_a_verdict_is_documented() {
    let named = named();
    for key in keys::<api::declared::LineInput>()
        .into_iter()
        .chain(keys::<model::Verdict>())
        .chain(keys::<model::Reference>())
        .chain(keys::<model::RungTried>())
        .chain(keys::<model::Comparator>())
    {
        assert!(named.contains(&key), "'{key}' is not in docs/CONTRACTS.md");
    }
}

#[test]
fn every_verdict_code_and_version_is_documented() {
    let text = contracts();
    for code in model::VerdictCode::ALL {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
    assert!(text.contains(&format!("verdict's JSON: **{}**", model::VERDICT_VERSION)));
    assert!(text.contains(&format!("snapshot file: **{}**", model::SNAPSHOT_VERSION)));
}

#[test]
fn the_result_columns_are_documented_in_their_order() {
    let text = contracts();
    let mut at = text.find("## Columns of the results").unwrap();
    for column in api::assessed::header() {
        let next = text[at..].find(&format!("`{column}`"));
        assert!(next.is_some(), "column '{column}' is not documented, or not in this place");
        at += next.unwrap();
    }
}

#[test]
fn exit_codes_are_documented() {
    let text = contracts();
    use api::failure::Exit;
    for exit in [
        Exit::Done,
        Exit::Bug,
        Exit::Usage,
        Exit::Input,
        Exit::Machine,
        Exit::Schema,
        Exit::Partly,
        Exit::Interrupted,
    ] {
        assert!(text.contains(&format!("| {} |", exit as i32)), "{exit:?}");
    }
}
