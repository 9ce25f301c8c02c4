//! What the classifier sees of a text: words, neighbours and pairs of words, pieces of words, and whether
//! a word names the goods or what they are for. Each is a number (a hash) with a value. Not here: what
//! any of them means for a code; that is learned.

use crate::text;

/// Words read of a text; what stands behind is advertising.
const MOST_WORDS: usize = 60;
/// Words behind "for" that still say what the goods fit.
const REACH: usize = 6;
/// Letters of a piece of a word.
const PIECE: usize = 4;
/// Words of a text of which all pairs are looked at, and how far apart two may stand.
const PAIRED: usize = 14;
const APART: usize = 6;

/// Values of the kinds of features beside that of a word, which has 1. Found by trying each on titles of
/// authors that the model had not learned from; none is sharp.
mod value {
    pub(super) const NEIGHBOURS: f32 = 0.8;
    pub(super) const PAIR: f32 = 0.4;
    pub(super) const PIECES: f32 = 0.25;
    /// The last word of a part of a title, which in most languages of commerce is the goods.
    pub(super) const HEAD: f32 = 0.8;
    /// A word behind "for", as such and as a plain word.
    pub(super) const FITTED: f32 = 0.6;
    pub(super) const FITTED_PLAIN: f32 = 0.4;
    /// A word with digits: as written, and with its digits masked.
    pub(super) const NUMBER: f32 = 0.5;
    /// The word that says "for".
    pub(super) const FOR: f32 = 0.3;
}

/// Kinds of features; each has hashes of its own.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Kind {
    Word = 1,
    Neighbours = 2,
    Fitted = 3,
    Piece = 4,
    Head = 5,
    Shape = 6,
    Pair = 7,
    FittedPiece = 9,
}

/// One feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    /// What it is.
    pub hash: u32,
    /// How much of it there is.
    pub value: f32,
    /// The word it came from, by its place in [`Seen::words`]; for two words the second.
    pub word: u16,
    /// Whether it is a word itself, which is learned from a single text too.
    pub whole: bool,
}

/// What is seen of a text.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub features: Vec<Feature>,
    /// The words, folded and without plural endings.
    pub words: Vec<String>,
    hashes: Vec<u64>,
}

impl Seen {
    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.features.clear();
        self.words.clear();
        self.hashes.clear();
    }

    /// Takes in a text whose features count `share` of a title's. Several texts of one thing (title,
    /// category, attributes) are taken in one after another.
    pub fn read(&mut self, written: &str, share: f32) {
        let folded = text::fold(text::title(written));
        let first = self.words.len();
        let mut reader = Reader { seen: self, share, fitted: 0, before: None, head: None };
        let mut start = None;
        let mut opens = true;
        for (at, letter) in folded.char_indices() {
            if letter.is_alphanumeric() || is_mark(letter) {
                start.get_or_insert(at);
                continue;
            }
            if let Some(from) = start.take() {
                reader.written(&folded[from..at], opens);
                opens = false;
            }
            opens |= parts(letter);
            if reader.seen.words.len() - first >= MOST_WORDS {
                break;
            }
        }
        if let Some(from) = start {
            reader.written(&folded[from..], opens);
        }
        reader.close();
        self.pairs(first, share);
    }

    /// Ends the reading: each feature once, with its highest value, in order of hash.
    pub fn settle(&mut self) {
        self.features.sort_unstable_by(|a, b| a.hash.cmp(&b.hash).then(b.value.total_cmp(&a.value)));
        self.features.dedup_by_key(|feature| feature.hash);
    }

    fn push(&mut self, hash: u64, kind: Kind, value: f32) {
        let word = (self.words.len().max(1) - 1).min(usize::from(u16::MAX)) as u16;
        self.features.push(Feature {
            hash: mixed(hash, kind),
            value,
            word,
            whole: matches!(kind, Kind::Word),
        });
    }

    /// Pairs of words that name the goods, in whatever order, that are not neighbours.
    fn pairs(&mut self, first: usize, share: f32) {
        let own: Vec<(u16, u64)> = (first..self.words.len())
            .map(|at| (at as u16, self.hashes.get(at).copied().unwrap_or(0)))
            .filter(|(_, hash)| *hash != 0)
            .take(PAIRED)
            .collect();
        for (i, (_, a)) in own.iter().enumerate() {
            for (word, b) in own.iter().take(i + APART).skip(i + 2) {
                if a != b {
                    let hash = mixed(a.wrapping_add(*b), Kind::Pair);
                    self.features.push(Feature {
                        hash,
                        value: value::PAIR * share,
                        word: *word,
                        whole: false,
                    });
                }
            }
        }
    }
}

/// The reading of one text.
struct Reader<'a> {
    seen: &'a mut Seen,
    share: f32,
    /// Words that still stand behind a "for".
    fitted: usize,
    /// The word before, unless a new part of the title began.
    before: Option<u64>,
    /// The last word so far that names the goods in this part.
    head: Option<u64>,
}

impl Reader<'_> {
    /// Takes in a run of letters and digits; `opens`: a comma or bracket stands before it.
    fn written(&mut self, run: &str, opens: bool) {
        if opens {
            self.close();
        }
        if run.chars().next().is_some_and(is_unspaced) {
            // Scripts without spaces between words: two letters at a time.
            let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
            if ends.len() == 2 {
                self.word(run);
            }
            for pair in ends.windows(3) {
                if let [from, _, to] = pair {
                    self.word(&run[*from..*to]);
                }
            }
        } else if run.bytes().any(|byte| byte.is_ascii_digit()) {
            self.number(run);
        } else {
            self.word(stem(run));
        }
    }

    /// A part of the title ends here.
    fn close(&mut self) {
        if let Some(head) = self.head.take() {
            self.seen.push(head, Kind::Head, value::HEAD * self.share);
        }
        self.fitted = 0;
        self.before = None;
    }

    fn number(&mut self, run: &str) {
        self.seen.words.push(run.to_owned());
        self.seen.hashes.push(0);
        self.seen.push(hash(run.bytes()), Kind::Word, value::NUMBER * self.share);
        if run.bytes().any(|byte| !byte.is_ascii_digit()) {
            let mut last = 0;
            let masked = run.bytes().map(|byte| if byte.is_ascii_digit() { b'#' } else { byte });
            let shape = masked.filter(|byte| {
                let again = *byte == b'#' && last == b'#';
                last = *byte;
                !again
            });
            let shape: Vec<u8> = shape.collect();
            self.seen.push(hash(shape.into_iter()), Kind::Shape, value::NUMBER * self.share);
        }
    }

    fn word(&mut self, word: &str) {
        let own = hash(word.bytes());
        if is_for(word) {
            self.close();
            self.fitted = REACH;
            self.seen.words.push(word.to_owned());
            self.seen.hashes.push(0);
            self.seen.push(own, Kind::Word, value::FOR * self.share);
            return;
        }
        if is_with(word) {
            self.close();
            return;
        }
        if is_noise(word) {
            return;
        }
        self.seen.words.push(word.to_owned());
        let fits = self.fitted > 0;
        self.fitted = self.fitted.saturating_sub(1);
        self.seen.hashes.push(if fits { 0 } else { own });
        let share = self.share;
        if fits {
            self.seen.push(own, Kind::Fitted, value::FITTED * share);
            self.seen.push(own, Kind::Word, value::FITTED_PLAIN * share);
        } else {
            self.seen.push(own, Kind::Word, share);
            self.head = Some(own);
        }
        if let Some(before) = self.before {
            let value = if fits { value::NEIGHBOURS / 2.0 } else { value::NEIGHBOURS };
            self.seen.push(before.rotate_left(17) ^ own, Kind::Neighbours, value * share);
        }
        self.before = Some(own);
        self.pieces(word, if fits { Kind::FittedPiece } else { Kind::Piece });
    }

    /// Runs of letters within a word, its ends marked: what forms of one word, misspellings and
    /// compounds have in common.
    fn pieces(&mut self, word: &str, kind: Kind) {
        let mut letters: [char; 34] = ['<'; 34];
        let mut count = 1;
        for letter in word.chars().take(32) {
            letters[count] = letter;
            count += 1;
        }
        if count <= PIECE {
            return;
        }
        letters[count] = '>';
        count += 1;
        let value = value::PIECES / ((count - PIECE + 1) as f32).sqrt() * self.share;
        for piece in letters[..count].windows(PIECE) {
            let mut own = START;
            for letter in piece {
                own = (own ^ u64::from(u32::from(*letter))).wrapping_mul(PRIME);
            }
            self.seen.push(own, kind, value);
        }
    }
}

/// FNV-1a's offset and prime (Fowler, Noll, Vo).
const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// A hash of its own for each kind, its bits spread (the finalizer of MurmurHash3, Appleby).
fn mixed(hash: u64, kind: Kind) -> u32 {
    let mut mixed = hash ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (mixed >> 32) as u32
}

/// Marks that part a title into pieces of their own.
fn parts(letter: char) -> bool {
    matches!(
        letter,
        ',' | ';' | '|' | '(' | ')' | '/' | '[' | ']' | ':' | '+' | '，' | '、' | '،' | '【' | '】'
    )
}

/// Letters of scripts that write words without spaces between them.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// Vowel marks inside words.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{94f}' | '\u{e31}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}')
}

/// The word without an English ending of the plural or an Arabic article; the same cut for words that only look so, in
/// learning as in use.
fn stem(word: &str) -> &str {
    // The Arabic article.
    let word = word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2).unwrap_or(word);
    let bytes = word.len();
    let cut = |letters: usize| word.get(..bytes - letters).unwrap_or(word);
    if bytes > 4 && word.ends_with("ies") {
        cut(3)
    } else if bytes > 4 && ["ches", "shes", "sses", "xes", "zes", "ie"].iter().any(|end| word.ends_with(end))
    {
        cut(2)
    } else if bytes > 3
        && (word.ends_with('y') || word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us"))
    {
        cut(1)
    } else {
        word
    }
}

/// Words that say what goods fit, in the languages the model learns from.
fn is_for(word: &str) -> bool {
    matches!(
        word,
        "for"
            | "fit"
            | "compatible"
            | "suitable"
            | "pour"
            | "para"
            | "fur"
            | "fuer"
            | "для"
            | "per"
            | "voor"
            | "passend"
            | "kompatibel"
            | "适用"
    )
}

/// Words after which something else begins that comes with the goods.
fn is_with(word: &str) -> bool {
    matches!(word, "with" | "avec" | "con" | "mit" | "com" | "с" | "со")
}

/// Words that say nothing of what goods are.
fn is_noise(word: &str) -> bool {
    matches!(
        word,
        "of" | "and"
            | "the"
            | "a"
            | "an"
            | "in"
            | "to"
            | "or"
            | "on"
            | "by"
            | "new"
            | "hot"
            | "sale"
            | "free"
            | "shipping"
            | "wholesale"
            | "high"
            | "quality"
            | "fashion"
            | "de"
            | "la"
            | "le"
            | "et"
            | "y"
            | "und"
            | "e"
            | "и"
            | "du"
            | "des"
            | "del"
            | "da"
            | "do"
            | "der"
            | "die"
            | "das"
            | "в"
            | "на"
            | "из"
    )
}
