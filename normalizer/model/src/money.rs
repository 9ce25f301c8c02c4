//! Money: a decimal amount in a currency of ISO 4217. Never a binary float.

use crate::text_form::{VocabularyError, text_form};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Currencies in use (ISO 4217 list one), without funds and metals.
const CURRENT: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
/// Currencies that have ended but stand in old prices and rate histories (the lev since 2026).
const ENDED: &str = "ANG ATS AZM BEF BGL BGN BYR CSD CYP DEM ECS EEK ESP FIM FRF GHC GRD HRK IEP ITL LTL LUF LVL MRO MTL MXP MZM NLG PLZ PTE ROL RUR SDD SIT SKK SLL STD TMM TRL VEB VEF XEU YUM ZMK ZWD ZWL";

/// A currency: three letters of ISO 4217, current or ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");
    /// The United States dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// Decimals of the minor unit (ISO 4217): 2 for most, 0 for yen, 3 for Kuwaiti dinar.
    pub fn minor_digits(&self) -> u32 {
        match self.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

/// Every code, sorted, for look-ups: histories of rates hold a code in every cell.
static CODES: LazyLock<Vec<[u8; 3]>> = LazyLock::new(|| {
    let mut codes: Vec<[u8; 3]> = CURRENT
        .split(' ')
        .chain(ENDED.split(' '))
        .filter_map(|code| code.as_bytes().try_into().ok())
        .collect();
    codes.sort_unstable();
    codes
});

impl FromStr for Currency {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let code: Option<[u8; 3]> = text.trim().as_bytes().try_into().ok();
        match code.map(|code| code.map(|letter| letter.to_ascii_uppercase())) {
            Some(code) if CODES.binary_search(&code).is_ok() => Ok(Currency(code)),
            _ => Err(VocabularyError::malformed(text, "a currency code of ISO 4217 (three letters)")),
        }
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}
text_form!(Currency, "Currency", "^[A-Z]{3}$");

/// An amount of money. The amount is exact decimal; in JSON it is a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Money {
    /// The amount in the currency's main unit.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency.
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Money { amount, currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
