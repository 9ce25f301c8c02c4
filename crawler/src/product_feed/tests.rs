//! Tests of [`super`]: feeds as the specification has them, as shops write them, and broken ones.

use super::*;
use model::{Stated, Syntax};
use proptest::prelude::*;

const FEED: &str = "https://shop.example/export/products.xml";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn seen() -> Seen<'static> {
    Seen { url: FEED, at: at("2026-03-10T12:00:00Z"), limit: 1 << 20 }
}

fn read_with(bytes: &[u8], rules: &FeedRules) -> FeedRead {
    read(&Feed::open(bytes, None, rules, seen()).unwrap())
}

fn read_text(text: &str) -> FeedRead {
    read_with(text.as_bytes(), &FeedRules::default())
}

fn said(stated: &Option<Stated>) -> &str {
    stated.as_ref().map_or("-", |s| s.text.as_str())
}

fn problems(read: &FeedRead) -> Vec<String> {
    read.problems.iter().map(ToString::to_string).collect()
}

fn attribute<'a>(listing: &'a Listing, name: &str) -> Vec<&'a str> {
    listing.attributes.iter().filter(|(n, _)| n == name).map(|(_, s)| s.text.as_str()).collect()
}

/// An RSS feed with these items.
fn rss(items: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" xmlns:c="http://base.google.com/cns/1.0" version="2.0"><channel>
        <title>Hearth and Home</title><link>https://shop.example/</link><description>All goods</description>
        {items}</channel></rss>"#
    )
}

#[test]
fn an_rss_item_is_read_with_places() {
    let read = read_text(&rss(r#"<item>
        <g:id>K-17</g:id><title>Kettle &amp; lid, 1.7 l</title><g:title><![CDATA[Kettle & lid <steel>]]></g:title>
        <link>/item/kettle-17?a=1&amp;b=2</link><description>Boils &lt;b&gt;fast&lt;/b&gt; &amp; quietly</description>
        <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
        <g:shipping><g:country>AT</g:country><g:price>9.90 EUR</g:price></g:shipping>
        <g:tax><g:rate>19</g:rate></g:tax>
        <g:installment><g:months>6</g:months><g:amount>5.00 EUR</g:amount><g:price>5.00 EUR</g:price></g:installment>
        <g:price>39.90 EUR</g:price><g:auto_pricing_min_price>1.00 EUR</g:auto_pricing_min_price>
        <c:price>0.01 EUR</c:price>
        <g:availability>in_stock</g:availability><g:condition>new</g:condition><g:brand>Kessel &#38; Co</g:brand>
        <g:gtin>4006381333931</g:gtin><g:gtin>4006381333948</g:gtin><g:mpn>KC17</g:mpn>
        <g:google_product_category>Home &gt; Kitchen</g:google_product_category>
        <g:product_type>Kitchen &gt; Electric kettles</g:product_type>
        <g:unit_pricing_measure>750ml</g:unit_pricing_measure><g:unit_pricing_base_measure>100ml</g:unit_pricing_base_measure>
        <g:item_group_id>K</g:item_group_id><g:color>steel</g:color><g:identifier_exists>yes</g:identifier_exists>
        <g:external_seller_id>seller-9</g:external_seller_id></item>"#));
    assert_eq!(problems(&read), [] as [&str; 0]);
    let listing = &read.listings[0];
    assert_eq!(said(&listing.name), "Kettle & lid <steel>");
    assert_eq!(said(&listing.price), "39.90 EUR");
    let witness = &listing.price.as_ref().unwrap().witness;
    assert_eq!((witness.syntax, witness.place.as_str()), (Syntax::Feed, "/rss/channel/item[1]/g:price"));
    assert_eq!(listing.url.as_deref(), Some("https://shop.example/item/kettle-17?a=1&b=2"));
    assert_eq!(said(&listing.sku), "K-17");
    assert_eq!(said(&listing.availability), "InStock");
    assert_eq!(said(&listing.brand), "Kessel & Co");
    assert_eq!((said(&listing.gtin), attribute(listing, "gtin")), ("4006381333931", vec!["4006381333948"]));
    assert_eq!(said(&listing.category), "Kitchen > Electric kettles");
    assert_eq!(attribute(listing, "google_product_category"), ["Home > Kitchen"]);
    assert_eq!((said(&listing.quantity_text), said(&listing.price_unit)), ("750ml", "-"));
    assert_eq!(attribute(listing, "unit_pricing_base_measure"), ["100ml"]);
    assert_eq!(attribute(listing, "shipping_country"), ["DE", "AT"]);
    assert_eq!(said(&listing.seller), "seller-9");
    assert_eq!(said(&listing.description), "Boils fast & quietly");
    assert_eq!(said(&listing.min_order), "-");
}

#[test]
fn atom_and_other_prefixes_are_read() {
    let read = read_text(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:shop="http://base.google.com/ns/1.0">
        <title>Goods</title><id>tag:shop.example,2026:feed</id>
        <entry><title>Hose</title><id>tag:shop.example,2026:1</id><link rel="self" href="/feed/1"/>
          <link rel="alternate" href="/hose?a=1&amp;b=2"/><shop:price>12.50 EUR</shop:price><summary>Long.</summary></entry>
        <entry><title>Reel</title><shop:id>R1</shop:id><link href="/reel"/><shop:price>80 EUR</shop:price></entry></feed>"#,
    );
    let rows: Vec<_> = read
        .listings
        .iter()
        .map(|l| {
            format!("{} {} {} {}", said(&l.name), said(&l.sku), said(&l.price), l.url.as_deref().unwrap())
        })
        .collect();
    assert_eq!(
        rows,
        ["Hose - 12.50 EUR https://shop.example/hose?a=1&b=2", "Reel R1 80 EUR https://shop.example/reel"]
    );
    assert_eq!(read.listings[1].price.as_ref().unwrap().witness.place, "/feed/entry[2]/shop:price");
    // A prefix bound to something else means something else, be it `g`.
    let read = read_text(
        r#"<rss xmlns:g="http://games.example/"><item><title>Cup</title><g:price>3</g:price></item></rss>"#,
    );
    assert_eq!(said(&read.listings[0].price), "-");
}

#[test]
fn the_sale_price_holds_in_its_time() {
    let sale = |date: &str| {
        let read = read_text(&rss(&format!(
            "<item><title>Cup</title><g:price>15.00 USD</g:price><g:sale_price>12.00 USD</g:sale_price>{date}</item>"
        )));
        let listing = &read.listings[0];
        format!("{} {} {}", said(&listing.price), said(&listing.list_price), read.problems.len())
    };
    let dated =
        |span: &str| sale(&format!("<g:sale_price_effective_date>{span}</g:sale_price_effective_date>"));
    assert_eq!(sale(""), "12.00 USD 15.00 USD 0");
    assert_eq!(dated("2026-03-10T04:00-0800/2026-03-11T04:00-0800"), "12.00 USD 15.00 USD 0");
    assert_eq!(dated("2026-03-10T04:01-0800/2026-03-11T04:00-0800"), "15.00 USD - 0");
    assert_eq!(dated("2026-03-01/2026-03-10"), "12.00 USD 15.00 USD 0");
    assert_eq!(dated("2026-03-01/2026-03-09"), "15.00 USD - 0");
    assert_eq!(dated("while stocks last"), "15.00 USD - 1");
}

#[test]
fn an_expired_offer_is_told_and_left_out() {
    let read = read_text(&rss(
        "<item><title>Old</title><g:expiration_date>2026-03-09</g:expiration_date></item>
         <item><title>Now</title><g:price>1 EUR</g:price><g:expiration_date>2026-03-10</g:expiration_date></item>",
    ));
    assert_eq!(read.listings.len(), 1);
    assert_eq!(
        problems(&read),
        ["/rss/channel/item[1]/g:expiration_date: the offer expired on 2026-03-09; it is left out"]
    );
}

#[test]
fn a_broken_item_costs_itself_alone() {
    let good = |n: u32| format!("<item><title>Good {n}</title><g:price>{n} EUR</g:price></item>");
    let broken = [
        "<item><title>not closed</title>",
        "<item><g:color>red</g:color></item>",
        "<item><title>5 < 6 &broken; & so on</title><g:price>7 EUR</g:price></item>",
        "<item><title>cut <![CDATA[ within</title></item>",
    ];
    let text = rss(&format!(
        "{}{}{}{}{}{}{}{}",
        good(1),
        broken[0],
        good(2),
        broken[1],
        good(3),
        broken[2],
        good(4),
        good(5)
    ));
    let read = read_text(&text);
    let names: Vec<&str> = read.listings.iter().map(|l| said(&l.name)).collect();
    for n in 1..=5 {
        assert!(names.contains(&format!("Good {n}").as_str()), "{n}: {names:?} {:?}", problems(&read));
    }
    assert_eq!(
        problems(&read)[..2],
        [
            "/rss/channel/item[2]: the next one begins before it is closed, so it is left out",
            "/rss/channel/item[4]: it states neither a title nor a price; it is left out",
        ]
    );
    // A mark that is never closed: what stands behind it is read all the same.
    let read = read_text(&rss(&format!("{}{}{}", good(1), broken[3], good(2))));
    let names: Vec<&str> = read.listings.iter().map(|l| said(&l.name)).collect();
    assert_eq!(names, ["Good 1", "Good 2"], "{:?}", problems(&read));
    assert!(problems(&read)[0].contains("not well-formed at line 3"), "{:?}", problems(&read));
    // Cut off while it was sent.
    let text = rss(&(good(1) + &good(2)));
    let read = read_text(&text[..text.find("Good 2").unwrap() + 3]);
    assert_eq!(read.listings.len(), 1);
    assert_eq!(
        problems(&read),
        ["/rss/channel/item[2]: the feed ends inside it, so it is left out: was it cut off?"]
    );
}

#[test]
fn a_table_is_read_whatever_separates_and_spells() {
    let tsv = "ID\tTitle\tSale Price\tprice\tLink\tgtin\tshipping(country:price)\tmultipack\n\
               1\tCup\t\t\"15.00 USD\"\t/cup\t4006381333931,4006381333948\tUS:5.00 USD\t\n\
               2\t\"5 inch dish\t4.00 USD\t5.00 USD\t/dish\t\t\t6\n\n\
               3\tJug 3\" wide\t\t7.00 USD\t/jug\t\t\t1\n";
    let read = read_text(tsv);
    assert_eq!(problems(&read), [] as [&str; 0]);
    let rows: Vec<_> = read
        .listings
        .iter()
        .map(|l| {
            let place = &l.price.as_ref().unwrap().witness.place;
            format!(
                "{}|{}|{}|{}|{place}",
                said(&l.name),
                said(&l.price),
                said(&l.list_price),
                said(&l.quantity_text)
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "Cup|15.00 USD|-|-|row 2, column price",
            "\"5 inch dish|4.00 USD|5.00 USD|6 pcs|row 3, column Sale Price",
            "Jug 3\" wide|7.00 USD|-|-|row 5, column price",
        ]
    );
    assert_eq!(attribute(&read.listings[0], "gtin"), ["4006381333948"]);
    // Commas, semicolons, a byte order mark, another encoding, lines within quotes.
    let csv =
        "\u{feff}\"id\",title,price,description\r\n1,\"Cup, \"\"blue\"\"\",9.50 EUR,\"two\r\nlines\"\r\n";
    let read = read_text(csv);
    assert_eq!(said(&read.listings[0].name), "Cup, \"blue\"");
    assert_eq!((said(&read.listings[0].sku), said(&read.listings[0].description)), ("1", "two lines"));
    let (latin, _, _) =
        encoding_rs::WINDOWS_1252.encode("id;title;price\n1;Größe für Kühlschränke, übergroß;5,50 €\n");
    let read = read_with(&latin, &FeedRules::default());
    assert_eq!(said(&read.listings[0].name), "Größe für Kühlschränke, übergroß");
    assert_eq!(said(&read.listings[0].price), "5,50 €");
    let sep = read_text("sep=|\ntitle|price\nCup|1 EUR\n");
    assert_eq!(sep.listings[0].price.as_ref().unwrap().witness.place, "row 3, column price");
}

#[test]
fn a_bad_row_costs_itself_alone() {
    let read = read_text(
        "id,title,price,link\n1,Cup,1 EUR,/1\n2,Pot, large,2 EUR,/2\n3,Pan\n4,\"5 inch,4 EUR,/4\n5,Jug,5 EUR,/5\n6,\"Lid\",6 EUR,/6\n,,,\n",
    );
    let names: Vec<&str> = read.listings.iter().map(|l| said(&l.name)).collect();
    assert_eq!(names, ["Cup", "\"5 inch", "Jug", "Lid"]);
    assert_eq!(
        problems(&read),
        [
            "row 3: it has 5 cells, the header has 4; it is left out",
            "row 4: it has 2 cells, the header has 4; it is left out",
            "row 8: it states neither a title nor a price; it is left out",
        ]
    );
}

#[test]
fn columns_of_the_source_file_prevail_and_are_held_to() {
    let fields = [("name", "Bezeichnung"), ("price", "Preis brutto"), ("url", "Adresse")];
    let fields = fields.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
    let mut rules = FeedRules { fields, delimiter: Some(';'), ..FeedRules::default() };
    let table =
        "Bezeichnung;price;Preis brutto;sale_price;Adresse\nTasse;1.00;1,19;0.50;/t\nTopf;2.00;;1.00;/p\n";
    let read = read_with(table.as_bytes(), &rules);
    let first = &read.listings[0];
    let price = first.price.as_ref().unwrap();
    // Not written for machines: whoever reads the number asks the source's facts.
    assert_eq!((price.text.as_str(), price.witness.syntax), ("1,19", Syntax::Rule));
    assert_eq!(price.witness.place, "row 2, column Preis brutto");
    assert_eq!(first.url.as_deref(), Some("https://shop.example/t"));
    assert_eq!(said(&read.listings[1].price), "-", "never another column's");
    rules.fields.insert("sku".into(), "Artikel".into());
    let read = read_with(table.as_bytes(), &rules);
    assert_eq!(problems(&read), ["row 1: it has no column 'Artikel' (sku): correct [feed.fields]"]);
    // In XML by prefix, also of another namespace, and inside other elements.
    let fields = [("price", "c:gross/c:amount"), ("name", "g:short_title")];
    rules.fields = fields.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
    let text = rss(
        "<item><title>Long</title><g:short_title>Cup</g:short_title><g:price>1 EUR</g:price><c:gross><c:amount>2 EUR</c:amount></c:gross></item>",
    );
    let read = read_with(text.as_bytes(), &rules);
    assert_eq!((said(&read.listings[0].name), said(&read.listings[0].price)), ("Cup", "2 EUR"));
}

#[test]
fn a_gzipped_feed_is_read_up_to_the_limit() {
    let gzip = |text: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let item = "<item><title>Cup</title><g:price>1 EUR</g:price></item>";
    let rules = FeedRules::default();
    let small = gzip(&rss(item));
    assert_eq!(read_with(&small, &rules).listings.len(), 1);
    let cut = read_with(&small[..small.len() - 12], &rules);
    assert!(problems(&cut).iter().any(|p| p.starts_with("feed: the gzip file is broken")), "{cut:?}");
    // A megabyte of spaces behind the first item, a thousandth of that in the file.
    let bomb = gzip(&rss(&format!("{item}{}{item}", " ".repeat(2 << 20))));
    assert!(bomb.len() < 20_000);
    let read = read_with(&bomb, &rules);
    assert_eq!(read.listings.len(), 1);
    assert_eq!(
        problems(&read),
        [
            "feed: it unpacks to more than 1048576 bytes; what stands behind is not read: raise budget.page_bytes"
        ]
    );
}

#[test]
fn limits_are_held_and_told() {
    let long = "x".repeat(30_000);
    let read = read_text(&rss(&format!(
        "<item><title>Cup</title><g:price>1 EUR</g:price><g:brand>{long}</g:brand><description>{long}</description></item>"
    )));
    let listing = &read.listings[0];
    assert_eq!((said(&listing.brand), said(&listing.description).len()), ("-", 500));
    assert_eq!(
        problems(&read),
        ["/rss/channel/item[1]/g:brand: it is longer than 1000 bytes; it is left out"]
    );
    let many = "<g:color>red</g:color>".repeat(VALUES + 1);
    let read = read_text(&rss(&format!("<item><title>Cup</title><g:price>1 EUR</g:price>{many}</item>")));
    assert_eq!(read.listings.len(), 1);
    assert!(problems(&read)[0].contains("more than 500 elements"), "{:?}", problems(&read));
    let deep = rss(&format!("<item><title>Cup</title>{}", "<a>".repeat(100_000)));
    assert_eq!(
        problems(&read_text(&deep)),
        ["feed: its elements are nested more than 64 deep; it is not read on"]
    );
    // A row with a quote that is never closed, in a table of two columns, is not read to the end of days.
    let table = format!("title,price\n\"{}\nCup,1 EUR\n", "y".repeat(400_000));
    let read = read_text(&table);
    assert_eq!(said(&read.listings[0].name), "Cup");
    let bad = rss(&"<item></item>".repeat(PROBLEMS + 5));
    let read = read_text(&bad);
    assert_eq!((read.problems.len(), read.more_problems), (PROBLEMS, 5));
}

#[test]
fn an_empty_or_foreign_file_is_said_so() {
    assert_eq!(problems(&read_text("")), ["feed: it has no rows below its header"]);
    assert_eq!(
        problems(&read_text("<html><body>Sign in</body></html>")),
        ["feed: it has no <item> or <entry>"]
    );
    let rules = FeedRules::default();
    let error = Feed::open(b"PK\x03\x04aaaa", None, &rules, seen()).err().unwrap().to_string();
    assert_eq!(error, "not text: it is a ZIP archive or office document");
}

#[test]
fn items_come_one_by_one() {
    let text = rss(&"<item><title>Cup</title><g:price>1 EUR</g:price></item>".repeat(1_000));
    let rules = FeedRules::default();
    let feed = Feed::open(text.as_bytes(), None, &rules, seen()).unwrap();
    let mut items = feed.items();
    let first = items.next().unwrap();
    assert!(first.listing.is_some() && first.problems.is_empty());
    assert_eq!(items.take(10).count(), 10);
    fn sendable<T: Send>(_: &T) {}
    sendable(&feed.items());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        xml in "(<rss>|<item>|</item>|<entry>|<g:price>|</g:price>|5 EUR|&amp;|&|<!\\[CDATA\\[|\\]\\]>|<!--|<|>|é|<link href='/x'/>|<title>){0,25}",
        table in "(id|title|price|,|;|\t|\"|\n|\r\n|a|é){0,40}",
        delimiter in proptest::option::of(any::<char>()),
    ) {
        let rules = FeedRules { delimiter, ..FeedRules::default() };
        for body in [bytes.as_slice(), xml.as_bytes(), table.as_bytes()] {
            for format in FeedFormat::ALL {
                let rules = FeedRules { format: *format, ..rules.clone() };
                if let Ok(feed) = Feed::open(body, None, &rules, seen()) {
                    prop_assert!(feed.items().count() <= body.len() + 2);
                }
            }
        }
    }

    #[test]
    fn every_row_comes_out_as_it_was_written(rows in prop::collection::vec(("[a-z\",;\t é]{1,12}", 1u32..100_000), 1..8)) {
        let mut table = csv_line(&["title", "price", "id", "link"]);
        for (n, (name, cents)) in rows.iter().enumerate() {
            table += &csv_line(&[&format!("x{name}"), &format!("{cents}.00 EUR"), &n.to_string(), "/p"]);
        }
        let read = read_with(table.as_bytes(), &FeedRules { format: FeedFormat::Csv, delimiter: Some(','), ..FeedRules::default() });
        prop_assert_eq!(read.problems.len(), 0);
        let names: Vec<String> = read.listings.iter().map(|l| said(&l.name).to_owned()).collect();
        let wanted: Vec<String> = rows.iter().map(|(name, _)| crate::extract::fold(&format!("x{name}"))).collect();
        prop_assert_eq!(names, wanted);
    }
}

fn csv_line(cells: &[&str]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\r\n", quoted.join(","))
}
