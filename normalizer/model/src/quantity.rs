//! Units of quantity of the WCO with their UN/CEFACT Recommendation 20 codes.

use crate::text_form::VocabularyError;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A WCO standard unit of quantity. Its code is that of UN/CEFACT Recommendation 20
/// (`pack` is Rec 21's `PK`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// kg, `KGM`.
    Kilogram,
    /// carat, `CTM`.
    Carat,
    /// m, `MTR`.
    Metre,
    /// m2, `MTK`.
    SquareMetre,
    /// m3, `MTQ`.
    CubicMetre,
    /// l, `LTR`.
    Litre,
    /// 1000 kWh, `MWH`.
    ThousandKilowattHours,
    /// u, `H87` (piece).
    Piece,
    /// 2u, `NPR` (pairs).
    Pair,
    /// 12u, `DZN` (dozens).
    Dozen,
    /// 1000u, `MIL` (thousands).
    Thousand,
    /// pack, `PK`.
    Pack,
}

impl Unit {
    /// Every unit.
    pub const ALL: &'static [Unit] = &[
        Unit::Kilogram,
        Unit::Carat,
        Unit::Metre,
        Unit::SquareMetre,
        Unit::CubicMetre,
        Unit::Litre,
        Unit::ThousandKilowattHours,
        Unit::Piece,
        Unit::Pair,
        Unit::Dozen,
        Unit::Thousand,
        Unit::Pack,
    ];
    /// The UN/CEFACT code.
    pub fn code(self) -> &'static str {
        match self {
            Unit::Kilogram => "KGM",
            Unit::Carat => "CTM",
            Unit::Metre => "MTR",
            Unit::SquareMetre => "MTK",
            Unit::CubicMetre => "MTQ",
            Unit::Litre => "LTR",
            Unit::ThousandKilowattHours => "MWH",
            Unit::Piece => "H87",
            Unit::Pair => "NPR",
            Unit::Dozen => "DZN",
            Unit::Thousand => "MIL",
            Unit::Pack => "PK",
        }
    }
    /// The WCO's abbreviation, as people read it.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Kilogram => "kg",
            Unit::Carat => "carat",
            Unit::Metre => "m",
            Unit::SquareMetre => "m2",
            Unit::CubicMetre => "m3",
            Unit::Litre => "l",
            Unit::ThousandKilowattHours => "1000 kWh",
            Unit::Piece => "u",
            Unit::Pair => "2u",
            Unit::Dozen => "12u",
            Unit::Thousand => "1000u",
            Unit::Pack => "pack",
        }
    }
    /// For sentences: "per kg", "per piece", "per pair".
    pub fn per(self) -> &'static str {
        match self {
            Unit::Kilogram => "per kg",
            Unit::Carat => "per carat",
            Unit::Metre => "per m",
            Unit::SquareMetre => "per m²",
            Unit::CubicMetre => "per m³",
            Unit::Litre => "per litre",
            Unit::ThousandKilowattHours => "per 1000 kWh",
            Unit::Piece => "per piece",
            Unit::Pair => "per pair",
            Unit::Dozen => "per dozen",
            Unit::Thousand => "per 1000 pieces",
            Unit::Pack => "per pack",
        }
    }
    /// The plain unit a counted multiple reduces to, with the factor: a dozen is 12 pieces, a
    /// thousand 1000 pieces. Pairs stay pairs: a pair is one article of trade.
    pub fn reduced(self) -> (Unit, Decimal) {
        match self {
            Unit::Dozen => (Unit::Piece, Decimal::from(12)),
            Unit::Thousand => (Unit::Piece, Decimal::from(1000)),
            other => (other, Decimal::ONE),
        }
    }
}

impl FromStr for Unit {
    type Err = VocabularyError;
    /// Reads the code, the WCO abbreviation, and a few plain words (`piece`, `pair`, `litre`).
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let folded = text.trim().to_ascii_lowercase();
        Ok(match folded.as_str() {
            "kgm" | "kg" | "kilogram" => Unit::Kilogram,
            "ctm" | "carat" | "ct" => Unit::Carat,
            "mtr" | "m" | "metre" | "meter" => Unit::Metre,
            "mtk" | "m2" | "m²" => Unit::SquareMetre,
            "mtq" | "m3" | "m³" => Unit::CubicMetre,
            "ltr" | "l" | "litre" | "liter" => Unit::Litre,
            "mwh" | "1000 kwh" => Unit::ThousandKilowattHours,
            "h87" | "u" | "c62" | "nmb" | "nar" | "pce" | "pcs" | "piece" | "pieces" | "each" | "ea" => {
                Unit::Piece
            }
            "npr" | "2u" | "pair" | "pairs" | "pa" => Unit::Pair,
            "dzn" | "12u" | "dozen" => Unit::Dozen,
            "mil" | "1000u" | "thousand" => Unit::Thousand,
            "pk" | "pack" => Unit::Pack,
            _ => {
                return Err(VocabularyError::malformed(
                    text,
                    "a unit of quantity (kg, carat, m, m2, m3, l, 1000 kWh, u, 2u, 12u, 1000u, pack or its Rec 20 code)",
                ));
            }
        })
    }
}
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
crate::text_form::text_form!(Unit, "Unit", "^[A-Z0-9]{2,3}$");

/// A positive amount of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "RawQuantity")]
pub struct Quantity {
    value: Decimal,
    unit: Unit,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct RawQuantity {
    value: Decimal,
    unit: Unit,
}

impl TryFrom<RawQuantity> for Quantity {
    type Error = VocabularyError;
    fn try_from(raw: RawQuantity) -> Result<Self, VocabularyError> {
        Quantity::new(raw.value, raw.unit)
    }
}

impl Quantity {
    /// A quantity above zero.
    pub fn new(value: Decimal, unit: Unit) -> Result<Self, VocabularyError> {
        if value <= Decimal::ZERO {
            return Err(VocabularyError::NotPositive { text: value.to_string() });
        }
        Ok(Quantity { value, unit })
    }
    /// One piece.
    pub fn one_piece() -> Self {
        Quantity { value: Decimal::ONE, unit: Unit::Piece }
    }
    /// The amount, above zero.
    pub fn value(&self) -> Decimal {
        self.value
    }
    /// The unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }
    /// Dozens and thousands as pieces; other units unchanged.
    ///
    /// ```
    /// use model::{Quantity, Unit};
    /// let eggs = Quantity::new(30.into(), "dozen".parse()?)?;
    /// assert_eq!(eggs.reduced(), Quantity::new(360.into(), Unit::Piece)?);
    /// # Ok::<(), model::VocabularyError>(())
    /// ```
    pub fn reduced(&self) -> Quantity {
        let (unit, factor) = self.unit.reduced();
        match self.value.checked_mul(factor) {
            Some(value) => Quantity { value, unit },
            None => *self,
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value.normalize(), self.unit.symbol())
    }
}
