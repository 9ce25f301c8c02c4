//! The OpenAPI 3.1 document of the server: schemas from the types, routes from one table.

use super::problem::Problem;
use crate::checking::LISTED_COMPARATORS;
use crate::declared::LineInput;
use crate::nomenclature::{HsAnswer, HsShown, MOST, MOST_EVER, MOST_QUERY};
use model::Verdict;
use normalizer::nomenclature::Language;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use statistics::release::ReleasedCell;

/// A documented answer: status, description, content type, schema.
type Answer = (&'static str, &'static str, &'static str, Value);

/// One documented route.
struct Route {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: Value,
    body: Option<Value>,
    answers: Vec<Answer>,
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const CSV: &str = "text/csv; charset=utf-8";
/// No content, but a place to go to.
const ELSEWHERE: &str = "";
const PROBLEM: &str = "application/problem+json";

/// The document.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.definitions_path = "/components/schemas".into())
        .into_generator();
    let line = generator.subschema_for::<LineInput>().to_value();
    let verdict = generator.subschema_for::<Verdict>().to_value();
    let problem = generator.subschema_for::<Problem>().to_value();
    let cell = generator.subschema_for::<ReleasedCell>().to_value();
    let found = generator.subschema_for::<HsAnswer>().to_value();
    let shown = generator.subschema_for::<HsShown>().to_value();
    let mut schemas = generator.take_definitions(true);
    if let Some(line) = schemas.get_mut("LineInput") {
        welcome_numbers(line);
        name_needed(line);
    }
    let form_parameters = query_parameters(schemas.get("LineInput"), &[]);
    let mut line_parameters = query_parameters(schemas.get("LineInput"), NEEDED);
    if let Some(parameters) = line_parameters.as_array_mut() {
        parameters.push(comparators_parameter());
    }
    schemas.insert("Observatory".to_owned(), observatory_schema(cell));
    schemas.insert("Health".to_owned(), health_schema());

    let mut paths = Map::new();
    let checks = routes(&line, &verdict, &problem, &form_parameters, &line_parameters);
    for route in checks.into_iter().chain(nomenclature_routes(&found, &shown, &problem)) {
        let answers: Map<String, Value> = route
            .answers
            .iter()
            .map(|(status, description, content, schema)| {
                let body = match *content {
                    ELSEWHERE => json!({
                        "description": description,
                        "headers": { "Location": { "required": true, "schema": { "type": "string" } } },
                    }),
                    content => json!({
                        "description": description,
                        "content": { content: { "schema": schema } },
                    }),
                };
                ((*status).to_owned(), body)
            })
            .collect();
        let mut operation = json!({
            "operationId": route.id,
            "summary": route.summary,
            "parameters": route.parameters,
            "responses": answers,
        });
        if let Some(body) = route.body {
            operation["requestBody"] = json!({
                "required": true,
                "content": { JSON: { "schema": body, "example": example_line() } },
            });
        }
        let entry = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
        entry[route.method] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Touchstone",
            "version": "1",
            "summary": "Price reference engine for customs valuation",
            "description": format!("Holds a declared line to the prices at which comparable goods were offered. {}", model::CAVEAT),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// How much of the schedule is wanted.
fn comparators_parameter() -> Value {
    json!({
        "name": "comparators", "in": "query", "required": false,
        "description": "How many of the offers used are listed: the nearest to the declared price, or all.",
        "schema": { "type": "string", "pattern": "^([0-9]+|all)$", "default": LISTED_COMPARATORS.to_string() },
    })
}

fn routes(
    line: &Value,
    verdict: &Value,
    problem: &Value,
    form_parameters: &Value,
    line_parameters: &Value,
) -> Vec<Route> {
    let text = || json!({ "type": "string" });
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let unreadable =
        ("422", "Fields of the line need a correction: each is named.", PROBLEM, problem.clone());
    let no_snapshot = ("503", "There is no reference snapshot yet.", PROBLEM, problem.clone());
    let html = |status, what| (status, what, HTML, json!({ "type": "string" }));
    let get = |path, id, summary, parameters: &Value, answers| Route {
        method: "get",
        path,
        id,
        summary,
        parameters: parameters.clone(),
        body: None,
        answers,
    };
    let none = json!([]);
    let hs6 = json!([{
        "name": "hs6", "in": "path", "required": true,
        "description": "A subheading of six digits.",
        "schema": { "type": "string", "pattern": "^[0-9]{6}$" },
        "example": "070320",
    }]);
    let id = json!([{
        "name": "id", "in": "path", "required": true,
        "description": "Id of an observation, or its first digits.",
        "schema": { "type": "string", "pattern": "^[0-9a-f]{8,64}$" },
    }]);
    let unknown = |content: &'static str, schema: Value| {
        ("404", "The snapshot has no group under this code.", content, schema)
    };
    vec![
        Route {
            method: "post",
            path: "/v1/checks",
            id: "check",
            summary: "Hold one declared line to the reference",
            parameters: json!([comparators_parameter()]),
            body: Some(line.clone()),
            answers: vec![
                ("200", "The verdict.", JSON, verdict.clone()),
                ("400", "The body is not a JSON object.", PROBLEM, problem.clone()),
                ("408", "The body did not arrive in time.", PROBLEM, problem.clone()),
                ("413", "The body is larger than 64 KiB.", PROBLEM, problem.clone()),
                (
                    "415",
                    "The body is packed, or not announced as application/json.",
                    PROBLEM,
                    problem.clone(),
                ),
                unreadable.clone(),
                no_snapshot.clone(),
            ],
        },
        get(
            "/v1/openapi.json",
            "openapi",
            "This document",
            &none,
            vec![("200", "OpenAPI 3.1.", JSON, json!({ "type": "object" }))],
        ),
        get(
            "/health",
            "health",
            "Whether the server answers, and with which snapshot",
            &none,
            vec![("200", "It does.", JSON, named("Health"))],
        ),
        get(
            "/metrics",
            "metrics",
            "Counts for Prometheus, in its text format",
            &none,
            vec![("200", "The counts.", "text/plain; version=0.0.4; charset=utf-8", text())],
        ),
        get(
            "/",
            "form",
            "The form for one declared line, filled in from the query",
            form_parameters,
            vec![html("200", "The page.")],
        ),
        get(
            "/check",
            "checkPage",
            "The result page of one declared line",
            line_parameters,
            vec![
                html("200", "The result."),
                ("303", "The query had empty fields: the same address without them.", ELSEWHERE, Value::Null),
                html("422", "The form with the errors beside the fields."),
                html("503", "There is no reference snapshot yet."),
            ],
        ),
        get(
            "/check.json",
            "checkJson",
            "The verdict on one declared line",
            line_parameters,
            vec![
                ("200", "The verdict, as of POST /v1/checks.", JSON, verdict.clone()),
                unreadable.clone(),
                no_snapshot.clone(),
            ],
        ),
        get(
            "/check.csv",
            "checkCsv",
            "The verdict as one row of the results CSV",
            line_parameters,
            vec![("200", "Header and one row.", CSV, text()), unreadable, no_snapshot.clone()],
        ),
        get(
            "/observatory",
            "observatory",
            "Released price levels of every subheading",
            &none,
            vec![html("200", "The page."), html("503", "There is no reference snapshot yet.")],
        ),
        get(
            "/observatory.json",
            "observatoryJson",
            "The released cells",
            &none,
            vec![("200", "The cells.", JSON, named("Observatory")), no_snapshot.clone()],
        ),
        get(
            "/observatory.csv",
            "observatoryCsv",
            "The released cells as CSV",
            &none,
            vec![("200", "The cells.", CSV, text()), no_snapshot.clone()],
        ),
        get(
            "/observatory/{hs6}",
            "subheading",
            "Released price levels of one subheading",
            &hs6,
            vec![
                html("200", "The page."),
                unknown(HTML, text()),
                html("503", "There is no reference snapshot yet."),
            ],
        ),
        get(
            "/observatory/{hs6}.json",
            "subheadingJson",
            "The released cells of one subheading",
            &hs6,
            vec![
                ("200", "The cells.", JSON, named("Observatory")),
                unknown(PROBLEM, problem.clone()),
                no_snapshot.clone(),
            ],
        ),
        get(
            "/observatory/{hs6}.csv",
            "subheadingCsv",
            "The released cells of one subheading as CSV",
            &hs6,
            vec![("200", "The cells.", CSV, text()), unknown(PROBLEM, problem.clone()), no_snapshot.clone()],
        ),
        get(
            "/observations/{id}",
            "observation",
            "One offer of the snapshot, from the text of its page to the unit price compared",
            &id,
            vec![
                html("200", "The page."),
                ("404", "The snapshot does not compare with such an offer.", HTML, text()),
                html("503", "There is no reference snapshot yet."),
            ],
        ),
        get(
            "/observations/{id}.json",
            "observationJson",
            "The same as JSON; its form stands in docs/CONTRACTS.md",
            &id,
            vec![
                ("200", "The explanation.", JSON, json!({ "type": "object" })),
                ("404", "The snapshot does not compare with such an offer.", PROBLEM, problem.clone()),
                no_snapshot.clone(),
            ],
        ),
        get(
            "/style.css",
            "style",
            "The style sheet of the pages",
            &none,
            vec![("200", "The sheet.", "text/css; charset=utf-8", text())],
        ),
    ]
}

/// The nomenclature's routes.
fn nomenclature_routes(found: &Value, shown: &Value, problem: &Value) -> Vec<Route> {
    let languages: Vec<&str> = Language::ALL.iter().map(|language| language.code()).collect();
    let parameter = |name: &str, needed: bool, description: &str, schema: Value| json!({ "name": name, "in": "query", "required": needed, "description": description, "schema": schema });
    let parameters = |needed: bool| {
        json!([
            parameter(
                "q",
                needed,
                "What the goods are called.",
                json!({ "type": "string", "minLength": 1, "maxLength": MOST_QUERY }),
            ),
            parameter(
                "lang",
                false,
                "Only words of this language; without it, of every one.",
                json!({ "type": "string", "enum": languages }),
            ),
            parameter(
                "most",
                false,
                "Subheadings to give.",
                json!({ "type": "integer", "minimum": 1, "maximum": MOST_EVER, "default": MOST }),
            ),
        ])
    };
    let code = json!([{
        "name": "code", "in": "path", "required": true,
        "description": "Two, four, six or more digits, with or without dots.",
        "schema": { "type": "string", "pattern": "^[0-9. ]{2,20}$" },
        "example": "851830",
    }]);
    let get = |path, id, summary, parameters: Value, answers| Route {
        method: "get",
        path,
        id,
        summary,
        parameters,
        body: None,
        answers,
    };
    let text = || json!({ "type": "string" });
    vec![
        get(
            "/v1/hs",
            "hsSearch",
            "Subheadings by what goods are called",
            parameters(true),
            vec![
                ("200", "The subheadings found, best first; none is an empty list.", JSON, found.clone()),
                ("422", "A parameter needs a correction: each is named.", PROBLEM, problem.clone()),
            ],
        ),
        get(
            "/v1/hs/{code}",
            "hsCode",
            "What a chapter, heading or subheading holds",
            code.clone(),
            vec![
                ("200", "Its place, subheadings, units, words and rules.", JSON, shown.clone()),
                (
                    "404",
                    "No such code: the nearest are named, and what became of it.",
                    PROBLEM,
                    problem.clone(),
                ),
            ],
        ),
        get(
            "/hs",
            "hsSearchPage",
            "The search page; a code in place of words leads to its page",
            parameters(false),
            vec![
                ("200", "The page.", HTML, text()),
                ("303", "The query is a code.", ELSEWHERE, Value::Null),
                ("422", "A parameter needs a correction: each is named.", HTML, text()),
            ],
        ),
        get(
            "/hs/{code}",
            "hsCodePage",
            "The page of a chapter, heading or subheading",
            code,
            vec![
                ("200", "The page.", HTML, text()),
                ("404", "No such code: the nearest are named.", HTML, text()),
            ],
        ),
    ]
}

/// Says where a number may stand for a text; asked of the reader itself.
fn welcome_numbers(line: &mut Value) {
    let Some(Value::Object(fields)) = line.get_mut("properties") else {
        return;
    };
    for (name, schema) in fields {
        let number = Value::Object(Map::from_iter([(name.clone(), json!(1))]));
        if serde_json::from_value::<LineInput>(number).is_ok() {
            schema["type"] = json!(["string", "number", "null"]);
        }
    }
}

/// Fields that every line needs; and the value, in one of two ways.
const NEEDED: &[&str] = &["hs", "currency"];

/// Says in the schema what every line needs. What a code must be beyond its form (a subheading that
/// HS 2022 has, an ISO currency) is told by 422.
fn name_needed(line: &mut Value) {
    line["required"] = json!(NEEDED);
    line["anyOf"] = json!([{ "required": ["value"] }, { "required": ["price"] }]);
    for name in NEEDED {
        let Some(Value::Object(schema)) = line["properties"].get_mut(*name) else { continue };
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|kind| kind != "null");
        }
        schema.remove("default");
        schema.insert("minLength".to_owned(), json!(1));
    }
}

/// A line as a program sends it.
fn example_line() -> Value {
    json!({
        "hs": "070320", "description": "fresh garlic", "price": 0.55, "currency": "EUR",
        "quantity": 1000, "unit": "kg", "condition": "new", "level": "wholesale",
    })
}

/// Every field of a line is a query parameter of the pages.
fn query_parameters(line: Option<&Value>, needed: &[&str]) -> Value {
    let Some(Value::Object(fields)) = line.and_then(|schema| schema.get("properties")) else {
        return json!([]);
    };
    fields
        .iter()
        .map(|(name, schema)| {
            let needed = needed.contains(&name.as_str());
            json!({
                "name": name,
                "in": "query",
                "required": needed,
                "description": schema.get("description").cloned().unwrap_or_default(),
                "schema": if needed {
                    json!({ "type": "string", "minLength": 1 })
                } else {
                    json!({ "type": "string" })
                },
            })
        })
        .collect()
}

fn observatory_schema(cell: Value) -> Value {
    let day = |what: &str| json!({ "type": ["string", "null"], "format": "date", "description": what });
    let count = |what: &str| json!({ "type": "integer", "minimum": 0, "description": what });
    let seen_cell = json!({ "allOf": [cell, {
        "type": "object",
        "properties": {
            "first_day": day("First day a price of the group was seen; null of a withheld cell."),
            "last_day": day("Last day likewise."),
        },
    }] });
    let reasons: serde_json::Map<String, Value> =
        ["no_hs", "no_unit", "no_condition", "not_an_article", "other_basis"]
            .into_iter()
            .map(|reason| (reason.to_owned(), json!({ "type": "integer", "minimum": 0 })))
            .collect();
    let site = json!({
        "type": "object",
        "properties": {
            "site": { "type": "string" },
            "offers": count("Offers of all groups together, rounded down to a multiple of 5."),
            "first_day": { "type": "string", "format": "date" },
            "last_day": { "type": "string", "format": "date" },
            "sources": { "type": "array", "items": { "type": "string" } },
            "use_in_law": { "type": "string" },
        },
    });
    json!({
        "type": "object",
        "description": "Released figures with what every copy of them carries.",
        "required": ["notice", "as_of", "snapshot", "currency", "cells", "sources"],
        "properties": {
            "notice": { "type": "string" },
            "as_of": { "type": "string", "format": "date" },
            "snapshot": { "$ref": "#/components/schemas/ContentHash" },
            "currency": { "$ref": "#/components/schemas/Currency" },
            "built": day("Day the snapshot was built; null where it is not known."),
            "cells": { "type": "array", "items": seen_cell },
            "offers": count("Offers of the snapshot, rounded down to a multiple of 5."),
            "first_day": day("First day a price was seen; null of a snapshot without offers."),
            "last_day": day("Last day a price was seen."),
            "ungrouped": count("Offers in no group, rounded down likewise."),
            "ungrouped_by": { "type": "object", "properties": reasons },
            "sites": { "type": "array", "description": "The sites of the most offers, at most 40.", "items": site },
            "more_sites": count("Sites that are not listed."),
            "sources": { "type": "array", "items": {
                "type": "object",
                "required": ["name", "basis", "contact"],
                "properties": {
                    "name": { "type": "string" },
                    "basis": { "type": "string", "description": "Permission or legal basis." },
                    "contact": { "type": "string" },
                },
            } },
        },
    })
}

fn health_schema() -> Value {
    json!({
        "type": "object",
        "required": ["status", "version", "snapshot"],
        "properties": {
            "status": { "const": "ok" },
            "version": { "type": "string" },
            "snapshot": { "type": ["string", "null"], "description": "SHA-256 of the snapshot in use; null before the first." },
        },
    })
}
