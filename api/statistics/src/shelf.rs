//! The words of one subheading's offers: which offers have which, and which words of theirs are near
//! to a word that is asked for. Not how a description is weighed (`retrieval`).

use crate::Parameters;
use crate::index::ReferenceIndex;
use crate::thesaurus::{form, is_han};
use model::MatchedBy;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Words whose neighbours are remembered. No rule: a word forgotten is looked for again.
const REMEMBERED: usize = 50_000;

/// What the ways to meet a word are worth, by the rules: the parameters `similarity_…`, which say what each is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Worth {
    pub form: f32,
    pub joined: f32,
    pub translated: f32,
    pub kind: f32,
    pub slip: f32,
    /// A spelling is a slip where the other one is at least so many times as common.
    pub slip_times: usize,
    pub part: f32,
    pub made_of: f32,
    /// What an attribute, brand or model counts as missed that the offer does not state.
    pub not_stated: f32,
}

impl Worth {
    pub fn of(p: &Parameters) -> Worth {
        Worth {
            form: p.similarity_form as f32,
            joined: p.similarity_joined as f32,
            translated: p.similarity_translated as f32,
            kind: p.similarity_kind as f32,
            slip: p.similarity_slip as f32,
            slip_times: p.similarity_slip_times as usize,
            part: p.similarity_part as f32,
            made_of: p.similarity_made_of as f32,
            not_stated: p.similarity_not_stated as f32,
        }
    }
}

/// What was found near to words, under one set of rules.
#[derive(Debug, Default)]
struct Remembered {
    by: Worth,
    near: HashMap<String, Arc<[Near]>>,
}

/// A word near to one asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub word: u32,
    pub quality: f32,
    pub how: MatchedBy,
}

/// The words of the offers of a subheading.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// The offers, sorted.
    pub items: Vec<u32>,
    /// For each word the positions in `items` of those whose name has it.
    postings: HashMap<u32, Vec<u32>>,
    /// How telling the words of each offer are, all together.
    telling: Vec<f32>,
    /// Words without digits, sorted by their text and by their text backwards.
    forward: Vec<u32>,
    backward: Vec<(String, u32)>,
    by_form: HashMap<String, Vec<u32>>,
    /// Words in Chinese characters.
    han: Vec<u32>,
    near: RwLock<Remembered>,
}

impl Shelf {
    /// The shelf of these offers.
    pub fn of(index: &ReferenceIndex, items: &[u32]) -> Shelf {
        let mut shelf = Shelf { items: items.to_vec(), ..Shelf::default() };
        for (position, &i) in items.iter().enumerate() {
            let words = index.words_of(i);
            shelf.telling.push(words.iter().map(|&word| index.telling(word)).sum());
            for &word in words {
                shelf.postings.entry(word).or_default().push(position as u32);
            }
        }
        let mut words: Vec<(&str, u32)> =
            shelf.postings.keys().map(|&word| (index.interner.text(word), word)).collect();
        words.sort_unstable();
        for (text, word) in words {
            shelf.by_form.entry(form(text)).or_default().push(word);
            if is_han(text) {
                shelf.han.push(word);
            } else if !text.contains(|c: char| c.is_ascii_digit()) {
                shelf.forward.push(word);
                shelf.backward.push((text.chars().rev().collect(), word));
            }
        }
        shelf.backward.sort_unstable();
        shelf
    }

    /// How telling the words of the offer at a position are, all together.
    pub fn telling(&self, position: u32) -> f32 {
        self.telling[position as usize]
    }

    /// The number of a word that an offer has.
    pub fn number(&self, index: &ReferenceIndex, word: &str) -> Option<u32> {
        index.interner.known(word).filter(|number| self.postings.contains_key(number))
    }

    /// Whether an offer has the word.
    pub fn has(&self, index: &ReferenceIndex, word: &str) -> bool {
        self.number(index, word).is_some()
    }

    /// The positions of the offers that have all of these words.
    pub fn having(&self, words: &[u32]) -> Cow<'_, [u32]> {
        let list = |word: &u32| self.postings.get(word).map_or(&[][..], Vec::as_slice);
        match words {
            [] => Cow::Borrowed(&[]),
            [word] => Cow::Borrowed(list(word)),
            words => {
                let shortest = words.iter().map(list).min_by_key(|list| list.len()).unwrap_or_default();
                let all = |position: &u32| words.iter().all(|w| list(w).binary_search(position).is_ok());
                Cow::Owned(shortest.iter().copied().filter(all).collect())
            }
        }
    }

    /// A phrase in the words of the offers: each word, or else the commonest form of it; `None` where
    /// one has neither.
    pub fn phrase(&self, index: &ReferenceIndex, words: &[String]) -> Option<Vec<u32>> {
        words
            .iter()
            .map(|word| {
                let forms = || self.by_form.get(&form(word)).into_iter().flatten().copied();
                let commonest = || forms().max_by_key(|word| (self.count(*word), std::cmp::Reverse(*word)));
                let within = || {
                    let han = self.han.iter().filter(|_| is_han(word)).copied();
                    han.filter(|&other| index.interner.text(other).contains(word.as_str()))
                        .max_by_key(|&other| (self.count(other), std::cmp::Reverse(other)))
                };
                self.number(index, word).or_else(commonest).or_else(within)
            })
            .collect()
    }

    /// A word as two that stand in the offers.
    pub fn split(&self, index: &ReferenceIndex, word: &str) -> Option<(u32, u32)> {
        let cuts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        if cuts.len() < 6 || word.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        cuts[3..=cuts.len() - 3]
            .iter()
            .find_map(|&at| Some((self.number(index, &word[..at])?, self.number(index, &word[at..])?)))
    }

    /// The words of the offers that are this word or near to it, best first. A word that the thesaurus
    /// or the rest of the snapshot knows is no slip of the pen for another.
    pub fn near(&self, index: &ReferenceIndex, word: &str, is_known: bool, worth: &Worth) -> Arc<[Near]> {
        let remembered = |memo: &Remembered| {
            if memo.by == *worth { memo.near.get(word).cloned() } else { None }
        };
        let known = remembered(&self.near.read().unwrap_or_else(PoisonError::into_inner));
        known.unwrap_or_else(|| {
            let near: Arc<[Near]> = self.look(index, word, is_known, worth).into();
            let mut memo = self.near.write().unwrap_or_else(PoisonError::into_inner);
            if memo.by != *worth || memo.near.len() >= REMEMBERED {
                *memo = Remembered { by: *worth, near: HashMap::new() };
            }
            memo.near.insert(word.to_owned(), near.clone());
            near
        })
    }

    fn count(&self, word: u32) -> usize {
        self.postings.get(&word).map_or(0, Vec::len)
    }

    fn look(&self, index: &ReferenceIndex, word: &str, is_known: bool, worth: &Worth) -> Vec<Near> {
        let own = self.number(index, word);
        let mut out: Vec<Near> = Vec::new();
        let mut add = |word: u32, quality: f32, how: MatchedBy| {
            if out.iter().all(|near| near.word != word) {
                out.push(Near { word, quality, how });
            }
        };
        if let Some(own) = own {
            add(own, 1.0, MatchedBy::Word);
        }
        let letters = word.chars().count();
        if is_han(word) {
            for &other in self.han.iter().filter(|_| letters >= 2) {
                if index.interner.text(other).contains(word) {
                    add(other, worth.form, MatchedBy::Form);
                }
            }
            return out;
        }
        if letters < 4 || word.contains(|c: char| c.is_ascii_digit()) {
            return out;
        }
        for &other in self.by_form.get(&form(word)).into_iter().flatten() {
            add(other, worth.form, MatchedBy::Form);
        }
        if letters >= 5 {
            let backwards: String = word.chars().rev().collect();
            let from = self.backward.partition_point(|entry| entry.0 < backwards);
            for (text, other) in self.backward[from..].iter().take_while(|e| e.0.starts_with(&backwards)) {
                if text.chars().count() >= letters + 3 {
                    add(*other, worth.kind, MatchedBy::Compound);
                }
            }
        }
        let first = word.chars().next().unwrap_or_default();
        let text_of = |word: &u32| index.interner.text(*word);
        let from = self.forward.partition_point(|other| text_of(other).chars().next() < Some(first));
        let same_first = || self.forward[from..].iter().take_while(|w| text_of(w).starts_with(first));
        if letters >= 5 && !is_known {
            let slips = if letters >= 9 { 2 } else { 1 };
            let mine = own.map_or(0, |own| self.count(own));
            // A word in use elsewhere in the snapshot is a word of its own here too.
            let proper = own.is_none() && index.interner.known(word).is_some_and(|w| index.counted(w) > 0);
            for &other in same_first().filter(|_| !proper) {
                let text = text_of(&other);
                let near_length = text.len().abs_diff(word.len()) <= 2 * slips && text.chars().count() >= 5;
                let rarer = mine == 0 || self.count(other) * worth.slip_times <= mine;
                if near_length && rarer && strsim::osa_distance(word, text) <= slips {
                    add(other, worth.slip, MatchedBy::Spelling);
                }
            }
        }
        for (at, _) in word.char_indices().skip(3) {
            let (head, tail) = word.split_at(at);
            if tail.chars().count() >= 5
                && let Some(other) = self.number(index, tail)
            {
                add(other, worth.part, MatchedBy::Compound);
            }
            if head.chars().count() >= 6
                && tail.chars().count() >= 3
                && let Some(other) = self.number(index, head)
            {
                add(other, worth.part, MatchedBy::Compound);
            }
        }
        if letters >= 6 {
            let from = self.forward.partition_point(|other| text_of(other) < word);
            for &other in self.forward[from..].iter().take_while(|w| text_of(w).starts_with(word)) {
                if text_of(&other).chars().count() >= letters + 3 {
                    add(other, worth.made_of, MatchedBy::Compound);
                }
            }
        }
        out.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        out
    }
}
