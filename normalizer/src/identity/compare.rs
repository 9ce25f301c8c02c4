//! Whether two titles name the same goods: what speaks for it and against it, a calibrated score,
//! and the reason in words. Precision first: goods that differ in one thing that splits them
//! (capacity, colour, "Pro") are different however much else agrees.
//!
//! Not here: taking titles apart (`title`) and finding pairs worth comparing (`index`).

use super::lexicon;
use super::measure::{Dimension, Measure};
use super::title::{Atom, Role, Title, rows};
use super::weights::{SAME_FROM, UNSURE_FROM, WEIGHTS};

/// Number of [`features`], the constant included.
pub const FEATURES: usize = 22;

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The same goods.
    Same,
    /// Other goods.
    Different,
    /// Not enough is said, or it speaks both ways.
    Unsure,
}

impl Answer {
    /// The code: `same`, `different` or `unsure`.
    pub const fn code(self) -> &'static str {
        match self {
            Answer::Same => "same",
            Answer::Different => "different",
            Answer::Unsure => "unsure",
        }
    }
}

/// The outcome of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What it comes to.
    pub answer: Answer,
    /// Probability that the goods are the same, 0 to 1, calibrated on pairs of offers and products
    /// with as many neighbouring models as matches.
    pub score: f64,
    /// What decided, in words.
    pub why: Vec<String>,
}

/// One thing that makes goods different however much else agrees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Split {
    Gtin,
    Brand,
    Kind,
    Qualifier(u8),
    Colour(u8, u8),
    Measure(Measure, Measure),
    Edition(&'static str),
    Pack,
    Size,
}

/// Atoms as they stand, without measures and specifications.
fn telling(title: &Title) -> impl Iterator<Item = (usize, &Atom)> {
    title.atoms.iter().enumerate().filter(|(_, a)| !matches!(a.role, Role::Measured | Role::Spec))
}

fn has_digits(title: &Title, value: u64, len: u8) -> bool {
    title.atoms.iter().any(|a| a.is_digits && a.hash == value && a.len == len)
}

/// Codes and numbers of a title that could be a designation: atoms of digits with what is joined.
fn is_telling_number(atom: &Atom) -> bool {
    atom.is_digits && matches!(atom.role, Role::Code | Role::Number)
}

/// Characters of the longest run of atoms both titles have, one of them digits.
fn common_run(a: &Title, b: &Title) -> u32 {
    let mut best = 0;
    let strong = |atom: &Atom| !matches!(atom.role, Role::Spec | Role::Measured);
    for i in 0..a.atoms.len() {
        if !strong(&a.atoms[i]) {
            continue;
        }
        for j in 0..b.atoms.len() {
            let same = |k: usize| match (a.atoms.get(i + k), b.atoms.get(j + k)) {
                (Some(x), Some(y)) => {
                    x.hash == y.hash && x.is_digits == y.is_digits && strong(x) && strong(y)
                }
                _ => false,
            };
            // Only where the run cannot be begun one earlier.
            let earlier = i > 0
                && j > 0
                && a.atoms[i - 1].hash == b.atoms[j - 1].hash
                && strong(&a.atoms[i - 1])
                && strong(&b.atoms[j - 1]);
            if earlier || !same(0) {
                continue;
            }
            let (mut weight, mut digits, mut letters) = (0, 0, 0);
            let mut k = 0;
            while same(k) {
                let atom = &a.atoms[i + k];
                let len = u32::from(atom.len);
                if atom.is_digits {
                    digits += len;
                    weight += len;
                } else if atom.plain && b.atoms[j + k].plain {
                    letters += len;
                    weight += len.min(5);
                }
                k += 1;
            }
            // A number without letters is a designation from three digits on.
            if digits > 0 && (letters > 0 || digits >= 3) {
                best = best.max(weight);
            }
        }
    }
    best
}

/// The share of a title's codes and numbers that the other title has, by characters; `None` where
/// it has none.
fn coverage(a: &Title, b: &Title) -> Option<f64> {
    let (mut total, mut found) = (0.0, 0.0);
    for (i, atom) in telling(a).filter(|(_, atom)| is_telling_number(atom)) {
        let alone = atom.role == Role::Number;
        let weight = f64::from(atom.len) * if alone { 0.6 } else { 1.0 };
        let before = i.checked_sub(1).map(|k| &a.atoms[k]).filter(|p| !p.is_digits && (atom.joined || alone));
        total += weight;
        let hit = b.atoms.iter().enumerate().any(|(j, other)| {
            let same = other.is_digits && other.hash == atom.hash;
            let led = j.checked_sub(1).map(|k| &b.atoms[k]).filter(|p| !p.is_digits);
            same && match (before, led) {
                (Some(x), Some(y)) => x.hash == y.hash || alone,
                (None, _) => true,
                (Some(_), None) => alone,
            }
        });
        if hit {
            found += weight;
        } else if b.measures.iter().any(|m| (m.value - f64::from(atom.value)).abs() < 0.01) {
            total -= weight;
        }
    }
    (total > 0.0).then_some(found / total)
}

/// Numbers that follow the same letters in both titles and differ ("TN-2410", "TN-2420"), and
/// letters before the same number that differ ("GSR 18", "GSB 18").
fn neighbours(a: &Title, b: &Title) -> (f64, f64) {
    let pairs = |t: &Title| -> Vec<(Atom, Atom)> {
        t.atoms
            .windows(2)
            .filter(|w| !w[0].is_digits && w[1].is_digits && w[0].plain)
            .filter(|w| !matches!(w[0].role, Role::Measured | Role::Spec | Role::Catalogue))
            .filter(|w| is_telling_number(&w[1]) || w[1].role == Role::Measured && !t.is_slug)
            .map(|w| (w[0], w[1]))
            .collect()
    };
    let (pa, pb) = (pairs(a), pairs(b));
    let (mut numbers, mut leads) = (0.0, 0.0);
    for (la, da) in &pa {
        let others: Vec<&(Atom, Atom)> = pb.iter().filter(|(lb, _)| lb.hash == la.hash).collect();
        if is_telling_number(da)
            && !others.is_empty()
            && others
                .iter()
                .all(|(_, db)| is_telling_number(db) && db.hash != da.hash && !has_digits(a, db.hash, db.len))
            && !has_digits(b, da.hash, da.len)
        {
            numbers += 1.0;
        }
        let same: Vec<&(Atom, Atom)> =
            pb.iter().filter(|(lb, db)| db.hash == da.hash && da.len >= 2 && lb.len <= 4).collect();
        let known = |t: &Title, lead: &Atom| t.atoms.iter().any(|x| x.hash == lead.hash && !x.is_digits);
        if la.len <= 4
            && !same.is_empty()
            && same.iter().all(|(lb, _)| lb.hash != la.hash && !known(a, lb))
            && !known(b, la)
        {
            leads += 1.0;
        }
    }
    (numbers, leads)
}

/// How the letters behind the numbers of both titles compare.
#[derive(Debug, Default, Clone, Copy)]
struct Suffixes {
    /// Both have letters there, and others ("850-B", "850-W").
    differ: f64,
    /// One has them within the token, the other has none ("272S1M", "272S1MH").
    tight: f64,
    /// One has them behind a mark, or goes on where the other ends ("27GP850", "27GP850-B").
    loose: f64,
}

impl Suffixes {
    fn worse(self, other: Suffixes) -> Suffixes {
        Suffixes {
            differ: self.differ.max(other.differ),
            tight: self.tight.max(other.tight),
            loose: self.loose.max(other.loose),
        }
    }
}

/// The letters behind the digits at `k` that may belong to the designation.
fn suffix(t: &Title, k: usize) -> Option<Atom> {
    let next = *t.atoms.get(k + 1)?;
    let close = next.tight || next.joined && next.len <= 5 || t.is_slug && next.len <= 2 && next.plain;
    (close && !next.is_digits && !matches!(next.role, Role::Spec | Role::Measured)).then_some(next)
}

/// Whether one run of letters begins with the other.
fn goes_on(x: &Atom, y: &Atom) -> bool {
    let n = usize::from(x.len.min(y.len)).min(x.head.len());
    x.head[..n] == y.head[..n]
}

fn suffixes(a: &Title, b: &Title) -> Suffixes {
    let mut out = Suffixes::default();
    for (i, da) in telling(a).filter(|(_, x)| is_telling_number(x)) {
        let lead = |t: &Title, k: usize| k.checked_sub(1).map(|p| t.atoms[p]).filter(|p| !p.is_digits);
        let mine = suffix(a, i);
        let led = |j: usize| match (lead(a, i), lead(b, j)) {
            (Some(p), Some(q)) => p.hash == q.hash || !da.joined,
            (None, None) => true,
            _ => !da.joined,
        };
        let matching = (0..b.atoms.len())
            .filter(|&j| is_telling_number(&b.atoms[j]) && b.atoms[j].hash == da.hash && led(j));
        let theirs: Vec<Option<Atom>> = matching.map(|j| suffix(b, j)).collect();
        // "Master 3" and "Master 3S" differ; what stands apart from a single digit is another word.
        let single = da.len == 1 && !da.joined;
        if single && !mine.iter().chain(theirs.iter().flatten()).any(|letters| letters.tight) {
            continue;
        }
        if theirs.is_empty() || theirs.iter().any(|t| t.map(|t| t.hash) == mine.map(|m| m.hash)) {
            continue;
        }
        let has = |t: &Title, x: &Atom| t.atoms.iter().any(|y| y.hash == x.hash && !y.is_digits);
        let both: Vec<&Atom> = theirs.iter().flatten().collect();
        match mine {
            Some(m) if has(b, &m) => {}
            Some(m) if both.len() == theirs.len() => {
                if both.iter().any(|t| goes_on(&m, t)) {
                    let shorter = both.iter().map(|t| t.len.min(m.len)).max().unwrap_or(0);
                    // "272S1M" and "272S1MH" differ; "CB242YE" is how shops cut "CB242YEbmiprx".
                    let cut = both.iter().all(|t| t.len.abs_diff(m.len) >= 3) && shorter >= 1;
                    *(if cut { &mut out.loose } else { &mut out.tight }) += 1.0;
                } else {
                    out.differ += 1.0;
                }
            }
            Some(m) => *(if m.tight { &mut out.tight } else { &mut out.loose }) += 1.0,
            None if both.iter().all(|t| !has(a, t)) => {
                let tight = both.iter().any(|t| t.tight);
                *(if tight { &mut out.tight } else { &mut out.loose }) += 1.0;
            }
            None => {}
        }
    }
    out
}

/// Small numbers of their own on both sides that the other does not have ("CrossClimate 2",
/// "Primacy 4"). Addresses are full of numbers that mean nothing.
fn other_numbers(a: &Title, b: &Title) -> bool {
    let odd = |x: &Title, y: &Title| {
        x.atoms.iter().any(|n| {
            n.role == Role::Number
                && n.len <= 3
                && !has_digits(y, n.hash, n.len)
                && !y.measures.iter().any(|m| (m.value - f64::from(n.value)).abs() < 0.01)
        })
    };
    !a.is_slug && !b.is_slug && odd(a, b) && odd(b, a)
}

/// Other names of a line behind the brand, none of them elsewhere in the other title.
fn other_line(a: &Title, b: &Title) -> bool {
    let has =
        |t: &Title, word: u64| t.atoms.iter().any(|x| x.hash == word) || t.words.binary_search(&word).is_ok();
    match (a.line, b.line) {
        (Some(x), Some(y)) => !has(a, y) && !has(b, x),
        _ => false,
    }
}

/// What the two titles have in common and what not, as numbers: the input of the score.
pub fn features(a: &Title, b: &Title) -> [f64; FEATURES] {
    let run = f64::from(common_run(a, b).min(12));
    let (cov_a, cov_b) = (coverage(a, b), coverage(b, a));
    let (forth, back) = (neighbours(a, b), neighbours(b, a));
    let (numbers, leads) = (forth.0.max(back.0), forth.1.max(back.1));
    let behind = suffixes(a, b).worse(suffixes(b, a));
    let (agree, disagree) = agreement(a, b);
    let (agree_back, disagree_back) = agreement(b, a);
    let (agree, disagree) = (agree.min(agree_back), disagree.max(disagree_back));
    let shared = a.words.iter().filter(|w| b.words.binary_search(w).is_ok()).count() as f64;
    let (na, nb) = (a.words.len() as f64, b.words.len() as f64);
    let contained = if na.min(nb) > 0.0 { shared / na.min(nb) } else { 0.5 };
    let jaccard = if na + nb - shared > 0.0 { shared / (na + nb - shared) } else { 0.0 };
    let codeless = f64::from(u8::from(cov_a.is_none() && cov_b.is_none()));
    let one_code = f64::from(u8::from(cov_a.is_none() != cov_b.is_none()));
    let nothing_shared = f64::from(u8::from(run == 0.0 && codeless == 0.0 && one_code == 0.0));
    let low = cov_a.unwrap_or(0.5).min(cov_b.unwrap_or(0.5));
    let high = cov_a.unwrap_or(0.5).max(cov_b.unwrap_or(0.5));
    [
        1.0,
        (1.0 + run).ln() / 13f64.ln(),
        low,
        high,
        numbers.min(2.0),
        leads.min(2.0),
        behind.differ.min(2.0),
        behind.loose.min(2.0),
        f64::min(agree, 3.0),
        f64::min(disagree, 2.0),
        f64::from((a.qualifiers ^ b.qualifiers).count_ones().min(2)),
        contained,
        jaccard,
        f64::from(u8::from(a.brand.is_some() && a.brand == b.brand)),
        codeless,
        codeless * contained,
        one_code,
        nothing_shared,
        behind.tight.min(2.0),
        f64::from(u8::from(other_numbers(a, b))),
        f64::from(u8::from(other_line(a, b))),
        f64::from(u8::from(a.is_slug || b.is_slug)),
    ]
}

/// Measures both state alike, and those that differ. Frequencies of a screen are stated for too
/// many ports and modes, and in addresses only diagonals are told apart from other numbers.
fn agreement(a: &Title, b: &Title) -> (f64, f64) {
    let (mut agree, mut disagree) = (0.0, 0.0);
    for (mine, theirs) in shared_measures(a, b) {
        if theirs.iter().any(|t| mine.agrees(*t)) {
            agree += 1.0;
        } else if mine.dimension == Dimension::Diagonal
            || mine.dimension != Dimension::Frequency && !a.is_slug && !b.is_slug
        {
            disagree += 1.0;
        }
    }
    (agree, disagree)
}

/// For each dimension both state: a value of one and those of the other.
fn shared_measures<'a>(a: &'a Title, b: &'a Title) -> impl Iterator<Item = (Measure, Vec<Measure>)> + 'a {
    a.measures.iter().filter_map(move |m| {
        let theirs: Vec<Measure> =
            b.measures.iter().copied().filter(|t| t.dimension == m.dimension).collect();
        (!theirs.is_empty()).then_some((*m, theirs))
    })
}

/// The first thing that splits the two, whatever else agrees.
fn split(a: &Title, b: &Title) -> Option<Split> {
    if let (Some(x), Some(y)) = (a.gtin, b.gtin)
        && x != y
    {
        return Some(Split::Gtin);
    }
    if let (Some(x), Some(y)) = (&a.brand, &b.brand)
        && x != y
    {
        return Some(Split::Brand);
    }
    let slug = a.is_slug || b.is_slug;
    if !slug && a.kind != b.kind {
        return Some(Split::Kind);
    }
    // The words of an address are cut short: what it does not say it may still be. What a title
    // does not say, the goods are not.
    let extra = match (a.is_slug, b.is_slug) {
        (false, false) => a.qualifiers ^ b.qualifiers,
        (true, false) => a.qualifiers & !b.qualifiers,
        (false, true) => b.qualifiers & !a.qualifiers,
        (true, true) => 0,
    };
    let in_code = |title: &Title, row: u8| {
        let name = super::title::hash(lexicon::qualifier_name(row));
        title.atoms.iter().any(|x| x.hash == name)
    };
    if let Some(row) =
        rows(extra).find(|row| !(in_code(a, *row) && in_code(b, *row) || lexicon::is_loose(*row)))
    {
        return Some(Split::Qualifier(row));
    }
    if !slug && a.colours != 0 && b.colours != 0 && a.colours & b.colours == 0 {
        let first = |mask: u64| rows(mask).next().unwrap_or_default();
        return Some(Split::Colour(first(a.colours), first(b.colours)));
    }
    if !slug {
        for (mine, theirs) in shared_measures(a, b).filter(|(m, _)| m.dimension.splits()) {
            let back =
                theirs.iter().any(|t| a.measures.iter().any(|m| m.dimension == t.dimension && m.agrees(*t)));
            if !back {
                return Some(Split::Measure(mine, theirs[0]));
            }
        }
        let pack = |t: &Title| {
            t.measures.iter().filter(|m| m.dimension == Dimension::Pack).map(|m| m.value).fold(1.0, f64::max)
        };
        if (pack(a) - pack(b)).abs() > 0.01 {
            return Some(Split::Pack);
        }
    }
    if let Some(facet) = a.editions.excludes(b.editions) {
        return Some(Split::Edition(facet));
    }
    if let (Some(x), Some(y)) = (&a.size, &b.size)
        && x != y
    {
        return Some(Split::Size);
    }
    None
}

impl Split {
    fn words(self) -> String {
        match self {
            Split::Gtin => "another GTIN".to_owned(),
            Split::Brand => "another brand".to_owned(),
            Split::Kind => "an article, an accessory or a bundle on one side only".to_owned(),
            Split::Qualifier(row) => format!("'{}' on one side only", lexicon::qualifier_name(row)),
            Split::Colour(x, y) => {
                format!("another colour ({}, {})", lexicon::colour_name(x), lexicon::colour_name(y))
            }
            Split::Measure(x, y) => format!("another {} ({}, {})", x.dimension.name(), x.text(), y.text()),
            Split::Edition(facet) => format!("another {facet}"),
            Split::Pack => "another number of pieces in the pack".to_owned(),
            Split::Size => "another size".to_owned(),
        }
    }
}

/// The probability that features like these are of the same goods.
pub fn probability(features: &[f64; FEATURES], weights: &[f64; FEATURES]) -> f64 {
    let sum: f64 = features.iter().zip(weights).map(|(x, w)| x * w).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The score of two titles and nothing else: for passes over many pairs.
pub fn score(a: &Title, b: &Title) -> f64 {
    match (a.gtin, b.gtin) {
        (Some(x), Some(y)) if x == y => 0.999,
        _ if split(a, b).is_some() => 0.005,
        _ => doubted(probability(&features(a, b), &WEIGHTS), doubt(a, b)),
    }
}

/// Why two titles may be of other goods though nothing splits them. The words of an address are cut
/// short, so what they leave out says nothing.
fn doubt(a: &Title, b: &Title) -> Option<&'static str> {
    if a.is_slug || b.is_slug { None } else { a.editions.doubt(b.editions) }
}

/// A score that a doubt keeps below the same goods.
fn doubted(score: f64, doubt: Option<&'static str>) -> f64 {
    if doubt.is_some() { score.min(SAME_FROM - 0.001) } else { score }
}

/// What a score comes to.
pub fn answer(score: f64) -> Answer {
    match score {
        s if s >= SAME_FROM => Answer::Same,
        s if s >= UNSURE_FROM => Answer::Unsure,
        _ => Answer::Different,
    }
}

/// Compares two titles.
///
/// ```
/// use normalizer::identity::{Answer, Title, compare};
/// let monitor = Title::read("LG UltraGear 27GP850-B 27\" QHD", None);
/// assert_eq!(compare(&monitor, &Title::read("LG 27GP850-B.AEU 68,5 cm (27 Zoll)", None)).answer, Answer::Same);
/// assert_eq!(compare(&monitor, &Title::read("LG UltraGear 27GP83B-B 27\" QHD", None)).answer, Answer::Different);
/// ```
pub fn compare(a: &Title, b: &Title) -> Comparison {
    if a.gtin.is_some() && a.gtin == b.gtin {
        return Comparison { answer: Answer::Same, score: 0.999, why: vec!["the same GTIN".to_owned()] };
    }
    if let Some(split) = split(a, b) {
        return Comparison { answer: Answer::Different, score: 0.005, why: vec![split.words()] };
    }
    let features = features(a, b);
    let doubt = doubt(a, b);
    let score = doubted(probability(&features, &WEIGHTS), doubt);
    let mut why = reasons(a, &features);
    why.extend(doubt.map(str::to_owned));
    Comparison { answer: answer(score), score, why }
}

fn reasons(a: &Title, f: &[f64; FEATURES]) -> Vec<String> {
    let mut why = Vec::new();
    let mut say = |holds: bool, text: String| {
        if holds {
            why.push(text);
        }
    };
    say(f[13] > 0.0, format!("the same brand ({})", a.brand().unwrap_or_default()));
    say(f[1] > 0.0, "a designation in common".to_owned());
    say(f[2] >= 0.99 && f[14] == 0.0 && f[16] == 0.0, "every code of one is in the other".to_owned());
    say(f[17] > 0.0, "no designation in common".to_owned());
    say(f[4] > 0.0, "another number behind the same letters".to_owned());
    say(f[5] > 0.0, "other letters before the same number".to_owned());
    say(f[6] > 0.0, "other letters behind the same number".to_owned());
    say(f[7] + f[18] > 0.0, "letters behind a number on one side only".to_owned());
    say(f[19] > 0.0, "numbers on both sides that the other has not".to_owned());
    say(f[20] > 0.0, "another name behind the brand".to_owned());
    say(f[8] > 0.0, format!("{} measure(s) in common", f[8]));
    say(f[9] > 0.0, format!("{} measure(s) that differ", f[9]));
    say(f[16] > 0.0, "a designation on one side only".to_owned());
    say(f[14] > 0.0, "no designation on either side".to_owned());
    say(true, format!("{:.0} % of the shorter title's words in common", f[11] * 100.0));
    why
}
