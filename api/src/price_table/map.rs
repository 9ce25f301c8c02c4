//! The map of a large price list: which column holds what, and what holds for every row. It is the
//! smaller sister of an import's column map, for lists of one price a row without pages or names.

use crate::import::ImportError;
use chrono::NaiveDate;
use model::{CommercialLevel, Condition, Country, Currency, HsCode, Unit};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the codes of a list are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Codes {
    /// The subheading must be one of HS 2022.
    #[default]
    #[serde(rename = "hs2022")]
    Hs2022,
    /// Any six digits or more will do: another edition's codes, or invented ones.
    #[serde(rename = "as_stated")]
    AsStated,
}

/// Headers of the columns; compared without regard to case, spaces, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// HS code of six digits or more.
    pub hs: Option<String>,
    /// Country of origin, ISO 3166 alpha-2.
    pub origin: Option<String>,
    /// Day the price was seen.
    pub date: Option<String>,
    /// Who states the price: it stands for the seller and for the site.
    pub source: Option<String>,
    /// Price of one unit (needed).
    pub price: Option<String>,
    /// What the price is for: `kg`, `GRM`, `100 g`, `dozen`.
    pub unit: Option<String>,
    /// Condition of the goods.
    pub condition: Option<String>,
    /// Commercial level of the price.
    pub level: Option<String>,
}

/// What holds for every row, and for cells that are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// HS code of rows that state none.
    pub hs: Option<HsCode>,
    /// Country of origin of rows that state none.
    pub origin: Option<Country>,
    /// Day of rows that state none, `"2026-09-15"`.
    pub date: Option<NaiveDate>,
    /// Source of rows that state none.
    pub source: Option<String>,
    /// Currency of all prices (needed).
    pub currency: Currency,
    /// Unit of prices that state none.
    pub unit: Option<Unit>,
    /// Condition of goods that state none; new where there is no column for it either.
    pub condition: Option<Condition>,
    /// Commercial level of prices that state none; wholesale where there is no column for it either.
    pub level: Option<CommercialLevel>,
}

/// What the columns of a large price list mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceMap {
    /// What the codes are held to: `hs2022` or `as_stated`.
    #[serde(default)]
    pub codes: Codes,
    /// Character between the cells of a CSV; without it, the commonest of `,` `;` tab `|` in the header.
    pub delimiter: Option<char>,
    /// Form of dates that are text (strftime, `%d/%m/%Y`); without it, `2026-09-15`, or a moment that
    /// begins so.
    pub date_format: Option<String>,
    /// Decimal mark of prices that are text, `,` or `.`; the other one, spaces and apostrophes are then
    /// group marks. Without it prices have a point and no group marks.
    pub decimal_separator: Option<char>,
    /// Whole cells that mean "nothing", beside the empty one; case does not count.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Which column holds what.
    pub columns: Columns,
    /// What holds for every row.
    pub defaults: Defaults,
}

const TOP: &[&str] =
    &["codes", "delimiter", "date_format", "decimal_separator", "absent", "columns", "defaults"];
const COLUMNS: &[&str] = &["hs", "origin", "date", "source", "price", "unit", "condition", "level"];
const DEFAULTS: &[&str] = &["hs", "origin", "date", "source", "currency", "unit", "condition", "level"];

impl PriceMap {
    /// Reads a map file.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ImportError::Read { file: file.clone(), source })?;
        PriceMap::parse(&text, &file)
    }

    /// Reads the text of a map; `file` names it in messages. An unknown key is an error that names the
    /// nearest one.
    pub fn parse(text: &str, file: &str) -> Result<Self, ImportError> {
        let wrong = |problem: String| ImportError::Map { file: file.to_owned(), problem };
        let said = |e: toml::de::Error| wrong(e.to_string().trim_end().to_owned());
        let keys: toml::Table = toml::from_str(text).map_err(said)?;
        known(&keys, "", TOP).map_err(wrong)?;
        for (part, names) in [("columns", COLUMNS), ("defaults", DEFAULTS)] {
            match keys.get(part) {
                Some(toml::Value::Table(table)) => known(table, part, names).map_err(wrong)?,
                Some(_) => return Err(wrong(format!("{part} is a table; write [{part}]"))),
                None => return Err(wrong(format!("[{part}] is missing; its keys are {}", names.join(", ")))),
            }
        }
        let map: PriceMap = toml::from_str(text).map_err(said)?;
        map.validate().map_err(wrong)?;
        Ok(map)
    }

    fn validate(&self) -> Result<(), String> {
        let (columns, defaults) = (&self.columns, &self.defaults);
        if columns.price.is_none() {
            return Err("[columns] names no column for 'price'; add price = \"…\"".into());
        }
        for (name, column, default) in [
            ("hs", &columns.hs, defaults.hs.is_some()),
            ("date", &columns.date, defaults.date.is_some()),
            ("source", &columns.source, defaults.source.is_some()),
            ("unit", &columns.unit, defaults.unit.is_some()),
        ] {
            if column.is_none() && !default {
                return Err(format!(
                    "nothing says the {name} of a row; name its column under [columns], or give one for all \
                     rows under [defaults]"
                ));
            }
        }
        if let Some(hs) = &defaults.hs {
            super::cells::held(hs, self.codes)
                .map_err(|reason| format!("defaults.hs: {}", reason.advice()))?;
        }
        if let Some(day) = defaults.date
            && super::cells::day_number(day).is_none()
        {
            return Err(format!("defaults.date: {}", super::Reason::DateOutOfRange.advice()));
        }
        if defaults.source.as_ref().is_some_and(|source| source.trim().is_empty()) {
            return Err("defaults.source is empty; name who states the prices".into());
        }
        if self.delimiter.is_some_and(|c| !c.is_ascii() || c == '"') {
            return Err("delimiter must be one ASCII character, like \";\" or \"\\t\"".into());
        }
        if let Some(c) = self.decimal_separator
            && !matches!(c, ',' | '.')
        {
            return Err(format!("decimal_separator = \"{c}\" is neither ',' nor '.'"));
        }
        if let Some(form) = &self.date_format
            && chrono::format::StrftimeItems::new(form)
                .any(|item| matches!(item, chrono::format::Item::Error))
        {
            return Err(format!("date_format = \"{form}\" is not a strftime form like %d/%m/%Y"));
        }
        Ok(())
    }
}

/// Refuses keys that a table does not have.
fn known(table: &toml::Table, part: &str, names: &[&str]) -> Result<(), String> {
    let Some(key) = table.keys().find(|key| !names.contains(&key.as_str())) else { return Ok(()) };
    let near = names
        .iter()
        .map(|name| (strsim::jaro_winkler(key, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!(" (did you mean '{name}'?)"))
        .unwrap_or_default();
    let dot = if part.is_empty() { "" } else { "." };
    Err(format!("{part}{dot}{key}: a map of prices has no such key{near}; the keys are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCH: &str = "codes = 'as_stated'\n[columns]\nhs = 'hs6'\norigin = 'origin'\ndate = 'date'\n\
        source = 'source'\nprice = 'unit_price'\n[defaults]\ncurrency = 'USD'\nunit = 'kg'\n";

    fn problem(text: &str) -> String {
        PriceMap::parse(text, "map.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_map_is_read() {
        let map = PriceMap::parse(BENCH, "map.toml").unwrap();
        assert_eq!((map.codes, map.defaults.unit), (Codes::AsStated, Some(Unit::Kilogram)));
        assert_eq!(map.columns.price.as_deref(), Some("unit_price"));
        assert_eq!(PriceMap::parse(&BENCH.replace("as_stated", "hs2022"), "").unwrap().codes, Codes::Hs2022);
    }

    #[test]
    fn the_documented_map_is_one_and_names_every_key() {
        let text = include_str!("../../../config/maps/price_table.toml");
        PriceMap::parse(text, "price_table.toml").unwrap();
        let all: String =
            text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
        for key in TOP.iter().chain(COLUMNS).chain(DEFAULTS) {
            let there =
                all.lines().any(|line| line == format!("[{key}]") || line.starts_with(&format!("{key} = ")));
            assert!(there, "{key}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_what_to_do() {
        let unknown = problem(&BENCH.replace("origin =", "orign ="));
        assert!(
            unknown.contains("columns.orign: ") && unknown.contains("did you mean 'origin'"),
            "{unknown}"
        );
        assert!(problem(&format!("code = 'hs2022'\n{BENCH}")).contains("did you mean 'codes'"));
        assert!(problem(&BENCH.replace("\nunit =", "\nunits =")).contains("did you mean 'unit'"));
        assert!(problem(&BENCH.replace("unit = 'kg'", "")).contains("nothing says the unit of a row"));
        assert!(problem(&BENCH.replace("date = 'date'", "")).contains("nothing says the date of a row"));
        assert!(problem(&BENCH.replace("price = 'unit_price'", "")).contains("add price = "));
        assert!(problem("codes = 'hs2022'").contains("[columns] is missing"));
        assert!(problem("columns = 3").contains("write [columns]"));
        assert!(problem("[columns").contains("line 1"));
        assert!(problem(&format!("delimiter = '\"'\n{BENCH}")).contains("one ASCII character"));
        assert!(problem(&format!("decimal_separator = ';'\n{BENCH}")).contains("neither ',' nor '.'"));
        assert!(problem(&format!("date_format = '%Q'\n{BENCH}")).contains("strftime"));
        assert!(problem(&format!("{BENCH}hs = '0703'\n")).contains("six digits"));
        assert!(problem(&format!("{BENCH}date = '1850-01-01'\n")).contains("1900"));
        assert!(problem(&format!("{BENCH}source = ' '\n")).contains("name who"));
    }
}
