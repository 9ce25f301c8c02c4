//! The bundled market as its users rely on it: size, variety, determinism, HTTP manners.

#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use fixture_market::{
    DEMO_DATE, DEMO_SEED, Market, OfferFact, declared_lines_csv, fx_csv, serve, source_files,
};
use model::{CommercialLevel, Condition, Country, Currency, Gtin, HsCode, Source, VerdictCode};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

fn demo() -> Market {
    Market::new(DEMO_SEED, DEMO_DATE, 1)
}

fn bytes(market: &Market) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for host in market.hosts() {
        for path in market.paths(host) {
            all.insert(format!("{host}{path}"), market.reply(host, path).unwrap().body.clone());
        }
    }
    all
}

#[test]
fn the_market_is_large_and_varied_enough() {
    let market = demo();
    let offers = market.offers();
    assert!(offers.len() >= 2000, "{}", offers.len());
    let codes: BTreeSet<HsCode> = offers.iter().map(|o| o.hs).collect();
    assert!(codes.len() >= 32, "{}", codes.len());
    let currencies: BTreeSet<Currency> = offers.iter().map(|o| o.currency).collect();
    assert!(currencies.len() >= 5, "{currencies:?}");
    assert_eq!(market.hosts().count(), 6);
    let conditions: BTreeSet<String> = offers.iter().map(|o| o.condition.to_string()).collect();
    assert!(conditions.len() >= 3);
    assert!(offers.iter().any(|o| o.accessory));
    for offer in offers {
        assert!(offer.price > Decimal::ZERO);
        assert!(market.reply(&offer.host, &offer.path).is_some(), "{offer:?}");
        if let Some(gtin) = &offer.gtin {
            gtin.parse::<Gtin>().unwrap();
        }
    }
}

type Facets = (HsCode, String, String, String);

fn groups(offers: &[OfferFact]) -> BTreeMap<Facets, Vec<&OfferFact>> {
    let mut groups: BTreeMap<Facets, Vec<&OfferFact>> = BTreeMap::new();
    for o in offers.iter().filter(|o| !o.accessory) {
        let key = (o.hs, o.unit.to_string(), o.condition.to_string(), o.level.to_string());
        groups.entry(key).or_default().push(o);
    }
    groups
}

#[test]
fn most_groups_have_nineteen_sellers_on_several_sites() {
    let market = demo();
    let groups = groups(market.offers());
    let sellers = |g: &[&OfferFact]| g.iter().map(|o| o.seller.clone()).collect::<BTreeSet<_>>().len();
    let sites = |g: &[&OfferFact]| g.iter().map(|o| o.host.clone()).collect::<BTreeSet<_>>().len();
    let rich = groups.values().filter(|g| sellers(g) >= 19 && sites(g) >= 2).count();
    assert!(rich * 10 >= groups.len() * 8, "{rich} of {}", groups.len());
    let three = groups.values().filter(|g| sites(g) >= 3).count();
    assert!(three * 2 >= groups.len(), "{three} of {}", groups.len());
    // Dominated, thin and one-sided on purpose.
    let of = |code: &str| {
        let hs: HsCode = code.parse().unwrap();
        groups.iter().find(|(k, _)| k.0 == hs).unwrap().1
    };
    let umbrellas = of("660191");
    let mut by_seller: BTreeMap<&str, usize> = BTreeMap::new();
    for o in umbrellas.iter() {
        *by_seller.entry(o.seller.as_str()).or_default() += 1;
    }
    assert_eq!((umbrellas.len(), *by_seller.values().max().unwrap()), (30, 26));
    assert_eq!(sellers(of("091020")), 6);
    assert_eq!(sites(of("851671")), 1);
}

#[test]
fn identical_goods_are_sold_by_many() {
    let market = demo();
    let mut by_gtin: BTreeMap<(String, Condition, CommercialLevel), BTreeSet<&str>> = BTreeMap::new();
    for o in market.offers().iter().filter(|o| !o.accessory) {
        if let Some(gtin) = &o.gtin {
            by_gtin.entry((gtin.clone(), o.condition, o.level)).or_default().insert(&o.seller);
        }
    }
    assert!(by_gtin.values().filter(|s| s.len() >= 19).count() >= 40);
}

#[test]
fn same_seed_and_date_give_the_same_bytes() {
    assert_eq!(bytes(&demo()), bytes(&demo()));
    assert_ne!(bytes(&demo()), bytes(&Market::new(DEMO_SEED + 1, DEMO_DATE, 1)));
}

#[test]
fn another_date_gives_other_prices_within_a_plausible_factor() {
    let now = demo();
    let earlier = Market::new(DEMO_SEED, NaiveDate::from_ymd_opt(2025, 3, 15).unwrap(), 1);
    let key = |o: &OfferFact| (o.host.clone(), o.path.clone(), o.seller.clone(), o.condition);
    let old: BTreeMap<_, f64> = earlier.offers().iter().map(|o| (key(o), o.unit_price_eur)).collect();
    let mut changed = 0;
    for offer in now.offers().iter().filter(|o| !o.accessory) {
        let factor = offer.unit_price_eur / old[&key(offer)];
        assert!((0.8..1.25).contains(&factor), "{offer:?} {factor}");
        changed += usize::from((factor - 1.0).abs() > 0.001);
    }
    assert!(changed * 10 > now.offers().len() * 9);
}

#[test]
fn a_second_run_of_the_day_differs_in_exactly_one_page() {
    let (first, second) = (bytes(&demo()), bytes(&Market::new(DEMO_SEED, DEMO_DATE, 2)));
    assert_eq!(first.len(), second.len());
    let changed: Vec<&String> = first.keys().filter(|k| first[*k] != second[*k]).collect();
    assert_eq!(changed, ["harbour-lane.example/p/hair-dryer-rivotta-aria-2"]);
}

#[test]
fn every_source_file_is_a_source_and_knows_its_shop() {
    let market = demo();
    let mut hosts = BTreeSet::new();
    for (name, text) in source_files() {
        let source: Source = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(format!("{}.toml", source.id), *name);
        assert!(source.network.allow_loopback && source.network.connect_to.is_none());
        assert!(!source.permission.basis.is_empty());
        assert!(source.pace.delay_seconds <= 0.02);
        let host = source.start[0].trim_start_matches("http://").trim_end_matches('/').to_owned();
        let prefix = &source.rules.product_paths[0];
        assert!(market.paths(&host).any(|p| p.starts_with(prefix)), "{host} {prefix}");
        for category in &source.facts.categories {
            assert!(category.hs.is_known(), "{name}: {}", category.hs);
        }
        for offer in market.offers().iter().filter(|o| o.host == host) {
            assert!(offer.path.starts_with(prefix));
            assert_eq!(Some(offer.currency), source.currency);
        }
        hosts.insert(host);
    }
    assert_eq!(hosts.len(), 6);
}

/// What the source files say of categories leads to the right subheading, whatever order they
/// stand in: the page of every offer names its category, and the first match decides.
#[test]
fn categories_of_the_source_files_lead_to_the_right_subheading() {
    let market = demo();
    for (file, mark, end) in [
        ("harbour-lane.toml", "\"category\":\"", "\""),
        ("marktgarten.toml", "itemprop=\"category\" content=\"", "\""),
        ("skladowy.toml", "class=\"kategoria\">", "<"),
        ("secondround.toml", "\"category\":\"", "\""),
    ] {
        let text = source_files().iter().find(|(n, _)| *n == file).unwrap().1;
        let source: Source = toml::from_str(text).unwrap();
        let host = source.start[0].trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut held = 0;
        for offer in market.offers().iter().filter(|o| o.host == host) {
            let body = &market.reply(&host, &offer.path).unwrap().body;
            let page = String::from_utf8_lossy(body);
            if page.contains("windows-1252") {
                continue;
            }
            let rest = page.split(mark).nth(1).unwrap_or_else(|| panic!("{}", offer.path));
            let category = rest.split(end).next().unwrap().replace("&amp;", "&").to_lowercase();
            let first = source
                .facts
                .categories
                .iter()
                .find(|c| category.contains(&c.contains.to_lowercase()))
                .unwrap_or_else(|| panic!("{file}: no entry for {category}"));
            assert_eq!(first.hs, offer.hs, "{file}: {category}");
            held += 1;
        }
        assert!(held > 50);
    }
}

#[test]
fn exchange_rates_cover_every_currency_in_every_quarter() {
    let mut reader = csv::Reader::from_reader(fx_csv().as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["date", "base", "quote", "rate", "source"]);
    let mut dates: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(&row[1], "EUR");
        row[2].parse::<Currency>().unwrap();
        assert!(row[3].parse::<Decimal>().unwrap() > Decimal::ZERO);
        assert_eq!(&row[4], "illustrative, made for the bundled market");
        dates.entry(row[2].to_owned()).or_default().insert(row[0].parse().unwrap());
    }
    for offer in demo().offers() {
        let code = offer.currency.to_string();
        assert!(code == "EUR" || dates.contains_key(&code), "{code}");
    }
    for (currency, days) in dates {
        assert!(days.len() >= 2 * 8, "{currency}");
    }
}

#[test]
fn declared_lines_are_well_formed_and_expect_every_verdict() {
    let mut reader = csv::Reader::from_reader(declared_lines_csv().as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name}"));
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    let (mut names, mut codes, mut currencies) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in reader.records() {
        let row = row.unwrap();
        let verdict: VerdictCode = row[at("expected_verdict")].parse().unwrap();
        *expected.entry(verdict.to_string()).or_default() += 1;
        let hs: HsCode = row[at("hs")].parse().unwrap();
        assert!(hs.is_known() && hs.level() >= 6, "{row:?}");
        codes.insert(hs.subheading().unwrap());
        currencies.insert(row[at("currency")].parse::<Currency>().unwrap());
        assert!(names.insert(row[at("line")].to_owned()), "{row:?}");
        row[at("value")].parse::<Decimal>().unwrap();
        row[at("export_date")].parse::<NaiveDate>().unwrap();
        row[at("import_country")].parse::<Country>().unwrap();
        if !row[at("gtin")].is_empty() {
            row[at("gtin")].parse::<Gtin>().unwrap();
        }
    }
    assert!(names.len() >= 78, "{}", names.len());
    assert!(codes.len() >= 25, "{}", codes.len());
    assert!(currencies.len() >= 5, "{currencies:?}");
    for verdict in VerdictCode::ALL {
        assert!(expected.get(&verdict.to_string()).is_some_and(|n| *n >= 3), "{verdict}: {expected:?}");
    }
}

#[test]
fn robots_and_sitemaps_are_well_formed() {
    let market = demo();
    for host in market.hosts() {
        let robots = market.reply(host, "/robots.txt").unwrap();
        let text = String::from_utf8(robots.body.clone()).unwrap();
        assert!(text.contains("User-agent: *") && text.contains("Disallow: /"), "{host}");
        assert!(text.contains("Crawl-delay: 0.0"), "{host}");
        for line in text.lines() {
            let bare = line.split('#').next().unwrap().trim();
            assert!(bare.is_empty() || bare.contains(": "), "{host}: {line}");
            if let Some(url) = line.strip_prefix("Sitemap: ") {
                let path = url.strip_prefix(&format!("http://{host}")).unwrap();
                let map = String::from_utf8(market.reply(host, path).unwrap().body.clone()).unwrap();
                assert!(
                    map.starts_with("<?xml") && map.matches("<loc>").count() == map.matches("</loc>").count()
                );
            }
        }
    }
    let packed = market.reply("harbour-lane.example", "/sitemaps/goods.xml.gz").unwrap();
    let mut map = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut map)
        .unwrap();
    assert!(map.matches("<url>").count() > 100 && map.trim_end().ends_with("</urlset>"));
}

#[test]
fn every_product_page_is_reached_by_links() {
    let market = demo();
    for host in market.hosts() {
        let mut seen = BTreeSet::from(["/".to_owned()]);
        let mut open = vec!["/".to_owned()];
        let (mut dead, mut forbidden) = (0, 0);
        while let Some(path) = open.pop() {
            let Some(reply) = market.reply(host, &path) else {
                dead += 1;
                continue;
            };
            if reply.content_type.starts_with("text/plain") {
                forbidden += usize::from(reply.status == 200);
            }
            let page = String::from_utf8_lossy(&reply.body);
            let links = page.split("href=\"").skip(1).filter_map(|s| s.split('"').next());
            for link in links.chain(reply.location.as_deref()).filter(|l| l.starts_with('/')) {
                let link = link.replace("&amp;", "&");
                let link = link.split('#').next().unwrap().to_owned();
                if seen.insert(link.clone()) {
                    open.push(link);
                }
            }
        }
        for offer in market.offers().iter().filter(|o| o.host == host) {
            assert!(seen.contains(&offer.path), "{host}{}", offer.path);
        }
        assert!(dead >= 1, "{host} has no dead link");
        assert!(forbidden >= 1, "{host} links nothing that robots.txt disallows");
    }
}

#[test]
fn some_pages_are_not_plain_utf8() {
    let market = demo();
    let reply = |host: &str, path: &str| market.reply(host, path).unwrap().clone();
    let old = reply("marktgarten.example", "/artikel/knife-brundor-k-20");
    assert_eq!(old.content_type, "text/html");
    assert!(String::from_utf8(old.body.clone()).is_err() && old.body.contains(&0x80));
    let broken = reply("lumiere-bazar.example", "/produit/green-tea-yunvara-gunpowder");
    assert!(broken.content_type.contains("utf-8") && String::from_utf8(broken.body).is_err());
}

#[tokio::test]
async fn served_pages_answer_conditional_requests_and_are_logged() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = serve(demo(), listener).await.unwrap();
    // reqwest is built without a provider of its own; another test may have installed one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .resolve("harbour-lane.example", running.addr())
        .build()
        .unwrap();
    let url = |path: &str| format!("http://harbour-lane.example:{}{path}", running.addr().port());
    let first = client.get(url("/c/food")).send().await.unwrap();
    assert_eq!(first.status(), 200);
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let modified = first.headers()["last-modified"].to_str().unwrap().to_owned();
    assert_eq!(modified, "Tue, 15 Sep 2026 00:00:00 GMT");
    let by_tag = client.get(url("/c/food")).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(by_tag.status(), 304);
    assert_eq!(by_tag.headers()["etag"].to_str().unwrap(), etag);
    let by_date = client.get(url("/c/food")).header("if-modified-since", &modified).send().await.unwrap();
    assert_eq!(by_date.status(), 304);
    let other = client
        .get(url("/c/food"))
        .header("if-none-match", "\"other\"")
        .header("if-modified-since", &modified)
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 200, "the tag prevails over the date");
    let moved = client.get(url("/old/aria-hair-dryer")).send().await.unwrap();
    assert_eq!(
        (moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()),
        (301, "/p/hair-dryer-rivotta-aria-2")
    );
    assert_eq!(client.get(url("/p/withdrawn-kettle")).send().await.unwrap().status(), 404);
    let seen = running.requests();
    assert_eq!(seen.len(), 6);
    assert_eq!(seen.iter().filter(|r| r.conditional).count(), 3);
    assert_eq!(
        (seen[0].host.as_str(), seen[0].path.as_str(), seen[0].status),
        ("harbour-lane.example", "/c/food", 200)
    );
    running.shutdown().await;
}

#[tokio::test]
async fn the_market_is_not_served_to_other_machines() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = serve(demo(), listener).await.unwrap_err().to_string();
    assert!(error.contains("loopback only"), "{error}");
}
