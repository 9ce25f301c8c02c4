//! One way in and out of text for the small types: `FromStr`, `Display`, serde and JSON Schema.

use thiserror::Error;

/// A text that is not one of the vocabulary's values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The text does not have the form the type asks for.
    #[error("'{text}' is not {wanted}")]
    Malformed {
        /// The text as it was given.
        text: String,
        /// What would have been accepted, as a noun phrase.
        wanted: &'static str,
    },
    /// The check digit of a number contradicts its other digits.
    #[error("the check digit of '{text}' is wrong: expected {expected}")]
    CheckDigit {
        /// The text as it was given.
        text: String,
        /// The digit that would be right.
        expected: char,
    },
    /// A quantity or price that must be positive is not.
    #[error("'{text}' is not above zero")]
    NotPositive {
        /// The value as it was given.
        text: String,
    },
}

impl VocabularyError {
    pub(crate) fn malformed(text: &str, wanted: &'static str) -> Self {
        // A bad cell can be a whole file that lost its line ends: quote what a person can read.
        let mut short: String = text.chars().take(60).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        VocabularyError::Malformed { text: short, wanted }
    }
}

/// Serde and JSON Schema for a type whose one text form is `Display` and `FromStr`.
macro_rules! text_form {
    ($type:ty, $name:literal, $pattern:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

/// An enumeration with one `snake_case` (or coded) text per value.
macro_rules! coded_enum {
    (
        $(#[$meta:meta])*
        $name:ident, $wanted:literal {
            $( $(#[$vmeta:meta])* $variant:ident = $code:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( $(#[$vmeta])* $variant ),+ }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [$name] = &[ $( $name::$variant ),+ ];
            /// The stable code of the value, as in JSON, CSV and the database.
            pub fn code(self) -> &'static str {
                match self { $( $name::$variant => $code ),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
        impl std::str::FromStr for $name {
            type Err = crate::VocabularyError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $( $code => Ok($name::$variant), )+
                    _ => Err(crate::VocabularyError::malformed(text, $wanted)) }
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [ $( $code ),+ ] })
            }
        }
    };
}

pub(crate) use {coded_enum, text_form};
