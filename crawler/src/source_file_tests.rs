//! Tests of [`super`]: the commented example stays complete, and each mistake is said clearly.

use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::path::PathBuf;

/// An example source file and its text.
fn file(name: &str) -> (PathBuf, String) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/sources"));
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn example() -> (PathBuf, String) {
    file("example-market.toml")
}

/// The example with one text exchanged, and the message that gives.
fn message(from: &str, to: &str) -> String {
    message_of("example-market.toml", from, to)
}

fn message_of(name: &str, from: &str, to: &str) -> String {
    let (_, text) = file(name);
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

#[test]
fn the_examples_of_feed_and_api_read_their_samples() {
    for (name, links) in [
        ("example-feed.toml", vec![]),
        ("example-api.toml", vec!["https://api.shop.example/v1/products?category=kitchen&page=2"]),
    ] {
        let (path, text) = file(name);
        let source = parse(&text, name).unwrap();
        let sample = source.sample.as_ref().unwrap();
        let body = std::fs::read(path.parent().unwrap().join(&sample.file)).unwrap();
        let page = model::Page {
            source_id: source.id.clone(),
            url: sample.url.clone(),
            status: 200,
            content_type: None,
            validators: model::Validators::default(),
            payload_hash: model::ContentHash::of(&body),
            body,
            fetched_at: "2026-05-10T12:00:00Z".parse().unwrap(),
            archive: None,
        };
        let read = crate::read_source(&source, &page).unwrap();
        assert_eq!(read.problems, [], "{name}");
        assert_eq!(read.page.listings.len(), 2, "{name}");
        assert!(read.page.listings[0].price.as_ref().unwrap().text.starts_with("39.90"), "{name}");
        let found: Vec<_> = read.page.links.iter().map(|link| link.url.as_str()).collect();
        assert_eq!(found, links, "{name}");
    }
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
    x.toml:297:14: network.connect_to: is given without allow_loopback: remove it; it is for tests only, together with allow_loopback = true
    x.toml:294:14: network.connect_to: '10.0.0.1:80' is not a port of this machine: only loopback addresses can be given: '127.0.0.1:4000'
    x.toml:294:14: network.connect_to: 'market' is not an address with a port: write it as '127.0.0.1:4000'
    x.toml:63:17: pace.delay_seconds: 0 is too fast for somebody else's server: give at least 0.1; 5 is the default and polite
    x.toml:63:17: pace.delay_seconds: -1 is not a pace: give the seconds between two requests, 0 to 86400
    x.toml:63:17: invalid type: string "slow", expected a number
    x.toml:129:8: rules.fields.name: 'h1..title' is not a CSS selector: write it as in a style sheet, an attribute after '@': 'span.price', 'meta.price@content'
    x.toml:131:13: rules.fields.listprice: is not a field: did you mean 'list_price'?
    x.toml:55:11: permission.contact: 'the crawler team' cannot be sent to a site as contact: give a mail address or a page (https://…) where the site's operator reaches you
    x.toml:93:10: scope.paths: 'kitchen' is not the beginning of a path: begin with a slash; * stands for any characters, a last $ for the end: '/products/', '/*/dp/'
    x.toml:30:12: language: 'German!' is not a language tag: use BCP 47: 'de', 'pt-BR'
    x.toml:199:6: '85167' is not an HS code of 2, 4 or 6 to 12 digits
    x.toml:26:12: '€' is not a currency code of ISO 4217 (three letters)
    x.toml:188:21: facts.decimal_separator: ';' is not a decimal mark: give ',' or '.'
    x.toml:10:21: invalid basic string, expected `"`: see config/sources/example-market.toml for the form
    "#);
}

/// A minimal source of a kind, with more text.
fn of_kind(kind: &str, start: &str, more: &str) -> String {
    let text = format!(
        "id = \"x\"\nname = \"X\"\nkind = \"{kind}\"\nmarket = \"DE\"\n{start}\n[permission]\nbasis = \"a test\"\ncontact = \"a@b.example\"\n{more}"
    );
    parse(&text, "x.toml").map_or_else(|error| error.to_string(), |_| "reads".to_owned())
}

#[test]
fn each_kind_says_what_it_needs_and_no_more() {
    let start = "start = [\"https://shop.example/\"]";
    let fields = "[api.fields]\nname = \"/n\"\nprice = \"/p\"\n";
    assert_eq!(of_kind("feed", start, ""), "reads");
    assert_eq!(of_kind("feed", start, "[feed]\nformat = \"csv\"\ndelimiter = \"|\"\n"), "reads");
    assert_eq!(of_kind("api", start, &format!("[api]\n{fields}")), "reads");
    assert_eq!(of_kind("warc", "", "[rules.fields]\nname = \"h1\"\n"), "reads");
    let all = [
        of_kind("feed", "", ""),
        of_kind("warc", start, ""),
        of_kind("api", start, ""),
        of_kind("pages", start, "[feed]\nformat = \"auto\"\n"),
        of_kind("feed", start, &format!("[api]\n{fields}")),
        of_kind("feed", start, "[rules.fields]\nprice = \".price\"\n"),
        of_kind("api", start, &format!("[rules]\nproduct_paths = [\"/p/\"]\n[api]\n{fields}")),
        of_kind("csv", start, ""),
        of_kind("feed", start, "[feed]\nformat = \"xlsx\"\n"),
        of_kind("feed", start, "[feed]\ndelimiter = \";;\"\n"),
        of_kind("feed", start, "[feed]\ndelimiter = '\"'\n"),
        of_kind("feed", start, "[feed]\nformat = \"xml\"\ndelimiter = \";\"\n"),
        of_kind("feed", start, "[feed.fields]\ntitle = \"Name\"\n"),
        of_kind("feed", start, "[feed.fields]\nprize = \"Preis\"\n"),
        of_kind("feed", start, "[feed.fields]\nprice = \" \"\n"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    x.toml: start: is empty, so there is nowhere to begin: give at least one page: start = ["https://shop.example/"]
    x.toml:5:9: start: is given, but a source of kind 'warc' is never fetched: leave it out; its pages come with `touchstone import warc`
    x.toml:3:8: kind: is 'api', but there is no table [api]: say there where the items of an answer stand, and their fields; config/sources/example-api.toml is one
    x.toml:9:1: feed: is given, but the source is of kind 'pages': remove the table, or set kind = "feed"
    x.toml:9:1: api: is given, but the source is of kind 'feed': remove the table, or set kind = "api"
    x.toml:9:1: rules.fields: is not used for a source of kind 'feed': remove it; fields are named under [feed.fields]
    x.toml:10:17: rules.product_paths: is not used for a source of kind 'api': remove it; fields are named under [api.fields]
    x.toml:3:8: 'csv' is not a kind of source (pages, feed, api or warc)
    x.toml:10:10: 'xlsx' is not a format of feeds (auto, xml, tsv or csv)
    x.toml:10:13: invalid value: string ";;", expected a character
    x.toml:10:13: feed.delimiter: '\"' cannot separate columns: give one sign that stands in no cell without quotes: ';', '|', '\t'
    x.toml:11:13: feed.delimiter: is given for a feed in XML: remove it, or correct feed.format
    x.toml:10:9: feed.fields.title: is not a field: known fields: name, price, currency, list_price, brand, model, gtin, mpn, sku, condition, seller, category, quantity_text, price_unit, min_order, hs_code, origin, availability, variant, weight, shipping, shipping_to, unit_price, unit_price_unit, tax_included, valid_until, date, image, url
    x.toml:10:9: feed.fields.prize: is not a field: did you mean 'price'?
    x.toml:10:9: feed.fields.price: is empty: give the name of a column or element as the feed writes it, or leave the key out
    "#);
}

#[test]
fn each_mistake_of_an_api_is_one_clear_message() {
    let message = |from: &str, to: &str| message_of("example-api.toml", from, to);
    let key = "header = \"Authorization\"\nprefix = \"Bearer \"\n";
    let next = "next = \"/links/next\"";
    let all = [
        message("items = \"/data/products\"", "items = \"data.products\""),
        message("name = \"/title\"\n", ""),
        message("price = \"/offers/0/price/amount\"", "prise = \"/offers/0/price/amount\""),
        message("\"/id\"", "\"/~id\""),
        message("\"/id\"", &format!("\"{}\"", "/x".repeat(33))),
        message("\"/id\"", "\"\""),
        message(next, &format!("{next}\nparameter = \"page\"")),
        message(next, &format!("{next}\ncursor = \"/c\"")),
        message(next, &format!("{next}\nstep = 2")),
        message(next, "cursor = \"/c\""),
        message(next, "cursor = \"/c\"\nparameter = \"after\"\nfirst = 0"),
        message(next, "parameter = \"page\"\nstep = 0"),
        message(next, "parameter = \"page=\""),
        message("EXAMPLE_MARKET_KEY", "s3cr3t-k3y"),
        message(key, ""),
        message(key, &format!("{key}parameter = \"key\"\n")),
        message(key, "parameter = \"key\"\nprefix = \"Bearer \"\n"),
        message("Authorization", "X Key"),
        message("\"Authorization\"", "\"Host\""),
        message("Bearer ", "Bearer\\n"),
        message("https://api.shop.example/v1/products?category=kitchen\"]", "http://api.shop.example/v1/\"]"),
        message(key, "parameter = \"category\"\n"),
        message("environment =", "enviroment ="),
        message("[facts]\n", "[facts]\ndecimal_separator = \",\"\n"),
    ];
    assert!(!all.join("").contains("s3cr3t"));
    insta::assert_snapshot!(all.join("\n"), @r#"
    x.toml:35:9: api.items: 'data.products' is not a JSON pointer: write the way with a slash before each step: '/price/amount', '/offers/0/price'; ~0 stands for ~, ~1 for /
    x.toml:37:1: api.fields: 'name' is missing, so no item could become an offer: give its place in an item: name = "/…"
    x.toml:39:9: api.fields.prise: is not a field: did you mean 'price'?
    x.toml:44:7: api.fields.sku: '/~id' has a ~ that is neither ~0 nor ~1: write the way with a slash before each step: '/price/amount', '/offers/0/price'; ~0 stands for ~, ~1 for /
    x.toml:44:7: api.fields.sku: '/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x' has more than 32 steps: write the way with a slash before each step: '/price/amount', '/offers/0/price'; ~0 stands for ~, ~1 for /
    x.toml:44:7: api.fields.sku: '' is not a JSON pointer: write the way with a slash before each step: '/price/amount', '/offers/0/price'; ~0 stands for ~, ~1 for /
    x.toml:52:13: api.paging.parameter: is given beside 'next': there is one way to the next answer: keep the one the API documents
    x.toml:52:10: api.paging.cursor: is given beside 'next': there is one way to the next answer: keep the one the API documents
    x.toml:52:8: api.paging.step: is only for a parameter that is a number: remove it, or give `parameter` alone
    x.toml:51:10: api.paging.cursor: is given without the parameter it is sent in: add parameter = "…"
    x.toml:53:9: api.paging.first: is only for a parameter that is a number: remove it, or give `parameter` alone
    x.toml:52:8: api.paging.step: is 0, so the first answer would be asked for again and again: give 1 for page numbers, the items of an answer for offsets
    x.toml:51:13: api.paging.parameter: 'page=' is not the name of a query parameter: give the bare name: 'page'
    x.toml:55:15: api.key.environment: is not the name of an environment variable: give the name of the variable that holds the key, never the key: 'SHOP_API_KEY'
    x.toml:54:1: api.key: does not say how the key is sent: give header = "…" or parameter = "…"
    x.toml:58:13: api.key.parameter: is given beside 'header': the key is sent in one of them: keep the one the API documents
    x.toml:57:10: api.key.prefix: is only for a header: remove it, or send the key in a header
    x.toml:56:10: api.key.header: 'X Key' is not the name of a header: give the bare name: 'Authorization', 'X-Api-Key'
    x.toml:56:10: api.key.header: the header 'Host' is the crawler's own: give the header that the API documents for keys: 'Authorization', 'X-Api-Key'
    x.toml:57:10: api.key.prefix: cannot be sent in a header: use plain letters and signs: 'Bearer '
    x.toml:15:10: start: is not encrypted, and the key would be sent in the clear: begin with https://, or leave [api.key] out
    x.toml:15:10: start: has the parameter 'category', in which the key is sent: take it out of the address; the key belongs into the environment
    x.toml:55:1: unknown key 'enviroment': did you mean 'environment'?
    x.toml:29:21: facts.decimal_separator: is ',', but the numbers of JSON have a point: leave it out
    "#);
}

#[test]
fn each_mistake_of_an_amount_is_one_clear_message() {
    let all = [
        message("concurrency = 1", "concurrency = 0"),
        message("concurrency = 1", "concurrency = 9"),
        message("21:00-24:00", "21-24"),
        message("21:00-24:00", "07:00-07:00"),
        message("utc_offset = \"+01:00\"", "utc_offset = \"CET\""),
        message("group = \"host\"", "group = \"site\""),
        message("\nbytes = 2000000000", "\nbytes = 0"),
        message("requests_per_day = 8000", "requests_per_day = 0"),
        message("redirects = 5", "redirects = 21"),
        message("shortest_hours = 12", "shortest_hours = 337"),
        message("longest_hours = 336", ""),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    x.toml:70:15: pace.concurrency: 0 requests at the same time cannot be meant: give 1 to 8; 1 is the default and polite
    x.toml:70:15: pace.concurrency: 9 requests at the same time cannot be meant: give 1 to 8; 1 is the default and polite
    x.toml:80:9: '21-24' is not a span of the day like 22:00-06:00
    x.toml:80:9: '07:00-07:00' is not a span of the day like 22:00-06:00
    x.toml:83:14: 'CET' is not an offset from UTC like +02:00
    x.toml:77:9: 'site' is not what shares one pace (host or domain)
    x.toml:151:9: budget.bytes: is 0, so nothing could be fetched: give a number above 0 or leave the key out
    x.toml:154:20: budget.requests_per_day: is 0, so nothing could be fetched: give a number above 0 or leave the key out
    x.toml:157:13: budget.redirects: 21 redirects from one address lead nowhere: give 0 to 20; 5 is the default
    x.toml:166:18: revisit.shortest_hours: 337 is more than longest_hours, which is 336: give both, the shorter one first, or leave the table out: every crawl visits every page then
    x.toml:166:18: revisit.shortest_hours: 12 is more than longest_hours, which is 0: give both, the shorter one first, or leave the table out: every crawl visits every page then
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
