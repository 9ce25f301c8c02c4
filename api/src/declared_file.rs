//! A file of declared lines: CSV or a worksheet → [`LineInput`], one line at a time in constant memory. Columns
//! are called as the fields of [`LineInput`], or a [`DeclaredMap`] says what national headers mean;
//! all other columns are kept and echoed in the results. The fields themselves are read by
//! [`LineInput::parse`], not here.

mod sheet;

use crate::declared::LineInput;
use crate::import::{Column, Decoding, HeaderIndex, ImportError, RawRecord, Records, cut};
use crate::numerals::with_point;
use crate::worksheet::SheetRows;
use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

pub use sheet::{FieldPlaces, read_sheet};

type Slot = fn(&mut LineInput) -> &mut Option<String>;

macro_rules! slots {
    ($( $name:ident ),+ $(,)?) => {
        /// The columns of a file of declared lines: the fields of [`LineInput`], in its order.
        pub const FIELDS: &[&str] = &[ $( stringify!($name) ),+ ];
        const SLOTS: &[Slot] = &[ $( |line| &mut line.$name ),+ ];
    };
}
slots!(
    line,
    hs,
    description,
    brand,
    model,
    gtin,
    condition,
    level,
    value,
    price,
    currency,
    quantity,
    unit,
    net_mass_kg,
    piece_mass_kg,
    export_date,
    origin,
    export_country,
    import_country,
    transaction,
    terms,
    importer,
);

/// Fields that hold numbers: a national decimal mark is turned into a point in these.
const NUMBERS: &[&str] = &["value", "price", "quantity", "net_mass_kg", "piece_mass_kg"];

/// What the columns of a national file of declared lines mean.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeclaredMap {
    /// Character between cells; without it, the commonest of `,` `;` tab `|` in the header.
    pub delimiter: Option<char>,
    /// Text encoding (a WHATWG label such as `windows-1252`); without it, UTF-8.
    pub encoding: Option<String>,
    /// Form of `export_date` (strftime, `%d/%m/%Y`); without it, `2026-09-15`.
    pub date_format: Option<String>,
    /// Decimal mark of the numbers, `,` or `.`; the other one, spaces and apostrophes are then
    /// group marks. Without it numbers are written with a point and without group marks.
    pub decimal_separator: Option<char>,
    /// Header of the column with the customs office, for the roll-ups; without it, `office`. It is
    /// echoed in the results as every column that is no field.
    pub office: Option<String>,
    /// Whole cells that mean "nothing", beside the empty one; case does not count.
    pub absent: Vec<String>,
    /// Which column holds which field of a line.
    pub columns: BTreeMap<String, Column>,
    /// What holds where the file is silent, by field (`currency = "KRW"`).
    pub defaults: BTreeMap<String, String>,
}

impl DeclaredMap {
    /// Reads a map file.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ImportError::Read { file: file.clone(), source })?;
        DeclaredMap::parse(&text, &file)
    }

    /// Reads the text of a map; `file` names it in messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, ImportError> {
        let wrong = |problem: String| ImportError::Map { file: file.to_owned(), problem };
        let map: DeclaredMap =
            toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
        for (part, field) in
            (map.columns.keys().map(|f| ("columns", f))).chain(map.defaults.keys().map(|f| ("defaults", f)))
        {
            if !FIELDS.contains(&field.as_str()) {
                let nearest = nearest_field(field, 0.7)
                    .map(|near| format!(" (did you mean '{near}'?)"))
                    .unwrap_or_default();
                return Err(wrong(format!(
                    "{part}.{field}: a declared line has no such field{nearest}; the fields are {}",
                    FIELDS.join(", ")
                )));
            }
        }
        if let Some((field, _)) = map.columns.iter().find(|(_, column)| column.pointer.is_some()) {
            return Err(wrong(format!(
                "columns.{field}: declared lines are tables; name a column, not a pointer"
            )));
        }
        if map.delimiter.is_some_and(|c| !c.is_ascii() || c == '"') {
            return Err(wrong("delimiter must be one ASCII character, like \";\" or \"\\t\"".into()));
        }
        if let Some(c) = map.decimal_separator
            && !matches!(c, ',' | '.')
        {
            return Err(wrong(format!("decimal_separator = \"{c}\" is neither ',' nor '.'")));
        }
        Ok(map)
    }
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRow {
    /// Line of the file on which it begins; the header is line 1.
    pub number: u64,
    /// The declared line in words, or what is wrong with the row.
    pub line: Result<LineInput, Unread>,
    /// Cells of the columns that are not fields, in the order of
    /// [`DeclaredLines::extra_columns`]; all empty where the row could not be cut into cells.
    pub extra: Vec<String>,
    /// Where the fields stand, for messages.
    pub places: FieldPlaces,
}

/// A row that could not be cut into cells, or with cells that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong with it.
    pub why: String,
    /// What could be told of the line; cells that are wrong as they were given.
    pub given: Box<LineInput>,
}

impl Unread {
    /// Of a row that could not be cut into cells.
    pub fn row(why: String) -> Unread {
        Unread { why, given: Box::default() }
    }

    /// The line, unless some of its cells are wrong.
    fn unless(line: LineInput, wrong: &[String]) -> Result<LineInput, Unread> {
        if wrong.is_empty() { Ok(line) } else { Err(Unread { why: wrong.join("; "), given: Box::new(line) }) }
    }
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

/// The lines of a file, one at a time.
pub struct DeclaredLines<R> {
    rows: Source<R>,
    width: usize,
    map: DeclaredMap,
    places: Vec<Place>,
    defaults: Vec<(usize, String)>,
    extra: Vec<(usize, String)>,
    extra_names: Vec<String>,
    warnings: Vec<String>,
    /// Places of columns whose file says that they hold numbers.
    numeric: Vec<bool>,
    /// Whether messages on rows may quote cells that are no field's for certain.
    quoting: bool,
}

/// A line in words or what is wrong with it, and its echoed cells.
type Cut = (Result<LineInput, Unread>, Vec<String>);

/// Where rows come from.
enum Source<R> {
    Text { records: Box<Records<R>>, decoding: Decoding },
    Sheet { rows: SheetRows, places: FieldPlaces, last: u64 },
}

struct Place {
    slot: usize,
    at: usize,
    header: String,
    column: Option<Column>,
}

/// Opens a file of declared lines; the stream is already unpacked, `file_name` names it in
/// messages. With a map that names columns, only those are fields; a map without columns leaves
/// the fields' own names.
///
/// Errors: an empty or unreadable file; no column and no default for `hs`, for `currency`, or for
/// both `value` and `price`; a column of the map that is not in the header.
pub fn read<R: BufRead>(
    reader: R,
    file_name: &str,
    map: Option<&DeclaredMap>,
) -> Result<DeclaredLines<R>, ImportError> {
    let map = map.cloned().unwrap_or_default();
    let (records, headers) = Records::open(reader, file_name, map.encoding.as_deref(), map.delimiter)?;
    let decoding = records.decoding();
    arranged(Source::Text { records: Box::new(records), decoding }, headers, file_name, map)
}

fn arranged<R>(
    rows: Source<R>,
    headers: Vec<String>,
    file_name: &str,
    map: DeclaredMap,
) -> Result<DeclaredLines<R>, ImportError> {
    let index = HeaderIndex::new(headers, file_name)?;
    let mut places = Vec::new();
    for (slot, field) in FIELDS.iter().enumerate() {
        if map.columns.is_empty() {
            if let Some(at) = index.find(field) {
                places.push(Place { slot, at, header: index.headers[at].clone(), column: None });
            }
        } else if let Some(column) = map.columns.get(*field) {
            let why = format!(" for the field {field}");
            let at =
                index.find(column.name()).ok_or_else(|| index.missing(file_name, column.name(), &why))?;
            let header = index.headers[at].clone();
            places.push(Place { slot, at, header, column: Some(column.clone()) });
        }
    }
    let defaults: Vec<(usize, String)> = map
        .defaults
        .iter()
        .filter_map(|(field, text)| Some((FIELDS.iter().position(|f| f == field)?, text.clone())))
        .collect();
    let has = |field: &str| {
        FIELDS.iter().position(|f| *f == field).is_some_and(|slot| {
            places.iter().any(|p| p.slot == slot) || defaults.iter().any(|(s, _)| *s == slot)
        })
    };
    for needed in ["hs", "currency"] {
        if !has(needed) {
            let why =
                if map.columns.is_empty() { "" } else { ", since [columns] of the map does not name it" };
            return Err(index.missing(file_name, needed, why));
        }
    }
    if !has("value") && !has("price") {
        return Err(index.missing(
            file_name,
            "value",
            " (value of the line) and no 'price' (price of one unit)",
        ));
    }
    let extra: Vec<(usize, String)> = (index.headers.iter().enumerate())
        .filter(|(at, _)| !places.iter().any(|place| place.at == *at))
        .map(|(at, header)| (at, header.clone()))
        .collect();
    let warnings = extra
        .iter()
        .filter(|_| map.columns.is_empty())
        .filter_map(|(_, header)| {
            let field = nearest_field(&header.to_lowercase().replace([' ', '-'], "_"), 0.9)?;
            (!has(field)).then(|| format!("column '{header}' is only echoed; did you mean '{field}'?"))
        })
        .collect();
    Ok(DeclaredLines {
        rows,
        width: index.headers.len(),
        map,
        places,
        defaults,
        extra_names: extra.iter().map(|(_, header)| header.clone()).collect(),
        extra,
        warnings,
        numeric: Vec::new(),
        quoting: true,
    })
}

/// The field a word is most like, if it is like one at all.
fn nearest_field(word: &str, at_least: f64) -> Option<&'static str> {
    FIELDS
        .iter()
        .map(|field| (strsim::jaro_winkler(word, field), *field))
        .filter(|(likeness, _)| *likeness >= at_least)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, field)| field)
}

/// Where the fields of a line stand, in a file whose cells need no more than reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainLayout {
    /// What stands between cells.
    pub delimiter: u8,
    /// Cells of a line.
    pub width: usize,
    /// Fields and the places of their columns.
    pub places: Vec<(&'static str, usize)>,
    /// Fields of which the map states what holds where the file is silent.
    pub defaults: Vec<(&'static str, String)>,
    /// Places of the columns that are echoed.
    pub extra: Vec<usize>,
    /// Whole cells that mean "nothing", beside the empty one.
    pub absent: Vec<String>,
    /// Form of dates, where it is not 2026-09-15.
    pub date_format: Option<String>,
    /// Whether the decimal mark is a comma.
    pub decimal_comma: bool,
}

impl<R: BufRead> DeclaredLines<R> {
    /// The layout, where every field is a column of its own, read as it stands: UTF-8, no text steps.
    pub fn plain_layout(&self) -> Option<PlainLayout> {
        let Source::Text { records, .. } = &self.rows else { return None };
        let utf8 =
            |label: &String| encoding_rs::Encoding::for_label(label.as_bytes()) == Some(encoding_rs::UTF_8);
        let as_it_stands = self.map.encoding.as_ref().is_none_or(utf8)
            && !records.transcodes()
            && self.places.iter().all(|place| place.column.as_ref().is_none_or(Column::is_bare));
        as_it_stands.then(|| PlainLayout {
            delimiter: records.delimiter(),
            width: self.width,
            places: self.places.iter().map(|place| (FIELDS[place.slot], place.at)).collect(),
            defaults: self.defaults.iter().map(|(slot, text)| (FIELDS[*slot], text.clone())).collect(),
            extra: self.extra.iter().map(|(at, _)| *at).collect(),
            absent: self.map.absent.clone(),
            date_format: self.map.date_format.clone(),
            decimal_comma: self.map.decimal_separator == Some(','),
        })
    }

    /// Whether a column is that of this field.
    pub fn has(&self, field: &str) -> bool {
        self.places.iter().any(|place| FIELDS[place.slot] == field)
    }

    /// Which other field is read from this field's column.
    pub fn beside(&self, field: &str) -> Option<&'static str> {
        let at = self.places.iter().find(|place| FIELDS[place.slot] == field)?.at;
        let others = self.places.iter().filter(|place| place.at == at).map(|place| FIELDS[place.slot]);
        others.into_iter().find(|other| *other != field)
    }

    /// Quotes no cell of a row that cannot be cut into fields: it may be one that nobody is to see.
    pub fn quote_nothing(&mut self) {
        self.quoting = false;
    }

    /// Headers of the columns that are not fields, in the file's order.
    pub fn extra_columns(&self) -> &[String] {
        &self.extra_names
    }
    /// What should be said once about the file: columns whose header is nearly a field's.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The same lines, of a file that says which of its columns hold numbers: these have no national marks, and a code
    /// of an odd number of digits has lost the zero before it.
    pub fn with_numbers(mut self, columns: Vec<bool>) -> Self {
        self.numeric = columns;
        self
    }

    fn cells(&self, record: &RawRecord, decoding: Decoding) -> Result<Cut, String> {
        if record.len() != self.width {
            return Err(format!("{} cells, where the header names {}", record.len(), self.width));
        }
        let read = |at: usize, header: &str| {
            decoding.text(record.cell(at)).map_err(|problem| match self.quoting {
                true => format!("column '{header}': {problem}"),
                false => format!("column '{header}': what stands there {}", decoding.is_not()),
            })
        };
        let extra = self
            .extra
            .iter()
            .map(|(at, header)| read(*at, header).map(|text| text.into_owned()))
            .collect::<Result<_, _>>()?;
        let (mut line, mut wrong) = (LineInput::default(), Vec::new());
        for place in &self.places {
            let cell = read(place.at, &place.header)?;
            let Some(text) = self.part(place, &cell) else { continue };
            let field = FIELDS[place.slot];
            let written = match self.numeric.get(place.at) {
                Some(true) if field == "hs" => Ok(whole_code(text)),
                Some(true) if field != "export_date" => Ok(text.to_owned()),
                _ => self.written(place.slot, text),
            };
            let text = written.unwrap_or_else(|problem| {
                wrong.push(format!("{field}: {problem}"));
                text.to_owned()
            });
            *SLOTS[place.slot](&mut line) = Some(text);
        }
        self.silent(&mut line);
        Ok((Unread::unless(line, &wrong), extra))
    }

    /// The part of a cell that its column's steps leave; `None` where there is nothing.
    fn part<'c>(&self, place: &Place, cell: &'c str) -> Option<&'c str> {
        let absent = self.map.absent.iter().any(|word| word.eq_ignore_ascii_case(cell.trim()));
        match &place.column {
            _ if absent => None,
            Some(column) => column.steps.apply(cell),
            None => Some(cell.trim()).filter(|text| !text.is_empty()),
        }
    }

    /// What holds where the file is silent.
    fn silent(&self, line: &mut LineInput) {
        for (slot, text) in &self.defaults {
            SLOTS[*slot](line).get_or_insert_with(|| text.clone());
        }
    }

    /// National ways of writing dates and numbers turned into the one that lines are read in. What does not fit stays as
    /// it is, and is named when the line is parsed.
    ///
    /// Errors: a number whose marks stand where the map's decimal mark leaves none, which would be read as another; a
    /// date that is neither of the form the map names nor of the one lines are read in.
    fn written(&self, slot: usize, text: &str) -> Result<String, String> {
        let field = FIELDS[slot];
        if field == "export_date" {
            let by_form = self.map.date_format.as_ref().and_then(|form| {
                NaiveDate::parse_from_str(text, form).ok().filter(|date| date.year() >= EARLIEST_YEAR)
            });
            return match (by_form, &self.map.date_format) {
                (Some(date), _) => Ok(date.to_string()),
                (None, Some(form)) if !is_day(day_of(text)) => Err(format!(
                    "'{}' is no date of the form {form}, which the map names, nor like 2026-09-15",
                    cut(text, 60)
                )),
                (None, _) => Ok(day_of(text).to_owned()),
            };
        }
        let Some(mark) = self.map.decimal_separator.filter(|_| NUMBERS.contains(&field)) else {
            return Ok(text.to_owned());
        };
        let mut number = String::new();
        if with_point(text, mark, &mut number) {
            return Ok(number);
        }
        let like = if mark == ',' { "1.250,50" } else { "1,250.50" };
        Err(format!(
            "'{}' is no number with the decimal mark '{mark}', which the map names; write it like {like}",
            cut(text, 60)
        ))
    }
}

/// A year before this one is one of two digits, which a form for four took.
const EARLIEST_YEAR: i32 = 1000;

/// The day of a moment as databases write it, 2026-09-15T10:30:00Z or 2026-09-15 10:30:00; else the text.
fn day_of(text: &str) -> &str {
    match text.split_at_checked(10) {
        Some((day, rest))
            if rest.starts_with(['T', 't', ' '])
                && rest.get(1..6).is_some_and(|time| NaiveTime::parse_from_str(time, "%H:%M").is_ok()) =>
        {
            day
        }
        _ => text,
    }
}

/// Whether a text is a day as lines are read.
fn is_day(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// A code that stood as a number: codes have an even number of digits, so one that began with a zero has lost it.
fn whole_code(number: &str) -> String {
    let odd = number.len() % 2 == 1 && number.bytes().all(|c| c.is_ascii_digit());
    if odd { format!("0{number}") } else { number.to_owned() }
}

impl<R: BufRead> Iterator for DeclaredLines<R> {
    type Item = DeclaredRow;
    fn next(&mut self) -> Option<DeclaredRow> {
        let mut places = FieldPlaces::default();
        let (number, cells) = match &mut self.rows {
            Source::Text { records, decoding } => {
                let decoding = *decoding;
                match records.next()? {
                    Ok(record) => (record.line, self.cells(&record, decoding)),
                    Err(bad) => (bad.line, Err(bad.detail)),
                }
            }
            Source::Sheet { rows, places: named, last } => {
                places = named.clone();
                match rows.next()? {
                    Ok(row) => {
                        *last = row.number;
                        (row.number, self.sheet_cells(&row, &places))
                    }
                    Err(broken) => {
                        (*last + 1, Err(format!("the sheet cannot be read from here on: {broken}")))
                    }
                }
            }
        };
        Some(match cells {
            Ok((line, extra)) => DeclaredRow { number, line, extra, places },
            Err(problem) => DeclaredRow {
                number,
                line: Err(Unread::row(problem)),
                extra: vec![String::new(); self.extra.len()],
                places,
            },
        })
    }
}

#[cfg(test)]
mod tests;
