//! Character references of HTML ("&euro;", "&#8364;", "&agrave;") left over in names and prices of
//! feeds, lists and embedded data. Markup itself is not read here.

use std::borrow::Cow;

/// Names of U+00A0 to U+00FF in order (HTML 4, Latin-1 entities).
#[rustfmt::skip]
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Other names that turn up in titles and prices (HTML 4, symbols and special characters).
#[rustfmt::skip]
const OTHERS: &[(&str, char)] = &[
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("dollar", '$'), ("percnt", '%'), ("comma", ','), ("period", '.'), ("num", '#'), ("lpar", '('), ("rpar", ')'), ("plus", '+'),
    ("euro", '€'), ("ndash", '–'), ("mdash", '—'), ("lsquo", '‘'), ("rsquo", '’'), ("sbquo", '‚'), ("ldquo", '“'), ("rdquo", '”'), ("bdquo", '„'), ("bull", '•'), ("hellip", '…'), ("trade", '™'),
    ("ensp", '\u{2002}'), ("emsp", '\u{2003}'), ("thinsp", '\u{2009}'), ("zwnj", '\u{200c}'), ("zwj", '\u{200d}'), ("lrm", '\u{200e}'), ("rlm", '\u{200f}'), ("minus", '−'), ("prime", '′'), ("Prime", '″'),
    ("OElig", 'Œ'), ("oelig", 'œ'), ("Scaron", 'Š'), ("scaron", 'š'), ("Yuml", 'Ÿ'), ("fnof", 'ƒ'), ("le", '≤'), ("ge", '≥'), ("ne", '≠'), ("asymp", '≈'), ("larr", '←'), ("rarr", '→'), ("reg", '®'),
    ("ccaron", 'č'), ("Ccaron", 'Č'), ("rcaron", 'ř'), ("ecaron", 'ě'), ("zcaron", 'ž'), ("Zcaron", 'Ž'), ("lstrok", 'ł'), ("Lstrok", 'Ł'), ("sacute", 'ś'), ("cacute", 'ć'), ("nacute", 'ń'), ("aogon", 'ą'), ("eogon", 'ę'), ("zdot", 'ż'), ("inodot", 'ı'), ("gbreve", 'ğ'), ("scedil", 'ş'), ("Idot", 'İ'),
];

/// Longest name known, and digits of the longest code point.
const LONGEST: usize = 8;

/// The character a reference stands for, without its ampersand and semicolon.
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // 128 to 159 are written by pages that mean Windows-1252; of those the euro is in use.
        return if code == 0x80 {
            Some('€')
        } else {
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())
        };
    }
    if let Some(at) = LATIN.iter().position(|known| *known == name) {
        return char::from_u32(0xa0 + at as u32);
    }
    OTHERS.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// The text with its character references replaced; twice where the ampersand itself was escaped
/// ("&amp;eacute;"). What is no known reference stays.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() || memchr::memchr(b';', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let once = replace(text);
    if once.contains('&') { Cow::Owned(replace(&once)) } else { Cow::Owned(once) }
}

fn replace(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let end = behind.bytes().take(LONGEST + 2).position(|b| b == b';');
        match end.and_then(|end| character(behind.get(..end)?).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &behind[end + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_by_name_and_number() {
        for (text, expected) in [
            ("M&amp;M&#39;s", "M&M's"),
            ("Prot&egrave;ge &agrave; l&rsquo;&eacute;cran", "Protège à l’écran"),
            ("12,50&nbsp;&euro;", "12,50\u{a0}€"),
            ("&#8364;5 &#x20AC;5 &#128;5", "€5 €5 €5"),
            ("Caf&amp;eacute;", "Café"),
            ("27&quot; monitor", "27\" monitor"),
            ("Black & White; red", "Black & White; red"),
            ("&unknown; &; & &#xZZ; &#0;", "&unknown; &; & &#xZZ; &#0;"),
            ("R&D", "R&D"),
        ] {
            assert_eq!(unescape(text), expected, "{text}");
        }
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "[&;#xa-z0-9é€ ]{0,40}") {
            let _ = unescape(&text);
        }
    }
}
