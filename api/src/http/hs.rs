//! The nomenclature for programs and people: search and single codes, as JSON under `/v1/hs` and as pages
//! under `/hs`. Needs no snapshot.

use super::handlers::{Site, html, json};
use super::problem::Problem;
use crate::declared::{FieldError, LineErrors};
use crate::nomenclature::{self, HsShown, MOST, MOST_EVER, MOST_QUERY, UnknownCode};
use crate::pages::{self, HsAsked};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::HsCode;
use normalizer::nomenclature::Language;

/// What a search asks for.
struct Asked {
    query: String,
    language: Option<Language>,
    most: usize,
}

/// Reads `q`, `lang` and `most`; empty ones are as absent. Names are those of OpenAPI's document: others
/// are refused, so that a misspelt one is not passed over.
fn asked(query: &str) -> Result<Asked, LineErrors> {
    let mut asked = Asked { query: String::new(), language: None, most: MOST };
    let mut errors: Vec<FieldError> = Vec::new();
    let mut refuse = |field: &str, message: String| {
        let field: String = field.chars().take(60).collect();
        if errors.len() < 10 {
            errors.push(FieldError { field, message });
        }
    };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = value.trim();
        match name.as_ref() {
            _ if value.is_empty() => {}
            "q" if value.chars().count() > MOST_QUERY => {
                refuse("q", format!("is longer than {MOST_QUERY} characters"));
            }
            "q" => asked.query = value.to_owned(),
            "lang" => match value.parse() {
                Ok(language) => asked.language = Some(language),
                Err(error) => refuse("lang", error.to_string()),
            },
            "most" => match value.parse::<usize>() {
                Ok(most) if (1..=MOST_EVER).contains(&most) => asked.most = most,
                _ => refuse("most", format!("must be a number from 1 to {MOST_EVER}")),
            },
            other => refuse(other, "is not a parameter: use q, lang and most".to_owned()),
        }
    }
    match errors.is_empty() {
        true => Ok(asked),
        false => Err(LineErrors(errors)),
    }
}

fn refused(errors: LineErrors) -> Problem {
    Problem {
        errors: errors.0,
        ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "parameters of the search need a correction")
    }
}

/// `GET /v1/hs`.
pub(super) async fn search_api(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let asked = match asked(&query.unwrap_or_default()) {
        Ok(asked) => asked,
        Err(errors) => return refused(errors).into_response(),
    };
    if asked.query.is_empty() {
        let missing = FieldError {
            field: "q".to_owned(),
            message: "says what the goods are called, like q=wireless%20earbuds".to_owned(),
        };
        return refused(LineErrors(vec![missing])).into_response();
    }
    // The first search makes the index, and misspelt words are held against every known one.
    match site.calculate(move |_| nomenclature::search(&asked.query, asked.language, asked.most)).await {
        Ok(answer) => json(&answer),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// `GET /hs`: the search box, and what a query found.
pub(super) async fn search_page(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let asked = match asked(&query) {
        Ok(asked) => asked,
        Err(errors) => {
            let shown = HsAsked { query: String::new(), language: None, errors: Some(errors) };
            return html(StatusCode::UNPROCESSABLE_ENTITY, pages::hs_search_html(&shown, None));
        }
    };
    // Whoever types a code wants that code.
    if let Ok(code) = HsCode::parse(&asked.query) {
        let place = format!("/hs/{code}");
        return (StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, place)]).into_response();
    }
    let shown = HsAsked { query: asked.query.clone(), language: asked.language, errors: None };
    if asked.query.is_empty() {
        return html(StatusCode::OK, pages::hs_search_html(&shown, None));
    }
    match site.calculate(move |_| nomenclature::search(&asked.query, asked.language, asked.most)).await {
        Ok(answer) => html(StatusCode::OK, pages::hs_search_html(&shown, Some(&answer))),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// What a code holds, or why nothing.
fn looked_up(
    site: &Site,
    code: Result<Path<String>, PathRejection>,
) -> Result<(HsCode, HsShown), UnknownCode> {
    // Bytes that are no text are no code either.
    let text = code.map_or_else(|_| String::new(), |Path(code)| code);
    let code = HsCode::parse(&text).map_err(|_| UnknownCode {
        message: format!("'{}' is not an HS code", text.chars().take(20).collect::<String>()),
        hint: "give two, four, six or more digits".to_owned(),
    })?;
    Ok((code, nomenclature::show(&code, &site.service.successors(&code))?))
}

/// `GET /v1/hs/{code}`.
pub(super) async fn code_api(
    State(site): State<Site>,
    code: Result<Path<String>, PathRejection>,
) -> Response {
    match looked_up(&site, code) {
        Ok((_, shown)) => json(&shown),
        Err(unknown) => Problem::new(StatusCode::NOT_FOUND, format!("{}; {}", unknown.message, unknown.hint))
            .into_response(),
    }
}

/// `GET /hs/{code}`.
pub(super) async fn code_page(
    State(site): State<Site>,
    code: Result<Path<String>, PathRejection>,
) -> Response {
    match looked_up(&site, code) {
        Ok((code, shown)) => {
            let subheading = code.subheading();
            let offered = subheading.is_some_and(|hs6| {
                let groups = site.service.index().and_then(|index| index.groups().ok());
                groups.is_some_and(|groups| groups.iter().any(|group| group.key.hs6 == hs6))
            });
            html(StatusCode::OK, pages::hs_code_html(&code, &shown, offered))
        }
        Err(unknown) => {
            let page = pages::message_html(
                "No such code",
                &format!("{}.", unknown.message),
                Some(&format!("{}.", capital(&unknown.hint))),
            );
            html(StatusCode::NOT_FOUND, page)
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
