//! Pages of invented shops in many habits and languages, each with what a reader of it would say:
//! no page of a real shop, no wording but ours.

use super::*;

/// What is expected of the first listing; an empty text asks for nothing, "-" for absence.
#[derive(Default)]
struct Want {
    name: &'static str,
    /// In hundredths, as `price_text::value` reads it; "-" for no price.
    price: &'static str,
    currency: &'static str,
    list: &'static str,
    availability: &'static str,
    brand: &'static str,
    sku: &'static str,
    gtin: &'static str,
    unit: &'static str,
    condition: &'static str,
}

const NOTHING: Want = Want {
    name: "",
    price: "",
    currency: "",
    list: "",
    availability: "",
    brand: "",
    sku: "",
    gtin: "",
    unit: "",
    condition: "",
};

fn faults(case: &str, html: &str, want: &Want) -> Vec<String> {
    let page = read(html);
    let l = page.listings.first().cloned().unwrap_or_default();
    let mut faults = Vec::new();
    let mut hold = |field: &str, want: &str, got: &Option<Stated>, same: &dyn Fn(&str, &str) -> bool| {
        let got = got.as_ref().map(|s| s.text.as_str());
        let right = match (want, got) {
            ("", _) => true,
            ("-", got) => got.is_none(),
            (_, None) => false,
            (want, Some(got)) => same(want, got),
        };
        if !right {
            faults.push(format!("{case}: {field} is {got:?}, not {want:?}"));
        }
    };
    let exact = |a: &str, b: &str| a == b;
    let money = |a: &str, b: &str| price_text::value(a) == price_text::value(b);
    hold("name", want.name, &l.name, &exact);
    hold("price", want.price, &l.price, &money);
    hold("currency", want.currency, &l.currency, &exact);
    hold("list price", want.list, &l.list_price, &money);
    hold("availability", want.availability, &l.availability, &exact);
    hold("brand", want.brand, &l.brand, &exact);
    hold("sku", want.sku, &l.sku, &exact);
    hold("gtin", want.gtin, &l.gtin, &exact);
    hold("unit", want.unit, &l.price_unit, &exact);
    hold("condition", want.condition, &l.condition, &exact);
    faults
}

#[test]
#[allow(clippy::too_many_lines)]
fn shops_of_many_habits() {
    let w = NOTHING;
    let cases: Vec<(&str, &str, Want)> = vec![
        (
            "product json in a script, price in the page",
            r##"<html lang="en"><head><title>Larch Bowl – Fernhill Store</title><meta property="og:site_name" content="Fernhill Store"><meta property="og:title" content="Larch Bowl"><meta property="og:type" content="product"></head><body>
            <div class="announcement-bar">Free shipping on orders over $75</div><div class="product"><div class="product__media"><img src="a.jpg"></div><div class="product__info"><p class="product__vendor">Fernhill</p><h1 class="product__title">Larch Bowl</h1>
            <div class="price price--on-sale"><div class="price__regular"><span class="visually-hidden">Regular price</span><span class="price-item price-item--regular">$48.00</span></div><div class="price__sale"><s class="price-item price-item--regular">$48.00</s><span class="price-item price-item--sale">$36.00</span></div></div>
            <form action="/cart/add"><button name="add" class="product-form__submit">Add to cart</button></form></div></div>
            <script type="application/json" data-product-json>{"id":1,"title":"Larch Bowl","vendor":"Fernhill","price":3600,"compare_at_price":4800,"variants":[{"id":2,"sku":"LB-20","price":3600}]}</script>
            <section class="product-recommendations"><h2>You may also like</h2><a href="/x">Oak Spoon</a> <span class="price-item">$9.00</span></section></body></html>"##,
            Want {
                name: "Larch Bowl",
                price: "36.00",
                currency: "$",
                list: "48.00",
                availability: "InStock",
                ..w
            },
        ),
        (
            "struck and inserted price",
            r##"<html lang="en-GB"><body><div class="product"><h1 class="product_title entry-title">Wool Blanket Grey</h1><p class="price"><del aria-hidden="true"><span class="amount"><bdi><span class="symbol">£</span>89.00</bdi></span></del> <ins><span class="amount"><bdi><span class="symbol">£</span>64.50</bdi></span></ins></p>
            <p class="stock in-stock">12 in stock</p><form class="cart"><button type="submit" class="single_add_to_cart_button button alt">Add to basket</button></form><div class="product_meta"><span class="sku_wrapper">SKU: <span class="sku">WB-117</span></span> <span class="posted_in">Category: <a>Bedding</a></span></div></div>
            <section class="related products"><ul><li><a href="/a"><h2>Pillow</h2><span class="price"><span class="amount">£15.00</span></span></a></li><li><a href="/b"><h2>Sheet</h2><span class="price"><span class="amount">£22.00</span></span></a></li><li><a href="/c"><h2>Throw</h2><span class="price"><span class="amount">£31.00</span></span></a></li></ul></section></body></html>"##,
            Want {
                name: "Wool Blanket Grey",
                price: "64.50",
                currency: "£",
                list: "89.00",
                availability: "InStock",
                sku: "WB-117",
                ..w
            },
        ),
        (
            "price amount in a data attribute beside the text",
            r##"<html lang="nl"><body><h1 class="page-title"><span class="base">Koperen gieter 2 l</span></h1><div class="product-info-price"><div class="price-box price-final_price"><span class="special-price"><span class="price-container"><span class="price-label">Speciale prijs</span><span data-price-amount="24.95" data-price-type="finalPrice" class="price-wrapper"><span class="price">€ 24,95</span></span></span></span><span class="old-price"><span class="price-label">Normale prijs</span><span data-price-amount="29.95" data-price-type="oldPrice" class="price-wrapper"><span class="price">€ 29,95</span></span></span></div><div class="stock available"><span>Op voorraad</span></div></div>
            <div class="product attribute sku"><strong class="type">Artikelnummer</strong><div class="value" itemprop="sku">KG-2000</div></div><button title="In winkelwagen" class="action tocart">In winkelwagen</button><p>Gratis verzending vanaf € 50,00</p></body></html>"##,
            Want {
                name: "Koperen gieter 2 l",
                price: "24.95",
                currency: "€",
                list: "29.95",
                availability: "InStock",
                sku: "KG-2000",
                ..w
            },
        ),
        (
            "Arabic shop with Arabic digits",
            r##"<html lang="ar" dir="rtl"><head><title>إبريق شاي نحاسي | متجر الواحة</title></head><body><h1>إبريق شاي نحاسي</h1><div class="price"><del>١٩٩٫٠٠ ر.س</del> <span class="sale-price">١٢٩٫٠٠ ر.س</span></div><p class="stock">متوفر</p><button>أضف إلى السلة</button><p>الماركة: واحة</p></body></html>"##,
            Want {
                name: "إبريق شاي نحاسي", price: "129.00", currency: "ر.س", availability: "InStock", ..w
            },
        ),
        (
            "Arabic shop, sold out",
            r##"<html lang="ar"><body><h1>سجادة صوف</h1><span class="product-price">450 د.إ</span><div>نفدت الكمية</div></body></html>"##,
            Want {
                name: "سجادة صوف", price: "450", currency: "د.إ", availability: "OutOfStock", ..w
            },
        ),
        (
            "Japanese shop with full-width digits",
            r##"<html lang="ja"><head><title>鉄瓶 南部 0.8L | 道具市</title></head><body><h1>鉄瓶 南部 0.8L</h1><p class="price">税込 １２，８００円</p><p>5,000円以上で送料無料</p><dl><dt>商品番号</dt><dd>NT-0800</dd><dt>JANコード</dt><dd>4006381333931</dd></dl><p>在庫あり</p><button>カートに入れる</button></body></html>"##,
            Want {
                name: "鉄瓶 南部 0.8L",
                price: "12800",
                currency: "円",
                availability: "InStock",
                sku: "NT-0800",
                gtin: "4006381333931",
                ..w
            },
        ),
        (
            "Polish shop",
            r##"<html lang="pl"><head><title>Lampka biurkowa Sowa - sklep Domownik</title></head><body><h1>Lampka biurkowa Sowa</h1><div class="cena"><span class="cena-stara">199,00 zł</span> <strong class="cena-nowa">149,99 zł</strong></div><p>Najniższa cena z 30 dni: 155,00 zł</p><p>Dostępność: dostępny</p><p>Producent: Sowa</p><p>Kod EAN: 4006381333931</p><a class="btn" href="#">Dodaj do koszyka</a><p>Dostawa od 9,90 zł</p></body></html>"##,
            Want {
                name: "Lampka biurkowa Sowa",
                price: "149.99",
                currency: "zł",
                availability: "InStock",
                brand: "Sowa",
                gtin: "4006381333931",
                ..w
            },
        ),
        (
            "Brazilian shop with instalments and a cash price",
            r##"<html lang="pt-BR"><body><h1>Panela de ferro 24 cm</h1><div class="preco"><span class="preco-de">De: R$ 259,90</span><span class="preco-por">Por: R$ 199,90</span><span class="parcelas">ou 3x de R$ 66,63 sem juros</span></div><p>Marca: Fornalha</p><p>Em estoque</p><button>Comprar</button><p>Frete grátis acima de R$ 299,00</p></body></html>"##,
            Want {
                name: "Panela de ferro 24 cm",
                price: "199.90",
                currency: "R$",
                availability: "InStock",
                brand: "Fornalha",
                ..w
            },
        ),
        (
            "raised cents without class",
            r##"<html lang="de"><body><h1>Spaten Edelstahl</h1><div class="preisblock"><span class="eur">12<sup>99</sup> €</span></div><p>Lieferbar</p><button>In den Warenkorb</button></body></html>"##,
            Want { name: "Spaten Edelstahl", price: "12.99", availability: "InStock", ..w },
        ),
        (
            "number, comma, cents and sign in elements of their own",
            r##"<html lang="de"><body><h1>Harke 14 Zinken</h1><div class="preis"> <span class="zahl">149,</span> <span class="rest">62</span> <span class="zeichen">€</span> <div>inkl. 19 % MwSt., zzgl. 4,90 € Versand. Unsere Preise gelten fuer Endkunden in allen Filialen und im Netz, solange der Vorrat reicht.</div></div><button>In den Warenkorb</button></body></html>"##,
            Want { name: "Harke 14 Zinken", price: "149.62", ..w },
        ),
        (
            "a bare cell, no class, cents set smaller",
            r##"<html lang="de"><body><a href="/k">Warenkorb € 0,00</a><h1>Schraubstock 125 mm</h1><table><tr><td>Gewicht</td><td>9 kg</td></tr></table><table><tr><td style="font-size:28px">€210,<span style="font-size:21px">87</span></td></tr><tr><td style="font-size:9px">zzgl. Versand ab € 5,90</td></tr></table><a href="#">In den Warenkorb</a></body></html>"##,
            Want { name: "Schraubstock 125 mm", price: "210.87", currency: "€", ..w },
        ),
        (
            "French sign as separator",
            r##"<html lang="fr"><body><h1>Théière en fonte</h1><p class="prix">34€<sup>90</sup></p><p>Disponible immédiatement</p><p>Marque : Atelier Bleu</p><button>Ajouter au panier</button><p>Livraison offerte dès 60 €</p></body></html>"##,
            Want {
                name: "Théière en fonte",
                price: "34.90",
                currency: "€",
                availability: "InStock",
                brand: "Atelier Bleu",
                ..w
            },
        ),
        (
            "round price with a dash",
            r##"<html lang="nl"><body><h1>Fietspomp staal</h1><strong class="prijs">€ 12,-</strong><p>Bestel voor 23:00, morgen in huis</p><button>In winkelmand</button></body></html>"##,
            Want { name: "Fietspomp staal", price: "12", currency: "€", ..w },
        ),
        (
            "currency only in a meta tag",
            r##"<html lang="en"><head><meta property="og:type" content="product"><meta property="product:price:currency" content="NOK"></head><body><h1>Fishing Reel 300</h1><div class="product-price">1 249,00</div><button>Add to cart</button></body></html>"##,
            Want { name: "Fishing Reel 300", price: "1249.00", currency: "NOK", ..w },
        ),
        (
            "microdata with itemref",
            r##"<html><body><div itemscope itemtype="https://schema.org/Product" itemref="more money"><h1 itemprop="name">Anvil 20 kg</h1></div><p id="more">By <span itemprop="brand">Hammerfall</span>, <span itemprop="sku">AN20</span></p><div id="money"><span itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="priceCurrency" content="EUR"><b itemprop="price" content="88.00">88 €</b><link itemprop="availability" href="https://schema.org/InStock"></span></div></body></html>"##,
            Want {
                name: "Anvil 20 kg",
                price: "88.00",
                currency: "EUR",
                availability: "InStock",
                brand: "Hammerfall",
                sku: "AN20",
                ..w
            },
        ),
        (
            "RDFa",
            r##"<html><body vocab="https://schema.org/" typeof="WebPage"><div typeof="Product"><h1 property="name">Cedar Oil 50 ml</h1><span property="brand" typeof="Brand"><span property="name">Zeder</span></span><div property="offers" typeof="Offer"><span property="price" content="7.40">7,40</span><meta property="priceCurrency" content="CHF"><link property="availability" href="http://schema.org/OutOfStock"></div></div></body></html>"##,
            Want {
                name: "Cedar Oil 50 ml",
                price: "7.40",
                currency: "CHF",
                availability: "OutOfStock",
                brand: "Zeder",
                ..w
            },
        ),
        (
            "variants with a lowest price",
            r##"<html><head><script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Rope 8 mm","brand":{"@type":"Brand","name":"Knotwork"},"offers":{"@type":"AggregateOffer","lowPrice":"4.50","highPrice":"39.00","priceCurrency":"EUR","offerCount":5,"availability":"https://schema.org/InStock"}}</script></head><body><h1>Rope 8 mm</h1><p class="price">from 4,50 €</p></body></html>"##,
            Want {
                name: "Rope 8 mm",
                price: "4.50",
                currency: "EUR",
                availability: "InStock",
                brand: "Knotwork",
                ..w
            },
        ),
        (
            "related goods before the main one",
            r##"<html><head><title>Camp Stove Two Burners | Outfitters</title></head><body><div class="recommendations"><div class="card"><a href="/1"><h3>Camp Mug</h3></a><span class="price">$8.00</span></div><div class="card"><a href="/2"><h3>Camp Plate</h3></a><span class="price">$6.50</span></div><div class="card"><a href="/3"><h3>Camp Fork</h3></a><span class="price">$3.00</span></div></div><main><h1>Camp Stove Two Burners</h1><span class="price">$129.00</span><button>Add to cart</button></main></body></html>"##,
            Want { name: "Camp Stove Two Burners", price: "129.00", currency: "$", ..w },
        ),
        (
            "cookie banner and voucher with amounts",
            r##"<html lang="de"><body><div id="cookie-consent">Ihr Gutschein über 10,00 € wartet: Cookies zulassen</div><header><a href="/warenkorb">Warenkorb 0,00 €</a></header><h1>Gartenbank Eiche</h1><div class="product-price">189,00 €</div><p>oder 12 Raten zu 16,90 €</p><p>Versandkostenfrei ab 100 €</p><button>In den Warenkorb</button><div class="newsletter">5 € Gutschein sichern</div></body></html>"##,
            Want { name: "Gartenbank Eiche", price: "189.00", currency: "€", ..w },
        ),
        (
            "shipping threshold before the price",
            r##"<html lang="en-IE"><body><h1>Beeswax Candles</h1><p class="usp">Free delivery over €50</p><div><span class="amount">€14.25</span></div><button>Add to bag</button></body></html>"##,
            Want { name: "Beeswax Candles", price: "14.25", currency: "€", ..w },
        ),
        (
            "instalments beside the price",
            r##"<html lang="es"><body><h1>Bicicleta plegable</h1><div class="precio">99,00 €</div><div class="cuotas">3 x 33,00 € sin intereses</div><p>Disponible</p><p>Ref.: BP-16</p><button>Añadir al carrito</button></body></html>"##,
            Want {
                name: "Bicicleta plegable",
                price: "99.00",
                currency: "€",
                availability: "InStock",
                sku: "BP-16",
                ..w
            },
        ),
        (
            "unit price beside the price",
            r##"<html lang="de"><body><h1>Bergkäse 400 g</h1><div class="price">5,00 €</div><div class="unit-price">12,50 €/kg</div><button>In den Warenkorb</button></body></html>"##,
            Want { name: "Bergkäse 400 g", price: "5.00", currency: "€", unit: "-", ..w },
        ),
        (
            "member price beside the price for all",
            r##"<html lang="en"><body><h1>Running Socks Trio</h1><div class="price-regular-customer"><span class="price">$18.00</span></div><div class="member-price">Members pay <span>$15.30</span></div><button>Add to cart</button></body></html>"##,
            Want { name: "Running Socks Trio", price: "18.00", currency: "$", ..w },
        ),
        (
            "price per piece and pack with a ladder",
            r##"<html lang="de"><body><h1>Schrauben M6 x 40</h1><div class="price">8,90 € <small>pro Packung (100 Stück)</small></div><p class="unit">0,089 € pro Stück</p><table class="staffelpreise"><tr><th>Menge</th><th>Preis</th></tr><tr><td>ab 10</td><td>8,40 €</td></tr><tr><td>ab 50</td><td>7,90 €</td></tr></table><p>Artikel-Nr.: 4711-640 | EAN: 4006381333931</p><button>In den Warenkorb</button></body></html>"##,
            Want {
                name: "Schrauben M6 x 40",
                price: "8.90",
                currency: "€",
                sku: "4711-640",
                gtin: "4006381333931",
                ..w
            },
        ),
        (
            "out of stock with a price",
            r##"<html lang="it"><body><h1>Moka 6 tazze</h1><span class="prezzo">27,50 €</span><p>Non disponibile</p><p>Marca: Vaporetto</p></body></html>"##,
            Want {
                name: "Moka 6 tazze",
                price: "27.50",
                currency: "€",
                availability: "OutOfStock",
                brand: "Vaporetto",
                ..w
            },
        ),
        (
            "price on request",
            r##"<html lang="en"><body><h1>Lathe TX-900</h1><p class="price">Price on request</p><p>Deposit from $500 for hire</p><button>Request a quote</button><a class="btn" href="/cart">View cart</a></body></html>"##,
            Want { price: "-", ..w },
        ),
        (
            "auction",
            r##"<html lang="en"><body><h1>Brass Sextant, boxed</h1><div class="bid"><span>Current bid:</span> <span class="price">£210.00</span> <span>[14 bids]</span></div><p>Postage: £12.50</p><p>Condition: Used</p><button>Place bid</button><p>Seller: harbour_finds</p></body></html>"##,
            Want { name: "Brass Sextant, boxed", price: "210.00", currency: "£", condition: "Used", ..w },
        ),
        (
            "used goods",
            r##"<html lang="fr"><body><h1>Appareil photo argentique</h1><p class="prix">85,00 €</p><p>État : Occasion</p><p>Neuf à partir de 240,00 €</p><button>Acheter</button></body></html>"##,
            Want { name: "Appareil photo argentique", price: "85.00", condition: "Occasion", ..w },
        ),
        (
            "broken JSON-LD",
            "<html><head><script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"Product\",\"name\":\"Desk Fan 30 cm\",\"description\":\"Quiet\nand cool\",\"sku\":\"DF30\",\"offers\":{\"@type\":\"Offer\",\"price\":\"39.95\",\"priceCurrency\":\"AUD\",\"availability\":\"InStock\",},}</script></head><body><h1>Desk Fan 30 cm</h1></body></html>",
            Want {
                name: "Desk Fan 30 cm",
                price: "39.95",
                currency: "AUD",
                availability: "InStock",
                sku: "DF30",
                ..w
            },
        ),
        (
            "Turkish shop",
            r##"<html lang="tr"><body><h1>Bakır Cezve</h1><div class="fiyat"><span class="eski">₺450,00</span><span class="yeni-fiyat">₺389,90</span></div><p>Stokta yok</p><p>Marka: Ocakbaşı</p></body></html>"##,
            Want {
                name: "Bakır Cezve",
                price: "389.90",
                currency: "₺",
                availability: "OutOfStock",
                brand: "Ocakbaşı",
                ..w
            },
        ),
        (
            "Russian shop with groups of three",
            r##"<html lang="ru"><body><h1>Самовар 5 л</h1><div class="product-price">24 990 ₽</div><p>Есть в наличии</p><p>Артикул: СМ-005</p><p>Бренд: Тулица</p><button>В корзину</button><p>Доставка 490 ₽</p></body></html>"##,
            Want {
                name: "Самовар 5 л",
                price: "24990",
                currency: "₽",
                availability: "InStock",
                sku: "СМ-005",
                brand: "Тулица",
                ..w
            },
        ),
        (
            "Korean shop",
            r##"<html lang="ko"><body><h1>무쇠 냄비 24cm</h1><div class="price"><del>98,000원</del> <strong>79,000원</strong></div><p>품절</p><p>브랜드: 솥마을</p></body></html>"##,
            Want {
                name: "무쇠 냄비 24cm",
                price: "79000",
                currency: "원",
                availability: "OutOfStock",
                brand: "솥마을",
                ..w
            },
        ),
        (
            "Swedish shop, negated stock",
            r##"<html lang="sv"><body><h1>Yxa 600 g</h1><p class="pris">449 kr</p><p>Ej i lager</p><p>Varumärke: Björkhult</p></body></html>"##,
            Want { name: "Yxa 600 g", price: "449", currency: "kr", availability: "OutOfStock", ..w },
        ),
        (
            "Czech shop",
            r##"<html lang="cs"><body><h1>Hrnec smaltovaný 5 l</h1><div><span class="puvodni">Běžná cena 899 Kč</span> <strong class="cena">649 Kč</strong></div><p>Skladem</p><p>Značka: Kameník</p><button>Do košíku</button></body></html>"##,
            Want {
                name: "Hrnec smaltovaný 5 l",
                price: "649",
                currency: "Kč",
                availability: "InStock",
                brand: "Kameník",
                ..w
            },
        ),
        (
            "brand by a logo's alternative text",
            r##"<html lang="de"><head><title>Torvik Bohrer Set 10-teilig | Werkzeugkiste</title></head><body><h1>Torvik Bohrer Set 10-teilig</h1><div class="hersteller"><img src="l.png" alt="Torvik Logo"></div><span class="price">24,00 €</span><p>Nicht mehr auf Lager</p></body></html>"##,
            Want {
                name: "Torvik Bohrer Set 10-teilig",
                price: "24.00",
                brand: "Torvik",
                availability: "OutOfStock",
                ..w
            },
        ),
        (
            "category heading before the title",
            r##"<html lang="en"><head><title>Teak Oil 500 ml buy online | Shipyard</title></head><body><h1>Paints</h1><div><h1>Teak Oil 500 ml</h1><span class="price">$11.20</span><button>Add to cart</button></div></body></html>"##,
            Want { name: "Teak Oil 500 ml", price: "11.20", ..w },
        ),
        (
            "a wrong check digit is no GTIN",
            r##"<html lang="en"><body><h1>Clamp 150</h1><span class="price">$7.00</span><p>EAN: 4006381333932</p><button>Add to cart</button></body></html>"##,
            Want { price: "7.00", gtin: "-", ..w },
        ),
        (
            "price with an inner net price",
            r##"<html lang="de"><body><h1>Drucker L50</h1><div class="price-box"><div class="price">142,80 €</div><div class="net">120,00 € exkl. MwSt.</div></div><p>Lieferung 5,90 €</p><button>In den Warenkorb</button></body></html>"##,
            Want { name: "Drucker L50", price: "142.80", ..w },
        ),
    ];
    let all: Vec<String> = cases.iter().flat_map(|(case, html, want)| faults(case, html, want)).collect();
    println!("{} pages, {} faults", cases.len(), all.len());
    assert!(all.is_empty(), "{}", all.join("\n"));
}
