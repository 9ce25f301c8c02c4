//! OpenGraph, product and Twitter meta tags. Says only what the tags say; a page that is no product
//! has a title too, so a listing stands on a price here.

use super::schema_values::{bare, payable};
use super::selectors::add_picture;
use super::terms::{availability_term, fold};
use super::tree::{Tree, attribute};
use model::{Listing, Stated, Syntax};

/// Labels and attributes kept.
const PARTS: usize = 20;

/// What the meta tags say.
#[derive(Default)]
pub(super) struct Tags {
    pub listing: Listing,
    /// `og:title`, whatever the page is.
    pub title: Option<String>,
    /// `og:type` names a product.
    pub is_product: bool,
    /// `og:site_name`.
    pub site_name: Option<String>,
}

/// Reads the page's meta tags.
pub(super) fn read(tree: &Tree<'_>) -> Tags {
    let mut tags = Tags::default();
    let mut labels: Vec<(String, String)> = Vec::new();
    let (mut weight_unit, mut shipping_currency) = (None, None);
    for (id, element) in tree.elements().filter(|(_, e)| e.name() == "meta") {
        let Some(key) = attribute(element, "property")
            .or_else(|| attribute(element, "name"))
            .or_else(|| attribute(element, "itemprop").filter(|k| k.contains(':')))
        else {
            continue;
        };
        let Some(content) = tree.attr(id, "content").or_else(|| tree.attr(id, "value")).map(fold) else {
            continue;
        };
        let key = key.trim().to_ascii_lowercase();
        // `<meta property="price">` without a prefix is RDFa.
        if attribute(element, "property").is_some() && !key.contains(':') {
            continue;
        }
        let l = &mut tags.listing;
        let set = |slot: &mut Option<Stated>| {
            if slot.is_none() {
                *slot = Some(Stated::new(content.clone(), Syntax::OpenGraph, format!("meta[{key}]")));
            }
        };
        match key.as_str() {
            "og:title" => {
                set(&mut l.name);
                tags.title.get_or_insert(content);
            }
            "og:site_name" => tags.site_name = Some(content),
            "og:type" => tags.is_product = content.to_ascii_lowercase().contains("product"),
            "og:description" => set(&mut l.description),
            "og:image" | "og:image:url" | "og:image:secure_url" | "twitter:image" | "twitter:image:src" => {
                add_picture(&mut l.images, &content, Syntax::OpenGraph, || format!("meta[{key}]"));
            }
            "og:url" => l.url = Some(content),
            // A sale price is what a buyer pays now.
            "product:sale_price:amount" | "og:sale_price:amount" | "product:sale_price" => {
                let regular = l.price.take();
                set(&mut l.price);
                l.list_price = l.list_price.take().or(regular);
            }
            "product:price:amount" | "og:price:amount" | "product:price" | "og:price" | "price" => {
                match &l.price {
                    Some(sale) if sale.witness.place.contains("sale") => set(&mut l.list_price),
                    _ => set(&mut l.price),
                }
            }
            "product:original_price:amount" | "og:price:standard_amount" | "product:original_price" => {
                set(&mut l.list_price)
            }
            "product:price:currency"
            | "og:price:currency"
            | "product:sale_price:currency"
            | "og:currency"
            | "currency"
            | "pricecurrency" => set(&mut l.currency),
            "product:availability" | "og:availability" | "availability" => {
                if let Some(term) = availability_term(&content) {
                    l.availability = Some(Stated::new(term, Syntax::OpenGraph, format!("meta[{key}]")));
                }
            }
            "product:brand" | "og:brand" | "brand" | "product:manufacturer" => set(&mut l.brand),
            "product:condition" | "og:condition" => {
                set(&mut l.condition);
            }
            "product:weight:value" | "product:weight" | "product:shipping_weight:value" => set(&mut l.weight),
            "product:weight:units" | "product:shipping_weight:units" => {
                weight_unit.get_or_insert(content);
            }
            "product:shipping_cost:amount" | "product:shipping_cost" => set(&mut l.shipping),
            "product:shipping_cost:currency" => {
                shipping_currency.get_or_insert(content);
            }
            "product:color" | "product:size" | "product:material" | "product:pattern" => {
                let name = key["product:".len()..].to_owned();
                if l.attributes.len() < PARTS && !l.attributes.iter().any(|(known, _)| *known == name) {
                    let place = format!("meta[{key}]");
                    l.attributes.push((name, Stated::new(content, Syntax::OpenGraph, place)));
                }
            }
            "product:expiration_time" | "product:sale_price_dates:end" => set(&mut l.valid_until),
            "article:modified_time" | "og:updated_time" | "article:published_time" | "datemodified" => {
                set(&mut l.date);
            }
            "product:retailer_item_id" | "product:retailer_part_no" | "og:sku" | "product:sku" | "sku" => {
                set(&mut l.sku)
            }
            "product:mfr_part_no" | "product:mpn" | "og:mpn" => set(&mut l.mpn),
            "product:ean" | "og:ean" | "product:gtin" | "og:gtin" | "og:upc" | "product:upc"
            | "product:isbn" | "og:isbn" | "product:gtin13" => set(&mut l.gtin),
            "product:category" | "og:category" => set(&mut l.category),
            _ if labels.len() < PARTS
                && (key.starts_with("twitter:label") || key.starts_with("twitter:data")) =>
            {
                labels.push((key, content));
            }
            _ => {}
        }
    }
    for (key, label) in &labels {
        let Some(number) = key.strip_prefix("twitter:label") else { continue };
        let Some((_, value)) = labels.iter().find(|(k, _)| k.strip_prefix("twitter:data") == Some(number))
        else {
            continue;
        };
        let stated = Stated::new(value.clone(), Syntax::OpenGraph, format!("meta[twitter:data{number}]"));
        let low = label.to_lowercase();
        let l = &mut tags.listing;
        if ["price", "preis", "prix", "precio", "preço", "prezzo", "prijs", "pris", "cena"]
            .iter()
            .any(|w| low.contains(w))
        {
            l.price = l.price.take().or(Some(stated));
        } else if low.contains("availab") || low.contains("stock") {
            if let Some(term) = availability_term(value) {
                l.availability = l.availability.take().or(Some(Stated { text: term.to_owned(), ..stated }));
            }
        } else if low == "brand" || low == "marke" || low == "marque" || low == "marca" {
            l.brand = l.brand.take().or(Some(stated));
        }
    }
    for (field, unit) in
        [(&mut tags.listing.weight, weight_unit), (&mut tags.listing.shipping, shipping_currency)]
    {
        if let (Some(stated), Some(unit)) = (field, unit)
            && stated.text.ends_with(|c: char| c.is_ascii_digit())
        {
            stated.text = format!("{} {unit}", stated.text);
        }
    }
    tags.listing.price = tags.listing.price.take().and_then(payable);
    tags.listing.list_price = tags.listing.list_price.take().and_then(payable);
    tags.listing.condition = tags.listing.condition.take().map(bare);
    tags
}
