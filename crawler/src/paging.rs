//! How two addresses differ as pages of one list do: by one number. Only addresses; whether a
//! link is a pager's is `extract::next_link`'s to judge, from this and what stands around it.

use url::Url;

/// Names of parameters and path parts that count the pages of a list.
const NAMES: &[&str] = &[
    "p",
    "pg",
    "page",
    "pages",
    "paged",
    "pageno",
    "pagenum",
    "pagenumber",
    "pageindex",
    "pageid",
    "pag",
    "pagina",
    "pagine",
    "pagination",
    "paging",
    "seite",
    "start",
    "startindex",
    "from",
    "offset",
    "skip",
    "begin",
    "first",
    "index",
    "idx",
    "strona",
    "sida",
    "side",
    "sivu",
    "stranka",
    "strana",
    "oldal",
    "sayfa",
    "str",
    "po",
    "cp",
    "pn",
    "pno",
    "curpage",
    "currentpage",
    "page_no",
    "page_num",
    "page_number",
    "seqno",
    "list",
    "cpage",
];
/// Longest difference between the paths of two pages of a list: `/category-page-`.
const LONGEST_WORDS: usize = 16;
/// Largest number that counts pages or entries.
const LARGEST: u32 = 999_999;

/// How one leads from an address to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The same page, but for fragment, scheme, `www.`, a last slash and an empty query.
    Same,
    /// One number differs.
    Number(Number),
    /// The same path, another query.
    Query,
    /// Another page of the host.
    Elsewhere,
    /// Another host.
    OtherHost,
}

/// The number that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    /// What stands before it, or its parameter: two links with the same name count the same thing.
    pub name: String,
    /// The number in the first address; none where the part is not there.
    pub from: Option<u32>,
    /// The number in the second.
    pub to: Option<u32>,
    /// Whether the name is one that counts pages.
    pub counts_pages: bool,
    /// Whether nothing else differs.
    pub alone: bool,
}

impl Number {
    /// Pages forward; the first page bears no number, so one without counts as page 1, or as
    /// entry 0 where the other number is larger than a second page's.
    pub(crate) fn forward(&self) -> i64 {
        let value = |number: Option<u32>, other: Option<u32>| match (number, other) {
            (Some(number), _) => i64::from(number),
            (None, Some(other)) if other <= 1 => 0,
            (None, _) => 1,
        };
        value(self.to, self.from) - value(self.from, self.to)
    }
}

/// Compares the addresses of two pages.
pub(crate) fn step(from: &Url, to: &Url) -> Step {
    let host = |url: &Url| url.host_str().map(|h| h.trim_start_matches("www.").to_owned());
    if host(from) != host(to) || from.port() != to.port() {
        return Step::OtherHost;
    }
    let (here, there) = (bare(from.path()), bare(to.path()));
    let (mut asked, mut asks) = (parameters(from), parameters(to));
    // What both ask for says nothing; the same parameter may stand in another order.
    asked.retain(|pair| match asks.iter().position(|other| other == pair) {
        Some(at) => {
            asks.remove(at);
            false
        }
        None => true,
    });
    if here == there {
        return match (asked.is_empty(), asks.is_empty()) {
            (true, true) => Step::Same,
            _ => in_query(&asked, &asks).map_or(Step::Query, Step::Number),
        };
    }
    let mut number = match in_path(here, there) {
        Some(number) => number,
        None => return Step::Elsewhere,
    };
    number.alone = asked.is_empty() && asks.is_empty();
    Step::Number(number)
}

fn bare(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

fn parameters(url: &Url) -> Vec<(&str, &str)> {
    let parts = url.query().unwrap_or_default().split('&').filter(|p| !p.is_empty()).take(64);
    parts.map(|p| p.split_once('=').unwrap_or((p, ""))).collect()
}

fn number(text: &str) -> Option<u32> {
    let plain = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| plain && *n <= LARGEST)
}

/// The parameter that counts, among those in which two queries differ.
fn in_query(asked: &[(&str, &str)], asks: &[(&str, &str)]) -> Option<Number> {
    let value = |list: &[(&str, &str)], name: &str| {
        list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let mut found: Option<Number> = None;
    let mut names: Vec<&str> = asked.iter().chain(asks).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    for name in &names {
        let (from, to) = (value(asked, name), value(asks, name));
        let (from_number, to_number) = (from.as_deref().and_then(number), to.as_deref().and_then(number));
        // A value that is there and is no number is not counted.
        if (from.is_some() && from_number.is_none()) || (to.is_some() && to_number.is_none()) {
            continue;
        }
        let counts_pages = counts_pages(name);
        if found.as_ref().is_none_or(|known| counts_pages && !known.counts_pages) {
            found = Some(Number {
                name: (*name).to_owned(),
                from: from_number,
                to: to_number,
                counts_pages,
                alone: names.len() == 1,
            });
        }
    }
    found
}

/// The number in which two paths differ: `/list_48_2.html` and `/list_48_3.html`, `/blog` and
/// `/blog/page/2`.
fn in_path(here: &str, there: &str) -> Option<Number> {
    let (a, b) = (here.as_bytes(), there.as_bytes());
    let shared = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    // Back to the beginning of a number that both begin alike: 1 and 12.
    let mut begin = shared;
    while begin > 0 && a[begin - 1].is_ascii_digit() {
        begin -= 1;
    }
    let mut tail = a[begin..].iter().rev().zip(b[begin..].iter().rev()).take_while(|(x, y)| x == y).count();
    while tail > 0 && a[a.len() - tail].is_ascii_digit() {
        tail -= 1;
    }
    let middle =
        |path: &'_ [u8]| std::str::from_utf8(&path[begin..path.len() - tail]).ok().map(str::to_owned);
    let (from, to) = (middle(a)?, middle(b)?);
    let split = |text: &str| -> Option<(String, Option<u32>)> {
        let Some(at) = text.find(|c: char| c.is_ascii_digit()) else {
            return Some((text.to_owned(), None));
        };
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        let after = &text[at + digits..];
        if after.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        Some((format!("{}#{after}", &text[..at]), Some(number(&text[at..at + digits])?)))
    };
    let ((from_words, from_number), (to_words, to_number)) = (split(&from)?, split(&to)?);
    let words = match (from_number, to_number) {
        (Some(_), Some(_)) if from_words == to_words => &to_words,
        (None, Some(_)) if from_words.is_empty() => &to_words,
        (Some(_), None) if to_words.is_empty() => &from_words,
        // `/blog.html` and `/blog/page/2.html`, `/x/index.html` and `/x/index_2.html` have no such.
        _ => return None,
    };
    if words.len() > LONGEST_WORDS {
        return None;
    }
    // The last word before the number, which may stand in what both share.
    let before = format!("{}{}", &here[..begin], words.split('#').next().unwrap_or_default());
    let name = before.trim_end_matches(['/', '-', '_', '.', '=', ',', ':', '~', '+']);
    let name =
        name.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_lowercase();
    let counts = counts_pages(&name);
    let wordless = !words.bytes().any(|b| b.is_ascii_alphabetic());
    if !wordless && !counts && (from_number.is_none() || to_number.is_none()) {
        // `/tea` and `/teapot-2` are no pages of one list.
        return None;
    }
    let name = format!("{}|{}", name, &here[..begin]);
    Some(Number { name, from: from_number, to: to_number, counts_pages: counts, alone: true })
}

/// Whether a name counts pages: `page`, `paged`, `gallery_page`, `pageNumber`, `PAGEN_1`.
fn counts_pages(name: &str) -> bool {
    let low = name.to_ascii_lowercase();
    let known = |word: &str| NAMES.contains(&word);
    known(&low)
        || low.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().is_some_and(known)
        || (low.contains("page")
            && !low.contains("size")
            && !low.contains("perpage")
            && !low.contains("per_page"))
        || low.ends_with("offset")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(from: &str, to: &str) -> String {
        let url = |path: &str| Url::parse("http://a.example/").unwrap().join(path).unwrap();
        match step(&url(from), &url(to)) {
            Step::Number(n) => {
                let all = if n.alone { "" } else { " with more" };
                let pages = if n.counts_pages { "" } else { " unnamed" };
                format!("{:?} to {:?}: {}{pages}{all}", n.from, n.to, n.forward())
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn pages_of_a_list_differ_by_a_number() {
        for (from, to, wanted) in [
            ("/blog/", "/blog/page/2/", "None to Some(2): 1"),
            ("/blog/page/2/", "/blog", "Some(2) to None: -1"),
            ("/page/9", "/page/10", "Some(9) to Some(10): 1"),
            ("/page/1", "/page/12", "Some(1) to Some(12): 11"),
            ("/l_48_2.html", "/l_48_3.html", "Some(2) to Some(3): 1 unnamed"),
            ("/shop/tea", "/shop/tea/2", "None to Some(2): 1 unnamed"),
            ("/forum/", "/forum/index2.html", "None to Some(2): 1"),
            ("/t?p=1&s=x", "/t?s=x&p=2", "Some(1) to Some(2): 1"),
            ("/t?s=x", "/t?s=x&page=1", "None to Some(1): 1"),
            ("/t", "/t?start=20", "None to Some(20): 19"),
            ("/t?start=20", "/t?start=10&limit=10", "Some(20) to Some(10): -10 with more"),
            ("/t?id=7", "/t?id=8", "Some(7) to Some(8): 1 unnamed"),
            ("/t?sort=a", "/t?sort=b", "Query"),
            ("/t", "/t/#x", "Same"),
            ("/tea", "/teapot-2", "Elsewhere"),
            ("/tea", "/coffee", "Elsewhere"),
            ("/tea", "http://b.example/tea", "OtherHost"),
        ] {
            assert_eq!(told(from, to), wanted, "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn any_two_addresses_are_compared(a in "[a-z0-9/é%?=&_-]{0,20}", b in "[a-z0-9/é%?=&_-]{0,20}") {
            let url = |path: &str| Url::parse("http://a.example/").unwrap().join(path).ok();
            if let (Some(a), Some(b)) = (url(&a), url(&b)) {
                prop_assert_eq!(step(&a, &a), Step::Same);
                // The way back is the way there.
                if let (Step::Number(there), Step::Number(back)) = (step(&a, &b), step(&b, &a)) {
                    prop_assert_eq!((there.from, there.to), (back.to, back.from));
                }
            }
        }
    }
}
