//! A listing: what a page, a feed or a price list says of one offer, in its own words.

use crate::Confidence;
use crate::text_form::coded_enum;
use serde::{Deserialize, Serialize};

coded_enum! {
    /// The way a page states a field.
    Syntax, "a syntax (json_ld, microdata, rdfa, open_graph, embedded_state, rule, visible, import, feed, api, source)" {
        /// A JSON-LD script.
        JsonLd = "json_ld",
        /// HTML microdata (`itemprop`).
        Microdata = "microdata",
        /// RDFa (`property`).
        Rdfa = "rdfa",
        /// OpenGraph or product meta tags.
        OpenGraph = "open_graph",
        /// State a page embeds for its own scripts.
        EmbeddedState = "embedded_state",
        /// A selector of the source's file.
        Rule = "rule",
        /// The visible page.
        Visible = "visible",
        /// A column or pointer of an imported list.
        Import = "import",
        /// An attribute of a product feed, by the specification of its form.
        Feed = "feed",
        /// A value of a JSON interface's answer.
        Api = "api",
        /// A default the source's file states for the whole site.
        Source = "source",
    }
}

/// Where a field came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Witness {
    /// How the page states it.
    pub syntax: Syntax,
    /// The place: a path in the markup (`script[2]/offers/price`), a selector, a column.
    pub place: String,
}

/// A text with its witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Stated {
    /// The text as written, white space folded.
    pub text: String,
    /// Where it stood.
    pub witness: Witness,
}

impl Stated {
    /// A text seen at a place.
    pub fn new(text: impl Into<String>, syntax: Syntax, place: impl Into<String>) -> Self {
        Stated { text: text.into(), witness: Witness { syntax, place: place.into() } }
    }
}

/// One step of a quantity-break ladder: from this quantity on, this price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuantityBreak {
    /// The smallest quantity, as written ("100", "≥ 500 pcs").
    pub min_quantity: Stated,
    /// The price from there on, as written.
    pub price: Stated,
}

/// How many witnesses speak of one field, and how many of them say what the listing says. A witness
/// is a way of stating (a [`Syntax`]), not a place: a page that repeats its JSON-LD gains nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Agreement {
    /// Syntaxes that state the field at all, the one it was taken from included.
    pub witnesses: u8,
    /// Those that state the value that was taken (1 where it stands alone).
    pub agree: u8,
    /// Those that state another.
    pub disagree: u8,
}

/// What the witnesses of a page make of the fields that decide a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Agreements {
    /// Of the price, by its amount; witnesses that state a range agree where it holds the amount.
    pub price: Agreement,
    /// Of the name, by letters and digits; a name that holds the other agrees with it.
    pub name: Agreement,
    /// Of the currency, where both are codes.
    pub currency: Agreement,
}

/// One offer, in the words of whoever published it. Nothing is parsed here but markup: prices,
/// sizes and codes are texts for the normalizer. `None` means the page does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Listing {
    /// The offer's own address, absolute.
    pub url: Option<String>,
    /// Title of the goods.
    pub name: Option<Stated>,
    /// The price to pay now, as written: "1.299,00 €", or a bare number from markup.
    pub price: Option<Stated>,
    /// Upper end where the page states a range of prices.
    pub price_high: Option<Stated>,
    /// The struck-out or recommended price.
    pub list_price: Option<Stated>,
    /// Currency as written: a code, symbol or word.
    pub currency: Option<Stated>,
    /// A schema.org availability term (`InStock`, `OutOfStock`, …) where it can be told.
    pub availability: Option<Stated>,
    /// The seller's stock-keeping unit.
    pub sku: Option<Stated>,
    /// GTIN, EAN, UPC, ISBN-13: digits as written.
    pub gtin: Option<Stated>,
    /// Manufacturer part number.
    pub mpn: Option<Stated>,
    /// Brand.
    pub brand: Option<Stated>,
    /// Model.
    pub model: Option<Stated>,
    /// Which of several variants this is: values as written, joined by " / " ("Red / XL").
    pub variant: Option<Stated>,
    /// Condition as written, or a schema.org term.
    pub condition: Option<Stated>,
    /// Who sells, where it is not the site itself.
    pub seller: Option<Stated>,
    /// Category path, parts joined by " > ".
    pub category: Option<Stated>,
    /// Size or pack as written ("6 x 330 ml"), where it stands apart from the name.
    pub quantity_text: Option<Stated>,
    /// Weight as written, with its unit or unit code; whether net or gross is seldom said.
    pub weight: Option<Stated>,
    /// Cost of delivery as written, with its currency; `0` where it is free.
    pub shipping: Option<Stated>,
    /// Countries or regions that cost holds for, as written, joined by ", ".
    pub shipping_to: Option<Stated>,
    /// The unit the price is for, as written ("per kg", "100 g").
    pub price_unit: Option<Stated>,
    /// Price of a unit beside the price of the article ("2,40 €" of "2,40 € / 100 g"), as written.
    pub unit_price: Option<Stated>,
    /// What `unit_price` is for, as written ("100 g", "1 KGM").
    pub unit_price_unit: Option<Stated>,
    /// Whether the price holds value-added tax: `true` or `false`, where the page says so.
    pub tax_included: Option<Stated>,
    /// Last day of the price, as written.
    pub valid_until: Option<Stated>,
    /// The smallest order, as written.
    pub min_order: Option<Stated>,
    /// Prices by quantity, as stated, smallest quantity first.
    pub quantity_breaks: Vec<QuantityBreak>,
    /// HS code stated by the seller.
    pub hs_code: Option<Stated>,
    /// Country of origin as written.
    pub origin: Option<Stated>,
    /// Description, shortened to some hundred characters.
    pub description: Option<Stated>,
    /// Day the offer or its page was published or last changed, as written.
    pub date: Option<Stated>,
    /// Addresses of pictures of the goods, absolute, each once.
    pub images: Vec<Stated>,
    /// Other named attributes: (name, value).
    pub attributes: Vec<(String, Stated)>,
    /// Language of the page (BCP 47), where it says so.
    pub language: Option<String>,
    /// How far the page's witnesses agree; all zero where one source states everything (a feed, a
    /// list, an interface).
    pub agreement: Agreements,
    /// How far the price of this listing can be trusted to be the one to pay for the goods named;
    /// `None` where whoever offers states each field (a list, a feed, an interface).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}
