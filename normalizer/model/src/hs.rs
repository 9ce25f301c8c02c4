//! Codes of the Harmonized System.

use crate::text_form::{VocabularyError, text_form};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The 5,612 subheadings of HS 2022, sorted: bare codes, one a line.
static SUBHEADINGS_2022: LazyLock<Vec<u32>> = LazyLock::new(|| {
    include_str!("../../../config/hs/hs2022_subheadings.txt")
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
});

/// A code of the Harmonized System: chapter (2 digits), heading (4), subheading (6) or a national
/// code that extends a subheading (up to 12). Its text is the bare digits; dots and spaces are
/// accepted when reading.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HsCode {
    digits: [u8; 12],
    len: u8,
}

impl HsCode {
    /// Reads `070320`, `0703.20`, `0703 20 00`; see also [`HsCode::is_known`].
    ///
    /// ```
    /// use model::HsCode;
    /// let code = HsCode::parse("0703 20 0090")?;
    /// assert_eq!((code.as_str(), code.dotted().as_str()), ("0703200090", "0703.20.00.90"));
    /// assert!(code.is_known() && code.is_within(&HsCode::parse("07.03")?));
    /// # Ok::<(), model::VocabularyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, VocabularyError> {
        text.parse()
    }
    /// The digits.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII digits by construction.
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }
    /// Number of digits: 2, 4, 6, or more for national codes.
    pub fn level(&self) -> usize {
        usize::from(self.len)
    }
    /// The first two digits.
    pub fn chapter(&self) -> HsCode {
        self.truncated(2)
    }
    /// The first four digits, or `None` for a bare chapter.
    pub fn heading(&self) -> Option<HsCode> {
        (self.len >= 4).then(|| self.truncated(4))
    }
    /// The first six digits, or `None` for a chapter or heading.
    pub fn subheading(&self) -> Option<HsCode> {
        (self.len >= 6).then(|| self.truncated(6))
    }
    /// True when this code lies under `other` or equals it.
    pub fn is_within(&self, other: &HsCode) -> bool {
        self.as_str().starts_with(other.as_str())
    }
    /// Whether HS 2022 has this code (its subheading, heading or chapter; national digits are not
    /// checked).
    pub fn is_known(&self) -> bool {
        let digits = &self.as_str()[..self.level().min(6)];
        let Ok(number) = digits.parse::<u32>() else {
            return false;
        };
        let scale = 10u32.pow(6 - digits.len() as u32);
        let at = SUBHEADINGS_2022.partition_point(|&code| code < number * scale);
        SUBHEADINGS_2022.get(at).is_some_and(|&code| code / scale == number)
    }
    /// Up to `count` existing subheadings that share the longest prefix with this code: the hint
    /// beside an unknown code.
    pub fn nearest_known(&self, count: usize) -> Vec<HsCode> {
        let text = self.as_str();
        for keep in (2..=text.len().min(5)).rev() {
            let prefix = &text[..keep];
            let found: Vec<HsCode> = SUBHEADINGS_2022
                .iter()
                .map(|code| format!("{code:06}"))
                .filter(|code| code.starts_with(prefix))
                .filter_map(|code| code.parse().ok())
                .take(count)
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
    fn truncated(&self, len: u8) -> HsCode {
        let mut digits = [0; 12];
        digits[..usize::from(len)].copy_from_slice(&self.digits[..usize::from(len)]);
        HsCode { digits, len }
    }
    /// The usual way of writing: `0703.20`, national digits in pairs behind it.
    pub fn dotted(&self) -> String {
        let text = self.as_str();
        if text.len() <= 4 {
            return text.to_owned();
        }
        let mut out = text[..4].to_owned();
        for pair in text.as_bytes()[4..].chunks(2) {
            out.push('.');
            out.extend(pair.iter().map(|&b| char::from(b)));
        }
        out
    }
}

impl FromStr for HsCode {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let wanted = || VocabularyError::malformed(text, "an HS code of 2, 4 or 6 to 12 digits");
        let mut digits = [0u8; 12];
        let mut len = 0u8;
        for c in text.trim().chars() {
            match c {
                '.' | ' ' | '\u{a0}' => continue,
                '0'..='9' if len < 12 => {
                    digits[usize::from(len)] = c as u8;
                    len += 1;
                }
                _ => return Err(wanted()),
            }
        }
        if !matches!(len, 2 | 4 | 6..=12) || &digits[..2] == b"00" {
            return Err(wanted());
        }
        Ok(HsCode { digits, len })
    }
}
impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HsCode({self})")
    }
}
// What is written is bare digits; what is read, in a source file for one, may have dots or spaces.
text_form!(HsCode, "HsCode", "^[0-9]{2}([. ]?[0-9]{2}([. ]?[0-9]{2}([. ]?[0-9]){0,6})?)?$");
