//! The key an interface asks for: taken from the environment when a crawl begins, put into each
//! request, and written nowhere else. Its debug form does not show it.

use model::ApiKey;
use std::fmt;
use thiserror::Error;
use url::Url;

/// A key, ready to be sent.
#[derive(Clone)]
pub struct RequestKey {
    value: String,
    header: Option<String>,
    parameter: Option<String>,
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The variable is not there or empty.
    #[error("the key of the API is not set: put it into the environment variable {variable}")]
    Missing {
        /// The variable.
        variable: String,
    },
    /// It cannot stand in a header.
    #[error(
        "the key in the environment variable {variable} cannot be sent: it has line breaks or other control characters"
    )]
    Unsendable {
        /// The variable.
        variable: String,
    },
}

impl RequestKey {
    /// Looks the key up. `environment` gives the value of a variable, [`std::env::var`] in the
    /// program.
    ///
    /// # Errors
    /// The variable is missing, or its value cannot be sent.
    pub fn look_up(
        key: &ApiKey,
        environment: impl FnOnce(&str) -> Option<String>,
    ) -> Result<RequestKey, KeyError> {
        let variable = || key.environment.clone();
        let value = environment(&key.environment).unwrap_or_default();
        let value = value.trim();
        if value.is_empty() {
            return Err(KeyError::Missing { variable: variable() });
        }
        let value = match key.header {
            Some(_) => format!("{}{value}", key.prefix),
            None => value.to_owned(),
        };
        if !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(KeyError::Unsendable { variable: variable() });
        }
        Ok(RequestKey { value, header: key.header.clone(), parameter: key.parameter.clone() })
    }

    /// Name and value of the header to send, if it goes into one. Mark it as sensitive.
    pub fn header(&self) -> Option<(&str, &str)> {
        self.header.as_deref().map(|name| (name, self.value.as_str()))
    }

    /// The address to ask, with the key if it goes there. Only for the request itself: records,
    /// messages and the frontier have the address without.
    pub fn address(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if let Some(parameter) = &self.parameter {
            url.query_pairs_mut().append_pair(parameter, &self.value);
        }
        url
    }

    /// A text without the key, should it have come into one (an error message of the network).
    pub fn redacted(&self, text: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(self.value.as_bytes()).collect();
        text.replace(&self.value, "***").replace(&encoded, "***")
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestKey")
            .field("value", &"***")
            .field("header", &self.header)
            .field("parameter", &self.parameter)
            .finish()
    }
}
