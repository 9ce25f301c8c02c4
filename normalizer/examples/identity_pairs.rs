//! Measures the comparison of titles on pairs with known answers, and trains its weights.
//!
//! `cargo run --release -p normalizer --example identity_pairs -- OFFERS.jsonl.gz [--train]`
//!
//! Two tests. *Offers*: names of products (with their resolution) against the words of the links
//! under which shops offer them, and links of one product at two shops; hard negatives are the
//! products of the same brand whose names are most alike. Brands are split into a training and a
//! test part. *Titles*: `normalizer/tests/identity/titles.tsv`, every pair within a family; odd
//! families train, even families test. Thresholds, of the baselines too, come from the training
//! part. Prints JSON; with `--train`, the weights as well, on stderr.

#![allow(clippy::unwrap_used)]

use normalizer::identity::{self, FEATURES, Title};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::time::Instant;

/// Most links of one product that are used: a product of sixty shops says no more than one of eight.
const LINKS: usize = 8;
/// Neighbouring products each link is held against.
const NEIGHBOURS: usize = 3;

struct Pair {
    a: usize,
    b: usize,
    same: bool,
    /// What is drawn together in the bootstrap: the product or family.
    unit: usize,
    train: bool,
}

/// Titles and pairs of one test.
#[derive(Default)]
struct Test {
    texts: Vec<String>,
    titles: Vec<Title>,
    pairs: Vec<Pair>,
}

fn brand_in_training(brand: &str) -> bool {
    let hash = brand
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 17) & 1 == 0
}

fn trigrams(text: &str) -> HashSet<String> {
    let chars: Vec<char> = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    chars.windows(3).map(|w| w.iter().collect()).collect()
}

fn jaccard<T: std::hash::Hash + Eq>(a: &HashSet<T>, b: &HashSet<T>) -> f64 {
    let shared = a.intersection(b).count() as f64;
    shared / (a.len() as f64 + b.len() as f64 - shared).max(1.0)
}

fn path_words(link: &str) -> String {
    let path = link.split_once("://").map_or(link, |p| p.1).split_once('/').map_or("", |p| p.1);
    path.split('?').next().unwrap().to_owned()
}

fn offers(path: &str) -> (Test, Value) {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut test = Test::default();
    let (mut links, mut wordless) = (0u32, 0u32);
    // Of each product: its name's position, its links' positions.
    let mut products: Vec<(String, String, usize, Vec<usize>)> = Vec::new();
    for row in &rows {
        let name = row["name"].as_str().unwrap().to_owned();
        let brand = name.split(' ').next().unwrap().to_lowercase();
        let resolution =
            row["spec"]["Auflösung"].as_str().unwrap_or("").split(',').next().unwrap_or("").to_owned();
        let full = format!("{name} {resolution}");
        let at = test.titles.len();
        test.titles.push(Title::read(&full, None));
        test.texts.push(full);
        let (mut mine, mut seen) = (Vec::new(), HashSet::new());
        for offer in row["offers"].as_array().unwrap() {
            let link = offer["link"].as_str().unwrap();
            links += 1;
            let Some(title) = Title::of_address(link) else {
                wordless += 1;
                continue;
            };
            if mine.len() < LINKS && seen.insert(offer["shop"].as_str().unwrap().to_owned()) {
                mine.push(test.titles.len());
                test.titles.push(title);
                test.texts.push(path_words(link));
            }
        }
        products.push((brand, name, at, mine));
    }
    let grams: Vec<HashSet<String>> = products.iter().map(|p| trigrams(&p.1)).collect();
    for (unit, (brand, name, at, mine)) in products.iter().enumerate() {
        let train = brand_in_training(brand);
        let mut near: Vec<(f64, usize)> = (0..products.len())
            .filter(|&o| o != unit && products[o].0 == *brand && products[o].1 != *name)
            .map(|o| (jaccard(&grams[unit], &grams[o]), o))
            .collect();
        near.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        near.truncate(NEIGHBOURS);
        for &link in mine {
            test.pairs.push(Pair { a: *at, b: link, same: true, unit, train });
            for &(_, other) in &near {
                test.pairs.push(Pair { a: products[other].2, b: link, same: false, unit, train });
            }
        }
        for pair in mine.windows(2) {
            test.pairs.push(Pair { a: pair[0], b: pair[1], same: true, unit, train });
        }
        for (link, &(_, other)) in mine.iter().zip(&near) {
            if let Some(&theirs) = products[other].3.first() {
                test.pairs.push(Pair { a: *link, b: theirs, same: false, unit, train });
            }
        }
    }
    let about = json!({ "products": products.len(), "links": links, "links_without_words": wordless });
    (test, about)
}

fn titles() -> Test {
    let text = include_str!("../tests/identity/titles.tsv");
    let mut test = Test::default();
    let mut families: BTreeMap<usize, Vec<(String, usize)>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let at = test.titles.len();
        test.titles.push(Title::read(cells[3], None));
        test.texts.push(cells[3].to_owned());
        families.entry(cells[0].parse().unwrap()).or_default().push((cells[1].to_owned(), at));
    }
    for (family, members) in families {
        for (i, (product, a)) in members.iter().enumerate() {
            for (other, b) in &members[i + 1..] {
                test.pairs.push(Pair {
                    a: *a,
                    b: *b,
                    same: product == other,
                    unit: family,
                    train: family % 2 == 1,
                });
            }
        }
    }
    test
}

/// Logistic regression by Newton's method, with a small ridge that keeps rare features in bounds.
fn train(rows: &[([f64; FEATURES], bool, f64)]) -> [f64; FEATURES] {
    let mut w = [0.0; FEATURES];
    for _ in 0..50 {
        let mut gradient = [0.0; FEATURES];
        let mut hessian = [[0.0; FEATURES]; FEATURES];
        for (x, same, weight) in rows {
            let p = identity::probability(x, &w);
            let miss = f64::from(u8::from(*same)) - p;
            for i in 0..FEATURES {
                gradient[i] += weight * miss * x[i];
                for j in 0..FEATURES {
                    hessian[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
        for i in 0..FEATURES {
            let ridge = if i == 0 { 1e-3 } else { 4.0 };
            gradient[i] -= ridge * w[i];
            hessian[i][i] += ridge;
        }
        let step = solve(hessian, gradient);
        (0..FEATURES).for_each(|i| w[i] += step[i]);
        if step.iter().map(|s| s.abs()).fold(0.0, f64::max) < 1e-9 {
            break;
        }
    }
    w
}

#[allow(clippy::needless_range_loop)] // Two rows of one matrix at a time.
fn solve(mut m: [[f64; FEATURES]; FEATURES], mut v: [f64; FEATURES]) -> [f64; FEATURES] {
    for i in 0..FEATURES {
        let pivot = (i..FEATURES).max_by(|a, b| m[*a][i].abs().total_cmp(&m[*b][i].abs())).unwrap();
        m.swap(i, pivot);
        v.swap(i, pivot);
        for r in i + 1..FEATURES {
            let factor = m[r][i] / m[i][i];
            for c in i..FEATURES {
                m[r][c] -= factor * m[i][c];
            }
            v[r] -= factor * v[i];
        }
    }
    for i in (0..FEATURES).rev() {
        for c in i + 1..FEATURES {
            v[i] -= m[i][c] * v[c];
        }
        v[i] /= m[i][i];
    }
    v
}

/// Right, wrong and missed "same" answers.
fn counts(scored: &[(f64, bool, usize)], threshold: f64) -> (f64, f64, f64) {
    let mut out = (0.0, 0.0, 0.0);
    for (score, same, _) in scored {
        match (*score >= threshold, *same) {
            (true, true) => out.0 += 1.0,
            (true, false) => out.1 += 1.0,
            (false, true) => out.2 += 1.0,
            _ => {}
        }
    }
    out
}

fn figures((tp, fp, missed): (f64, f64, f64)) -> [f64; 3] {
    let p = if tp + fp > 0.0 { tp / (tp + fp) } else { 1.0 };
    let r = if tp + missed > 0.0 { tp / (tp + missed) } else { 1.0 };
    [p, r, if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }]
}

/// Precision, recall and F1 with 95 % intervals of 1,000 draws of whole products or families.
fn measured(scored: &[(f64, bool, usize)], threshold: f64) -> Value {
    let mut units: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for row in scored {
        let one = counts(std::slice::from_ref(row), threshold);
        let sum = units.entry(row.2).or_default();
        *sum = (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2);
    }
    let units: Vec<(f64, f64, f64)> = units.into_values().collect();
    let mut state = 20_231_001u64;
    let mut draws: [Vec<f64>; 3] = Default::default();
    for _ in 0..1000 {
        let mut sum = (0.0, 0.0, 0.0);
        for _ in 0..units.len() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let u = units[((state >> 33) as usize) % units.len()];
            sum = (sum.0 + u.0, sum.1 + u.1, sum.2 + u.2);
        }
        for (draws, value) in draws.iter_mut().zip(figures(sum)) {
            draws.push(value);
        }
    }
    let whole = counts(scored, threshold);
    let values = figures(whole);
    let round = |x: f64| (x * 1000.0).round() / 1000.0;
    let mut out = serde_json::Map::new();
    for ((name, value), draws) in ["precision", "recall", "f1"].iter().zip(values).zip(&mut draws) {
        draws.sort_by(f64::total_cmp);
        out.insert((*name).to_owned(), json!([round(value), round(draws[25]), round(draws[974])]));
    }
    out.insert("pairs".into(), json!(scored.len()));
    out.insert("same".into(), json!(scored.iter().filter(|r| r.1).count()));
    out.insert("threshold".into(), json!(round(threshold)));
    Value::Object(out)
}

/// The threshold with the best F1.
fn best_f1(scored: &[(f64, bool, usize)]) -> f64 {
    let key = |t: &f64| figures(counts(scored, *t))[2];
    (1..100).map(|i| f64::from(i) / 100.0).max_by(|a, b| key(a).total_cmp(&key(b))).unwrap()
}

/// The lowest threshold at which precision is at least `least`.
fn precise(scored: &[(f64, bool, usize)], least: f64) -> f64 {
    (1..1000).map(|i| f64::from(i) / 1000.0).find(|t| figures(counts(scored, *t))[0] >= least).unwrap_or(1.0)
}

fn part(test: &Test, train: bool, score: &dyn Fn(usize, usize) -> f64) -> Vec<(f64, bool, usize)> {
    test.pairs.iter().filter(|p| p.train == train).map(|p| (score(p.a, p.b), p.same, p.unit)).collect()
}

/// Expected calibration error in ten bins, and the Brier score.
fn calibration(scored: &[(f64, bool, usize)]) -> Value {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    let mut brier = 0.0;
    for (score, same, _) in scored {
        let bin = &mut bins[((score * 10.0) as usize).min(9)];
        let truth = f64::from(u8::from(*same));
        *bin = (bin.0 + 1.0, bin.1 + score, bin.2 + truth);
        brier += (score - truth).powi(2);
    }
    let n = scored.len() as f64;
    let ece: f64 = bins.iter().map(|b| (b.1 - b.2).abs()).sum::<f64>() / n;
    json!({ "ece": (ece * 1e4).round() / 1e4, "brier": (brier / n * 1e4).round() / 1e4 })
}

fn baselines(test: &Test) -> Vec<(&'static str, Vec<f64>)> {
    let sets: Vec<HashSet<String>> = test
        .texts
        .iter()
        .map(|t| normalizer::text::tokens(&t.replace(['-', '_', '/'], " ")).into_iter().collect())
        .collect();
    let mut df: HashMap<&str, f64> = HashMap::new();
    for word in sets.iter().flatten() {
        *df.entry(word).or_default() += 1.0;
    }
    let n = sets.len() as f64;
    let idf = |word: &str| (n / df[word]).ln();
    let norm = |set: &HashSet<String>| {
        let mut words: Vec<&String> = set.iter().collect();
        words.sort();
        words.iter().map(|w| idf(w).powi(2)).sum::<f64>().sqrt()
    };
    let norms: Vec<f64> = sets.iter().map(norm).collect();
    let cosine = |a: usize, b: usize| {
        let mut shared: Vec<&String> = sets[a].intersection(&sets[b]).collect();
        shared.sort();
        let dot: f64 = shared.iter().map(|w| idf(w).powi(2)).sum();
        dot / (norms[a] * norms[b]).max(1e-9)
    };
    vec![
        ("token_jaccard", test.pairs.iter().map(|p| jaccard(&sets[p.a], &sets[p.b])).collect()),
        ("tfidf_cosine", test.pairs.iter().map(|p| cosine(p.a, p.b)).collect()),
    ]
}

fn report(test: &Test) -> Value {
    let score = |a: usize, b: usize| identity::score(&test.titles[a], &test.titles[b]);
    let (train, judged) = (part(test, true, &score), part(test, false, &score));
    let mut out = json!({
        "training": measured(&train, identity::SAME_FROM),
        "test": measured(&judged, identity::SAME_FROM),
        "test_calibration": calibration(&judged),
        "test_unsure_share": judged.iter()
            .filter(|r| identity::answer(r.0) == identity::Answer::Unsure).count() as f64 / judged.len() as f64,
        "test_at_best_f1": measured(&judged, best_f1(&train)),
    });
    for (name, scores) in baselines(test) {
        let of = |train: bool| -> Vec<(f64, bool, usize)> {
            test.pairs
                .iter()
                .zip(&scores)
                .filter(|(p, _)| p.train == train)
                .map(|(p, s)| (*s, p.same, p.unit))
                .collect()
        };
        let (train, judged) = (of(true), of(false));
        out[name] = json!({
            "test_at_best_f1": measured(&judged, best_f1(&train)),
            "test_at_same_training_precision": measured(&judged, precise(&train, 0.98)),
        });
    }
    out
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let path = args.iter().find(|a| !a.starts_with("--")).expect("the file of offers");
    let has = |flag: &str| args.iter().any(|a| a == flag);
    let (offers, about) = offers(path);
    let titles = titles();
    if has("--train") {
        let mut rows = Vec::new();
        for test in [&offers, &titles] {
            let mine: Vec<&Pair> = test.pairs.iter().filter(|p| p.train).collect();
            // Matches weigh as much as all neighbours together; of the two tests, the offers three
            // times the titles, of which there are few.
            let share = |same: bool| mine.iter().filter(|p| p.same == same).count() as f64;
            let mass = if std::ptr::eq(test, &offers) { 1500.0 } else { 500.0 };
            for pair in &mine {
                let (a, b) = (&test.titles[pair.a], &test.titles[pair.b]);
                if identity::score(a, b) == 0.005 || identity::score(a, b) == 0.999 {
                    continue;
                }
                rows.push((identity::features(a, b), pair.same, mass / share(pair.same)));
            }
        }
        let weights = train(&rows);
        for w in weights {
            eprintln!("    {w:.4},");
        }
        for (name, test) in [("offers", &offers), ("titles", &titles)] {
            let scored = part(test, true, &|a, b| {
                let (a, b) = (&test.titles[a], &test.titles[b]);
                let fixed = identity::score(a, b);
                if fixed == 0.005 || fixed == 0.999 {
                    fixed
                } else {
                    identity::probability(&identity::features(a, b), &weights)
                }
            });
            for least in [0.9, 0.95, 0.96, 0.97, 0.98] {
                let t = precise(&scored, least);
                let recall = figures(counts(&scored, t))[1];
                eprintln!("{name}: training precision {least} from {t:.3} on, recall {recall:.3}");
            }
        }
    }
    if has("--errors") {
        for test in [&offers, &titles] {
            for p in test.pairs.iter().filter(|p| p.train) {
                let c = identity::compare(&test.titles[p.a], &test.titles[p.b]);
                if p.same != (c.answer == identity::Answer::Same) {
                    eprintln!(
                        "{} {:.3} {:?} | {} | {}",
                        p.same, c.score, c.why, test.texts[p.a], test.texts[p.b]
                    );
                }
            }
        }
    }
    let started = Instant::now();
    let rounds = 5;
    let mut sum = 0.0;
    for _ in 0..rounds {
        sum += offers
            .pairs
            .iter()
            .map(|p| identity::score(&offers.titles[p.a], &offers.titles[p.b]))
            .sum::<f64>();
    }
    let pairs_per_second = (rounds * offers.pairs.len()) as f64 / started.elapsed().as_secs_f64();
    let started = Instant::now();
    let read: usize = offers.texts.iter().map(|t| usize::from(Title::read(t, None).brand().is_some())).sum();
    let titles_per_second = offers.texts.len() as f64 / started.elapsed().as_secs_f64();
    let started = Instant::now();
    let candidates = identity::candidates(&offers.titles);
    let blocking = offers.titles.len() as f64 / started.elapsed().as_secs_f64();
    let found: HashSet<(usize, usize)> = candidates.iter().copied().collect();
    let reachable: Vec<&Pair> = offers.pairs.iter().filter(|p| p.same).collect();
    let reached = reachable.iter().filter(|p| found.contains(&(p.a.min(p.b), p.a.max(p.b)))).count();
    let started = Instant::now();
    let groups = identity::groups(&offers.titles);
    let grouping = offers.titles.len() as f64 / started.elapsed().as_secs_f64();
    let out = json!({
        "material": about,
        "offers": report(&offers),
        "titles": report(&titles),
        "blocking": {
            "titles": offers.titles.len(), "candidate_pairs": candidates.len(),
            "share_of_matches_reached": reached as f64 / reachable.len() as f64,
            "groups": groups.iter().collect::<HashSet<_>>().len(),
        },
        "speed": {
            "pairs_per_second": pairs_per_second.round(), "titles_read_per_second": titles_per_second.round(),
            "titles_blocked_per_second": blocking.round(), "titles_grouped_per_second": grouping.round(),
        },
        "checks": { "sum_of_scores": sum.round(), "titles_with_a_brand": read },
    });
    println!("{out:#}");
}
