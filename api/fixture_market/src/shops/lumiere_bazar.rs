//! lumiere-bazar.example: a Swiss shop in French without any markup: one table row per offer, and
//! everything to be read from its cells. One page has a broken encoding, one row has only a
//! "from" price.

use crate::catalogue::{Language, Product, products};
use crate::html::{amount, contents, esc, neighbours, slices, title};
use crate::reply::Reply;
use crate::site::{Site, Teaser};
use crate::world::{Offer, Shop, World, sectors_of};
use model::Condition;
use rust_decimal::Decimal;

/// The page that says UTF-8 and is not.
const BROKEN: &str = "green-tea-yunvara-gunpowder";
/// The goods with one row more that only says "from".
const FROM_PRICE: &str = "cookware-kessandra-pro-24";

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::Lumiere);
    let sold = world.by_product(Shop::Lumiere);
    let nav: String = sectors_of(&sold)
        .iter()
        .map(|s| format!("<li><a href=\"/rayon/{}\">{}</a>\n", s.slug(), esc(s.title(Language::French))))
        .collect();
    let teasers: Vec<Teaser> = sold
        .iter()
        .map(|(p, offers)| Teaser {
            path: format!("/produit/{}", products()[*p].slug),
            title: title(offers[0]),
            note: francs(offers[0].price),
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
            .map(|t| format!("<p><a href=\"{}\">{}</a> {}</p>\n", t.path, esc(&t.title), t.note))
            .collect();
        let text = page(&teasers[at].title, &nav, &fiche(product, offers, &related));
        if product.slug == BROKEN {
            site.html(path.clone(), broken(&text));
        } else {
            site.html(path.clone(), text);
        }
    }
    for sector in sectors_of(&sold) {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == sector).collect();
        for slice in slices(&items, 8) {
            let at = |n: usize| match n {
                1 => format!("/rayon/{}", sector.slug()),
                n => format!("/rayon/{}?p={n}", sector.slug()),
            };
            let mut body = format!("<h1>{}</h1>\n<table>\n", esc(sector.title(Language::French)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<tr><td><a href=\"{}\">{}</a></td><td>{}</td></tr>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note
                ));
            }
            body.push_str("</table>\n");
            if slice.number < slice.pages {
                body.push_str(&format!(
                    "<p><a class=\"suivant\" rel=\"next\" href=\"{}\">Page suivante</a></p>",
                    at(slice.number + 1)
                ));
            }
            let text = page(sector.title(Language::French), &nav, &body);
            site.html(at(slice.number), text);
        }
    }
    let start = page(
        "Lumière Bazar",
        &nav,
        "<h1>Le bazar qui éclaire</h1>\n<p>Livraison offerte dès CHF 80.–. <a href=\"/produit/lampe-epuisee\">Lampe épuisée</a></p>",
    );
    site.html("/", start);
    site.put(
        "/robots.txt",
        Reply::text(200, "User-agent: *\nDisallow: /panier\nDisallow: /compte\nCrawl-delay: 0.015\n"),
    );
    site.put("/panier", Reply::text(200, "Pas pour les robots.\n"));
    site
}

/// Swiss writing: `CHF 1'299.90`, whole francs as `CHF 25.–`.
fn francs(value: Decimal) -> String {
    let text = amount(value, "'", ".");
    match text.strip_suffix(".00") {
        Some(whole) => format!("CHF {whole}.–"),
        None => format!("CHF {text}"),
    }
}

fn page(title: &str, nav: &str, body: &str) -> String {
    format!(
        "<html lang=\"fr-CH\"><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n<title>{t} : Lumière Bazar</title></head>\n<body>\n<div id=\"haut\"><a href=\"/\">Lumière Bazar</a> | <a href=\"/panier\">Panier</a> | <a href=\"/compte\">Compte</a></div>\n<ul id=\"menu\">{nav}</ul>\n<div id=\"contenu\">\n{body}\n</div>\n<div id=\"pied\">Prix en francs suisses, TVA comprise. Port CHF 6.90.</div>\n</body></html>\n",
        t = esc(title)
    )
}

fn fiche(product: &Product, offers: &[&Offer], related: &str) -> String {
    let goods = product.goods();
    let name = title(offers[0]);
    let mut rows: String = offers.iter().map(|offer| row(product, offer)).collect();
    if product.slug == FROM_PRICE {
        rows.push_str(&format!(
            "<tr class=\"offre\"><td class=\"vendeur\">Atelier sur mesure</td><td><a class=\"titre\">{}</a></td><td class=\"etat\">Neuf</td><td class=\"dispo\">Sur commande</td><td class=\"prix\">dès CHF 30.–</td></tr>\n",
            esc(&name)
        ));
    }
    format!(
        "<div class=\"fil\"><a href=\"/\">Accueil</a> / <a href=\"/rayon/{slug}\">{sector}</a> / {category}</div>\n<h1>{name}</h1>\n<p>{name}. Article vérifié par nos soins, échange possible sous 14 jours.</p>\n<table class=\"offres\">\n<tr><th>Vendeur</th><th>Article</th><th>État</th><th>Disponibilité</th><th>Prix</th></tr>\n{rows}</table>\n<div class=\"voisins\"><h2>Dans le même rayon</h2>\n{related}</div>",
        slug = goods.sector.slug(),
        sector = esc(goods.sector.title(Language::French)),
        category = esc(goods.category(Language::French)),
        name = esc(&name),
    )
}

fn row(product: &Product, offer: &Offer) -> String {
    let mut details = String::new();
    if let (Some(brand), Some(model), Some(gtin)) = (&product.entry.brand, &product.model, &product.gtin) {
        details.push_str(&format!(
            "<small>Marque <span class=\"marque\">{}</span>, modèle <span class=\"modele\">{}</span>, EAN <span class=\"ean\">{gtin}</span></small> ",
            esc(brand),
            esc(model)
        ));
    }
    if let Some(contents) = contents(offer) {
        details.push_str(&format!("<small>Contenu : <span class=\"contenu\">{contents}</span></small>"));
    }
    let state = match offer.condition {
        Condition::New => "Neuf",
        Condition::Used => "Occasion",
        Condition::Refurbished => "Reconditionné",
        Condition::Damaged => "Endommagé",
    };
    let was = offer
        .list_price
        .filter(|list| *list > offer.price)
        .map(|list| format!("<span class=\"prix-barre\">{}</span> ", francs(list)))
        .unwrap_or_default();
    format!(
        "<tr class=\"offre\"><td class=\"vendeur\">{}</td><td><a class=\"titre\">{}</a><br>{details}</td><td class=\"etat\">{state}</td><td class=\"dispo\">{}</td><td>{was}<b class=\"prix\">{}</b></td></tr>\n",
        esc(&offer.seller),
        esc(&title(offer)),
        if offer.in_stock { "En stock" } else { "Épuisé" },
        francs(offer.price)
    )
}

/// The same page with its accented letters as single bytes of Latin-1: not valid UTF-8.
fn broken(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.chars() {
        match u32::from(c) {
            latin @ 0xA0..=0xFF => bytes.push(latin as u8),
            _ => bytes.extend(c.to_string().as_bytes()),
        }
    }
    bytes
}
