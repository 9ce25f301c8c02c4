#!/usr/bin/env python3
"""Listings for the example `retrieval`, as JSON lines {list, name, seller, product, price, group}.

usage: lists.py SHARED > listings.jsonl

monitors: offers of one day (`unnamed`: those whose address has no words, under the comparison site's name); the name is what the shop calls its article in the address of its page, so
that no two shops speak alike; `product` is the comparison site's identity of the article.
groceries: what three supermarkets call their articles; no identity. `group` stands for the subheading."""
import csv, gzip, json, os, re, sys
from urllib.parse import unquote, urlparse


def slug(link):
    """The words of the last part of an address that reads like a title."""
    for part in reversed(unquote(urlparse(link).path).split("/")):
        words = re.sub(r"\.(html?|php|aspx?)$", "", part).replace("_", "-").replace("+", "-").split("-")
        words = [w for w in words if w]
        if sum(bool(re.fullmatch(r"[^\W\d_]{3,}", w)) for w in words) >= 2 and len(words) >= 4:
            return " ".join(w for w in words if not re.fullmatch(r"a?\d{5,}", w))
    return None


def monitors(shared):
    for line in gzip.open(os.path.join(shared, "data/listings/offers_2023-10-01_EUR.jsonl.gz"), "rt", encoding="utf-8"):
        product = json.loads(line)
        for offer in product["offers"]:
            name = slug(offer["link"])
            if offer["price"] > 0:
                yield {"list": "monitors" if name else "unnamed", "name": name or product["name"], "seller": offer["shop"], "product": product["id"],
                       "price": offer["price"], "group": 852852}


def groceries(shared):
    heads = {}
    with gzip.open(os.path.join(shared, "data/listings/supermarkets_es_EUR_productos.csv.gz"), "rt", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            price = re.match(r"(\d+)[.,](\d\d)\s*€", row["Precio"] or "")
            name = (row["Nombre"] or "").strip()
            if price and name and float(f"{price[1]}.{price[2]}") > 0 and not name.lower().startswith("nombre"):
                head = re.sub(r"\W.*", "", name.lower())
                yield {"list": "groceries", "name": name, "seller": row["Supermercado"], "product": None,
                       "price": float(f"{price[1]}.{price[2]}"), "group": 100000 + heads.setdefault(head, len(heads)) % 800000}


for listing in [*monitors(sys.argv[1]), *groceries(sys.argv[1])]:
    print(json.dumps(listing, ensure_ascii=False))
