//! The pages people read: form, result, observatory, nomenclature, messages. Server-rendered, no script,
//! printable. Each takes values and returns text; no request, no rule and no statistic is here.

mod form;
pub mod format;
mod hs;
mod observation;
mod observatory;
mod result;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub(crate) use form::given_fields;
pub use form::{form_html, query};
pub use hs::{HsAsked, hs_code_html, hs_search_html};
pub use observation::observation_html;
pub use observatory::{ObservatoryData, group_html, observatory_html, observatory_page};
pub use result::{ResultLinks, result_html};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use std::sync::LazyLock;
use thiserror::Error;

/// The style sheet, served as `/style.css` and put inside standalone files.
pub const STYLE: &str = include_str!("templates/style.css");

/// A page that could not be drawn: a template and its values do not fit, which is a bug.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PageError {
    /// The template engine's own words.
    #[error("the page '{page}' cannot be drawn: {detail}")]
    Template {
        /// Name of the template.
        page: &'static str,
        /// What does not fit.
        detail: String,
    },
}

static TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("templates/base.html")),
    ("form.html", include_str!("templates/form.html")),
    ("result.html", include_str!("templates/result.html")),
    ("schedule.html", include_str!("templates/schedule.html")),
    ("observation.html", include_str!("templates/observation.html")),
    ("observatory.html", include_str!("templates/observatory.html")),
    ("hs.html", include_str!("templates/hs.html")),
    ("hs_code.html", include_str!("templates/hs_code.html")),
    ("message.html", include_str!("templates/message.html")),
];

/// The templates, parsed once. Names end in `.html`, so every value is escaped unless it is marked
/// as markup made here.
static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(|e| format!("{e:#}"))?;
    environment.set_syntax(syntax);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).map_err(|e| format!("{e:#}"))?;
    }
    Ok(environment)
});

/// What every page has around its content.
#[derive(Debug, Clone, Serialize)]
struct Frame {
    /// Title of the page, without the product's name.
    title: String,
    /// Which entry of the navigation is the present one.
    section: &'static str,
    /// The style sheet where the page must stand alone; else it is linked.
    style: Option<Value>,
    /// Whether links to other pages work (not in a standalone file).
    served: bool,
}

impl Frame {
    fn served(title: impl Into<String>, section: &'static str) -> Self {
        Frame { title: title.into(), section, style: None, served: true }
    }
    fn standalone(title: impl Into<String>) -> Self {
        Frame {
            title: title.into(),
            section: "",
            style: Some(Value::from_safe_string(STYLE.to_owned())),
            served: false,
        }
    }
}

fn render(page: &'static str, frame: &Frame, content: impl Serialize) -> Result<String, PageError> {
    let failed = |detail: String| PageError::Template { page, detail };
    let environment = ENVIRONMENT.as_ref().map_err(|e| failed(e.clone()))?;
    environment
        .get_template(page)
        .and_then(|t| t.render(context! { frame => Serde(frame), ..Value::from(Serde(content)) }))
        .map_err(|e| failed(format!("{e:#}")))
}

/// A page that says one thing: not found, no snapshot yet, something failed.
pub fn message_html(title: &str, sentence: &str, hint: Option<&str>) -> Result<String, PageError> {
    render("message.html", &Frame::served(title, ""), context! { sentence, hint })
}

/// Markup made by this crate (charts), not to be escaped again.
fn markup(svg: Option<String>) -> Option<Value> {
    svg.map(Value::from_safe_string)
}

/// An address that may become a link: pages come from strangers, and only the web's own schemes
/// are followed by a click.
fn safe_link(url: Option<&str>) -> Option<String> {
    let url = url?;
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "http" | "https").then(|| parsed.to_string())
}
