//! secondround.example: a Canadian market for used and reconditioned goods. Pages are drawn by a
//! script from the state they embed. One item is listed at zero.

use crate::catalogue::Language;
use crate::html::{amount, esc, neighbours, slices, title};
use crate::reply::Reply;
use crate::site::{Site, Teaser};
use crate::world::{Offer, Shop, World};
use model::Condition;
use rust_decimal::Decimal;
use serde_json::json;

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::Secondround);
    let offers: Vec<&Offer> = world.of(Shop::Secondround).collect();
    let sectors: Vec<_> = crate::catalogue::Sector::ALL
        .into_iter()
        .filter(|s| offers.iter().any(|o| o.product().goods().sector == *s))
        .collect();
    let teasers: Vec<Teaser> = offers
        .iter()
        .map(|offer| Teaser {
            path: format!("/item/{}-{}", offer.id, offer.product().slug),
            title: title(offer),
            note: dollars(offer.price),
            sector: offer.product().goods().sector,
        })
        .collect();
    for (at, offer) in offers.iter().enumerate() {
        site.fact(offer, &teasers[at].path, false);
        let related: String = neighbours(&teasers, at)
            .iter()
            .map(|t| {
                format!("<a class=\"card\" href=\"{}\">{} <b>{}</b></a>\n", t.path, esc(&t.title), t.note)
            })
            .collect();
        let text = item_page(&site, offer, &teasers[at], &related);
        site.html(teasers[at].path.clone(), text);
    }
    for sector in &sectors {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == *sector).collect();
        for slice in slices(&items, 15) {
            let at = |n: usize| match n {
                1 => format!("/browse/{}", sector.slug()),
                n => format!("/browse/{}/{n}", sector.slug()),
            };
            let mut body = format!("<h1>Second-hand {}</h1>\n", esc(sector.title(Language::English)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<a class=\"card\" href=\"{}\">{} <b>{}</b></a>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note
                ));
            }
            if slice.number < slice.pages {
                body.push_str(&format!(
                    "<a class=\"next\" rel=\"next\" href=\"{}\">Next</a>",
                    at(slice.number + 1)
                ));
            }
            site.html(at(slice.number), page("Browse", "", &body));
        }
    }
    let doors: String = sectors
        .iter()
        .map(|s| format!("<a href=\"/browse/{}\">{}</a> ", s.slug(), esc(s.title(Language::English))))
        .collect();
    site.html(
        "/",
        page("Second Round", "", &format!("<h1>Everything gets a second round</h1>{doors}<a href=\"/item/9200-giveaway\">Giveaway</a> <a href=\"/item/9201-gone\">Gone</a> <a href=\"/messages\">Messages</a>")),
    );
    // A price of zero is no offer.
    let state = json!({"props":{"pageProps":{"product":{"sku":"SR-9200","name":"Ostremi N5 Smartphone 128 GB","brand":"Ostremi","price":"0.00","priceCurrency":"CAD","condition":"used","category":"Mobile phones","seller":{"name":"Giveaway Corner Inc."}}}}});
    site.html(
        "/item/9200-giveaway",
        page(
            "Giveaway",
            &script(&state.to_string()),
            "<h1>Ostremi N5 Smartphone 128 GB</h1><span class=\"price\">$0.00</span>",
        ),
    );
    site.put(
        "/robots.txt",
        Reply::text(200, "User-agent: *\nDisallow: /messages\nDisallow: /api/\nCrawl-delay: 0.01\n"),
    );
    site.put("/messages", Reply::text(200, "Not for robots.\n"));
    site
}

fn dollars(value: Decimal) -> String {
    let text = amount(value, ",", ".");
    format!("${}", text.strip_suffix(".00").unwrap_or(&text))
}

fn script(state: &str) -> String {
    // A script element ends at "</", whatever stands in a string.
    format!(
        "<script id=\"__NEXT_DATA__\" type=\"application/json\">{}</script>\n",
        state.replace("</", "<\\/")
    )
}

fn page(title: &str, state: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en-CA\"><head><meta charset=\"utf-8\"><title>{t} · Second Round</title></head>\n<body><div id=\"__next\"><header><a href=\"/\">Second Round</a> <a href=\"/messages\">Messages</a></header>\n<main>{body}</main>\n<footer>Buyer protection up to $500 on every item.</footer></div>\n{state}</body></html>\n",
        t = esc(title)
    )
}

fn item_page(site: &Site, offer: &Offer, teaser: &Teaser, related: &str) -> String {
    let product = offer.product();
    let goods = product.goods();
    let (code, word) = match offer.condition {
        Condition::New => ("new", "New"),
        Condition::Used => ("used", "Used"),
        Condition::Refurbished => ("refurbished", "Refurbished"),
        Condition::Damaged => ("damaged", "For parts"),
    };
    let mut item = json!({
        "sku": format!("SR-{}", offer.id),
        "name": teaser.title,
        "url": site.url(&teaser.path),
        "price": offer.price.to_string(),
        "priceCurrency": "CAD",
        "condition": code,
        "availability": if offer.in_stock { "InStock" } else { "SoldOut" },
        "category": goods.category(Language::English),
        "seller": { "name": offer.seller },
    });
    if let (Some(brand), Some(model), Some(gtin)) = (&product.entry.brand, &product.model, &product.gtin) {
        item["brand"] = json!(brand);
        item["model"] = json!(model);
        item["mpn"] = json!(model);
        item["gtin"] = json!(gtin);
    }
    let state = json!({
        "props": { "pageProps": { "product": item, "relatedIds": [offer.id + 1, offer.id + 2] } },
        "page": "/item/[id]", "buildId": "sr-2026",
    });
    let details = match &product.model {
        Some(model) => format!("<p>Model <span class=\"model\">{}</span></p>\n", esc(model)),
        None => String::new(),
    };
    let body = format!(
        "<p><a href=\"/browse/{slug}\">{sector}</a> / <span class=\"leaf\">{category}</span></p>\n<h1>{name}</h1>\n<p><span class=\"price\">{price}</span> <span class=\"badge\">{word}</span></p>\n{details}<p>Sold by <span class=\"seller\">{seller}</span></p>\n<section><h2>Similar items</h2>\n{related}</section>",
        slug = goods.sector.slug(),
        sector = esc(goods.sector.title(Language::English)),
        category = esc(goods.category(Language::English)),
        name = esc(&teaser.title),
        price = dollars(offer.price),
        seller = esc(&offer.seller),
    );
    page(&teaser.title, &script(&state.to_string()), &body)
}
