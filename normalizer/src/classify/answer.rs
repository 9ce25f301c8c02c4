//! From the words of a listing to ranked subheadings with probabilities, what decided, and an answer as
//! deep as it can be given. Not here: scoring (`model.rs`).

use super::features::Seen;
use super::model::{Known, Model, ModelError, Scores};
use crate::nomenclature::{Nomenclature, Rule};
use model::HsCode;
use std::sync::{Arc, LazyLock};

/// The model that ships with the project.
static BUILTIN: &[u8] = include_bytes!("../../../config/hs/model.bin");

/// Least probability of an answer: below it at six digits the heading is answered, below it there the
/// chapter, below it there nothing.
pub const LEAST_PROBABILITY: f32 = 0.7;
/// How much the words beside the title count: the last part of the category, the parts above it, values
/// that say what the thing is or is made of, other values.
const CATEGORY: f32 = 0.7;
const ABOVE: f32 = 0.35;
const TELLING: f32 = 0.6;
const OTHER: f32 = 0.2;
/// Attributes read, and words named as what decided.
const MOST_ATTRIBUTES: usize = 40;
const MOST_WHY: usize = 5;
/// What a word must add to the score to be named.
const LEAST_SAYING: f32 = 0.15;

/// A probability as sentences say it: two digits, and never certain.
pub fn in_words(probability: f32) -> String {
    match probability {
        p if p > 0.99 => "above 0.99".to_owned(),
        p if p < 0.01 => "below 0.01".to_owned(),
        p => format!("{p:.2}"),
    }
}

/// What is known of goods.
#[derive(Debug, Clone, Copy, Default)]
pub struct Goods<'a> {
    /// Title or description, in any of the languages the model learned.
    pub text: &'a str,
    /// Category path of the site, parts divided by `>`, `/` or `|`.
    pub category: Option<&'a str>,
    /// Names and values of attributes.
    pub attributes: &'a [(String, String)],
}

/// A subheading the goods may belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Six digits.
    pub hs: HsCode,
    /// How often such an answer is right, 0 to 1.
    pub probability: f32,
    /// The words that spoke for it most, strongest first.
    pub why: Vec<String>,
}

/// What the classifier says of goods.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The likeliest subheadings, best first.
    pub candidates: Vec<Candidate>,
    /// The deepest code whose probability is enough: six, four or two digits; `None`: not known.
    pub code: Option<HsCode>,
    /// Its probability; where there is no code, that of the likeliest chapter.
    pub probability: f32,
}

impl Answer {
    /// The rules of the nomenclature that decide between the two likeliest candidates, at most three.
    pub fn rules(&self) -> Vec<&'static Rule> {
        let [first, second, ..] = &self.candidates[..] else { return Vec::new() };
        // It decides between the two only where it speaks of each by another code.
        let of = |rule: &Rule, code: &HsCode| rule.codes.iter().position(|of| code.is_within(of));
        let decides = |rule: &Rule| {
            of(rule, &first.hs).zip(of(rule, &second.hs)).is_some_and(|(first, second)| first != second)
        };
        Nomenclature::builtin().rules().iter().filter(|rule| decides(rule)).take(3).collect()
    }
}

/// The classifier: a model with room to work in. One per thread.
#[derive(Debug)]
pub struct Classifier<'a> {
    model: &'a Model,
    seen: Seen,
    known: Vec<Known>,
    scores: Scores,
}

impl Model {
    /// The model that ships with the project.
    ///
    /// # Errors
    /// A damaged program only.
    pub fn builtin() -> Result<Arc<Model>, ModelError> {
        static MODEL: LazyLock<Result<Arc<Model>, ModelError>> =
            LazyLock::new(|| Model::from_bytes(BUILTIN).map(Arc::new));
        MODEL.as_ref().cloned().map_err(|error| ModelError(error.0.clone()))
    }
}

impl<'a> Classifier<'a> {
    /// By a model.
    pub fn new(model: &'a Model) -> Classifier<'a> {
        Classifier { model, seen: Seen::default(), known: Vec::new(), scores: Scores::default() }
    }

    /// The model it works by.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Ranks subheadings for goods; `most` candidates, with an answer of at least probability `least`. No
    /// candidates where no word is known.
    pub fn classify(&mut self, goods: &Goods<'_>, most: usize, least: f32) -> Answer {
        self.read(goods);
        if self.known.is_empty() {
            return Answer { candidates: Vec::new(), code: None, probability: 0.0 };
        }
        self.model.score(&self.known, &mut self.scores);
        let top = self.top(most.max(1));
        let (code, probability) = self.deepest(&top, least);
        let candidates = top
            .into_iter()
            .take(most)
            .map(|at| Candidate {
                hs: self.model.codes[at],
                probability: self.scores.codes[at],
                why: self.why(at),
            })
            .collect();
        Answer { candidates, code, probability }
    }

    /// The probability that goods belong to a code of two, four or six digits; 0 for one that the model
    /// does not have, and where no word is known.
    pub fn probability(&mut self, goods: &Goods<'_>, code: &HsCode) -> f32 {
        self.read(goods);
        if self.known.is_empty() {
            return 0.0;
        }
        self.model.score(&self.known, &mut self.scores);
        self.probability_of_last(code)
    }

    /// The same for the goods that were ranked last, without reading and scoring them again.
    pub fn probability_of_last(&self, code: &HsCode) -> f32 {
        if self.known.is_empty() {
            return 0.0;
        }
        let code = code.subheading().unwrap_or(*code);
        let held = self.model.codes.iter().zip(&self.scores.codes);
        held.filter(|(own, _)| own.is_within(&code)).map(|(_, probability)| probability).sum()
    }

    fn read(&mut self, goods: &Goods<'_>) {
        self.seen.clear();
        self.seen.read(goods.text, 1.0);
        if let Some(category) = goods.category {
            let parts: Vec<&str> =
                category.split(['>', '/', '|', '»', '›']).map(str::trim).filter(|p| !p.is_empty()).collect();
            for (from_end, part) in parts.iter().rev().take(6).enumerate() {
                self.seen.read(part, if from_end == 0 { CATEGORY } else { ABOVE });
            }
        }
        for (name, value) in goods.attributes.iter().take(MOST_ATTRIBUTES) {
            self.seen.read(value, if is_telling(name) { TELLING } else { OTHER });
        }
        self.seen.settle();
        self.model.known(&self.seen, &mut self.known);
    }

    /// Places of the likeliest codes, best first; equal ones by code.
    fn top(&self, most: usize) -> Vec<usize> {
        let mut top: Vec<usize> = Vec::with_capacity(most + 1);
        let codes = &self.scores.codes;
        let mut least = f32::MIN;
        for (at, probability) in codes.iter().enumerate() {
            if *probability <= least {
                continue;
            }
            let place = top.partition_point(|held| codes[*held] >= *probability);
            top.insert(place, at);
            top.truncate(most);
            if top.len() == most {
                least = top.last().map_or(f32::MIN, |last| codes[*last]);
            }
        }
        top
    }

    /// The deepest code that is likely enough.
    fn deepest(&self, top: &[usize], least: f32) -> (Option<HsCode>, f32) {
        let Some(&first) = top.first() else { return (None, 0.0) };
        let codes = &self.scores.codes;
        if codes[first] >= least {
            return (Some(self.model.codes[first]), codes[first]);
        }
        let mut of_headings = vec![0.0f32; self.model.chapter_of.len()];
        for (heading, sum) in of_headings.iter_mut().enumerate() {
            let held = self.model.heads[heading] as usize..self.model.heads[heading + 1] as usize;
            *sum = codes[held].iter().sum();
        }
        let likeliest = |sums: &[f32]| {
            let best = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
            best.map_or((0, 0.0), |(at, sum)| (at, *sum))
        };
        let (heading, sum) = likeliest(&of_headings);
        let code_of = |heading: usize| self.model.codes[self.model.heads[heading] as usize];
        if sum >= least {
            return (code_of(heading).heading(), sum);
        }
        let mut of_chapters = vec![0.0f32; self.model.chapter_of.last().map_or(0, |l| usize::from(*l) + 1)];
        for (sum, chapter) in of_headings.iter().zip(&self.model.chapter_of) {
            of_chapters[usize::from(*chapter)] += sum;
        }
        let (chapter, sum) = likeliest(&of_chapters);
        let first = self.model.chapter_of.iter().position(|of| usize::from(*of) == chapter);
        let code = first.map(|heading| code_of(heading).chapter()).filter(|_| sum >= least);
        (code, sum)
    }

    /// The words that spoke for a code, by what their features add to its score.
    fn why(&self, at: usize) -> Vec<String> {
        let heading = self.model.heading_of[at];
        let classes = [at as u16, heading, self.model.chapter_of[usize::from(heading)]];
        let mut of_words = vec![0.0f32; self.seen.words.len()];
        for Known { feature, value, word } in &self.known {
            let said: f32 =
                self.model.levels.iter().zip(classes).map(|(level, class)| level.says(*feature, class)).sum();
            if let Some(sum) = of_words.get_mut(usize::from(*word)) {
                *sum += said * value;
            }
        }
        let mut strongest: Vec<(f32, &String)> = of_words.into_iter().zip(&self.seen.words).collect();
        strongest.retain(|(said, _)| *said >= LEAST_SAYING);
        strongest.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let mut why: Vec<String> = Vec::new();
        for (_, word) in strongest {
            if why.len() < MOST_WHY && !why.contains(word) {
                why.push(word.clone());
            }
        }
        why
    }
}

/// Names of attributes whose values say what the thing is.
fn is_telling(name: &str) -> bool {
    let name = crate::text::fold(name);
    [
        "type",
        "material",
        "product",
        "item",
        "kind",
        "fabric",
        "style",
        "matiere",
        "tipo",
        "typ",
        "art",
        "материал",
        "тип",
        "材质",
        "类型",
    ]
    .iter()
    .any(|telling| name.contains(telling))
}

#[cfg(test)]
mod tests;
