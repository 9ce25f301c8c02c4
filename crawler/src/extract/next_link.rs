//! Which link of a page leads to the next page of a list, and which to its numbered pages: a
//! learned judgement over what a link says, what it is called, where it leads and what stands
//! beside it. Works on links gathered by any reader of the page ([`Anchor`]), not on the tree.
//!
//! Two logistic regressions over the same features; their weights stand in
//! `next_link_weights.rs`, learned from annotated pages by `crawler/examples/next_links.rs`, which
//! also measures them by cross-validation over sites.

use super::next_link_weights::WEIGHTS;
pub(super) use super::next_link_words::LONGEST_TEXT;
use super::next_link_words::{self as words, Says};
use crate::paging::{Step, step};
use std::collections::HashMap;
use url::Url;

/// Links of one page that are looked at; a page with more is no list.
const MOST: usize = 2_000;
/// The probability from which a link is the next page. A wrong one costs only the order of visits,
/// a missed one may cost the rest of a list: at twice the price, a third is the even bet.
pub const LEAST_NEXT: f64 = 1.0 / 3.0;
/// The probability from which a link is a numbered page.
pub const LEAST_NUMBERED: f64 = 0.5;

/// A link as far as a pager's is told from it. [`Anchor::read`] takes its texts in.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// Number of the link on the page, in page order; gaps are links that cannot be a pager's.
    pub order: usize,
    /// Where it leads, absolute, without fragment.
    pub url: Url,
    says: Says,
    named: u32,
    rel_next: bool,
    rel_prev: bool,
    /// The number that stands between the link before and this one: a pager's current page.
    before: Option<u32>,
    number_of_words: u8,
    number: Option<u32>,
}

/// The texts of a link, as a page's reader has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Texts<'a> {
    /// What is read in it, white space folded; more than 60 bytes need not be given.
    pub text: &'a str,
    /// `title`, `aria-label` and the `alt` of pictures inside, joined by blanks.
    pub label: &'a str,
    /// `rel`, lower case.
    pub rel: &'a str,
    /// `class` and `id` of the link, of what is inside it and of its parent, joined by blanks.
    pub names: &'a str,
    /// `class`, `id`, `role` and `aria-label` of the next four elements around, joined by blanks.
    pub around: &'a str,
    /// The text between the end of the link before and this one.
    pub before: &'a str,
}

/// Whether a link can belong to a pager at all, by what is cheap to know: its text, label, `rel`
/// and the names of itself and its parent. Most links of most pages cannot.
pub fn may_page(text: &str, label: &str, rel: &str, names: &str) -> bool {
    let says = |text: &str| {
        !text.is_empty()
            && text.len() <= words::LONGEST_TEXT
            && words::may_say(text)
            && words::read(text).says.is_a_pagers()
    };
    (!rel.is_empty() && (rel.contains("next") || rel.contains("prev")))
        || says(text)
        || says(label)
        || words::told_by_name(names)
}

impl Anchor {
    /// Reads a link.
    pub fn read(order: usize, url: Url, texts: Texts<'_>) -> Anchor {
        let read = words::read(texts.text);
        let label = words::read(texts.label);
        let rel = |word: &str| texts.rel.split_ascii_whitespace().any(|r| r == word);
        let before = words::read(texts.before);
        Anchor {
            order,
            url,
            says: read.says | label.says.as_label(),
            named: words::named(texts.names, texts.around),
            rel_next: rel("next"),
            rel_prev: rel("prev") || rel("previous"),
            before: before.number.filter(|_| before.words == 1),
            number_of_words: read.words,
            number: read.number.filter(|_| read.says.has(Says::NUMBER)),
        }
    }
}

/// What a link is to the list its page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pager {
    /// Nothing.
    No,
    /// A numbered page of the list.
    Numbered,
    /// The next page.
    Next,
}

/// Judges the links of a page, in page order; `head` is the target of `<link rel="next">`. At most
/// one address is the next page; every link to it says so.
pub fn judge(page: &Url, head: Option<&Url>, anchors: &[Anchor]) -> Vec<Pager> {
    let mut verdicts = vec![Pager::No; anchors.len()];
    let mut best: Option<(f64, usize)> = None;
    for (at, features) in features(page, head, anchors).iter().enumerate() {
        let [next, numbered] = probabilities(features);
        if numbered >= LEAST_NUMBERED {
            verdicts[at] = Pager::Numbered;
        }
        if next >= LEAST_NEXT && best.is_none_or(|(known, _)| next > known) {
            best = Some((next, at));
        }
    }
    // Where nothing reads like the next page, what the page declares to be it is.
    let declared = || anchors.iter().position(|anchor| anchor.rel_next);
    if let Some(at) = best.map(|(_, at)| at).or_else(declared) {
        for (other, anchor) in anchors.iter().enumerate() {
            if anchor.url == anchors[at].url {
                verdicts[other] = Pager::Next;
            }
        }
    }
    verdicts
}

/// Probabilities that a link is the next page, and that it is a numbered one.
fn probabilities(features: &Features) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for (value, (_, next, numbered)) in features.iter().zip(WEIGHTS) {
        if *value {
            sums[0] += next;
            sums[1] += numbered;
        }
    }
    sums.map(|sum| 1.0 / (1.0 + f64::exp(-sum)))
}

/// The names of the features, in order.
pub const NAMES: [&str; 59] = [
    "always",
    "rel next",
    "rel prev",
    "head names it next",
    "text next",
    "label next",
    "older",
    "prev or newer",
    "first or last",
    "more",
    "one sign forward",
    "two signs forward",
    "sign back",
    "a number",
    "no words",
    "three words or more",
    "six words or more",
    "named next",
    "named prev",
    "named first or last",
    "named page",
    "around page",
    "named nav",
    "in a slider",
    "in an article",
    "in comments",
    "named older",
    "named current",
    "same page",
    "counts forward",
    "number forward",
    "number back",
    "plus one",
    "nearest forward",
    "farthest forward",
    "other query",
    "elsewhere",
    "other host",
    "more than the number differs",
    "a number before",
    "two numbers before",
    "a number after",
    "no number near",
    "back in the same run",
    "current page before",
    "one more than current",
    "lower half",
    "next and pager",
    "next and forward",
    "sign and number before",
    "sign and pager",
    "sign and forward",
    "page has three numbers",
    "linked twice",
    "end sign after",
    "named next and forward",
    "named next and elsewhere",
    "number and forward",
    "number, forward and pager",
];

/// Which of [`NAMES`] hold.
pub type Features = [bool; NAMES.len()];

/// The features of each link.
pub fn features(page: &Url, head: Option<&Url>, anchors: &[Anchor]) -> Vec<Features> {
    let anchors = &anchors[..anchors.len().min(MOST)];
    let steps: Vec<Step> = anchors.iter().map(|a| step(page, &a.url)).collect();
    let last = anchors.last().map_or(0, |a| a.order);
    let mut counts: HashMap<&str, Counted> = HashMap::new();
    let mut linked: HashMap<&Url, usize> = HashMap::new();
    for (anchor, step) in anchors.iter().zip(&steps) {
        *linked.entry(&anchor.url).or_default() += 1;
        if let Step::Number(number) = step {
            counts.entry(&number.name).or_default().add(number.forward());
        }
    }
    let around = Around { anchors, steps: &steps, counts, linked, head, last };
    (0..anchors.len()).map(|at| around.of_link(at)).collect()
}

/// What the links that count the same thing count.
#[derive(Default)]
struct Counted {
    nearest: Option<i64>,
    farthest: i64,
    /// The first three numbers.
    seen: Vec<i64>,
}

impl Counted {
    fn add(&mut self, forward: i64) {
        if forward > 0 {
            self.nearest = Some(self.nearest.map_or(forward, |n| n.min(forward)));
            self.farthest = self.farthest.max(forward);
        }
        if self.seen.len() < 3 && !self.seen.contains(&forward) {
            self.seen.push(forward);
        }
    }
}

/// All links of a page, beside which one is looked at.
struct Around<'a> {
    anchors: &'a [Anchor],
    steps: &'a [Step],
    counts: HashMap<&'a str, Counted>,
    linked: HashMap<&'a Url, usize>,
    head: Option<&'a Url>,
    last: usize,
}

impl Around<'_> {
    fn of_link(&self, at: usize) -> Features {
        let Around { anchors, steps, head, last, .. } = *self;
        let link = &anchors[at];
        let says = |what| link.says.has(what);
        let named = |what| link.named & what != 0;
        // The run of links beside it, each directly after the other.
        let beside = |i: usize, j: usize| anchors[j].order - anchors[i].order == 1;
        let numbers = |go: &mut dyn Iterator<Item = usize>| {
            go.take_while(|&i| anchors[i].says.has(Says::NUMBER)).take(2).count()
        };
        let joined_before = (0..at).rev().take_while(|&i| beside(i, i + 1)).take(20).count();
        let joined_after = (at + 1..anchors.len()).take_while(|&i| beside(i - 1, i)).take(20).count();
        let before = numbers(&mut (at - joined_before..at).rev());
        let after = numbers(&mut (at + 1..=at + joined_after));
        let back_before = (at - joined_before..at)
            .rev()
            .any(|i| anchors[i].says.any(Says::PREV | Says::SIGN_BACK) || anchors[i].rel_prev);
        let end_after = joined_after > 0 && anchors[at + 1].says.any(Says::EDGE | Says::TWO_SIGNS);
        let counted = match &steps[at] {
            Step::Number(number) => Some(number),
            _ => None,
        };
        let forward = counted.map_or(0, |n| n.forward());
        let alike = counted.and_then(|n| self.counts.get(n.name.as_str()));
        let nearest = forward > 0 && alike.is_some_and(|a| a.nearest == Some(forward));
        // The last page, where that is not the next.
        let farthest = forward > 0 && !nearest && alike.is_some_and(|a| a.farthest == forward);
        let three = alike.is_some_and(|a| a.seen.len() >= 3);
        let sign = says(Says::ONE_SIGN) || says(Says::TWO_SIGNS);
        let next = says(Says::NEXT) || says(Says::LABEL_NEXT);
        let pager = named(words::PAGE_NAME) || named(words::AROUND_PAGE) || before + after > 0;
        let twice = self.linked.get(&link.url).is_some_and(|times| *times > 1);
        let current = link.before.or_else(|| (before > 0).then(|| anchors[at - 1].number).flatten());
        let number = says(Says::NUMBER);
        [
            true,
            link.rel_next,
            link.rel_prev,
            head == Some(&link.url),
            says(Says::NEXT),
            says(Says::LABEL_NEXT) && !says(Says::NEXT),
            says(Says::OLDER),
            says(Says::PREV),
            says(Says::EDGE),
            says(Says::MORE),
            says(Says::ONE_SIGN),
            says(Says::TWO_SIGNS),
            says(Says::SIGN_BACK),
            number,
            link.number_of_words == 0,
            link.number_of_words >= 3,
            link.number_of_words >= 6,
            named(words::NAMED_NEXT),
            named(words::NAMED_PREV),
            named(words::NAMED_EDGE),
            named(words::PAGE_NAME),
            named(words::AROUND_PAGE),
            named(words::NAV),
            named(words::SLIDER),
            named(words::ARTICLE),
            named(words::COMMENTS),
            named(words::NAMED_OLDER),
            named(words::CURRENT),
            steps[at] == Step::Same,
            forward > 0 && counted.is_some_and(|n| n.counts_pages),
            forward > 0,
            forward < 0,
            forward == 1,
            nearest,
            farthest,
            steps[at] == Step::Query,
            steps[at] == Step::Elsewhere,
            steps[at] == Step::OtherHost,
            counted.is_some_and(|n| !n.alone),
            before > 0,
            before > 1,
            after > 0,
            before + after == 0,
            back_before,
            link.before.is_some(),
            number && current.is_some_and(|c| link.number == Some(c + 1)),
            link.order * 2 > last,
            next && pager,
            next && forward > 0,
            sign && before > 0,
            sign && pager,
            sign && forward > 0,
            three,
            twice,
            end_after,
            named(words::NAMED_NEXT) && forward > 0,
            named(words::NAMED_NEXT) && steps[at] == Step::Elsewhere,
            number && forward > 0,
            number && forward != 0 && pager,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The links of a page as (href, text, names), and what each is.
    fn told(page: &str, links: &[(&str, &str, &str)]) -> String {
        let page = Url::parse("https://shop.example/").unwrap().join(page).unwrap();
        let anchors: Vec<Anchor> = links
            .iter()
            .enumerate()
            .filter(|(_, (_, text, names))| may_page(text, "", "", names))
            .map(|(order, (href, text, names))| {
                let texts = Texts { text, names, ..Texts::default() };
                Anchor::read(order, page.join(href).unwrap(), texts)
            })
            .collect();
        let verdicts = judge(&page, None, &anchors);
        let said = |verdict| match verdict {
            Pager::No => '.',
            Pager::Numbered => '#',
            Pager::Next => 'N',
        };
        verdicts.into_iter().map(said).collect()
    }

    #[test]
    fn the_learned_weights_are_those_of_these_features() {
        let learned: Vec<&str> = WEIGHTS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(learned, NAMES);
    }

    #[test]
    fn pagers_of_common_shops_are_read() {
        let pager = [
            ("/tea?p=1", "«", "pagination"),
            ("/tea?p=1", "1", "pagination"),
            ("/tea?p=3", "3", "pagination"),
            ("/tea?p=4", "4", "pagination"),
            ("/tea?p=3", "»", "pagination next"),
        ];
        assert!(told("/tea?p=2", &pager).ends_with('N'));
        assert_eq!(told("/tea?p=2", &pager).matches('#').count(), 2, "{}", told("/tea?p=2", &pager));
        assert_eq!(told("/tea", &[("/tea/page/2", "Weiter", "pager")]), "N");
        assert_eq!(told("/tea", &[("/tea?start=24", "Следующая", "")]), "N");
        // On the last page nothing is next, and prices, breadcrumbs and articles never are.
        let last = [
            ("/tea?p=8", "‹", "pagination prev"),
            ("/tea?p=7", "7", "pagination"),
            ("/tea?p=8", "8", "pagination"),
        ];
        assert!(!told("/tea?p=9", &last).contains('N'));
        assert_eq!(
            told("/tea", &[("/", "Home", ""), ("/kitchen", "Kitchen ›", ""), ("/p/7", "12,99 €", "price")]),
            ""
        );
        assert!(!told("/", &[("/2", "2", ""), ("/about", "next", "slide")]).contains('N'));
    }

    #[test]
    fn what_a_page_declares_is_believed_where_nothing_else_speaks() {
        let page = Url::parse("https://shop.example/tea").unwrap();
        let texts = Texts { text: "mehr davon", rel: "next", ..Texts::default() };
        let link = Anchor::read(3, page.join("/tea-ii").unwrap(), texts);
        assert!(may_page("mehr davon", "", "next", ""));
        assert_eq!(judge(&page, None, &[link]), [Pager::Next]);
    }

    #[test]
    fn thousands_of_links_are_judged_in_one_go() {
        let page = Url::parse("https://shop.example/tea").unwrap();
        let link = |i: usize| {
            let texts = Texts { text: "2", ..Texts::default() };
            Anchor::read(i, page.join(&format!("/tea?p={i}")).unwrap(), texts)
        };
        let anchors: Vec<Anchor> = (0..MOST + 10).map(link).collect();
        assert_eq!(judge(&page, None, &anchors).len(), MOST + 10);
    }

    proptest! {
        #[test]
        fn at_most_one_address_is_next(
            links in prop::collection::vec(("/[a-c?=p/0-3]{0,6}", "(next|›|>>|[0-9]{1,2}|Tea|«| ){0,3}", "(next|prev|pag| ){0,3}"), 0..20)
        ) {
            let page = Url::parse("https://shop.example/a?p=1").unwrap();
            let anchors: Vec<Anchor> = links
                .iter()
                .enumerate()
                .filter_map(|(order, (href, text, names))| {
                    let texts = Texts { text, names, before: text, ..Texts::default() };
                    Some(Anchor::read(order, page.join(href).ok()?, texts))
                })
                .collect();
            let verdicts = judge(&page, None, &anchors);
            let mut next: Vec<&Url> = anchors.iter().zip(&verdicts).filter(|(_, v)| **v == Pager::Next).map(|(a, _)| &a.url).collect();
            next.dedup();
            prop_assert!(next.len() <= 1);
        }
    }
}
