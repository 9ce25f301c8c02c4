//! Tests of [`super`]: answers as interfaces give them, their paging, and what is no answer at all.

use super::*;
use model::{ApiKey, ApiPaging};
use proptest::prelude::*;

const ASKED: &str = "https://api.shop.example/v1/products?lang=de&page=2";

fn rules(items: &str, fields: &[(&str, &str)]) -> ApiRules {
    ApiRules {
        items: items.to_owned(),
        fields: fields.iter().map(|(f, p)| ((*f).to_owned(), (*p).to_owned())).collect(),
        paging: ApiPaging::default(),
        key: None,
    }
}

fn simple() -> ApiRules {
    rules("/data", &[("name", "/title"), ("price", "/price")])
}

fn said(stated: &Option<Stated>) -> &str {
    stated.as_ref().map_or("-", |s| s.text.as_str())
}

fn problems(read: &ApiRead) -> Vec<String> {
    read.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn items_and_fields_are_found_by_pointers_with_places() {
    let answer = r#"{"meta": {"total": 2}, "data": {"products": [
        {"title": "Kettle \u0026 lid", "offers": [{"price": {"amount": 1299.00, "currency": "EUR"}}, {"price": {"amount": 1}}],
         "a/b": {"~c": "K-17"}, "link": "../item/17?a=1#top", "tags": ["Kitchen", "Kettles", null], "stock": 0,
         "condition": "https://schema.org/NewCondition", "codes": [4006381333931, 1], "text": "Boils."},
        {"title": "Hose", "offers": [{"price": {"amount": "12.50"}}], "link": "https://shop.example/hose", "stock": 12, "codes": []}
    ]}}"#;
    let rules = rules(
        "/data/products",
        &[
            ("name", "/title"),
            ("price", "/offers/price/amount"),
            ("currency", "/offers/0/price/currency"),
            ("sku", "/a~1b/~0c"),
            ("url", "/link"),
            ("category", "/tags"),
            ("availability", "/stock"),
            ("condition", "/condition"),
            ("gtin", "/codes"),
            ("description", "/text"),
        ],
    );
    let read = read(answer.as_bytes(), &rules, ASKED);
    assert_eq!(problems(&read), [] as [&str; 0]);
    assert_eq!((read.items, read.next), (2, None));
    let first = &read.listings[0];
    assert_eq!((said(&first.name), said(&first.price)), ("Kettle & lid", "1299.00"));
    let witness = &first.price.as_ref().unwrap().witness;
    assert_eq!(
        (witness.syntax, witness.place.as_str()),
        (Syntax::Api, "/data/products/0/offers/price/amount")
    );
    assert_eq!((said(&first.currency), said(&first.sku)), ("EUR", "K-17"));
    assert_eq!(first.url.as_deref(), Some("https://api.shop.example/item/17?a=1"));
    assert_eq!(said(&first.category), "Kitchen > Kettles");
    assert_eq!((said(&first.availability), said(&first.condition)), ("OutOfStock", "NewCondition"));
    assert_eq!(said(&first.gtin), "4006381333931");
    let second = &read.listings[1];
    assert_eq!(
        (said(&second.price), said(&second.availability), said(&second.gtin)),
        ("12.50", "InStock", "-")
    );
    assert_eq!(second.url.as_deref(), Some("https://shop.example/hose"));
}

#[test]
fn numbers_keep_their_digits() {
    for (written, wanted) in [
        ("1299.00", "1299.00"),
        ("0.10", "0.10"),
        ("123456789012345678901234567890.05", "123456789012345678901234567890.05"),
        ("1.299E3", "1299"),
        ("1.2990e+2", "129.90"),
        ("5e-3", "0.005"),
        ("-12.5e1", "-125"),
        ("0e0", "0"),
        ("0.001e2", "0.1"),
    ] {
        let answer = format!(r#"{{"data": [{{"title": "Cup", "price": {written}}}]}}"#);
        let read = read(answer.as_bytes(), &simple(), ASKED);
        assert_eq!(said(&read.listings[0].price), wanted, "{written}");
    }
    let read = read(br#"{"data": [{"title": "Cup", "price": 1e999999}]}"#, &simple(), ASKED);
    assert_eq!(
        problems(&read),
        ["/data/0/price: a number with too great an exponent stands there (api.fields.price); told once"]
    );
}

#[test]
fn an_answer_that_is_none_is_said_clearly() {
    let told = |body: &str| problems(&read(body.as_bytes(), &simple(), ASKED));
    assert_eq!(
        told("<html><body>Sign in</body></html>"),
        [
            "answer: it is not JSON: expected value at line 1 column 1; it begins '<html><body>Sign in</body></html>'"
        ]
    );
    assert_eq!(
        told(r#"{"error": "no such page", "code": 7}"#),
        ["answer: '/data' (api.items) leads nowhere; it has: code, error"]
    );
    assert_eq!(told("[]"), ["answer: '/data' (api.items) leads nowhere; it is a list"]);
    assert_eq!(told(r#"{"data": "x"}"#), ["answer: '/data' (api.items) leads to a text, not to a list"]);
    assert_eq!(told(r#"{"data": null}"#), [] as [&str; 0]);
    assert_eq!(told(r#"{"data": []}"#), [] as [&str; 0]);
    assert_eq!(
        told(r#"{"data": [7, {"x": 1}, {"title": "Cup", "price": {"amount": 1}}]}"#),
        [
            "/data/0: it is a number, not an object",
            "/data/1: neither a name nor a price is found in it; it is left out",
            "/data/2/price: an object stands there, not a text or number: point into it (api.fields.price); told once",
        ]
    );
    assert_eq!(
        told(r#"{"data": [{"title": "Cup"}, {"title": "Pot"}]}"#),
        ["answer: the pointer '/price' of api.fields.price finds nothing in any item"]
    );
    let cut = told(r#"{"data": [{"title": "Cup", "price": 1}, {"ti"#);
    assert!(cut[0].starts_with("answer: it is not JSON: EOF while parsing"), "{cut:?}");
}

#[test]
fn one_object_is_one_item_and_a_list_may_be_the_answer() {
    let read_with =
        |items: &str, body: &str| read(body.as_bytes(), &ApiRules { items: items.into(), ..simple() }, ASKED);
    let one = read_with("", r#"{"title": "Cup", "price": 3}"#);
    assert_eq!(one.listings[0].price.as_ref().unwrap().witness.place, "/price");
    let many = read_with("", r#"[{"title": "Cup", "price": 3}, {"title": "Pot", "price": 4}]"#);
    assert_eq!(many.listings[1].price.as_ref().unwrap().witness.place, "/1/price");
}

/// The next address after an answer, with this paging.
fn next_of(paging: ApiPaging, asked: &str, body: &str) -> (Option<String>, Vec<String>) {
    let key = ApiKey {
        environment: "KEY".into(),
        header: None,
        prefix: String::new(),
        parameter: Some("apikey".into()),
    };
    let read = read(body.as_bytes(), &ApiRules { paging, key: Some(key), ..simple() }, asked);
    (read.next.clone(), problems(&read))
}

#[test]
fn a_link_leads_to_the_next_answer() {
    let paging = ApiPaging { next: Some("/links/next".into()), ..ApiPaging::default() };
    let next = |link: &str| {
        let body = format!(r#"{{"data": [{{"title": "Cup", "price": 1}}], "links": {{"next": {link}}}}}"#);
        next_of(paging.clone(), ASKED, &body)
    };
    let to = |address: &str| (Some(address.to_owned()), Vec::new());
    assert_eq!(next(r#""?page=3""#), to("https://api.shop.example/v1/products?page=3"));
    assert_eq!(next(r#""/v2/p?page=3&apikey=s3cret&x=1""#), to("https://api.shop.example/v2/p?page=3&x=1"));
    assert_eq!(next(r#""/v2/p?APIKEY=s3cret""#), to("https://api.shop.example/v2/p"));
    for end in
        ["null", "\"\"", "false", "\"#\"", "\"products?lang=de&page=2\"", "\"?lang=de&page=2&apikey=s\""]
    {
        assert_eq!(next(end), (None, Vec::new()), "{end}");
    }
    assert_eq!(next_of(paging.clone(), ASKED, r#"{"data": []}"#), (None, Vec::new()));
    assert_eq!(
        next("{\"href\": \"/x\"}").1,
        ["answer: '/links/next' (api.paging.next) leads to an object, not to a text or number"]
    );
    assert_eq!(
        next("\"javascript:void(0)\"").1,
        ["answer: '/links/next' (api.paging.next) gives no address of a page"]
    );
}

#[test]
fn a_cursor_is_sent_on_until_there_is_none() {
    let paging = ApiPaging {
        cursor: Some("/meta/cursor".into()),
        parameter: Some("after".into()),
        ..ApiPaging::default()
    };
    let next = |items: &str, cursor: &str, asked: &str| {
        let body = format!(r#"{{"data": [{items}], "meta": {{"cursor": {cursor}}}}}"#);
        next_of(paging.clone(), asked, &body).0
    };
    let item = r#"{"title": "Cup", "price": 1}"#;
    let base = "https://api.shop.example/p";
    assert_eq!(next(item, "\"a b&c\"", base), Some(format!("{base}?after=a+b%26c")));
    assert_eq!(next(item, "17", &format!("{base}?after=16&x=1")), Some(format!("{base}?after=17&x=1")));
    assert_eq!(next(item, "\"16\"", &format!("{base}?after=16")), None, "the same answer again");
    assert_eq!(next(item, "null", base), None);
    assert_eq!(next("", "\"c2\"", base), None, "no items, no more");
}

#[test]
fn a_number_grows_until_an_answer_is_empty() {
    let paging =
        |first, step| ApiPaging { parameter: Some("page".into()), first, step, ..ApiPaging::default() };
    let next = |paging: ApiPaging, asked: &str, items: &str| {
        next_of(paging, asked, &format!(r#"{{"data": [{items}]}}"#))
    };
    let item = r#"{"title": "Cup", "price": 1}"#;
    let base = "https://api.shop.example/p";
    assert_eq!(next(paging(None, None), base, item).0, Some(format!("{base}?page=2")));
    assert_eq!(
        next(paging(None, None), ASKED, item).0.as_deref(),
        Some("https://api.shop.example/v1/products?lang=de&page=3")
    );
    assert_eq!(next(paging(Some(0), Some(50)), base, item).0, Some(format!("{base}?page=50")));
    assert_eq!(
        next(paging(Some(0), Some(50)), &format!("{base}?page=50"), item).0,
        Some(format!("{base}?page=100"))
    );
    assert_eq!(next(paging(None, None), ASKED, "").0, None);
    assert_eq!(next(paging(None, None), &format!("{base}?page={}", u32::MAX), item), (None, vec![]));
    assert_eq!(
        next(paging(None, None), &format!("{base}?page=last"), item).1,
        ["answer: the address asks for page=last, which is no number"]
    );
    // Without paging one answer is all.
    assert_eq!(next(ApiPaging::default(), ASKED, item), (None, vec![]));
}

#[test]
fn limits_are_held_and_told() {
    let long = "x".repeat(FIELD + 1);
    let read_long =
        read(format!(r#"{{"data": [{{"title": "{long}", "price": 1}}]}}"#).as_bytes(), &simple(), ASKED);
    assert_eq!(problems(&read_long), ["/data/0/title: it is longer than 1000 bytes; it is left out"]);
    let many = format!(r#"{{"data": [{}{{"title": "Cup", "price": 1}}]}}"#, r#"{"price": 1},"#.repeat(ITEMS));
    let read_many = read(many.as_bytes(), &simple(), ASKED);
    assert_eq!((read_many.listings.len(), read_many.items), (ITEMS, ITEMS + 1));
    assert_eq!(
        problems(&read_many)[0],
        format!("answer: it has {} items; only the first {ITEMS} are read", ITEMS + 1)
    );
    // Nesting costs no stack.
    let deep = format!(
        r#"{{"data": [{{"title": "Cup", "price": {}1{}}}]}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(read(deep.as_bytes(), &simple(), ASKED).items, 1);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        json in "(\\{|\\}|\\[|\\]|\"data\":|\"title\":|\"price\":|\"Cup\"|12.50|1e5|null|true|,|\"\\\\ud800\"){0,25}",
        pointer in "(/|data|0|~0|~1|~|price){0,8}",
        asked in "(https://a\\.example/|\\?page=|[0-9]{0,12}|&|é){0,4}",
    ) {
        let mut rules = rules(&pointer, &[("name", "/title"), ("price", &pointer)]);
        rules.paging.parameter = Some("page".to_owned());
        for body in [bytes.as_slice(), json.as_bytes(), format!("{{\"data\": [{json}]}}").as_bytes()] {
            let _ = read(body, &rules, &asked);
        }
    }

    #[test]
    fn exponents_are_written_out_exactly(mantissa in "-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,8})?", exponent in -30i32..30) {
        let plain = plain_number(&format!("{mantissa}e{exponent}")).unwrap();
        prop_assert!(!plain.contains(['e', 'E']));
        let (wanted, found): (f64, f64) = (format!("{mantissa}e{exponent}").parse().unwrap(), plain.parse().unwrap());
        prop_assert!((wanted - found).abs() <= wanted.abs() * 1e-12, "{} {}", wanted, found);
    }
}
