//! Finding subheadings by words: those that sellers use and those of the descriptions, ranked by how
//! rare they are and how much of a phrase is met (BM25, Robertson and Zaragoza 2009), with slips of the
//! pen forgiven. Each hit says what matched. Not here: the classification of listings.

use super::{Nomenclature, Online, Subheading};
use crate::text;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// BM25's saturation and length normalization, at their usual values.
const K1: f64 = 1.2;
const B: f64 = 0.6;
/// Weight of a word of a description beside one of a seller's phrase.
const OF_DESCRIPTION: f64 = 0.5;
/// What a phrase adds that the query holds as a whole, in multiples of its words' own weight.
const WHOLE_PHRASE: f64 = 0.7;
/// What a slip of the pen costs, per letter.
const SLIP: f64 = 0.35;
/// Words read of a query.
const QUERY_WORDS: usize = 40;

/// A subheading found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hit {
    /// Which.
    pub subheading: &'static Subheading,
    /// Its rank value: comparable within one answer only.
    pub score: f64,
    /// Phrases and words that matched, strongest first; a corrected word as `written → read`.
    pub why: Vec<String>,
}

struct Posting {
    entry: u32,
    weight: f32,
}

/// An index of the nomenclature's words. Made once; a search takes well below a millisecond, a few
/// where words are misspelt.
pub struct Search {
    nomenclature: &'static Nomenclature,
    postings: HashMap<String, Vec<Posting>>,
    /// The words of each phrase of each subheading, in the nomenclature's order.
    phrases: Vec<Vec<Vec<String>>>,
    lengths: Vec<f32>,
    mean_length: f64,
}

impl Search {
    /// Over the nomenclature that ships with the project.
    pub fn builtin() -> &'static Search {
        static BUILTIN: LazyLock<Search> = LazyLock::new(|| Search::new(Nomenclature::builtin()));
        &BUILTIN
    }

    fn new(nomenclature: &'static Nomenclature) -> Search {
        let mut postings: HashMap<String, Vec<Posting>> = HashMap::new();
        let mut lengths = Vec::new();
        let mut phrases = Vec::new();
        for (at, entry) in nomenclature.subheadings().iter().enumerate() {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let parts: Vec<Vec<String>> = entry.words.iter().map(|phrase| stems(phrase).collect()).collect();
            for word in parts.iter().flatten() {
                *counts.entry(word.clone()).or_default() += 1.0;
            }
            phrases.push(parts);
            for word in stems(entry.description) {
                *counts.entry(word).or_default() += OF_DESCRIPTION;
            }
            lengths.push(counts.values().sum::<f64>() as f32);
            for (word, count) in counts {
                postings.entry(word).or_default().push(Posting { entry: at as u32, weight: count as f32 });
            }
        }
        let mean_length = lengths.iter().map(|length| f64::from(*length)).sum::<f64>() / lengths.len() as f64;
        Search { nomenclature, postings, phrases, lengths, mean_length }
    }

    /// The best `most` subheadings for a query, best first; equal ones by code. Empty where no word is
    /// known.
    pub fn find(&self, query: &str, most: usize) -> Vec<Hit> {
        let asked: Vec<String> = stems(query).take(QUERY_WORDS).collect();
        let mut words: Vec<(String, f64, Option<String>)> = Vec::new();
        for word in &asked {
            if words.iter().any(|(known, _, _)| known == word) || is_filler(word) {
                continue;
            }
            if self.postings.contains_key(word) {
                words.push((word.clone(), 1.0, None));
            } else {
                words.extend(self.corrected(word).map(|(read, share)| (read, share, Some(word.clone()))));
            }
        }
        let mut scores: HashMap<u32, (f64, Vec<(f64, String)>)> = HashMap::new();
        for (word, share, written) in &words {
            let Some(found) = self.postings.get(word) else { continue };
            let rarity = self.rarity(found.len());
            for posting in found {
                let length = f64::from(self.lengths[posting.entry as usize]) / self.mean_length;
                let count = f64::from(posting.weight);
                let worth = share * rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                let said = written.as_ref().map_or_else(|| word.clone(), |as_is| format!("{as_is} → {word}"));
                let (score, why) = scores.entry(posting.entry).or_default();
                *score += worth;
                why.push((worth, said));
            }
        }
        let read: Vec<&str> = words.iter().map(|(word, _, _)| word.as_str()).collect();
        let mut hits: Vec<Hit> = scores
            .into_iter()
            .filter_map(|(at, (score, why))| {
                let subheading = self.nomenclature.subheadings().get(at as usize)?;
                Some(self.judged(subheading, self.phrases.get(at as usize)?, score, why, &read))
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.subheading.hs.cmp(&b.subheading.hs)));
        hits.truncate(most);
        hits
    }

    /// Adds what whole phrases are worth, and puts the strongest reasons first.
    fn judged(
        &self,
        subheading: &'static Subheading,
        phrases: &[Vec<String>],
        mut score: f64,
        mut why: Vec<(f64, String)>,
        read: &[&str],
    ) -> Hit {
        let mut best: Option<(f64, &str, &[String])> = None;
        for (phrase, parts) in subheading.words.iter().zip(phrases) {
            let mut telling = parts.iter().filter(|part| !is_filler(part)).peekable();
            if telling.peek().is_none() || !telling.clone().all(|part| read.contains(&part.as_str())) {
                continue;
            }
            let worth: f64 =
                telling.map(|part| self.rarity(self.postings.get(part).map_or(0, Vec::len))).sum::<f64>()
                    * WHOLE_PHRASE;
            if best.is_none_or(|(most, _, _)| worth > most) {
                best = Some((worth, phrase, parts));
            }
        }
        if let Some((worth, phrase, parts)) = best {
            score += worth;
            why.retain(|(_, word)| !parts.contains(word));
            why.push((f64::INFINITY, phrase.to_owned()));
        }
        // What is sold everywhere is what is likelier meant.
        score *= match subheading.online {
            Online::Hardly => 0.9,
            Online::Sometimes => 1.0,
            Online::Regularly => 1.06,
            Online::Everywhere => 1.12,
        };
        why.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let why = why.into_iter().take(5).map(|(_, word)| word).collect();
        Hit { subheading, score: (score * 1000.0).round() / 1000.0, why }
    }

    /// BM25's inverse document frequency.
    fn rarity(&self, holders: usize) -> f64 {
        let all = self.lengths.len() as f64;
        let holders = holders as f64;
        ((all - holders + 0.5) / (holders + 0.5) + 1.0).ln()
    }

    /// The known words nearest to an unknown one: one slip in words of four to seven letters, two in
    /// longer ones; swapped neighbours are one slip.
    fn corrected(&self, word: &str) -> impl Iterator<Item = (String, f64)> + use<> {
        let letters = word.chars().count();
        let allowed = match letters {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        };
        let mut near: Vec<(usize, usize, String)> = Vec::new();
        if allowed > 0 && word.chars().all(char::is_alphabetic) {
            for (known, found) in &self.postings {
                if known.chars().count().abs_diff(letters) > allowed || known.len() < 3 {
                    continue;
                }
                let slips = strsim::osa_distance(word, known);
                if slips <= allowed {
                    near.push((slips, found.len(), known.clone()));
                }
            }
        }
        let least = near.iter().map(|(slips, _, _)| *slips).min().unwrap_or(0);
        near.retain(|(slips, _, _)| *slips == least);
        // The commoner word is the likelier one; equal ones by letters, so that the answer is always the same.
        near.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
        near.into_iter().take(3).map(|(slips, _, known)| (known, 1.0 - SLIP * slips as f64))
    }
}

/// Words that say nothing of what the goods are.
fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "of" | "for" | "and" | "the" | "a" | "an" | "with" | "in" | "to" | "or" | "on" | "by" | "new"
    )
}

/// The folded words of a text, plural endings of English taken off.
fn stems(text: &str) -> impl Iterator<Item = String> + use<> {
    text::tokens(text).into_iter().map(|word| {
        match word.as_str() {
            w if w.len() > 4 && w.ends_with("ies") => format!("{}y", &w[..w.len() - 3]),
            // "hoodies" and "hoodie" alike.
            w if w.len() > 4 && w.ends_with("ie") => format!("{}y", &w[..w.len() - 2]),
            w if w.len() > 4 && ["ches", "shes", "sses", "xes", "zes"].iter().any(|end| w.ends_with(end)) => {
                w[..w.len() - 2].to_owned()
            }
            w if w.len() > 3 && w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us") => {
                w[..w.len() - 1].to_owned()
            }
            w => w.to_owned(),
        }
    })
}
