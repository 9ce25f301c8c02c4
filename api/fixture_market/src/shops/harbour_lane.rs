//! harbour-lane.example: an English marketplace. Many sellers to a page, told in JSON-LD; a
//! sitemap index with one part gzipped; a redirect and dead links. One of its pages is the page
//! that changes its price from run to run.

use crate::catalogue::{Language, Product, products};
use crate::html::{amount, esc, neighbours, slices, title};
use crate::reply::Reply;
use crate::site::{Site, Teaser, gzip};
use crate::world::{Offer, Shop, World, sectors_of};
use model::Condition;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// The goods whose page changes between runs.
const CHANGING: &str = "hair-dryer-rivotta-aria-2";

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::HarbourLane);
    let sold = world.by_product(Shop::HarbourLane);
    let nav: String = sectors_of(&sold)
        .iter()
        .map(|s| format!("<li><a href=\"/c/{}\">{}</a></li>", s.slug(), esc(s.title(Language::English))))
        .collect();
    let teasers: Vec<Teaser> = sold
        .iter()
        .map(|(p, offers)| Teaser {
            path: format!("/p/{}", products()[*p].slug),
            title: title(offers[0]),
            note: format!("{} offers", offers.len()),
            sector: products()[*p].goods().sector,
        })
        .collect();
    for (at, (p, offers)) in sold.iter().enumerate() {
        let path = teasers[at].path.clone();
        let changing = products()[*p].slug == CHANGING;
        let offers: Vec<Offer> = offers
            .iter()
            .enumerate()
            .map(|(i, offer)| {
                let mut offer = (*offer).clone();
                if changing && i == 0 {
                    offer.price += Decimal::new(i64::from(world.run % 50) * 40, 2);
                }
                offer
            })
            .collect();
        for offer in &offers {
            site.fact(offer, &path, false);
        }
        let related: String =
            neighbours(&sold, at).iter().map(|(p, offers)| related(&products()[*p], offers[0])).collect();
        let body = product_page(world, &products()[*p], &offers, &path, &related);
        let mut reply = Reply::html(page(&teasers[at].title, &nav, &body));
        if changing {
            reply.modified_second = world.run;
        }
        site.put(path, reply);
    }
    accessory(&mut site, world, &nav);
    categories(&mut site, &sold, &teasers, &nav);
    furniture(&mut site, world, &nav);
    site
}

fn page(title: &str, nav: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<title>{t} | Harbour Lane</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"stylesheet\" href=\"/static/shop.css\">\n</head>\n<body>\n<header><a class=\"logo\" href=\"/\">Harbour Lane</a>\n<form action=\"/search\"><input name=\"q\" placeholder=\"Search 40 sellers\"></form>\n<a href=\"/basket\">Basket</a> <a href=\"/account/login\">Sign in</a></header>\n<nav><ul>{nav}</ul></nav>\n<main>\n{body}\n</main>\n<footer><p>Free returns within 30 days. Spend over &pound;50.00 for free delivery.</p>\n<a href=\"/help/delivery\">Delivery</a></footer>\n</body>\n</html>\n",
        t = esc(title)
    )
}

fn pounds(value: Decimal) -> String {
    format!("&pound;{}", amount(value, ",", "."))
}

fn related(product: &Product, offer: &Offer) -> String {
    format!(
        "<li><a href=\"/p/{}\">{}</a> <span class=\"price\">from {}</span></li>\n",
        product.slug,
        esc(&title(offer)),
        pounds(offer.price)
    )
}

fn condition_term(condition: Condition) -> &'static str {
    match condition {
        Condition::New => "https://schema.org/NewCondition",
        Condition::Used => "https://schema.org/UsedCondition",
        Condition::Refurbished => "https://schema.org/RefurbishedCondition",
        Condition::Damaged => "https://schema.org/DamagedCondition",
    }
}

fn product_page(world: &World, product: &Product, offers: &[Offer], path: &str, related: &str) -> String {
    let goods = product.goods();
    let name = title(&offers[0]);
    let (sector, category) = (goods.sector.title(Language::English), goods.category(Language::English));
    let valid = world.date + chrono::Days::new(30);
    let data: Vec<Value> = offers
        .iter()
        .map(|offer| {
            json!({
                "@type": "Offer",
                "url": format!("http://harbour-lane.example{path}#offer-{}", offer.id),
                "price": offer.price.to_string(),
                "priceCurrency": "GBP",
                "priceValidUntil": valid.to_string(),
                "itemCondition": condition_term(offer.condition),
                "availability": if offer.in_stock { "https://schema.org/InStock" } else { "https://schema.org/BackOrder" },
                "seller": { "@type": "Organization", "name": offer.seller },
            })
        })
        .collect();
    let mut ld = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": name,
        "sku": format!("HL-{}", offers[0].id),
        "category": format!("{sector} > {category}"),
        "image": format!("http://harbour-lane.example/static/{}.jpg", product.slug),
        "description": description(product, &name),
        "offers": data,
    });
    if let (Some(brand), Some(model), Some(gtin)) = (&product.entry.brand, &product.model, &product.gtin) {
        ld["brand"] = json!({ "@type": "Brand", "name": brand });
        ld["model"] = json!(model);
        ld["mpn"] = json!(model);
        ld["gtin13"] = json!(gtin);
    }
    let rows: String = offers
        .iter()
        .map(|offer| {
            let was = offer
                .list_price
                .filter(|list| *list > offer.price)
                .map(|list| format!(" <s>{}</s>", pounds(list)))
                .unwrap_or_default();
            format!(
                "<tr id=\"offer-{}\"><td>{}</td><td>{}</td><td><b>{}</b>{was}</td><td><a rel=\"nofollow\" href=\"/basket?add={}\">Add to basket</a></td></tr>\n",
                offer.id,
                esc(&offer.seller),
                offer.condition,
                pounds(offer.price),
                offer.id
            )
        })
        .collect();
    // A script element ends at "</", whatever stands in a string.
    let ld = ld.to_string().replace("</", "<\\/");
    format!(
        "<script type=\"application/ld+json\">{ld}</script>\n<ol class=\"breadcrumb\"><li><a href=\"/\">Home</a></li><li><a href=\"/c/{slug}\">{sector}</a></li><li><a href=\"/c/{slug}#{key}\">{category}</a></li></ol>\n<h1>{h1}</h1>\n<p>{text}</p>\n<table class=\"offers\"><caption>{n} offers</caption>\n{rows}</table>\n<aside><h2>People also look at</h2><ul>\n{related}</ul></aside>",
        slug = goods.sector.slug(),
        key = goods.key,
        sector = esc(sector),
        category = esc(category),
        h1 = esc(&name),
        text = esc(&description(product, &name)),
        n = offers.len(),
    )
}

fn description(product: &Product, name: &str) -> String {
    match &product.entry.brand {
        Some(brand) => format!(
            "{name} by {brand}. Sold and sent by the sellers below; {brand} backs it with a two-year guarantee."
        ),
        None => format!("{name}. Unbranded goods, sold and sent by the sellers below."),
    }
}

/// An accessory that stands in the category of the goods it fits.
fn accessory(site: &mut Site, world: &World, nav: &str) {
    let path = "/p/case-for-ostremi-n5";
    let Some(phone) = world.of(Shop::HarbourLane).find(|o| o.product().slug == "phone-ostremi-n5") else {
        return;
    };
    let mut offer = phone.clone();
    offer.id = 9001;
    offer.price = Decimal::new(999, 2);
    offer.unit_price_eur = 11.6;
    let ld = json!({
        "@context": "https://schema.org", "@type": "Product",
        "name": "Silicone case for Ostremi N5", "sku": "HL-9001",
        "category": "Electronics > Mobile phones",
        "offers": { "@type": "Offer", "price": "9.99", "priceCurrency": "GBP",
            "itemCondition": "https://schema.org/NewCondition",
            "availability": "https://schema.org/InStock",
            "seller": { "@type": "Organization", "name": offer.seller } },
    });
    site.fact(&offer, path, true);
    site.html(
        path,
        page(
            "Silicone case for Ostremi N5",
            nav,
            &format!("<script type=\"application/ld+json\">{ld}</script>\n<h1>Silicone case for Ostremi N5</h1><p>Fits the Ostremi N5 smartphone. Phone not included.</p><p><b>&pound;9.99</b></p>"),
        ),
    );
}

fn categories(site: &mut Site, sold: &[(usize, Vec<&Offer>)], teasers: &[Teaser], nav: &str) {
    for sector in sectors_of(sold) {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == sector).collect();
        for slice in slices(&items, 12) {
            let path = |n: usize| match n {
                1 => format!("/c/{}", sector.slug()),
                n => format!("/c/{}?page={n}", sector.slug()),
            };
            let mut body =
                format!("<h1>{}</h1>\n<ul class=\"grid\">\n", esc(sector.title(Language::English)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<li><a href=\"{}\">{}</a> <small>{}</small></li>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note
                ));
            }
            body.push_str("</ul>\n<p class=\"pager\">");
            if slice.number > 1 {
                body.push_str(&format!("<a rel=\"prev\" href=\"{}\">Previous</a> ", path(slice.number - 1)));
            }
            if slice.number < slice.pages {
                body.push_str(&format!("<a rel=\"next\" href=\"{}\">Next</a>", path(slice.number + 1)));
            }
            body.push_str(&format!(
                "</p>\n<p><a href=\"/search?q=offers&amp;in={}\">Search in this department</a></p>",
                sector.slug()
            ));
            let body = page(sector.title(Language::English), nav, &body);
            site.html(path(slice.number), body);
        }
    }
}

/// Start page, sitemaps, robots.txt, what it disallows, the redirect and the dead links.
fn furniture(site: &mut Site, world: &World, nav: &str) {
    site.html(
        "/",
        page(
            "Harbour Lane, a marketplace of small sellers",
            nav,
            "<h1>Good things from small sellers</h1>\n<p>This week: <a href=\"/old/aria-hair-dryer\">the Aria hair dryer</a>, <a href=\"/p/case-for-ostremi-n5\">phone cases</a>, <a href=\"/p/withdrawn-kettle\">a kettle</a> and <a href=\"/p/sold-out-lamp\">a lamp</a>.</p>",
        ),
    );
    site.put("/old/aria-hair-dryer", Reply::moved(&format!("/p/{CHANGING}")));
    let categories = site.sitemap(&site.paths_under("/c/"), world.date);
    let mut paths = site.paths_under("/p/");
    paths.push("/p/sold-out-lamp".to_owned());
    let goods = site.sitemap(&paths, world.date);
    site.put("/sitemaps/departments.xml", Reply::page("application/xml", categories));
    site.put("/sitemaps/goods.xml.gz", Reply::page("application/gzip", gzip(&goods)));
    site.put(
        "/sitemap.xml",
        Reply::page(
            "application/xml",
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n  <sitemap><loc>http://harbour-lane.example/sitemaps/departments.xml</loc><lastmod>{d}</lastmod></sitemap>\n  <sitemap><loc>http://harbour-lane.example/sitemaps/goods.xml.gz</loc><lastmod>{d}</lastmod></sitemap>\n</sitemapindex>\n", d = world.date),
        ),
    );
    site.put(
        "/robots.txt",
        Reply::text(200, "# Harbour Lane\nUser-agent: *\nDisallow: /basket\nDisallow: /account/\nDisallow: /search\nAllow: /\nCrawl-delay: 0.02\n\nUser-agent: GreedyBot\nDisallow: /\n\nSitemap: http://harbour-lane.example/sitemap.xml\n"),
    );
    // Answered, so that a visitor who does not obey robots.txt is seen in the request log.
    for path in ["/basket", "/account/login", "/search"] {
        site.put(path, Reply::text(200, "Not for robots.\n"));
    }
    site.put("/static/shop.css", Reply::page("text/css", "body{font-family:sans-serif}\n"));
}
