//! What must not be read by whoever reads a log, a report or an archive: the key of an API, and the
//! keys that stand in addresses. Not here: sending it ([`crate::fetch`]) and cookies
//! ([`crate::cookies`]).

use model::ApiKey;
use reqwest::header::{HeaderName, HeaderValue};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use url::Url;

/// What stands in the place of a secret.
pub const WITHHELD: &str = "[withheld]";
/// A shorter key is not looked for in what a server sends back: it would be found by chance.
const LONG_ENOUGH: usize = 6;
/// Longest key: what servers take in one header line.
const LONGEST: usize = 8 * 1024;

/// A key and where it is sent. It is sent to the source's own hosts only, over https (over http only
/// where the source allows loopback, for tests), never with robots.txt; it never shows in `Debug`, in
/// messages or in the archive.
#[derive(Clone)]
pub struct Secret {
    value: Arc<str>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Header { name: HeaderName, value: HeaderValue },
    Parameter(Arc<str>),
}

/// Why there is no key to send. The key itself is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The variable is not set, or is empty.
    #[error("the variable {variable} is not set: it has to hold the key of the API (api.key.environment)")]
    Missing {
        /// Name of the variable.
        variable: String,
    },
    /// What the variable holds cannot be sent.
    #[error(
        "the variable {variable} holds what cannot be a key: line ends, control characters or more than {LONGEST} bytes; set it anew"
    )]
    NotAKey {
        /// Name of the variable.
        variable: String,
    },
    /// Neither header nor parameter, or both.
    #[error("the key is to be sent in api.key.header or in api.key.parameter: state one of them")]
    NoPlace,
    /// The header is none, or one that the crawler sends itself.
    #[error("'{header}' cannot be the header of a key: write a name such as Authorization or X-Api-Key")]
    NotAHeader {
        /// Name of the header.
        header: String,
    },
}

impl Secret {
    /// The key that the rules of an API ask for. `environment` gives the value of a variable:
    /// `&|name| std::env::var(name).ok()`. White space around the value is not part of the key.
    ///
    /// # Errors
    /// [`SecretError`], which never holds the key.
    pub fn from_environment(
        key: &ApiKey,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Secret, SecretError> {
        let variable = || key.environment.clone();
        let value = environment(&key.environment).unwrap_or_default();
        let value = value.trim();
        if value.is_empty() {
            return Err(SecretError::Missing { variable: variable() });
        }
        if value.len() > LONGEST || value.chars().any(char::is_control) {
            return Err(SecretError::NotAKey { variable: variable() });
        }
        let place = match (&key.header, &key.parameter) {
            (Some(header), None) => {
                let name = header_name(header)?;
                let mut line = HeaderValue::from_str(&format!("{}{value}", key.prefix))
                    .map_err(|_| SecretError::NotAKey { variable: variable() })?;
                line.set_sensitive(true);
                Place::Header { name, value: line }
            }
            (None, Some(parameter)) if !parameter.is_empty() => Place::Parameter(parameter.as_str().into()),
            _ => return Err(SecretError::NoPlace),
        };
        Ok(Secret { value: value.into(), place })
    }

    /// The header line to send, if it is sent in one.
    pub(crate) fn header(&self) -> Option<(&HeaderName, &HeaderValue)> {
        match &self.place {
            Place::Header { name, value } => Some((name, value)),
            Place::Parameter(_) => None,
        }
    }

    /// The address with the key in its parameter, if it is sent in one. What stood in that parameter
    /// before (a server may have written it into a link) gives way.
    pub(crate) fn address(&self, url: &Url) -> Option<Url> {
        let Place::Parameter(parameter) = &self.place else {
            return None;
        };
        let mut url = url.clone();
        let others = without_parameter(&url, parameter);
        url.set_query(others.as_deref());
        url.query_pairs_mut().append_pair(parameter, &self.value);
        Some(url)
    }

    /// What a server sent back, without the key.
    pub(crate) fn withheld_from(&self, text: String) -> String {
        if self.value.len() < LONG_ENOUGH {
            return text;
        }
        let mut text = text;
        let encoded: String = url::form_urlencoded::byte_serialize(self.value.as_bytes()).collect();
        for form in [&*self.value, encoded.as_str(), &encoded.replace('+', "%20")] {
            if text.contains(form) {
                text = text.replace(form, WITHHELD);
            }
        }
        text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WITHHELD)
    }
}

fn header_name(text: &str) -> Result<HeaderName, SecretError> {
    use reqwest::header as h;
    let refused = || SecretError::NotAHeader { header: text.to_owned() };
    let name = HeaderName::from_bytes(text.as_bytes()).map_err(|_| refused())?;
    let own = [
        h::HOST,
        h::USER_AGENT,
        h::ACCEPT,
        h::ACCEPT_ENCODING,
        h::CONNECTION,
        h::CONTENT_LENGTH,
        h::TRANSFER_ENCODING,
        h::TE,
        h::TRAILER,
        h::UPGRADE,
        h::EXPECT,
        h::RANGE,
        h::COOKIE,
        h::PROXY_AUTHORIZATION,
        h::IF_NONE_MATCH,
        h::IF_MODIFIED_SINCE,
    ];
    if own.contains(&name) { Err(refused()) } else { Ok(name) }
}

fn without_parameter(url: &Url, parameter: &str) -> Option<String> {
    let kept: Vec<&str> =
        url.query()?.split('&').filter(|pair| decoded_name(pair) != parameter && !pair.is_empty()).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn decoded_name(pair: &str) -> Cow<'_, str> {
    url::form_urlencoded::parse(pair.as_bytes()).next().map_or(Cow::Borrowed(""), |(name, _)| name)
}

/// An address as it may stand in a log or a message: user name and password, and the values of
/// parameters that are named like keys, give way to `[withheld]`; so do those of a fragment. Whatever
/// is no address comes back with the same done to what looks like parameters in it.
pub fn redacted(address: &str) -> Cow<'_, str> {
    let user = user_information(address);
    let parameters = address.find(['?', '#']).map(|at| at + 1);
    let hides = |text: &str| text.split(['&', '#', '?', ';']).any(|pair| secret_value(pair).is_some());
    if user.is_none() && !parameters.is_some_and(|at| hides(&address[at..])) {
        return Cow::Borrowed(address);
    }
    let mut out = String::with_capacity(address.len());
    let mut rest = address;
    if let Some((begin, end)) = user {
        out.push_str(&address[..begin]);
        out.push_str(WITHHELD);
        rest = &address[end..];
    }
    let Some(at) = rest.find(['?', '#']) else {
        out.push_str(rest);
        return Cow::Owned(out);
    };
    out.push_str(&rest[..=at]);
    for piece in rest[at + 1..].split_inclusive(['&', '#', '?', ';']) {
        let (pair, end) = match piece.char_indices().next_back() {
            Some((last, '&' | '#' | '?' | ';')) => piece.split_at(last),
            _ => (piece, ""),
        };
        match secret_value(pair) {
            Some(begin) => {
                out.push_str(&pair[..begin]);
                out.push_str(WITHHELD);
            }
            None => out.push_str(pair),
        }
        out.push_str(end);
    }
    Cow::Owned(out)
}

/// Where `user:password` stands in `scheme://user:password@host`.
fn user_information(address: &str) -> Option<(usize, usize)> {
    let begin = address.find("://")? + 3;
    let end = address[begin..].find(['/', '?', '#', '\\']).map_or(address.len(), |at| begin + at);
    let at = address[begin..end].rfind('@')?;
    Some((begin, begin + at))
}

/// Where the value of a parameter begins that is to be withheld; an empty one is not.
fn secret_value(pair: &str) -> Option<usize> {
    let begin = pair.find('=')? + 1;
    (begin < pair.len() && is_key_name(&decoded_name(&pair[..begin]))).then_some(begin)
}

/// Whether a parameter is named like a key, a password, a signature or a session.
fn is_key_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "key",
        "auth",
        "authorization",
        "accesskeyid",
        "credential",
        "credentials",
        "hmac",
        "jwt",
        "pass",
        "passwd",
        "pwd",
        "session",
        "sid",
        "sig",
    ];
    const ENDS: &[&str] = &[
        "token",
        "secret",
        "password",
        "signature",
        "apikey",
        "accesskey",
        "subscriptionkey",
        "amzcredential",
        "googcredential",
        "sessionid",
        "sessid",
    ];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str()) || ENDS.iter().any(|end| plain.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(header: Option<&str>, parameter: Option<&str>) -> ApiKey {
        ApiKey {
            environment: "MARKET_KEY".to_owned(),
            header: header.map(str::to_owned),
            prefix: "Bearer ".to_owned(),
            parameter: parameter.map(str::to_owned),
        }
    }

    fn secret(header: Option<&str>, parameter: Option<&str>, value: &str) -> Result<Secret, SecretError> {
        Secret::from_environment(&key(header, parameter), &|name| {
            (name == "MARKET_KEY").then(|| value.to_owned())
        })
    }

    #[test]
    fn a_key_has_one_place_and_never_shows() {
        let header = secret(Some("X-Api-Key"), None, " s3cr3t-value\n").unwrap();
        let (name, value) = header.header().unwrap();
        assert_eq!((name.as_str(), value.as_bytes()), ("x-api-key", &b"Bearer s3cr3t-value"[..]));
        assert_eq!(format!("{header:?} {value:?}"), "[withheld] Sensitive");
        assert!(header.address(&Url::parse("https://a.example/").unwrap()).is_none());

        let parameter = secret(None, Some("key"), "a b&c=ü").unwrap();
        let address = |text: &str| parameter.address(&Url::parse(text).unwrap()).unwrap().to_string();
        assert_eq!(address("https://a.example/x?b=1"), "https://a.example/x?b=1&key=a+b%26c%3D%C3%BC");
        assert_eq!(
            address("https://a.example/?k%65y=old&&b=%20"),
            "https://a.example/?b=%20&key=a+b%26c%3D%C3%BC"
        );
        assert_eq!(address("https://a.example/?key=old"), "https://a.example/?key=a+b%26c%3D%C3%BC");
        assert!(parameter.header().is_none());
    }

    #[test]
    fn what_cannot_be_sent_is_said_without_the_key() {
        let missing = SecretError::Missing { variable: "MARKET_KEY".to_owned() };
        assert_eq!(secret(Some("X-Key"), None, " ").unwrap_err(), missing);
        let bad = SecretError::NotAKey { variable: "MARKET_KEY".to_owned() };
        for value in ["hidden\r\nHost: x", "hid\0den", &"hidden".repeat(2000)] {
            let error = secret(Some("X-Key"), None, value).unwrap_err();
            assert_eq!(error, bad);
            assert!(!format!("{error} {error:?}").contains("hidden"));
        }
        for (header, parameter) in [(None, None), (Some("X-Key"), Some("key")), (None, Some(""))] {
            assert_eq!(secret(header, parameter, "x").unwrap_err(), SecretError::NoPlace);
        }
        for header in ["", "a b", "Host", "cookie", "Transfer-Encoding", "X: y"] {
            let error = secret(Some(header), None, "x").unwrap_err();
            assert_eq!(error, SecretError::NotAHeader { header: header.to_owned() });
        }
    }

    #[test]
    fn what_comes_back_is_cleared_of_the_key() {
        let secret = secret(None, Some("key"), "top secret/1").unwrap();
        for form in ["top secret/1", "top+secret%2F1", "top%20secret%2F1"] {
            let text = secret.withheld_from(format!("https://a.example/?key={form}&p=2"));
            assert_eq!(text, "https://a.example/?key=[withheld]&p=2");
        }
    }

    #[test]
    fn addresses_are_redacted_in_messages() {
        for (address, said) in [
            ("https://a.example/p?id=1&page=2#top", "https://a.example/p?id=1&page=2#top"),
            ("https://a.example/?key=abc&id=1", "https://a.example/?key=[withheld]&id=1"),
            (
                "https://a.example/?id=1&Access_Token=abc#x",
                "https://a.example/?id=1&Access_Token=[withheld]#x",
            ),
            ("https://a.example/#access-token=abc", "https://a.example/#access-token=[withheld]"),
            ("https://a.example/?a=1;password=x=y;b=2", "https://a.example/?a=1;password=[withheld];b=2"),
            ("https://a.example/?%6bey=abc", "https://a.example/?%6bey=[withheld]"),
            (
                "https://a.example/?X-Amz-Signature=1&sig=2&apikey=",
                "https://a.example/?X-Amz-Signature=[withheld]&sig=[withheld]&apikey=",
            ),
            ("https://u:p@a.example/?q=@", "https://[withheld]@a.example/?q=@"),
            ("https://u:p@x@a.example", "https://[withheld]@a.example"),
            (
                "https://a.example/?monkey=1&keyboard=2&author=x",
                "https://a.example/?monkey=1&keyboard=2&author=x",
            ),
            ("not an address", "not an address"),
        ] {
            assert_eq!(redacted(address), said);
        }
    }

    proptest! {
        #[test]
        fn no_key_survives(before in "[a-z0-9=&;?#%./]{0,20}", after in "[a-z0-9=%./]{0,20}") {
            let address = format!("https://a.example/{before}?token=S3CR3TVALUE{after}&x=1");
            prop_assert!(!redacted(&address).contains("S3CR3TVALUE"));
        }

        #[test]
        fn any_text_is_taken(text in "\\PC{0,60}") {
            let _ = redacted(&text);
        }
    }
}
