//! Which subheading of HS 2022 goods belong to, by the words of their listing: a learned model over the
//! project's own texts, that says how sure it is, what decided, and answers with a heading, a chapter or
//! nothing where it is not sure enough. An aid: it states no one's legal classification.
//!
//! `features.rs` says what is seen of a text, `model.rs` holds what was learned, `train.rs` learns it from
//! `texts.rs`, `answer.rs` makes an answer of it, `lesson.rs` is the whole of a course of learning with its
//! report. `keywords.rs` is apart: phrases of an administration's own that decide before any model.

mod answer;
mod features;
mod keywords;
mod lesson;
mod model;
mod texts;
mod train;

pub use answer::{Answer, Candidate, Classifier, Goods, LEAST_PROBABILITY, in_words};
pub use keywords::{BUILTIN, HsKeywords, KeywordHit};
pub use lesson::{Correction, Disagreement, Lesson, Mistake, Report, Score, learn, score};
pub use model::{About, MOST_BYTES, Model, ModelError};
pub use texts::{Frozen, frozen};
pub use train::Settings;
