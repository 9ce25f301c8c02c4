"""CPU time beside extruct and price-parser, on the same inputs in turns.

A round reads every page five times with each, and the least counts; figures are medians over rounds.
Touchstone is timed by the example `read_pages` with the clock on the wall, extruct by its CPU time: what
load does beyond that weighs on Touchstone.
"""

import json
import math
import os
import re
import statistics
import subprocess
import tempfile
import time

from . import common, identity, strings

TITLE = "Speed"
# Of a page in a round; the least counts.
READINGS = 5
MARKUP = {"json_ld", "microdata", "rdfa", "open_graph"}


def syntax(answer):
    first = (answer["listings"] or [{}])[0]
    return ((first.get("price") or {}).get("witness") or {}).get("syntax")


def page_rounds(rows, rounds, quick):
    """Milliseconds a page, ours and theirs, and the answers of the last round."""
    asked = "".join(json.dumps({"file": str(common.PAGES / r["file"]), "url": r["url"]}) + "\n" for r in rows)
    raw = [common.page_bytes(row) for row in rows]
    ours, theirs, answers = [], [], []
    for _ in range(rounds):
        output = common.run(common.RELEASE / "examples/read_pages", READINGS, lines=asked)[0]
        answers = [json.loads(line) for line in output.splitlines()]
        ours.append([answer["ms"] for answer in answers])
        if quick:
            continue
        from . import peer

        spent = []
        for text, row in zip(raw, rows):
            least = math.inf
            for _ in range(READINGS):
                start = time.process_time()
                peer.read(text, row["url"])
                least = min(least, time.process_time() - start)
            spent.append(least * 1000)
        theirs.append(spent)
    return ours, theirs, answers


def pages(settings):
    rows = common.json_lines(common.PAGES / "index.jsonl")
    ours, theirs, answers = page_rounds(rows, 1 if settings.quick else 5, settings.quick)
    out = []
    for name, wanted in (("`peb`", "peb"), ("all pages", None)):
        inside = [i for i, row in enumerate(rows) if wanted in (None, row["set"])]
        for kind, chosen in (
            ("all", inside),
            ("markup answers", [i for i in inside if syntax(answers[i]) in MARKUP]),
            ("state or the visible page is read", [i for i in inside if syntax(answers[i]) not in MARKUP | {None}]),
            ("no price found", [i for i in inside if syntax(answers[i]) is None]),
        ):
            if not chosen:
                continue
            mean = lambda spent: sum(spent[i] for i in chosen) / len(chosen)  # noqa: B023, E731
            mine = statistics.median(mean(spent) for spent in ours)
            size = sum(answers[i]["bytes"] for i in chosen) / len(chosen) / 1024
            row = [f"{name}: {kind}", len(chosen), f"{size:.0f}", f"{mine:.2f}", f"{1000 / mine:.0f}"]
            if theirs:
                other = statistics.median(mean(spent) for spent in theirs)
                ratios = [mean(b) / mean(a) for a, b in zip(ours, theirs)]
                row += [f"{other:.2f}", f"{1000 / other:.0f}", f"{statistics.median(ratios):.1f}"]
                row.append(f"{min(ratios):.1f} to {max(ratios):.1f}")
            else:
                row += ["–"] * 4
            out.append(row)
    aims = {"`peb`: markup answers": 5.0, "`peb`: state or the visible page is read": 1.5}
    found = {row[0]: None if row[7] == "–" else float(row[7]) for row in out}
    aimed = [[f"times extruct, {name}", least, found.get(name)] for name, least in aims.items()]
    head = ["pages", "n", "KB", "ms a page", "pages/s", "extruct ms", "extruct pages/s", "times", "least to most"]
    return common.table(head, out), aimed


def texts():
    """Prices, and titles of goods, one a line."""
    prices = [case["price_raw"] for case in common.json_lines(strings.STRINGS / "price_strings.jsonl")]
    prices = [" ".join(text.split()) for text in prices if text]
    titles = [row["name"] for row in common.json_lines(identity.OFFERS)]
    own = (common.ROOT / "normalizer/tests/identity/titles.tsv").read_text(encoding="utf-8").splitlines()
    titles += [line.split("\t")[3] for line in own if line and not line.startswith("#")]
    return prices, titles


def seconds_on_core(lines):
    from price_parser import Price

    start = time.process_time()
    for _ in range(10):
        for line in lines:
            Price.fromstring(line)
    return 10 * len(lines) / (time.process_time() - start)


def per_second(lines):
    """(prices, quantities) a second of CPU time."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        told = subprocess.run(
            [common.RELEASE / "examples/prices_per_second", file.name], capture_output=True, text=True, check=True
        ).stdout
    return [float(found) for found in re.findall(r": (\d+) texts/s", told)]


def small_texts(settings):
    prices, titles = texts()
    found = {name: [] for name in ("price", "peer", "quantity", "title", "pair", "index")}
    for _ in range(1 if settings.quick else 5):
        found["price"].append(per_second(prices)[0])
        if not settings.quick:
            found["peer"].append(seconds_on_core(prices))
        found["quantity"].append(per_second(titles)[1])
        speed = identity.measure()["speed"]
        found["title"].append(speed["titles_read_per_second"])
        found["pair"].append(speed["pairs_per_second"])
        found["index"].append(speed["titles_blocked_per_second"])
    median = {name: statistics.median(values) for name, values in found.items() if values}
    rows = [[f"price texts ({len(prices)} published)", common.thousands(median["price"])]]
    if "peer" in median:
        ratio = statistics.median(a / b for a, b in zip(found["price"], found["peer"]))
        rows[0] += [common.thousands(median["peer"]), f"{ratio:.0f}"]
    else:
        rows[0] += ["–", "–"]
    none = ["–", "–"]
    rows += [
        [f"titles, quantity ({len(titles)})", common.thousands(median["quantity"]), *none],
        ["titles taken apart for identity", common.thousands(median["title"]), *none],
        ["pairs of titles compared", common.thousands(median["pair"]), *none],
        ["titles indexed and paired", common.thousands(median["index"]), *none],
    ]
    aimed = [["price texts a second", 1_000_000, median["price"]]]
    return common.table(["texts, on one core", "a second", "price-parser", "times"], rows), aimed


def load():
    return f"{os.getloadavg()[0]:.1f}"


def run(settings):
    before = load()
    (of_pages, aims), (of_texts, more) = pages(settings), small_texts(settings)
    measured = [
        of_pages,
        "Texts: medians of five rounds. Prices and quantities in CPU time; identity by the clock on the wall.",
        "",
        of_texts,
        common.targets(aims + more),
    ]
    return "\n".join(
        [
            "Ratios are between readings of the same round; the machine did other work, so the columns in "
            "milliseconds vary from run to run more than the ratios. One core each; decoding of the text is within, "
            f"unpacking outside. Pages: medians over rounds, in each of which both read every page {READINGS} times and "
            "the least counts, extruct's by CPU time, Touchstone's by the clock on the wall, so what load adds beyond "
            "CPU time weighs on Touchstone. *Times*: median over rounds of the ratio, and the least and most. extruct reads "
            "JSON-LD, microdata and OpenGraph, price-parser the price found; Touchstone also reads embedded state and "
            "the visible page, and every field. "
            f"Load of the machine before and after: {before}, {load()}.",
            "",
            *measured,
        ]
    )
