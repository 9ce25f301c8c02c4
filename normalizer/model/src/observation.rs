//! An observation: one offer made comparable, or the reason why it could not be.

use crate::text_form::coded_enum;
use crate::{
    ArchiveRef, CommercialLevel, Condition, Confidence, ContentHash, Country, Currency, GoodsKind, Gtin,
    HsCode, Money, Quantity, Syntax,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The circumstances of a listing: who collected it, when, from where, and where it can be seen
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Capture {
    /// The source.
    pub source_id: String,
    /// Host of the offer's link: what counts as one site. The source's id where there is no link.
    pub site: String,
    /// Page or list the listing was read from.
    pub page_url: Option<String>,
    /// When the price was seen.
    pub captured_at: DateTime<Utc>,
    /// SHA-256 of the archived page.
    pub page_hash: Option<ContentHash>,
    /// Where the archived page lies.
    pub archive: Option<ArchiveRef>,
    /// The market the offer addresses.
    pub market: Option<Country>,
    /// What a bare number or an ambiguous symbol means on this site, from the source's file.
    pub default_currency: Option<Currency>,
    /// Language of the site (BCP 47), from the source's file.
    pub language: Option<String>,
}

/// A closed interval of amounts, `low <= high`, in one currency known from the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Interval {
    /// Lower end: the trader-favourable side.
    pub low: Decimal,
    /// Upper end.
    pub high: Decimal,
}

coded_enum! {
    /// How a step changes a price; of a range, the low end takes the rate that lowers it most.
    BasisOperation, "an operation (divide, deduct, increase, share, subtract, add)" {
        /// ÷ (1 + rate): taxes and duties on the price below them, a mark-up on cost.
        Divide = "divide",
        /// × (1 − rate): fees and margins on the price.
        Deduct = "deduct",
        /// × (1 + rate): insurance as a share, to come from FOB to CIF.
        Increase = "increase",
        /// × rate: a share of the price (a depreciated or agreed part).
        Share = "share",
        /// − amount: inland carriage; freight and insurance, to come to FOB.
        Subtract = "subtract",
        /// + amount: freight and insurance, to come from FOB to CIF.
        Add = "add",
    }
}

impl BasisOperation {
    /// The formula in words.
    pub fn formula(self) -> &'static str {
        match self {
            BasisOperation::Divide => "price divided by one plus the rate",
            BasisOperation::Deduct => "price times one minus the rate",
            BasisOperation::Increase => "price times one plus the rate",
            BasisOperation::Share => "price times the rate",
            BasisOperation::Subtract => "price less the amount",
            BasisOperation::Add => "price plus the amount",
        }
    }

    /// The step itself, by interval arithmetic. `None` where a figure is too large or the divisor
    /// is zero.
    pub fn apply(self, price: Interval, rate: Interval) -> Option<Interval> {
        let one = Decimal::ONE;
        let (low, high) = match self {
            BasisOperation::Divide => (
                price.low.checked_div(one.checked_add(rate.high)?)?,
                price.high.checked_div(one.checked_add(rate.low)?)?,
            ),
            BasisOperation::Deduct => (
                price.low.checked_mul(one.checked_sub(rate.high)?)?,
                price.high.checked_mul(one.checked_sub(rate.low)?)?,
            ),
            BasisOperation::Increase => (
                price.low.checked_mul(one.checked_add(rate.low)?)?,
                price.high.checked_mul(one.checked_add(rate.high)?)?,
            ),
            BasisOperation::Share => (price.low.checked_mul(rate.low)?, price.high.checked_mul(rate.high)?),
            BasisOperation::Subtract => {
                (price.low.checked_sub(rate.high)?, price.high.checked_sub(rate.low)?)
            }
            BasisOperation::Add => (price.low.checked_add(rate.low)?, price.high.checked_add(rate.high)?),
        };
        Some(Interval { low, high })
    }
}

/// One step from the offer towards the common basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BasisStep {
    /// What is taken out, in plain words ("VAT", "margin on price").
    pub what: String,
    /// How; absent in snapshots of earlier versions.
    #[serde(default)]
    pub operation: Option<BasisOperation>,
    /// Before the step.
    pub input: Interval,
    /// Rates or amounts used, low and high.
    pub rate: Interval,
    /// Who states the rate, and since when it holds.
    pub source: String,
    /// Whether the rate is only an illustration.
    pub illustrative: bool,
    /// After the step.
    pub output: Interval,
}

/// The basis a price is compared on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Basis {
    /// `offer` (the price as offered, nothing taken out) or `cif`.
    pub name: String,
    /// The recipe and its version, where one was applied.
    pub recipe: Option<String>,
    /// The chain, in order; empty for `offer`.
    pub steps: Vec<BasisStep>,
}

/// How the HS code of an observation is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HsWitness {
    /// `stated` by the seller or list, `keyword`, or `default` of the import.
    pub how: String,
    /// The words or column that decided.
    pub why: String,
}

/// A step of a quantity-break ladder, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PriceBreak {
    /// From this number of selling units on.
    pub min_quantity: Decimal,
    /// The price of one selling unit (the observation's `quantities`), on the common basis, in the
    /// offer's currency.
    pub basis_price: Interval,
}

/// One step of the explanation from page text to comparable price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExplainStep {
    /// The field or calculation.
    pub what: String,
    /// The text it was read from.
    pub from: String,
    /// What it was read as.
    pub result: String,
    /// How the page states it, where it comes from the page.
    pub syntax: Option<Syntax>,
    /// Where it stood: a path in the markup, a selector, a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// One offer, comparable. Amounts are exact and in the currency of the offer; conversion to a
/// reference currency happens when a snapshot is built, at the rate of `captured_at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Observation {
    /// Identity: the same offer seen on the same day at the same price has the same id.
    pub id: ContentHash,
    /// Circumstances.
    pub capture: Capture,
    /// Address of the offer.
    pub url: Option<String>,
    /// Title of the goods.
    pub name: String,
    /// Who sells: the seller named on the page, else the site. Names of private sellers are
    /// hashed before they come here.
    pub seller: String,
    /// Brand, as written.
    pub brand: Option<String>,
    /// Model or part number, as written.
    pub model: Option<String>,
    /// GTIN.
    pub gtin: Option<Gtin>,
    /// Subheading or longer, where known.
    pub hs: Option<HsCode>,
    /// How the code is known.
    pub hs_witness: Option<HsWitness>,
    /// Condition, where known.
    pub condition: Option<Condition>,
    /// Commercial level.
    pub level: CommercialLevel,
    /// Article, accessory or bundle.
    pub kind: GoodsKind,
    /// The price as offered for one selling unit.
    pub price: Money,
    /// Upper end, where the offer is a range.
    pub price_high: Option<Decimal>,
    /// What one selling unit holds, in each unit known: mass or volume first, pieces after.
    pub quantities: Vec<Quantity>,
    /// Smallest order in selling units, where stated.
    pub min_order: Option<Decimal>,
    /// Quantity breaks, smallest quantity first.
    pub breaks: Vec<PriceBreak>,
    /// The price of one selling unit on the common basis, in the offer's currency.
    pub basis_price: Interval,
    /// How `basis_price` came from `price`.
    pub basis: Basis,
    /// Country of origin, where stated.
    pub origin: Option<Country>,
    /// Countries the offer ships to, where stated.
    pub ships_to: Vec<Country>,
    /// Availability (schema.org term), where stated.
    pub availability: Option<String>,
    /// How far the reading of the page can be trusted; see [`crate::Listing::confidence`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// From page text to comparable price, in words and numbers.
    pub explain: Vec<ExplainStep>,
}

coded_enum! {
    /// Why a listing gave no observation.
    RejectionReason, "a reason for rejection" {
        /// No title.
        NoName = "no_name",
        /// No price on the page or in the line.
        NoPrice = "no_price",
        /// A price text that is not a price.
        BadPrice = "bad_price",
        /// Two readings and nothing to settle which.
        AmbiguousPrice = "ambiguous_price",
        /// Zero or negative.
        NotPositive = "not_positive",
        /// "from 12": a lower bound, not a price.
        FromPrice = "from_price",
        /// No currency on the page, nor in the source's file.
        NoCurrency = "no_currency",
        /// A symbol several currencies share, and nothing to settle it.
        AmbiguousCurrency = "ambiguous_currency",
        /// A size or pack text with two readings.
        AmbiguousQuantity = "ambiguous_quantity",
        /// An HS code that the nomenclature does not have.
        UnknownHsCode = "unknown_hs_code",
        /// Read from a page with less confidence than the settings ask for.
        LowConfidence = "low_confidence",
        /// A field of an imported line that cannot be read.
        BadField = "bad_field",
        /// No capture date, and no default for it.
        NoCaptureDate = "no_capture_date",
        /// A line that is not of the file's form.
        BadLine = "bad_line",
        /// A page without any offer.
        NoListing = "no_listing",
        /// A page that cannot be read as text.
        UnreadablePage = "unreadable_page",
        /// A page that asks not to be indexed.
        NotIndexed = "not_indexed",
    }
}

/// A listing (or line, or page) that gave no observation, with the reason. Kept as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rejection {
    /// The reason.
    pub reason: RejectionReason,
    /// What exactly, in one sentence with the offending text.
    pub detail: String,
    /// The source.
    pub source_id: String,
    /// Page, offer or `FILE:LINE` it stands at.
    pub place: String,
    /// Archived page, if any.
    pub page_hash: Option<ContentHash>,
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
}
