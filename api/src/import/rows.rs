//! The rows of a list: each a listing in the list's own words, with the circumstances and facts
//! that the list or its map states, or a rejection with its place.

use super::ImportError;
use super::cells;
use super::column::{AbsentWords, Column, HeaderIndex, TextSteps, cut, fold_header, fold_space, listed};
use super::map::{ColumnMap, Field, Format};
use super::marks::{self, Known, Marks};
use super::records::{BadRecord, Decoding, Lines, RawRecord, Records};
use chrono::{DateTime, NaiveTime, Utc};
use model::{Capture, Facts, Listing, Rejection, RejectionReason, Stated, Syntax, VocabularyError};
use normalizer::price::PriceHints;
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::io::BufRead;
use url::Url;

/// Most characters of a rejection's detail: it may quote a cell, and a cell may be a megabyte.
pub const DETAIL: usize = 500;

/// One row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Running number of the row, from 1.
    pub number: u64,
    /// The offer for the normalizer, with its circumstances and what holds for it; or why there is
    /// none. The place is `FILE:LINE`, with the pointer of the row behind it in a nested list.
    pub outcome: Result<(Listing, Capture, Facts), Rejection>,
}

/// The rows of a list, one at a time. Memory does not grow with the list (one JSON record is held
/// whole).
pub struct Rows<R> {
    file: String,
    now: DateTime<Utc>,
    source_id: String,
    map: ColumnMap,
    facts: Facts,
    absent: AbsentWords,
    known: Known,
    /// Filled while the list is looked through before it is read.
    looking: Option<Marks>,
    input: Input<R>,
    number: u64,
    ready: VecDeque<Row>,
    warnings: Vec<String>,
}

enum Input<R> {
    Csv { records: Box<Records<R>>, decoding: Decoding, width: usize, places: Vec<CsvPlace> },
    Json { lines: Lines<R>, own: bool, seen: BTreeSet<String> },
}

struct CsvPlace {
    field: Field,
    at: usize,
    header: String,
    steps: TextSteps,
}

/// Reads a list. `file_name` names it in messages and places, and its ending tells the format where
/// the map does not; `now` stamps rejections whose capture date is not known and is the limit of
/// plausible capture dates. The stream is already unpacked.
///
/// Errors: a column of the map (or `name` or `price` without one) that the header lacks, an empty
/// or unreadable file, a list that nowhere says when its prices were seen.
pub fn read<R: BufRead>(
    reader: R,
    file_name: &str,
    map: &ColumnMap,
    now: DateTime<Utc>,
) -> Result<Rows<R>, ImportError> {
    let mut warnings = Vec::new();
    let dated = map.defaults.captured.is_some();
    let undated = || ImportError::NoCaptureDate { file: file_name.to_owned() };
    let own = map.columns.is_empty();
    let input = match map.format_of(file_name) {
        Format::Csv => {
            let (records, headers) =
                Records::open(reader, file_name, map.encoding.as_deref(), map.delimiter)?;
            let index = HeaderIndex::new(headers, file_name)?;
            let places = csv_places(&index, map, file_name, &mut warnings)?;
            if !dated && !places.iter().any(|p| p.field == Field::Captured) {
                return Err(undated());
            }
            let decoding = records.decoding();
            Input::Csv { records: Box::new(records), decoding, width: index.headers.len(), places }
        }
        Format::Jsonl => {
            if !dated && !own && !map.columns.contains_key(&Field::Captured) {
                return Err(undated());
            }
            let label = map.encoding.as_deref().and_then(|l| encoding_rs::Encoding::for_label(l.as_bytes()));
            let lines = Lines::new(reader, label.filter(|e| *e != encoding_rs::UTF_8))
                .map_err(|source| ImportError::Read { file: file_name.to_owned(), source })?;
            Input::Json { lines, own, seen: BTreeSet::new() }
        }
    };
    let facts = Facts {
        condition: map.defaults.condition,
        level: map.defaults.level,
        ships_to: map.defaults.ships_to.clone(),
        categories: map.categories.clone(),
        private_sellers: map.defaults.private_sellers,
        decimal_separator: map.defaults.decimal_separator,
    };
    Ok(Rows {
        file: file_name.to_owned(),
        now,
        source_id: map.source_id(file_name),
        absent: AbsentWords::new(&map.absent),
        known: match facts.decimal_separator {
            Some(_) => Known::Stated,
            None => Known::Shown(Marks::default()),
        },
        looking: None,
        map: map.clone(),
        facts,
        input,
        number: 0,
        ready: VecDeque::new(),
        warnings,
    })
}

/// The site of an address: its host, as crawled offers have it.
pub fn site_of(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    (!host.is_empty()).then(|| host.to_owned())
}

fn csv_places(
    index: &HeaderIndex,
    map: &ColumnMap,
    file: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<CsvPlace>, ImportError> {
    if !map.columns.is_empty() {
        return map
            .columns
            .iter()
            .map(|(field, column)| {
                let why = format!(" for the field {}", field.name());
                let name = column.column.as_deref().ok_or_else(|| ImportError::Map {
                    file: file.to_owned(),
                    problem: format!(
                        "columns.{} is a JSON pointer, but the list is CSV; name a column",
                        field.name()
                    ),
                })?;
                let at = index.find(name).ok_or_else(|| index.missing(file, name, &why))?;
                Ok(CsvPlace {
                    field: *field,
                    at,
                    header: index.headers[at].clone(),
                    steps: column.steps.clone(),
                })
            })
            .collect();
    }
    let mut places = Vec::new();
    let mut unknown = Vec::new();
    for (at, header) in index.headers.iter().enumerate() {
        match own_field(header) {
            Some(field) => {
                places.push(CsvPlace { field, at, header: header.clone(), steps: TextSteps::default() })
            }
            None if header.is_empty() => {}
            None => unknown.push(header.clone()),
        }
    }
    for needed in [Field::Name, Field::Price] {
        if !places.iter().any(|place| place.field == needed) {
            return Err(index.missing(file, needed.name(), ""));
        }
    }
    if !unknown.is_empty() {
        warnings.push(format!(
            "not read, because no own column is called so: {}; a column map can say what they mean",
            listed(&unknown)
        ));
    }
    Ok(places)
}

fn own_field(header: &str) -> Option<Field> {
    let folded = fold_header(header);
    Field::ALL.iter().copied().find(|field| field.name() == folded)
}

/// The texts of one row by field, each with the column or pointer it came from.
#[derive(Default)]
struct Texts {
    fields: Vec<(Field, Stated)>,
    /// The price is a JSON number: its point is a decimal point.
    price_is_number: bool,
}

impl Texts {
    fn push(&mut self, field: Field, text: &str, steps: &TextSteps, absent: &AbsentWords, place: &str) {
        let text = fold_space(text);
        if let Some(text) = absent.filter(&text).and_then(|t| steps.apply(t)).and_then(|t| absent.filter(t)) {
            self.fields.push((field, Stated::new(text, Syntax::Import, place)));
        }
    }
    fn take(&mut self, field: Field) -> Option<Stated> {
        let at = self.fields.iter().position(|(f, _)| *f == field)?;
        Some(self.fields.swap_remove(at).1)
    }
}

impl<R: BufRead> Rows<R> {
    /// What should be said once about the list: columns that are not read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
    /// Id of the source the rows stand under.
    pub fn source_id(&self) -> &str {
        &self.source_id
    }

    /// The decimal marks that the list's prices show: reads it to its end, for reading it again
    /// [`settled`](Rows::settled) by them.
    pub fn look_through(mut self) -> Marks {
        self.looking = Some(Marks::default());
        self.by_ref().for_each(drop);
        self.looking.unwrap_or_default()
    }
    /// Reads prices by the marks that they show together, where the map names none.
    pub fn settled(mut self, marks: Marks) -> Self {
        if self.known != Known::Stated {
            self.known = Known::Shown(marks);
            self.facts.decimal_separator = marks.decimal();
        }
        self
    }

    fn see(&mut self, texts: &Texts) {
        if let Some(marks) = self.looking.as_mut().filter(|_| !texts.price_is_number) {
            let prices = texts.fields.iter().filter(|(f, _)| matches!(f, Field::Price | Field::PriceHigh));
            prices.for_each(|(_, stated)| marks.see(&stated.text));
        }
    }

    fn row(&mut self, outcome: Result<(Listing, Capture, Facts), Rejection>) -> Row {
        self.number += 1;
        Row { number: self.number, outcome }
    }

    fn reject(&self, reason: RejectionReason, detail: String, place: &str) -> Rejection {
        Rejection {
            reason,
            detail: cut(&detail, DETAIL).into_owned(),
            source_id: self.source_id.clone(),
            place: place.to_owned(),
            page_hash: None,
            seen_at: self
                .map
                .defaults
                .captured
                .map_or(self.now, |day| day.and_time(NaiveTime::MIN).and_utc()),
        }
    }

    fn bad_line(&mut self, bad: BadRecord) -> Row {
        let place = format!("{}:{}", self.file, bad.line);
        let rejection = self.reject(RejectionReason::BadLine, bad.detail, &place);
        self.row(Err(rejection))
    }

    /// Texts of a CSV record, or the detail of what is wrong with it.
    fn csv_texts(&self, record: &RawRecord) -> Result<Texts, String> {
        let Input::Csv { decoding, width, places, .. } = &self.input else {
            return Ok(Texts::default());
        };
        if record.len() != *width {
            return Err(format!("{} cells, where the header names {width}", record.len()));
        }
        let mut texts = Texts::default();
        for place in places {
            let text = decoding
                .text(record.cell(place.at))
                .map_err(|problem| format!("column '{}': {problem}", place.header))?;
            texts.push(place.field, &text, &place.steps, &self.absent, &place.header);
        }
        Ok(texts)
    }

    /// Reads one line of JSON into the rows it holds.
    fn json_record(&mut self, line: u64, bytes: &[u8]) {
        let place = format!("{}:{line}", self.file);
        let problem = match serde_json::from_slice::<Value>(bytes) {
            Ok(record @ Value::Object(_)) => return self.json_rows(&record, &place),
            Ok(Value::Array(_)) => {
                "an array, where one object a line is wanted; write each element as a line of its own"
                    .to_owned()
            }
            Ok(other) => format!("not a JSON object: {}", cut(&other.to_string(), 60)),
            Err(error) => format!("not JSON: {error}"),
        };
        let rejection = self.reject(RejectionReason::BadLine, problem, &place);
        let row = self.row(Err(rejection));
        self.ready.push_back(row);
    }

    fn json_rows(&mut self, record: &Value, place: &str) {
        let Some(pointer) = self.map.rows.clone() else {
            return self.json_row(record, record, "", place);
        };
        let problem = match record.pointer(&pointer) {
            Some(Value::Array(rows)) if !rows.is_empty() => {
                for (at, row) in rows.iter().enumerate() {
                    let base = format!("{pointer}/{at}");
                    self.json_row(record, row, &base, &format!("{place}{base}"));
                }
                return;
            }
            Some(Value::Array(_)) => {
                let detail = format!("no rows under {pointer}");
                let rejection = self.reject(RejectionReason::NoListing, detail, place);
                let row = self.row(Err(rejection));
                return self.ready.push_back(row);
            }
            Some(_) => format!("{pointer} is not an array"),
            None => format!("nothing under {pointer}"),
        };
        let rejection = self.reject(RejectionReason::BadLine, problem, place);
        let row = self.row(Err(rejection));
        self.ready.push_back(row);
    }

    /// One row of a JSON record; `base` is the row's own pointer within the record.
    fn json_row(&mut self, record: &Value, row: &Value, base: &str, place: &str) {
        let mut texts = Texts::default();
        let mut problem = None;
        let own = matches!(self.input, Input::Json { own: true, .. });
        if own {
            self.own_json_texts(row, &mut texts, &mut problem);
        } else {
            for (field, column) in &self.map.columns {
                let (value, name) = locate(column, record, row, base);
                let Some(value) = value else { continue };
                match scalar(value) {
                    Ok(Some((text, number))) => {
                        texts.price_is_number |= number && *field == Field::Price;
                        texts.push(*field, &text, &column.steps, &self.absent, &name);
                    }
                    Ok(None) => {}
                    Err(detail) => problem = Some(format!("{name}: {detail}")),
                }
            }
        }
        let outcome = match problem {
            Some(detail) => Err(self.reject(RejectionReason::BadField, detail, place)),
            None => {
                self.see(&texts);
                self.outcome(texts, place)
            }
        };
        let row = self.row(outcome);
        self.ready.push_back(row);
    }

    fn own_json_texts(&mut self, row: &Value, texts: &mut Texts, problem: &mut Option<String>) {
        let Value::Object(object) = row else {
            *problem = Some(format!("not a JSON object: {}", cut(&row.to_string(), 60)));
            return;
        };
        for (key, value) in object {
            let Some(field) = own_field(key) else {
                let Input::Json { seen, .. } = &mut self.input else { continue };
                // Each once, and no more than a person would read.
                if seen.len() < 50 && seen.insert(key.clone()) {
                    self.warnings.push(format!(
                        "not read, because no own column is called so: '{key}'; a column map can say what it means"
                    ));
                }
                continue;
            };
            match scalar(value) {
                Ok(Some((text, number))) => {
                    texts.price_is_number |= number && field == Field::Price;
                    texts.push(field, &text, &TextSteps::default(), &self.absent, key);
                }
                Ok(None) => {}
                Err(detail) => *problem = Some(format!("{key}: {detail}")),
            }
        }
    }

    /// Puts the texts into their places.
    fn outcome(&self, mut texts: Texts, place: &str) -> Result<(Listing, Capture, Facts), Rejection> {
        let refuse = |reason, detail| self.reject(reason, detail, place);
        let bad = |detail: String| self.reject(RejectionReason::BadField, detail, place);
        let word = |field: Field, e: VocabularyError| bad(format!("{}: {e}", field.name()));
        let defaults = &self.map.defaults;

        let captured_at = match texts.take(Field::Captured) {
            Some(stated) => {
                cells::captured(&stated.text, self.map.date_format.as_deref(), self.now).map_err(bad)?
            }
            None => match defaults.captured {
                Some(day) => day.and_time(NaiveTime::MIN).and_utc(),
                None => {
                    return Err(refuse(
                        RejectionReason::NoCaptureDate,
                        "captured: empty, and the map has no default for it".to_owned(),
                    ));
                }
            },
        };
        let url = match texts.take(Field::Url) {
            Some(stated) => Some(cells::address(&stated.text).map_err(bad)?),
            None => None,
        };
        let market = match texts.take(Field::Market) {
            Some(stated) => Some(stated.text.parse().map_err(|e| word(Field::Market, e))?),
            None => defaults.market,
        };
        let mut facts = self.facts.clone();
        if let Some(stated) = texts.take(Field::Level) {
            facts.level = Some(stated.text.to_lowercase().parse().map_err(|e| word(Field::Level, e))?);
        }
        let numbers = texts.price_is_number;
        if numbers {
            facts.decimal_separator = Some('.');
        }
        let hs_code = match texts.take(Field::Hs6) {
            Some(stated) => {
                let code = cells::hs(&stated.text).map_err(|(reason, detail)| refuse(reason, detail))?;
                Some(Stated { text: code.to_string(), ..stated })
            }
            None => defaults.hs6.map(|hs| default(hs.to_string(), Field::Hs6)),
        };
        let unit = texts.take(Field::Unit);
        let quantity = texts.take(Field::Quantity);
        let price_unit = texts.take(Field::PriceUnit);
        let (quantity_text, price_unit) = match (quantity, unit) {
            // "500" and "g" stand in two columns; "6 x 330 ml" says it all alone.
            (Some(mut quantity), Some(unit)) => {
                if !quantity.text.contains(|c: char| c.is_alphabetic() && !matches!(c, 'x' | 'X')) {
                    quantity.text = format!("{} {}", quantity.text, unit.text);
                }
                (Some(quantity), price_unit)
            }
            (quantity, unit) => (quantity, price_unit.or(unit)),
        };
        let site = url
            .as_ref()
            .and_then(site_of)
            .or_else(|| texts.take(Field::Site).map(|s| s.text.to_lowercase()))
            .or_else(|| defaults.site.clone())
            .unwrap_or_else(|| self.source_id.clone());
        let mut text = |field| texts.take(field);
        let listing = Listing {
            url: url.map(String::from),
            name: text(Field::Name),
            price: text(Field::Price),
            price_high: text(Field::PriceHigh),
            list_price: text(Field::ListPrice),
            currency: text(Field::Currency),
            availability: text(Field::Availability),
            sku: text(Field::Sku),
            gtin: text(Field::Gtin),
            mpn: text(Field::Mpn),
            brand: text(Field::Brand),
            model: text(Field::Model),
            condition: text(Field::Condition),
            seller: text(Field::Seller)
                .or_else(|| defaults.seller.clone().map(|seller| default(seller, Field::Seller))),
            category: text(Field::Category),
            quantity_text,
            price_unit,
            min_order: text(Field::MinOrder),
            quantity_breaks: Vec::new(),
            hs_code,
            origin: text(Field::Origin),
            description: text(Field::Description),
            variant: text(Field::Variant),
            weight: text(Field::Weight),
            shipping: text(Field::Shipping),
            shipping_to: text(Field::ShippingTo),
            unit_price: text(Field::UnitPrice),
            unit_price_unit: text(Field::UnitPriceUnit),
            tax_included: text(Field::TaxIncluded),
            valid_until: text(Field::ValidUntil),
            date: text(Field::Date),
            images: text(Field::Image).into_iter().collect(),
            language: defaults.language.clone(),
            ..Listing::default()
        };
        let capture = Capture {
            source_id: self.source_id.clone(),
            site,
            page_url: Some(place.to_owned()),
            captured_at,
            page_hash: None,
            archive: None,
            market,
            default_currency: defaults.currency,
            language: defaults.language.clone(),
        };
        if !numbers && self.looking.is_none() {
            let hints = PriceHints {
                decimal_separator: facts.decimal_separator,
                language: capture.language.as_deref(),
                market: capture.market,
                default_currency: capture.default_currency,
                ..PriceHints::of_field(&listing, Syntax::Import)
            };
            let mut prices = [&listing.price, &listing.price_high].into_iter().flatten();
            if let Some(why) = prices.find_map(|price| marks::doubt(&price.text, &hints, self.known)) {
                let refused = refuse(RejectionReason::AmbiguousPrice, why);
                return Err(Rejection { seen_at: capture.captured_at, ..refused });
            }
        }
        Ok((listing, capture, facts))
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Row;
    fn next(&mut self) -> Option<Row> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(row);
            }
            match &mut self.input {
                Input::Csv { records, .. } => {
                    let record = match records.next()? {
                        Ok(record) => record,
                        Err(bad) => return Some(self.bad_line(bad)),
                    };
                    let place = format!("{}:{}", self.file, record.line);
                    let outcome = match self.csv_texts(&record) {
                        Ok(texts) => {
                            self.see(&texts);
                            self.outcome(texts, &place)
                        }
                        Err(detail) => Err(self.reject(RejectionReason::BadLine, detail, &place)),
                    };
                    return Some(self.row(outcome));
                }
                Input::Json { lines, .. } => match lines.next()? {
                    Err(bad) => return Some(self.bad_line(bad)),
                    Ok((_, line)) if line.iter().all(u8::is_ascii_whitespace) => {}
                    Ok((number, line)) => self.json_record(number, &line),
                },
            }
        }
    }
}

/// A text that no column states but the map does.
fn default(text: String, field: Field) -> Stated {
    Stated::new(text, Syntax::Source, format!("defaults.{}", field.name()))
}

/// The value a column names, and its full pointer within the record.
fn locate<'v>(column: &Column, record: &'v Value, row: &'v Value, base: &str) -> (Option<&'v Value>, String) {
    match (&column.pointer, &column.column) {
        (Some(pointer), _) => match pointer.strip_prefix('.') {
            Some(inner) => (row.pointer(inner), format!("{base}{inner}")),
            None => (record.pointer(pointer), pointer.clone()),
        },
        // A bare name is a key of the row, else of the record.
        (None, name) => {
            let wanted = fold_header(name.as_deref().unwrap_or_default());
            let key = |value: &'v Value| {
                value.as_object().and_then(|object| object.iter().find(|(key, _)| fold_header(key) == wanted))
            };
            let found = key(row).or_else(|| key(record));
            (found.map(|(_, value)| value), column.name().to_owned())
        }
    }
}

/// A JSON value as a text, and whether it is a number; `null` is nothing, several texts are joined.
fn scalar(value: &Value) -> Result<Option<(String, bool)>, String> {
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some((text.clone(), false)),
        Value::Number(number) => Some((cells::plain_number(number), true)),
        Value::Bool(truth) => Some((truth.to_string(), false)),
        // A category path or the like.
        Value::Array(parts) if parts.iter().all(Value::is_string) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            Some((parts.join(" > "), false))
        }
        other => {
            return Err(format!(
                "a text or number is wanted, found {}; name the value inside it with a longer pointer",
                cut(&other.to_string(), 60)
            ));
        }
    })
}
