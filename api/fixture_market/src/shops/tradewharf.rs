//! tradewharf.example: a wholesale market. One supplier to a page, with HS code, smallest order
//! and prices by quantity; used goods and accessories among the goods they belong to. One offer
//! names two prices, one names none.

use crate::catalogue::{Language, Sector};
use crate::html::{amount, contents, esc, neighbours, slices, title};
use crate::price::number;
use crate::reply::Reply;
use crate::sellers::sellers;
use crate::site::{Site, Teaser};
use crate::world::{Offer, Shop, World};
use model::{Condition, HsCode};
use rust_decimal::Decimal;

/// What suppliers list beside the goods it fits, often under the code of those goods:
/// (title, slug of the goods, cents, smallest order).
const ACCESSORIES: [(&str, &str, i64, u32); 5] = [
    ("Silicone case for Ostremi N5 smartphone", "phone-ostremi-n5", 85, 500),
    ("Tempered glass screen protector for Ostremi N5 smartphone", "phone-ostremi-n5", 32, 1000),
    ("Padded sleeve for Zanteri Book 14 laptop", "laptop-zanteri-book-14", 290, 200),
    ("Replacement ear tips for Thalvo TW-2 earbuds", "earbuds-thalvo-tw-2", 12, 2000),
    ("Carrying case for Hammelin BD-18 cordless drill", "drill-hammelin-bd-18", 1140, 100),
];

const ORIGINS: [&str; 5] = ["China", "Viet Nam", "India", "Türkiye", "China"];

pub(crate) fn build(world: &World) -> Site {
    let mut site = Site::new(Shop::Tradewharf);
    let mut offers: Vec<(Offer, String, bool)> =
        world.of(Shop::Tradewharf).map(|o| (o.clone(), offer_title(o), false)).collect();
    offers.extend(accessories(world));
    // Suppliers' offers are mixed the way a market lists them, section by section.
    offers.sort_by_key(|(o, _, _)| (o.product().goods().sector, number(1, &[&o.id.to_string()])));
    let nav: String = Sector::ALL
        .iter()
        .map(|s| format!("<a href=\"/section/{}\">{}</a> · ", s.slug(), esc(s.title(Language::English))))
        .collect();
    let teasers: Vec<Teaser> = offers
        .iter()
        .map(|(offer, title, _)| Teaser {
            path: format!("/offer/{}-{}", offer.product().slug, offer.id),
            title: title.clone(),
            note: format!("{} · MOQ {}", dollars(offer.price), offer.min_order),
            sector: offer.product().goods().sector,
        })
        .collect();
    for (at, (offer, _, accessory)) in offers.iter().enumerate() {
        let path = &teasers[at].path;
        site.fact(offer, path, *accessory);
        let related: String = neighbours(&teasers, at)
            .iter()
            .map(|t| format!("<li><a href=\"{}\">{}</a> {}</li>\n", t.path, esc(&t.title), t.note))
            .collect();
        let text = page(&teasers[at].title, &nav, &offer_page(offer, &teasers[at], *accessory, &related));
        site.html(path.clone(), text);
    }
    for sector in Sector::ALL {
        let items: Vec<&Teaser> = teasers.iter().filter(|t| t.sector == sector).collect();
        for slice in slices(&items, 20) {
            let at = |n: usize| match n {
                1 => format!("/section/{}", sector.slug()),
                n => format!("/section/{}?start={}", sector.slug(), (n - 1) * 20),
            };
            let mut body = format!("<h1>{}</h1>\n<ol>\n", esc(sector.title(Language::English)));
            for teaser in slice.items {
                body.push_str(&format!(
                    "<li><a href=\"{}\">{}</a> <span>{}</span> <a rel=\"nofollow\" href=\"/inquiry?about={}\">Send inquiry</a></li>\n",
                    teaser.path,
                    esc(&teaser.title),
                    teaser.note,
                    teaser.path.trim_start_matches("/offer/")
                ));
            }
            body.push_str("</ol>\n");
            if slice.number < slice.pages {
                body.push_str(&format!("<a rel=\"next\" href=\"{}\">More offers</a>", at(slice.number + 1)));
            }
            let text = page(sector.title(Language::English), &nav, &body);
            site.html(at(slice.number), text);
        }
    }
    furniture(&mut site, &nav);
    site
}

fn offer_title(offer: &Offer) -> String {
    match offer.condition {
        Condition::New => title(offer),
        _ => format!("Used {} grade B", title(offer)),
    }
}

fn accessories(world: &World) -> Vec<(Offer, String, bool)> {
    let mut found = Vec::new();
    for (i, (title, slug, cents, moq)) in ACCESSORIES.iter().enumerate() {
        let Some(main) =
            world.of(Shop::Tradewharf).find(|o| o.product().slug == *slug && o.condition == Condition::New)
        else {
            continue;
        };
        let suppliers = sellers(Shop::Tradewharf, main.product().goods().sector);
        for (j, supplier) in suppliers.iter().skip(i).take(2).enumerate() {
            let price = Decimal::new(cents + j as i64 * 4, 2);
            found.push((
                Offer {
                    id: 9100 + (i * 10 + j) as u32,
                    seller: supplier.clone(),
                    price,
                    list_price: None,
                    min_order: *moq,
                    breaks: vec![(*moq, price)],
                    unit_price_eur: *cents as f64 / 112.0,
                    ..main.clone()
                },
                (*title).to_owned(),
                true,
            ));
        }
    }
    found
}

fn dollars(value: Decimal) -> String {
    format!("${}", amount(value, ",", "."))
}

fn page(title: &str, nav: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en-US\"><head><meta charset=\"utf-8\"><title>{t} - TradeWharf wholesale</title></head>\n<body><div class=\"top\"><a href=\"/\">TradeWharf</a> <a href=\"/members/login\">Sign in</a> <a href=\"/inquiry\">Inquiries</a></div>\n<div class=\"nav\">{nav}</div>\n<div class=\"main\">\n{body}\n</div>\n<div class=\"foot\">Prices are suppliers' offers, FOB port of loading. Sample orders from $30.00.</div></body></html>\n",
        t = esc(title)
    )
}

fn offer_page(offer: &Offer, teaser: &Teaser, accessory: bool, related: &str) -> String {
    let product = offer.product();
    let goods = product.goods();
    let hs = HsCode::parse(&goods.hs).map(|c| c.dotted()).unwrap_or_default();
    let mut specs = format!("<tr><th>HS code</th><td class=\"spec-hs\">{hs}</td></tr>\n");
    if let (Some(brand), Some(model), Some(gtin), false) =
        (&product.entry.brand, &product.model, &product.gtin, accessory)
    {
        specs.push_str(&format!(
            "<tr><th>Brand</th><td class=\"spec-brand\">{}</td></tr>\n<tr><th>Model</th><td class=\"spec-model\">{}</td></tr>\n<tr><th>GTIN</th><td class=\"spec-gtin\">{gtin}</td></tr>\n",
            esc(brand),
            esc(model)
        ));
    }
    let condition = match offer.condition {
        Condition::New => "New",
        Condition::Used => "Used",
        Condition::Refurbished => "Refurbished",
        Condition::Damaged => "Damaged",
    };
    let origin = ORIGINS[number(2, &[&offer.seller]) as usize % ORIGINS.len()];
    specs.push_str(&format!(
        "<tr><th>Condition</th><td class=\"spec-condition\">{condition}</td></tr>\n<tr><th>Place of origin</th><td class=\"spec-origin\">{origin}</td></tr>\n"
    ));
    let unit = match contents(offer).filter(|_| !accessory) {
        Some(contents) => {
            specs.push_str(&format!(
                "<tr><th>Contents</th><td class=\"spec-contents\">{contents}</td></tr>\n"
            ));
            "pack"
        }
        None => "piece",
    };
    let tiers: String = offer
        .breaks
        .iter()
        .map(|(quantity, price)| format!("<tr><td>≥ {quantity}</td><td>{}</td></tr>\n", dollars(*price)))
        .collect();
    format!(
        "<div class=\"trail\"><a href=\"/\">Home</a> &gt; <a href=\"/section/{slug}\">{sector}</a> &gt; <span class=\"leaf\">{category}</span></div>\n<h1>{name}</h1>\n<p><span class=\"price-now\">{price}</span> / {unit} · minimum order <span class=\"moq\">{moq}</span></p>\n<p class=\"supplier\">Supplier: <a>{seller}</a> (verified)</p>\n<table class=\"tiers\"><thead><tr><th>Quantity</th><th>Price</th></tr></thead><tbody>\n{tiers}</tbody></table>\n<table class=\"specs\">{specs}</table>\n<a rel=\"nofollow\" href=\"/inquiry?about={id}\">Send inquiry</a>\n<h3>More from this section</h3><ul>\n{related}</ul>",
        slug = goods.sector.slug(),
        sector = esc(goods.sector.title(Language::English)),
        category = esc(goods.category(Language::English)),
        name = esc(&teaser.title),
        price = dollars(offer.price),
        moq = offer.min_order,
        seller = esc(&offer.seller),
        id = offer.id,
    )
}

fn furniture(site: &mut Site, nav: &str) {
    // Two prices and nothing that says which is to pay.
    let body = "<h1>Zinc plated wood screws, mixed pallet</h1>\n<p><span class=\"price-now\">$38.00 $31.50</span> · minimum order <span class=\"moq\">2</span></p>\n<p class=\"supplier\">Supplier: <a>Bulk Clearance Desk</a></p>\n<table class=\"specs\"><tr><th>HS code</th><td class=\"spec-hs\">7318.12</td></tr><tr><th>Condition</th><td class=\"spec-condition\">New</td></tr></table>";
    let text = page("Zinc plated wood screws, mixed pallet", nav, body);
    site.html("/offer/wood-screws-mixed-pallet-9300", text);
    // A price of nothing is no offer.
    let body = "<h1>Phillips screwdriver PH2, free sample</h1>\n<p><span class=\"price-now\">$0.00</span> · minimum order <span class=\"moq\">1</span></p>\n<p class=\"supplier\">Supplier: <a>Bulk Clearance Desk</a></p>\n<table class=\"specs\"><tr><th>HS code</th><td class=\"spec-hs\">8205.40</td></tr><tr><th>Condition</th><td class=\"spec-condition\">New</td></tr></table>";
    let text = page("Phillips screwdriver PH2, free sample", nav, body);
    site.html("/offer/screwdriver-sample-9302", text);
    let start = page(
        "TradeWharf",
        nav,
        "<h1>Buy where the containers start</h1>\n<p>New: <a href=\"/offer/wood-screws-mixed-pallet-9300\">mixed pallets</a>, <a href=\"/offer/screwdriver-sample-9302\">samples</a>. Ended: <a href=\"/offer/ended-9301\">steel wool</a>.</p>",
    );
    site.html("/", start);
    site.put(
        "/robots.txt",
        Reply::text(200, "User-agent: *\nDisallow: /members/\nDisallow: /inquiry\nCrawl-delay: 0.01\n"),
    );
    for path in ["/members/login", "/inquiry"] {
        site.put(path, Reply::text(200, "Not for robots.\n"));
    }
}
