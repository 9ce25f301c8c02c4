"""What extruct and price-parser make of a page: the product of its JSON-LD, microdata and OpenGraph.

The fairest reading we know: the first product of a syntax speaks, a field it lacks comes from the next
syntax, addresses of schema.org are cut to their last word, price texts go through price-parser.
"""

import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import extruct  # noqa: E402
from price_parser import Price  # noqa: E402

SYNTAXES = ["json-ld", "microdata", "opengraph"]
GTINS = ["gtin", "gtin13", "gtin12", "gtin8", "gtin14", "isbn"]


def of_type(node, wanted):
    kinds = node.get("@type") or node.get("type") or []
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return any(str(kind).rstrip("/").rsplit("/", 1)[-1] in wanted for kind in kinds)


def products(node):
    """Every product below a node, in the order of the page."""
    if isinstance(node, list):
        for inner in node:
            yield from products(inner)
    elif isinstance(node, dict):
        if of_type(node, {"Product", "ProductGroup", "IndividualProduct", "ProductModel", "Book", "Vehicle"}):
            yield node
        for inner in node.values():
            yield from products(inner)


def first(value):
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def word(value):
    value = first(value)
    if isinstance(value, dict):
        value = first(value.get("name") or value.get("@value") or value.get("properties", {}).get("name"))
    return str(value).strip() if isinstance(value, (str, int, float)) and str(value).strip() else None


def offers(product):
    """Offers of a product, those within an aggregate offer after it."""
    found = product.get("offers") or []
    for offer in found if isinstance(found, list) else [found]:
        offer = first(offer)
        if isinstance(offer, dict):
            offer = offer.get("properties", offer)
            yield offer
            yield from offers(offer)


def of_product(node):
    product = node.get("properties", node)
    out = {"name": word(product.get("name")), "brand": word(product.get("brand") or product.get("manufacturer"))}
    out["sku"], out["mpn"] = word(product.get("sku")), word(product.get("mpn"))
    out["gtin"] = next((word(product[key]) for key in GTINS if product.get(key)), None)
    for offer in offers(product):
        specification = first(offer.get("priceSpecification"))
        specification = specification if isinstance(specification, dict) else {}
        specification = specification.get("properties", specification)
        found = {
            "price": word(offer.get("price")) or word(offer.get("lowPrice")) or word(specification.get("price")),
            "currency": word(offer.get("priceCurrency")) or word(specification.get("priceCurrency")),
            "availability": word(offer.get("availability")),
            "sku": word(offer.get("sku")),
            "mpn": word(offer.get("mpn")),
            "gtin": next((word(offer[key]) for key in GTINS if offer.get(key)), None),
        }
        for key, value in found.items():
            out[key] = out.get(key) or value
    return out


def of_open_graph(items):
    pairs = {}
    for item in items:
        for key, value in item.get("properties", []):
            pairs.setdefault(key, value)
    get = lambda *keys: next((word(pairs[key]) for key in keys if word(pairs.get(key))), None)  # noqa: E731
    return {
        "name": get("og:title"),
        "price": get("product:price:amount", "og:price:amount", "product:sale_price:amount"),
        "currency": get("product:price:currency", "og:price:currency", "product:sale_price:currency"),
        "availability": get("product:availability", "og:availability"),
        "brand": get("product:brand", "og:brand"),
        "sku": get("product:retailer_item_id", "product:sku"),
        "gtin": get("product:gtin", "product:ean", "product:upc", "product:isbn"),
        "mpn": get("product:mfr_part_no"),
    }


def read(raw, url):
    """The fields of a page's product, as texts; what is not stated is left out."""
    text = raw.decode("utf-8", "replace")
    found = extruct.extract(text, base_url=url, syntaxes=SYNTAXES, errors="ignore")
    sources = [of_product(node) for key in SYNTAXES[:2] for node in list(products(found.get(key, [])))[:1]]
    sources.append(of_open_graph(found.get("opengraph", [])))
    out = {}
    for source in sources:
        for key, value in source.items():
            if value and key not in out:
                out[key] = value
    parsed = Price.fromstring(out.get("price"), currency_hint=out.get("currency"))
    out["price"] = None if parsed.amount is None else str(parsed.amount)
    if "availability" in out:
        out["availability"] = out["availability"].rstrip("/").rsplit("/", 1)[-1].replace(" ", "")
    return {key: value for key, value in out.items() if value}
