//! Countries, by ISO 3166-1.

use crate::text_form::{VocabularyError, text_form};
use std::fmt;
use std::str::FromStr;

/// ISO 3166-1 alpha-2 codes, sorted, with two of its user-assigned ones as customs
/// administrations use them: `XK`, and `ZZ` for an origin that is not known.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ZZ";

/// By its first letter, the second letters of the codes: a bit each, that of A lowest.
static KNOWN: [u32; 26] = {
    let (codes, mut known, mut at) = (CODES.as_bytes(), [0; 26], 0);
    while at < codes.len() {
        known[(codes[at] - b'A') as usize] |= 1 << (codes[at + 1] - b'A');
        at += 3;
    }
    known
};

/// A country or customs territory: ISO 3166-1 alpha-2, upper case; `ZZ` says that it is
/// not known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let code =
            <[u8; 2]>::try_from(text.trim().as_bytes()).map(|code| code.map(|c| c.to_ascii_uppercase()));
        match code {
            Ok(code @ [a @ b'A'..=b'Z', b @ b'A'..=b'Z'])
                if KNOWN[usize::from(a - b'A')] >> (b - b'A') & 1 == 1 =>
            {
                Ok(Country(code))
            }
            _ => Err(VocabularyError::malformed(text, "a country code of ISO 3166-1 (two letters)")),
        }
    }
}
impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}
text_form!(Country, "Country", "^[A-Z]{2}$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_countries_and_no_other_letters_are() {
        for a in b'@'..=b'{' {
            for b in b'@'..=b'{' {
                let text = format!(" {}{}", char::from(a), char::from(b));
                let code = text.trim().to_ascii_uppercase();
                let read = text.parse::<Country>().ok().map(|country| country.to_string());
                assert_eq!(read, CODES.split(' ').any(|known| known == code).then_some(code), "{text}");
            }
        }
        for text in ["", "D", "DEU", "D E", "Ä"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
    }
}
