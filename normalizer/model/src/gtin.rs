//! Global Trade Item Numbers.

use crate::text_form::{VocabularyError, text_form};
use std::fmt;
use std::str::FromStr;

/// A GTIN with a right check digit (GTIN-8, -12, -13 or -14), held as 14 digits so that the same
/// goods compare equal however the number was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin([u8; 14]);

impl Gtin {
    /// Reads 8, 12, 13 or 14 digits; spaces and hyphens are passed over.
    ///
    /// ```
    /// use model::Gtin;
    /// assert_eq!(Gtin::parse("4006381333931")?, Gtin::parse("04006381333931")?);
    /// assert!(Gtin::parse("4006381333932").is_err(), "the check digit is wrong");
    /// # Ok::<(), model::VocabularyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, VocabularyError> {
        text.parse()
    }
    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// As usually printed: leading zeros dropped down to 13, 12 or 8 digits.
    pub fn printed(&self) -> &str {
        let text = self.as_str();
        let zeros = text.bytes().take_while(|&b| b == b'0').count();
        match zeros {
            0 => text,
            1 => &text[1..],
            2..=5 => &text[2..],
            _ => &text[6..],
        }
    }
}

impl FromStr for Gtin {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let wanted = || VocabularyError::malformed(text, "a GTIN of 8, 12, 13 or 14 digits");
        let mut digits = Vec::with_capacity(14);
        for c in text.trim().chars() {
            match c {
                ' ' | '-' => continue,
                '0'..='9' if digits.len() < 14 => digits.push(c as u8),
                _ => return Err(wanted()),
            }
        }
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || digits.iter().all(|&d| d == b'0') {
            return Err(wanted());
        }
        let mut padded = [b'0'; 14];
        padded[14 - digits.len()..].copy_from_slice(&digits);
        // GS1 General Specifications: weights 3 and 1 alternate, starting with 3 on the left of 14.
        let sum: u32 = padded[..13]
            .iter()
            .enumerate()
            .map(|(i, &d)| u32::from(d - b'0') * if i % 2 == 0 { 3 } else { 1 })
            .sum();
        let expected = b'0' + ((10 - sum % 10) % 10) as u8;
        if padded[13] != expected {
            return Err(VocabularyError::CheckDigit {
                text: text.trim().to_owned(),
                expected: char::from(expected),
            });
        }
        Ok(Gtin(padded))
    }
}
impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({self})")
    }
}
text_form!(Gtin, "Gtin", "^[0-9]{14}$");
