//! A column map: the TOML file that says what the columns of a price list mean, and what holds
//! where the list is silent. `config/maps/template.toml` documents every key.

use super::ImportError;
use super::column::Column;
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, Country, Currency, HsCode, ListedCategory};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A header line, then one record a line (a quoted cell may hold line breaks).
    Csv,
    /// One JSON object a line.
    Jsonl,
}

macro_rules! fields {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal ),+ $(,)?) => {
        /// A field of a price list: the own columns, and the keys of `[columns]` in a map.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $( $(#[$doc])* $variant ),+ }
        impl Field {
            /// Every field, in the documented order.
            pub const ALL: &'static [Field] = &[ $( Field::$variant ),+ ];
            /// Name of the own column.
            pub fn name(self) -> &'static str {
                match self { $( Field::$variant => $name ),+ }
            }
        }
    };
}

fields! {
    /// Title of the goods (needed).
    Name = "name",
    /// The price as written, with or without its currency (needed).
    Price = "price",
    /// Upper end of a range of prices.
    PriceHigh = "price_high",
    /// The struck-out or recommended price.
    ListPrice = "list_price",
    /// Currency: code, symbol or word.
    Currency = "currency",
    /// Address of the offer. Its host is the site.
    Url = "url",
    /// Who sells.
    Seller = "seller",
    /// The site, where there is no address.
    Site = "site",
    /// Country of the market the offer addresses, ISO 3166.
    Market = "market",
    /// Day or moment the price was seen.
    Captured = "captured",
    /// Condition of the goods.
    Condition = "condition",
    /// `wholesale` or `retail`.
    Level = "level",
    /// HS code, six digits or more.
    Hs6 = "hs6",
    /// GTIN, EAN, UPC.
    Gtin = "gtin",
    /// Brand.
    Brand = "brand",
    /// Model.
    Model = "model",
    /// Manufacturer part number.
    Mpn = "mpn",
    /// The seller's own number of the article.
    Sku = "sku",
    /// Size or pack as written, or its number alone beside `unit`.
    Quantity = "quantity",
    /// Unit of `quantity`; without a quantity, the unit the price is for.
    Unit = "unit",
    /// The unit the price is for ("per kg", "100 g").
    PriceUnit = "price_unit",
    /// Smallest order.
    MinOrder = "min_order",
    /// Category path.
    Category = "category",
    /// Country of origin.
    Origin = "origin",
    /// Availability (`InStock`, `OutOfStock`).
    Availability = "availability",
    /// Description.
    Description = "description",
    /// Which of several variants ("Red / XL").
    Variant = "variant",
    /// Weight with its unit.
    Weight = "weight",
    /// Cost of delivery.
    Shipping = "shipping",
    /// Countries that cost holds for.
    ShippingTo = "shipping_to",
    /// Price of a unit beside the price.
    UnitPrice = "unit_price",
    /// What `unit_price` is for.
    UnitPriceUnit = "unit_price_unit",
    /// Whether the price holds value-added tax: `true` or `false`.
    TaxIncluded = "tax_included",
    /// Last day of the price.
    ValidUntil = "valid_until",
    /// Day the offer was published or last changed.
    Date = "date",
    /// Address of a picture.
    Image = "image",
}

/// What holds for every row where the list does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Day the prices were seen, `"2023-10-01"`.
    pub captured: Option<NaiveDate>,
    /// HS code of every row, six digits or more.
    pub hs6: Option<HsCode>,
    /// Country of the market.
    pub market: Option<Country>,
    /// Condition of the goods.
    pub condition: Option<Condition>,
    /// Commercial level.
    pub level: Option<CommercialLevel>,
    /// What a bare number or an ambiguous symbol means.
    pub currency: Option<Currency>,
    /// Who sells; without it, the site.
    pub seller: Option<String>,
    /// The site of rows without an address; without it, the source's id.
    pub site: Option<String>,
    /// The decimal mark of prices, `,` or `.`, where texts alone leave it open ("3.350").
    pub decimal_separator: Option<char>,
    /// Language of the names (BCP 47).
    pub language: Option<String>,
    /// Countries the offers ship to.
    pub ships_to: Vec<Country>,
    /// Sellers may be private persons: their names are kept only hashed.
    pub private_sellers: bool,
}

/// What the columns of a list mean.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnMap {
    /// Id of the source its observations stand under; without it, the file's name without endings.
    pub source: Option<String>,
    /// Form of the list; without it, by the file's name (`.jsonl`, `.ndjson`, `.json`: JSON lines).
    pub format: Option<Format>,
    /// Character between CSV cells; without it, the commonest of `,` `;` tab `|` in the header.
    pub delimiter: Option<char>,
    /// Text encoding (a WHATWG label such as `windows-1252`); without it, UTF-8, or UTF-16 where
    /// the file begins with its mark.
    pub encoding: Option<String>,
    /// JSON pointer to the array whose elements are the rows, for nested lists (`/offers`).
    pub rows: Option<String>,
    /// Form of `captured` in the list (strftime, `%d/%m/%Y`); without it, `2023-10-01`, or a moment
    /// as RFC 3339.
    pub date_format: Option<String>,
    /// Whole cells that mean "nothing", beside the empty one ("n/a"); case does not count.
    pub absent: Vec<String>,
    /// Keyword file (`language,phrase,hs6`) for lists without codes. In a map file the path is
    /// relative to the map; after [`ColumnMap::load`] it can be opened as it stands.
    pub keywords: Option<PathBuf>,
    /// Which column holds which field. Empty: the own columns, by their names.
    pub columns: BTreeMap<Field, Column>,
    /// What holds where the list is silent.
    pub defaults: Defaults,
    /// HS codes by category of the list, first match wins.
    pub categories: Vec<ListedCategory>,
}

impl ColumnMap {
    /// Reads a map file.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ImportError::Read { file: file.clone(), source })?;
        let mut map = ColumnMap::parse(&text, &file)?;
        if let Some(keywords) = &map.keywords {
            let resolved = path.parent().unwrap_or(Path::new("")).join(keywords);
            if !resolved.is_file() {
                return Err(ImportError::Map {
                    file,
                    problem: format!(
                        "keywords = \"{}\": no such file; the path is relative to the map",
                        keywords.display()
                    ),
                });
            }
            map.keywords = Some(resolved);
        }
        Ok(map)
    }

    /// Reads the text of a map; `file` names it in messages. Unknown keys and codes are errors
    /// with their line.
    pub fn parse(text: &str, file: &str) -> Result<Self, ImportError> {
        let wrong = |problem: String| ImportError::Map { file: file.to_owned(), problem };
        let map: ColumnMap = toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
        map.validate().map_err(wrong)?;
        Ok(map)
    }

    /// What cannot be right whatever the file; the sentence says what to do.
    fn validate(&self) -> Result<(), String> {
        if !self.columns.is_empty() {
            for needed in [Field::Name, Field::Price] {
                if !self.columns.contains_key(&needed) {
                    return Err(format!(
                        "[columns] names no column for '{0}'; add {0} = \"…\"",
                        needed.name()
                    ));
                }
            }
        }
        if let Some(rows) = &self.rows {
            if !rows.starts_with('/') {
                return Err(format!("rows = \"{rows}\" is not a JSON pointer like /offers"));
            }
            if self.format == Some(Format::Csv) {
                return Err("rows is for JSON lines; remove it, or set format = \"jsonl\"".into());
            }
        }
        for (field, column) in &self.columns {
            if column.pointer.is_some() && self.format == Some(Format::Csv) {
                return Err(format!(
                    "columns.{} is a JSON pointer, but format = \"csv\"; name a column",
                    field.name()
                ));
            }
        }
        if let Some(c) = self.defaults.decimal_separator
            && !matches!(c, ',' | '.' | '٫')
        {
            return Err(format!("decimal_separator = \"{c}\" is neither ',' nor '.'"));
        }
        if self.delimiter.is_some_and(|c| !c.is_ascii() || c == '"') {
            return Err("delimiter must be one ASCII character, like \";\" or \"\\t\"".into());
        }
        if self.defaults.hs6.is_some() && (self.keywords.is_some() || !self.categories.is_empty()) {
            return Err(
                "defaults.hs6 codes every row, so keywords and [[categories]] would never be asked; remove one or the other"
                    .into(),
            );
        }
        let codes = (self.defaults.hs6.iter())
            .map(|hs| ("defaults.hs6".to_owned(), hs))
            .chain((self.categories.iter()).map(|c| (format!("categories, '{}'", c.contains), &c.hs)));
        for (place, hs) in codes {
            if let Err(problem) = super::cells::check_hs(hs) {
                return Err(format!("{place}: {problem}"));
            }
        }
        if let Some(label) = &self.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(format!(
                "encoding = \"{label}\" is not known; labels are like utf-8, windows-1252, utf-16le"
            ));
        }
        if let Some(form) = &self.date_format
            && chrono::format::StrftimeItems::new(form)
                .any(|item| matches!(item, chrono::format::Item::Error))
        {
            return Err(format!("date_format = \"{form}\" is not a strftime form like %d/%m/%Y"));
        }
        Ok(())
    }

    /// Id of the source for a file: the map's, else the file's name without folder and endings, in
    /// lower case, anything else than letters and digits as hyphens.
    pub fn source_id(&self, file_name: &str) -> String {
        if let Some(source) = &self.source {
            return source.clone();
        }
        let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let stem = base.split('.').next().unwrap_or(base).to_lowercase();
        let id = stem
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        if id.is_empty() { "import".to_owned() } else { id }
    }

    /// The form of a file: the map's, else by its name.
    pub fn format_of(&self, file_name: &str) -> Format {
        self.format.unwrap_or_else(|| {
            let name = file_name.to_lowercase();
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            if [".jsonl", ".ndjson", ".json"].iter().any(|e| name.ends_with(e)) {
                Format::Jsonl
            } else {
                Format::Csv
            }
        })
    }
}
