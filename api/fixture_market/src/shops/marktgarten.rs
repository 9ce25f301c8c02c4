//! marktgarten.example: a German shop with several sellers to a page, in microdata with German
//! numbers. One page is in windows-1252, one article has its price on request.

use crate::catalogue::{Language, Product, products};
use crate::html::{amount, esc, neighbours, slices, title};
use crate::reply::Reply;
use crate::site::{Site, Teaser};
use crate::world::{Offer, Shop, World, sectors_of};
use model::Condition;
use rust_decimal::Decimal;

/// The page that is still in the encoding of the shop's first software.
const OLD_ENCODING: &str = "knife-brundor-k-20";

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::Marktgarten);
    let sold = world.by_product(Shop::Marktgarten);
    let nav: String = sectors_of(&sold)
        .iter()
        .map(|s| format!("<a href=\"/kategorie/{}\">{}</a> ", s.slug(), esc(s.title(Language::German))))
        .collect();
    let teasers: Vec<Teaser> = sold
        .iter()
        .map(|(p, offers)| Teaser {
            path: format!("/artikel/{}", products()[*p].slug),
            title: title(offers[0]),
            note: offers
                .iter()
                .map(|o| o.price)
                .min()
                .map(|lowest| format!("ab {}", euros(lowest)))
                .unwrap_or_default(),
            sector: products()[*p].goods().sector,
        })
        .collect();
    for (at, (p, offers)) in sold.iter().enumerate() {
        let product = &products()[*p];
        let path = &teasers[at].path;
        for offer in offers {
            site.fact(offer, path, false);
        }
        let related: String = neighbours(&teasers, at)
            .iter()
            .map(|t| {
                format!(
                    "<li><a href=\"{}\">{}</a> <span class=\"preis\">{}</span></li>\n",
                    t.path,
                    esc(&t.title),
                    t.note
                )
            })
            .collect();
        let old = product.slug == OLD_ENCODING;
        let text = page(
            &teasers[at].title,
            &nav,
            &article(product, offers, &related),
            if old { "windows-1252" } else { "utf-8" },
        );
        if old {
            let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
            site.put(path.clone(), Reply::page("text/html", bytes.into_owned()));
        } else {
            site.html(path.clone(), text);
        }
    }
    for sector in sectors_of(&sold) {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == sector).collect();
        for slice in slices(&items, 10) {
            let at = |n: usize| match n {
                1 => format!("/kategorie/{}", sector.slug()),
                n => format!("/kategorie/{}/seite-{n}", sector.slug()),
            };
            let mut body = format!("<h1>{}</h1>\n", esc(sector.title(Language::German)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<div class=\"kachel\"><a href=\"{}\">{}</a><br>{}</div>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note
                ));
            }
            body.push_str("<p class=\"seiten\">");
            for n in 1..=slice.pages {
                let rel = if n == slice.number + 1 { " rel=\"next\"" } else { "" };
                body.push_str(&format!("<a{rel} href=\"{}\">{n}</a> ", at(n)));
            }
            body.push_str("</p>");
            let text = page(sector.title(Language::German), &nav, &body, "utf-8");
            site.html(at(slice.number), text);
        }
    }
    furniture(&mut site, world, &nav);
    site
}

fn euros(value: Decimal) -> String {
    format!("{} €", amount(value, ".", ","))
}

fn page(title: &str, nav: &str, body: &str, charset: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"de\">\n<head>\n<meta charset=\"{charset}\">\n<title>{t} – Marktgarten</title>\n</head>\n<body>\n<header><a href=\"/\">Marktgarten</a> <a href=\"/warenkorb\">Warenkorb (0)</a></header>\n<nav>{nav}</nav>\n<main>\n{body}\n</main>\n<footer>Alle Preise inkl. MwSt., zzgl. Versand ab 4,95 €. <a href=\"/impressum\">Impressum</a></footer>\n</body>\n</html>\n",
        t = esc(title)
    )
}

fn article(product: &Product, offers: &[&Offer], related: &str) -> String {
    let goods = product.goods();
    let sector = goods.sector.title(Language::German);
    let category = goods.category(Language::German);
    let name = title(offers[0]);
    let mut head = String::new();
    if let (Some(brand), Some(model), Some(gtin)) = (&product.entry.brand, &product.model, &product.gtin) {
        head = format!(
            "<p>Marke: <span itemprop=\"brand\" itemscope itemtype=\"https://schema.org/Brand\"><span itemprop=\"name\">{}</span></span> · Modell: <span itemprop=\"model\">{m}</span> · Herstellernr.: <span itemprop=\"mpn\">{m}</span> · EAN: <span itemprop=\"gtin13\">{gtin}</span></p>\n",
            esc(brand),
            m = esc(model)
        );
    }
    let rows: String = offers
        .iter()
        .map(|offer| {
            let (term, word) = match offer.condition {
                Condition::New => ("NewCondition", "Neu"),
                Condition::Used => ("UsedCondition", "Gebraucht"),
                Condition::Refurbished => ("RefurbishedCondition", "Generalüberholt"),
                Condition::Damaged => ("DamagedCondition", "Defekt"),
            };
            let stock = if offer.in_stock { "InStock" } else { "OutOfStock" };
            let was = offer
                .list_price
                .filter(|list| *list > offer.price)
                .map(|list| format!("<del>UVP {}</del> ", euros(list)))
                .unwrap_or_default();
            format!(
                "<div class=\"angebot\" itemprop=\"offers\" itemscope itemtype=\"https://schema.org/Offer\">\n<span itemprop=\"seller\" itemscope itemtype=\"https://schema.org/Organization\"><span itemprop=\"name\">{}</span></span>\n{was}<span itemprop=\"price\">{}</span> <span itemprop=\"priceCurrency\" content=\"EUR\">€</span>\n<link itemprop=\"itemCondition\" href=\"https://schema.org/{term}\">{word}\n<link itemprop=\"availability\" href=\"https://schema.org/{stock}\"></div>\n",
                esc(&offer.seller),
                amount(offer.price, ".", ",")
            )
        })
        .collect();
    format!(
        "<p class=\"pfad\"><a href=\"/\">Start</a> › <a href=\"/kategorie/{slug}\">{sector}</a> › {category}</p>\n<div itemscope itemtype=\"https://schema.org/Product\">\n<h1 itemprop=\"name\">{name}</h1>\n<meta itemprop=\"category\" content=\"{sector} &gt; {category}\">\n<meta itemprop=\"sku\" content=\"MG-{sku}\">\n{head}<p itemprop=\"description\">{name}: geprüfte Ware, lieferbar in zwei bis vier Werktagen.</p>\n{rows}</div>\n<section class=\"auch\"><h2>Andere kauften auch</h2><ul>\n{related}</ul></section>",
        slug = goods.sector.slug(),
        sector = esc(sector),
        category = esc(category),
        name = esc(&name),
        sku = offers[0].id,
    )
}

fn furniture(site: &mut Site, world: &World, nav: &str) {
    // A price that is none: to be rejected, not guessed.
    let request = "<div itemscope itemtype=\"https://schema.org/Product\">\n<h1 itemprop=\"name\">Akku-Bohrschrauber Sonderanfertigung</h1>\n<meta itemprop=\"category\" content=\"Werkstatt &amp; Auto &gt; Bohrmaschinen\">\n<div itemprop=\"offers\" itemscope itemtype=\"https://schema.org/Offer\"><span itemprop=\"price\">Preis auf Anfrage</span> <meta itemprop=\"priceCurrency\" content=\"EUR\"><link itemprop=\"itemCondition\" href=\"https://schema.org/NewCondition\"></div></div>";
    let text = page("Sonderanfertigung", nav, request, "utf-8");
    site.html("/artikel/sonderanfertigung-bohrschrauber", text);
    let start = page(
        "Marktgarten",
        nav,
        "<h1>Willkommen im Marktgarten</h1>\n<p>Neu: <a href=\"/artikel/sonderanfertigung-bohrschrauber\">Sonderanfertigungen</a>. Nicht mehr da: <a href=\"/artikel/ausverkauft-kaffeemuehle\">Kaffeemühle</a>.</p>",
        "utf-8",
    );
    site.html("/", start);
    let impressum =
        page("Impressum", nav, "<h1>Impressum</h1><p>Marktgarten, ein erfundener Laden.</p>", "utf-8");
    site.html("/impressum", impressum);
    let map = site.sitemap(&site.paths_under("/artikel/"), world.date);
    site.put("/sitemap.xml", Reply::page("text/xml; charset=utf-8", map));
    site.put(
        "/robots.txt",
        Reply::text(200, "User-agent: *\nCrawl-delay: 0.02\nDisallow: /warenkorb\nDisallow: /suche\nDisallow: /*?sortierung=\n\nSitemap: http://marktgarten.example/sitemap.xml\n"),
    );
    site.put("/warenkorb", Reply::text(200, "Nicht für Roboter.\n"));
}
