//! Tests of [`super`]: the commented example stays complete, and each mistake is said clearly.

use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::path::PathBuf;

fn example() -> (PathBuf, String) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/sources/example-market.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

/// The example with one text exchanged, and the message that gives.
fn message(from: &str, to: &str) -> String {
    let (_, text) = example();
    assert!(text.contains(from), "the example has no {from}");
    let error = parse(&text.replacen(from, to, 1), "x.toml").unwrap_err();
    error.to_string()
}

#[test]
fn the_example_reads_and_its_sample_page_is_there() {
    let (path, text) = example();
    let source = parse(&text, "example-market.toml").unwrap();
    assert_eq!(source.id, "example-market");
    assert_eq!(source.facts.categories.len(), 2);
    let sample = source.sample.unwrap();
    assert!(path.parent().unwrap().join(sample.file).is_file());
}

/// Keys of an object schema and of the objects below it.
fn keys(schema: &Value, root: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let name = reference.rsplit('/').next().unwrap();
                keys(&root["$defs"][name], root, found);
            }
            if let Some(Value::Object(properties)) = map.get("properties") {
                found.extend(properties.keys().cloned());
            }
            for (name, inner) in map {
                if name != "$defs" {
                    keys(inner, root, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, root, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_a_source_is_explained_in_the_example() {
    let (_, text) = example();
    let schema = serde_json::to_value(schemars::schema_for!(Source)).unwrap();
    let mut all = Vec::new();
    keys(&schema, &schema, &mut all);
    assert!(all.len() > 40, "{all:?}");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let missing: Vec<_> = all
        .iter()
        .filter(|key| {
            !lines.iter().any(|line| {
                let line = line.trim_start_matches("# ");
                let table = line.trim_matches(['[', ']']);
                (line.starts_with('[') && table.rsplit('.').next() == Some(key.as_str()))
                    || line.split_once(" = ").is_some_and(|(name, _)| name == *key)
            })
        })
        .collect();
    assert!(missing.is_empty(), "not explained: {missing:?}");
    for field in FIELDS.iter().chain(EXPECTED) {
        assert!(text.contains(field), "{field}");
    }
    // A key is explained by the comment above it.
    for (at, line) in lines.iter().enumerate() {
        let bare_rule = [
            "name",
            "price",
            "list_price",
            "sku",
            "quantity_text",
            "min_order",
            "origin",
            "currency",
            "contains",
            "hs",
            "url",
        ];
        if let Some((key, _)) = line.split_once(" = ")
            && !line.starts_with('#')
            && !bare_rule.contains(&key)
        {
            assert!(lines[at - 1].starts_with('#'), "line {}: {line}", at + 1);
        }
    }
}

#[test]
fn each_mistake_is_one_clear_message() {
    let all = [
        message("delay_seconds = 5.0", "dealy_seconds = 5.0"),
        message("[permission]", "[permision]"),
        message("exclude =", "zzz ="),
        message("market = \"DE\"", "market = \"Germany\""),
        message("market = \"DE\"\n", ""),
        message("id = \"example-market\"", "id = \"Example Market\""),
        message("start = [", "start = [] #"),
        message("https://www.shop.example/garden/", "www.shop.example/garden"),
        message("https://www.shop.example/garden/", "ftp://www.shop.example/"),
        message("https://www.shop.example/garden/", "https://other.example/"),
        message("hosts = [\"www.shop.example\"]", "hosts = [\"https://www.shop.example/\"]"),
        message("# connect_to =", "connect_to ="),
        message("allow_loopback = false\n", "allow_loopback = true\nconnect_to = \"10.0.0.1:80\"\n"),
        message("allow_loopback = false\n", "allow_loopback = true\nconnect_to = \"market\"\n"),
        message("delay_seconds = 5.0", "delay_seconds = 0"),
        message("delay_seconds = 5.0", "delay_seconds = -1"),
        message("delay_seconds = 5.0", "delay_seconds = \"slow\""),
        message("h1.title", "h1..title"),
        message("list_price = \"p", "listprice = \"p"),
        message("https://customs.example/crawler\"", "the crawler team\""),
        message("paths = [\"/kitchen/\"", "paths = [\"kitchen\""),
        message("language = \"de\"", "language = \"German!\""),
        message("hs = \"851679\"", "hs = \"85167\""),
        message("currency = \"EUR\"\n\n# Language", "currency = \"€\"\n\n# Language"),
        message("decimal_separator = \",\"", "decimal_separator = \";\""),
        message("id = \"example-market\"", "id = \"example-market"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    x.toml:63:1: unknown key 'dealy_seconds': did you mean 'delay_seconds'?
    x.toml:48:2: unknown key 'permision': did you mean 'permission'?
    x.toml:96:1: unknown key 'zzz': known here: hosts, paths, exclude
    x.toml:22:10: 'Germany' is not a country code of ISO 3166-1 (two letters)
    x.toml:1:1: the key 'market' is missing: add it; config/sources/example-market.toml explains every key
    x.toml:10:6: id: 'Example Market' is not an id: use lower-case letters, digits and single hyphens, at most 60: 'example-market'
    x.toml:34:9: start: is empty, so there is nowhere to begin: give at least one page: start = ["https://shop.example/"]
    x.toml:34:47: start: 'www.shop.example/garden' is not the address of a page: write it in full, without user name: 'https://shop.example/'
    x.toml:34:47: start: 'ftp://www.shop.example/' is not the address of a page: write it in full, without user name: 'https://shop.example/'
    x.toml:34:47: start: 'other.example' is not among scope.hosts: add it there, or leave scope.hosts out: the hosts of the start pages are taken then
    x.toml:90:10: scope.hosts: 'https://www.shop.example/' is not a host name: give the bare name without scheme, port or path: 'www.shop.example'
    x.toml:293:14: network.connect_to: is given without allow_loopback: remove it; it is for tests only, together with allow_loopback = true
    x.toml:290:14: network.connect_to: '10.0.0.1:80' is not a port of this machine: only loopback addresses can be given: '127.0.0.1:4000'
    x.toml:290:14: network.connect_to: 'market' is not an address with a port: write it as '127.0.0.1:4000'
    x.toml:63:17: pace.delay_seconds: 0 is too fast for somebody else's server: give at least 0.1; 5 is the default and polite
    x.toml:63:17: pace.delay_seconds: -1 is not a pace: give the seconds between two requests, 0 to 86400
    x.toml:63:17: invalid type: string "slow", expected a number
    x.toml:128:8: rules.fields.name: 'h1..title' is not a CSS selector: write it as in a style sheet, an attribute after '@': 'span.price', 'meta.price@content'
    x.toml:130:13: rules.fields.listprice: is not a field: did you mean 'list_price'?
    x.toml:55:11: permission.contact: 'the crawler team' cannot be sent to a site as contact: give a mail address or a page (https://…) where the site's operator reaches you
    x.toml:93:10: scope.paths: 'kitchen' is not the beginning of a path: begin with a slash; * stands for any characters, a last $ for the end: '/products/', '/*/dp/'
    x.toml:30:12: language: 'German!' is not a language tag: use BCP 47: 'de', 'pt-BR'
    x.toml:198:6: '85167' is not an HS code of 2, 4 or 6 to 12 digits
    x.toml:26:12: '€' is not a currency code of ISO 4217 (three letters)
    x.toml:187:21: facts.decimal_separator: ';' is not a decimal mark: give ',' or '.'
    x.toml:10:21: invalid basic string, expected `"`: see config/sources/example-market.toml for the form
    "#);
}

proptest! {
    #[test]
    fn any_text_gives_a_source_or_a_message(text in "(\\[|\\]|id|start|name| = |\"|\n|x|é|#|scope|\\.){0,30}") {
        if let Err(error) = parse(&text, "x.toml") {
            prop_assert!(error.to_string().starts_with("x.toml"));
        }
    }
}
