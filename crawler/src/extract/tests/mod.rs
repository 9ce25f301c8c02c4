//! Pages written by us, one per syntax and per conflict between syntaxes.

mod fields;
mod growth;
mod habits;
mod hostile;
mod quick_tree;
mod shared_pages;

use super::*;
use insta::assert_snapshot;

const URL: &str = "https://shop.example/goods/hose-20";

fn read(html: &str) -> Extraction {
    extract(html, Some(URL), &Rules::default())
}

/// The fields that are stated, one a line, with their syntax.
fn told(listing: &Listing) -> String {
    let mut out = String::new();
    let mut say = |name: &str, field: &Option<Stated>| {
        if let Some(s) = field {
            out.push_str(&format!("{name}: {} ({})\n", s.text, s.witness.syntax));
        }
    };
    say("name", &listing.name);
    say("price", &listing.price);
    say("to", &listing.price_high);
    say("list", &listing.list_price);
    say("currency", &listing.currency);
    say("availability", &listing.availability);
    say("sku", &listing.sku);
    say("gtin", &listing.gtin);
    say("mpn", &listing.mpn);
    say("brand", &listing.brand);
    say("model", &listing.model);
    say("condition", &listing.condition);
    say("seller", &listing.seller);
    say("category", &listing.category);
    say("quantity", &listing.quantity_text);
    say("per", &listing.price_unit);
    say("min", &listing.min_order);
    say("hs", &listing.hs_code);
    say("origin", &listing.origin);
    for step in &listing.quantity_breaks {
        out.push_str(&format!("from {}: {}\n", step.min_quantity.text, step.price.text));
    }
    out
}

fn price(page: &Extraction) -> Option<&str> {
    page.listings.first()?.price.as_ref().map(|p| p.text.as_str())
}

#[test]
fn json_ld_in_a_graph_with_references() {
    let page = read(
        r##"<html lang="de"><title>Gartenschlauch 20 m</title><script type="application/ld+json">
        {"@context":"https://schema.org","@graph":[
          {"@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":2,"name":"Schläuche"},{"@type":"ListItem","position":1,"item":{"name":"Garten"}}]},
          {"@type":"Brand","@id":"#b","name":"Aqua &amp; Co"},
          {"@type":"Product","name":"Gartenschlauch 20 m","sku":"GH-20","gtin13":"4006381333931","brand":{"@id":"#b"},
           "offers":{"@type":"Offer","price":24.90,"priceCurrency":"EUR","availability":"https://schema.org/InStock","itemCondition":"http://schema.org/NewCondition",
             "priceSpecification":[{"@type":"UnitPriceSpecification","priceType":"https://schema.org/ListPrice","price":"29.90"}]}}]}
        </script><h1>Gartenschlauch 20 m</h1>"##,
    );
    assert_eq!(page.language.as_deref(), Some("de"));
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Gartenschlauch 20 m (json_ld)
    price: 24.9 (json_ld)
    list: 29.90 (json_ld)
    currency: EUR (json_ld)
    availability: InStock (json_ld)
    sku: GH-20 (json_ld)
    gtin: 4006381333931 (json_ld)
    brand: Aqua & Co (json_ld)
    condition: NewCondition (json_ld)
    category: Garten > Schläuche (json_ld)
    ");
    let witness = page.listings[0].price.as_ref().map(|p| p.witness.place.clone());
    assert_eq!(witness.as_deref(), Some("script[0]/@graph[2]/offers/price"));
}

#[test]
fn one_listing_per_seller() {
    let page = read(
        r##"<script type="application/ld+json">{"@type":"Product","name":"Drill","brand":"Bora","offers":{"@type":"AggregateOffer","lowPrice":80,"highPrice":95,"priceCurrency":"GBP","offers":[
          {"@type":"Offer","price":80,"seller":{"name":"North Tools"},"url":"/o/1","itemCondition":"UsedCondition"},
          {"@type":"Offer","price":"95.00","seller":{"name":"South Tools"},"url":"/o/2"}]}}</script>"##,
    );
    assert_eq!(page.listings.len(), 2);
    assert_eq!(page.listings[1].url.as_deref(), Some("https://shop.example/o/2"));
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Drill (json_ld)
    price: 80 (json_ld)
    currency: GBP (json_ld)
    brand: Bora (json_ld)
    condition: UsedCondition (json_ld)
    seller: North Tools (json_ld)
    ");
}

#[test]
fn aggregate_offers_are_ranges_and_zero_is_no_price() {
    let aggregate = |low: &str| {
        read(&format!(
            r##"<script type="application/ld+json">{{"@type":"Product","name":"Lamp","offers":{{"@type":"AggregateOffer","lowPrice":"{low}","highPrice":"12.00","priceCurrency":"USD"}}}}</script>"##
        ))
    };
    let page = aggregate("9.50");
    assert_eq!(price(&page), Some("9.50"));
    assert_eq!(page.listings[0].price_high.as_ref().unwrap().text, "12.00");
    let nothing = read(
        r##"<script type="application/ld+json">{"@type":"Product","name":"Lamp","offers":{"price":"0.00","priceCurrency":"USD"}}</script>"##,
    );
    assert_eq!(price(&nothing), None);
}

#[test]
fn product_group_gives_the_variant_of_the_page_first() {
    let page = read(
        r##"<script type="application/ld+json">{"@type":"ProductGroup","name":"Hose","brand":"Aqua","hasVariant":[
          {"@type":"Product","name":"Hose 10 m","sku":"H10","url":"/goods/hose-10","offers":{"price":"14.00","priceCurrency":"EUR"}},
          {"@type":"Product","name":"Hose 20 m","sku":"H20","url":"/goods/hose-20","offers":{"price":"24.00","priceCurrency":"EUR"}}]}</script>"##,
    );
    let skus: Vec<_> = page.listings.iter().map(|l| l.sku.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(skus, ["H20", "H10"]);
    assert_eq!(page.listings[1].brand.as_ref().unwrap().text, "Aqua");
}

#[test]
fn microdata_and_rdfa_say_the_same() {
    let microdata = r##"<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Tea 100 g</h1><a itemprop="brand" href="/b">Ceylon</a>
      <meta itemprop="gtin13" content="4006381333931"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><span itemprop="price" content="3.20">3,20</span>
      <meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="http://schema.org/OutOfStock"></div></div>"##;
    let rdfa = r##"<div vocab="http://schema.org/" typeof="Product"><h1 property="name">Tea 100 g</h1><a property="brand" href="/b">Ceylon</a>
      <meta property="gtin13" content="4006381333931"><div property="offers" typeof="Offer"><span property="price" content="3.20">3,20</span>
      <meta property="priceCurrency" content="EUR"><link property="availability" href="http://schema.org/OutOfStock"></div></div>"##;
    let one = told(&read(microdata).listings[0]);
    assert_snapshot!(one, @r"
    name: Tea 100 g (microdata)
    price: 3.20 (microdata)
    currency: EUR (microdata)
    availability: OutOfStock (microdata)
    gtin: 4006381333931 (microdata)
    brand: Ceylon (microdata)
    ");
    assert_eq!(one.replace("(microdata)", "(rdfa)"), told(&read(rdfa).listings[0]));
}

#[test]
fn meta_tags_with_a_sale() {
    let page = read(
        r##"<meta property="og:type" content="product"><meta property="og:title" content="Kettle"><meta property="product:price:amount" content="49.00">
        <meta property="product:price:currency" content="SEK"><meta property="product:sale_price:amount" content="39.00"><meta name="twitter:label1" content="Availability"><meta name="twitter:data1" content="In stock">"##,
    );
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Kettle (open_graph)
    price: 39.00 (open_graph)
    list: 49.00 (open_graph)
    currency: SEK (open_graph)
    availability: InStock (open_graph)
    ");
}

#[test]
fn a_price_shown_struck_out_is_not_the_price() {
    let page = read(
        r##"<script type="application/ld+json">{"@type":"Product","name":"Boots","offers":{"price":"99.99","priceCurrency":"EUR"}}</script>
        <h1>Boots</h1><div class="price-box"><del>99,99 €</del> <span class="price-now">74,95 €</span></div><button>In den Warenkorb</button>
        <div class="related"><a href="/x">Socks <span class="price">4,99 €</span></a></div>"##,
    );
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Boots (json_ld)
    price: 74,95 € (visible)
    list: 99.99 (json_ld)
    currency: EUR (json_ld)
    availability: InStock (visible)
    ");
}

#[test]
fn visible_page_without_markup() {
    let page = read(
        r##"<title>Kugellager 6204 | Handel</title><nav><a href="/cart" class="minicart">0,00 €</a></nav>
        <div id="breadcrumb"><a href="/">Start</a> / <a href="/l">Lager</a></div><main><h1>Kugellager 6204</h1>
        <p class="preis">UVP <span>5,90 €</span></p><p class="preis"><b>3,49 €</b> <small>zzgl. 4,90 € Versand</small></p><p>Grundpreis: 34,90 € / kg</p>
        <p>Auf Lager</p><button class="add-to-cart">In den Warenkorb</button>
        <table class="staffel"><tr><th>Menge<th>Preis<tr><td>ab 10<td>3,20 €<tr><td>ab 100<td>2,80 €</table>
        <dl><dt>Ursprungsland<dd>Italien<dt>Zolltarifnummer<dd>8482 10 90<dt>Mindestbestellmenge<dd>2 Stück<dt>EAN<dd>4006381333931</dl></main>
        <aside><h3>Ähnlich</h3><span class="price">1,99 €</span></aside><footer>Versand ab 2,95 €</footer>"##,
    );
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Kugellager 6204 (visible)
    price: 3,49 € (visible)
    list: 5,90 € (visible)
    currency: € (visible)
    availability: InStock (visible)
    gtin: 4006381333931 (visible)
    category: Start > Lager (visible)
    min: 2 Stück (visible)
    hs: 8482 10 90 (visible)
    origin: Italien (visible)
    from ab 10: 3,20 €
    from ab 100: 2,80 €
    ");
}

#[test]
fn cents_raised_and_numbers_side_by_side() {
    let page = read(
        "<h1>Whisky</h1><p class=price>173<sup>34</sup> <span>Lei</span></p><button>Adaugă în coș</button>",
    );
    assert_eq!(price(&page), Some("173.34 Lei"));
    let bids = read(
        "<h1>Chair</h1><div><span class=price>$200</span><span>2 bids</span></div><button>Place bid</button>",
    );
    assert_eq!(price(&bids), Some("$200"));
}

#[test]
fn embedded_state_of_the_named_product() {
    let page = read(
        r##"<title>Blue garden hose</title><h1>Blue garden hose</h1><script id="__NEXT_DATA__" type="application/json">{"props":{"related":[{"name":"Red hose","price":5}],
        "product":{"name":"Blue garden hose","price":24.9,"currency":"EUR","sku":"GH-20"}}}</script>"##,
    );
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Blue garden hose (embedded_state)
    price: 24.9 (embedded_state)
    currency: EUR (embedded_state)
    sku: GH-20 (embedded_state)
    ");
}

#[test]
fn a_list_gives_many_and_takes_no_main_place() {
    let cards: String = (1..6)
        .map(|i| format!(r##"<li class="card"><a href="/p/{i}"><img alt="x"><h3>Lamp number {i}</h3></a><span class="price">{i}.50 €</span></li>"##))
        .collect();
    let list =
        read(&format!("<h1>Lamps</h1><ul>{cards}</ul><div class=pagination><a href='?page=2'>›</a></div>"));
    assert_eq!(list.listings.len(), 5);
    assert_eq!(list.listings[4].url.as_deref(), Some("https://shop.example/p/5"));
    assert_eq!(list.listings[4].name.as_ref().unwrap().text, "Lamp number 5");
    assert!(list.links.iter().any(|l| l.rel_next && l.url.ends_with("?page=2")));
    let product = read(&format!(
        r##"<script type="application/ld+json">{{"@type":"Product","name":"Desk","offers":{{"price":120,"priceCurrency":"EUR"}}}}</script>
        <script type="application/ld+json">{{"@type":"ItemList","itemListElement":[{{"@type":"ListItem","item":{{"@type":"Product","name":"Lamp","url":"/p/1","offers":{{"price":1.5}}}}}}]}}</script>
        <h1>Desk</h1><ul>{cards}</ul>"##
    ));
    assert_eq!(product.listings[0].name.as_ref().unwrap().text, "Desk");
    assert_eq!(price(&product), Some("120"));
    assert_eq!(product.listings.len(), 2);
}

#[test]
fn rules_prevail_and_rows_are_offers() {
    let mut rules = Rules::default();
    for (field, rule) in [("price", "td.p"), ("seller", "td.s"), ("url", "a@href")] {
        rules.fields.insert(field.into(), rule.into());
    }
    rules.item = Some("table.offers tr.row".into());
    let html = r##"<script type="application/ld+json">{"@type":"Product","name":"Phone X","gtin":"4006381333931","offers":{"price":1}}</script>
        <table class=offers><tr class=row><td class=s>A<td class=p>99 €<td><a href="/go/1">x</a><tr class=row><td class=s>B<td class=p>95 €<td><a href="/go/2">x</a></table>"##;
    let page = extract(html, Some(URL), &rules);
    assert_eq!(page.listings.len(), 2);
    assert_snapshot!(told(&page.listings[1]), @r"
    name: Phone X (json_ld)
    price: 95 € (rule)
    gtin: 4006381333931 (json_ld)
    seller: B (rule)
    ");
    assert_eq!(page.listings[1].url.as_deref(), Some("https://shop.example/go/2"));
    rules.item = None;
    rules.fields.insert("gtin".into(), "[[".into());
    rules.quantity_break = Some(".tiers li".into());
    let page = extract(
        "<h1>Y</h1><table><td class=p>7 €</table><ul class=tiers><li>10 pcs: 6 €<li>100 pcs: 5 €</ul>",
        Some(URL),
        &rules,
    );
    assert_eq!(page.listings[0].price.as_ref().unwrap().witness.syntax, Syntax::Rule);
    assert_eq!(page.listings[0].quantity_breaks.len(), 2);
    assert_eq!(invalid_selectors(&rules)[0].0, "gtin");
}

#[test]
fn links_and_what_the_page_says_of_itself() {
    let page = read(
        r##"<html lang="en-GB"><head><title> A  page </title><base href="/b/"><meta name="robots" content="NoIndex, follow"><link rel="canonical" href="https://shop.example/c"><link rel=next href="?p=2"></head>
        <a href="x">1</a><a href="x#y" rel=nofollow>2</a><a href="mailto:a@b.c">3</a><a href="javascript:x()">4</a><a rel="nofollow" href="/z">5</a>"##,
    );
    assert_eq!(page.title.as_deref(), Some("A page"));
    assert_eq!(page.language.as_deref(), Some("en-GB"));
    assert_eq!(page.canonical.as_deref(), Some("https://shop.example/c"));
    assert!(page.noindex && !page.nofollow && page.listings.is_empty());
    let links: Vec<_> = page.links.iter().map(|l| (l.url.as_str(), l.rel_next, l.nofollow)).collect();
    assert_eq!(
        links,
        [
            ("https://shop.example/b/?p=2", true, false),
            ("https://shop.example/b/x", false, false),
            ("https://shop.example/z", false, true),
        ]
    );
    assert!(
        extract("<a href='x'>1</a><a href='https://a.example/'>2</a>", None, &Rules::default()).links.len()
            == 1
    );
}

#[test]
fn feeds_and_the_pages_of_a_list_are_told_from_other_links() {
    let html = r##"<link rel=alternate type="application/rss+xml" href="/new.rss"><link rel=alternate type="application/atom+xml; charset=utf-8" href="/new.atom">
        <link rel=alternate hreflang=de href="/de"><link rel=alternate type="application/rss+xml" href="/new.rss">
        <a href="/">Home</a><a href="/imprint">Imprint</a>
        <ul class=pagination><li><b>1</b><li><a href="?page=2">2</a><li><a href="?page=3">3</a><li class=pagination-next><a class=weiter href="?page=2#top">Weiter</a></ul>
        <div class=more><a href="/tea"><span>Show everything</span></a></div>"##;
    let links = |rules: &Rules| -> Vec<(String, bool, bool)> {
        let page = extract(html, Some(URL), rules);
        page.links.into_iter().map(|l| (l.url.replace(URL, ""), l.rel_next, l.list_page)).collect()
    };
    assert_eq!(read(html).feeds, ["https://shop.example/new.rss", "https://shop.example/new.atom"]);
    let told = links(&Rules::default());
    let is = |url: &str| told.iter().find(|(u, ..)| u == url).map(|(_, next, page)| (*next, *page)).unwrap();
    assert!(is("?page=2").0 && is("?page=3") == (false, true));
    assert_eq!(is("https://shop.example/imprint"), (false, false));
    // A rule of the source prevails, also where it finds nothing.
    let ruled = |rule: &str| -> Vec<String> {
        let rules = Rules { next: Some(rule.into()), ..Rules::default() };
        links(&rules).into_iter().filter(|l| l.1).map(|l| l.0).collect()
    };
    assert_eq!(ruled(".more"), ["https://shop.example/tea"]);
    assert_eq!(ruled(".more span"), ["https://shop.example/tea"]);
    assert!(ruled(".nowhere a").is_empty());
}

#[test]
fn ladders_in_markup_and_prices_per_unit() {
    let page = read(
        r##"<script type="application/ld+json">{"@type":"Product","name":"Screws","offers":{"price":"0.50","priceCurrency":"EUR","priceSpecification":[
        {"@type":"UnitPriceSpecification","price":0.4,"eligibleQuantity":{"minValue":1000}},{"@type":"UnitPriceSpecification","price":0.5,"eligibleQuantity":{"minValue":100}}]}}</script>"##,
    );
    assert_snapshot!(told(&page.listings[0]), @r"
    name: Screws (json_ld)
    price: 0.50 (json_ld)
    currency: EUR (json_ld)
    from 100: 0.5
    from 1000: 0.4
    ");
    let loose = read("<h1>Apples</h1><p class=price>2,99 €/kg</p><button>In den Warenkorb</button>");
    assert_eq!(price(&loose), Some("2,99 €"));
    assert_eq!(loose.listings[0].price_unit.as_ref().unwrap().text, "kg");
}

#[test]
fn other_paths_than_product_paths_are_only_read_for_links() {
    let html = "<h1>Tea</h1><p class=price>3,20 €</p><button>Add to cart</button><a href=/t>t</a>";
    let mut rules = Rules::default();
    rules.product_paths.push("/goods/".into());
    assert_eq!(extract(html, Some(URL), &rules).listings.len(), 1);
    let other = extract(html, Some("https://shop.example/blog/1"), &rules);
    assert!(other.listings.is_empty() && other.links.len() == 1);
}

#[test]
fn without_links_all_else_is_the_same() {
    let html = "<html lang=de><head><title>Hose</title><base href=/shop/><link rel=canonical href=p/1>\
        <link rel=next href='?p=2'><link rel=alternate type=application/rss+xml href=/feed></head>\
        <h1>Garden hose</h1><p class=price>24,90 €</p><button>Add to cart</button><a href=p/2>Another</a>";
    let url = Some("https://shop.example/x");
    let whole = extract(html, url, &Rules::default());
    let left = super::extract_without_links(html, url, &Rules::default());
    assert_eq!((whole.links.len(), whole.feeds.len(), whole.listings.len()), (2, 1, 1));
    assert!(left.links.is_empty());
    assert_eq!(left, Extraction { links: Vec::new(), ..whole });
    let offers = super::offers(html, url, &Rules::default());
    let left = super::offers_without_links(html, url, &Rules::default());
    assert_eq!(left, Extraction { links: Vec::new(), ..offers });
}
