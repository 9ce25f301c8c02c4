"""Visible prices by the learned ranker, lists of goods, and how far confidence can be believed.

Runs `crawler/examples/prices.rs` where it exists and lays its JSON out as tables.
"""

import json

from . import common

TITLE = "Visible prices, lists and confidence"
EXAMPLE = common.ROOT / "crawler/examples/prices.rs"
LABELS = common.ROOT / "tests/bench/labels/pages.jsonl"
HEAD = ["pages", "precision", "recall", "F1"]


def score(row):
    found = row["score"]
    return [found["pages"], *(common.with_interval(found[name]) for name in ("precision", "recall", "f1"))]


def run(_settings):
    if not EXAMPLE.exists():
        return "Not measured: the command that measures them is not in this checkout."
    told = json.loads(common.run(common.RELEASE / "examples/prices", common.PAGES, LABELS)[0])
    pages = told["pages"]
    names = {"peb": "`peb`", "aside": "kept aside"}
    among = pages.get("price among the candidates", {})
    out = [
        f"`crawler/examples/prices.rs`, on the {pages['peb']} pages of `peb` and {pages['aside']} kept aside, whose "
        "labels (`tests/bench/labels/pages.jsonl`) we wrote by hand: product pages, lists, and pages that sell nothing. "
        "Intervals of this section draw pages. "
        f"The right price is among the visible candidates on {among.get('peb', '–')} of the former and "
        f"{among.get('aside', '–')} of the latter.",
        "",
        "**The ranker alone**, choosing among the visible prices of a page, markup unread:",
        "",
        common.table(
            ["weights", "set", "how judged", *HEAD],
            [[r["weights"], names[r["set"]], r["how"], *score(r)] for r in told["ranker"]],
        ),
        "**Pages with one offer**, price of the first listing, with everything read and with markup, embedded "
        "state and meta tags left out, under the weights as built (on `peb` **in sample**, on the others **out of sample** "
        "for the weights). Kept aside are product pages and pages that sell nothing, where every price given is wrong. "
        "A price a thousand times the annotated one counts as right here, since whether a point groups thousands is "
        "settled later; the section above counts it wrong:",
        "",
        common.table(["set", "read", *HEAD], [[names[r["set"]], r["reads"], *score(r)] for r in told["extraction"]]),
        "**Lists**, each of the goods counted, and pages that sell nothing, where every listing given is "
        "wrong (**out of sample** for the weights; rules were not written blind to them):",
        "",
        common.table(
            ["kind", "goods", "pages with nothing read", *HEAD],
            [
                [r["pages"], f"{r['goods']:.0f}", r["nothing read"], r["score"]["pages"]]
                + (score(r)[1:] if r["goods"] else ["–"] * 3)
                for r in told["lists"]
            ],
        ),
    ]
    return "\n".join(out + confidence(told["confidence"]))


def confidence(told):
    wrong = {row["least"]: row["wrong ones refused"] for row in told.get("wrong", [])}
    return [
        f"**Confidence** of listings that have a price ({told['how']}; the cards of one list count as one page, "
        f"{told['cases']:.0f} in all, {told['right']:.3f} of them right). Brier score {told['brier']:.3f}, that of "
        f"always saying the base rate {told['brier of the base rate']:.3f}; expected calibration error "
        f"{told['calibration error']:.3f}.",
        "",
        common.table(
            ["confidence from", "listings", "confidence, mean", "right"],
            [
                [r["from"], f"{r['cases']:.1f}", common.short(r["said"]), common.short(r["right"])]
                for r in told["table"]
            ],
        ),
        common.table(
            ["least confidence kept", "kept", "right of kept", "right ones refused", "wrong ones refused"],
            [
                [r["least"], *(common.short(r[key]) for key in ("kept", "right of kept", "right ones refused"))]
                + [common.short(wrong.get(r["least"]))]
                for r in told["thresholds"]
            ],
        ),
    ]
