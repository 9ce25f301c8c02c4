//! A title taken apart for comparison: brand, designation, words that split a model line, measures,
//! colours, size and the words that are left. Whether two titles name the same goods is not decided
//! here (`compare`).
//!
//! A designation is compared by its *atoms*: runs of letters and runs of digits. "WH-1000XM4",
//! "WH1000XM4" and "wh 1000 xm4" have the same atoms whatever stands between them.

use super::doubts::Editions;
use super::lexicon::{self, Sense};
use super::measure::{self, Dimension, Measure};
use super::{brand, gtin};
use crate::{kind, text};
use model::{GoodsKind, Gtin};
use std::hash::Hasher;

/// Most atoms of a title that are looked at; what stands behind them is advertising.
const MOST_ATOMS: usize = 64;

/// What an atom is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A word of its own.
    Word,
    /// A token of letters and digits, or letters joined to one by a mark.
    Code,
    /// A token of digits.
    Number,
    /// A number so long that it counts a shop's articles.
    Catalogue,
    /// A measure.
    Measured,
    /// A specification.
    Spec,
}

/// A run of letters or of digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Atom {
    pub hash: u64,
    pub is_digits: bool,
    pub len: u8,
    pub role: Role,
    /// Joined to the atom before: in one token, or by one mark without a space.
    pub joined: bool,
    /// In one token with the atom before.
    pub tight: bool,
    /// The first bytes of the run.
    pub head: [u8; 12],
    /// Whether it may be part of a designation: no known word of another sense, not the brand.
    pub plain: bool,
    /// Value of a run of up to six digits.
    pub value: u32,
}

/// A title taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Title {
    pub(super) brand: Option<String>,
    pub(super) gtin: Option<Gtin>,
    pub(super) kind: GoodsKind,
    pub(super) atoms: Vec<Atom>,
    /// Content words in one sense whatever the language, sorted, each once.
    pub(super) words: Vec<u64>,
    pub(super) qualifiers: u64,
    pub(super) colours: u64,
    pub(super) materials: u64,
    pub(super) measures: Vec<Measure>,
    pub(super) size: Option<String>,
    pub(super) designation: Option<String>,
    /// The first word behind the brand that no table knows: the name of a line ("EDGE", "RF").
    pub(super) line: Option<u64>,
    pub(super) editions: Editions,
    /// Whether these are the words of an address: marks and units are lost there.
    pub(super) is_slug: bool,
}

pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = text::Fnv::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

struct Token<'a> {
    text: &'a str,
    start: usize,
    joined: bool,
}

/// Words with what stands before them: nothing but one joining mark, or more.
fn tokens(folded: &str, slug: bool) -> Vec<Token<'_>> {
    let base = folded.as_ptr() as usize;
    let mut out: Vec<Token> = Vec::new();
    for word in text::words(folded) {
        let start = word.as_ptr() as usize - base;
        let joined = !slug
            && out.last().is_some_and(|last: &Token| {
                matches!(&folded[last.start + last.text.len()..start], "-" | "." | "/" | "_" | "‑" | "–")
            });
        out.push(Token { text: word, start, joined });
    }
    out
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

fn is_mixed(word: &str) -> bool {
    has_digit(word) && word.chars().any(char::is_alphabetic)
}

/// A code that only numbers a shop's articles ("d7637032"), by its length.
fn is_catalogue(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
    digits.len() >= 6 && word.len() - digits.len() <= 1 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a word of specifications heads a code here: "TN" of "TN-2420".
fn heads_code(tokens: &[Token], i: usize) -> bool {
    let next = tokens.get(i + 1).filter(|next| next.joined);
    matches!(tokens[i].text, "tn" | "va" | "g" | "cd" | "us" | "de" | "at")
        && next.is_some_and(|next| next.text.bytes().filter(u8::is_ascii_digit).count() >= 3)
}

/// A part number without what only names a region of sale: Samsung's leading L and its "XEN" behind
/// the designation, the "00" Philips puts behind.
fn without_region(code: &str) -> &str {
    let bytes = code.as_bytes();
    let screen = |b: &[u8]| matches!(b, [b's' | b'c' | b'f' | b'u', d, ..] if d.is_ascii_digit());
    let mut out = code;
    if bytes.len() >= 10 && (screen(bytes) || bytes[0] == b'l' && screen(&bytes[1..])) {
        let end = bytes.len() - 3;
        if bytes[end] == b'x' && bytes[end + 1..].iter().all(u8::is_ascii_lowercase) {
            out = &out[..end];
        }
        return out.strip_prefix('l').unwrap_or(out);
    }
    match out.strip_suffix("00") {
        Some(cut) if cut.len() >= 6 && cut.ends_with(|c: char| c.is_ascii_lowercase()) => cut,
        _ => out,
    }
}

impl Title {
    /// Takes a title apart, of which the first 1,000 characters are looked at. `brand` is the one the
    /// page states, if any.
    pub fn read(name: &str, brand: Option<&str>) -> Title {
        Title::parse(name, brand, false)
    }

    /// Takes the words of an address apart ("…/lg-27gp850-b-68-6-cm.html").
    ///
    /// `None` where the address names nothing: fewer than three words, or fewer than two of letters.
    pub fn of_address(address: &str) -> Option<Title> {
        let words = super::address::words(address)?;
        Some(Title::parse(&words, None, true))
    }

    fn parse(name: &str, stated_brand: Option<&str>, slug: bool) -> Title {
        let name = text::title(name);
        let folded = text::fold(name);
        let tokens = tokens(&folded, slug);
        let measured = measure::scan(&folded, slug);
        let plain_words: Vec<&str> = tokens.iter().map(|token| token.text).collect();
        let found = brand::in_words(&plain_words);
        let brand = stated_brand
            .map(brand::key)
            .filter(|key| !key.is_empty())
            .or_else(|| found.as_ref().map(|(key, _, _)| key.clone()));
        let brand_words = found.map_or(0..0, |(_, at, len)| at..at + len);
        let mut title = Title {
            brand,
            gtin: None,
            kind: if slug { GoodsKind::Article } else { kind::of_name(name).0 },
            atoms: Vec::with_capacity(tokens.len() * 2),
            words: Vec::with_capacity(tokens.len()),
            qualifiers: 0,
            colours: 0,
            materials: 0,
            measures: measured.iter().map(|(_, measure)| *measure).collect(),
            size: None,
            designation: None,
            line: None,
            editions: Editions::read(&plain_words),
            is_slug: slug,
        };
        let mut ranges = measured.iter().map(|(range, _)| range.clone()).peekable();
        for (i, token) in tokens.iter().enumerate() {
            while ranges.next_if(|range| range.end <= token.start).is_some() {}
            let within = ranges.peek().is_some_and(|range| range.start <= token.start);
            title.take(&tokens, i, within, brand_words.contains(&i));
            let named = i >= brand_words.end && title.brand.is_some() && lexicon::sense(token.text).is_none();
            if title.line.is_none() && named && token.text.len() > 1 && !has_digit(token.text) {
                title.line = Some(hash(token.text));
            }
        }
        title.named_measures(&plain_words);
        if title.size.is_none() {
            title.size = size(&plain_words);
        }
        if !slug {
            title.designation = designation(&tokens, &title, &measured, &brand_words);
        }
        title.words.sort_unstable();
        title.words.dedup();
        title
    }

    /// One token into atoms, words and facets.
    fn take(&mut self, tokens: &[Token], i: usize, within_measure: bool, is_brand: bool) {
        let token = &tokens[i];
        let sense = lexicon::sense(token.text);
        let role = if within_measure {
            Role::Measured
        } else if sense == Some(Sense::Spec) && !heads_code(tokens, i) || token.text == "00" {
            Role::Spec
        } else if is_catalogue(token.text) {
            self.gtin = self.gtin.or_else(|| gtin::in_token(token.text));
            Role::Catalogue
        } else if is_mixed(token.text) {
            Role::Code
        } else if has_digit(token.text) {
            Role::Number
        } else {
            // Letters joined to a code are part of it: "27GP850-B", "WH-1000XM4".
            let beside = |other: Option<&Token>| {
                other.is_some_and(|t| has_digit(t.text) && lexicon::sense(t.text) != Some(Sense::Spec))
            };
            let before = token.joined && i > 0 && beside(tokens.get(i - 1));
            let behind = tokens.get(i + 1).is_some_and(|next| next.joined) && beside(tokens.get(i + 1));
            if (before || behind) && token.text.len() <= 5 { Role::Code } else { Role::Word }
        };
        match sense {
            Some(Sense::Colour(row)) if role == Role::Word => self.colours |= 1 << row,
            Some(Sense::Material(row)) if role == Role::Word => self.materials |= 1 << row,
            Some(Sense::Qualifier(row)) if matches!(role, Role::Word | Role::Code) => {
                self.qualifiers |= 1 << row
            }
            _ => {}
        }
        if role == Role::Word && !is_brand {
            match sense {
                Some(Sense::Concept(row)) => self.words.push(u64::from(row)),
                None if token.text.chars().count() > 1 => self.words.push(hash(token.text)),
                _ => {}
            }
        }
        // "M27Q X": a letter of its own behind a code belongs to its last letters.
        let variant = if self.is_slug { !matches!(token.text, "b" | "w" | "s") } else { !token.joined };
        if token.text.len() == 1
            && variant
            && matches!(role, Role::Word | Role::Spec)
            && i > 0
            && is_mixed(tokens[i - 1].text)
        {
            let c = token.text.as_bytes()[0];
            if let Some(last) = self.atoms.last_mut()
                && last.role == Role::Code
                && !last.is_digits
                && last.len < 11
                // `head` holds bytes: letters of other scripts take several.
                && last.head[..usize::from(last.len)].is_ascii()
                && c.is_ascii_lowercase()
            {
                last.head[usize::from(last.len)] = c;
                last.len += 1;
                last.hash =
                    hash(std::str::from_utf8(&last.head[..usize::from(last.len)]).unwrap_or_default());
                return;
            }
        }
        let plain = !is_brand
            && (role == Role::Code
                || matches!(sense, None | Some(Sense::Qualifier(_))) && role != Role::Spec);
        let (mut joined, mut tight) = (token.joined, false);
        let mut rest = if role == Role::Code { without_region(token.text) } else { token.text };
        while !rest.is_empty() && self.atoms.len() < MOST_ATOMS {
            let is_digits = rest.starts_with(|c: char| c.is_ascii_digit());
            let end = rest.find(|c: char| c.is_ascii_digit() != is_digits).unwrap_or(rest.len());
            let run = &rest[..end];
            let mut head = [0; 12];
            head.iter_mut().zip(run.bytes()).for_each(|(to, from)| *to = from);
            self.atoms.push(Atom {
                tight,
                head,
                hash: hash(run),
                is_digits,
                len: run.chars().count().min(255) as u8,
                role,
                joined,
                plain,
                value: if is_digits && run.len() <= 6 { run.parse().unwrap_or(0) } else { 0 },
            });
            (joined, tight) = (true, true);
            rest = &rest[end..];
        }
    }

    /// Resolutions by name ("4K", "WQHD").
    fn named_measures(&mut self, words: &[&str]) {
        if self.measures.iter().any(|m| m.dimension == Dimension::Resolution) {
            return;
        }
        let value = words.iter().enumerate().find_map(|(i, word)| match *word {
            "qhd" | "wqhd" | "1440p" => Some(256_001_440.0),
            "4k" | "uhd" | "2160p" => Some(384_002_160.0),
            "fhd" | "1080p" => Some(192_001_080.0),
            "hd" if i > 0 && words[i - 1] == "full" => Some(192_001_080.0),
            _ => None,
        });
        if let Some(value) = value {
            self.measures.push(Measure { dimension: Dimension::Resolution, value });
        }
    }

    /// The brand's key, where the page or the title names one known.
    pub fn brand(&self) -> Option<&str> {
        self.brand.as_deref()
    }

    /// The designation of the model with its marks left out ("27gp850b", "iphone13pro"): letters
    /// with digits, or the words of a line with their number. `None` where the title has none.
    pub fn designation(&self) -> Option<&str> {
        self.designation.as_deref()
    }

    /// With the GTIN the page states; one that holds only within a shop is left out.
    #[must_use]
    pub fn with_gtin(mut self, gtin: Option<Gtin>) -> Title {
        self.gtin = gtin.filter(gtin::is_global).or(self.gtin);
        self
    }

    /// Article, accessory or bundle.
    pub fn kind(&self) -> GoodsKind {
        self.kind
    }

    /// Key attributes, as name and value, in order of their names.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut out: Vec<(&'static str, String)> =
            self.measures.iter().map(|m| (m.dimension.name(), m.text())).collect();
        out.extend(rows(self.colours).map(|row| ("colour", lexicon::colour_name(row).to_owned())));
        out.extend(rows(self.materials).map(|row| ("material", lexicon::material_name(row).to_owned())));
        out.extend(rows(self.qualifiers).map(|row| ("line", lexicon::qualifier_name(row).to_owned())));
        out.extend(self.size.iter().map(|size| ("size", size.clone())));
        out.sort();
        out.dedup();
        out
    }
}

/// The rows set in a mask.
pub(super) fn rows(mask: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |row| mask & (1 << row) != 0)
}

/// A size of clothing or shoes: a letter or number behind a word for size or "EU".
fn size(words: &[&str]) -> Option<String> {
    words.windows(2).enumerate().find_map(|(i, pair)| {
        let named = matches!(
            pair[0],
            "size"
                | "gr"
                | "grosse"
                | "groesse"
                | "taille"
                | "talla"
                | "taglia"
                | "tamanho"
                | "maat"
                | "rozmiar"
                | "storlek"
                | "storrelse"
                | "koko"
                | "velikost"
                | "meret"
                | "marime"
                | "beden"
                | "размер"
                | "尺码"
                | "サイズ"
                | "eu"
        );
        if !named {
            return None;
        }
        let value = if pair[1] == "eu" { *words.get(i + 2)? } else { pair[1] };
        let letters = matches!(value, "xs" | "s" | "m" | "l" | "xl" | "xxl" | "xxxl" | "3xl" | "4xl");
        let number = value.len() == 2 && value.bytes().all(|b| b.is_ascii_digit());
        (letters || number).then(|| value.to_owned())
    })
}

/// The designation a title states: the longest run of tokens joined into a code, else the words of
/// a line with a number and what splits it ("iPhone 13 Pro", "Galaxy S23 Ultra").
fn designation(
    tokens: &[Token],
    title: &Title,
    measured: &[(std::ops::Range<usize>, Measure)],
    brand_words: &std::ops::Range<usize>,
) -> Option<String> {
    let usable = |i: usize| {
        let token = &tokens[i];
        !brand_words.contains(&i)
            && !measured.iter().any(|(range, _)| range.contains(&token.start))
            && lexicon::sense(token.text) != Some(Sense::Spec)
            && !is_catalogue(token.text)
    };
    let mut best: Option<(usize, String)> = None;
    let mut i = 0;
    while i < tokens.len() {
        let mut end = i + 1;
        while end < tokens.len() && tokens[end].joined && usable(end) {
            end += 1;
        }
        let run = &tokens[i..end];
        let digits = run.iter().any(|t| has_digit(t.text));
        let letters = run.iter().any(|t| t.text.chars().any(char::is_alphabetic));
        let long_words = run.iter().any(|t| !has_digit(t.text) && t.text.chars().count() > 6);
        if usable(i) && digits && letters && !long_words {
            let mut code: String = run.iter().map(|t| t.text).collect();
            // A region is no part of a designation: "27GP850-B.AEU" is sold as "27GP850-B".
            if let Some(cut) = code.strip_suffix("aeu").filter(|cut| has_digit(cut)) {
                code.truncate(cut.len());
            }
            if code.len() >= 4 && best.as_ref().is_none_or(|(len, _)| code.len() > *len) {
                best = Some((code.len(), code));
            }
        }
        i = end;
    }
    // "iPhone 13 Pro", "Galaxy S23 Ultra": a line's name, its number, and what splits it.
    let line = (0..tokens.len()).find_map(|i| {
        let number = tokens[i].text;
        let short = has_digit(number) && number.len() <= 4 && usable(i) && i > 0 && usable(i - 1);
        let name = tokens.get(i.wrapping_sub(1)).map_or("", |t| t.text);
        let is_name = !has_digit(name)
            && name.chars().count() >= 2
            && matches!(lexicon::sense(name), None | Some(Sense::Qualifier(_)));
        if !short || !is_name || title.brand.is_none() {
            return None;
        }
        let mut out = format!("{name}{number}");
        for token in &tokens[i + 1..] {
            match lexicon::sense(token.text) {
                Some(Sense::Qualifier(_)) => out.push_str(token.text),
                _ => break,
            }
        }
        Some(out)
    });
    let code = best.map(|(_, code)| code);
    match (line, code) {
        // A line with its number is how such goods are traded; a long code beside it is a part number.
        (Some(line), Some(code)) if code.len() < 6 || line.contains(&code) => Some(line),
        (line, code) => code.or(line),
    }
}
