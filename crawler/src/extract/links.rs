//! Links, canonical address, robots meta, language and title of a page.

use super::terms::fold;
use super::tree::{Id, Tree};
use super::{Extraction, Link};
use std::collections::HashMap;
use url::Url;

/// Links kept of one page.
const LINKS: usize = 20_000;
/// Longest address that is followed.
const LONGEST: usize = 2_000;

/// Words that name the next page of a list, as a whole text or title.
const NEXT: &[&str] = &[
    "next",
    "next page",
    "next »",
    "next ›",
    "next >",
    "next→",
    "next →",
    "older posts",
    "weiter",
    "nächste",
    "nächste seite",
    "vor",
    "suivant",
    "suivante",
    "page suivante",
    "siguiente",
    "página siguiente",
    "próxima",
    "próximo",
    "seguinte",
    "proxima",
    "avanti",
    "successiva",
    "successivo",
    "pagina successiva",
    "volgende",
    "volgende pagina",
    "nästa",
    "næste",
    "neste",
    "seuraava",
    "następna",
    "następny",
    "další",
    "ďalší",
    "ďalšia",
    "következő",
    "următoarea",
    "следующая",
    "следующая страница",
    "вперед",
    "далее",
    "наступна",
    "επόμενη",
    "sonraki",
    "berikutnya",
    "次へ",
    "次のページ",
    "次ページ",
    "下一页",
    "下一頁",
    "다음",
    "›",
    "»",
    "→",
    ">",
    ">>",
    "הבא",
    "التالي",
];

/// Fills everything but the listings.
pub(super) fn read(tree: &Tree<'_>, url: Option<&Url>, page: &mut Extraction) {
    let mut base = url.cloned();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut based = false;
    for (id, element) in tree.elements() {
        match element.name() {
            "html" => {
                page.language = tree.attr(id, "lang").or_else(|| tree.attr(id, "xml:lang")).map(language)
            }
            "base" if !based => {
                if let Some(joined) = tree.attr(id, "href").and_then(|h| join(base.as_ref(), h)) {
                    base = Some(joined);
                    based = true;
                }
            }
            "title" if page.title.is_none() && !tree.ancestors(id).any(|a| tree.name(a) == "svg") => {
                page.title = Some(fold(&tree.raw_text(id))).filter(|t| !t.is_empty());
            }
            "meta" => meta(tree, id, page),
            "link" => {
                let rel = tree.attr(id, "rel").unwrap_or_default().to_ascii_lowercase();
                let target = || tree.attr(id, "href").and_then(|h| join(base.as_ref(), h));
                if rel.split_ascii_whitespace().any(|r| r == "canonical") && page.canonical.is_none() {
                    page.canonical = target().map(String::from);
                } else if rel.split_ascii_whitespace().any(|r| r == "next")
                    && let Some(target) = target()
                {
                    add(page, &mut known, target, true, false);
                }
            }
            "a" | "area" => {
                let Some(href) = tree.attr(id, "href") else { continue };
                if href.starts_with('#') || href.len() > LONGEST {
                    continue;
                }
                let Some(target) = join(base.as_ref(), href) else { continue };
                let rel = tree.attr(id, "rel").unwrap_or_default().to_ascii_lowercase();
                let says = |word: &str| rel.split_ascii_whitespace().any(|r| r == word);
                let next = says("next") || (element.name() == "a" && is_next(tree, id));
                add(page, &mut known, target, next, says("nofollow"));
            }
            _ => {}
        }
    }
}

fn language(code: &str) -> String {
    code.replace('_', "-")
}

fn meta(tree: &Tree<'_>, id: Id, page: &mut Extraction) {
    let Some(content) = tree.attr(id, "content") else { return };
    let key =
        tree.attr(id, "name").or_else(|| tree.attr(id, "property")).or_else(|| tree.attr(id, "http-equiv"));
    match key.map(str::to_ascii_lowercase).as_deref() {
        Some("robots") => {
            for word in content.to_ascii_lowercase().split([',', ' ']) {
                page.noindex |= matches!(word, "noindex" | "none");
                page.nofollow |= matches!(word, "nofollow" | "none");
            }
        }
        Some("content-language" | "language" | "og:locale") if page.language.is_none() => {
            let code = content.split([',', ' ']).next().unwrap_or_default();
            if (2..=10).contains(&code.len()) {
                page.language = Some(language(code));
            }
        }
        _ => {}
    }
}

/// An absolute http address without fragment.
pub(super) fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let mut target = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    if !matches!(target.scheme(), "http" | "https") || target.as_str().len() > LONGEST {
        return None;
    }
    target.set_fragment(None);
    Some(target)
}

fn add(
    page: &mut Extraction,
    known: &mut HashMap<String, usize>,
    target: Url,
    rel_next: bool,
    nofollow: bool,
) {
    let url = String::from(target);
    match known.get(&url) {
        // One followable occurrence makes the address followable.
        Some(&at) => {
            page.links[at].rel_next |= rel_next;
            page.links[at].nofollow &= nofollow;
        }
        None if page.links.len() < LINKS => {
            known.insert(url.clone(), page.links.len());
            page.links.push(Link { url, rel_next, nofollow, list_page: false });
        }
        None => {}
    }
}

/// Whether a link reads as "next page": its text, title or label is one of the words, or its class
/// says so within a pager.
fn is_next(tree: &Tree<'_>, id: Id) -> bool {
    if tree.nodes[id].end - id > 12 {
        return false;
    }
    let word = |text: &str| {
        let low = text.trim().to_lowercase();
        NEXT.contains(&low.as_str())
    };
    let text = tree.text(id, 40);
    let symbol = text.chars().all(|c| !c.is_alphanumeric());
    let named = tree.attr(id, "title").is_some_and(word)
        || tree.attr(id, "aria-label").is_some_and(word)
        || word(&text);
    let pager = || {
        std::iter::once(id).chain(tree.ancestors(id).take(4)).any(|a| {
            let names =
                [tree.attr(a, "class"), tree.attr(a, "id"), tree.attr(a, "role"), tree.attr(a, "aria-label")];
            names.into_iter().flatten().any(|n| {
                let n = n.to_ascii_lowercase();
                n.contains("pag") || n.contains("next")
            })
        })
    };
    if named && !text.is_empty() && !symbol {
        return true;
    }
    let class_next = std::iter::once(id)
        .chain(tree.ancestors(id).take(1))
        .any(|a| tree.attr(a, "class").is_some_and(|c| super::terms::name_words(c).any(|w| w == "next")));
    (named || class_next) && pager() && text.parse::<u32>().is_err()
}
