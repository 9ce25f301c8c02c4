//! One spelling per page address, so that a page is not fetched and counted under ten of them.
//! Whether an address may be asked at all is [`crate::guard`]'s and the engine's to say.

use url::Url;

/// Longer addresses are traps (calendars, session loops), not pages.
const MAX_LENGTH: usize = 4096;

/// Query parameters that tell where a visitor came from or who he is, never what is shown.
const VISITOR_PARAMETERS: &[&str] = &[
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "phpsessid",
    "jsessionid",
    "sessionid",
    "session_id",
    "cfid",
    "cftoken",
];
/// Beginnings of such parameters.
const VISITOR_PREFIXES: &[&str] = &["utm_", "aspsessionid"];

/// Resolves `href` against `base` and gives the one spelling under which the page is kept:
/// scheme, host and escapes as WHATWG URL writes them, without fragment, campaign parameters and
/// session ids. Order and spelling of all other parameters stay, since they may mean something.
/// `None` for anything that is not a page address: other schemes, user names, over-long ones.
pub fn canonical_url(base: &str, href: &str) -> Option<String> {
    let mut url = match Url::parse(href.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => Url::parse(base).ok()?.join(href).ok()?,
        Err(_) => return None,
    };
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|p| !is_visitor(p)).collect();
        if kept.iter().all(|parameter| parameter.is_empty()) {
            url.set_query(None);
        } else if kept.len() < query.split('&').count() {
            let kept = kept.join("&");
            url.set_query(Some(&kept));
        }
    }
    // Java servers write their session id into the path: /item;jsessionid=0A1B
    if let Some(at) = url.path().to_ascii_lowercase().find(";jsessionid=") {
        let rest = &url.path()[at + 1..];
        let end = rest.find([';', '/']).map_or("", |end| &rest[end..]);
        let path = format!("{}{end}", &url.path()[..at]);
        url.set_path(&path);
    }
    let text = String::from(url);
    (text.len() <= MAX_LENGTH).then_some(text)
}

fn is_visitor(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    VISITOR_PARAMETERS.contains(&name.as_str())
        || VISITOR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The host of an http(s) address, lower case, without port; an IPv6 address in brackets.
pub fn host_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    Some(url.host_str()?.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(href: &str) -> Option<String> {
        canonical_url("http://shop.example/a/b.html?p=2", href)
    }

    #[test]
    fn one_page_has_one_address() {
        let same = |href: &str, wanted: &str| assert_eq!(canonical(href).as_deref(), Some(wanted));
        same("c.html#reviews", "http://shop.example/a/c.html");
        same("?p=3", "http://shop.example/a/b.html?p=3");
        same("//other.example", "http://other.example/");
        same(" HTTP://Shop.Example:80/x/../y ", "http://shop.example/y");
        same("/i?utm_source=x&id=7&UTM_medium=y&gclid=1", "http://shop.example/i?id=7");
        same("/i?utm_source=x", "http://shop.example/i");
        same("/i;jsessionid=0A?b=1&a=2", "http://shop.example/i?b=1&a=2");
        same("/i?b=2&a=1&b=", "http://shop.example/i?b=2&a=1&b=");
        same("/käse", "http://shop.example/k%C3%A4se");
    }

    #[test]
    fn what_is_no_page_has_none() {
        for href in [
            "mailto:a@b",
            "javascript:void(0)",
            "ftp://a/b",
            "http://user:pw@a/",
            "http://",
            "http://[::1",
            "data:text/html,x",
        ] {
            assert_eq!(canonical(href), None, "{href}");
        }
        assert_eq!(canonical(&format!("/{}", "x".repeat(5000))), None);
        assert_eq!(host_of("ftp://a/"), None);
        assert_eq!(host_of("http://0x7f.1:81/").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_of("https://A.Example./").as_deref(), Some("a.example"));
    }

    proptest! {
        #[test]
        fn canonical_addresses_stay_as_they_are(href in ".{0,60}") {
            if let Some(once) = canonical(&href) {
                let twice = canonical(&once);
                prop_assert_eq!(twice.as_ref(), Some(&once));
                prop_assert!(!once.contains('#'));
            }
        }
    }
}
