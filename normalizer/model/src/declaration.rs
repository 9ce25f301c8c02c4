//! A declared line, as it is held to a reference.

use crate::text_form::coded_enum;
use crate::{CommercialLevel, Condition, Country, Gtin, HsCode, Money, Quantity, RateUsed, Unit};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

coded_enum! {
    /// Nature of the transaction. Only a sale for export is compared (Article 1 of the Agreement).
    Transaction, "a nature of transaction (sale, sample, gift, return, lease, repair, consignment, transfer)" {
        /// A sale for export to the country of importation.
        Sale = "sale",
        /// A commercial sample free of charge.
        Sample = "sample",
        /// A gift.
        Gift = "gift",
        /// Returned goods.
        Return = "return",
        /// Hire, lease or loan.
        Lease = "lease",
        /// For or after repair or processing.
        Repair = "repair",
        /// Consignment stock, not sold yet.
        Consignment = "consignment",
        /// A transfer within one legal person, without a sale.
        Transfer = "transfer",
    }
}

coded_enum! {
    /// The terms a declared price is on.
    PriceTerms, "one of the price terms (cif, fob, exw)" {
        /// Cost, insurance and freight to the place of importation included.
        Cif = "cif",
        /// Free on board: without freight and insurance.
        Fob = "fob",
        /// Ex works.
        Exw = "exw",
    }
}

/// One declared line. Optional facets that are `None` are unknown, never assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Declaration {
    /// The line's own name in its file, echoed in results.
    pub line: Option<String>,
    /// Declared code, subheading or longer.
    pub hs: HsCode,
    /// Description of the goods.
    pub description: Option<String>,
    /// Brand.
    pub brand: Option<String>,
    /// Model or part number.
    pub model: Option<String>,
    /// GTIN.
    pub gtin: Option<Gtin>,
    /// Condition.
    pub condition: Option<Condition>,
    /// Commercial level.
    pub level: Option<CommercialLevel>,
    /// Declared value of the whole line.
    pub value: Money,
    /// Declared quantity.
    pub quantity: Option<Quantity>,
    /// Whether that quantity was declared. Where only a price per unit is known, the quantity is
    /// one unit so that a unit price can be formed, and says nothing of the size of the order.
    #[serde(default = "declared")]
    pub quantity_stated: bool,
    /// Net mass in kg.
    pub net_mass: Option<Decimal>,
    /// Mass of one piece in kg, where the line's documents show it.
    pub piece_mass: Option<Decimal>,
    /// Date of export.
    pub export_date: NaiveDate,
    /// Country of origin.
    pub origin: Option<Country>,
    /// Country of export.
    pub export_country: Option<Country>,
    /// Importing country.
    pub import_country: Option<Country>,
    /// Nature of the transaction.
    pub transaction: Transaction,
    /// Terms of the price, where declared.
    pub terms: Option<PriceTerms>,
    /// Importer, as declared; never stored.
    pub importer: Option<String>,
}

/// A declared price per unit in the snapshot's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeclaredPrice {
    /// Per this unit.
    pub unit: Unit,
    /// As declared, per unit.
    pub declared: Money,
    /// In the snapshot's currency.
    pub amount: Decimal,
    /// The conversion at the line's own date; `None` where none was needed.
    pub rate: Option<RateUsed>,
}

/// A second reading of the line's quantity, evidenced on the line itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MassCheck {
    /// The unit under the other reading.
    pub unit: Unit,
    /// The price per unit under the other reading, in the snapshot's currency.
    pub amount: Decimal,
    /// The evidence in words: "piece mass 0.060 kg on the line".
    pub evidence: String,
}

fn declared() -> bool {
    true
}
