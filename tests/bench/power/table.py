#!/usr/bin/env python3
"""The real price groups as plain numbers for the example `power`, and its answers as a Markdown table.

usage: table.py groups SHARED            real price groups, as JSON
       table.py table < answers.jsonl    the table"""
import collections, csv, gzip, json, os, re, sys


def monitors(shared):
    """Offers of one monitor are a group, its brand the heading."""
    brands = {}
    for line in gzip.open(os.path.join(shared, "data/listings/offers_2023-10-01_EUR.jsonl.gz"), "rt", encoding="utf-8"):
        product = json.loads(line)
        shops = {o["shop"]: o["price"] for o in product["offers"] if o["price"] > 0}
        brand = brands.setdefault(product["name"].split()[0], len(brands))
        if len(shops) > 3:
            yield brand, list(shops.values())


def groceries(shared):
    """Groceries whose names begin with the same word are a group: as wide as a subheading."""
    groups = collections.defaultdict(list)
    with gzip.open(os.path.join(shared, "data/listings/supermarkets_es_EUR_productos.csv.gz"), "rt", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            price = re.match(r"(\d+)[.,](\d\d)\s*€", row["Precio"] or "")
            word = (row["Nombre"] or "").lower().split()[:1]
            if price and word and float(f"{price[1]}.{price[2]}") > 0:
                groups[word[0]].append(float(f"{price[1]}.{price[2]}"))
    for word in sorted(groups):
        if len(groups[word]) > 3:
            yield 0, groups[word]


def table():
    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    sizes = sorted({r["n"] for r in rows})
    cells = {(r["world"], r["fault"], r["rule"], r["n"]): r for r in rows}
    for world in dict.fromkeys(r["world"] for r in rows):
        print(f"### {world}\n")
        for what, name in (("false", "honest flagged"), ("power", "power at nominal level"), ("power_5", "power at a realised 5 %")):
            print(f"Share in %, {name} (± Monte Carlo standard error):\n")
            print("| references | rule | " + " | ".join(f"n = {n}" for n in sizes) + " |")
            print("|---|---|" + "---:|" * len(sizes))
            for fault in dict.fromkeys(r["fault"] for r in rows if r["world"] == world):
                for rule in dict.fromkeys(r["rule"] for r in rows if r["world"] == world):
                    cell = [cells.get((world, fault, rule, n)) for n in sizes]
                    text = ["–" if c is None or c.get(what) is None else f"{100 * c[what]:.1f} ± {100 * c[what + '_error']:.1f}" for c in cell]
                    print(f"| {fault} | {rule} | " + " | ".join(text) + " |")
            print()


if sys.argv[1:2] == ["groups"]:
    shared = sys.argv[2]
    json.dump({"monitors (offers)": list(monitors(shared)), "groceries (first word)": list(groceries(shared))}, sys.stdout)
elif sys.argv[1:] == ["table"]:
    table()
else:
    sys.exit(__doc__)
