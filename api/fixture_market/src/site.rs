//! A shop being built: its pages, and what its offers really are. Not how a page looks.

use crate::catalogue::Sector;
use crate::market::OfferFact;
use crate::reply::Reply;
use crate::world::{Offer, Shop};
use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use model::{Currency, HsCode};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::io::Write;

/// One shop's pages.
pub(crate) struct Site {
    pub shop: Shop,
    pub pages: BTreeMap<String, Reply>,
    pub facts: Vec<OfferFact>,
}

impl Site {
    pub(crate) fn new(shop: Shop) -> Site {
        Site { shop, pages: BTreeMap::new(), facts: Vec::new() }
    }
    /// Adds a page of HTML in UTF-8.
    pub(crate) fn html(&mut self, path: impl Into<String>, body: impl Into<Vec<u8>>) {
        self.pages.insert(path.into(), Reply::html(body));
    }
    /// Adds any answer.
    pub(crate) fn put(&mut self, path: impl Into<String>, reply: Reply) {
        self.pages.insert(path.into(), reply);
    }
    /// Absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.shop.host())
    }
    /// Records that an offer stands on a page.
    pub(crate) fn fact(&mut self, offer: &Offer, path: &str, accessory: bool) {
        let product = offer.product();
        let (Ok(hs), Ok(currency)) =
            (HsCode::parse(&product.goods().hs), self.shop.currency().parse::<Currency>())
        else {
            // The catalogue's tests hold every code and currency.
            return;
        };
        self.facts.push(OfferFact {
            host: self.shop.host().to_owned(),
            path: path.to_owned(),
            seller: offer.seller.clone(),
            hs,
            brand: product.entry.brand.clone(),
            model: product.model.clone(),
            gtin: product.gtin.clone(),
            condition: offer.condition,
            level: offer.level,
            price: offer.price,
            currency,
            unit: product.goods().unit,
            size: Decimal::new((offer.size * 1000.0).round() as i64, 3).normalize(),
            accessory,
            unit_price_eur: offer.unit_price_eur,
        });
    }
    /// A sitemap of some paths.
    pub(crate) fn sitemap(&self, paths: &[String], date: NaiveDate) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for path in paths {
            let url = self.url(path).replace('&', "&amp;");
            xml.push_str(&format!("  <url><loc>{url}</loc><lastmod>{date}</lastmod></url>\n"));
        }
        xml.push_str("</urlset>\n");
        xml
    }
    /// Paths that begin with a prefix, in order.
    pub(crate) fn paths_under(&self, prefix: &str) -> Vec<String> {
        self.pages.keys().filter(|p| p.starts_with(prefix)).cloned().collect()
    }
}

/// A gzip file of a text; the same bytes every time (no time stamp in the header).
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// A line of a list page: where it leads, what it says, the sector it belongs to.
pub(crate) struct Teaser {
    pub path: String,
    pub title: String,
    pub note: String,
    pub sector: Sector,
}
