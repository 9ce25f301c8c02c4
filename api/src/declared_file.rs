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
    /// The declared line in words, or why the row could not be cut into cells, or a number of it not be read.
    pub line: Result<LineInput, String>,
    /// Cells of the columns that are not fields, in the order of
    /// [`DeclaredLines::extra_columns`]; all empty where the row could not be cut into cells.
    pub extra: Vec<String>,
    /// Where the fields stand, for messages.
    pub places: FieldPlaces,
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
}

/// A line in words or what is wrong with it, and its echoed cells.
type Cut = (Result<LineInput, String>, Vec<String>);

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
            return Err(index.missing(file_name, needed, ""));
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
            decoding.text(record.cell(at)).map_err(|problem| format!("column '{header}': {problem}"))
        };
        let extra = self
            .extra
            .iter()
            .map(|(at, header)| read(*at, header).map(|text| text.into_owned()))
            .collect::<Result<_, _>>()?;
        let mut line = LineInput::default();
        for place in &self.places {
            let cell = read(place.at, &place.header)?;
            let Some(text) = self.part(place, &cell) else { continue };
            let field = FIELDS[place.slot];
            let written = match self.numeric.get(place.at) {
                Some(true) => Ok(if field == "hs" { whole_code(text) } else { text.to_owned() }),
                _ => self.written(place.slot, text),
            };
            match written {
                Ok(text) => *SLOTS[place.slot](&mut line) = Some(text),
                Err(problem) => return Ok((Err(format!("{field}: {problem}")), extra)),
            }
        }
        self.silent(&mut line);
        Ok((Ok(line), extra))
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
    /// Errors: a number whose marks stand where the map's decimal mark leaves none, which would be read as another.
    fn written(&self, slot: usize, text: &str) -> Result<String, String> {
        let field = FIELDS[slot];
        if field == "export_date" {
            let by_form = self.map.date_format.as_ref().and_then(|form| {
                NaiveDate::parse_from_str(text, form).ok().filter(|date| date.year() >= EARLIEST_YEAR)
            });
            return Ok(match by_form {
                Some(date) => date.to_string(),
                None => day_of(text).to_owned(),
            });
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
                line: Err(problem),
                extra: vec![String::new(); self.extra.len()],
                places,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(text: &str) -> DeclaredMap {
        DeclaredMap::parse(text, "m.toml").unwrap()
    }
    fn refusal(csv: &[u8], map: Option<&DeclaredMap>) -> String {
        read(csv, "d.csv", map).err().unwrap().to_string()
    }

    #[test]
    fn own_columns_in_any_case_and_the_others_echoed() {
        let csv = "Line;HS;Net Mass KG;value;currency;quantity;unit;expected_verdict;export-date;note\n\
            1;070320;;840;EUR;1000;kg;low_review;2026-09-15;\"a;b\"\n";
        let mut lines = read(csv.as_bytes(), "d.csv", None).unwrap();
        assert_eq!(lines.extra_columns(), ["expected_verdict", "note"]);
        let row = lines.next().unwrap();
        assert_eq!(row.number, 2);
        assert_eq!(row.extra, ["low_review", "a;b"]);
        let line = row.line.unwrap();
        assert_eq!(line.net_mass_kg, None);
        assert_eq!(line.export_date.as_deref(), Some("2026-09-15"));
        let declaration = line.parse(None).unwrap();
        assert_eq!(declaration.value.to_string(), "840 EUR");
        assert!(lines.next().is_none());
    }

    #[test]
    fn a_bad_row_keeps_its_number_and_the_rest_goes_on() {
        let csv = b"hs,value,currency,note\n070320,1,EUR\n070320,2,EUR,n\xe9\n\n070320,x,EUR,ok\n";
        let rows: Vec<DeclaredRow> = read(&csv[..], "d.csv", None).unwrap().collect();
        let told: Vec<String> = rows
            .iter()
            .map(|row| match &row.line {
                Ok(line) => format!(
                    "{} {:?} {:?}",
                    row.number,
                    line.parse(None).unwrap_err().0[0].to_string(),
                    row.extra
                ),
                Err(e) => format!("{} {e} {:?}", row.number, row.extra),
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        2 3 cells, where the header names 4 [""]
        3 column 'note': 'n�' is not UTF-8 text; if the whole list is in another encoding, name it in the map: encoding = "windows-1252" [""]
        5 "value: 'x' is not a number: write digits with a point for decimals, like 1250.50" ["ok"]
        "#);
    }

    #[test]
    fn marks_that_the_map_leaves_no_place_for_are_refused_and_the_line_s_other_cells_kept() {
        let map = map("decimal_separator = \",\"\ndate_format = \"%d.%m.%Y\"\n");
        let csv = "hs;value;currency;quantity;export_date;note\n\
            070320;1.234.567,50;EUR;4.000;15.09.2026;a\n070320;4.50;EUR;2;15.09.2026;b\n\
            070320;4,50;EUR;1,000.00;2026-09-15;c\n070320;4,50;EUR;2;2026-09-15 10:30:00;d\n\
            070320;4,50;EUR;2;1.9.26;e\n070320;4,50;EUR;2;2026-09-15T23:30:00Z;f\n";
        let told: Vec<String> = read(csv.as_bytes(), "d.csv", Some(&map))
            .unwrap()
            .map(|row| match row.line {
                Ok(l) => {
                    let fields = [l.value, l.quantity, l.export_date].map(Option::unwrap).join(" ");
                    format!("{fields} {:?}", row.extra)
                }
                Err(why) => format!("{why} {:?}", row.extra),
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        1234567.50 4000 2026-09-15 ["a"]
        value: '4.50' is no number with the decimal mark ',', which the map names; write it like 1.250,50 ["b"]
        quantity: '1,000.00' is no number with the decimal mark ',', which the map names; write it like 1.250,50 ["c"]
        4.50 2 2026-09-15 ["d"]
        4.50 2 1.9.26 ["e"]
        4.50 2 2026-09-15 ["f"]
        "#);
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest() {
        insta::assert_snapshot!(refusal(b"hs_code,value,currency\n", None), @"d.csv: no column 'hs'; the file has 'hs_code', 'value', 'currency'; did you mean 'hs_code'?");
        insta::assert_snapshot!(refusal(b"hs,value,curency\n", None), @"d.csv: no column 'currency'; the file has 'hs', 'value', 'curency'; did you mean 'curency'?");
        insta::assert_snapshot!(refusal(b"hs,amount,currency\n", None), @"d.csv: no column 'value' (value of the line) and no 'price' (price of one unit); the file has 'hs', 'amount', 'currency'");
        insta::assert_snapshot!(refusal(b"", None), @"d.csv: the file is empty; its first line must name the columns");
        let mapped =
            map("[columns]\nhs = \"HS6 Code\"\nvalue = \"Item Price\"\n[defaults]\ncurrency = \"KRW\"\n");
        insta::assert_snapshot!(refusal(b"HS6_Code,Item Prices\n", Some(&mapped)), @"d.csv: no column 'Item Price' for the field value; the file has 'HS6_Code', 'Item Prices'; did you mean 'Item Prices'?");
    }

    #[test]
    fn a_wrong_map_is_refused() {
        let problem = |text: &str| DeclaredMap::parse(text, "m.toml").unwrap_err().to_string();
        insta::assert_snapshot!(problem("[columns]\nnet_mass = \"kg\"\n"), @"column map m.toml: columns.net_mass: a declared line has no such field (did you mean 'net_mass_kg'?); the fields are line, hs, description, brand, model, gtin, condition, level, value, price, currency, quantity, unit, net_mass_kg, piece_mass_kg, export_date, origin, export_country, import_country, transaction, terms, importer");
        assert!(problem("colums = 1\n").contains("unknown field `colums`"));
        assert!(problem("[columns]\nhs = { pointer = \"/a\" }\n").contains("not a pointer"));
        assert!(problem("decimal_separator = \"x\"\n").contains("neither"));
        assert!(problem("delimiter = \"\\\"\"\n").contains("ASCII"));
    }

    #[test]
    fn national_layouts_are_turned_into_the_own_one() {
        let text = "delimiter = \";\"\nencoding = \"windows-1252\"\ndate_format = \"%d.%m.%Y\"\ndecimal_separator = \",\"\nabsent = [\"-\"]\n\
            [columns]\nhs = \"Warennummer\"\ndescription = \"Bezeichnung\"\nvalue = \"Wert\"\nexport_date = \"Datum\"\nnet_mass_kg = \"Eigenmasse\"\nquantity = \"Eigenmasse\"\nbrand = \"Marke\"\n\
            [defaults]\ncurrency = \"EUR\"\nunit = \"kg\"\n";
        let csv = b"Warennummer;Bezeichnung;Wert;Datum;Eigenmasse;Marke;Zeile\n0703 20 00;K\xfcchenkraut;1.234,50;15.09.2026;1 000,5;-;7\n";
        let row = read(&csv[..], "d.csv", Some(&map(text))).unwrap().next().unwrap();
        let line = row.line.unwrap();
        assert_eq!(line.brand, None);
        let d = line.parse(None).unwrap();
        insta::assert_snapshot!(
            format!("{} {} {} {} {:?} {:?}", d.hs, d.description.unwrap(), d.value, d.export_date, d.quantity.map(|q| q.to_string()), d.net_mass),
            @r#"07032000 Küchenkraut 1234.50 EUR 2026-09-15 Some("1000.5 kg") Some(1000.5)"#
        );
        assert_eq!(row.extra, ["7"]);
    }

    #[test]
    fn a_header_that_is_nearly_a_field_is_pointed_out() {
        let lines = read(&b"hs,value,currency,net_mas_kg,colour\n"[..], "d.csv", None).unwrap();
        insta::assert_snapshot!(lines.warnings().join("\n"), @"column 'net_mas_kg' is only echoed; did you mean 'net_mass_kg'?");
    }

    #[test]
    fn the_maps_that_ship_are_read_and_name_what_a_line_needs() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/maps");
        let mut shipped = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.file_name().unwrap().to_string_lossy().starts_with("declarations_") {
                continue;
            }
            shipped += 1;
            let map = DeclaredMap::load(&path).unwrap();
            // One column may hold two fields (a mass that is the quantity too).
            let header: std::collections::BTreeSet<String> =
                map.columns.values().map(|c| c.name().to_owned()).chain(map.office.clone()).collect();
            let header: Vec<String> = header.into_iter().collect();
            let text = format!("\"{}\"\n", header.join("\",\""));
            let lines = read(text.as_bytes(), "d.csv", Some(&map)).unwrap();
            // Everything is a field but the office, where the map names one.
            assert_eq!(lines.extra_columns(), map.office.as_slice(), "{}", path.display());
        }
        assert!(shipped >= 3);
    }

    #[test]
    fn real_declarations_are_read_whole() {
        let shared = std::env::var("TOUCHSTONE_SHARED").map_or_else(
            |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
            std::path::PathBuf::from,
        );
        let file = shared.join("data/declarations/df_syn_valid_eng.csv.gz");
        if !file.is_file() {
            assert_ne!(
                std::env::var("TOUCHSTONE_REQUIRE_SHARED").as_deref(),
                Ok("1"),
                "{} is missing",
                file.display()
            );
            eprintln!("skipped: real_declarations_are_read_whole");
            return;
        }
        let map = DeclaredMap::load(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/maps/declarations_kcs.toml"),
        )
        .unwrap();
        let unpacked = flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap());
        let lines = read(std::io::BufReader::new(unpacked), "kcs.csv", Some(&map)).unwrap();
        let (mut read_lines, mut good) = (0, 0);
        let mut problems: BTreeMap<String, u32> = BTreeMap::new();
        for row in lines {
            read_lines += 1;
            match row.line.unwrap().parse(None) {
                Ok(_) => good += 1,
                Err(errors) => {
                    for error in errors.0 {
                        *problems.entry(error.field).or_default() += 1;
                    }
                }
            }
        }
        insta::assert_snapshot!(format!("{read_lines} lines, {good} understood, {problems:?}"), @r#"8134 lines, 7715 understood, {"hs": 349, "net_mass_kg": 55, "quantity": 55, "value": 79}"#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut csv = b"hs,value,currency\n".to_vec();
            csv.extend(&bytes);
            let _ = read(&csv[..], "d.csv", None).unwrap().count();
            if let Ok(lines) = read(&bytes[..], "d.csv", None) {
                let _ = lines.count();
            }
        }
    }
}
