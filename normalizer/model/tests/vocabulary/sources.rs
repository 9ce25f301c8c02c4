//! A source file: what it must say, what it may leave out, and that no misspelt key is passed over.

use model::Source;

/// A source with every table, so that a stray key can be put into each of them.
const FULL: &str = r#"
id = "corner-shop"
name = "Corner shop"
kind = "pages"
market = "KE"
currency = "KES"
language = "en"
start = ["https://shop.example/"]
sitemaps = false

[permission]
basis = "Written permission of 3 May 2026"
contact = "prices@customs.example"

[pace]
delay_seconds = 2.5
timeout_seconds = 20.0

[scope]
hosts = ["shop.example"]
paths = ["/p/"]
exclude = ["/p/old/"]

[rules]
product_paths = ["/p/"]
item = "tr.offer"
quantity_break = "table.breaks tr"

[rules.fields]
price = "span.price"

[budget]
pages = 100
depth = 3
page_bytes = 100000

[revisit]
shortest_hours = 6
longest_hours = 72

[feed]
delimiter = ";"

[feed.fields]
name = "Title"

[api]
items = "/items"

[api.fields]
name = "/title"

[api.paging]
next = "/next"

[api.key]
environment = "CORNER_SHOP_KEY"
header = "X-Api-Key"

[facts]
condition = "new"
level = "retail"
ships_to = ["KE", "UG"]
private_sellers = true
decimal_separator = ","

[[facts.categories]]
contains = "garlic"
hs = "0703.20"

[sample]
file = "sample.html"
url = "https://shop.example/p/1"

[sample.expect]
name = "Garlic"

[network]
allow_loopback = true
connect_to = "127.0.0.1:4000"
"#;

const SHORT: &str = r#"
id = "corner-shop"
name = "Corner shop"
market = "KE"
start = ["https://shop.example/"]
permission = { basis = "robots.txt allows it", contact = "prices@customs.example" }
"#;

#[test]
fn a_full_source_file_is_read_and_comes_back_the_same() {
    let source: Source = toml::from_str(FULL).unwrap();
    assert_eq!(source.facts.categories[0].hs.dotted(), "0703.20");
    assert_eq!(source.rules.fields["price"], "span.price");
    assert_eq!(source.facts.decimal_separator, Some(','));
    let text = toml::to_string(&source).unwrap();
    assert_eq!(toml::from_str::<Source>(&text).unwrap(), source);
    let json = serde_json::to_string(&source).unwrap();
    assert_eq!(serde_json::from_str::<Source>(&json).unwrap(), source);
}

#[test]
fn what_a_source_leaves_out_is_the_careful_choice() {
    let source: Source = toml::from_str(SHORT).unwrap();
    assert_eq!(source.kind, model::SourceKind::Pages);
    assert!(source.sitemaps);
    assert_eq!((source.pace.delay_seconds, source.pace.timeout_seconds), (5.0, 30.0));
    assert_eq!((source.budget.pages, source.budget.depth, source.budget.page_bytes), (10_000, 20, 8 << 20));
    assert!(!source.network.allow_loopback && source.network.connect_to.is_none());
    assert_eq!((source.facts.condition, source.facts.level, source.currency), (None, None, None));
    assert!(source.sample.is_none() && source.rules.fields.is_empty());
}

#[test]
fn an_unknown_key_is_refused_in_every_table() {
    // Free tables (`rules.fields`, `sample.expect`) are read by name later: crawler::source_file.
    let headers = [
        "",
        "[permission]",
        "[pace]",
        "[scope]",
        "[rules]",
        "[budget]",
        "[revisit]",
        "[feed]",
        "[api]",
        "[api.paging]",
        "[api.key]",
        "[facts]",
        "[[facts.categories]]",
        "[sample]",
        "[network]",
    ];
    for header in headers {
        let text = match header {
            "" => format!("colour = 1\n{FULL}"),
            header => FULL.replacen(&format!("{header}\n"), &format!("{header}\ncolour = 1\n"), 1),
        };
        assert_ne!(text, FULL, "{header}");
        let message = toml::from_str::<Source>(&text).unwrap_err().to_string();
        assert!(message.contains("unknown field `colour`"), "{header}: {message}");
    }
    // Every table of the type is in the list above: those of the schema that close themselves.
    let schema = serde_json::to_value(schemars::schema_for!(Source)).unwrap();
    let closed = std::iter::once(&schema)
        .chain(schema["$defs"].as_object().unwrap().values())
        .filter(|table| table["type"] == "object")
        .inspect(|table| assert_eq!(table["additionalProperties"], false, "{table}"))
        .count();
    assert_eq!(closed, headers.len());
}

#[test]
fn what_a_source_must_say_is_asked_for_by_name() {
    for key in ["id", "name", "market", "permission"] {
        let text: String = SHORT.lines().filter(|l| !l.starts_with(key)).map(|l| format!("{l}\n")).collect();
        let message = toml::from_str::<Source>(&text).unwrap_err().to_string();
        assert!(message.contains(&format!("missing field `{key}`")), "{key}: {message}");
    }
    for (good, bad, word) in [
        ("market = \"KE\"", "market = \"Kenya\"", "ISO 3166-1"),
        ("currency = \"KES\"", "currency = \"shilling\"", "ISO 4217"),
        ("hs = \"0703.20\"", "hs = \"garlic\"", "HS code"),
        ("condition = \"new\"", "condition = \"fresh\"", "new, used, refurbished, damaged"),
        ("kind = \"pages\"", "kind = \"shop\"", "kind of source"),
    ] {
        let message = toml::from_str::<Source>(&FULL.replace(good, bad)).unwrap_err().to_string();
        assert!(message.contains(word), "{bad}: {message}");
        assert!(message.contains("line "), "the place is named: {message}");
    }
}
