//! Learns the weights of `extract/next_link_weights.rs` from annotated pages and measures them by
//! cross-validation over sites, beside simpler rules. Run by `tests/bench/next_links.sh`.
//!
//! `next_links DIR [--write]`: DIR holds `index.jsonl` and the pages of the set `autopager`, with
//! selectors of their pagers by hand. Prints a line of JSON a page with the address each way of
//! looking gives, and on standard error how often each is right.

use crawler::extract::next_link::{Features, LEAST_NEXT, LEAST_NUMBERED, NAMES, features, judge};
use crawler::{decode, extract};
use model::Rules;
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::path::Path;
use url::Url;

/// Parts of the cross-validation; the pages of one site are all in one part.
const PARTS: usize = 10;
/// Strength of the pull of weights to zero, fixed beforehand.
const PULL: f64 = 1.0;

struct Page {
    file: String,
    part: usize,
    links: Vec<Link>,
    /// Addresses that the annotators marked.
    next: BTreeSet<String>,
    numbered: BTreeSet<String>,
    /// What the program as it stands gives.
    built: Option<String>,
    built_numbered: BTreeSet<String>,
    /// Links that can be followed, and microseconds to find and judge the pager's among them.
    all: usize,
    cost: f64,
}

struct Link {
    url: String,
    features: Features,
    is_next: bool,
    is_numbered: bool,
}

type Weights = [f64; NAMES.len()];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("give the folder of index.jsonl")?;
    let pages = pages(Path::new(folder))?;
    let all: Vec<&Link> = pages.iter().flat_map(|p| &p.links).collect();
    eprintln!(
        "{} pages, {} with a next link; {} links that may be a pager's, {} next, {} numbered",
        pages.len(),
        pages.iter().filter(|p| !p.next.is_empty()).count(),
        all.len(),
        all.iter().filter(|l| l.is_next).count(),
        all.iter().filter(|l| l.is_numbered).count()
    );
    let lost = |p: &&Page| !p.next.is_empty() && !p.links.iter().any(|l| p.next.contains(&l.url));
    for page in pages.iter().filter(lost) {
        eprintln!("the next link is not among the links looked at: {}", page.file);
    }
    if arguments.iter().any(|a| a == "--write") {
        write_weights(&learn(&all, |l| l.is_next), &learn(&all, |l| l.is_numbered))?;
    }

    let mut ways: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::new();
    let mut numbered = [0usize; 3];
    for part in 0..PARTS {
        let others: Vec<&Link> = pages.iter().filter(|p| p.part != part).flat_map(|p| &p.links).collect();
        let (next, number) = (learn(&others, |l| l.is_next), learn(&others, |l| l.is_numbered));
        for (at, page) in pages.iter().enumerate().filter(|(_, p)| p.part == part) {
            let picks = ways.entry("learned, by cross-validation").or_insert_with(|| vec![None; pages.len()]);
            picks[at] = best(&page.links, &next);
            let found: BTreeSet<String> = page
                .links
                .iter()
                .filter(|l| chance(&l.features, &number) >= LEAST_NUMBERED)
                .map(|l| l.url.clone())
                .collect();
            let right = found.intersection(&page.numbered).count();
            numbered[0] += right;
            numbered[1] += found.len() - right;
            numbered[2] += page.numbered.len() - right;
        }
    }
    let rules: [(&str, &[&[&str]]); 4] = [
        ("a word for next", &[&["text next"], &["label next"]]),
        ("rel=next", &[&["rel next"], &["head names it next"]]),
        ("one page on in the address", &[&["counts forward", "nearest forward"]]),
        (
            "rel=next, else one page on",
            &[&["rel next"], &["head names it next"], &["counts forward", "nearest forward"]],
        ),
    ];
    for (name, rule) in rules {
        ways.insert(name, pages.iter().map(|p| first(&p.links, rule)).collect());
    }
    ways.insert("as built (learned from these pages)", pages.iter().map(|p| p.built.clone()).collect());
    for (name, picks) in &ways {
        eprintln!("{}", score(name, &pages, picks));
    }
    eprintln!("{}", figures("numbered links, by cross-validation", numbered[0], numbered[1], numbered[2]));
    let mut built = [0usize; 3];
    for page in &pages {
        let right = page.built_numbered.intersection(&page.numbered).count();
        built[0] += right;
        built[1] += page.built_numbered.len() - right;
        built[2] += page.numbered.len() - right;
    }
    eprintln!("{}", figures("numbered links, as built", built[0], built[1], built[2]));
    for (name, bare) in [("without", true), ("with", false)] {
        let mut costs: Vec<(f64, usize)> = pages
            .iter()
            .filter(|p| (p.next.is_empty() && p.numbered.is_empty()) == bare)
            .map(|p| (p.cost, p.all))
            .collect();
        costs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (sum, links) = costs.iter().fold((0.0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
        eprintln!(
            "{} pages {name} a pager: median {:.1} µs a page, {:.0} ns a link",
            costs.len(),
            costs[costs.len() / 2].0,
            sum * 1000.0 / links.max(1) as f64
        );
    }
    product_pages(Path::new(folder))?;
    for (at, page) in pages.iter().enumerate() {
        let picks: BTreeMap<&str, &Option<String>> = ways.iter().map(|(n, p)| (*n, &p[at])).collect();
        println!("{}", json!({"file": page.file, "part": page.part, "next": page.next, "picks": picks}));
    }
    Ok(())
}

fn pages(folder: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let index = std::io::BufReader::new(std::fs::File::open(folder.join("index.jsonl"))?);
    let mut pages = Vec::new();
    for line in index.lines() {
        let row: Value = serde_json::from_str(&line?)?;
        if row["set"] == "autopager" {
            pages.push(read_page(folder, &row)?);
        }
    }
    // Sites in an order of their own, dealt out one by one.
    let mut sites: Vec<String> = pages.iter().map(|p: &(String, Page)| p.0.clone()).collect();
    sites.sort_by_key(|site| (fnv(site), site.clone()));
    sites.dedup();
    let part = |site: &String| sites.iter().position(|s| s == site).map_or(0, |at| at % PARTS);
    Ok(pages.into_iter().map(|(site, page)| Page { part: part(&site), ..page }).collect())
}

/// What the search for a pager costs on product pages, which have none.
fn product_pages(folder: &Path) -> Result<(), Box<dyn Error>> {
    let index = std::io::BufReader::new(std::fs::File::open(folder.join("index.jsonl"))?);
    let mut costs = Vec::new();
    for line in index.lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let (Some(file), Some(url), true) =
            (row["file"].as_str(), row["url"].as_str(), row["kind"] == "product")
        else {
            continue;
        };
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(folder.join(file))?).read_to_end(&mut bytes)?;
        let html = decode::to_text(&bytes, None)?.text;
        let page = Url::parse(url)?;
        let mut best = f64::INFINITY;
        let (mut all, mut few) = (0, 0);
        for _ in 0..7 {
            let found = extract::pager_links(&html, url);
            let anchors: Vec<_> = found.links.into_iter().map(|(_, a)| a).collect();
            (all, few) = (found.all, anchors.len());
            let begun = std::time::Instant::now();
            judge(&page, found.head.as_ref(), &anchors);
            best = best.min((found.gathering + begun.elapsed()).as_secs_f64() * 1e6);
        }
        costs.push((best, all, few));
    }
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let links: usize = costs.iter().map(|c| c.1).sum();
    eprintln!(
        "{} product pages: {} links a page, {} of them looked at closely; median {:.1} µs a page, {:.0} ns a link",
        costs.len(),
        links / costs.len().max(1),
        costs.iter().map(|c| c.2).sum::<usize>() / costs.len().max(1),
        costs[costs.len() / 2].0,
        costs.iter().map(|c| c.0).sum::<f64>() * 1000.0 / links.max(1) as f64
    );
    Ok(())
}

fn read_page(folder: &Path, row: &Value) -> Result<(String, Page), Box<dyn Error>> {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let (file, url) = (text("file"), text("url"));
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(folder.join(&file))?).read_to_end(&mut bytes)?;
    let html = decode::to_text(&bytes, Some(&format!("text/html; charset={}", text("encoding"))))?.text;
    let extract::PagerLinks { head, all, links: found, .. } = extract::pager_links(&html, &url);
    let page = Url::parse(&url)?;
    let anchors: Vec<_> = found.iter().map(|(_, a)| a.clone()).collect();
    let all_features = features(&page, head.as_ref(), &anchors);
    // The best of several runs: other work on the machine only adds.
    let mut cost = f64::INFINITY;
    for _ in 0..7 {
        let gathering = extract::pager_links(&html, &url).gathering;
        let begun = std::time::Instant::now();
        judge(&page, head.as_ref(), &anchors);
        cost = cost.min((gathering + begun.elapsed()).as_secs_f64() * 1e6);
    }

    let tree = Html::parse_document(&html);
    let links = Selector::parse("a, area").map_err(|e| e.to_string())?;
    let elements: Vec<ElementRef<'_>> = tree.select(&links).collect();
    let place: BTreeMap<_, usize> = elements.iter().enumerate().map(|(at, e)| (e.id(), at)).collect();
    let base = tree
        .select(&Selector::parse("base[href]").map_err(|e| e.to_string())?)
        .find_map(|b| page.join(b.value().attr("href")?).ok())
        .unwrap_or_else(|| page.clone());
    // As the annotators' tool reads its selectors: the link around what they select, else the
    // links inside.
    let marked = |keys: &[&str]| -> (BTreeSet<usize>, BTreeSet<String>) {
        let mut places = BTreeSet::new();
        for key in keys {
            let css = row["expected"][*key].as_str().unwrap_or_default();
            let Ok(selector) = Selector::parse(css) else { continue };
            for element in tree.select(&selector) {
                let around: Vec<usize> = std::iter::once(element)
                    .chain(element.ancestors().filter_map(ElementRef::wrap))
                    .filter_map(|e| place.get(&e.id()).copied())
                    .collect();
                match around.first() {
                    Some(&at) => drop(places.insert(at)),
                    None => places
                        .extend(element.descendent_elements().filter_map(|e| place.get(&e.id()).copied())),
                }
            }
        }
        // Only what can be followed: scripts' links and links to the page itself lead nowhere.
        let urls = places
            .iter()
            .filter_map(|&at| elements[at].value().attr("href"))
            .filter(|href| !href.trim().starts_with('#'))
            .filter_map(|href| base.join(href.trim()).ok())
            .filter(|u| matches!(u.scheme(), "http" | "https"))
            .map(|mut u| {
                u.set_fragment(None);
                u
            })
            .filter(|u| *u != without_fragment(&page))
            .map(String::from)
            .collect();
        (places, urls)
    };
    let (next_places, next) = marked(&["next_css"]);
    let (numbered_places, numbered) = marked(&["page_css", "first_css", "last_css"]);
    let built = extract::extract(&html, Some(&url), &Rules::default());
    let read = Page {
        file,
        part: 0,
        links: found
            .iter()
            .zip(all_features)
            .map(|((at, anchor), features)| Link {
                url: String::from(anchor.url.clone()),
                features,
                is_next: next_places.contains(at),
                is_numbered: numbered_places.contains(at),
            })
            .collect(),
        next,
        numbered,
        built: built.links.iter().find(|l| l.rel_next).map(|l| l.url.clone()),
        built_numbered: built.links.iter().filter(|l| l.list_page).map(|l| l.url.clone()).collect(),
        all,
        cost,
    };
    let host = page.host_str().unwrap_or_default().to_owned();
    let domain = psl::domain_str(&host).unwrap_or(&host);
    // One shop in two countries is one site.
    let site = domain.split('.').next().unwrap_or_default();
    Ok((site.split('-').next().unwrap_or(site).to_owned(), read))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn chance(features: &Features, weights: &Weights) -> f64 {
    let sum: f64 = features.iter().zip(weights).filter(|(has, _)| **has).map(|(_, w)| w).sum();
    1.0 / (1.0 + f64::exp(-sum))
}

fn best(links: &[Link], weights: &Weights) -> Option<String> {
    let mut best: Option<(f64, &Link)> = None;
    for link in links {
        let chance = chance(&link.features, weights);
        if chance >= LEAST_NEXT && best.is_none_or(|(known, _)| chance > known) {
            best = Some((chance, link));
        }
    }
    best.map(|(_, link)| link.url.clone()).or_else(|| first(links, &[&["rel next"]]))
}

/// The first link that has all features of the first line that any link has.
fn first(links: &[Link], rule: &[&[&str]]) -> Option<String> {
    let has =
        |link: &Link, name: &str| NAMES.iter().position(|n| *n == name).is_some_and(|i| link.features[i]);
    rule.iter()
        .find_map(|line| links.iter().find(|l| line.iter().all(|name| has(l, name))))
        .map(|link| link.url.clone())
}

/// Logistic regression by Newton's method, weights pulled to zero but for the constant one.
fn learn(links: &[&Link], target: impl Fn(&Link) -> bool) -> Weights {
    const N: usize = NAMES.len();
    let mut weights = [0.0; N];
    let rows: Vec<(Vec<usize>, f64)> = links
        .iter()
        .map(|l| ((0..N).filter(|&i| l.features[i]).collect(), f64::from(u8::from(target(l)))))
        .collect();
    for _ in 0..30 {
        let mut slope = vec![0.0; N];
        let mut curve = vec![vec![0.0; N]; N];
        for i in 0..N {
            let pull = if i == 0 { 1e-6 } else { PULL };
            slope[i] = pull * weights[i];
            curve[i][i] = pull;
        }
        for (has, wanted) in &rows {
            let sum: f64 = has.iter().map(|&i| weights[i]).sum();
            let p = 1.0 / (1.0 + f64::exp(-sum));
            for &i in has {
                slope[i] += p - wanted;
                for &j in has {
                    curve[i][j] += p * (1.0 - p);
                }
            }
        }
        let step = solve(curve, slope);
        for (weight, by) in weights.iter_mut().zip(&step) {
            *weight -= by;
        }
        if step.iter().all(|s| s.abs() < 1e-9) {
            break;
        }
    }
    weights
}

/// Gauss's elimination; the matrix is positive definite.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for row in i + 1..n {
            let factor = matrix[row][i] / matrix[i][i];
            if factor != 0.0 {
                let (above, below) = matrix.split_at_mut(row);
                for (b, a) in below[0][i..].iter_mut().zip(&above[i][i..]) {
                    *b -= factor * a;
                }
                right[row] -= factor * right[i];
            }
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right
}

fn score(name: &str, pages: &[Page], picks: &[Option<String>]) -> String {
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for (page, pick) in pages.iter().zip(picks) {
        match pick {
            Some(url) if page.next.contains(url) => right += 1,
            Some(_) => {
                wrong += 1;
                missed += usize::from(!page.next.is_empty());
            }
            None => missed += usize::from(!page.next.is_empty()),
        }
    }
    figures(name, right, wrong, missed)
}

fn figures(name: &str, right: usize, wrong: usize, missed: usize) -> String {
    let part = |of: usize| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    let (precision, recall) = (part(right + wrong), part(right + missed));
    let f1 = 2.0 * right as f64 / (2 * right + wrong + missed).max(1) as f64;
    format!(
        "{name:<40} right {right:>3}  wrong {wrong:>3}  missed {missed:>3}  precision {precision:.3}  recall {recall:.3}  F1 {f1:.3}"
    )
}

fn write_weights(next: &Weights, numbered: &Weights) -> Result<(), Box<dyn Error>> {
    let mut out = String::from(
        "//! What `next_link` has learned: per feature its name and the weights for \"next page\" and for\n//! \"numbered page\". Written by `crawler/examples/next_links.rs`; not to be changed by hand.\n\n/// Name, weight for the next page, weight for a numbered page (log odds).\npub(super) const WEIGHTS: [(&str, f64, f64); super::next_link::NAMES.len()] = [\n",
    );
    for ((name, next), numbered) in NAMES.iter().zip(next).zip(numbered) {
        // No negative zero.
        writeln!(out, "    ({name:?}, {:.3}, {:.3}),", next + 0.0, numbered + 0.0)?;
    }
    out.push_str("];\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/extract/next_link_weights.rs");
    std::fs::write(file, out.replace("-0.000", "0.000"))?;
    Ok(())
}
