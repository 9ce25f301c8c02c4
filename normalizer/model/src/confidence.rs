//! How far a reading can be trusted: a share from 0 to 1, kept in thousandths so that it compares
//! exactly and reads the same on every database. What gives a listing its confidence is the reader's
//! to say.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The share of readings like this one that are right, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(u16);

impl Confidence {
    /// Rounded to thousandths; `None` outside 0 to 1, or where it is no number.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then(|| Confidence((share * 1000.0).round() as u16))
    }

    /// From thousandths.
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        (thousandths <= 1000).then_some(Confidence(thousandths))
    }

    /// In thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }

    /// As a share, 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl TryFrom<f64> for Confidence {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        Confidence::new(share).ok_or_else(|| format!("{share} is no confidence: give a share from 0 to 1"))
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> f64 {
        confidence.share()
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.share())
    }
}

impl schemars::JsonSchema for Confidence {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Confidence".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shares_are_confidences() {
        assert_eq!(Confidence::new(0.9504), Some(Confidence(950)));
        assert_eq!(Confidence(1000).to_string(), "1");
        for no in [-0.1, 1.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Confidence::new(no), None);
        }
        assert_eq!(Confidence::from_thousandths(1001), None);
        assert!(serde_json::from_str::<Confidence>("1.5").is_err());
        assert_eq!(serde_json::to_value(Confidence(250)).ok(), Some(serde_json::json!(0.25)));
    }
}
