//! The form for one declared line: labels, hints, kept input, errors beside their fields.

use super::{Frame, PageError, format, render};
use crate::declared::{FieldError, LineErrors, LineInput};
use crate::http::Example;
use chrono::NaiveDate;
use model::Unit;
use serde::Serialize;
use serde_json::{Map, Value};
use statistics::SnapshotSummary;

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
}

/// Where to find what the field asks for.
#[derive(Serialize)]
struct Help {
    href: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    label: &'static str,
    hint: String,
    kind: &'static str,
    inputmode: Option<&'static str>,
    required: bool,
    wide: bool,
    help: Option<Help>,
    options: Vec<Choice>,
    value: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct Group {
    legend: &'static str,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct ShownError {
    label: String,
    target: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct ExampleLink {
    label: String,
    href: String,
}

#[derive(Serialize)]
struct Content {
    groups: Vec<Group>,
    errors: Vec<ShownError>,
    examples: Vec<ExampleLink>,
    reference: Option<String>,
}

/// The fields that were filled in, with their texts, in the order of the form's contract.
pub(crate) fn given_fields(line: &LineInput) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(line) else {
        return Vec::new();
    };
    fields
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) if !text.trim().is_empty() => Some((name, text)),
            _ => None,
        })
        .collect()
}

/// The line as a query string, without empty fields and without the importer: it changes no verdict,
/// and an address is kept in histories.
pub fn query(line: &LineInput) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given_fields(line).into_iter().filter(|(name, _)| name != "importer"))
        .finish()
}

/// Builds the fields; remembers which errors found their field.
struct Builder<'a> {
    given: Map<String, Value>,
    errors: &'a [FieldError],
    labels: Vec<(&'static str, &'static str)>,
}

impl Builder<'_> {
    fn text(&mut self, name: &'static str, label: &'static str, hint: &str) -> Field {
        self.labels.push((name, label));
        let value = match self.given.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        let messages: Vec<&str> =
            self.errors.iter().filter(|e| e.field == name).map(|e| e.message.as_str()).collect();
        Field {
            name,
            label,
            hint: hint.to_owned(),
            kind: "text",
            inputmode: None,
            required: false,
            wide: false,
            help: None,
            options: Vec::new(),
            value,
            error: (!messages.is_empty()).then(|| messages.join("; ")),
        }
    }
    fn number(&mut self, name: &'static str, label: &'static str, hint: &str) -> Field {
        Field { inputmode: Some("decimal"), ..self.text(name, label, hint) }
    }
    /// A choice. What was given but is not among the options stays, so that the error beside it
    /// makes sense.
    fn choice(
        &mut self,
        name: &'static str,
        label: &'static str,
        hint: &str,
        options: &[(&str, &str)],
    ) -> Field {
        let mut field = self.text(name, label, hint);
        let mut choices = vec![Choice { value: String::new(), label: "not stated".to_owned() }];
        choices.extend(
            options
                .iter()
                .map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned() }),
        );
        let folded = field.value.trim().to_lowercase();
        match choices.iter().find(|c| c.value.to_lowercase() == folded) {
            Some(known) => field.value = known.value.clone(),
            None => choices.push(Choice { value: field.value.clone(), label: field.value.clone() }),
        }
        field.options = choices;
        field
    }
}

fn required(field: Field) -> Field {
    Field { required: true, ..field }
}
fn wide(field: Field) -> Field {
    Field { wide: true, ..field }
}

fn goods(b: &mut Builder) -> Group {
    Group {
        legend: "The goods",
        fields: vec![
            required(Field {
                inputmode: Some("numeric"),
                help: Some(Help { href: "/hs", label: "Find a code" }),
                ..b.text("hs", "HS code", "Six digits or your national code, like 0703.20")
            }),
            b.choice(
                "condition",
                "Condition",
                "Used goods are compared with used ones only",
                &[("new", "new"), ("used", "used"), ("refurbished", "refurbished"), ("damaged", "damaged")],
            ),
            b.choice(
                "level",
                "Commercial level",
                "At which level the importer buys",
                &[("wholesale", "wholesale"), ("retail", "retail")],
            ),
            wide(b.text(
                "description",
                "Description of the goods",
                "As declared, like: garlic, fresh, in 10 kg cartons",
            )),
            b.text("brand", "Brand", "As on the invoice"),
            b.text("model", "Model or part number", "Brand and model find identical goods"),
            Field {
                inputmode: Some("numeric"),
                ..b.text(
                    "gtin",
                    "GTIN (EAN, UPC)",
                    "8 to 14 digits under the bar code; finds identical goods",
                )
            },
        ],
    }
}

fn price(b: &mut Builder) -> Group {
    let units: Vec<(&str, String)> = Unit::ALL
        .iter()
        .map(|unit| {
            let words = unit.per().trim_start_matches("per ");
            let label = if words == unit.symbol() {
                words.to_owned()
            } else {
                format!("{words} ({})", unit.symbol())
            };
            (unit.symbol(), label)
        })
        .collect();
    let options: Vec<(&str, &str)> = units.iter().map(|(v, l)| (*v, l.as_str())).collect();
    let mut unit = b.choice("unit", "Unit of the quantity", "In which the quantity is counted", &options);
    // The form speaks the WCO's abbreviations; a line may say "KGM" or "pieces".
    if let Ok(known) = unit.value.parse::<Unit>() {
        unit.options.retain(|c| c.value.is_empty() || Unit::ALL.iter().any(|u| u.symbol() == c.value));
        unit.value = known.symbol().to_owned();
    }
    Group {
        legend: "Price and quantity",
        fields: vec![
            b.number(
                "value",
                "Value of the line",
                "The whole line, like 22000.00; or give the price of one unit",
            ),
            b.number("price", "Or price of one unit", "Stands instead of the value"),
            required(b.text("currency", "Currency", "ISO code, like EUR")),
            b.number(
                "quantity",
                "Quantity",
                "Of the whole line, like 40000; may be left out beside a price of one unit",
            ),
            unit,
            b.number("net_mass_kg", "Net mass in kg", "Of the whole line"),
            b.number(
                "piece_mass_kg",
                "Mass of one piece in kg",
                "Where a document shows it; tests the quantity",
            ),
            b.choice(
                "terms",
                "Price terms",
                "What the price includes",
                &[("cif", "CIF"), ("fob", "FOB"), ("exw", "EXW")],
            ),
        ],
    }
}

fn transaction(b: &mut Builder, today: NaiveDate) -> Group {
    Group {
        legend: "The transaction",
        fields: vec![
            Field {
                kind: "date",
                ..b.text(
                    "export_date",
                    "Date of export",
                    &format!("Offers around this date count; {today} when left empty"),
                )
            },
            b.text("export_country", "Country of export", "Two letters, like CN"),
            b.text("origin", "Country of origin", "Two letters"),
            b.text(
                "import_country",
                "Importing country",
                "Two letters; decides what each offer may be used for",
            ),
            b.choice(
                "transaction",
                "Nature of the transaction",
                "A sale when not stated; only a sale for export is compared",
                &[
                    ("sale", "sale for export"),
                    ("sample", "sample free of charge"),
                    ("gift", "gift"),
                    ("return", "returned goods"),
                    ("lease", "hire, lease or loan"),
                    ("repair", "for or after repair"),
                    ("consignment", "consignment, not sold yet"),
                    ("transfer", "transfer without a sale"),
                ],
            ),
            b.text("line", "Your name for the line", "Declaration and item number; printed on the result"),
        ],
    }
}

/// The form, empty or with what was given and what is wrong with it.
pub fn form_html(
    line: &LineInput,
    errors: Option<&LineErrors>,
    examples: &[Example],
    snapshot: Option<&SnapshotSummary>,
    today: NaiveDate,
) -> Result<String, PageError> {
    let found = errors.map_or(&[][..], |e| &e.0[..]);
    let given = match serde_json::to_value(line) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let mut builder = Builder { given, errors: found, labels: Vec::new() };
    let groups = vec![goods(&mut builder), price(&mut builder), transaction(&mut builder, today)];
    let errors = found
        .iter()
        .map(|error| {
            let label = builder.labels.iter().find(|(name, _)| *name == error.field);
            ShownError {
                label: label.map_or_else(|| error.field.clone(), |(_, label)| (*label).to_owned()),
                target: label.map(|(name, _)| format!("f-{name}")),
                message: error.message.clone(),
            }
        })
        .collect::<Vec<_>>();
    let title = if errors.is_empty() { "Check a declared line" } else { "Correct the line" };
    render(
        "form.html",
        &Frame::served(title, "check"),
        Content {
            groups,
            errors,
            examples: examples
                .iter()
                .map(|example| ExampleLink {
                    label: example.label.clone(),
                    href: format!("/check?{}", query(&example.line)),
                })
                .collect(),
            reference: snapshot.map(|s| {
                format!(
                    "Reference in use: snapshot {}, {} offers in {} groups, prices in {}.",
                    s.id.short(),
                    format::quantity(s.comparables.into()),
                    format::quantity(s.groups.into()),
                    s.currency
                )
            }),
        },
    )
}
