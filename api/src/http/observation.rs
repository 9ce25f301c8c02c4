//! One offer of the snapshot in use, explained: page and JSON. The verdicts' schedule links here.

use super::handlers::{Site, html, json, no_snapshot_page};
use super::problem::Problem;
use crate::explained::{self, Explained};
use crate::pages;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use statistics::Found;

/// What a look-up gave.
enum Looked {
    Explained(Box<Explained>),
    LeftOut(String),
    Nothing,
    NoSnapshot,
}

/// `/observations/{id}`, with `.json` behind the id: a path segment cannot be split by a pattern.
pub(super) async fn observation(
    State(site): State<Site>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    let (digits, twin) = match id.strip_suffix(".json") {
        Some(digits) => (digits.to_ascii_lowercase(), true),
        None => (id.to_ascii_lowercase(), false),
    };
    let wanted = digits.clone();
    let looked = site
        .calculate(move |site| {
            let Some(index) = site.service.index() else { return Looked::NoSnapshot };
            match index.find(&wanted) {
                Found::Comparable(found) => Looked::Explained(Box::new(explained::of_comparable(
                    index.snapshot().id,
                    index.snapshot().currency,
                    &found,
                ))),
                Found::LeftOut(why) => Looked::LeftOut(why),
                Found::Nothing => Looked::Nothing,
            }
        })
        .await;
    let shown: String = digits.chars().take(12).collect();
    let absent = |sentence: String| match twin {
        true => Problem::new(StatusCode::NOT_FOUND, sentence).into_response(),
        false => html(
            StatusCode::NOT_FOUND,
            pages::message_html(
                "No such offer here",
                &sentence,
                Some(
                    "On the machine with the database, touchstone inspect observation explains every offer stored.",
                ),
            ),
        ),
    };
    match looked {
        Err(error) => Problem::internal(&error).into_response(),
        Ok(Looked::NoSnapshot) if twin => Problem::no_snapshot().into_response(),
        Ok(Looked::NoSnapshot) => no_snapshot_page(),
        Ok(Looked::Nothing) => absent(format!("The snapshot has no offer '{shown}'.")),
        Ok(Looked::LeftOut(why)) => absent(format!("Offer {shown} was left out of the snapshot: {why}.")),
        Ok(Looked::Explained(explained)) if twin => json(&*explained),
        Ok(Looked::Explained(explained)) => html(StatusCode::OK, pages::observation_html(&explained)),
    }
}
