//! Time may grow with a page, and not faster: pages made to hurt, at one size and at four times it. The
//! bound is generous (a busy machine, allocation, caches) and far below what quadratic work would take:
//! sixteen times.

use super::*;
use std::time::{Duration, Instant};

/// Times the work may grow by when the page grows fourfold.
const GROWTH: u32 = 9;
/// Time that any page may take whatever its size: below it nothing is measured.
const FLOOR: Duration = Duration::from_millis(60);

/// The least of three readings.
fn spent(html: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        read(html);
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

fn grows_linearly(what: &str, page: impl Fn(usize) -> String, size: usize) {
    let (small, large) = (page(size), page(size * 4));
    let (one, four) = (spent(&small), spent(&large));
    let bound = one.max(FLOOR) * GROWTH;
    assert!(four <= bound, "{what}: {one:?} for {} bytes, {four:?} for {}", small.len(), large.len());
}

fn script(json: String) -> String {
    format!("<h1>Garden hose</h1><script type='application/ld+json'>{json}</script>")
}

#[test]
fn items_and_references() {
    grows_linearly(
        "itemscopes",
        |n| "<div itemscope itemtype='x/Product'><b itemprop=name>a</b></div>".repeat(n),
        10_000,
    );
    grows_linearly("nested items", |n| "<div itemscope itemprop=a itemtype='x/Product'>".repeat(n), 10_000);
    grows_linearly(
        "itemref cycles",
        |n| {
            (0..n)
                .map(|i| {
                    format!(
                        "<div id=a{i} itemscope itemtype='x/Product' itemref='a{} a{}'></div>",
                        (i + 1) % n,
                        i / 2
                    )
                })
                .collect()
        },
        4_000,
    );
    grows_linearly(
        "typed things",
        |n| "<div typeof='Product' property='a b c d'><i rel='x:y'>".repeat(n),
        10_000,
    );
}

#[test]
fn graphs() {
    grows_linearly(
        "@id cycles",
        |n| {
            script(format!("[{}]", (0..n).map(|i| format!(r#"{{"@type":"Product","@id":"{i}","name":"a","hasVariant":[{{"@id":"{}"}}],"isVariantOf":{{"@id":"{}"}}}}"#, (i + 1) % n, i / 2)).collect::<Vec<_>>().join(",")))
        },
        4_000,
    );
    grows_linearly(
        "products that share one list of offers",
        |n| {
            let offers = vec![r#"{"@type":"Offer","price":"1","seller":"a"}"#; n].join(",");
            let products = vec![r#"{"@type":"Product","name":"a","offers":{"@id":"o"}}"#; n].join(",");
            script(format!(
                r#"[{{"@type":"AggregateOffer","@id":"o","lowPrice":"1","offers":[{offers}]}},{products}]"#
            ))
        },
        500,
    );
    grows_linearly("nesting", |n| script(r#"{"@type":"Product","offers":["#.repeat(n)), 20_000);
    grows_linearly(
        "long keys around long lists",
        |n| script(format!(r#"{{"{}":[{}]}}"#, "k".repeat(n * 10), vec![r#"{"a":{}}"#; n].join(","))),
        5_000,
    );
    grows_linearly(
        "properties",
        |n| {
            script(format!(
                r#"{{"@type":"Product","name":"a","additionalProperty":[{}]}}"#,
                vec![r#"{"name":"EAN","value":"1"}"#; n].join(",")
            ))
        },
        10_000,
    );
}

#[test]
fn scripts() {
    let state = |body: String| format!("<h1>Garden hose</h1><script>{body}</script>");
    grows_linearly("scripts", |n| "<script>var a={price:1,name:'Garden hose'}</script>".repeat(n), 10_000);
    grows_linearly(
        "json scripts",
        |n| "<script type='application/ld+json'>{'@type':'Product'}</script>".repeat(n),
        10_000,
    );
    grows_linearly("openings", |n| state("price=[".repeat(n)), 20_000);
    grows_linearly("calls", |n| state("(function(a){return {price:".repeat(n)), 5_000);
    grows_linearly("parsed texts", |n| state(r#"JSON.parse("{\"price\":1}");"#.repeat(n)), 10_000);
    grows_linearly("unclosed texts", |n| state(r#"JSON.parse("{price"#.repeat(n)), 10_000);
    grows_linearly("quotes", |n| state(format!("price={{a:\"{}", "\" ".repeat(n))), 50_000);
    grows_linearly(
        "entities",
        |n| script(format!("{{&quot;a&quot;:&quot;{}&quot;}}", "&amp;&".repeat(n))),
        50_000,
    );
    grows_linearly("comments", |n| script(format!("{{{}", "/*a*/,//b\n".repeat(n))), 50_000);
    grows_linearly(
        "parameters",
        |n| {
            let names: Vec<String> = (0..n).map(|i| format!("a{i}")).collect();
            let values = vec!["'x'"; n].join(",");
            state(format!(
                "__NUXT__=(function({}){{return {{price:[{}]}}}}({values}))",
                names.join(","),
                names.join(",")
            ))
        },
        5_000,
    );
}

#[test]
fn tags_and_attributes() {
    grows_linearly(
        "meta tags",
        |n| {
            (0..n)
                .map(|i| {
                    format!(
                        "<meta name='twitter:label{i}' content=price><meta name='twitter:data{i}' content=5>"
                    )
                })
                .collect()
        },
        5_000,
    );
    grows_linearly(
        "variations",
        |n| {
            format!(
                "<form data-product_variations='[{}]'><button>Add to cart</button></form>",
                vec![r#"{"display_price":1}"#; n].join(",")
            )
        },
        10_000,
    );
    grows_linearly(
        "titles",
        |n| {
            format!(
                "<title>{}</title>{}",
                "hose ".repeat(n),
                "<script>x={name:'hose hose',price:1}</script>".repeat(n / 50)
            )
        },
        20_000,
    );
}

#[test]
fn what_trees_are_made_of() {
    grows_linearly("blocks in formatting", |n| "<b><p>x</b>y</p>".repeat(n), 6_000);
    grows_linearly("one block moved again and again", |n| format!("<div>{}", "<b><p>x</b>".repeat(n)), 6_000);
    grows_linearly("formatting around all", |n| format!("<b>{}</b>", "<i><div>x</i></div>".repeat(n)), 6_000);
    grows_linearly("templates", |n| "<template><i><p>x</template>".repeat(n), 6_000);
    grows_linearly("nested templates", |n| "<template><b>".repeat(n), 6_000);
    grows_linearly("comments of a script", |n| format!("<script>{}", "<!-- <script> -->".repeat(n)), 6_000);
    grows_linearly("open comments of a script", |n| format!("<script>{}", "<!-- <script>".repeat(n)), 6_000);
    grows_linearly("links", |n| (0..n).map(|i| format!("<a href=/p/{i}>x</a>")).collect(), 5_000);
    grows_linearly("classes", |n| (0..n).map(|i| format!("<i class='price-{i}'>1 €</i>")).collect(), 5_000);
}
