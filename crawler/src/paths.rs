//! Path patterns of a source file, and what a link is to a source by them: a product, a list, the
//! next page of a list, or something else. Only addresses: which links a page has is `extract`'s,
//! which are followed and when is the caller's.

use crate::extract::Link;
use crate::robots;
use model::Rules;
use url::{Position, Url};

/// Patterns of paths: each the beginning of a path with its query, `*` for any characters and a
/// last `$` for the end, as in robots.txt. Upper and lower case differ; escapes are compared as
/// the characters they stand for, so that `/käse/` means `/k%C3%A4se/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathRules {
    patterns: Vec<Vec<u8>>,
}

impl PathRules {
    /// Patterns as the source file writes them.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> PathRules {
        let read = |pattern: &S| robots::comparable(pattern.as_ref().as_bytes());
        PathRules { patterns: patterns.iter().map(read).collect() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether one of them fits the path and query of an address; without any pattern none does.
    pub fn matches(&self, url: &Url) -> bool {
        self.matches_path(&url[Position::BeforePath..Position::AfterQuery])
    }

    /// The same for a path with its query: `/search?q=tea`.
    pub fn matches_path(&self, path_and_query: &str) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let path = path_and_query.as_bytes();
        if memchr::memchr(b'%', path).is_none() && path.is_ascii() {
            return self.patterns.iter().any(|pattern| robots::glob(pattern, path));
        }
        let path = robots::comparable(path);
        self.patterns.iter().any(|pattern| robots::glob(pattern, &path))
    }
}

/// Whether one of the patterns fits an address; see [`PathRules`], which reads them only once.
pub fn path_matches<S: AsRef<str>>(patterns: &[S], url: &Url) -> bool {
    !patterns.is_empty() && PathRules::new(patterns).matches(url)
}

/// What a pattern of a source file lacks to be one; `None` where nothing.
pub fn pattern_mistake(pattern: &str) -> Option<&'static str> {
    if !pattern.starts_with(['/', '*']) {
        return Some("is not the beginning of a path");
    }
    if pattern.contains(['#', ' ']) || pattern.chars().any(char::is_control) {
        return Some("holds a character that no path has");
    }
    let inner = pattern.strip_suffix('$').unwrap_or(pattern);
    if inner.contains('$') {
        return Some("has a $ before its end");
    }
    if inner.bytes().filter(|&b| b == b'*').count() > 10 {
        return Some("has more than ten wildcards");
    }
    None
}

/// What a link is to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkRole {
    /// The next page of the list it stands on.
    Next,
    /// A product page by `rules.product_paths`.
    Product,
    /// A list page by `rules.category_paths`, or a numbered page of the list it stands on.
    List,
    /// Anything else.
    Other,
}

/// The link rules of a source, read once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkRules {
    products: PathRules,
    lists: PathRules,
}

impl LinkRules {
    /// The rules of a source file.
    pub fn new(rules: &Rules) -> LinkRules {
        LinkRules {
            products: PathRules::new(&rules.product_paths),
            lists: PathRules::new(&rules.category_paths),
        }
    }

    /// Whether a page of this address is read for offers: by `product_paths`, and any page where
    /// there are none.
    pub fn may_hold_products(&self, url: &Url) -> bool {
        self.products.is_empty() || self.products.matches(url)
    }

    /// Whether `product_paths` say that this is a product page; without any, nothing is known.
    pub fn is_product(&self, url: &Url) -> bool {
        self.products.matches(url)
    }

    /// What an address is by its path alone: a start page, an entry of a sitemap or feed. Where a
    /// path is both, the longer way of saying so is the product's: product pages often stand below
    /// their list.
    pub fn role_of_address(&self, url: &Url) -> LinkRole {
        if self.products.matches(url) {
            LinkRole::Product
        } else if self.lists.matches(url) {
            LinkRole::List
        } else {
            LinkRole::Other
        }
    }

    /// What a link on a page is. A next link is one whatever its path.
    pub fn role(&self, link: &Link) -> LinkRole {
        if link.rel_next {
            return LinkRole::Next;
        }
        // Without patterns no address says anything.
        if self.products.is_empty() && self.lists.is_empty() && !link.list_page {
            return LinkRole::Other;
        }
        match Url::parse(&link.url).map(|url| self.role_of_address(&url)) {
            Ok(LinkRole::Other) if link.list_page => LinkRole::List,
            Ok(role) => role,
            Err(_) => LinkRole::Other,
        }
    }

    /// Whether a link of this role is followed at all: with `category_paths`, only products, lists
    /// and next pages are.
    pub fn follows(&self, role: LinkRole) -> bool {
        self.lists.is_empty() || role != LinkRole::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, url: &str) -> bool {
        path_matches(&[pattern], &Url::parse(url).unwrap())
    }

    #[test]
    fn patterns_are_read_as_in_robots_txt() {
        for (pattern, path, wanted) in [
            ("/item/", "/item/7", true),
            ("/item/", "/items/7", false),
            ("/item/", "/Item/7", false),
            ("/*/dp/", "/tea-pot/dp/B0", true),
            ("/*/dp/", "/dp/B0", false),
            ("/p/*.html$", "/p/tea.html", true),
            ("/p/*.html$", "/p/tea.html?ref=1", false),
            ("/p/*.html", "/p/tea.html?ref=1", true),
            ("/search?", "/search?q=tea", true),
            ("/search?", "/searching", false),
            ("*?sort=", "/kitchen?sort=price", true),
            ("/käse/", "/k%C3%A4se/1", true),
            ("/k%c3%a4se/", "/käse/1", true),
            ("/~shop/", "/%7Eshop/1", true),
            ("/a%2Fb", "/a/b", false),
        ] {
            assert_eq!(fits(pattern, &format!("https://shop.example{path}")), wanted, "{pattern} {path}");
        }
        assert!(!path_matches::<&str>(&[], &Url::parse("https://shop.example/").unwrap()));
    }

    #[test]
    fn mistakes_in_patterns_are_named() {
        for good in ["/", "/a/*/b$", "*?sort=", "/käse"] {
            assert_eq!(pattern_mistake(good), None, "{good}");
        }
        for bad in ["", "a/", "https://a.example/b", "/a#b", "/a b", "/a$b", "/*a*a*a*a*a*a*a*a*a*a*a"] {
            assert!(pattern_mistake(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_link_is_a_product_a_list_a_next_page_or_something_else() {
        let rules = LinkRules::new(&Rules {
            product_paths: vec!["/*/p-".into()],
            category_paths: vec!["/kitchen".into(), "/garden/".into()],
            ..Rules::default()
        });
        let role = |url: &str, next: bool, page: bool| {
            let url = format!("https://shop.example{url}");
            rules.role(&Link { url, rel_next: next, list_page: page, nofollow: false })
        };
        assert_eq!(role("/kitchen/p-7", false, false), LinkRole::Product);
        assert_eq!(role("/kitchen?page=2", false, false), LinkRole::List);
        assert_eq!(role("/kitchen?page=2", true, false), LinkRole::Next);
        assert_eq!(role("/sale/2", true, false), LinkRole::Next);
        assert_eq!(role("/sale/3", false, true), LinkRole::List);
        assert_eq!(role("/imprint", false, false), LinkRole::Other);
        assert!(rules.follows(LinkRole::Next) && rules.follows(LinkRole::List));
        assert!(!rules.follows(LinkRole::Other));
        assert!(LinkRules::default().follows(LinkRole::Other));
        let page = Url::parse("https://shop.example/imprint").unwrap();
        assert!(LinkRules::default().may_hold_products(&page) && !rules.may_hold_products(&page));
    }

    proptest! {
        #[test]
        fn a_path_fits_itself_and_what_it_begins(path in "/[a-z%/é?=.-]{0,20}", more in "[a-z/]{0,5}") {
            let rules = PathRules::new(&[&path]);
            prop_assert!(rules.matches_path(&path));
            let longer = format!("{path}{more}");
            // An escape that only the two together make is another character.
            if !path.contains('%') {
                prop_assert!(rules.matches_path(&longer));
            }
        }
    }
}
