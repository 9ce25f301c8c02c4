#!/usr/bin/env python3
"""The real price groups as plain numbers for the example `power`, and its answers as a Markdown table.

usage: table.py groups SHARED            real price groups, as JSON
       table.py table < answers.jsonl    the table"""
import collections, csv, gzip, json, math, os, re, sys


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


WORDS = """Groups of n references, one honest price of each held out, three undervalued by factors of .3 to .9
(even on logs). A cell: share of honest prices flagged at the usual or nominal 5 % level · share of undervalued
ones flagged there · share of these flagged where the threshold is set so that 5 % of honest ones are (**bold**: within two
Monte Carlo standard errors of the best rule), all in %. "narrow": sd of the logs .11; "all": .1 to 1.2, even on logs;
"two levels": 1.2 apart, six in ten on the lower. The verdict is `low_review` or stronger, whose nominal level is p ≤ .10
with a ratio below .85; it has no threshold to set. Faults are those of the references alone. The oracle is our calibrated
p with every faulty reference taken out beforehand: a bound, not a rule."""

ORACLE = "oracle: faults taken out"


def table(rows):
    """All rules in all cells as Markdown."""
    out = []
    sizes = sorted({r["n"] for r in rows})
    cells = {(r["world"], r["fault"], r["rule"], r["n"]): r for r in rows}
    out.append("# False flags and power\n\nWritten by `tests/bench/power/run.sh`.\n\n" + WORDS + "\n")
    for world in dict.fromkeys(r["world"] for r in rows):
        here = [r for r in rows if r["world"] == world]
        worst = errors(here)
        out.append(f"## {world}\n\nMonte Carlo standard errors at most {worst} (verdicts: of a fifth of the cases, twice that).\n")
        out.append("| references | rule | " + " | ".join(f"n = {n}" for n in sizes) + " |")
        out.append("|---|---|" + "---:|" * len(sizes))
        for fault in dict.fromkeys(r["fault"] for r in here):
            for rule in rules(here):
                if any(r["fault"] == fault and r["rule"] == rule for r in here):
                    out.append(f"| {fault} | {rule} | " + " | ".join(text(cells, world, fault, rule, n, here) for n in sizes) + " |")
        out.append("")
    return "\n".join(out) + "\n"


def errors(here):
    """Largest Monte Carlo standard errors of the three figures of a cell, in %, verdicts aside."""
    figures = [r for r in here if "verdict" not in r["rule"]]
    return " · ".join(f"{100 * max(r[what + '_error'] or 0 for r in figures):.1f}" for what in ("false", "power", "power_5"))


def rules(here):
    """Names of the rules, ours first, the bound last."""
    return sorted(
        {r["rule"] for r in here}, key=lambda rule: (rule == ORACLE, "calibrated" not in rule, "verdict" not in rule, rule)
    )


def best(here, fault, n):
    """The rule that finds most at a realised 5 %."""
    held = (r for r in here if (r["fault"], r["n"]) == (fault, n) and r["power_5"] is not None and r["rule"] != ORACLE)
    return max(held, key=lambda r: r["power_5"])


def is_near(cell, to):
    """Within two Monte Carlo standard errors of the difference, as if other cases had been drawn for each."""
    return to["power_5"] - cell["power_5"] <= 2 * math.hypot(to["power_5_error"], cell["power_5_error"])


def text(cells, world, fault, rule, n, here):
    cell = cells.get((world, fault, rule, n))
    if cell is None:
        return "–"
    shown = f"{100 * cell['false']:.1f} · {100 * cell['power']:.0f}"
    if cell["power_5"] is None:
        return shown
    power = f"{100 * cell['power_5']:.1f}"
    bold = rule != ORACLE and is_near(cell, best(here, fault, n))
    return shown + " · " + (f"**{power}**" if bold else power)


def groups(shared):
    """The real price groups, as the example `power` reads them."""
    return {"monitors (offers)": list(monitors(shared)), "groceries (first word)": list(groceries(shared))}


def main():
    if sys.argv[1:2] == ["groups"] and len(sys.argv) == 3:
        json.dump(groups(sys.argv[2]), sys.stdout)
    elif sys.argv[1:] == ["table"]:
        sys.stdout.write(table([json.loads(line) for line in sys.stdin if line.strip()]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
