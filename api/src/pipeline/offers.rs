//! From a page to its offers, normalized: what a crawl, saved pages, archives and the proof of evidence
//! share. Not here: fetching, archiving, storing.

use super::Pipeline;
use crawler::extract::{self, Extraction, Links};
use crawler::{Directives, Engine, SourceRead};
use model::{
    Capture, Country, Currency, Facts, Listing, Observation, Page, Rejection, RejectionReason, Rules, Source,
    SourceKind,
};
use serde::{Deserialize, Serialize};

impl Pipeline {
    /// Listings of one page, normalized: what the crawl and the replay of saved pages share.
    /// A product page (by the source's rules) without any listing is itself a rejection, and so is
    /// one that asks not to be indexed, by its header (`noindex`) or its own words: its offers are
    /// not kept. Of a saved page it is not asked, since whoever saved it chose it. Its links are found only
    /// where the crawl goes on from it.
    pub(super) fn read_page(
        &self,
        page: &Page,
        context: &PageContext,
        is_product: bool,
        asks: Option<Directives>,
        links: Links,
    ) -> (Option<Extraction>, Vec<Observation>, Vec<Rejection>) {
        let mut observations = Vec::new();
        let mut rejections = Vec::new();
        let reject = |reason, detail: String| Rejection {
            reason,
            detail,
            source_id: page.source_id.clone(),
            place: page.url.clone(),
            page_hash: Some(page.payload_hash),
            seen_at: page.fetched_at,
        };
        let read = match &context.special {
            Some(source) => crawler::read_source(source, page),
            None => crawler::decode::to_text(&page.body, page.content_type.as_deref()).map(|decoded| {
                let url = Some(page.url.as_str()).filter(|u| !u.is_empty());
                let page = match links {
                    Links::Followed => extract::offers(&decoded.text, url, &context.rules),
                    Links::Left => extract::offers_without_links(&decoded.text, url, &context.rules),
                };
                SourceRead { page, ..SourceRead::default() }
            }),
        };
        let SourceRead { page: extraction, problems, more_problems } = match read {
            Ok(read) => read,
            Err(error) => {
                rejections.push(reject(RejectionReason::UnreadablePage, error.to_string()));
                return (None, observations, rejections);
            }
        };
        for problem in problems {
            rejections.push(reject(RejectionReason::BadLine, problem.to_string()));
        }
        if more_problems > 0 {
            let detail = format!("{more_problems} further parts could not be read");
            rejections.push(reject(RejectionReason::BadLine, detail));
        }
        // Paths and robots' meta words are those of pages.
        let is_product = is_product || context.special.is_some();
        let asks = asks.filter(|_| context.special.is_none());
        if is_product && asks.is_some_and(|asks| asks.noindex || extraction.noindex) {
            rejections.push(reject(
                RejectionReason::NotIndexed,
                format!(
                    "the page asks not to be indexed; its offers ({}) are left out",
                    extraction.listings.len()
                ),
            ));
        } else if is_product {
            for listing in &extraction.listings {
                let capture = capture(page, context, listing, extraction.language.as_deref());
                match normalizer::normalize(listing, &capture, &context.facts, &self.knowledge) {
                    Ok(observation) => observations.push(observation),
                    Err(rejection) => rejections.push(rejection),
                }
            }
            // An interface's last answer has no items: that is how it ends.
            let ends = context.special.as_ref().is_some_and(|source| source.kind == SourceKind::Api);
            if extraction.listings.is_empty() && !ends {
                rejections.push(reject(
                    RejectionReason::NoListing,
                    "the page states no offer that can be read".into(),
                ));
            }
        }
        (Some(extraction), observations, rejections)
    }
}

/// What is known around a page apart from the page itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct PageContext {
    pub rules: Rules,
    pub facts: Facts,
    pub market: Option<Country>,
    pub currency: Option<Currency>,
    pub language: Option<String>,
    /// The source, where its answers are not pages. Not written down: the source's file is.
    #[serde(skip)]
    pub special: Option<Box<Source>>,
}

impl PageContext {
    pub fn of(source: &Source) -> Self {
        PageContext {
            rules: source.rules.clone(),
            facts: source.facts.clone(),
            market: Some(source.market),
            currency: source.currency,
            language: source.language.clone(),
            special: matches!(source.kind, SourceKind::Feed | SourceKind::Api)
                .then(|| Box::new(source.clone())),
        }
    }
}

/// The circumstances of a listing on an archived page.
fn capture(page: &Page, context: &PageContext, listing: &Listing, language: Option<&str>) -> Capture {
    let site = listing.url.as_deref().and_then(Engine::host_of).or_else(|| Engine::host_of(&page.url));
    Capture {
        source_id: page.source_id.clone(),
        site: site.unwrap_or_else(|| page.source_id.clone()),
        page_url: Some(page.url.clone()).filter(|u| !u.is_empty()),
        captured_at: page.fetched_at,
        page_hash: Some(page.payload_hash),
        archive: page.archive.clone(),
        market: context.market,
        default_currency: context.currency,
        language: language.map(str::to_owned).or_else(|| context.language.clone()),
    }
}
