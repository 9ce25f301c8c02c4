//! The quick tree is the full parser's tree, node by node, wherever it does not refuse: on chosen
//! crooked markup, on made-up pages, and on the shared pages where they are at hand.

use super::super::flat::Flat;
use super::super::quick_tree;
use super::*;
use proptest::prelude::*;
use scraper::Html;

/// The first place where two trees differ.
fn difference(quick: &Flat<'_>, full: &Flat<'_>) -> Option<String> {
    let attributes = |flat: &Flat<'_>, range: &std::ops::Range<u32>| {
        let mut all: Vec<(String, String)> = flat.attributes[range.start as usize..range.end as usize]
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.to_string()))
            .collect();
        all.sort();
        all
    };
    let shown = |flat: &Flat<'_>, at: usize| {
        flat.nodes.get(at).map_or("nothing".to_owned(), |n| {
            let attributes = n.attributes.as_ref().map(|range| attributes(flat, range));
            // Names within SVG keep their capitals in the full parser only.
            let said = if attributes.is_some() { n.said.to_lowercase() } else { n.said.to_string() };
            format!("{said:?} {attributes:?} in {} to {}", n.parent, n.end)
        })
    };
    (0..quick.nodes.len().max(full.nodes.len()))
        .map(|at| (at, shown(quick, at), shown(full, at)))
        .find(|(_, a, b)| a != b)
        .map(|(at, a, b)| format!("node {at}: quick {a}, full {b}"))
}

/// Holds one page to the full parser; whether the quick tree took it.
fn held(html: &str) -> Result<(), &'static str> {
    let quick = quick_tree::read(html)?;
    let full = Html::parse_document(html);
    if let Some(difference) = difference(&quick, &Flat::of(&full)) {
        panic!("{difference}\n{}", &html[..html.len().min(600)]);
    }
    Ok(())
}

#[test]
fn crooked_markup_gives_the_same_nodes() {
    for html in [
        "",
        " \n",
        "text alone",
        "<!doctype html><title>a &amp; b</title><p>one<p>two",
        "<html lang=de><head><meta charset=utf-8><link rel=canonical href='/x?a=1&b=2&copy=3&copy;'></head>\n<body class=x>y</body></html>\n ",
        "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e",
        "<dl><dt>a<dd>b<dt>c</dl><p>x<div>y</p>z</div>",
        "<table><tr><td>1<td>2<tr><th>3</table><table><tbody><tr><td><table><tr><td>x</table></table>",
        "<table><caption>c<b>d</caption><colgroup><col><col></colgroup><thead><tr><th>h</thead><tr><td>x</td></tr></tfoot></table></table>",
        "<p><b>bold<p>still<i>both</b></i>",
        "<p><b><i>x</b>y</i>z",
        "<a href=1>x<a href=2>y</a>",
        "<form><div><form><input></form>x</div></form>y<form>z</form>",
        "<select><option>a<option selected>b<optgroup label=x><option>c</select><select><select>",
        "<pre>\n\nx</pre><textarea>\n<b>&lt;</textarea><xmp><b></xmp>",
        "<script>if(a<b){'</div>'}</script><style>a>b{}</style><noscript><img src=x></noscript>",
        "<script><!-- x --></script>y<iframe><p></iframe>",
        "a < b & c &lt d &notin; &noti; &#8364; &#x80; &#0; &#xffffffff; &# &#x &unknown; &amp",
        "<p title='a&lt=b&ltc&amp'>x</p><p a=1 A=2 b = 'c' d/e=f / g>",
        "<div/><br/></br></p><p></div>x",
        "<svg viewBox='0 0 1 1'><title>t</title><path d=x /><g><path></g><use xlink:href='#a'/></svg><p>y",
        "<svg><linearGradient><stop></linearGradient><style>a{}</style></svg>",
        "a<!-- c -->b<!-->c<!--->d<!-- x --!>e<!x>f<?y>g</ z>h</>i",
        "<!-- c --><!DOCTYPE html><!-- d --><html><!-- e --><head><!-- f --></head><!-- g --><body>x<!-- h --></body><!-- i -->\n</html><!-- j -->\n",
        "x</body>y</html>z",
        "<h1>a<h2>b</h3>c",
        "<button>a<p>b<button>c</button>",
        "<td>x</td><tr>y</table>",
        "<table><tr><td><p>a</td></tr></table>\n<p>x\r\ny\rz",
        "<object><b>x</object>y<b><table><tr><td>z</b></table>w",
        "<font size=1><font size=1><font size=1><font size=1><p>x</p></font></font>",
        "<head></head> <body>x",
        "<p>a</p",
        "<p>a<b class='",
        "<title>x",
        "<script>x",
        "<input type=hidden><table><input type=hidden><tr><td></table>",
        "<address><li>a<address><li>b</address><dialog><li>x</dialog>",
        "<em><span><em>x</em></span></em></em>",
        "\u{feff}<p>x",
        "<ol><li><p>a<li>b</ol></li>",
        "<main><search>x</search></main><details><summary>s</summary></details>",
        "<html a=1><body b=1>x<html a=2 c=3><body b=2 d=4>y<div><body e=5>",
        "<object><p>x</object><marquee>y</marquee></applet>",
        "<b>a<p>x</b>y</p>z",
        "<b><i><u><p>x<div>y</b>z</i>v</u>w",
        "<b><span><i>x<p>a<span>b</b>c<p>d</i>e</span>f",
        "<a href=1>x<div>y<a href=2>z</div></a>w",
        "<b><b><b><b><div><div><p>x</b></b>y</b>z</div></b>w",
        "<p><font size=1><ul><li>x</font><li>y</ul>z",
        "<form><b><div><form></b>x</form>y</div>z",
        "<nobr>a<nobr>b<div>c<nobr>d</div>e",
        "<template><p>x<b>y</template>z<template><link rel=x><script>a</script>t<div></template>",
        "<head><template><style>a</style><div><p>x</template><meta name=a></head>y",
        "<table><template><i>x<td>y</template></table>",
        "<table><tr><template>x<form></form></template><td>y<template></td><p>z</template></table>",
        "<template><form></template><form><template></form><form>x</template></form>",
        "<table><form a=b><tr><td><input></td></tr></form></table>",
        "<form><table></form><tr><td></form><form></table></form>",
        "<script>a<!-- <script>x</script> --></script>y",
        "<script><!-- <script >x</script/>y</script>z--></script>w",
        "<script><!--><script></script>x<script><!---><!-- <scripts></script>y",
        "<script><!-- <script></script></SCRIPT>x<script><!-- a -- > <script>",
        "<svg><image href=x /><template><frameset></template></svg>",
        "x<image src=a>y",
        "<template><a><object></template>x",
        "<template><html></p><p><p>",
        "x</body><html><!-- c -->y",
        "<svg>x</body><!-- c -->x",
        "<ruby>a<rt>b<rp>c<rb>d<rtc>e<rt>f</ruby><rt>g<p><rt>h",
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN' 'http://x'><p>x<table></table>y",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><p>x<table></table>",
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"><p>x<table></table>",
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://x\" ><p>x<table></table>",
    ] {
        held(html).unwrap_or_else(|refusal| panic!("{refusal}: {html}"));
    }
}

#[test]
fn what_would_move_nodes_is_refused() {
    for html in [
        "<table>x<tr><td>y</table>",
        "<table><div>x</div></table>",
        "<table><b><tr><td>x</b></table>",
        "<template><td>x</template>",
        "<div><template shadowrootmode=open>x</template></div>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 3.2//EN\"><p>x<table></table>",
        "<head></head><link rel=x>",
        "<svg><p>x",
        "<p>\0",
        "<frameset>",
    ] {
        assert!(quick_tree::read(html).is_err(), "{html}");
    }
}

#[test]
fn shared_pages_give_the_same_nodes_and_listings() {
    let Some(dir) = super::shared_pages::shared() else { return };
    let index = std::fs::read_to_string(dir.join("index.jsonl")).unwrap();
    let (mut taken, mut all) = (0, 0);
    let mut refusals: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for line in index.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = super::shared_pages::page_text(&dir, row["file"].as_str().unwrap());
        all += 1;
        match held(&text) {
            Ok(()) => taken += 1,
            Err(refusal) => *refusals.entry(refusal).or_default() += 1,
        }
        let url = row["url"].as_str();
        let rules = Rules::default();
        assert_eq!(
            extract(&text, url, &rules),
            extract_by_full_parser(&text, url, &rules),
            "{}",
            row["file"]
        );
    }
    println!("quick tree: {taken} of {all} pages; {refusals:?}");
    assert!(taken * 2 > all, "{taken} of {all}: {refusals:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn any_nesting_is_the_same_or_refused(parts in prop::collection::vec(piece(), 0..40)) {
        let _ = held(&parts.concat());
    }

    #[test]
    fn any_signs_are_the_same_or_refused(text in "[<>/=!a-c&;#x0-9\"' \n\r\t-]{0,60}") {
        let _ = held(&text);
    }
}

/// A tag, a text or a sign, of the kinds that depend on one another.
fn piece() -> impl Strategy<Value = String> {
    const NAMES: [&str; 60] = [
        "p", "div", "ul", "li", "dl", "dt", "dd", "table", "tbody", "tr", "td", "th", "caption", "colgroup",
        "col", "a", "b", "i", "font", "span", "form", "button", "select", "option", "optgroup", "h1", "h2",
        "svg", "path", "title", "br", "img", "input", "hr", "pre", "object", "body", "html", "head",
        "script", "style", "textarea", "noscript", "iframe", "nobr", "address", "section", "meta", "link",
        "template", "thead", "em", "desc", "ruby", "rt", "rtc", "image", "nobr", "a", "b",
    ];
    prop_oneof![
        6 => prop::sample::select(&NAMES[..]).prop_map(|n| format!("<{n}>")),
        4 => prop::sample::select(&NAMES[..]).prop_map(|n| format!("</{n}>")),
        1 => prop::sample::select(&NAMES[..]).prop_map(|n| format!("<{n} class='x' id=y />")),
        2 => Just("x".to_owned()),
        2 => Just("\n ".to_owned()),
        1 => Just("<!-- c -->".to_owned()),
        1 => prop::sample::select(&["<!--", "-->", "<script", "</script ", "--", ">"][..]).prop_map(str::to_owned),
        1 => Just("&lt;&nbsp;".to_owned()),
        1 => Just("<!doctype html>".to_owned()),
        1 => Just("<input type=hidden>".to_owned()),
    ]
}
