//! A course of learning: from the texts and an administration's corrections to a new model, made honest
//! by titles it had not learned from, and held against the model before it on the frozen test. Not here:
//! the learning itself (`train.rs`), files (`api`).

use super::answer::{Classifier, Goods};
use super::model::Model;
use super::texts;
use super::train::{Example, Settings, train};
use crate::nomenclature::Nomenclature;
use model::{ContentHash, HsCode};
use std::collections::BTreeMap;

/// How much a correction counts beside a title of ours.
const CORRECTION: f32 = 3.0;
/// Share of the surest answers whose precision a score gives.
const SUREST: f64 = 0.4;

/// A code that an officer confirmed or corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The listing's words.
    pub text: String,
    /// Six digits or more.
    pub hs: HsCode,
    /// Who says so, where it is known.
    pub labeller: Option<String>,
}

/// What is wrong with a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Its place among those given, from 0.
    pub at: usize,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// A text to which labellers gave different subheadings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Disagreement {
    /// The text.
    pub text: String,
    /// Each subheading with those who gave it (`?` for one not named).
    pub codes: BTreeMap<String, Vec<String>>,
}

/// How a model does on labelled titles, shares from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Score {
    /// Titles.
    pub titles: usize,
    /// The likeliest subheading is right; is among the five likeliest.
    pub top1: f64,
    /// See `top1`.
    pub top5: f64,
    /// The likeliest subheading's heading is right.
    pub heading: f64,
    /// The likeliest subheading's chapter is right.
    pub chapter: f64,
    /// Right among the 40 % with the highest probability.
    pub surest: f64,
    /// Titles answered at six digits, and of these the right ones.
    pub answered: f64,
    /// See `answered`.
    pub precision: f64,
    /// Mean of the squared difference between the probability of the likeliest and 1 where it is right.
    pub brier: f64,
}

/// What a course of learning comes to.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The new model.
    pub model: Model,
    /// Beside the one before.
    pub report: Report,
}

/// A comparison of the new model with the one before it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Report {
    /// SHA-256 of the model before, and of the new one.
    pub before: ContentHash,
    /// See `before`.
    pub after: ContentHash,
    /// Texts learned from, corrections among them.
    pub texts: u64,
    /// See `texts`.
    pub corrections: u64,
    /// The frozen test before and after.
    pub frozen_before: Score,
    /// See `frozen_before`.
    pub frozen_after: Score,
    /// Whether the new model does worse on the frozen test, by the likeliest or by the five likeliest.
    pub worse: bool,
    /// Frozen titles whose likeliest subheading became right, and became wrong.
    pub became_right: usize,
    /// See `became_right`.
    pub became_wrong: usize,
    /// The corrections themselves, before and after: what they teach must show.
    pub corrected_before: f64,
    /// See `corrected_before`.
    pub corrected_after: f64,
    /// Texts to which labellers gave different subheadings. Each label was learned with its share.
    pub disagreements: Vec<Disagreement>,
}

/// Learns a model from the project's texts and from corrections.
///
/// First from all but the second and third lot of titles, to find how far its probabilities can be trusted on titles
/// of authors it does not know; then from all.
///
/// # Errors
/// Every correction that cannot be learned from: a code without six digits or that HS 2022 does not have,
/// a text without words. Nothing is learned then.
pub fn learn(
    corrections: &[Correction],
    before: &Model,
    settings: Settings,
    mut told: impl FnMut(&str),
) -> Result<Lesson, Vec<Mistake>> {
    check(corrections)?;
    let nomenclature = Nomenclature::builtin();
    let codes: Vec<HsCode> = nomenclature.subheadings().iter().map(|entry| entry.hs).collect();
    let disagreements = disagreements(corrections);
    let mut examples = texts::of_nomenclature(nomenclature);
    examples.extend(texts::first_lot());
    let mut others = texts::second_lot();
    others.extend(texts::third_lot());
    told(&format!("learning from {} texts, to be judged by {} others", examples.len(), others.len()));
    let mut round = |number: u32, loss: f64| told(&format!("round {number}: mean loss {loss:.3}"));
    let mut judged = train(&examples, &codes, settings, &mut round);
    let sharpness = sharpest(&mut judged, &others);
    examples.extend(others);
    examples.extend(taught(corrections));
    told(&format!("probabilities sharpened by {sharpness:.2}; learning from all {} texts", examples.len()));
    let mut round = |number: u32, loss: f64| told(&format!("round {number}: mean loss {loss:.3}"));
    let model = train(&examples, &codes, settings, &mut round);
    let mut about = model.about().clone();
    about.sharpness = sharpness;
    about.corrections = corrections.len() as u64;
    let model = model.described(about);
    let report = compared(before, &model, corrections, disagreements);
    Ok(Lesson { model, report })
}

fn check(corrections: &[Correction]) -> Result<(), Vec<Mistake>> {
    let nomenclature = Nomenclature::builtin();
    let wrong = corrections.iter().enumerate().filter_map(|(at, correction)| {
        let problem = if crate::text::tokens(&correction.text).is_empty() {
            "the text has no words".to_owned()
        } else if nomenclature.subheading(&correction.hs).is_none() {
            let near: Vec<String> = nomenclature
                .nearest(correction.hs.as_str(), 3)
                .iter()
                .map(|entry| entry.hs.dotted())
                .collect();
            let code = correction.hs.dotted();
            match near.is_empty() {
                true => format!("HS 2022 has no subheading {code}"),
                false => format!("HS 2022 has no subheading {code}; the nearest are {}", near.join(", ")),
            }
        } else {
            return None;
        };
        Some(Mistake { at, problem })
    });
    let wrong: Vec<Mistake> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// The labels of each text, by its folded words.
fn by_text(corrections: &[Correction]) -> BTreeMap<String, Vec<&Correction>> {
    let mut by_text: BTreeMap<String, Vec<&Correction>> = BTreeMap::new();
    for correction in corrections {
        by_text.entry(crate::text::tokens(&correction.text).join(" ")).or_default().push(correction);
    }
    by_text
}

fn disagreements(corrections: &[Correction]) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for labels in by_text(corrections).into_values() {
        let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for label in &labels {
            let code = label.hs.subheading().unwrap_or(label.hs).to_string();
            codes.entry(code).or_default().push(label.labeller.clone().unwrap_or_else(|| "?".to_owned()));
        }
        if codes.len() > 1 {
            found.push(Disagreement { text: labels[0].text.clone(), codes });
        }
    }
    found
}

/// Corrections as examples; several labels of one text share its weight.
fn taught(corrections: &[Correction]) -> Vec<Example<'_>> {
    let mut examples = Vec::new();
    for labels in by_text(corrections).into_values() {
        for label in &labels {
            let hs = label.hs.subheading().unwrap_or(label.hs);
            let weight = CORRECTION / labels.len() as f32;
            examples.push(Example { hs, text: label.text.as_str().into(), weight });
        }
    }
    examples
}

/// The factor of the logits under which the mean log probability of what is right is highest (Guo et al.
/// 2017, temperature scaling), by golden section over [0.2, 2].
fn sharpest(model: &mut Model, titles: &[Example<'_>]) -> f32 {
    let loss = |sharpness: f32| {
        let mut about = model.about().clone();
        about.sharpness = sharpness;
        model.set_about(about);
        let mut classifier = Classifier::new(model);
        let losses = titles.iter().map(|title| {
            let goods = Goods { text: &title.text, ..Goods::default() };
            -f64::from(classifier.probability(&goods, &title.hs).max(1e-9).ln())
        });
        losses.sum::<f64>()
    };
    least_of(0.2, 2.0, loss)
}

/// Where a function with one valley is least, to a hundredth.
fn least_of(mut from: f32, mut to: f32, mut of: impl FnMut(f32) -> f64) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let (mut left, mut right) = (to - (to - from) * GOLDEN, from + (to - from) * GOLDEN);
    let (mut at_left, mut at_right) = (of(left), of(right));
    while to - from > 0.01 {
        if at_left < at_right {
            (to, right, at_right) = (right, left, at_left);
            left = to - (to - from) * GOLDEN;
            at_left = of(left);
        } else {
            (from, left, at_left) = (left, right, at_right);
            right = from + (to - from) * GOLDEN;
            at_right = of(right);
        }
    }
    (from + to) / 2.0
}

fn compared(
    before: &Model,
    after: &Model,
    corrections: &[Correction],
    disagreements: Vec<Disagreement>,
) -> Report {
    let frozen = texts::frozen();
    let titles: Vec<(HsCode, &str)> = frozen.iter().map(|frozen| (frozen.hs, frozen.title)).collect();
    let own: Vec<(HsCode, &str)> = corrections
        .iter()
        .map(|correction| (correction.hs.subheading().unwrap_or(correction.hs), correction.text.as_str()))
        .collect();
    let (frozen_before, right_before) = scored(before, &titles);
    let (frozen_after, right_after) = scored(after, &titles);
    let changed = |from: bool| {
        right_before.iter().zip(&right_after).filter(|(was, is)| was != is && **was == from).count()
    };
    Report {
        before: *before.hash(),
        after: *after.hash(),
        texts: after.about().texts,
        corrections: corrections.len() as u64,
        worse: frozen_after.top1 < frozen_before.top1 || frozen_after.top5 < frozen_before.top5,
        frozen_before,
        frozen_after,
        became_right: changed(false),
        became_wrong: changed(true),
        corrected_before: scored(before, &own).0.top1,
        corrected_after: scored(after, &own).0.top1,
        disagreements,
    }
}

/// How a model does on labelled titles.
pub fn score(model: &Model, titles: &[(HsCode, &str)]) -> Score {
    scored(model, titles).0
}

/// The score, and for each title whether the likeliest subheading is right.
fn scored(model: &Model, titles: &[(HsCode, &str)]) -> (Score, Vec<bool>) {
    let mut classifier = Classifier::new(model);
    let mut score = Score { titles: titles.len(), ..Score::default() };
    let (mut sure, mut right) = (Vec::with_capacity(titles.len()), Vec::with_capacity(titles.len()));
    let (mut answers, mut right_answers) = (0.0, 0.0);
    for (hs, title) in titles {
        let goods = Goods { text: title, ..Goods::default() };
        let answer = classifier.classify(&goods, 5, super::LEAST_PROBABILITY);
        let best = answer.candidates.first();
        let is_right = best.is_some_and(|best| best.hs == *hs);
        let probability = best.map_or(0.0, |best| f64::from(best.probability));
        let one = |yes: bool| f64::from(u8::from(yes));
        score.top1 += one(is_right);
        score.top5 += one(answer.candidates.iter().any(|candidate| candidate.hs == *hs));
        score.heading += one(best.is_some_and(|best| best.hs.heading() == hs.heading()));
        score.chapter += one(best.is_some_and(|best| best.hs.chapter() == hs.chapter()));
        score.brier += (probability - one(is_right)).powi(2);
        if answer.code.is_some_and(|code| code.level() == 6) {
            answers += 1.0;
            right_answers += one(is_right);
        }
        sure.push((probability, is_right));
        right.push(is_right);
    }
    let all = titles.len().max(1) as f64;
    for share in [&mut score.top1, &mut score.top5, &mut score.heading, &mut score.chapter, &mut score.brier]
    {
        *share /= all;
    }
    sure.sort_by(|a, b| b.0.total_cmp(&a.0));
    sure.truncate((titles.len() as f64 * SUREST) as usize);
    score.surest = sure.iter().filter(|(_, right)| *right).count() as f64 / sure.len().max(1) as f64;
    score.answered = answers / all;
    score.precision = right_answers / f64::max(answers, 1.0);
    (score, right)
}

#[cfg(test)]
mod tests;
