//! skladowy.example: a Polish shop, one offer to a page, described in OpenGraph only. Offers with
//! a smallest order are for the trade and carry an English title beside the Polish one.

use crate::catalogue::{Language, products};
use crate::html::{amount, contents, esc, neighbours, slices, title};
use crate::reply::Reply;
use crate::site::{Site, Teaser};
use crate::world::{Offer, Shop, World};
use model::{CommercialLevel, Condition};
use rust_decimal::Decimal;

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::Skladowy);
    let offers: Vec<&Offer> = world.of(Shop::Skladowy).collect();
    let sectors: Vec<_> = crate::catalogue::Sector::ALL
        .into_iter()
        .filter(|s| offers.iter().any(|o| o.product().goods().sector == *s))
        .collect();
    let nav: String = sectors
        .iter()
        .map(|s| format!("<a href=\"/dzial/{}\">{}</a> ", s.slug(), esc(s.title(Language::Polish))))
        .collect();
    let teasers: Vec<Teaser> = offers
        .iter()
        .map(|offer| Teaser {
            path: format!("/produkt/{}-{}", products()[offer.product].slug, offer.id),
            title: full_title(offer),
            note: zloty(offer.price),
            sector: offer.product().goods().sector,
        })
        .collect();
    for (at, offer) in offers.iter().enumerate() {
        site.fact(offer, &teasers[at].path, false);
        let related: String = neighbours(&teasers, at)
            .iter()
            .map(|t| format!("<li><a href=\"{}\">{}</a> – {}</li>\n", t.path, esc(&t.title), t.note))
            .collect();
        let text = product_page(&site, offer, &teasers[at], &nav, &related);
        site.html(teasers[at].path.clone(), text);
    }
    for sector in sectors {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == sector).collect();
        for slice in slices(&items, 25) {
            let at = |n: usize| match n {
                1 => format!("/dzial/{}", sector.slug()),
                n => format!("/dzial/{}?strona={n}", sector.slug()),
            };
            let mut body = format!("<h1>{}</h1>\n", esc(sector.title(Language::Polish)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<article><a href=\"{}\">{}</a> <em>{}</em></article>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note
                ));
            }
            if slice.number < slice.pages {
                body.push_str(&format!(
                    "<a rel=\"next\" href=\"{}\">następna strona</a>",
                    at(slice.number + 1)
                ));
            }
            let text = page(sector.title(Language::Polish), "", &nav, &body);
            site.html(at(slice.number), text);
        }
    }
    let start = page(
        "Składowy",
        "<meta property=\"og:type\" content=\"website\">\n",
        &nav,
        "<h1>Składowy: dla domu i dla firmy</h1><p>Dostawa od 12,99 zł. <a href=\"/produkt/wycofany-9999\">Wycofane</a> <a href=\"/koszyk\">Koszyk</a></p>",
    );
    site.html("/", start);
    let map = site.sitemap(&site.paths_under("/produkt/"), world.date);
    site.put("/mapa.xml", Reply::page("application/xml", map));
    site.put(
        "/robots.txt",
        Reply::text(200, "User-agent: *\nDisallow: /koszyk\nDisallow: /*?sortuj=\nCrawl-delay: 0.015\nSitemap: http://skladowy.example/mapa.xml\n"),
    );
    site.put("/koszyk", Reply::text(200, "Nie dla robotów.\n"));
    site
}

/// Polish title; in wholesale with the English trade name behind it.
fn full_title(offer: &Offer) -> String {
    match offer.level {
        CommercialLevel::Retail => title(offer),
        CommercialLevel::Wholesale => {
            let product = offer.product();
            let english = product.goods().name(Language::English);
            format!("{} / {english}", title(offer))
        }
    }
}

fn zloty(value: Decimal) -> String {
    format!("{} zł", amount(value, " ", ","))
}

fn page(title: &str, head: &str, nav: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"pl\" prefix=\"og: https://ogp.me/ns# product: https://ogp.me/ns/product#\">\n<head>\n<meta charset=\"UTF-8\">\n<title>{t} - Składowy</title>\n{head}</head>\n<body>\n<header><a href=\"/\">Składowy</a> <a href=\"/koszyk\">Koszyk</a></header>\n<nav>{nav}</nav>\n<main>{body}</main>\n<footer>Ceny zawierają VAT, w hurcie netto. Bezpłatna dostawa od 199,00 zł.</footer>\n</body>\n</html>\n",
        t = esc(title)
    )
}

fn product_page(site: &Site, offer: &Offer, teaser: &Teaser, nav: &str, related: &str) -> String {
    let product = offer.product();
    let goods = product.goods();
    let condition = match offer.condition {
        Condition::New => "new",
        Condition::Used => "used",
        Condition::Refurbished => "refurbished",
        Condition::Damaged => "damaged",
    };
    let mut head = format!(
        "<meta property=\"og:type\" content=\"product\">\n<meta property=\"og:title\" content=\"{t}\">\n<meta property=\"og:url\" content=\"{url}\">\n<meta property=\"og:locale\" content=\"pl_PL\">\n<meta property=\"product:price:amount\" content=\"{price}\">\n<meta property=\"product:price:currency\" content=\"PLN\">\n<meta property=\"product:condition\" content=\"{condition}\">\n<meta property=\"product:availability\" content=\"{stock}\">\n<meta property=\"product:retailer_item_id\" content=\"SK{id}\">\n",
        t = esc(&teaser.title),
        url = site.url(&teaser.path),
        price = offer.price,
        stock = if offer.in_stock { "in stock" } else { "out of stock" },
        id = offer.id,
    );
    let mut details = String::new();
    if let (Some(brand), Some(model), Some(gtin)) = (&product.entry.brand, &product.model, &product.gtin) {
        head.push_str(&format!(
            "<meta property=\"product:brand\" content=\"{}\">\n<meta property=\"product:mfr_part_no\" content=\"{}\">\n",
            esc(brand),
            esc(model)
        ));
        details.push_str(&format!(
            "<li>Model: <span class=\"model\">{}</span></li><li>EAN: <span class=\"ean\">{gtin}</span></li>",
            esc(model)
        ));
    }
    if let Some(contents) = contents(offer) {
        details.push_str(&format!("<li>Zawartość: <span class=\"zawartosc\">{contents}</span></li>"));
    }
    let minimum = if offer.min_order > 1 {
        format!(
            "<p class=\"min-zam\">Minimalne zamówienie: <b>{}</b> szt. Cena netto za sztukę lub opakowanie.</p>",
            offer.min_order
        )
    } else {
        String::new()
    };
    let body = format!(
        "<ul class=\"okruszki\"><li><a href=\"/\">Start</a></li><li><a href=\"/dzial/{slug}\">{sector}</a></li><li class=\"kategoria\">{category}</li></ul>\n<h1>{name}</h1>\n<p class=\"cena\">{price}</p>\n<p class=\"sprzedawca\">Sprzedawca: <a>{seller}</a></p>\n{minimum}\n<ul class=\"parametry\">{details}</ul>\n<h2>Zobacz też</h2><ul class=\"inne\">\n{related}</ul>",
        slug = goods.sector.slug(),
        sector = esc(goods.sector.title(Language::Polish)),
        category = esc(goods.category(Language::Polish)),
        name = esc(&teaser.title),
        price = zloty(offer.price),
        seller = esc(&offer.seller),
    );
    page(&teaser.title, &head, nav, &body)
}
