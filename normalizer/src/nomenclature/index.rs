//! An index of one language's words for goods: postings by term, ranked by how rare they are and how
//! much of a phrase is met (BM25, Robertson and Zaragoza 2009), with slips of the pen and longer or
//! shorter forms forgiven. Not here: how languages are weighed against one another (`search`).

use super::language::Language;
use super::{Nomenclature, Online};
use crate::text::{self, Fnv};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

/// BM25's saturation and length normalization, at their usual values.
const K1: f64 = 1.2;
const B: f64 = 0.6;
/// Weight of a word of a description beside one of a seller's phrase.
const OF_DESCRIPTION: f64 = 0.5;
/// Weight of a single character beside a pair, where texts have no spaces.
const OF_CHARACTER: f64 = 0.2;
/// What a phrase adds that the query holds as a whole, in multiples of its words' own weight.
const WHOLE_PHRASE: f64 = 0.7;
/// What a slip of the pen costs, per letter.
const SLIP: f64 = 0.35;
/// What a longer or shorter form of a word is worth.
const FORM: f64 = 0.55;
/// What a single character is worth in place of a pair that is not known.
const CHARACTER: f64 = 0.3;
/// Letters that a form shares at least with the word it is read as.
const FORM_LETTERS: usize = 4;
/// Words read of a query.
const QUERY_WORDS: usize = 40;

/// What one language knows of one subheading, as an index reads it.
pub(super) struct Document {
    /// Which of the nomenclature's subheadings, by place.
    pub(super) entry: u32,
    pub(super) description: &'static str,
    pub(super) phrases: Vec<&'static str>,
}

#[derive(Clone, Copy)]
struct Posting {
    document: u32,
    weight: f32,
}

/// The index.
pub(super) struct Index {
    language: Language,
    /// The nomenclature's own words only: nobody can stuff the table with colliding keys.
    terms: HashMap<String, u32, BuildHasherDefault<Fnv>>,
    /// Where the postings of each term begin; one more than there are terms.
    begins: Vec<u32>,
    postings: Vec<Posting>,
    documents: Vec<Document>,
    lengths: Vec<f32>,
    mean_length: f64,
    phrases: Phrases,
}

/// The terms of each phrase of each document, one behind the other.
#[derive(Default)]
struct Phrases {
    terms: Vec<u32>,
    /// Where each phrase ends.
    ends: Vec<u32>,
    /// The first phrase of each document.
    of_document: Vec<u32>,
}

impl Phrases {
    /// Begins a document; gives where its terms begin.
    fn begin(&mut self) -> usize {
        self.of_document.push(self.ends.len() as u32);
        self.terms.len()
    }
    /// Ends a phrase.
    fn end(&mut self) {
        self.ends.push(self.terms.len() as u32);
    }
    /// The phrases of a document, as far as asked for.
    fn of(&self, document: usize) -> impl Iterator<Item = &[u32]> {
        let first = self.of_document[document] as usize;
        (first..self.ends.len()).map(|at| {
            let begin = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.terms[begin as usize..self.ends[at] as usize]
        })
    }
}

/// Terms by number, and what each piece of a text between spaces was read as: sellers' words recur.
struct Vocabulary {
    language: Language,
    terms: HashMap<String, u32, BuildHasherDefault<Fnv>>,
    pieces: HashMap<&'static str, (u32, u32), BuildHasherDefault<Fnv>>,
    of_pieces: Vec<u32>,
}

impl Vocabulary {
    fn of(language: Language) -> Vocabulary {
        let mut terms = HashMap::default();
        let mut pieces = HashMap::default();
        terms.reserve(8_192);
        pieces.reserve(16_384);
        Vocabulary { language, terms, pieces, of_pieces: Vec::new() }
    }
    fn number(&mut self, term: String) -> u32 {
        let next = self.terms.len() as u32;
        *self.terms.entry(term).or_insert(next)
    }
    fn read(&mut self, text: &'static str, into: &mut Vec<u32>) {
        for piece in text.split_ascii_whitespace() {
            let (from, to) = match self.pieces.get(piece) {
                Some(known) => *known,
                None => {
                    let from = self.of_pieces.len() as u32;
                    for term in self.language.terms(piece) {
                        let term = self.number(term);
                        self.of_pieces.push(term);
                    }
                    let read = (from, self.of_pieces.len() as u32);
                    self.pieces.insert(piece, read);
                    read
                }
            };
            into.extend_from_slice(&self.of_pieces[from as usize..to as usize]);
        }
    }
}

/// A subheading found in one language.
pub(super) struct Found {
    pub(super) entry: u32,
    pub(super) score: f64,
    pub(super) why: Vec<String>,
}

/// What a query found in one language.
pub(super) struct Answer {
    pub(super) found: Vec<Found>,
}

/// What a document is worth so far, and by which words.
type Scored<'r> = (f64, Vec<(f64, &'r Read)>);

/// A term of the query as it is read.
struct Read {
    term: u32,
    share: f64,
    said: String,
}

impl Index {
    pub(super) fn new(language: Language, documents: Vec<Document>) -> Index {
        let mut vocabulary = Vocabulary::of(language);
        let mut entries: Vec<(u32, Posting)> = Vec::new();
        let mut lengths = Vec::with_capacity(documents.len());
        let mut phrases = Phrases::default();
        let mut counts: Vec<(u32, f64)> = Vec::new();
        let mut described: Vec<u32> = Vec::new();
        for (at, document) in documents.iter().enumerate() {
            let from = phrases.begin();
            for phrase in &document.phrases {
                vocabulary.read(phrase, &mut phrases.terms);
                phrases.end();
            }
            counts.extend(phrases.terms[from..].iter().map(|term| (*term, 1.0)));
            for text in document.phrases.iter().copied().chain(std::iter::once(document.description)) {
                counts.extend(language.characters(text).map(|one| (vocabulary.number(one), OF_CHARACTER)));
            }
            vocabulary.read(document.description, &mut described);
            counts.extend(described.drain(..).map(|term| (term, OF_DESCRIPTION)));
            counts.sort_unstable_by_key(|(term, _)| *term);
            counts.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
            lengths.push(counts.iter().map(|(_, count)| count).sum::<f64>() as f32);
            let posting = |count: f64| Posting { document: at as u32, weight: count as f32 };
            entries.extend(counts.drain(..).map(|(term, count)| (term, posting(count))));
        }
        // Sorted by counting; documents stay in order within a term.
        let mut begins = vec![0u32; vocabulary.terms.len() + 1];
        for (term, _) in &entries {
            begins[*term as usize + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut postings = vec![Posting { document: 0, weight: 0.0 }; entries.len()];
        for (term, posting) in entries {
            let place = &mut next[term as usize];
            postings[*place as usize] = posting;
            *place += 1;
        }
        let all = lengths.iter().map(|length| f64::from(*length)).sum::<f64>();
        Index {
            language,
            terms: vocabulary.terms,
            begins,
            postings,
            mean_length: if lengths.is_empty() { 1.0 } else { all / lengths.len() as f64 },
            documents,
            lengths,
            phrases,
        }
    }

    fn of_term(&self, term: u32) -> &[Posting] {
        let at = term as usize;
        &self.postings[self.begins[at] as usize..self.begins[at + 1] as usize]
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// How many of the query's telling words are known, and how many there are.
    pub(super) fn coverage(&self, query: &str) -> (usize, usize) {
        let asked = self.asked(query);
        (asked.iter().filter(|(term, _)| self.terms.contains_key(term)).count(), asked.len())
    }

    /// The telling terms of a query, each once, with the words they were written as.
    fn asked(&self, query: &str) -> Vec<(String, String)> {
        let mut asked: Vec<(String, String)> = Vec::new();
        for word in text::tokens(query).into_iter().take(QUERY_WORDS) {
            let terms = self.language.terms(&word);
            let several = terms.len() > 1;
            for term in terms.into_iter().take(QUERY_WORDS) {
                if !asked.iter().any(|(known, _)| *known == term) && !self.language.is_filler(&term) {
                    let written = if several { term.clone() } else { word.clone() };
                    asked.push((term, written));
                }
            }
        }
        asked
    }

    /// A term as some phrase or description writes it.
    fn as_written(&self, term: u32, stem: &str) -> String {
        let document = self.of_term(term).first().and_then(|held| self.documents.get(held.document as usize));
        let texts = document.into_iter().flat_map(|document| {
            document.phrases.iter().copied().chain(std::iter::once(document.description))
        });
        texts
            .flat_map(text::tokens)
            .find(|word| self.language.terms(word).first().is_some_and(|first| first == stem))
            .unwrap_or_else(|| stem.to_owned())
    }

    /// Every subheading that shares a word with the query; `forgiving` also reads unknown words as
    /// the nearest known ones.
    pub(super) fn find(&self, query: &str, nomenclature: &Nomenclature, forgiving: bool) -> Answer {
        let asked = self.asked(query);
        let mut words: Vec<Read> = Vec::new();
        for (word, written) in &asked {
            if let Some(term) = self.terms.get(word) {
                words.push(Read { term: *term, share: 1.0, said: written.clone() });
            } else if forgiving {
                words.extend(self.nearest(word).into_iter().map(|(known, share)| {
                    let term = self.terms[known.as_str()];
                    Read { term, share, said: format!("{written} → {}", self.as_written(term, &known)) }
                }));
            }
        }
        let mut scores: HashMap<u32, Scored<'_>> = HashMap::new();
        for read in &words {
            let found = self.of_term(read.term);
            let rarity = self.rarity(found.len());
            for posting in found {
                let length = f64::from(self.lengths[posting.document as usize]) / self.mean_length;
                let count = f64::from(posting.weight);
                let worth = read.share * rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                let (score, why) = scores.entry(posting.document).or_default();
                *score += worth;
                why.push((worth, read));
            }
        }
        let fillers: HashSet<u32> = self
            .terms
            .iter()
            .filter(|(term, _)| self.language.is_filler(term))
            .map(|(_, number)| *number)
            .collect();
        let known: HashSet<u32> = words.iter().map(|read| read.term).collect();
        let found = scores
            .into_iter()
            .filter_map(|(at, (score, why))| {
                let document = self.documents.get(at as usize)?;
                let online = nomenclature.subheadings().get(document.entry as usize)?.online;
                Some(self.judged(at as usize, document, online, score, why, &known, &fillers))
            })
            .collect();
        Answer { found }
    }

    /// Adds what whole phrases are worth, and puts the strongest reasons first.
    #[allow(clippy::too_many_arguments)]
    fn judged(
        &self,
        at: usize,
        document: &Document,
        online: Online,
        mut score: f64,
        mut why: Vec<(f64, &Read)>,
        known: &HashSet<u32>,
        fillers: &HashSet<u32>,
    ) -> Found {
        let mut best: Option<(f64, &str, &[u32])> = None;
        for (phrase, parts) in document.phrases.iter().zip(self.phrases.of(at)) {
            let mut telling = parts.iter().filter(|part| !fillers.contains(part)).peekable();
            if telling.peek().is_none() || !telling.clone().all(|part| known.contains(part)) {
                continue;
            }
            let worth =
                telling.map(|part| self.rarity(self.of_term(*part).len())).sum::<f64>() * WHOLE_PHRASE;
            if best.is_none_or(|(most, _, _)| worth > most) {
                best = Some((worth, phrase, parts));
            }
        }
        let mut reasons = Vec::new();
        if let Some((worth, phrase, parts)) = best {
            score += worth;
            why.retain(|(_, read)| !parts.contains(&read.term));
            reasons.push(phrase.to_owned());
        }
        // What is sold everywhere is what is likelier meant.
        score *= match online {
            Online::Hardly => 0.9,
            Online::Sometimes => 1.0,
            Online::Regularly => 1.06,
            Online::Everywhere => 1.12,
        };
        why.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.said.cmp(&b.1.said)));
        reasons.extend(why.into_iter().take(5 - reasons.len()).map(|(_, read)| read.said.clone()));
        Found { entry: document.entry, score, why: reasons }
    }

    /// BM25's inverse document frequency.
    fn rarity(&self, holders: usize) -> f64 {
        let all = self.documents.len() as f64;
        let holders = holders as f64;
        ((all - holders + 0.5) / (holders + 0.5) + 1.0).ln()
    }

    /// The known words nearest to an unknown one: by one slip in words of four to seven letters, two in
    /// longer ones (swapped neighbours are one slip), else as the beginning of a longer form, or a longer
    /// form of it; in German also the last part of a compound; in Chinese each character of a pair.
    fn nearest(&self, word: &str) -> Vec<(String, f64)> {
        let letters = word.chars().count();
        if !word.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        if self.language == Language::Chinese {
            let known = self.language.characters(word).filter(|character| self.terms.contains_key(character));
            return known.map(|character| (character, CHARACTER)).collect();
        }
        let allowed = match letters {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        };
        let mut near: Vec<(usize, usize, &str)> = Vec::new();
        if allowed > 0 {
            for (known, term) in &self.terms {
                // Letters of a word are at most its bytes and, in these scripts, at least a third.
                if known.len() < 3 || known.chars().count().abs_diff(letters) > allowed {
                    continue;
                }
                let slips = strsim::osa_distance(word, known);
                if slips <= allowed {
                    near.push((slips, self.of_term(*term).len(), known));
                }
            }
        }
        if near.is_empty() {
            return self.forms(word, letters);
        }
        let least = near.iter().map(|(slips, _, _)| *slips).min().unwrap_or(0);
        near.retain(|(slips, _, _)| *slips == least);
        // The commoner word is the likelier one; equal ones by letters, so that the answer is always the same.
        near.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(b.2)));
        near.into_iter()
            .take(3)
            .map(|(slips, _, known)| (known.to_owned(), 1.0 - SLIP * slips as f64))
            .collect()
    }

    fn forms(&self, word: &str, letters: usize) -> Vec<(String, f64)> {
        if letters < FORM_LETTERS {
            return Vec::new();
        }
        let mut forms: Vec<(usize, &str)> = Vec::new();
        for known in self.terms.keys() {
            let length = known.chars().count();
            let longer = known.starts_with(word) && length <= letters * 2;
            let shorter =
                length >= FORM_LETTERS && length * 3 >= letters * 2 && word.starts_with(known.as_str());
            let last =
                self.language == Language::German && length >= FORM_LETTERS && word.ends_with(known.as_str());
            if longer || shorter || last {
                forms.push((length.min(letters), known));
            }
        }
        forms
            .sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.len().cmp(&b.1.len())).then_with(|| a.1.cmp(b.1)));
        let shared = forms.first().map_or(0, |(length, _)| *length);
        forms
            .into_iter()
            .take_while(|(length, _)| *length == shared)
            .take(3)
            .map(|(_, known)| (known.to_owned(), FORM))
            .collect()
    }
}
