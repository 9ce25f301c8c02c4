//! Every field of a listing from every way a page states it, each with its witness, and what becomes of
//! witnesses that disagree. The pages are our own.

use super::*;
use model::Agreement;

fn ld(json: &str) -> Listing {
    first(&format!("<h1>Garden hose</h1><script type='application/ld+json'>{json}</script>"))
}

fn first(html: &str) -> Listing {
    read(html).listings.into_iter().next().unwrap_or_default()
}

fn said(stated: &Option<Stated>) -> &str {
    stated.as_ref().map_or("-", |s| s.text.as_str())
}

fn place(stated: &Option<Stated>) -> &str {
    stated.as_ref().map_or("-", |s| s.witness.place.as_str())
}

fn attribute<'l>(listing: &'l Listing, name: &str) -> &'l str {
    listing.attributes.iter().find(|(n, _)| n == name).map_or("-", |(_, v)| v.text.as_str())
}

fn ladder(listing: &Listing) -> Vec<(&str, &str)> {
    listing.quantity_breaks.iter().map(|s| (s.min_quantity.text.as_str(), s.price.text.as_str())).collect()
}

#[test]
fn a_product_in_full() {
    let listing = ld(
        r#"{"@context":"https://schema.org","@type":["Product","schema:IndividualProduct"],"name":"Garden hose","brand":{"@type":"Brand","name":"Aquaflex"},
        "identifier":[{"@type":"PropertyValue","propertyID":"EAN","value":"4006381333931"},{"@type":"PropertyValue","propertyID":"MPN","value":"AF-20"}],
        "sku":"H20","category":"Garden / Watering","weight":{"@type":"QuantitativeValue","value":"2.4","unitCode":"KGM"},"color":"green",
        "image":["/i/1.jpg",{"@type":"ImageObject","contentUrl":"https://cdn.example/2.jpg"},"/i/1.jpg"],"dateModified":"2026-05-04",
        "additionalProperty":[{"@type":"PropertyValue","name":"Country of origin","value":"Italy"},{"@type":"PropertyValue","name":"Length","value":20,"unitCode":"MTR"}],
        "offers":{"@type":"Offer","price":"24.90","priceCurrency":"EUR","priceValidUntil":"2026-12-31","availability":"http://schema.org/InStock","itemCondition":"https://schema.org/NewCondition",
          "seller":{"@type":"Organization","name":"Hose & Co"},
          "priceSpecification":[{"@type":"UnitPriceSpecification","priceType":"https://schema.org/StrikethroughPrice","price":"29.90","priceCurrency":"EUR"},
             {"@type":"UnitPriceSpecification","price":"1.25","priceCurrency":"EUR","referenceQuantity":{"value":"1","unitCode":"MTR"}},
             {"@type":"UnitPriceSpecification","price":"19.90","priceCurrency":"EUR","validForMemberTier":{"name":"club"}},
             {"@type":"UnitPriceSpecification","price":"24.90","valueAddedTaxIncluded":true}],
          "shippingDetails":{"@type":"OfferShippingDetails","shippingRate":{"value":"4.90","currency":"EUR"},"shippingDestination":{"addressCountry":["DE","AT"]}}}}"#,
    );
    let expected = [
        (&listing.name, "Garden hose"),
        (&listing.brand, "Aquaflex"),
        (&listing.gtin, "4006381333931"),
        (&listing.mpn, "AF-20"),
        (&listing.sku, "H20"),
        (&listing.price, "24.90"),
        (&listing.list_price, "29.90"),
        (&listing.unit_price, "1.25"),
        (&listing.unit_price_unit, "1 MTR"),
        (&listing.currency, "EUR"),
        (&listing.tax_included, "true"),
        (&listing.valid_until, "2026-12-31"),
        (&listing.availability, "InStock"),
        (&listing.condition, "NewCondition"),
        (&listing.seller, "Hose & Co"),
        (&listing.category, "Garden > Watering"),
        (&listing.weight, "2.4 KGM"),
        (&listing.shipping, "4.90 EUR"),
        (&listing.shipping_to, "DE, AT"),
        (&listing.origin, "Italy"),
        (&listing.date, "2026-05-04"),
    ];
    for (stated, text) in expected {
        assert_eq!(said(stated), text);
        let witness = &stated.as_ref().unwrap().witness;
        assert!(
            witness.syntax == Syntax::JsonLd && witness.place.starts_with("script[0]"),
            "{text}: {witness:?}"
        );
    }
    assert_eq!(place(&listing.shipping), "script[0]/offers/shippingDetails/shippingRate/value");
    let images: Vec<&str> = listing.images.iter().map(|i| i.text.as_str()).collect();
    assert_eq!(images, ["https://shop.example/i/1.jpg", "https://cdn.example/2.jpg"]);
    assert_eq!((attribute(&listing, "Length"), attribute(&listing, "color")), ("20 MTR", "green"));
}

#[test]
fn prices_of_other_kinds_are_not_the_price() {
    let offer = |specifications: &str| {
        ld(&format!(
            r#"{{"@type":"Product","name":"Garden hose","offers":{{"@type":"Offer","priceCurrency":"EUR","priceSpecification":[{specifications}]}}}}"#
        ))
    };
    let net_and_gross = offer(
        r#"{"price":100,"valueAddedTaxIncluded":"false"},{"price":119,"valueAddedTaxIncluded":"http://schema.org/True"}"#,
    );
    assert_eq!((said(&net_and_gross.price), said(&net_and_gross.tax_included)), ("119", "true"));
    let net = offer(r#"{"price":100,"valueAddedTaxIncluded":false}"#);
    assert_eq!((said(&net.price), said(&net.tax_included)), ("100", "false"));
    let sale = offer(
        r#"{"price":50,"priceType":"MSRP"},{"price":44},{"price":40,"priceType":"https://schema.org/SalePrice"},{"price":30,"priceType":"MinimumAdvertisedPrice"}"#,
    );
    assert_eq!((said(&sale.price), said(&sale.list_price)), ("40", "50"));
    let by_weight = offer(r#"{"price":"3.20","referenceQuantity":{"value":100,"unitText":"g"}}"#);
    assert_eq!((said(&by_weight.price), said(&by_weight.price_unit)), ("3.20", "100 g"));
    let delivery = offer(
        r#"{"price":9},{"@type":"DeliveryChargeSpecification","price":"3.50","priceCurrency":"EUR","eligibleRegion":"IT"}"#,
    );
    assert_eq!(
        (said(&delivery.price), said(&delivery.shipping), said(&delivery.shipping_to)),
        ("9", "3.50 EUR", "IT")
    );
}

#[test]
fn ladders_over_offers_and_within_one() {
    let step = |from: u32, price: &str| {
        format!(
            r#"{{"@type":"Offer","price":"{price}","priceCurrency":"USD","eligibleQuantity":{{"minValue":{from},"unitCode":"C62"}}}}"#
        )
    };
    let listing = ld(&format!(
        r#"{{"@type":"Product","name":"Garden hose","offers":[{},{},{}]}}"#,
        step(500, "1.80"),
        step(10, "2.40"),
        step(100, "2.00")
    ));
    assert_eq!(ladder(&listing), [("10 C62", "2.40"), ("100 C62", "2.00"), ("500 C62", "1.80")]);
    assert_eq!((said(&listing.price), said(&listing.min_order)), ("2.40", "10 C62"));
}

#[test]
fn groups_and_references() {
    let page = read(
        r##"<h1>Polo shirt</h1><script type="application/ld+json">{"@graph":[
        {"@type":"WebPage","@id":"#page","mainEntity":{"@id":"#group"},"datePublished":"2026-01-02"},
        {"@type":"ProductGroup","@id":"#group","name":"Polo shirt","productGroupID":"PS","brand":{"@id":"#brand"},"variesBy":"color","hasVariant":[{"@id":"#red"},{"@id":"#blue"}]},
        {"@type":"Brand","@id":"#brand","name":"Nordwerk"},
        {"@type":"Product","@id":"#red","name":"Polo shirt red","color":"red","size":"M","sku":"PS-R","isVariantOf":{"@id":"#group"},"offers":{"@id":"#o1"}},
        {"@type":"Product","@id":"#blue","name":"Polo shirt blue","color":"blue","sku":"PS-B","hasVariant":{"@id":"#group"},"offers":{"@type":"Offer","price":"21.00","priceCurrency":"GBP"}},
        {"@type":"Offer","@id":"#o1","price":"19.00","priceCurrency":"GBP","availability":"InStock"}]}</script>"##,
    );
    let told: Vec<_> = page
        .listings
        .iter()
        .map(|l| (said(&l.variant), said(&l.price), said(&l.sku), said(&l.brand)))
        .collect();
    assert_eq!(told, [("red / M", "19.00", "PS-R", "Nordwerk"), ("blue", "21.00", "PS-B", "Nordwerk")]);
    assert_eq!(said(&page.listings[0].date), "2026-01-02");
}

#[test]
fn what_a_seller_offers_is_not_the_seller() {
    let listing = ld(
        r#"{"@type":"LocalBusiness","name":"Garden centre","offers":{"@type":"Offer","price":"12.00","priceCurrency":"EUR","itemOffered":{"@type":"Product","name":"Garden hose"}}}"#,
    );
    assert_eq!((said(&listing.name), said(&listing.price)), ("Garden hose", "12.00"));
}

#[test]
fn goodrelations_in_rdfa() {
    let listing = first(
        r#"<div xmlns:gr="http://purl.org/goodrelations/v1#" typeof="gr:Offering"><h1 property="gr:name">Garden hose</h1>
        <div rel="gr:includes"><div typeof="gr:SomeItems"><span property="gr:name">Garden hose</span><span property="gr:hasEAN_UCC-13" content="4006381333931"></span><span property="gr:hasStockKeepingUnit" content="H20"></span></div></div>
        <div rel="gr:hasPriceSpecification"><div typeof="gr:UnitPriceSpecification"><span property="gr:hasCurrency" content="EUR">€</span>
        <span property="gr:hasCurrencyValue" content="24.90">24,90</span><span property="gr:valueAddedTaxIncluded" content="true"></span></div></div></div>"#,
    );
    assert_eq!(
        (said(&listing.price), said(&listing.currency), said(&listing.tax_included)),
        ("24.90", "EUR", "true")
    );
    assert_eq!((said(&listing.gtin), said(&listing.sku)), ("4006381333931", "H20"));
    assert_eq!(listing.price.unwrap().witness.syntax, Syntax::Rdfa);
}

#[test]
fn meta_tags_in_full() {
    let listing = first(
        r#"<head><meta property="og:type" content="product"><meta property="og:title" content="Garden hose"><meta property="og:image" content="/a.png">
        <meta property="product:price:amount" content="24.90"><meta property="product:price:currency" content="EUR"><meta property="product:condition" content="new">
        <meta property="product:weight:value" content="2.4"><meta property="product:weight:units" content="kg"><meta property="product:shipping_cost:amount" content="4.90">
        <meta property="product:shipping_cost:currency" content="EUR"><meta property="product:color" content="green"><meta property="product:expiration_time" content="2026-12-31">
        <meta property="og:updated_time" content="2026-05-04"></head><h1>Garden hose</h1>"#,
    );
    assert_eq!((said(&listing.weight), said(&listing.shipping)), ("2.4 kg", "4.90 EUR"));
    assert_eq!(
        (said(&listing.valid_until), said(&listing.date), said(&listing.condition)),
        ("2026-12-31", "2026-05-04", "new")
    );
    assert_eq!(
        (listing.images[0].text.as_str(), attribute(&listing, "color")),
        ("https://shop.example/a.png", "green")
    );
}

#[test]
fn state_of_shop_systems() {
    let shop = |script: &str| {
        first(&format!("<h1>Garden hose 20 m</h1><p>Green.</p><button>Add to cart</button>{script}"))
    };
    let ga4 = shop(
        "<script>gtag('event','view_item',{currency:'SEK',value:249,items:[{item_id:'H20',item_name:'Garden hose 20 m',item_brand:'Aquaflex',item_category:'Garden',item_category2:'Watering',item_variant:'green',price:249}]});</script>",
    );
    assert_eq!((said(&ga4.price), said(&ga4.currency), said(&ga4.sku)), ("249", "SEK", "H20"));
    assert_eq!(
        (said(&ga4.brand), said(&ga4.category), said(&ga4.variant)),
        ("Aquaflex", "Garden > Watering", "green")
    );
    let older = shop(
        "<script>dataLayer.push({'ecommerce':{'currencyCode':'EUR','detail':{'products':[{'name':'Garden hose 20 m','id':'77','price':'24.90','brand':'Aquaflex'}]}}});</script>",
    );
    assert_eq!((said(&older.price), said(&older.currency)), ("24.90", "EUR"));
    let shopify = shop(
        r#"<script>Shopify.currency = {"active":"DKK","rate":"1.0"};</script><script type="application/json">{"id":1,"title":"Garden hose 20 m","vendor":"Aquaflex","price":24900,"compare_at_price":29900,"price_varies":false}</script>"#,
    );
    assert_eq!(
        (said(&shopify.price), said(&shopify.list_price), said(&shopify.currency), said(&shopify.brand)),
        ("249.00", "299.00", "DKK", "Aquaflex")
    );
    let magento = shop(
        r##"<script type="text/x-magento-init">{"[data-role=priceBox]":{"priceBox":{"priceConfig":{"productId":"7","prices":{"oldPrice":{"amount":30},"finalPrice":{"amount":24.9}}}}}}</script>"##,
    );
    assert_eq!((said(&magento.price), said(&magento.list_price)), ("24.9", "30"));
    let page = read(
        r#"<h1>Garden hose</h1><p class="price">24,00 € – 30,00 €</p><form data-product_variations='[{"display_price":24,"display_regular_price":27,"sku":"H10","attributes":{"attribute_pa_length":"10 m"},"is_in_stock":true},{"display_price":30,"sku":"H20","attributes":{"attribute_pa_length":"20 m"},"is_in_stock":false}]'><button>Add to cart</button></form>"#,
    );
    let told: Vec<_> = page
        .listings
        .iter()
        .skip(1)
        .map(|l| (said(&l.name), said(&l.variant), said(&l.price), said(&l.availability)))
        .collect();
    assert_eq!(told, [("Garden hose", "10 m", "24", "InStock"), ("Garden hose", "20 m", "30", "OutOfStock")]);
}

#[test]
fn witnesses_that_disagree() {
    let page = |price: &str, shown: &str| {
        first(&format!(
            r#"<title>Garden hose</title><meta property="og:type" content="product"><meta property="og:title" content="Garden hose"><meta property="og:price:amount" content="{price}"><meta property="og:price:currency" content="EUR">
            <script type="application/ld+json">{{"@type":"Product","name":"Garden hose","offers":{{"price":"{price}","priceCurrency":"EUR"}}}}</script>
            <h1>Garden hose</h1><div class="product-price">{shown}</div><button>Add to cart</button>"#
        ))
    };
    let all = page("24.90", "24,90 €");
    assert_eq!(all.agreement.price, Agreement { witnesses: 3, agree: 3, disagree: 0 });
    assert_eq!(all.agreement.name, Agreement { witnesses: 3, agree: 3, disagree: 0 });
    assert_eq!(all.agreement.currency, Agreement { witnesses: 3, agree: 3, disagree: 0 });
    // Two ways of markup say the same, the page another: markup stays, and the doubt is counted.
    let doubt = page("24.90", "22,50 €");
    assert_eq!(
        (said(&doubt.price), doubt.agreement.price),
        ("24.90", Agreement { witnesses: 3, agree: 2, disagree: 1 })
    );
    // One way of markup alone, and the page shows its price nowhere: stale.
    let stale = first(
        r#"<script type="application/ld+json">{"@type":"Product","name":"Garden hose","offers":{"price":"24.90","priceCurrency":"USD"}}</script>
        <h1>Garden hose</h1><div class="product-price">22,50 €</div><button>Add to cart</button>"#,
    );
    assert_eq!((said(&stale.price), said(&stale.currency)), ("22,50 €", "€"));
    assert_eq!(stale.agreement.price, Agreement { witnesses: 2, agree: 1, disagree: 1 });
    // The currency is the one of the witness that gave the price.
    let own = first(
        r#"<meta property="og:type" content="product"><meta property="og:price:amount" content="24.90"><meta property="og:price:currency" content="EUR">
        <script type="application/ld+json">{"@type":"Product","name":"Garden hose","offers":{"@type":"Offer","priceCurrency":"USD","availability":"InStock"}}</script><h1>Garden hose</h1>"#,
    );
    assert_eq!((said(&own.price), said(&own.currency)), ("24.90", "EUR"));
}
