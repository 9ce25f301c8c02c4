//! From the text of a page to what it offers: listings in the page's own words, links, and what
//! the page says about itself.
//!
//! The walk: `quick_tree` builds the tree in one pass; a page it refuses, and one that a source has
//! selectors for, goes to html5ever (through scraper), with `guard` bounding hostile nesting. `tree`
//! reads either; `json_ld`, `microdata` and `rdfa` give values that `schema_org` reads; `open_graph`, `embedded_state`, `selectors` and
//! `visible` add theirs; `merge` decides. Not here: fetching, text encodings, parsing of numbers
//! and sizes (the normalizer's work).

mod agreement;
mod cards;
#[doc(hidden)]
pub mod confidence;
mod confidence_weights;
mod currencies;
mod element_kinds;
mod element_words;
mod embedded_state;
mod features;
mod flat;
mod guard;
mod json_ld;
mod json_value;
mod label_names;
mod labels;
mod lenient_json;
mod links;
mod measured;
mod merge;
mod microdata;
mod name_lists;
mod names;
#[doc(hidden)]
pub mod next_link;
mod next_link_weights;
mod next_link_words;
mod open_graph;
#[doc(hidden)]
pub mod price_rank;
mod price_text;
mod price_weights;
mod price_words;
mod quick_tree;
mod rdfa;
mod rows;
mod schema_offer;
mod schema_org;
mod schema_values;
mod selectors;
mod state_shops;
mod state_values;
mod strict_json;
mod terms;
mod text_signs;
mod tokens;
mod tree;
mod visible;
mod word_hash;

#[cfg(test)]
mod tests;

pub use links::Links;
pub(crate) use links::join;
#[doc(hidden)]
pub use measured::{PagerLinks, SeenPrice, extract_unmarked, pager_links, rough_price, seen_prices};
pub use selectors::invalid_selectors;
pub(crate) use selectors::set as set_field;
pub(crate) use terms::fold;

use crate::paths::path_matches;
use confidence::{Place, Signs};
use flat::Flat;
use labels::Keep;
use memchr::memmem;
use model::{Listing, Rules, Stated, Syntax};
use schema_org::Role;
use scraper::Html;
use tree::{Tree, attribute};
use url::Url;

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extraction {
    /// The offers; the first is the page's main product.
    pub listings: Vec<Listing>,
    /// Links to follow, in page order, each address once.
    pub links: Vec<Link>,
    /// News feeds (RSS, Atom) the page names, absolute, each once.
    pub feeds: Vec<String>,
    /// The page's own preferred address, absolute; [`crate::canonical`] says what to make of it.
    pub canonical: Option<String>,
    /// `<meta name="robots" content="noindex">` (or `none`).
    pub noindex: bool,
    /// `<meta name="robots" content="nofollow">` (or `none`).
    pub nofollow: bool,
    /// Language of the page (BCP 47), where it says so.
    pub language: Option<String>,
    /// The page's title.
    pub title: Option<String>,
    /// What the confidence of each listing was read from, for learning and measuring.
    #[doc(hidden)]
    pub signs: Vec<confidence::Signs>,
}

/// A link on a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// Absolute address (`http` or `https`), without fragment.
    pub url: String,
    /// Whether it leads to the next page of a list (`rel="next"`, or a pager's next link).
    pub rel_next: bool,
    /// Whether it is a numbered page of the list it stands on ("2", "3" in a pager).
    pub list_page: bool,
    /// Whether it says `rel="nofollow"`.
    pub nofollow: bool,
}

/// Reads a page. `url` is its address (links are resolved against it and `<base href>`); `rules`
/// are the source's selectors, [`Rules::default`] where there are none. Never fails: a page that
/// says nothing gives an empty [`Extraction`].
pub fn extract(html: &str, url: Option<&str>, rules: &Rules) -> Extraction {
    parse(html, url, rules, Keep::Attributes, Links::Followed)
}

/// The same, without [`Listing::attributes`] and [`Listing::images`]: what an observation has room for.
pub fn offers(html: &str, url: Option<&str>, rules: &Rules) -> Extraction {
    parse(html, url, rules, Keep::Fields, Links::Followed)
}

/// As [`extract`], without [`Extraction::links`]: for a page that is read for what it offers and leads
/// nowhere. Finding the links is a tenth of all work on most pages.
pub fn extract_without_links(html: &str, url: Option<&str>, rules: &Rules) -> Extraction {
    parse(html, url, rules, Keep::Attributes, Links::Left)
}

/// As [`offers`], without [`Extraction::links`].
pub fn offers_without_links(html: &str, url: Option<&str>, rules: &Rules) -> Extraction {
    parse(html, url, rules, Keep::Fields, Links::Left)
}

fn parse(html: &str, url: Option<&str>, rules: &Rules, keep: Keep, wanted: Links) -> Extraction {
    if !selectors::asked(rules)
        && rules.next.is_none()
        && let Ok(flat) = quick_tree::read(html)
    {
        let tree = Tree::new(&flat);
        let page = read(&tree, None, url, rules, keep, wanted);
        tree.give_back();
        flat.give_back();
        return page;
    }
    by_full_parser(html, url, rules, keep, wanted)
}

/// As [`extract`], on the tree of the full parser: what selectors and crooked pages need, and what
/// the quick tree is held to.
pub fn extract_by_full_parser(html: &str, url: Option<&str>, rules: &Rules) -> Extraction {
    by_full_parser(html, url, rules, Keep::Attributes, Links::Followed)
}

fn by_full_parser(html: &str, url: Option<&str>, rules: &Rules, keep: Keep, wanted: Links) -> Extraction {
    let html = Html::parse_document(&guard::bounded(html));
    let flat = Flat::of(&html);
    read(&Tree::new(&flat), Some(&html), url, rules, keep, wanted)
}

fn read(
    tree: &Tree<'_>,
    html: Option<&Html>,
    url: Option<&str>,
    rules: &Rules,
    keep: Keep,
    wanted: Links,
) -> Extraction {
    let address = url.and_then(|u| Url::parse(u).ok());
    let mut page = Extraction::default();
    let base = links::read(tree, address.as_ref(), &mut page, wanted);
    if let (Some(rule), Some(html), Links::Followed) = (&rules.next, html, wanted) {
        links::by_rule(html, rule, base.as_ref(), &mut page);
    }
    if may_hold_products(address.as_ref(), rules) {
        let ruled = html.map(|html| selectors::read(html, rules, address.as_ref())).unwrap_or_default();
        (page.listings, page.signs) =
            listings(ruled, tree, address.as_ref(), &page, keep).into_iter().unzip();
    }
    for (listing, signs) in page.listings.iter_mut().zip(&page.signs) {
        listing.confidence = confidence::confidence(signs);
        if keep == Keep::Fields {
            listing.attributes = Vec::new();
        }
        for words in [&mut listing.name, &mut listing.brand, &mut listing.seller].into_iter().flatten() {
            if words.text.contains('\u{a0}') {
                // Hard spaces part digits in prices; in a name they are spaces.
                words.text = fold(&words.text.replace('\u{a0}', " "));
            }
        }
        let pictures = std::mem::take(&mut listing.images);
        if keep == Keep::Attributes {
            for picture in pictures {
                selectors::add_image(&mut listing.images, picture, base.as_ref().or(address.as_ref()));
            }
        }
        listing.url = listing.url.take().and_then(|u| links::join(address.as_ref(), &u)).map(String::from);
        if listing.language.is_none() {
            listing.language.clone_from(&page.language);
        }
    }
    page
}

/// What the page calls itself, for telling its product from others.
fn own_names(tree: &Tree<'_>, tagged: Option<&String>, about: &Extraction) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(tagged.cloned());
    names.extend(about.title.clone());
    let heading =
        features::title(tree, &names).filter(|&id| tree.name(id) == "h1").map(|id| tree.text(id, 300));
    names.extend(heading);
    names
}

/// Whether the source's file lets this page be read for listings.
fn may_hold_products(url: Option<&Url>, rules: &Rules) -> bool {
    rules.product_paths.is_empty() || url.is_none_or(|u| path_matches(&rules.product_paths, u))
}

/// The score from which a visible price makes a page without markup and buy button a product page.
const PLAIN_PAGE: f64 = 7.0;

/// What the bytes of a page can hold; decides which readers run.
struct Holds {
    json_ld: bool,
    microdata: bool,
    rdfa: bool,
    state: bool,
}

impl Holds {
    fn of(tree: &Tree<'_>) -> Self {
        let mut holds = Holds { json_ld: false, microdata: false, rdfa: false, state: false };
        for (id, element) in tree.elements() {
            match element.name() {
                "script" => {
                    let ld = attribute(element, "type").is_some_and(|t| t.contains("json"));
                    holds.json_ld |= ld;
                    holds.state = holds.state
                        || tree.nodes[id + 1..tree.nodes[id].end]
                            .iter()
                            .any(|n| memmem::find(n.text.as_bytes(), b"rice").is_some());
                }
                _ => {
                    holds.microdata |= attribute(element, "itemscope").is_some();
                    holds.rdfa |= attribute(element, "typeof").is_some();
                }
            }
        }
        holds
    }
}

fn listings(
    ruled: selectors::ByRule,
    tree: &Tree<'_>,
    url: Option<&Url>,
    about: &Extraction,
    keep: Keep,
) -> Vec<(Listing, Signs)> {
    let holds = Holds::of(tree);
    let mut roots = Vec::new();
    if holds.json_ld {
        roots.extend(json_ld::roots(tree));
    }
    if holds.microdata {
        roots.extend(microdata::roots(tree));
    }
    if holds.rdfa {
        roots.extend(rdfa::roots(tree));
    }
    let markup = schema_org::read(&roots);
    let tags = open_graph::read(tree);

    let mut names = own_names(tree, tags.title.as_ref(), about);
    let main = merge::main_product(&markup, &names, url, about.canonical.as_deref());
    if let Some(name) = main.and_then(|m| markup.products[m].listing.name.as_ref()) {
        names.insert(0, name.text.clone());
    }

    let mut seen = visible::Page::new(tree, &names);

    // Witnesses for the main product, in order.
    let mut candidates: Vec<Listing> = Vec::new();
    let mut sellers: Vec<Listing> = Vec::new();
    // Variants marked up as products of one name: no one's number is the page's.
    let mut several_variants = false;
    let mut in_stock: Option<Stated> = None;
    if let Some(main) = main {
        let mut all = merge::of_product(&markup.products[main], Some(&seen));
        let first = all.remove(0);
        sellers = all;
        let name = first.name.as_ref().map(|n| terms::squeeze(&n.text));
        candidates.push(first);
        // The same product in another syntax, or split over several items.
        for (i, p) in markup.products.iter().enumerate() {
            let same = i != main
                && p.role <= Role::Free
                && match (&name, p.listing.name.as_ref()) {
                    (Some(a), Some(b)) => *a == terms::squeeze(&b.text),
                    _ => p.listing.name.is_none() && p.goods,
                };
            let own_sku = p.listing.sku.as_ref().map(|s| &s.text);
            if same
                && own_sku.is_some()
                && candidates[0].sku.as_ref().map(|s| &s.text) != own_sku
                && p.syntax == markup.products[main].syntax
            {
                several_variants = true;
                let term =
                    p.offers.iter().filter_map(|o| o.availability.clone()).find(|a| a.text == "InStock");
                in_stock = in_stock.or(term);
            }
            if same {
                candidates.extend(merge::of_product(p, Some(&seen)).into_iter().take(1));
            }
        }
        candidates.sort_by_key(witness_rank);
    }
    // A page whose markup names its product is no list, whatever cards stand beside it.
    let cards = if main.is_none() { cards::cards(&seen, url) } else { cards::Cards::default() };
    let list_page = main.is_none()
        && tags.listing.price.is_none()
        && !tags.is_product
        && cards.make_the_page(&seen, PLAIN_PAGE);
    let in_list: Vec<usize> = (0..markup.products.len())
        .filter(|&i| {
            Some(i) != main
                && matches!(markup.products[i].role, Role::InList | Role::Free)
                && merge::has_price(&markup.products[i])
        })
        .collect();

    if !ruled.rows.is_empty() {
        return judged(rows_with_context(ruled.rows, &candidates), Place::Listed, &seen);
    }
    if main.is_none()
        && ruled.fields.price.is_none()
        && (list_page
            || in_list.len() >= 2
            || in_list.iter().any(|&i| markup.products[i].role == Role::InList))
    {
        let from_markup: Vec<Listing> = in_list
            .iter()
            .filter_map(|&i| merge::of_product(&markup.products[i], None).into_iter().next())
            .collect();
        return if from_markup.len() >= cards.len() || !list_page {
            judged(from_markup, Place::Listed, &seen)
        } else {
            judged(cards.listings, Place::Card, &seen)
        };
    }

    let loose = markup.loose_offers.iter().find(|o| o.price.is_some()).cloned();
    candidates.extend(loose.filter(|_| markup.loose_offers.len() == 1));
    let product_tags = tags.listing.price.is_some() || tags.is_product || main.is_some();
    if product_tags {
        candidates.push(Listing { url: None, ..tags.listing.clone() });
    }
    let told = candidates.first().filter(|first| confirmed(first, &seen));
    let wanted = told.map_or(embedded_state::Wanted::Anything, |first| match first.gtin {
        Some(_) => embedded_state::Wanted::Nothing,
        None => embedded_state::Wanted::Codes,
    });
    let state =
        holds.state.then(|| embedded_state::read(tree, &names, url.map(Url::as_str), wanted)).flatten();
    let state = state.or_else(|| {
        let boxed = holds.state && told.is_none() && seen.buy.is_some();
        boxed.then(|| state_shops::price_box(tree)).flatten()
    });
    let has_state = state.is_some();
    candidates.extend(state);

    let mut listing = ruled.fields;
    for witness in &candidates {
        merge::fill(&mut listing, witness);
    }
    let others: Vec<&Listing> = candidates.iter().skip(1).collect();
    merge::settle_price(&mut listing, &others, &seen);

    // A visible price alone makes no product page unless it stands out like one.
    let plain = seen.best().is_some_and(|b| b.score >= PLAIN_PAGE && seen.title.is_some());
    let ruled_price = listing.price.as_ref().is_some_and(|p| p.witness.syntax != Syntax::Visible);
    let product_page =
        main.is_some() || product_tags || has_state || seen.buy.is_some() || ruled_price || plain;
    if !product_page {
        return Vec::new();
    }
    let variant_sku = several_variants.then(|| listing.sku.take()).flatten();
    if several_variants && let Some(sold) = in_stock {
        listing.availability = Some(sold);
    }
    complete(&mut listing, &mut seen, &markup, about, variant_sku, tags.site_name.as_deref(), url, keep);
    if listing.price.is_none() && main.is_none() && !tags.is_product && seen.buy.is_none() {
        return Vec::new();
    }
    listing.date = listing.date.take().or(markup.date.clone());
    listing.agreement = agreement::count(&listing, &candidates, &seen);
    let mut all = vec![listing];
    for mut seller in sellers {
        merge::fill_identity(&mut seller, &all[0]);
        all.push(seller);
    }
    if let Some(main) = main {
        let variants = markup.products.iter().filter(|p| p.group == Some(main) && merge::has_price(p));
        merge::add_variants(&mut all, variants, url);
    }
    if all.len() == 1 && seen.buy.is_some() {
        merge::add_variations(&mut all, state_shops::variations(tree));
    }
    all.extend(
        in_list
            .iter()
            .filter(|&&i| markup.products[i].role == Role::InList)
            .filter_map(|&i| merge::of_product(&markup.products[i], None).into_iter().next())
            .filter(|l| l.url.is_some()),
    );
    let mut judged: Vec<(Listing, Signs)> = Vec::with_capacity(all.len());
    for listing in all {
        let place = if judged.is_empty() { Place::Main } else { Place::Listed };
        let signs = confidence::signs(&listing, place, &seen, &candidates);
        judged.push((listing, signs));
    }
    judged
}

/// Listings of a kind with what speaks for each.
fn judged(listings: Vec<Listing>, place: Place, seen: &visible::Page<'_, '_>) -> Vec<(Listing, Signs)> {
    let judge = |listing: Listing| {
        let signs = confidence::signs(&listing, place, seen, &[]);
        (listing, signs)
    };
    listings.into_iter().map(judge).collect()
}

/// Whether markup says all that a page's scripts could add, and the page shows its price.
fn confirmed(first: &Listing, seen: &visible::Page<'_, '_>) -> bool {
    let price = merge::value(first.price.as_ref());
    price.is_some()
        && seen.best().is_some_and(|best| Some(best.value) == price)
        && first.currency.is_some()
        && first.name.is_some()
        && first.brand.is_some()
        && first.sku.is_some()
        && first.availability.is_some()
}

fn witness_rank(listing: &Listing) -> u8 {
    let syntax = [&listing.price, &listing.name, &listing.sku, &listing.brand]
        .into_iter()
        .flatten()
        .next()
        .map(|s| s.witness.syntax);
    match syntax {
        Some(Syntax::JsonLd) => 0,
        Some(Syntax::Microdata) => 1,
        Some(Syntax::Rdfa) => 2,
        _ => 3,
    }
}

/// What markup left open, from the visible page.
#[allow(clippy::too_many_arguments)]
fn complete(
    listing: &mut Listing,
    seen: &mut visible::Page<'_, '_>,
    markup: &schema_org::Markup,
    about: &Extraction,
    variant_sku: Option<Stated>,
    site: Option<&str>,
    url: Option<&Url>,
    keep: Keep,
) {
    let tree = seen.tree;
    let shown = |text: String, id| Stated::new(text, Syntax::Visible, rows::place(tree, id));
    let heading = seen.title.filter(|&id| tree.name(id).starts_with('h')).map(|id| (tree.text(id, 300), id));
    let heading_text = heading.as_ref().map(|(text, _)| text.as_str());
    listing.name = match listing.name.take() {
        Some(mut name) if name.witness.syntax == Syntax::OpenGraph => {
            name.text = names::without_shop(&name.text, heading_text, site, url);
            Some(name)
        }
        Some(name) => match heading.as_ref().filter(|(h, _)| names::cut_at_quote(&name.text, h).is_some()) {
            Some((whole, id)) if name.witness.syntax != Syntax::Rule => Some(shown(whole.clone(), *id)),
            _ => Some(name),
        },
        None => match (heading.clone(), seen.title) {
            (Some((text, id)), _) => Some(shown(text, id)),
            (None, Some(id)) if tree.text(id, 300).len() <= about.title.as_ref().map_or(300, String::len) => {
                Some(shown(tree.text(id, 300), id))
            }
            _ => about.title.as_deref().map(|t| {
                Stated::new(names::without_shop(t, heading_text, site, url), Syntax::Visible, "title")
            }),
        },
    };
    let breadcrumb =
        markup.breadcrumb.clone().or_else(|| seen.breadcrumb().map(|(text, id)| shown(text, id)));
    listing.category = breadcrumb.or(listing.category.take());
    if listing.availability.is_none()
        && let Some((term, id)) = seen.availability()
    {
        listing.availability = Some(shown(term.to_owned(), id));
    }
    let labels = labels::read(tree, &mut |id| seen.outside(id), keep);
    merge::fill(listing, &labels);
    if listing.brand.is_none()
        && let Some(title) = seen.title
    {
        let name = listing.name.as_ref().map_or("", |n| n.text.as_str());
        let name = format!("{name} {}", about.title.as_deref().unwrap_or_default());
        let found = names::brand(tree, title, &name, |id| seen.outside(id));
        listing.brand = found.map(|(text, id)| Stated::new(text, Syntax::Visible, rows::place(tree, id)));
    }
    // The article number of one variant stands for the product only if nothing else is stated.
    if let Some(sku) = variant_sku {
        listing.sku = listing.sku.take().or(Some(sku));
    }
    if listing.sku.is_none() {
        listing.sku = url.and_then(merge::number_in_address);
    }
    if listing.quantity_breaks.is_empty() {
        listing.quantity_breaks = rows::quantity_breaks(seen);
    }
    if listing.url.is_none() {
        listing.url.clone_from(&about.canonical);
    }
}

/// Rows of a page by rule: a row without a name offers the page's product.
fn rows_with_context(rows: Vec<Listing>, main: &[Listing]) -> Vec<Listing> {
    rows.into_iter()
        .map(|mut row| {
            if row.name.is_none() {
                for witness in main {
                    merge::fill_identity(&mut row, witness);
                }
            }
            row
        })
        .collect()
}
