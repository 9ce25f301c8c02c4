use super::*;
use proptest::prelude::*;

fn seen(url: &str, html: &str) -> PageSeen {
    PageSeen { url: url.into(), body: html.as_bytes().to_vec(), content_type: None }
}

fn drafted(url: &str, html: &str, robots: Option<&str>) -> Draft {
    let known = Known {
        contact: Some("https://customs.example/crawler".into()),
        robots: robots.map(|r| r.as_bytes().to_vec()),
        agent: "touchstone".to_owned(),
        ..Known::default()
    };
    draft(&read(&seen(url, html)).unwrap(), None, &known)
}

/// The draft with what a person fills in.
fn filled_in(text: &str) -> String {
    text.replace("basis = \"\"", "basis = \"Letter of 2026-01-15\"")
        .replace("contact = \"\"", "contact = \"mailto:a@customs.example\"")
        .replace("# market = \"??\"", "market = \"DE\"")
}

/// The filled-in draft held to its own sample, by the code of `source check`.
fn checked(draft: &Draft) -> (model::Source, Vec<sources::Difference>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("draft.toml");
    std::fs::write(&file, filled_in(&draft.text)).unwrap();
    if let Some((name, body)) = &draft.sample {
        std::fs::create_dir_all(folder.path().join("samples")).unwrap();
        std::fs::write(folder.path().join(name), body).unwrap();
    }
    let (source, _) = sources::load(&file).unwrap_or_else(|e| panic!("{e}\n{}", draft.text));
    let differences = match &source.sample {
        Some(sample) => sources::check_sample(&source, sample, &file).unwrap(),
        None => Vec::new(),
    };
    (source, differences)
}

const KETTLE: &str = r#"<html lang="de-AT"><head><title>Kettle 17 | Haus</title>
<meta property="og:site_name" content="Haus &quot;am&quot; Platz">
<link rel="alternate" hreflang="de-AT" href="/item/kettle-17">
<script type="application/ld+json">{"@type":"Product","name":"Kettle 17","sku":"K-17",
"offers":{"@type":"Offer","price":"1299.00","priceCurrency":"EUR","availability":"https://schema.org/InStock"}}</script>
</head><body><h1>Kettle 17</h1><p class=price>1.299,00 €</p>
<a href="/item/pan-3">Pan</a><a href="/item/pot-4">Pot</a><a href="http://haus.example/kitchen/">Kitchen</a></body></html>"#;

#[test]
fn a_product_page_gives_a_draft_that_needs_only_its_permission() {
    let robots = "User-agent: *\nCrawl-delay: 7\nSitemap: https://www.haus.example/sitemap.xml\n";
    let draft = drafted("https://www.haus.example/item/kettle-17", KETTLE, Some(robots));
    assert_eq!(draft.to_fill_in, ["permission.basis"]);
    insta::assert_snapshot!(draft.text);
    let message = crawler::source_file::parse(&draft.text, "x.toml").unwrap_err().to_string();
    assert!(message.contains("permission.basis: is empty: nobody has said why"), "{message}");
    let (source, differences) = checked(&draft);
    assert_eq!(differences, []);
    assert_eq!(source.id, "haus-example");
    assert_eq!(source.market.to_string(), "AT");
    assert_eq!(source.rules.product_paths, ["/item/"]);
    assert_eq!(source.scope.hosts, ["www.haus.example", "haus.example"]);
    assert_eq!((source.pace.delay_seconds, source.sitemaps), (7.0, true));
    assert_eq!(source.start, ["https://www.haus.example/"]);
    let sample = source.sample.unwrap();
    assert_eq!(sample.expect["price"], "1299");
    assert_eq!(sample.expect["name"], "Kettle 17");
}

#[test]
fn what_nothing_names_or_two_signs_contradict_is_left_to_a_person() {
    let plain = drafted("https://shop.example/x", "<p>Hello</p>", Some(""));
    assert_eq!(plain.to_fill_in, ["permission.basis", "market"]);
    assert!(plain.sample.is_none() && plain.product_paths.is_empty());
    assert!(plain.text.contains("FILL IN: nothing on the page names it."), "{}", plain.text);
    assert!(plain.text.contains("sitemaps = false"));
    let (source, _) = checked(&plain);
    assert_eq!((source.currency, source.language, source.sample), (None, None, None));

    let torn = drafted("https://shop.de/x", r#"<html lang="fr-CH"><p>Bonjour</p></html>"#, None);
    assert!(
        torn.text.contains("the signs disagree: the domain is that of DE, the page's language is fr-CH"),
        "{}",
        torn.text
    );
    // What templates come with is no sign.
    let template = drafted("https://shop.example/x", r#"<html lang="en-US"><p>Hello</p></html>"#, None);
    assert!(template.to_fill_in.contains(&"market"));
}

#[test]
fn the_market_of_a_national_currency_counts_and_of_an_international_one_does_not() {
    let page = |currency: &str| KETTLE.replace("EUR", currency).replace("de-AT", "de");
    let market = |currency: &str| {
        let draft = drafted("https://haus.example/item/kettle-17", &page(currency), None);
        (!draft.to_fill_in.contains(&"market")).then(|| checked(&draft).0.market.to_string())
    };
    assert_eq!(market("KES").as_deref(), Some("KE"));
    for everywhere in ["EUR", "USD", "XOF"] {
        assert_eq!(market(everywhere), None, "{everywhere}");
    }
}

#[test]
fn a_price_that_reads_two_ways_is_not_expected() {
    let page = "<html><body><h1>Cup</h1><p class=price>$3.350</p><button>Add to cart</button></body></html>";
    let draft = drafted("https://shop.example/p/cup", page, None);
    assert!(draft.text.contains("LOOK: the page's price '$3.350' can be read in two ways"), "{}", draft.text);
    assert!(!draft.expect.contains_key("price"), "{:?}", draft.expect);
    assert_eq!(checked(&draft).1, []);
}

#[test]
fn a_page_whose_encoding_only_the_header_told_is_saved_so_that_it_reads_the_same() {
    let mut page = seen("https://shop.example/p/1", "");
    page.content_type = Some("text/html; charset=iso-8859-2".into());
    let html = KETTLE.replace("Kettle 17", "Dzbanek \u{17c}\u{f3}\u{142}ty").replace("€", "EUR");
    page.body = encoding_rs::ISO_8859_2.encode(&html).0.into_owned();
    let draft = draft(&read(&page).unwrap(), None, &Known::default());
    assert_eq!(draft.expect["name"], "Dzbanek \u{17c}\u{f3}\u{142}ty");
    assert_eq!(checked(&draft).1, []);
}

#[test]
fn a_list_tells_the_folder_of_its_offers_and_a_product_of_it_is_the_sample() {
    let cards: String = (1..=6)
        .map(|n| {
            format!(
                r#"<li class=card><a href="/angebot/topf-{n}"><img src=t.jpg>Topf {n}</a><span class=price>{n}9,90 €</span></li>"#
            )
        })
        .collect();
    let html =
        format!("<html lang=de><body><h1>Küche</h1><ul>{cards}</ul><a href=/impressum>x</a></body></html>");
    let list = read(&seen("https://haus.example/kueche/", &html)).unwrap();
    assert_eq!(list.role, PageRole::List);
    let first = next_look(&list, &[]).unwrap();
    assert_eq!(first, "https://haus.example/angebot/topf-1");
    let product = read(&seen(&first, &KETTLE.replace("Kettle 17", "Topf 1"))).unwrap();
    let draft = draft(&list, Some(&product), &Known::default());
    assert_eq!(draft.product_paths, ["/angebot/"]);
    assert_eq!(draft.expect["name"], "Topf 1");
    let (source, differences) = checked(&draft);
    assert_eq!((source.start, differences), (vec!["https://haus.example/kueche/".to_owned()], vec![]));

    // Without a product the list itself is the sample, and the rule that would shut it out waits.
    let alone = super::draft(&list, None, &Known::default());
    assert!(alone.product_paths.is_empty() && alone.text.contains("# product_paths = [\"/angebot/\"]"));
    assert_eq!(checked(&alone).1, []);
}

#[test]
fn shapes_of_addresses() {
    let shape = |url: &str| shape::shape(&Url::parse(url).unwrap()).unwrap_or_default();
    for (url, expected) in [
        ("https://a.example/item/kettle-17", "/item/"),
        ("https://a.example/item/17/kettle", "/item/"),
        ("https://a.example/kettle-17/dp/B0017", "/*/dp/"),
        ("https://a.example/en-gb/p/1", "/en-gb/p/"),
        ("https://a.example/product.php?id=17", "/product.php"),
        ("https://a.example/product.php", ""),
        ("https://a.example/kettle-17.html", ""),
        ("https://a.example/", ""),
        ("https://a.example/product/kettle-17/", "/product/"),
    ] {
        assert_eq!(shape(url), expected, "{url}");
    }
}

#[test]
fn a_folder_that_is_perhaps_a_category_is_only_suggested() {
    let draft = drafted("https://haus.example/kitchen/kettle-17", KETTLE, None);
    assert!(draft.product_paths.is_empty());
    assert!(draft.text.contains("# product_paths = [\"/kitchen/\"]"), "{}", draft.text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a page says, the draft is a well-formed file once the gaps are filled in, and keeps
    /// its own contract.
    #[test]
    fn every_draft_parses_and_keeps_its_contract(
        name in any::<String>(), site in any::<String>(), price in "[0-9.,]{0,9}", currency in "[A-Z€$]{0,3}",
        language in "[a-zA-Z-]{0,12}", path in "[a-zA-Z0-9/%._~*$'\"-]{0,30}", robots in any::<String>(),
        offers in 0usize..3,
    ) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let product = serde_json::json!({"@type": "Product", "name": name, "offers": vec![
            serde_json::json!({"@type": "Offer", "price": price, "priceCurrency": currency}); offers]});
        let html = format!(
            "<html lang=\"{}\"><meta property=og:site_name content=\"{}\"><script type=application/ld+json>{}</script><h1>{}</h1>",
            escape(&language), escape(&site), product.to_string().replace("</", "<\\/"), escape(&name)
        );
        let draft = drafted(&format!("https://shop.example/{path}"), &html, Some(&robots));
        let (_, differences) = checked(&draft);
        prop_assert_eq!(differences, vec![]);
    }
}
