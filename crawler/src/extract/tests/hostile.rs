//! Pages made to hurt: no panic, no deep recursion, no more than linear time. The bound on time is
//! far above what an honest machine needs and far below what quadratic work would take.

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(10);

fn survives(html: &str) -> Extraction {
    let start = Instant::now();
    let page = read(html);
    let spent = start.elapsed();
    assert!(spent < BOUND, "{spent:?} for {} bytes", html.len());
    page
}

#[test]
fn nested_divs() {
    let page = format!("<h1>X</h1>{}<span class=price>12 €</span>", "<div>".repeat(100_000));
    survives(&page);
    survives(&"<div class=price>1 € ".repeat(100_000));
}

#[test]
fn unclosed_formatting_tables_and_items() {
    survives(&"<font size=1><p>x".repeat(60_000));
    survives(&"<table><tr><td>1 €".repeat(30_000));
    survives(&"<div itemscope itemprop='a b c d' itemtype='http://schema.org/Product'>".repeat(50_000));
    survives(&"<b><i><a href=x>1 €</b>".repeat(50_000));
    survives(&format!("<p {}>", "a=1 ".repeat(300_000)));
    survives(&format!(
        "<body id=x>{}",
        "<div itemscope itemref='x y x' itemtype='http://schema.org/Product'><i id=y itemprop=name>a"
            .repeat(20_000)
    ));
    survives(&"<dl><dt>EAN</dt><dd>".repeat(60_000));
    survives(&"<ul class=price><li class=tier>".repeat(60_000));
}

#[test]
fn five_megabytes_of_garbage() {
    // A fixed multiplicative sequence: the same garbage on every run.
    let alphabet: Vec<char> = "<>/=\"' abdivspanscript&;{}[]:0123456789.,€$é\n-!".chars().collect();
    let mut state: u64 = 0x9E37_79B9;
    let mut garbage = String::with_capacity(5_500_000);
    while garbage.len() < 5_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        garbage.push(alphabet[(state >> 33) as usize % alphabet.len()]);
    }
    survives(&garbage);
}

#[test]
fn huge_scripts_and_prices() {
    survives(&format!(
        "<script type='application/ld+json'>{}</script>",
        "[{\"@type\":\"Product\",".repeat(100_000)
    ));
    survives(&format!("<script>var price={}</script>", "({a:[".repeat(200_000)));
    survives(&format!("<script>price {}</script>", "={'a".repeat(200_000)));
    survives(&format!("<h1>X</h1><p>{}</p>", "12 € ".repeat(300_000)));
    survives(&"<span class=price>12 €</span> ".repeat(50_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_soup_of_tags(parts in proptest::collection::vec(prop_oneof![
        Just("<div class=price>"), Just("</div>"), Just("<del>"), Just("12,99 €"), Just("$5"), Just("<h1>"), Just("</h1>"), Just("<table><tr><td>"),
        Just("<script type=application/ld+json>{\"@type\":\"Product\",\"name\":\"x\",\"offers\":{\"price\":"), Just("</script>"), Just("<div itemscope itemtype=x/Product itemprop=offers>"),
        Just("<span itemprop=price>"), Just("<a href=/x>"), Just("EAN: 4006381333931"), Just("<meta property=og:price:amount content=5>"), Just("<dl><dt>"), Just("<dd>"), Just("é\u{a0}"),
    ], 0..40)) {
        let _ = read(&parts.concat());
    }
}

/// Lists without end, cards within cards, and cards whose links and prices never come together.
#[test]
fn endless_lists_take_linear_time() {
    let card = "<li class=item><a href=/p/1>Kettle of steel</a><b class=price>12,50 €</b></li>";
    let spent = |cards: usize| {
        let page = format!("<h1>Kettles</h1><ul>{}</ul>", card.repeat(cards));
        let start = Instant::now();
        survives(&page);
        start.elapsed()
    };
    let (few, many) = (spent(2_000), spent(40_000));
    assert!(many < few * 120 + Duration::from_secs(1), "{few:?} for 2,000 cards, {many:?} for 40,000");
    survives(&"<div><a href=/x>Kettle</a> 12 € ".repeat(30_000));
    survives(&format!("<h1>X</h1>{}", "<a href=/y>y</a>".repeat(100_000) + &"<p>1 €</p>".repeat(50_000)));
    survives(&"<td><a href=/z>Kettle</a><td>from 3 Pack. 12 € / Pack.".repeat(20_000));
}
