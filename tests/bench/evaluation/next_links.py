"""The next page of a list: what tests/bench/next_links.sh prints, as a table."""

import json
import re
import sys
import tempfile

from . import common

TITLE = "Next pages of lists"
LINE = re.compile(
    r"^(?P<name>.+?)\s+right\s+(?P<right>\d+)\s+wrong\s+(?P<wrong>\d+)\s+missed\s+(?P<missed>\d+)"
    r"\s+precision (?P<precision>\S+)\s+recall (?P<recall>\S+)\s+F1 (?P<f1>\S+)"
)


def how(name):
    if "cross-validation" in name:
        return "cross-validated"
    if "as built" in name or "has seen them" in name:
        return "in sample"
    return "a rule, nothing learned"


def intervals(pages):
    """Of each way's F1, drawing whole sites."""
    sites = {row["file"]: row["site"] for row in common.json_lines(common.PAGES / "index.jsonl")}
    units = [sites[page["file"]] for page in pages]
    out = {}
    for way in pages[0]["picks"]:
        found = [(page["picks"][way], page["next"]) for page in pages]
        rows = [(int(pick in wanted), int(pick is not None), int(bool(wanted))) for pick, wanted in found]
        low, high = common.scored([common.sums(site) for site in common.by_unit(rows, units)])[2][1:]
        out[way] = f"{low:.3f} to {high:.3f}"
    return out


def run(settings):
    picks, told = common.run(common.RELEASE / "examples/next_links", common.PAGES)
    output = ""
    if not settings.quick:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            file.write(picks)
            file.flush()
            output = common.run(sys.executable, "tests/bench/next_links.py", common.PAGES, file.name)[0]
    drawn = intervals([json.loads(line) for line in picks.splitlines()])
    lines = [line for line in (told + output).splitlines() if LINE.match(line)]
    rows = []
    for found in map(LINE.match, lines):
        name = re.sub(r",? by cross-validation| \((learned from these pages|has seen them)\)", "", found["name"])
        name = name.replace("as built", "Touchstone, as built") if name == "as built" else name
        name = "Touchstone, learned" if name == "learned" else name
        figures = [found[key] for key in ("right", "wrong", "missed", "precision", "recall", "f1")]
        rows.append([name, how(found["name"]), *figures, drawn.get(found["name"], "–")])
    about = next((line for line in told.splitlines() if re.match(r"\d+ pages, ", line)), "")
    return "\n".join(
        [
            f"`tests/bench/next_links.sh` on pages annotated for autopager: {about}. Cross-validation in ten parts, "
            "the pages of one site in one part; autopager's model is learned anew in the same parts. Intervals draw whole "
            "sites. A wrong link where there is a right one counts as wrong and as missed.",
            "",
            common.table(
                ["way", "figures", "right", "wrong", "missed", "precision", "recall", "F1", "interval of F1"], rows
            ),
        ]
    )
