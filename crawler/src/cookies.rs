//! The cookies of one source while its crawl runs (RFC 6265): kept in memory, given back only to the
//! site that set them, few and small. Other sources never see them, and nothing writes them down:
//! what an archive shows of a cookie is its name and attributes.

use crate::secret::WITHHELD;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, PoisonError};
use url::{Host, Url};

/// Cookies kept for a source; the oldest gives way.
const MOST: usize = 100;
/// Name, value, domain and path of one cookie together, in bytes: RFC 6265 section 6.1.
const LARGEST: usize = 4096;
/// The `Cookie` header in bytes: what servers commonly take. Cookies beyond it are not sent.
const LONGEST_HEADER: usize = 8 * 1024;
/// `Set-Cookie` lines of one answer that are looked at.
const MOST_LINES: usize = 50;

/// The cookies of a source.
#[derive(Default)]
pub(crate) struct Cookies {
    /// In the order in which they were first set.
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    name: String,
    value: String,
    /// Host or domain, lower case.
    domain: String,
    /// Whether hosts below the domain are meant as well.
    below: bool,
    path: String,
    secure: bool,
    /// `None`: until the crawl ends.
    until: Option<DateTime<Utc>>,
}

impl Cookies {
    /// Keeps what an answer sets, as far as the site may set it.
    pub(crate) fn take<'a>(&self, url: &Url, lines: impl Iterator<Item = &'a str>, now: DateTime<Utc>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.take(MOST_LINES) {
            let Some(new) = read(url, line, now) else { continue };
            let same = |old: &Kept| old.name == new.name && old.domain == new.domain && old.path == new.path;
            let gone = new.until.is_some_and(|until| until <= now);
            match kept.iter().position(same) {
                // What was set over https is not replaced over http (RFC 6265bis section 5.7).
                Some(at) if kept[at].secure && url.scheme() != "https" => {}
                Some(at) if gone => drop(kept.remove(at)),
                Some(at) => kept[at] = new,
                None if gone => {}
                None => {
                    kept.retain(|old| old.until.is_none_or(|until| until > now));
                    if kept.len() >= MOST {
                        kept.remove(0);
                    }
                    kept.push(new);
                }
            }
        }
    }

    /// The value of the `Cookie` header for an address.
    pub(crate) fn header(&self, url: &Url, now: DateTime<Utc>) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let host = host_of(url)?;
        let mut fitting: Vec<&Kept> = kept
            .iter()
            .filter(|cookie| {
                (cookie.domain == host || (cookie.below && is_below(&host, &cookie.domain)))
                    && path_fits(url.path(), &cookie.path)
                    && (!cookie.secure || url.scheme() == "https")
                    && cookie.until.is_none_or(|until| until > now)
            })
            .collect();
        // Longer paths first, then the order in which they were set (section 5.4).
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut header = String::new();
        for cookie in fitting {
            if header.len() + cookie.name.len() + cookie.value.len() + 3 > LONGEST_HEADER {
                break;
            }
            if !header.is_empty() {
                header.push_str("; ");
            }
            header.push_str(&cookie.name);
            header.push('=');
            header.push_str(&cookie.value);
        }
        (!header.is_empty()).then_some(header)
    }
}

/// A `Set-Cookie` line as an archive shows it: without the value.
pub(crate) fn withheld(line: &str) -> String {
    let (pair, attributes) = line.split_once(';').map_or((line, None), |(pair, rest)| (pair, Some(rest)));
    // A line without `=` is a value without a name.
    let name = pair.split_once('=').map_or("", |(name, _)| name.trim());
    match attributes {
        Some(attributes) => format!("{name}={WITHHELD};{attributes}"),
        None => format!("{name}={WITHHELD}"),
    }
}

fn read(url: &Url, line: &str, now: DateTime<Utc>) -> Option<Kept> {
    let cookie = cookie::Cookie::parse(line).ok()?;
    let host = host_of(url)?;
    let visible = |text: &str| text.bytes().all(|b| (b' '..0x7f).contains(&b) && b != b';');
    if !visible(cookie.name()) || !visible(cookie.value()) {
        return None;
    }
    let domain = cookie.domain().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let (domain, below) = if domain.is_empty() || domain == host {
        // Of the host alone, unless it is a domain with hosts below it.
        let below = !domain.is_empty() && is_domain(url) && !is_public_suffix(&domain);
        (host, below)
    } else if is_domain(url) && is_below(&host, &domain) && !is_public_suffix(&domain) {
        (domain, true)
    } else {
        return None;
    };
    let path = match cookie.path() {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ => default_path(url.path()),
    };
    let secure = cookie.secure().unwrap_or(false);
    // Section 4.1.3 of RFC 6265bis: names that promise what they were set with.
    let promise = cookie.name().to_ascii_lowercase();
    let https = url.scheme() == "https";
    if (secure && !https)
        || (promise.starts_with("__secure-") && !secure)
        || (promise.starts_with("__host-") && (!secure || below || path != "/"))
        || cookie.name().len() + cookie.value().len() + domain.len() + path.len() > LARGEST
    {
        return None;
    }
    // Max-Age prevails over Expires. What is too far away to be a date never ends.
    let until = match (cookie.max_age(), cookie.expires_datetime()) {
        (Some(age), _) => {
            chrono::TimeDelta::try_seconds(age.whole_seconds()).and_then(|age| now.checked_add_signed(age))
        }
        (None, Some(at)) => DateTime::from_timestamp(at.unix_timestamp(), 0),
        (None, None) => None,
    };
    Some(Kept {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        domain,
        below,
        path,
        secure,
        until,
    })
}

fn host_of(url: &Url) -> Option<String> {
    Some(url.host_str()?.trim_end_matches('.').to_ascii_lowercase())
}

fn is_domain(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(_)))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether anybody can register a name below it, so that a cookie for it would reach strangers.
fn is_public_suffix(domain: &str) -> bool {
    psl::suffix_str(domain).is_none_or(|suffix| suffix == domain)
}

/// Section 5.1.4.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(at) => path[..at].to_owned(),
    }
}

fn path_fits(path: &str, of_cookie: &str) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || of_cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn noon() -> DateTime<Utc> {
        at("2026-03-01T12:00:00Z")
    }

    /// What is sent to `to` after `from` set these lines.
    fn sent(from: &str, lines: &[&str], to: &str) -> String {
        let cookies = Cookies::default();
        cookies.take(&Url::parse(from).unwrap(), lines.iter().copied(), noon());
        cookies.header(&Url::parse(to).unwrap(), noon()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_back_to_whom_set_it_and_to_nobody_else() {
        let (shop, www) = ("https://shop.example/a/b", "https://www.shop.example/");
        assert_eq!(sent(shop, &["a=1", "b=2; Path=/"], shop), "a=1; b=2");
        assert_eq!(sent(shop, &["a=1; Path=/"], www), "");
        assert_eq!(sent(www, &["a=1; Domain=.Shop.Example"], "https://shop.example/"), "a=1");
        assert_eq!(sent(www, &["a=1; Domain=shop.example"], "https://notshop.example/"), "");
        // Strangers, public suffixes, numbers.
        for domain in ["example", "co.uk", "other.example", "w.shop.example", "hop.example"] {
            assert_eq!(
                sent("https://shop.co.uk/", &[&format!("a=1; Domain={domain}")], "https://shop.co.uk/"),
                ""
            );
        }
        assert_eq!(sent("https://x.github.io/", &["a=1; Domain=github.io"], "https://y.github.io/"), "");
        assert_eq!(sent("http://127.0.0.1/", &["a=1; Domain=127.0.0.1"], "http://127.0.0.1/"), "a=1");
        assert_eq!(sent("http://127.0.0.1/", &["a=1; Domain=0.0.1"], "http://8.0.0.1/"), "");
        // Paths.
        assert_eq!(sent(shop, &["a=1"], "https://shop.example/a/c"), "a=1");
        assert_eq!(sent(shop, &["a=1"], "https://shop.example/ab"), "");
        assert_eq!(sent(shop, &["a=1; Path=/", "b=2"], "https://shop.example/a/x"), "b=2; a=1");
        // Https only.
        assert_eq!(sent(shop, &["a=1; Secure; Path=/"], "http://shop.example/"), "");
        assert_eq!(sent("http://shop.example/", &["a=1; Secure"], shop), "");
        assert_eq!(
            sent(shop, &["__Host-a=1; Secure; Path=/", "__Secure-b=2", "__Host-c=3; Secure"], shop),
            "__Host-a=1"
        );
    }

    #[test]
    fn cookies_end() {
        let url = Url::parse("https://shop.example/").unwrap();
        let cookies = Cookies::default();
        let set = |line: &str| cookies.take(&url, [line].into_iter(), noon());
        let sent = |moment: &str| cookies.header(&url, at(moment)).unwrap_or_default();
        set("a=1; Max-Age=60; Expires=Thu, 01-Jan-1970 00:00:00 GMT");
        set("b=2; Expires=Sun, 01 Mar 2026 13:00:00 GMT");
        set("c=3; Max-Age=9223372036854775807");
        assert_eq!(sent("2026-03-01T12:00:59Z"), "a=1; b=2; c=3");
        assert_eq!(sent("2026-03-01T12:01:00Z"), "b=2; c=3");
        assert_eq!(sent("2026-03-01T13:00:00Z"), "c=3");
        set("a=9");
        set("c=gone; Max-Age=-1");
        assert_eq!(sent("2026-03-01T12:00:00Z"), "a=9; b=2");
        // What was set over https stays as it is.
        cookies.take(&url, ["s=1; Secure"].into_iter(), noon());
        cookies.take(&Url::parse("http://shop.example/").unwrap(), ["s=2"].into_iter(), noon());
        assert_eq!(sent("2026-03-01T13:00:00Z"), "a=9; s=1");
    }

    #[test]
    fn cookies_are_few_and_small() {
        let url = Url::parse("https://shop.example/").unwrap();
        let cookies = Cookies::default();
        for n in 0..1000 {
            let line = format!("n{n:04}={}", "x".repeat(1000));
            cookies.take(&url, [line.as_str()].into_iter(), noon());
        }
        assert_eq!(cookies.kept.lock().unwrap().len(), MOST);
        let header = cookies.header(&url, noon()).unwrap();
        assert!(header.starts_with("n0900=") && header.len() <= LONGEST_HEADER, "{}", header.len());
        let large = format!("large={}", "x".repeat(LARGEST));
        cookies.take(&url, [large.as_str(), "", "=x", "novalue", "a=\u{7f}"].into_iter(), noon());
        assert_eq!(cookies.kept.lock().unwrap().len(), MOST);
        // One answer cannot push all others out.
        let lines: Vec<String> = (0..500).map(|n| format!("m{n}=1")).collect();
        cookies.take(&url, lines.iter().map(String::as_str), noon());
        let names: Vec<_> = cookies.kept.lock().unwrap().iter().map(|c| c.name.clone()).collect();
        assert_eq!((names.len(), names[0].as_str(), names[99].as_str()), (MOST, "n0950", "m49"));
    }

    #[test]
    fn an_archive_shows_names_and_attributes() {
        assert_eq!(withheld("sid=abc=d; Path=/; HttpOnly"), "sid=[withheld]; Path=/; HttpOnly");
        assert_eq!(withheld("sid=abc"), "sid=[withheld]");
        assert_eq!(withheld("abc"), "=[withheld]");
    }

    proptest! {
        #[test]
        fn any_line_is_taken(line in "\\PC{0,80}", attributes in "(; ?(Max-Age|Expires|Domain|Path|Secure)=?[-A-Za-z0-9:, ./]{0,20}){0,4}") {
            let line = format!("{line}{attributes}");
            let cookies = Cookies::default();
            let url = Url::parse("https://shop.example/a/b").unwrap();
            cookies.take(&url, [line.as_str()].into_iter(), noon());
            let header = cookies.header(&url, noon()).unwrap_or_default();
            prop_assert!(reqwest::header::HeaderValue::from_str(&header).is_ok(), "{header:?}");
            prop_assert!(cookies.header(&Url::parse("https://other.example/").unwrap(), noon()).is_none());
        }
    }
}
