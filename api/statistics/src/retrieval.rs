//! Which offers of a subheading are goods like those described, how like they are, and by what. Not
//! which of them count (`evidence`), and not identity, which needs no likeness (`index`).
//!
//! The description's content words are its terms. A term weighs by how telling it is in the snapshot,
//! ln((N + 1) / (n + 1)) + 1 for a word that n of N offers have; one that no offer of the subheading
//! has cannot tell its offers apart and weighs 1, the least. An offer meets a term with a quality q
//! from 0 to 1: by the word itself (1), a form of it, a compound, a slip of the pen, or another word
//! or phrase for the same by the thesaurus. With the attributes (and brand, model) that both state
//! as terms met, and those that only the line states as part of a term missed, each weighing as the
//! terms do on average,
//!
//! ```text
//! s = Σ weight·q / (Σ weight + extra · weight of the offer's words that met no term)
//! ```
//!
//! rounded to thousandths: 1 where the offer says all that the line says and nothing else, never
//! above (Tversky's index, 1977). A contradicted attribute or brand excludes; no word met excludes.

use crate::Parameters;
use crate::attributes::{Attribute, shared};
use crate::index::{ReferenceIndex, Wanted};
use crate::shelf::{Near, Shelf, Worth};
use crate::thesaurus::{Thesaurus, is_han};
use model::{Declaration, HsCode, Matched, MatchedBy};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Words of a description that are read, and ways in which one can be met: no rule but a bound on the work,
/// beyond what descriptions have.
const WORDS: usize = 40;
const WAYS: usize = 64;

/// The lists behind retrieval, made of the offers' words when a description first needs them.
#[derive(Debug, Default)]
pub(crate) struct Retrieval {
    thesaurus: Arc<Thesaurus>,
    counts: OnceLock<HashMap<u32, u32>>,
    shelves: RwLock<HashMap<HsCode, Arc<Shelf>>>,
}

impl Retrieval {
    /// With words of several languages.
    pub fn with(thesaurus: Arc<Thesaurus>) -> Retrieval {
        Retrieval { thesaurus, ..Retrieval::default() }
    }
}

/// Offers with their likeness to a description.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Alike {
    /// Sorted.
    pub items: Vec<u32>,
    /// In (0, 1], one an item; empty where likeness is no question.
    pub similarity: Vec<f64>,
}

impl Alike {
    /// Offers whose likeness is no question.
    pub fn certain(items: Vec<u32>) -> Alike {
        Alike { items, similarity: Vec::new() }
    }
    /// The likeness of the offer at a place; 1 where it is no question.
    pub fn at(&self, at: usize) -> f64 {
        self.similarity.get(at).copied().unwrap_or(1.0)
    }
    /// The likeness of an offer.
    pub fn of(&self, item: u32) -> f64 {
        self.items.binary_search(&item).map_or(1.0, |at| self.at(at))
    }
}

/// One way in which an offer meets a term: by all of these words in its name.
#[derive(Debug, Clone)]
struct Way {
    words: Vec<u32>,
    quality: f32,
    how: MatchedBy,
}

#[derive(Debug, Clone)]
struct Term {
    declared: String,
    weight: f32,
    /// Best first.
    ways: Vec<Way>,
}

/// A description ready to be held to the offers of its subheading.
#[derive(Debug)]
pub(crate) struct Query {
    shelf: Arc<Shelf>,
    terms: Vec<Term>,
    attributes: Vec<Attribute>,
    /// `Some(None)`: a brand that no offer has.
    brand: Option<Option<u32>>,
    brand_words: Vec<Option<u32>>,
    model: Option<Option<u32>>,
    worth: Worth,
}

/// What one line's description finds under one set of parameters: the offers of its subheading are gone
/// through once, whatever facets they are held to then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Retrieved {
    query: OnceLock<Option<Arc<Query>>>,
    found: OnceLock<Arc<Alike>>,
}

impl ReferenceIndex {
    /// Offers of the line's subheading that are like the goods described. `None`: the line describes
    /// nothing.
    pub(crate) fn similar(
        &self,
        line: &Declaration,
        wanted: &Wanted,
        parameters: &Parameters,
    ) -> Option<Arc<Alike>> {
        if wanted.words.is_empty() {
            return None;
        }
        let found = || {
            let query = self.query(line, wanted, parameters);
            Arc::new(
                query
                    .map_or_else(Alike::default, |query| query.found(self, parameters, &mut Room::default())),
            )
        };
        Some(Arc::clone(wanted.retrieved.found.get_or_init(found)))
    }

    /// What a line describes, held to the offers of its subheading; `None` without any.
    pub(crate) fn query<'a>(
        &self,
        line: &Declaration,
        wanted: &'a Wanted,
        parameters: &Parameters,
    ) -> Option<&'a Query> {
        let query = || self.read_query(line, wanted, parameters).map(Arc::new);
        wanted.retrieved.query.get_or_init(query).as_deref()
    }

    fn read_query(&self, line: &Declaration, wanted: &Wanted, parameters: &Parameters) -> Option<Query> {
        let worth = Worth::of(parameters);
        let shelf = self.shelf(line.hs.subheading()?)?;
        let known = |text: &Option<String>| text.as_ref().map(|text| self.interner.known(text));
        Some(Query {
            terms: terms(self, &shelf, &wanted.words, &worth),
            shelf,
            attributes: wanted.attributes.clone(),
            brand: known(&wanted.brand),
            brand_words: wanted.brand_words.iter().map(|word| self.interner.known(word)).collect(),
            model: known(&wanted.model),
            worth,
        })
    }

    /// Offers of the offer's own subheading that a line of its name, without brand, would find
    /// similar; the offer itself is among them where its name has a content word.
    pub(crate) fn like(&self, i: u32, parameters: &Parameters, room: &mut Room) -> Alike {
        let Some(shelf) = self.facts(i).hs6.and_then(|code| self.shelf(code)) else {
            return Alike::default();
        };
        let words: Vec<String> =
            self.words_of(i).iter().map(|&word| self.interner.text(word).to_owned()).collect();
        let worth = Worth::of(parameters);
        let query = Query {
            terms: terms(self, &shelf, &words, &worth),
            shelf,
            attributes: self.attributes_of(i).to_vec(),
            brand: None,
            brand_words: Vec::new(),
            model: None,
            worth,
        };
        query.found(self, parameters, room)
    }

    /// How telling a word is.
    pub(crate) fn telling(&self, word: u32) -> f32 {
        (f64::from(self.len() + 1) / f64::from(self.counted(word) + 1)).ln() as f32 + 1.0
    }

    /// How many offers of the snapshot have a word.
    pub(crate) fn counted(&self, word: u32) -> u32 {
        let counts = self.retrieval.counts.get_or_init(|| {
            let mut counts: HashMap<u32, u32> = HashMap::new();
            for i in 0..self.len() {
                for &word in self.words_of(i) {
                    *counts.entry(word).or_default() += 1;
                }
            }
            counts
        });
        counts.get(&word).copied().unwrap_or(0)
    }

    pub(crate) fn shelf(&self, code: HsCode) -> Option<Arc<Shelf>> {
        let shelves = &self.retrieval.shelves;
        let known = shelves.read().unwrap_or_else(PoisonError::into_inner).get(&code).cloned();
        if known.is_some() {
            return known;
        }
        // Two that miss at once build the same.
        let shelf = Arc::new(Shelf::of(self, self.of_subheading(code)?.items));
        shelves.write().unwrap_or_else(PoisonError::into_inner).insert(code, shelf.clone());
        Some(shelf)
    }
}

/// The terms of a description: phrases of the thesaurus, longest first, else its words.
fn terms(index: &ReferenceIndex, shelf: &Shelf, words: &[String], worth: &Worth) -> Vec<Term> {
    let thesaurus = &index.retrieval.thesaurus;
    let mut read: Vec<String> = Vec::new();
    for word in words.iter().take(WORDS) {
        let parts = if is_han(word) { thesaurus.within(word) } else { Vec::new() };
        read.push(word.clone());
        if !parts.is_empty() && !shelf.has(index, word) {
            read.pop();
            read.extend(parts);
        }
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < read.len() {
        let known = thesaurus.longest(&read[at..]);
        let taken = known.as_ref().map_or(1, |known| known.0);
        let phrase = &read[at..at + taken];
        let mut ways: Vec<Way> = Vec::new();
        if let [word] = phrase {
            ways.extend(shelf.near(index, word, known.is_some(), worth).iter().map(Way::of));
            for (other, before) in [(at.checked_sub(1), true), (Some(at + 1), false)] {
                let Some(other) = other.and_then(|other| read.get(other)) else { continue };
                let joined = if before { format!("{other}{word}") } else { format!("{word}{other}") };
                ways.extend(shelf.number(index, &joined).map(|joined| Way {
                    words: vec![joined],
                    quality: worth.joined,
                    how: MatchedBy::Compound,
                }));
            }
            ways.extend(shelf.split(index, word).map(|(a, b)| Way {
                words: vec![a, b],
                quality: worth.joined,
                how: MatchedBy::Compound,
            }));
        } else {
            let all: Option<Vec<u32>> = phrase.iter().map(|word| shelf.number(index, word)).collect();
            ways.extend(all.map(|words| Way { words, quality: 1.0, how: MatchedBy::Word }));
            ways.extend(shelf.number(index, &phrase.concat()).map(|joined| Way {
                words: vec![joined],
                quality: worth.joined,
                how: MatchedBy::Compound,
            }));
        }
        for &concept in known.iter().flat_map(|known| &known.1) {
            for other in thesaurus.phrases(concept).iter().filter(|other| **other != *phrase) {
                ways.extend(shelf.phrase(index, other).map(|words| Way {
                    words,
                    quality: worth.translated,
                    how: MatchedBy::Translation,
                }));
            }
        }
        ways.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        ways.truncate(WAYS);
        out.push(Term { declared: phrase.join(" "), weight: weight(index, &ways), ways });
        at += taken;
    }
    out
}

/// Of a term that is met in several ways alike, the commonest word says how telling it is.
fn weight(index: &ReferenceIndex, ways: &[Way]) -> f32 {
    let best = ways.first().map_or(0.0, |way| way.quality);
    ways.iter()
        .take_while(|way| way.quality >= best)
        .map(|way| way.words.iter().map(|&word| index.telling(word)).sum::<f32>())
        .min_by(f32::total_cmp)
        .unwrap_or(1.0)
}

impl Way {
    fn of(near: &Near) -> Way {
        Way { words: vec![near.word], quality: near.quality, how: near.how }
    }
}

/// Room to add up what the offers of a shelf meet; all zeros between two descriptions, and no larger than
/// the largest shelf.
#[derive(Debug, Default)]
pub(crate) struct Room {
    met: Vec<f32>,
    named: Vec<f32>,
    of_term: Vec<u32>,
    touched: Vec<u32>,
}

impl Room {
    fn for_shelf(&mut self, n: usize) {
        if self.met.len() < n {
            self.met.resize(n, 0.0);
            self.named.resize(n, 0.0);
            self.of_term.resize(n, 0);
        }
    }
}

impl Query {
    /// The offers that are alike enough.
    fn found(&self, index: &ReferenceIndex, parameters: &Parameters, room: &mut Room) -> Alike {
        room.for_shelf(self.shelf.items.len());
        let Room { met, named, of_term, touched } = room;
        for (number, term) in (1u32..).zip(&self.terms) {
            for way in &term.ways {
                let telling: f32 = way.words.iter().map(|&word| index.telling(word)).sum();
                for &position in self.shelf.having(&way.words).iter() {
                    let at = position as usize;
                    if of_term[at] == number {
                        continue;
                    }
                    if met[at] == 0.0 {
                        touched.push(position);
                    }
                    of_term[at] = number;
                    met[at] += term.weight * way.quality;
                    named[at] += telling;
                }
            }
        }
        let all: f32 = self.terms.iter().map(|term| term.weight).sum();
        // Whatever else an offer states, it can meet no more than every attribute, the brand and the model;
        // common words touch nearly every offer, and most stay below the threshold by that alone.
        let term = f64::from(all / self.terms.len().max(1) as f32);
        let stated = self.attributes.chunk_by(|a, b| a.0 == b.0).count()
            + usize::from(self.brand.is_some())
            + usize::from(self.model.is_some());
        let most = term * stated as f64;
        let least = parameters.similarity - 0.002;
        let wanted = least * (f64::from(all) + most) - most;
        touched.retain(|&position| {
            let at = position as usize;
            let may = f64::from(met[at]) >= wanted;
            if !may {
                (met[at], named[at], of_term[at]) = (0.0, 0.0, 0);
            }
            may
        });
        touched.sort_unstable();
        let mut out = Alike::default();
        for position in touched.drain(..) {
            let (at, item) = (position as usize, self.shelf.items[position as usize]);
            let of_offer = (std::mem::take(&mut met[at]), std::mem::take(&mut named[at]), all);
            of_term[at] = 0;
            if let Some(s) = self.similarity(index, item, position, of_offer, parameters)
                && s >= parameters.similarity - 1e-9
            {
                out.items.push(item);
                out.similarity.push(s);
            }
        }
        out
    }

    /// How like an offer is by the weight of the terms it met, how telling its words among them are and the
    /// weight of all terms; `None` where an attribute or the brand contradicts.
    fn similarity(
        &self,
        index: &ReferenceIndex,
        item: u32,
        position: u32,
        (mut met, mut named, mut all): (f32, f32, f32),
        parameters: &Parameters,
    ) -> Option<f64> {
        let (both, alone) = shared(&self.attributes, index.attributes_of(item))?;
        let term = all / self.terms.len().max(1) as f32;
        met += term * both as f32;
        all += term * (both as f32 + self.worth.not_stated * alone as f32);
        let (offered_brand, offered_model) = index.brand_and_model(item);
        if let Some(brand) = self.brand {
            let words = index.words_of(item);
            let in_name = !self.brand_words.is_empty()
                && self.brand_words.iter().all(|w| w.is_some_and(|w| words.binary_search(&w).is_ok()));
            if offered_brand.is_some() && offered_brand != brand {
                return None;
            }
            if in_name {
                named += self.brand_words.iter().flatten().map(|&w| index.telling(w)).sum::<f32>();
            }
            let stated = offered_brand.is_some() || in_name;
            met += if stated { term } else { 0.0 };
            all += if stated { term } else { term * self.worth.not_stated };
        }
        if let Some(model) = self.model {
            let same = offered_model.is_some() && offered_model == model;
            met += if same { term } else { 0.0 };
            all += if same { term } else { term * self.worth.not_stated };
        }
        let extra = (self.shelf.telling(position) - named).max(0.0);
        let s = f64::from(met) / (f64::from(all) + parameters.similarity_extra * f64::from(extra));
        Some((s.min(1.0) * 1000.0).round() / 1000.0)
    }

    /// What an offer met of the description: words, then attributes, brand and model.
    pub fn explained(&self, index: &ReferenceIndex, item: u32) -> Vec<Matched> {
        let words = index.words_of(item);
        let mut out: Vec<Matched> = Vec::new();
        for term in &self.terms {
            let way = term.ways.iter().find(|way| way.words.iter().all(|w| words.binary_search(w).is_ok()));
            if let Some(way) = way {
                let offered: Vec<&str> = way.words.iter().map(|&word| index.interner.text(word)).collect();
                out.push(Matched {
                    by: way.how,
                    declared: term.declared.clone(),
                    offered: offered.join(" "),
                });
            }
        }
        let stated = index.attributes_of(item);
        out.extend(self.attributes.iter().filter(|a| stated.contains(a)).map(|attribute| {
            let text = crate::attributes::text(*attribute);
            Matched { by: MatchedBy::Attribute, declared: text.clone(), offered: text }
        }));
        let (brand, model) = index.brand_and_model(item);
        for (by, wanted, offered) in
            [(MatchedBy::Brand, self.brand, brand), (MatchedBy::Model, self.model, model)]
        {
            if let (Some(Some(wanted)), Some(offered)) = (wanted, offered)
                && wanted == offered
            {
                let text = index.interner.text(offered).to_owned();
                out.push(Matched { by, declared: text.clone(), offered: text });
            }
        }
        out
    }
}
