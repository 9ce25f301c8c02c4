//! The JSON Schemas that editors check settings, rules and source files by. They are generated from the
//! types and committed; this test fails when a file is out of date. To write them anew:
//!
//! ```sh
//! UPDATE_SCHEMAS=1 cargo test -p acceptance --test schemas
//! ```

#![allow(clippy::unwrap_used)]

use serde_json::Value;

/// Holds a committed schema to its type, or writes it where `UPDATE_SCHEMAS=1` asks for that.
fn hold<T: schemars::JsonSchema>(file: &str) -> Value {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    let path = acceptance::root().join(file);
    if std::env::var("UPDATE_SCHEMAS").is_ok_and(|v| v == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{file} is out of date: run `UPDATE_SCHEMAS=1 cargo test -p acceptance --test schemas` and commit it"
    );
    schema
}

/// Every table is closed and every key explained, so that an editor shows both.
fn is_strict_and_explained(schema: &Value) {
    let inner = schema["$defs"].as_object().into_iter().flat_map(|defs| defs.values());
    let tables = std::iter::once(schema).chain(inner);
    for table in tables.filter(|t| t["properties"].is_object()) {
        assert_eq!(table["additionalProperties"], false, "{table:#}");
        for (key, property) in table["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "'{key}' has no description");
        }
    }
}

#[test]
fn the_schema_of_the_settings_is_up_to_date() {
    let schema = hold::<api::settings::Settings>("config/settings.schema.json");
    is_strict_and_explained(&schema);
    let file = std::fs::read_to_string(acceptance::root().join("config/default.toml")).unwrap();
    assert!(file.starts_with("#:schema settings.schema.json\n"), "editors find the schema by this line");
}

#[test]
fn the_schema_of_a_source_file_is_up_to_date() {
    let schema = hold::<model::Source>("config/sources/source.schema.json");
    is_strict_and_explained(&schema);
    let file =
        std::fs::read_to_string(acceptance::root().join("config/sources/example-market.toml")).unwrap();
    assert!(file.starts_with("#:schema source.schema.json\n"), "editors find the schema by this line");
}

#[test]
fn the_schema_of_the_rules_is_up_to_date() {
    let schema = hold::<api::statistics_file::Parameters>("config/statistics.schema.json");
    is_strict_and_explained(&schema);
    let file = std::fs::read_to_string(acceptance::root().join(api::statistics_file::DEFAULT_FILE)).unwrap();
    assert!(file.starts_with("#:schema statistics.schema.json\n"), "editors find the schema by this line");
}
