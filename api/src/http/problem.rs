//! Errors as `application/problem+json` (RFC 9457), from this one place.

use crate::declared::{FieldError, LineErrors};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A problem document. `type` is `about:blank`: the status and the field errors say it all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// Kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short summary of the kind.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here and what to do.
    pub detail: String,
    /// The fields that need a correction; empty where no field is to blame.
    pub errors: Vec<FieldError>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    pub(super) fn fields(errors: LineErrors) -> Self {
        let n = errors.0.len();
        Problem {
            errors: errors.0,
            ..Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                if n == 1 {
                    "one field of the line needs a correction".to_owned()
                } else {
                    format!("{n} fields of the line need a correction")
                },
            )
        }
    }

    pub(super) fn no_snapshot() -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, NO_SNAPSHOT)
    }

    /// A failure that is ours: the words go to the log, not to the caller.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be made; the server's log says why",
        )
    }
}

/// Said wherever a reference is asked for before there is one.
pub(super) const NO_SNAPSHOT: &str =
    "there is no reference snapshot yet: build one with `touchstone snapshot build`, then try again";

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec_pretty(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
