//! Which number of the visible page is the price to pay: what is known of a candidate, as features
//! with a reason each, and their weights. Finding the candidates is `visible`'s work; reading the
//! names of elements is `element_words`'.
//!
//! The score is a sum: log odds against the other candidates of the page, up to a constant. The
//! weights stand in `price_weights.rs`, learned by `crawler/examples/prices.rs` from annotated shop
//! pages whose markup was taken away; the hand-written ones they start from stand here, beside the
//! features.

use super::element_words::{EXTRA, NOW, OTHER, PRICE, words};
use super::features::{NOT_THE_PRICE, Old, ends_with_any, in_ladder};
use super::price_weights::{LEVEL, WEIGHTS};
use super::price_words::{APART_FROM_TAX, FROM_WORDS, PER_MONTH, WITH_TAX};
use super::terms::Phrases;
use super::tree::{Id, Tree};
use super::visible::Candidate;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Features of one candidate; most are 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features(pub [f32; COUNT]);

impl Features {
    pub(super) fn set(&mut self, at: usize, holds: bool) {
        self.0[at] = f32::from(u8::from(holds));
    }
}

macro_rules! features {
    ($($at:ident $name:literal $hand:literal $why:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum At { $($at),* , END }
        $(#[doc = $why] pub(super) const $at: usize = At::$at as usize;)*
        /// How many there are.
        pub const COUNT: usize = At::END as usize;
        /// Their names.
        pub const NAMES: [&str; COUNT] = [$($name),*];
        /// The weights a person gave them before anything was learned.
        pub const BY_HAND: [f64; COUNT] = [$($hand),*];
    };
}

features! {
    MARK "sign of money" 2.0 "A number with a currency is money.";
    FILLS "fills its element" 1.0 "A price that fills its element is set as a price.";
    NAMED "named a price" 2.0 "The author named the element a price.";
    NAMED_NOW "named the price now" 1.0 "The author named it the price in force.";
    NAMED_OTHER "named another amount" -2.5 "Saving, rating, per unit, former.";
    NAMED_EXTRA "named a cost beside the price" -5.0 "Shipping, instalments, deposits.";
    STRUCK "struck out" -7.0 "A struck-out price is no longer asked.";
    NAMED_OLD "named former" -4.5 "The author named it former or recommended.";
    NAMED_OLD_PERHAPS "perhaps named former" -1.5 "A name with other uses.";
    SAYS_FORMER "words before say former" -4.5 "\"was\", \"UVP\", \"antes\".";
    SAYS_OTHER "words before say another amount" -4.0 "\"save\", \"shipping\", \"over\".";
    PER "per unit or step of a ladder" -3.0 "\"/ kg\", or a row that starts with a quantity.";
    AFTER_TITLE "near, after the title" 3.0 "Falls by e every 150 nodes.";
    BEFORE_TITLE "near, before the title" 1.5 "Falls by e every 60 nodes.";
    SMALL_BLOCK "in a small block with the title" 1.5 "Less than a tenth of the page holds both.";
    BLOCK "in a block with the title" 0.8 "Less than three tenths of the page hold both.";
    NEAR_BUY "near the button that buys" 2.0 "Falls by e every 80 nodes.";
    REPEATED "one of several alike" -2.5 "Cards of other products look alike and differ in price.";
    AGAIN "said again" 0.5 "The page's own price often stands twice.";
    HIDDEN "hidden" -3.0 "Not shown.";
    HEADING "in a heading or bold" 0.0 "The price is set large.";
    LINK "within a link" 0.0 "A price in a link belongs to what the link leads to.";
    CHOICE "within a choice" 0.0 "Options and labels state surcharges and variants.";
    SENTENCE "within a sentence" 0.0 "Prices in running text are conditions.";
    CELL "in a cell of a table" 0.0 "Tables hold instalments, tiers and shipping.";
    INSTALMENT "words say a rate" -2.0 "\"per month\", \"36 x\".";
    APART_TAX "words say without tax" -1.0 "A buyer pays the price with tax.";
    INCLUDES_TAX "words say with tax" 0.0 "What is said of the price to pay alone.";
    FROM "words say from" 0.0 "\"from\", \"ab\": the least of several, or a limit.";
    CENTS "has hundredths" 0.0 "Prices are exact where limits are round.";
    SMALL "much less than another one near" 0.0 "Shipping and accessories cost less than the goods.";
    LOWERED "a higher former price beside it" 0.0 "A reduced price stands beside the former one.";
    FIRST "first that is not former" 0.0 "The page's own product comes before others.";
    FIRST_OTHER "first, but named another amount" -2.0 "A member's price before the price for all.";
    CUT "said in full beside it" 0.0 "\"229\" before a raised \"99\" is the price without its hundredths.";
    TINY "tiny" 0.0 "Less than one unit of money.";
}

/// The score of a candidate under the weights in force.
pub fn score(features: &Features) -> f64 {
    weigh(features, &WEIGHTS) - LEVEL
}

/// The sum of features and weights.
pub fn weigh(features: &Features, weights: &[f64; COUNT]) -> f64 {
    features.0.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum()
}

/// What the number's own form, its element and the near elements around say.
pub(super) fn of_place(tree: &Tree<'_>, id: Id, text: &str, start: usize, end: usize) -> Features {
    let mut features = Features([0.0; COUNT]);
    let slice = &text[start..end];
    features.set(MARK, slice.chars().any(|c| !c.is_ascii_digit() && !".,' \u{a0}".contains(c)));
    let fills = slice.len() * 2 >= text.len();
    features.set(FILLS, fills);
    features.set(SENTENCE, text.len() >= 80 && !fills);
    let fraction = slice.rsplit_once(['.', ',', '€']).map_or("", |(_, f)| f);
    features.set(CENTS, fraction.bytes().take_while(u8::is_ascii_digit).count() == 2);
    let mut said = 0;
    for (level, at) in std::iter::once(id).chain(tree.ancestors(id)).take(5).enumerate() {
        match tree.name(at) {
            "h1" | "h2" | "h3" | "h4" | "b" | "strong" => features.set(HEADING, true),
            "a" => features.set(LINK, true),
            "option" | "select" | "label" => features.set(CHOICE, true),
            "td" | "th" => features.set(CELL, true),
            _ => {}
        }
        if level > 0 && tree.nodes[at].end - at > 60 {
            break;
        }
        let here = words(tree, at);
        said |= if level < 4 { here } else { here & PRICE };
    }
    let [price, now, other, extra] = [PRICE, NOW, OTHER, EXTRA].map(|flag| said & flag != 0);
    features.set(NAMED, price);
    features.set(NAMED_NOW, price && now);
    features.set(NAMED_OTHER, other && !extra);
    features.set(NAMED_EXTRA, extra);
    features.set(PER, in_ladder(tree, id));
    features
}

/// The words of `price_words`, for looking them up all at once.
struct Beside {
    per_month: Phrases,
    apart_from_tax: Phrases,
    with_tax: Phrases,
}

fn said_beside() -> &'static Beside {
    static WORDS: OnceLock<Beside> = OnceLock::new();
    WORDS.get_or_init(|| Beside {
        per_month: Phrases::new(PER_MONTH.iter().copied()),
        apart_from_tax: Phrases::new(APART_FROM_TAX.iter().copied()),
        with_tax: Phrases::new(WITH_TAX.iter().copied()),
    })
}

/// What the words after the number say.
pub(super) fn of_words_after(features: &mut Features, after: &str) {
    if super::features::per_unit(after).is_some() {
        features.set(PER, true);
    }
    let near: String = after.chars().take(40).flat_map(char::to_lowercase).collect();
    if near.is_empty() {
        return;
    }
    let words = said_beside();
    features.set(INSTALMENT, words.per_month.any_in(&near));
    let apart = words.apart_from_tax.any_in(&near);
    features.set(APART_TAX, apart);
    features.set(INCLUDES_TAX, !apart && words.with_tax.any_in(&near));
}

/// What the words before the number say, in lower case.
pub(super) fn of_words_before(features: &mut Features, before: &str) {
    features.set(SAYS_OTHER, ends_with_any(before, NOT_THE_PRICE));
    features.set(FROM, ends_with_any(before, FROM_WORDS));
    if ends_with_any(before, &["x de", "x"]) {
        features.set(INSTALMENT, true);
    }
    features.set(PER, features.0[PER] > 0.0 || says_quantity(before));
    let from = before.char_indices().rev().nth(29).map_or(0, |(at, _)| at);
    if said_beside().apart_from_tax.any_in(&before[from..]) {
        features.set(APART_TAX, true);
    }
}

/// "ab 3 Pack.", "from 10" right before a number: the quantity from which the price holds.
fn says_quantity(before: &str) -> bool {
    let mut words = before.split_whitespace().rev().map(|w| w.trim_end_matches([':', '.', ',']));
    let is_count = |w: &str| (1..=6).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_digit());
    let (Some(last), Some(second)) = (words.next(), words.next()) else { return false };
    let third = words.next().unwrap_or_default();
    (is_count(last) && FROM_WORDS.contains(&second)) || (is_count(second) && FROM_WORDS.contains(&third))
}

/// What marks and words say of the time the price was in force.
pub(super) fn of_age(features: &mut Features, old: Old, former: bool) {
    features.set(STRUCK, old == Old::Struck);
    features.set(NAMED_OLD, old == Old::Named);
    features.set(NAMED_OLD_PERHAPS, old == Old::Perhaps);
    features.set(SAYS_FORMER, former);
}

/// How often shapes and values stand on the page.
pub(super) struct Around {
    shapes: HashMap<u64, (usize, u64, bool)>,
    values: HashMap<u64, usize>,
}

impl Around {
    pub fn of(candidates: &[Candidate]) -> Self {
        let mut around = Around { shapes: HashMap::new(), values: HashMap::new() };
        for c in candidates {
            let entry = around.shapes.entry(c.shape).or_insert((0, c.value, false));
            entry.0 += 1;
            entry.2 |= entry.1 != c.value;
            *around.values.entry(c.value).or_default() += 1;
        }
        around
    }
}

/// What the place on the page says: nearness to title and button, repetition.
pub(super) fn of_page(
    features: &mut Features,
    tree: &Tree<'_>,
    c: &Candidate,
    title: Option<Id>,
    buy: Option<Id>,
    around: &mut Around,
) {
    let total = tree.nodes.len().max(1) as f64;
    if let Some(title) = title {
        let distance = c.id.abs_diff(title) as f64;
        if c.id >= title {
            features.0[AFTER_TITLE] = (-distance / 150.0).exp() as f32;
        } else {
            features.0[BEFORE_TITLE] = (-distance / 60.0).exp() as f32;
        }
        let common = std::iter::once(c.id)
            .chain(tree.ancestors(c.id))
            .find(|&a| a <= title && title < tree.nodes[a].end);
        if let Some(common) = common {
            let share = (tree.nodes[common].end - common) as f64 / total;
            features.set(SMALL_BLOCK, share < 0.1);
            features.set(BLOCK, (0.1..0.3).contains(&share));
        }
    }
    if let Some(buy) = buy {
        features.0[NEAR_BUY] = (-(c.id.abs_diff(buy) as f64) / 80.0).exp() as f32;
    }
    let repeated = around.shapes.get(&c.shape).is_some_and(|&(count, _, differ)| count >= 3 && differ);
    features.set(REPEATED, repeated);
    features.set(AGAIN, around.values.get(&c.value).is_some_and(|&n| n > 1));
    features.set(TINY, c.value < 100);
}

/// Candidates looked at on each side of one.
const NEIGHBOURS: usize = 6;

/// What the candidates before and after say of each.
pub(super) fn of_neighbours(candidates: &mut [Candidate]) {
    let first = candidates.iter().position(|c| !c.outside && !c.old && c.features.0[MARK] > 0.0);
    for i in 0..candidates.len() {
        let c = &candidates[i];
        let near = &candidates[i.saturating_sub(NEIGHBOURS)..candidates.len().min(i + NEIGHBOURS + 1)];
        let within = |other: &&Candidate, nodes: usize| other.id.abs_diff(c.id) < nodes && !other.outside;
        let small =
            near.iter().any(|o| within(&o, 150) && !o.old && o.value / 10 >= c.value && o.per.is_none());
        let lowered = !c.old
            && near
                .iter()
                .any(|o| within(&o, 40) && o.old && o.value > c.value && o.value < c.value.saturating_mul(4));
        let round = c.value.is_multiple_of(100);
        let cut = round
            && near
                .iter()
                .any(|o| within(&o, 30) && o.value > c.value && o.value < c.value.saturating_add(100));
        let features = &mut candidates[i].features;
        features.set(CUT, cut);
        features.set(SMALL, small);
        features.set(LOWERED, lowered);
        features.set(FIRST, first == Some(i));
        let other = features.0[NAMED_OTHER] + features.0[NAMED_EXTRA] > 0.0;
        features.set(FIRST_OTHER, first == Some(i) && other);
    }
}
