"""Whether two titles name the same goods: pairs with known answers, beside plain likeness of words."""

import json
import re

from . import common, strings

TITLE = "Identity of goods"
OFFERS = common.SHARED / "data/listings/offers_2023-10-01_EUR.jsonl.gz"
NAMES = {"token_jaccard": "shared words (Jaccard)", "tfidf_cosine": "TF-IDF cosine"}


def figures(found):
    return [
        common.short(found["threshold"]),
        *(common.with_interval(found[name]) for name in ("precision", "recall", "f1")),
    ]


def measure():
    return json.loads(common.run(common.RELEASE / "examples/identity_pairs", OFFERS)[0])


def goods():
    """What titles say of their goods, as the test counts it."""
    told = strings.tests("identity_goods")
    found = re.findall(r'"(\w+)": \((\d+), (\d+)\)', told)
    assert found, "the test prints another tally than this"
    return [[what, strings.share(int(right), int(every))] for what, right, every in found]


def rows_of(test, found):
    rows = [
        [test, "Touchstone, as built", "training", *figures(found["training"])],
        [test, "Touchstone, as built", "test", *figures(found["test"])],
        [test, "Touchstone, threshold of best F1", "test", *figures(found["test_at_best_f1"])],
    ]
    for key, name in NAMES.items():
        best, precise = found[key]["test_at_best_f1"], found[key]["test_at_same_training_precision"]
        rows.append([test, f"{name}, threshold of best F1", "test", *figures(best)])
        rows.append([test, f"{name}, threshold for precision", "test", *figures(precise)])
    return rows


def run(_settings):
    told = measure()
    about, offers, titles, block = told["material"], told["offers"], told["titles"], told["blocking"]
    out = [
        "`normalizer/examples/identity_pairs.rs`. *Offers*: names and resolutions of "
        f"{common.thousands(about['products'])} products against the words in the links of shops that offer them "
        f"({common.thousands(about['links'])} links, {common.thousands(about['links_without_words'])} without words); "
        "the pairs that differ are the products of the same brand with the most alike names. *Titles*: "
        "`normalizer/tests/identity/titles.tsv`, written by us in several languages. Brands, and families of "
        "titles, are in the training or in the test part, never in both; weights and all thresholds come from training "
        "alone, so *test* is **out of sample** and *training* **in sample**. Intervals: 1,000 draws of whole "
        "products or families.",
        "",
        common.table(
            ["test", "part", "pairs", "of the same goods", "called unsure", "calibration error", "Brier"],
            [
                [
                    name,
                    "test",
                    common.thousands(found["test"]["pairs"]),
                    common.thousands(found["test"]["same"]),
                    common.short(found["test_unsure_share"]),
                ]
                + [f"{found['test_calibration'][key]:.4f}" for key in ("ece", "brier")]
                for name, found in (("offers", offers), ("titles", titles))
            ],
        ),
        common.table(
            ["test", "way", "part", "from", "precision", "recall", "F1"],
            rows_of("offers", offers) + rows_of("titles", titles),
        ),
        f"Finding pairs: of {common.thousands(block['titles'])} titles the index proposes "
        f"{common.thousands(block['candidate_pairs'])} pairs, among them {block['share_of_matches_reached']:.3f} of the "
        f"pairs that are the same goods; they fall into {common.thousands(block['groups'])} groups.",
        "",
        "What titles say of their goods (`normalizer/tests/identity/goods.tsv`, written by us, looked at while rules "
        "were written: **in sample**):",
        "",
        common.table(["what", "right"], goods()),
    ]
    return "\n".join(out)
