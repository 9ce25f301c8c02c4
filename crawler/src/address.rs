//! One spelling per page address, so that a page is not fetched and counted under ten of them.
//! Whether an address may be asked at all is [`crate::guard`]'s and the engine's to say; which of
//! two spellings a page itself prefers, [`crate::canonical`]'s.

pub use crate::paths::{LinkRole, LinkRules, PathRules, path_matches};

use percent_encoding::percent_decode_str;
use url::{Position, Url};

/// Longer addresses are traps (calendars, session loops), not pages.
const MAX_LENGTH: usize = 4096;
/// Fewest characters of a session's key: a shorter `sid` may be a shop, a section or a size.
const SESSION_KEY: usize = 16;

/// Query parameters that tell where a visitor came from or who he is, never what is shown.
const VISITOR_PARAMETERS: &[&str] = &[
    // Advertisements and mailings.
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "gad_source",
    "gad_campaignid",
    "srsltid",
    "fbclid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "irclickid",
    "igshid",
    "igsh",
    "epik",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "vero_id",
    "oly_anon_id",
    "oly_enc_id",
    "s_kwcid",
    "ef_id",
    "_openstat",
    "_kx",
    "wt.mc_id",
    // Counters of visits.
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "__hstc",
    "__hssc",
    "__hsfp",
    "hsctatracking",
    "pk_campaign",
    "pk_kwd",
    "pk_keyword",
    "pk_source",
    "pk_medium",
    "pk_content",
    // Sessions.
    "phpsessid",
    "jsessionid",
    "sessionid",
    "session_id",
    "oscsid",
    "zenid",
    "xtcsid",
    "cfid",
    "cftoken",
];
/// Beginnings of such parameters.
const VISITOR_PREFIXES: &[&str] = &["utm_", "mtm_", "hsa_", "aspsessionid"];
/// Names that are a session's only where their value reads like its key.
const SESSION_NAMES: &[&str] = &["sid", "sess", "session", "sessid"];
/// Parameters that servers write into a path, after a semicolon: `/item;jsessionid=0A1B`.
const PATH_SESSIONS: &[&str] = &["jsessionid", "phpsessid", "sessionid"];

/// Resolves `href` against `base` and gives the one spelling under which the page is kept:
///
/// * scheme, host and dot segments as WHATWG URL writes them (lower case, IDN as `xn--`, default
///   ports left out), the host without a trailing dot;
/// * percent-encodings of letters, digits and `-._~` undone, all others in upper case (RFC 3986
///   section 6.2.2);
/// * without fragment, without campaign parameters and session ids, without an empty query.
///
/// What servers tell apart stays apart: upper and lower case of the path, a slash at its end, the
/// order, number and spelling of all other parameters. `None` for anything that is not a page
/// address: other schemes, user names, more than 4,096 bytes.
pub fn canonical_url(base: &str, href: &str) -> Option<String> {
    let url = match Url::parse(href.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => Url::parse(base).ok()?.join(href).ok()?,
        Err(_) => return None,
    };
    canonical(url).map(String::from)
}

/// The same for an address that is read already.
pub fn canonical(mut url: Url) -> Option<Url> {
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    if url.as_str().len() > 2 * MAX_LENGTH {
        return None;
    }
    url.set_fragment(None);
    if let Some(bare) = url.host_str().and_then(|host| host.strip_suffix('.')) {
        let bare = bare.trim_end_matches('.').to_owned();
        url.set_host(Some(&bare)).ok()?;
    }
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|p| !is_visitor(p)).collect();
        if kept.iter().all(|parameter| parameter.is_empty()) {
            url.set_query(None);
        } else if kept.len() < query.split('&').count() {
            let kept = kept.join("&");
            url.set_query(Some(&kept));
        }
    }
    if url.path().contains(';') {
        let path = without_path_session(url.path());
        if path != url.path() {
            url.set_path(&path);
        }
    }
    if url[Position::BeforePath..].contains('%') {
        let path = normal_escapes(url.path());
        let query = url.query().map(normal_escapes);
        url.set_path(&path);
        url.set_query(query.as_deref());
    }
    (url.as_str().len() <= MAX_LENGTH).then_some(url)
}

/// Reads an address that may stand on the host of one that is read already: then only its path is
/// read anew. The same as [`Url::parse`].
pub(crate) fn parse_beside(known: &Url, address: &str) -> Option<Url> {
    let origin = &known[..Position::BeforePath];
    if known.has_host()
        && matches!(known.scheme(), "http" | "https")
        && let Some(path) = address.strip_prefix(origin)
        && let [b'/', rest @ ..] = path.as_bytes()
        // Two slashes begin a host, and blanks and line ends are taken out before that is seen.
        && !matches!(rest.first(), Some(b'/' | b'\\' | 0..=b' '))
    {
        return known.join(path).ok();
    }
    Url::parse(address).ok()
}

fn is_visitor(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    // Lists of words without capitals, which names in addresses may have.
    let is = |list: &[&str]| list.iter().any(|word| name.eq_ignore_ascii_case(word));
    let begins =
        |word: &&str| name.get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word));
    is(VISITOR_PARAMETERS)
        || VISITOR_PREFIXES.iter().any(begins)
        || (is(SESSION_NAMES) && is_session_key(value))
}

/// Whether a value is a drawn key: long, letters and digits mixed, nothing a person would write.
fn is_session_key(value: &str) -> bool {
    value.len() >= SESSION_KEY
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b','))
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A path without the session ids that stand as parameters in its segments.
fn without_path_session(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let mut parameters = segment.split(';');
        let mut kept = parameters.next().unwrap_or_default().to_owned();
        for parameter in parameters {
            let name = parameter.split('=').next().unwrap_or_default();
            if !PATH_SESSIONS.iter().any(|session| name.eq_ignore_ascii_case(session)) {
                kept.push(';');
                kept.push_str(parameter);
            }
        }
        kept
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Needless escapes undone, the others in upper case; a per cent sign that begins none stays.
fn normal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = rest.get(..3).filter(|e| e.bytes().skip(1).all(|b| b.is_ascii_hexdigit()));
        let Some(escape) = escape else {
            out.push('%');
            rest = &rest[1..];
            continue;
        };
        match percent_decode_str(escape).next() {
            Some(byte)
                if (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
                    && !ends_in_open_escape(&out) =>
            {
                out.push(char::from(byte));
            }
            _ => out.push_str(&escape.to_ascii_uppercase()),
        }
        rest = &rest[3..];
    }
    out.push_str(rest);
    out
}

/// Whether a per cent sign that begins no escape stands at the end or before the last character: what
/// is written behind it must not make it one.
fn ends_in_open_escape(text: &str) -> bool {
    matches!(text.as_bytes(), [.., b'%'] | [.., b'%', _])
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

    fn spelt(href: &str) -> Option<String> {
        canonical_url("http://shop.example/a/b.html?p=2", href)
    }

    #[test]
    fn one_page_has_one_address() {
        let same = |href: &str, wanted: &str| assert_eq!(spelt(href).as_deref(), Some(wanted));
        same("c.html#reviews", "http://shop.example/a/c.html");
        same("?p=3", "http://shop.example/a/b.html?p=3");
        same("//other.example", "http://other.example/");
        same(" HTTP://Shop.Example:80/x/../y ", "http://shop.example/y");
        same("/i?utm_source=x&id=7&UTM_medium=y&gclid=1", "http://shop.example/i?id=7");
        same("/i?utm_source=x", "http://shop.example/i");
        same("/i;jsessionid=0A?b=1&a=2", "http://shop.example/i?b=1&a=2");
        same("/i?b=2&a=1&b=", "http://shop.example/i?b=2&a=1&b=");
        same("/käse", "http://shop.example/k%C3%A4se");
        same("/k%c3%a4se/%7euser/%41?q=%2b%7e%zz", "http://shop.example/k%C3%A4se/~user/A?q=%2B~%zz");
        same("http://shop.example.:80/x?", "http://shop.example/x");
        same("https://shop.example:443/x?&", "https://shop.example/x");
        same("http://Käse.Example/", "http://xn--kse-qla.example/");
        same("/a/%2e%2e/b/./c", "http://shop.example/b/c");
        // Undoing one escape must not make another of a bare per cent sign.
        same("/%%33%33/%4%31", "http://shop.example/%%333/%4%31");
        same("/i;JSESSIONID=0A;size=7/x;phpsessid=1", "http://shop.example/i;size=7/x");
        same("/..;jsessionid=1/x", "http://shop.example/x");
        same("/i?PHPSESSID=a1&osCsid=b&id=7", "http://shop.example/i?id=7");
        same("/i?sid=4ra492h82a63dg4t0an2&id=7", "http://shop.example/i?id=7");
    }

    #[test]
    fn what_servers_tell_apart_stays_apart() {
        let different = [
            "/Item",
            "/item",
            "/item/",
            "/item?",
            "/item?a=1",
            "/item?a=1&a=2",
            "/item?a=2&a=1",
            "/item?A=1",
            "/item?a=",
            "/item?a",
            "/item//",
            "/item%2F",
            "/item?a=1+2",
            "/item?a=1%2B2",
            "/item?sid=7",
            "/item?session=summer",
            "/item;v=2",
            "/item?a=1&&b=2",
            "/item?a=1&b=2",
            "/item?utm=1",
        ];
        let all: std::collections::BTreeSet<_> =
            different.iter().map(|href| canonical_url("http://shop.example/", href).unwrap()).collect();
        // Only the empty query is the same page as none.
        assert_eq!(all.len(), different.len() - 1, "{all:#?}");
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
            assert_eq!(spelt(href), None, "{href}");
        }
        assert_eq!(spelt(&format!("/{}", "x".repeat(5000))), None);
        assert_eq!(host_of("ftp://a/"), None);
        assert_eq!(host_of("http://0x7f.1:81/").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_of("https://A.Example./").as_deref(), Some("a.example"));
    }

    proptest! {
        #[test]
        fn an_address_beside_another_is_read_as_by_itself(
            known in "(http|https|ftp|HTTP)://(u@)?(shop\\.example|xn--kse-qla\\.example|127\\.1|\\[::1\\])(:81|:80)?(/a(/b)?(\\?q)?)?",
            path in "(/|\\.|%2e|\\\\|\t|\n| |\\?|#|@|:|//|x|é|;|[a-z0-9]{1,3}){0,8}",
            own in any::<bool>()
        ) {
            let known = Url::parse(&known).unwrap();
            let origin = &known[..Position::BeforePath];
            let address = if own { format!("{origin}/{path}") } else { format!("{origin}{path}") };
            prop_assert_eq!(parse_beside(&known, &address), Url::parse(&address).ok(), "{}", address);
            prop_assert_eq!(parse_beside(&known, &path), Url::parse(&path).ok());
        }

        #[test]
        fn canonical_addresses_stay_as_they_are(href in ".{0,60}") {
            if let Some(once) = spelt(&href) {
                let twice = spelt(&once);
                prop_assert_eq!(twice.as_ref(), Some(&once));
                prop_assert!(!once.contains('#'));
            }
        }

        #[test]
        fn made_up_addresses_too(
            href in "(http://shop.example\\.{0,2})?(/|;|\\.|%2[eEfF]|%[0-9a-f]{2}|%|jsessionid=|utm_a=1|sid=|a|B|7|&|\\?|=|é|\\\\){0,24}"
        ) {
            if let Some(once) = spelt(&href) {
                let twice = spelt(&once);
                prop_assert_eq!(twice.as_ref(), Some(&once));
            }
        }

        #[test]
        fn the_page_shown_is_the_same(path in "/[a-z]{1,6}", a in "[a-z0-9]{1,5}", b in "[a-z0-9]{1,5}") {
            // What an address asks for survives, in order, whatever stands between.
            let kept = format!("http://shop.example{path}?x={a}&x={b}");
            let noisy = format!("{path}?utm_source=1&x={a}&gclid=2&x={b}&fbclid=3#here");
            prop_assert_eq!(spelt(&noisy), Some(kept));
        }
    }
}
