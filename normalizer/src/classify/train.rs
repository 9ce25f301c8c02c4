//! Learning the model: softmax regression over all subheadings at once, with weights at three levels (code,
//! heading, chapter) that add up, by AdaGrad (Duchi, Hazan and Singer 2011) with words left out at random
//! (Srivastava et al. 2014). A feature has a weight only for classes whose texts contain it, which keeps the
//! model small. The same texts in the same order give the same model, byte for byte. Not here: which
//! texts (`texts.rs`), the file (`model.rs`).

use super::features::Seen;
use super::model::{About, Level, Model, RARITY_STEP, Saying, rarity_of, softmax, tree};
use model::{ContentHash, HsCode};
use std::collections::HashMap;

/// Length of a text's scaled features.
pub(super) const SCALE: f32 = 2.0;
/// Texts in which a feature must stand that is not a word itself.
const LEAST_TEXTS: u32 = 2;
/// First rate of learning; it falls to a tenth.
const RATE: f32 = 0.5;
/// Rate of the biases beside that of the weights.
const BIAS_RATE: f32 = 0.3;
/// Share of features left out at each look at a text.
const LEFT_OUT: f32 = 0.3;
/// Gradients below this move nothing.
const LEAST_GRADIENT: f32 = 1e-6;
/// Weights below this share of the quantization's full scale are not kept.
const KEPT: f32 = 1.0;

/// One text and the code of the goods it names.
#[derive(Debug, Clone)]
pub struct Example<'a> {
    /// Six digits.
    pub hs: HsCode,
    /// Title, phrase or description.
    pub text: std::borrow::Cow<'a, str>,
    /// How much it counts.
    pub weight: f32,
}

/// How learning goes on.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Rounds over all texts.
    pub rounds: u32,
    /// Beginning of the series of random numbers.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { rounds: 12, seed: 2022 }
    }
}

struct Text {
    class: u16,
    weight: f32,
    /// Place of its features, and how many.
    from: u32,
    count: u32,
}

/// Xorshift (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Weights of one level while they are learned.
struct Learning {
    offsets: Vec<u32>,
    classes: Vec<u16>,
    weights: Vec<f32>,
    /// Sums of squared gradients.
    squares: Vec<f32>,
    bias: Vec<f32>,
    bias_squares: Vec<f32>,
    sums: Vec<f32>,
    gradient: Vec<f32>,
}

/// Learns a model from `examples`, whose codes are among `codes` (in order). `told` hears after each round
/// of its number and the mean loss.
pub fn train(
    examples: &[Example<'_>],
    codes: &[HsCode],
    settings: Settings,
    mut told: impl FnMut(u32, f64),
) -> Model {
    let (heading_of, chapter_of, heads) = tree(codes);
    let (keys, rarity, features, texts) = read(examples, codes);
    let groups: [Vec<u16>; 3] = [
        (0..codes.len()).map(|at| at as u16).collect(),
        heading_of.clone(),
        heading_of.iter().map(|heading| chapter_of[usize::from(*heading)]).collect(),
    ];
    let classes = [codes.len(), heads.len() - 1, chapter_of.last().map_or(0, |last| usize::from(*last) + 1)];
    let mut levels: Vec<Learning> = groups
        .iter()
        .zip(classes)
        .map(|(group, classes)| Learning::new(keys.len(), classes, &texts, &features, group))
        .collect();
    let mut random = Random(settings.seed | 1);
    let mut order: Vec<u32> = (0..texts.len() as u32).collect();
    let mut seen: Vec<(u32, f32)> = Vec::new();
    for round in 0..settings.rounds {
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        let rate = RATE * (1.0 - round as f32 / settings.rounds as f32).max(0.1);
        let mut loss = 0.0;
        for text in order.iter().map(|at| &texts[*at as usize]) {
            seen.clear();
            let own = &features[text.from as usize..(text.from + text.count) as usize];
            let left_out = (LEFT_OUT * 65_536.0) as u64;
            seen.extend(own.iter().filter(|_| random.next() >> 48 >= left_out));
            loss += f64::from(step(&mut levels, &seen, text, &heads, &chapter_of, rate));
        }
        told(round + 1, loss / texts.len().max(1) as f64);
    }
    let mut hash_input: Vec<&str> = Vec::with_capacity(examples.len() * 2);
    hash_input.extend(examples.iter().flat_map(|example| [example.hs.as_str(), example.text.as_ref()]));
    let about = About {
        edition: crate::nomenclature::EDITION.to_owned(),
        texts: examples.len() as u64,
        corrections: 0,
        texts_hash: ContentHash::of_fields(hash_input),
        sharpness: 1.0,
    };
    let mut done = levels.into_iter().map(Learning::rounded);
    let levels = std::array::from_fn(|_| done.next().unwrap_or_default());
    Model::learned(about, codes.to_vec(), keys, rarity, levels)
}

/// The features of all texts: keys in order, their rarity, and per text the scaled values.
type Read = (Vec<u32>, Vec<u8>, Vec<(u32, f32)>, Vec<Text>);

fn read(examples: &[Example<'_>], codes: &[HsCode]) -> Read {
    let mut seen = Seen::default();
    let mut raw: Vec<(u32, f32)> = Vec::new();
    let mut texts = Vec::with_capacity(examples.len());
    let mut frequency: HashMap<u32, (u32, bool)> = HashMap::new();
    for example in examples {
        let Ok(class) = codes.binary_search(&example.hs) else { continue };
        seen.clear();
        seen.read(&example.text, 1.0);
        seen.settle();
        let from = raw.len() as u32;
        for feature in &seen.features {
            let (count, whole) = frequency.entry(feature.hash).or_insert((0, feature.whole));
            *count += 1;
            *whole |= feature.whole;
            raw.push((feature.hash, feature.value));
        }
        let count = raw.len() as u32 - from;
        texts.push(Text { class: class as u16, weight: example.weight, from, count });
    }
    let kept = frequency.iter().filter(|(_, (count, whole))| *whole || *count >= LEAST_TEXTS);
    let mut keys: Vec<u32> = kept.map(|(key, _)| *key).collect();
    keys.sort_unstable();
    let total = texts.len() as f32;
    let rarity: Vec<u8> = keys
        .iter()
        .map(|key| {
            let of = frequency.get(key).map_or(1, |(count, _)| *count) as f32;
            (rarity_of(total, of) / RARITY_STEP).round().min(255.0) as u8
        })
        .collect();
    let unknown = rarity_of(total, 1.0);
    let mut scaled: Vec<(u32, f32)> = Vec::with_capacity(raw.len());
    for text in &mut texts {
        let own = &raw[text.from as usize..(text.from + text.count) as usize];
        let from = scaled.len();
        let mut square = 0.0;
        for (key, value) in own {
            let Ok(at) = keys.binary_search(key) else {
                // Not kept, but it makes the text longer, as an unknown word will in use.
                square += (value * unknown).powi(2);
                continue;
            };
            let value = value * f32::from(rarity[at]) * RARITY_STEP;
            square += value * value;
            scaled.push((at as u32, value));
        }
        let length = square.sqrt().max(1e-6);
        scaled[from..].iter_mut().for_each(|(_, value)| *value *= SCALE / length);
        (text.from, text.count) = (from as u32, (scaled.len() - from) as u32);
    }
    (keys, rarity, scaled, texts)
}

/// One look at one text; gives its loss.
fn step(
    levels: &mut [Learning],
    seen: &[(u32, f32)],
    text: &Text,
    heads: &[u32],
    chapter_of: &[u16],
    rate: f32,
) -> f32 {
    let [codes, headings, chapters] = levels else { return 0.0 };
    for level in [&mut *codes, &mut *headings, &mut *chapters] {
        level.sum(seen);
    }
    for (heading, chapter) in chapter_of.iter().enumerate() {
        let above = headings.sums[heading] + chapters.sums[usize::from(*chapter)];
        for sum in &mut codes.sums[heads[heading] as usize..heads[heading + 1] as usize] {
            *sum += above;
        }
    }
    let class = usize::from(text.class);
    let logit = codes.sums[class];
    let loss = softmax(&mut codes.sums) - logit;
    codes.gradient.copy_from_slice(&codes.sums);
    codes.gradient[class] -= 1.0;
    codes.gradient.iter_mut().for_each(|gradient| *gradient *= text.weight);
    chapters.gradient.fill(0.0);
    for (heading, chapter) in chapter_of.iter().enumerate() {
        let sum: f32 = codes.gradient[heads[heading] as usize..heads[heading + 1] as usize].iter().sum();
        headings.gradient[heading] = sum;
        chapters.gradient[usize::from(*chapter)] += sum;
    }
    for level in [codes, headings, chapters] {
        level.descend(seen, rate);
    }
    loss
}

impl Learning {
    fn new(features: usize, classes: usize, texts: &[Text], all: &[(u32, f32)], group: &[u16]) -> Learning {
        let mut pairs: Vec<u64> = texts
            .iter()
            .flat_map(|text| {
                let class = u64::from(group[usize::from(text.class)]);
                let own = &all[text.from as usize..(text.from + text.count) as usize];
                own.iter().map(move |(feature, _)| u64::from(*feature) << 16 | class)
            })
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0u32; features + 1];
        for pair in &pairs {
            offsets[(pair >> 16) as usize + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        Learning {
            offsets,
            classes: pairs.iter().map(|pair| (pair & 0xffff) as u16).collect(),
            weights: vec![0.0; pairs.len()],
            squares: vec![1e-3; pairs.len()],
            bias: vec![0.0; classes],
            bias_squares: vec![1e-3; classes],
            sums: vec![0.0; classes],
            gradient: vec![0.0; classes],
        }
    }

    fn range(&self, feature: u32) -> std::ops::Range<usize> {
        self.offsets[feature as usize] as usize..self.offsets[feature as usize + 1] as usize
    }

    fn sum(&mut self, seen: &[(u32, f32)]) {
        self.sums.copy_from_slice(&self.bias);
        for (feature, value) in seen {
            let range = self.range(*feature);
            for (class, weight) in self.classes[range.clone()].iter().zip(&self.weights[range]) {
                self.sums[usize::from(*class)] += weight * value;
            }
        }
    }

    fn descend(&mut self, seen: &[(u32, f32)], rate: f32) {
        for (feature, value) in seen {
            let range = self.range(*feature);
            let own = self.classes[range.clone()].iter();
            let weights = self.weights[range.clone()].iter_mut().zip(&mut self.squares[range]);
            for (class, (weight, square)) in own.zip(weights) {
                let gradient = self.gradient[usize::from(*class)] * value;
                if gradient.abs() >= LEAST_GRADIENT {
                    *square += gradient * gradient;
                    *weight -= rate * gradient / square.sqrt();
                }
            }
        }
        let biases = self.bias.iter_mut().zip(&mut self.bias_squares);
        for (gradient, (bias, square)) in self.gradient.iter().zip(biases) {
            let gradient = gradient * BIAS_RATE;
            if gradient.abs() >= LEAST_GRADIENT {
                *square += gradient * gradient;
                *bias -= rate * BIAS_RATE * gradient / square.sqrt();
            }
        }
    }

    /// Weights as whole numbers; what rounds to nothing is left out.
    fn rounded(self) -> Level {
        let mut sizes: Vec<f32> = self.weights.iter().map(|weight| weight.abs()).collect();
        // The few weights beyond the largest in a thousand are cut to it: a finer scale is worth more.
        let at = sizes.len().saturating_sub(1 + sizes.len() / 1000);
        let largest = match sizes.is_empty() {
            true => 1.0,
            false => sizes.select_nth_unstable_by(at, f32::total_cmp).1.max(1e-6),
        };
        let step = largest / 127.0;
        let mut level = Level { offsets: vec![0], sayings: Vec::new(), step, bias: self.bias.clone() };
        for feature in 0..self.offsets.len() - 1 {
            for at in self.range(feature as u32) {
                let weight = (self.weights[at] / step).round().clamp(-127.0, 127.0);
                if weight.abs() >= KEPT {
                    level.sayings.push(Saying { class: self.classes[at], weight: weight as i8 });
                }
            }
            level.offsets.push(level.sayings.len() as u32);
        }
        level
    }
}
