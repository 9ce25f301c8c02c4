"""Price and quantity texts: published lists, our own tables, and labelled names of a shop's list.

The published lists and the table of prices go through `touchstone inspect`, price-parser reads the
same texts; tables that live in Rust tests are run there, and what the tests print is taken over.
"""

import json
import re
from decimal import Decimal

from . import common

TITLE = "Price and quantity texts"
STRINGS = common.SHARED / "data/strings"
OWN_PRICES = common.ROOT / "normalizer/tests/price_texts.tsv"
LABELLED = re.compile(r"^(\w+): (amount|count): precision (\S+) \((\d+)/(\d+)\), recall (\S+) \((\d+)/(\d+)\)$", re.M)
TALLIED = re.compile(r"^(.+): (\d+) of (\d+) as written$", re.M)
# What the headers of the tests say of the first run on each list, before a rule was mended for it.
FIRST_RUNS = [
    ["pack and unit language of 17 languages, `pack_texts.rs`, first list", "279 of 339"],
    ["the same, second list", "108 of 115"],
    ["shelf labels, first sample: amount precision, recall; count precision, recall", ".986, .979; .979, .979"],
    ["shelf labels, second sample", "1, 1; 1, .944"],
]


def inspected(what, requests):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    output = common.run(common.RELEASE / "touchstone", "inspect", what, lines=lines)[0]
    answers = [json.loads(line) for line in output.splitlines()]
    assert len(answers) == len(requests), f"{len(answers)} answers to {len(requests)} requests"
    return answers


def decimal(text):
    return None if text is None else Decimal(str(text))


def share(right, every):
    return f"{right:,} of {every:,} ({right / max(every, 1):.3f})"


def of(shared):
    """The share in what `share` wrote, in full."""
    right, every = re.match(r"([\d,]+) of ([\d,]+)", shared).groups()
    return int(right.replace(",", "")) / int(every.replace(",", ""))


def read_by_peer(text, currency=None, separator=None):
    from price_parser import Price

    found = Price.fromstring(text, currency_hint=currency, decimal_separator=separator)
    return found.amount, found.currency


def published_prices(quick):
    cases = common.json_lines(STRINGS / "price_strings.jsonl")
    keys = ("price_raw", "currency_raw", "decimal_separator")
    found = inspected("price", [{key: case[key] for key in keys} for case in cases])
    answers = [("Touchstone", [(decimal(f["amount"]), f["currency_raw"]) for f in found])]
    if not quick:
        answers.append(("price-parser", [read_by_peer(*(case[key] for key in keys)) for case in cases]))
    rows = []
    for name, given in answers:
        wanted = [(decimal(c["expected"]["amount"]), c["expected"]["currency_symbol"]) for c in cases]
        amounts = sum(a[0] == w[0] for a, w in zip(given, wanted))
        signs = sum(a[1] == w[1] for a, w in zip(given, wanted))
        doubt = sum(f["status"] == "ambiguous" for f in found) if name == "Touchstone" else "–"
        rows.append([f"published prices, {name}", share(amounts, len(cases)), share(signs, len(cases)), doubt])
    return rows


def unescaped(text):
    return re.sub(r"\\u\{(\w+)\}", lambda found: chr(int(found[1], 16)), text)


def hints(told):
    """`de@AT=EUR`: language, market, default currency."""
    rest, _, default = told.partition("=")
    language, _, market = rest.partition("@")
    found = {"language": language, "market": market, "default_currency": default}
    return {key: value for key, value in found.items() if value}


def shown(answer):
    """An answer in the table's notation, less ranges and lower bounds, which are written as they stand."""
    if answer["status"] == "none":
        return "none"
    currency = answer["currency"] or ("?" if answer.get("currency_ambiguous") else "-")
    plain = lambda text: cents(decimal(text))  # noqa: E731
    amount = plain(answer["amount"])
    if answer["status"] == "ambiguous":
        amount = "~" + "|".join(plain(text) for text in answer["readings"])
    elif "high" in answer:
        amount = f"{amount}..{plain(answer['high'])}"
    return f"{'>' if answer.get('from') else ''}{amount} {currency}"


def cents(amount):
    """Shares of a price are rounded to cents, amounts written without needless zeros."""
    if -amount.as_tuple().exponent > 4:
        amount = round(amount, 2)
    return f"{amount.normalize():f}"


def own_prices(quick):
    cases = []
    for line in OWN_PRICES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            text, expected, told = (line.split("\t") + [""])[:3]
            cases.append((unescaped(text), expected, hints(told)))
    found = inspected("price", [{"price_raw": text, **known} for text, _, known in cases])
    right = sum(shown(answer) == expected for answer, (_, expected, _) in zip(found, cases))
    doubt = sum(answer["status"] == "ambiguous" for answer in found)
    rows = [["our prices, Touchstone: amount, range, currency and doubt", share(right, len(cases)), "–", doubt]]
    single = [
        (text, Decimal(expected.split(" ")[0]), answer)
        for (text, expected, known), answer in zip(cases, found)
        if re.fullmatch(r"-?\d+(\.\d+)? \S+", expected) and not known
    ]
    ours = sum(decimal(answer["amount"]) == amount for _, amount, answer in single)
    rows.append(["of them one plain amount, no hints, Touchstone", share(ours, len(single)), "–", "–"])
    if not quick:
        theirs = sum(read_by_peer(text)[0] == amount for text, amount, _ in single)
        rows.append(["of them one plain amount, no hints, price-parser", share(theirs, len(single)), "–", "–"])
    return rows


def published_packs():
    cases = common.json_lines(STRINGS / "pack_sizes.jsonl")
    found = inspected("quantity", [{"text": case["input"]} for case in cases])
    right = sum(
        answer["total"] is not None and decimal(answer["total"]) * 1000 == decimal(case["expected"]["total_g_or_ml"])
        for answer, case in zip(found, cases)
    )
    return ["published pack sizes (Open Food Facts)", share(right, len(cases))]


def tests(*names):
    chosen = [part for name in names for part in ("--test", name)]
    told = common.run(
        "cargo", "test", "--locked", "-p", "normalizer", *chosen, "--", "--nocapture", "--test-threads=1"
    )[0]
    # The harness names a test on the line on which its output begins.
    return re.sub(r"^test \S+ \.\.\. ", "", told, flags=re.M)


def run(settings):
    told = tests("pack_texts", "quantity_strings", "price_strings", "shelf_labels")
    tables = [[name, share(int(right), int(every))] for name, right, every in sorted(set(TALLIED.findall(told)))]
    labels = [
        [f"{sample.replace('_', ' ')}, {what}", f"{precision} ({right}/{given})", f"{recall} ({found}/{wanted})"]
        for sample, what, precision, right, given, recall, found, wanted in sorted(LABELLED.findall(told))
    ]
    assert tables and len(labels) == 4, "the tests print other lines than these"
    packs, prices = published_packs(), published_prices(settings.quick)
    return "\n".join(
        [
            "**Prices.** The published list is price-parser's own test material, which its rules are made for; ours "
            "stood before us too while rules were written: **in sample** for both. Our own list, prices as shops of "
            "many countries write them, was written before the reader was tried on it, but what it taught was mended: "
            "**in sample** for us, out of sample for price-parser. *In doubt* counts strings that keep two readings "
            "and enter no reference.",
            "",
            common.table(
                ["list", "amount right", "currency as written right", "in doubt"], prices + own_prices(settings.quick)
            ),
            "**Sizes and packs**, and the other tables of the tests, all of them looked at while rules were written "
            "(**in sample**); the tests fail where one reads otherwise, but for rows marked as known misses:",
            "",
            common.table(["list", "right"], [packs, *tables]),
            "**Shelf labels**: names of a Spanish supermarket list, labelled by hand by us before the reader was tried on "
            "them (300 and 150 rows). The first sample was looked at while rules were mended (**in sample**), the "
            "second was run once afterwards and no rule followed from it (**out of sample**).",
            "",
            common.table(["sample", "precision", "recall"], labels),
            "**First runs**, noted in the tests when each list met the reader for the first time; they stay as they "
            "are and are not measured again:",
            "",
            common.table(["list", "first run"], FIRST_RUNS),
            common.targets(
                [
                    ["amounts of the published price texts, right", 1, of(prices[0][1])],
                    ["published pack sizes, right", 1, of(packs[1])],
                ]
            ),
        ]
    )
