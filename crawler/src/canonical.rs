//! Whether a page is only a second view of another address of its source, as its
//! `<link rel="canonical">` says, and whether to believe it. Spelling of addresses is
//! [`crate::address`]'s; nothing is fetched here.
//!
//! Sites err in a few well-known ways: every page names the home page, every page of a list names
//! the first, a product names its category, staging hosts and shop systems name another host. A
//! page that is wrongly taken for a copy is an offer lost or filed elsewhere, while a copy that is
//! taken for a page costs one request. So all doubt counts for the page.

use crate::address;
use crate::paging::{Step, step};
use crate::paths::LinkRules;
use url::Url;

/// Canonical links followed from one address: more are a site's mistake.
const LONGEST_CHAIN: usize = 5;

/// What a page's canonical address is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanonicalUse {
    /// The page stands for itself.
    Own(Own),
    /// The page is a view of another address: its offers are filed there, and that address need
    /// not be visited for itself.
    ViewOf {
        /// The address, canonical in spelling.
        address: String,
        /// In what the two addresses differ.
        differs: Differs,
    },
}

/// Why a page stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Own {
    /// It names no canonical address.
    NotNamed,
    /// It names its own.
    Itself,
    /// What it names is no address of a page.
    NoAddress,
    /// What it names is on another host.
    OtherHost,
    /// What it names does not belong to the source.
    OutOfScope,
    /// A page below the root names the home page: a template's mistake.
    HomePage,
    /// A later page of a list names the list: its offers are others than those of the first page.
    LaterPage,
    /// A page names one that its path stands below and that is no product by the source's rules,
    /// or a product names something else: a category instead of the product.
    OtherKind,
    /// The canonical links lead in a circle, or on and on.
    Chain,
}

impl Own {
    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Own::NotNamed => "the page names no canonical address",
            Own::Itself => "the page is its own canonical address",
            Own::NoAddress => "the canonical link is no address of a page",
            Own::OtherHost => "the canonical link leads to another host",
            Own::OutOfScope => "the canonical address is outside the source's scope",
            Own::HomePage => "the canonical link of a page names the home page",
            Own::LaterPage => "the canonical link of a later page of a list names another page of it",
            Own::OtherKind => "the canonical link names a page of another kind",
            Own::Chain => "the canonical links of several pages lead in a circle or too far",
        }
    }
}

/// In what the address of a view differs from the canonical one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Differs {
    /// Only in scheme, `www.` or a slash at the end.
    Spelling,
    /// In the query: sorting, filters, where the visitor comes from; perhaps a variant.
    Query,
    /// In the path: another category's way to the product; perhaps a variant.
    Path,
}

/// What is known around a page.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The link rules of the source.
    pub rules: &'a LinkRules,
    /// Whether an address belongs to the source (`Engine::in_scope`).
    pub in_scope: &'a dyn Fn(&str) -> bool,
    /// What a page already seen names as canonical, if that is known; for chains.
    pub named_by: &'a dyn Fn(&str) -> Option<String>,
}

/// Decides what the canonical address of a page is used for. `page` is the address it was fetched
/// under, `named` what its `<link rel="canonical">` says, absolute
/// ([`Extraction::canonical`](crate::extract::Extraction::canonical)).
pub fn decide(page: &str, named: Option<&str>, known: Known<'_>) -> CanonicalUse {
    let Some(named) = named.map(str::trim).filter(|named| !named.is_empty()) else {
        return CanonicalUse::Own(Own::NotNamed);
    };
    let read = |text: &str| Url::parse(text).ok().and_then(address::canonical);
    let (Some(own), Some(mut target)) = (read(page), read(named)) else {
        return CanonicalUse::Own(Own::NoAddress);
    };
    if own == target {
        return CanonicalUse::Own(Own::Itself);
    }
    let mut differs = match judge(&own, &target, known) {
        Ok(differs) => differs,
        Err(reason) => return CanonicalUse::Own(reason),
    };
    for _ in 0..LONGEST_CHAIN {
        let next = (known.named_by)(target.as_str()).as_deref().and_then(read);
        let Some(next) = next.filter(|next| *next != target) else {
            return CanonicalUse::ViewOf { address: String::from(target), differs };
        };
        if next == own {
            return CanonicalUse::Own(Own::Chain);
        }
        // The target may err as the page itself may: then the chain ends at the target.
        if judge(&target, &next, known).is_err() {
            return CanonicalUse::ViewOf { address: String::from(target), differs };
        }
        match judge(&own, &next, known) {
            Ok(new) => differs = new,
            Err(_) => return CanonicalUse::ViewOf { address: String::from(target), differs },
        }
        target = next;
    }
    CanonicalUse::Own(Own::Chain)
}

fn judge(own: &Url, target: &Url, known: Known<'_>) -> Result<Differs, Own> {
    let differs = match step(own, target) {
        Step::OtherHost => return Err(Own::OtherHost),
        Step::Same => Differs::Spelling,
        Step::Number(number) if number.counts_pages => return Err(Own::LaterPage),
        _ if own.path() == target.path() => Differs::Query,
        _ => Differs::Path,
    };
    if !(known.in_scope)(target.as_str()) {
        return Err(Own::OutOfScope);
    }
    if differs != Differs::Path {
        return Ok(differs);
    }
    if is_home(target) && !is_home(own) {
        return Err(Own::HomePage);
    }
    // By the source's rules a product and a list are not each other's view.
    if known.rules.role_of_address(own) != known.rules.role_of_address(target) {
        return Err(Own::OtherKind);
    }
    // Without a rule that says otherwise, /kitchen/ is no other name of /kitchen/teapots/tp-7, but
    // /item/7 is one of /item/7/blue-teapot: a number tells a thing from a category.
    let below = own.path().strip_prefix(target.path().trim_end_matches('/'));
    let above = below.is_some_and(|rest| rest.starts_with('/'));
    let numbered = target.path().bytes().any(|b| b.is_ascii_digit());
    if above && !numbered && !known.rules.is_product(target) {
        return Err(Own::OtherKind);
    }
    Ok(differs)
}

/// The home page, also where it bears the name of a language or a file.
fn is_home(url: &Url) -> bool {
    let path = url.path().trim_matches('/').to_ascii_lowercase();
    let language = path.len() == 2 || (path.len() == 5 && matches!(path.as_bytes()[2], b'-' | b'_'));
    url.query().is_none()
        && (path.is_empty()
            || (language && path.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_')))
            || ["index.html", "index.htm", "index.php", "default.aspx", "home"].contains(&path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Rules;
    use proptest::prelude::*;

    fn told(page: &str, named: &str, products: &[&str], chain: &[(&str, &str)]) -> String {
        let absolute = |path: &str| {
            if path.starts_with('/') { format!("https://shop.example{path}") } else { path.to_owned() }
        };
        let product_paths = products.iter().map(|p| (*p).to_owned()).collect();
        let rules = LinkRules::new(&Rules { product_paths, ..Rules::default() });
        let named_by =
            |url: &str| chain.iter().find(|(from, _)| absolute(from) == url).map(|(_, to)| absolute(to));
        let in_scope = |url: &str| !url.contains("/private");
        let known = Known { rules: &rules, in_scope: &in_scope, named_by: &named_by };
        match decide(&absolute(page), Some(&absolute(named)), known) {
            CanonicalUse::Own(reason) => format!("{reason:?}"),
            CanonicalUse::ViewOf { address, differs } => {
                format!("{} {differs:?}", address.replacen("https://shop.example", "", 1))
            }
        }
    }

    #[test]
    fn second_views_are_filed_under_the_first() {
        for (page, named, wanted) in [
            ("/item/7?color=red", "/item/7", "/item/7 Query"),
            ("/item/7?utm_source=x&ref=2", "/item/7?ref=1", "/item/7?ref=1 Query"),
            ("/item/7/", "/item/7", "/item/7 Spelling"),
            ("http://www.shop.example/item/7", "/item/7", "/item/7 Spelling"),
            ("/kitchen/teapot-7.html", "/teapot-7.html", "/teapot-7.html Path"),
            ("/item/7/blue-teapot", "/item/7", "/item/7 Path"),
            ("/list?sort=price", "/list", "/list Query"),
            ("/list?sort=price&page=2", "/list?page=2", "/list?page=2 Query"),
        ] {
            assert_eq!(told(page, named, &[], &[]), wanted, "{page} {named}");
        }
    }

    #[test]
    fn well_known_mistakes_are_not_believed() {
        for (page, named, wanted) in [
            ("/item/7", "/item/7#top", "Itself"),
            ("/item/7?gclid=1", "/item/7", "Itself"),
            ("/item/7", "mailto:a@b.example", "NoAddress"),
            ("/item/7", "https://other.example/item/7", "OtherHost"),
            ("/item/7", "/private/7", "OutOfScope"),
            ("/item/7", "/", "HomePage"),
            ("/item/7", "/de/", "HomePage"),
            ("/item/7", "/index.html", "HomePage"),
            ("/list?page=2", "/list", "LaterPage"),
            ("/list?page=2", "/list?page=1", "LaterPage"),
            ("/list/page/3/", "/list/", "LaterPage"),
            ("/list?start=20&sort=a", "/list", "LaterPage"),
            ("/kitchen/teapots/blue", "/kitchen/", "OtherKind"),
        ] {
            assert_eq!(told(page, named, &[], &[]), wanted, "{page} {named}");
        }
        assert_eq!(told("/p/7", "/teapots", &["/p/"], &[]), "OtherKind");
        assert_eq!(told("/sale/7", "/p/7", &["/p/"], &[]), "OtherKind");
        assert_eq!(told("/p/7/blue", "/p/7", &["/p/"], &[]), "/p/7 Path");
        let rules = LinkRules::default();
        let known = Known { rules: &rules, in_scope: &|_| true, named_by: &|_| None };
        assert_eq!(decide("https://a.example/", None, known), CanonicalUse::Own(Own::NotNamed));
        assert_eq!(decide("https://a.example/", Some(" "), known), CanonicalUse::Own(Own::NotNamed));
    }

    #[test]
    fn chains_are_followed_to_their_end_and_circles_are_not() {
        let chain = [("/b-2", "/c-3"), ("/c-3", "/c-3")];
        assert_eq!(told("/a-1", "/b-2", &[], &chain), "/c-3 Path");
        assert_eq!(told("/a-1", "/b-2", &[], &[("/b-2", "/a-1")]), "Chain");
        assert_eq!(told("/a-1", "/b-2", &[], &[("/b-2", "/c-3"), ("/c-3", "/b-2")]), "Chain");
        // The second page's mistake is not the first one's.
        assert_eq!(told("/a-1", "/b-2", &[], &[("/b-2", "/")]), "/b-2 Path");
        assert_eq!(told("/a-1", "/b-2", &[], &[("/b-2", "https://other.example/")]), "/b-2 Path");
        let long: Vec<(String, String)> =
            (0..9).map(|i| (format!("/x-{i}y"), format!("/x-{}y", i + 1))).collect();
        let long: Vec<(&str, &str)> = long.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(told("/a", "/x-0y", &[], &long), "Chain");
    }

    proptest! {
        #[test]
        fn a_view_is_never_a_view_of_itself(page in "/a[a-c0-2/?=p&.-]{0,8}", named in "/a[a-c0-2/?=p&.-]{0,8}") {
            let answer = told(&page, &named, &[], &[]);
            let own = address::canonical_url("https://shop.example/", &page).unwrap();
            let own = own.replacen("https://shop.example", "", 1);
            let same = [format!("{own} Query"), format!("{own} Path"), format!("{own} Spelling")];
            prop_assert!(!same.contains(&answer), "{}", answer);
        }
    }
}
