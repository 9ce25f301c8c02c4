//! The learned model: what each feature says for and against chapters, headings and subheadings, as small
//! whole numbers in one file. A code's score is the sum of what the features say for it, for its heading
//! and for its chapter, so that what is known of a whole chapter helps its rarest subheading. Here: the
//! file's layout, reading, writing and scoring. Not here: learning (`train.rs`), what an answer is worth
//! (`answer.rs`).

use super::features::{Feature, Seen};
use crate::nomenclature::EDITION;
use crate::text::quoted;
use model::{ContentHash, HsCode};
use serde::{Deserialize, Serialize};

/// First bytes of a model's file.
const MAGIC: &[u8; 8] = b"TSHSCLF1";
/// Largest file that is read, 64 MiB; the one that ships is to stay below 30 MB.
pub const MOST_BYTES: usize = 64 << 20;
/// Steps of the stored rarity of a feature.
pub(super) const RARITY_STEP: f32 = 1.0 / 32.0;

/// Why a model's file was not read.
#[derive(Debug, thiserror::Error)]
#[error("model of HS codes: {0}; make one with `touchstone hs train`")]
pub struct ModelError(pub(super) String);

/// What a model says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The edition of the Harmonized System.
    pub edition: String,
    /// Texts it was learned from.
    pub texts: u64,
    /// Corrections by officers among them.
    #[serde(default)]
    pub corrections: u64,
    /// SHA-256 over all texts and codes it was learned from, in order.
    pub texts_hash: ContentHash,
    /// Factor of the logits that makes probabilities what they say, from titles not learned from.
    pub sharpness: f32,
}

/// One saying of a feature: for which class, how much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying {
    pub class: u16,
    pub weight: i8,
}

/// The sayings of all features at one level of the nomenclature.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    /// Where each feature's sayings begin; one more than there are features.
    pub offsets: Vec<u32>,
    pub sayings: Vec<Saying>,
    /// What weight 1 stands for.
    pub step: f32,
    /// What speaks for a class without any feature.
    pub bias: Vec<f32>,
}

/// A learned model.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) about: About,
    pub(super) codes: Vec<HsCode>,
    /// Heading of each code and chapter of each heading, as places in the levels.
    pub(super) heading_of: Vec<u16>,
    pub(super) chapter_of: Vec<u16>,
    /// Where each heading's codes begin; one more than there are headings.
    pub(super) heads: Vec<u32>,
    pub(super) keys: Vec<u32>,
    pub(super) rarity: Vec<u8>,
    /// Subheadings, headings, chapters.
    pub(super) levels: [Level; 3],
    /// First key with each value of its highest 16 bits.
    buckets: Vec<u32>,
    hash: ContentHash,
}

/// A feature that the model knows, with its value after scaling.
#[derive(Debug)]
pub(super) struct Known {
    pub feature: u32,
    pub value: f32,
    pub word: u16,
}

/// Room for scores, kept from title to title.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// Probability of each code.
    pub codes: Vec<f32>,
    headings: Vec<f32>,
    chapters: Vec<f32>,
}

impl Model {
    /// SHA-256 of the file: what observations cite.
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }
    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }
    /// Features it knows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The features of `seen` that are known, scaled to length 1 together with those that are not: a
    /// title of which little is known says little.
    pub(super) fn known(&self, seen: &Seen, into: &mut Vec<Known>) {
        into.clear();
        let mut square = 0.0;
        let unknown = rarity_of(self.about.texts as f32, 1.0);
        for Feature { hash, value, word, .. } in &seen.features {
            let rarity = match self.find(*hash) {
                Some(feature) => {
                    let rarity = f32::from(self.rarity[feature]) * RARITY_STEP;
                    into.push(Known { feature: feature as u32, value: value * rarity, word: *word });
                    rarity
                }
                None => unknown,
            };
            square += (value * rarity).powi(2);
        }
        let length = square.sqrt().max(1e-6);
        for known in into.iter_mut() {
            known.value *= super::train::SCALE / length;
        }
    }

    fn find(&self, hash: u32) -> Option<usize> {
        let bucket = (hash >> 16) as usize;
        let (from, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        self.keys[from..to].binary_search(&hash).ok().map(|at| from + at)
    }

    /// Probabilities of all codes, sharpened; the logarithm of the sum of all scores is not kept.
    pub(super) fn score(&self, known: &[Known], scores: &mut Scores) {
        let Scores { codes, headings, chapters } = scores;
        for (level, sums) in self.levels.iter().zip([&mut *codes, &mut *headings, &mut *chapters]) {
            sums.clear();
            sums.extend_from_slice(&level.bias);
            for Known { feature, value, .. } in known {
                let value = value * level.step;
                for saying in level.of(*feature) {
                    sums[usize::from(saying.class)] += value * f32::from(saying.weight);
                }
            }
        }
        let sharpness = self.about.sharpness;
        for (heading, (sum, chapter)) in headings.iter().zip(&self.chapter_of).enumerate() {
            let above = sum + chapters[usize::from(*chapter)];
            for code in &mut codes[self.heads[heading] as usize..self.heads[heading + 1] as usize] {
                *code = (*code + above) * sharpness;
            }
        }
        softmax(codes);
    }

    /// The same model with another description.
    pub(super) fn described(mut self, about: About) -> Model {
        self.set_about(about);
        self.hash = ContentHash::of(&self.to_bytes());
        self
    }
    /// Another description; the hash is no more that of the file.
    pub(super) fn set_about(&mut self, about: About) {
        self.about = about;
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let about = serde_json::to_vec(&self.about).unwrap_or_default();
        let number = |out: &mut Vec<u8>, n: usize| out.extend_from_slice(&(n as u32).to_le_bytes());
        number(&mut out, about.len());
        out.extend_from_slice(&about);
        number(&mut out, self.codes.len());
        for code in &self.codes {
            number(&mut out, code.as_str().parse().unwrap_or(0));
        }
        number(&mut out, self.keys.len());
        self.keys.iter().for_each(|key| out.extend_from_slice(&key.to_le_bytes()));
        out.extend_from_slice(&self.rarity);
        for level in &self.levels {
            out.extend_from_slice(&level.step.to_le_bytes());
            level.bias.iter().for_each(|bias| out.extend_from_slice(&bias.to_le_bytes()));
            for ends in level.offsets.windows(2) {
                out.extend_from_slice(&((ends[1] - ends[0]) as u16).to_le_bytes());
            }
            level.sayings.iter().for_each(|saying| out.extend_from_slice(&saying.class.to_le_bytes()));
            out.extend(level.sayings.iter().map(|saying| saying.weight.to_le_bytes()[0]));
        }
        out
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Not such a file, cut short, longer than [`MOST_BYTES`], of another edition than [`EDITION`] or with
    /// codes that it does not have, with codes out of order or weights that are no numbers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        let bad = |what: &str| ModelError(what.to_owned());
        if bytes.len() > MOST_BYTES {
            return Err(bad("the file is larger than 64 MiB"));
        }
        let mut rest = Rest(bytes.strip_prefix(MAGIC).ok_or_else(|| bad("the file does not begin as one"))?);
        let length = rest.number()?;
        let about: About = serde_json::from_slice(rest.take(length)?)
            .map_err(|error| ModelError(format!("its description cannot be read: {error}")))?;
        let count = rest.number()?;
        let codes: Vec<HsCode> = (0..count)
            .map(|_| {
                HsCode::parse(&format!("{:06}", rest.number()?))
                    .map_err(|error| ModelError(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        if codes.is_empty() || !codes.is_sorted_by(|a, b| a < b) || codes.len() > usize::from(u16::MAX) {
            return Err(bad("its codes are out of order"));
        }
        // A code that another edition has would be a price under goods nobody declares.
        if about.edition != EDITION {
            return Err(ModelError(format!(
                "it speaks of '{}', not of {EDITION}",
                quoted(&about.edition, 20)
            )));
        }
        if let Some(code) = codes.iter().find(|code| code.level() != 6 || !code.is_known()) {
            return Err(ModelError(format!("{EDITION} has no subheading {}, which it names", code.dotted())));
        }
        if !(about.sharpness.is_finite() && about.sharpness > 0.0) {
            return Err(bad("its sharpness is no positive number"));
        }
        let features = rest.number()?;
        let keys: Vec<u32> = rest.take(features.saturating_mul(4))?.chunks_exact(4).map(word).collect();
        if !keys.is_sorted() {
            return Err(bad("its features are out of order"));
        }
        let rarity = rest.take(features)?.to_vec();
        let (heading_of, chapter_of, heads) = tree(&codes);
        let chapters = chapter_of.last().map_or(0, |last| usize::from(*last) + 1);
        let mut levels: [Level; 3] = Default::default();
        for (level, classes) in levels.iter_mut().zip([codes.len(), heads.len() - 1, chapters]) {
            *level = rest.level(features, classes)?;
        }
        if !rest.0.is_empty() {
            return Err(bad("bytes are left over behind its end"));
        }
        Ok(Model::of(about, codes, keys, rarity, levels, (heading_of, chapter_of, heads), bytes))
    }

    fn of(
        about: About,
        codes: Vec<HsCode>,
        keys: Vec<u32>,
        rarity: Vec<u8>,
        levels: [Level; 3],
        (heading_of, chapter_of, heads): Tree,
        bytes: &[u8],
    ) -> Model {
        let mut buckets = vec![0u32; (1 << 16) + 1];
        for key in &keys {
            buckets[(key >> 16) as usize + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        let hash = ContentHash::of(bytes);
        Model { about, codes, heading_of, chapter_of, heads, keys, rarity, levels, buckets, hash }
    }

    /// A model just learned, as its file will be read.
    pub(super) fn learned(
        about: About,
        codes: Vec<HsCode>,
        keys: Vec<u32>,
        rarity: Vec<u8>,
        levels: [Level; 3],
    ) -> Model {
        let tree = tree(&codes);
        let made = Model::of(about, codes, keys, rarity, levels, tree, &[]);
        let hash = ContentHash::of(&made.to_bytes());
        Model { hash, ..made }
    }
}

impl Level {
    pub(super) fn of(&self, feature: u32) -> &[Saying] {
        let at = feature as usize;
        &self.sayings[self.offsets[at] as usize..self.offsets[at + 1] as usize]
    }
    /// What one feature says of one class.
    pub(super) fn says(&self, feature: u32, class: u16) -> f32 {
        let of = self.of(feature);
        let found = of.binary_search_by_key(&class, |saying| saying.class).ok();
        found.map_or(0.0, |at| f32::from(of[at].weight) * self.step)
    }
}

type Tree = (Vec<u16>, Vec<u16>, Vec<u32>);

/// The heading of each code, the chapter of each heading, and where each heading's codes begin.
pub(super) fn tree(codes: &[HsCode]) -> Tree {
    let (mut heading_of, mut chapter_of, mut heads) = (Vec::new(), Vec::<u16>::new(), Vec::new());
    let mut before: Option<&HsCode> = None;
    for (at, code) in codes.iter().enumerate() {
        let same = |digits: usize| before.is_some_and(|b| b.as_str()[..digits] == code.as_str()[..digits]);
        if !same(4) {
            heads.push(at as u32);
            let chapter = chapter_of.last().map_or(0, |last| if same(2) { *last } else { last + 1 });
            chapter_of.push(chapter);
        }
        heading_of.push((heads.len() - 1) as u16);
        before = Some(code);
    }
    heads.push(codes.len() as u32);
    (heading_of, chapter_of, heads)
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, left) =
            self.0.split_at_checked(count).ok_or_else(|| ModelError("the file is cut short".to_owned()))?;
        self.0 = left;
        Ok(taken)
    }
    fn number(&mut self) -> Result<usize, ModelError> {
        self.take(4).map(|bytes| word(bytes) as usize)
    }
    fn real(&mut self) -> Result<f32, ModelError> {
        self.take(4).map(|bytes| f32::from_bits(word(bytes)))
    }
    fn level(&mut self, features: usize, classes: usize) -> Result<Level, ModelError> {
        let step = self.real()?;
        let bias: Vec<f32> = (0..classes).map(|_| self.real()).collect::<Result<_, _>>()?;
        // Far more than any learned model has; beyond it sums would not stay finite.
        if !bias.iter().chain([&step]).all(|number| number.abs() <= 1e6) {
            return Err(ModelError("it has weights that are no numbers".to_owned()));
        }
        let mut offsets = Vec::with_capacity(features + 1);
        let mut total = 0u32;
        offsets.push(0);
        for count in self.take(features.saturating_mul(2))?.chunks_exact(2) {
            total = total.saturating_add(u32::from(u16::from_le_bytes([count[0], count[1]])));
            offsets.push(total);
        }
        let total = total as usize;
        let of = self.take(total.saturating_mul(2))?;
        let weights = self.take(total)?;
        let sayings: Vec<Saying> = of
            .chunks_exact(2)
            .zip(weights)
            .map(|(class, weight)| Saying {
                class: u16::from_le_bytes([class[0], class[1]]),
                weight: i8::from_le_bytes([*weight]),
            })
            .collect();
        if sayings.iter().any(|saying| usize::from(saying.class) >= classes) {
            return Err(ModelError("it speaks of classes it does not have".to_owned()));
        }
        Ok(Level { offsets, sayings, step, bias })
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_le_bytes)
}

/// How much a feature counts that stands in `of` of all texts: a power of its inverse frequency.
pub(super) fn rarity_of(texts: f32, of: f32) -> f32 {
    (1.0 + texts / of).ln().sqrt()
}

/// Turns logits into probabilities.
pub(super) fn softmax(logits: &mut [f32]) -> f32 {
    let mut tops = [f32::MIN; 8];
    for eight in logits.chunks(8) {
        for (top, logit) in tops.iter_mut().zip(eight) {
            *top = top.max(*logit);
        }
    }
    let top = tops.into_iter().fold(f32::MIN, f32::max);
    let mut sums = [0.0f32; 8];
    for eight in logits.chunks_mut(8) {
        for (sum, logit) in sums.iter_mut().zip(eight) {
            *logit = exp(*logit - top);
            *sum += *logit;
        }
    }
    let sum: f32 = sums.iter().sum();
    logits.iter_mut().for_each(|p| *p /= sum);
    top + sum.ln()
}

/// The exponential function for arguments up to 0, to some six digits: a power of two and a polynomial of the
/// rest, without branches, so that several are done at once and every machine gives the same.
fn exp(x: f32) -> f32 {
    /// 1.5 · 2²³: added to a small number, it leaves the nearest whole number in the last bits.
    const NEAREST: f32 = 12_582_912.0;
    let x = x.max(-40.0) * std::f32::consts::LOG2_E;
    let shifted = x + NEAREST;
    let rest = x - (shifted - NEAREST);
    let series = 1.0
        + rest
            * (std::f32::consts::LN_2
                + rest * (0.240_226_5 + rest * (0.055_504_1 + rest * (0.009_618_1 + rest * 0.001_333_4))));
    let power = (shifted.to_bits() as i32).wrapping_sub(NEAREST.to_bits() as i32).wrapping_add(127);
    f32::from_bits((power as u32) << 23) * series
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exponential_function_is_right_to_five_digits() {
        for step in 0..4000 {
            let x = -(step as f32) / 100.0;
            let (ours, right) = (super::exp(x), x.exp());
            assert!((ours - right).abs() <= right * 1e-5, "{x}: {ours} {right}");
        }
    }
    #[test]
    fn probabilities_add_up() {
        let mut logits = vec![-3.0, 0.5, 12.0, 11.0, -80.0, 2.0, 2.0, 2.0, 1.0];
        let log_sum = super::softmax(&mut logits);
        assert!((logits.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((log_sum - 12.3133).abs() < 1e-2 && logits[2] > logits[3] && logits[4] < 1e-9);
    }
}
