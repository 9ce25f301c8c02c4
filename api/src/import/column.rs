//! One column of a table as a map names it: where the text stands, and the small steps that cut
//! the wanted part out of it. Nothing is interpreted here.

use super::ImportError;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Where a field's text stands in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Header of a CSV column, or key of a JSON object's first level; compared without regard to
    /// case.
    pub column: Option<String>,
    /// JSON pointer (RFC 6901): `/name` from the record, `./price` from the row of a nested list.
    pub pointer: Option<String>,
    /// What is cut out of the text.
    pub steps: TextSteps,
}

/// Steps on a text, in the order of the fields. White space around the result is dropped; an empty
/// result is an absent field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TextSteps {
    /// Drop this beginning, where the text has it.
    pub drop_prefix: Option<String>,
    /// Keep what follows the first of these; a text without it is absent.
    pub after: Option<String>,
    /// Keep what stands before the first of these; a text without it stays whole.
    pub before: Option<String>,
    /// Keep the first word.
    pub first_word: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    column: Option<String>,
    pointer: Option<String>,
    drop_prefix: Option<String>,
    after: Option<String>,
    before: Option<String>,
    #[serde(default)]
    first_word: bool,
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Column;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header like \"Price\", or a table like { pointer = \"/a/b\" }")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Column, E> {
                Ok(Column::header(text))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Column, A::Error> {
                let raw = RawColumn::deserialize(de::value::MapAccessDeserializer::new(map))?;
                if raw.column.is_some() == raw.pointer.is_some() {
                    return Err(de::Error::custom("a column is named by either 'column' or 'pointer'"));
                }
                if let Some(pointer) = &raw.pointer
                    && !(pointer.starts_with('/') || pointer.starts_with("./"))
                {
                    return Err(de::Error::custom(format!(
                        "pointer '{pointer}' begins neither with '/' (from the record) nor with './' (from the row)"
                    )));
                }
                Ok(Column {
                    column: raw.column,
                    pointer: raw.pointer,
                    steps: TextSteps {
                        drop_prefix: raw.drop_prefix,
                        after: raw.after,
                        before: raw.before,
                        first_word: raw.first_word,
                    },
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Column {
    /// Whether its text is taken whole.
    pub fn is_bare(&self) -> bool {
        self.pointer.is_none() && self.steps == TextSteps::default()
    }

    /// A column by its header, its text taken whole.
    pub fn header(name: impl Into<String>) -> Self {
        Column { column: Some(name.into()), pointer: None, steps: TextSteps::default() }
    }
    /// The header or pointer.
    pub fn name(&self) -> &str {
        self.column.as_deref().or(self.pointer.as_deref()).unwrap_or_default()
    }
}

impl TextSteps {
    /// The wanted part of a text, `None` where nothing is left.
    pub fn apply<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text.trim();
        if let Some(prefix) = &self.drop_prefix {
            rest = rest.strip_prefix(prefix.as_str()).unwrap_or(rest);
        }
        if let Some(mark) = &self.after {
            rest = rest.split_once(mark.as_str())?.1;
        }
        if let Some(mark) = &self.before {
            rest = rest.split_once(mark.as_str()).map_or(rest, |(head, _)| head);
        }
        rest = rest.trim();
        if self.first_word {
            rest = rest.split_whitespace().next().unwrap_or_default();
        }
        (!rest.is_empty()).then_some(rest)
    }
}

/// A header line, looked up without regard to case, and to `-`, `_` and spaces.
#[derive(Debug, Clone)]
pub(crate) struct HeaderIndex {
    pub headers: Vec<String>,
    folded: Vec<String>,
}

/// Headers compare equal when only case, spaces, hyphens and underscores differ.
pub(crate) fn fold_header(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .split([' ', '-', '_', '\u{a0}'])
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// A text of a file as messages quote it: what is no table can have a megabyte in its first cell.
pub(crate) fn cut(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Names in quotes, separated by commas; long lists are cut.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 30;
    if names.is_empty() {
        return "no columns".to_owned();
    }
    let mut out =
        names.iter().take(SHOWN).map(|name| format!("'{}'", cut(name, 40))).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        out.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    out
}

impl HeaderIndex {
    /// Refuses a header line in which one name stands twice: which of the two would be meant?
    pub fn new(headers: Vec<String>, file: &str) -> Result<Self, ImportError> {
        let headers: Vec<String> = headers.iter().map(|h| h.trim().to_owned()).collect();
        let folded: Vec<String> = headers.iter().map(|h| fold_header(h)).collect();
        let mut seen = HashSet::new();
        for (at, name) in folded.iter().enumerate() {
            if !name.is_empty() && !seen.insert(name) {
                return Err(ImportError::Form {
                    file: file.to_owned(),
                    problem: format!(
                        "the column '{}' stands twice in the header; rename one of them",
                        cut(&headers[at], 40)
                    ),
                });
            }
        }
        Ok(HeaderIndex { headers, folded })
    }
    /// Position of a column.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = fold_header(name);
        self.folded.iter().position(|folded| *folded == wanted)
    }
    /// The clear error for a column that is needed and missing.
    pub fn missing(&self, file: &str, wanted: &str, why: &str) -> ImportError {
        let near = fold_header(wanted);
        // Jaro-Winkler above 0.75 is a slip of the pen or a longer form of the same word; below,
        // a suggestion would mislead.
        let nearest = self
            .headers
            .iter()
            .zip(&self.folded)
            .map(|(header, folded)| {
                let holds = folded.split('_').any(|part| part == near);
                let likeness = strsim::jaro_winkler(folded, &near);
                (if holds { likeness.max(0.9) } else { likeness }, header)
            })
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, header)| format!("; did you mean '{}'?", cut(header, 40)))
            .unwrap_or_default();
        ImportError::MissingColumn {
            file: file.to_owned(),
            wanted: wanted.to_owned(),
            why: why.to_owned(),
            found: listed(&self.headers),
            nearest,
        }
    }
}

/// Texts that a list writes where it has nothing to say, beside the empty one.
#[derive(Debug, Clone, Default)]
pub(crate) struct AbsentWords(Vec<String>);

impl AbsentWords {
    pub fn new(words: &[String]) -> Self {
        AbsentWords(words.iter().map(|w| w.trim().to_lowercase()).collect())
    }
    /// The text, unless it is one of the words.
    pub fn filter<'a>(&self, text: &'a str) -> Option<&'a str> {
        let text = text.trim();
        let absent = text.is_empty() || (!self.0.is_empty() && self.0.contains(&text.to_lowercase()));
        (!absent).then_some(text)
    }
}

/// White space folded: cells hold line breaks and no-break spaces that mean nothing.
pub(crate) fn fold_space(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c.is_whitespace() && c != ' ';
    if !text.contains(odd) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
