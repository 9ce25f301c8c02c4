"""The next page of a list: what tests/bench/next_links.sh prints, as a table."""

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
    if "learned from these" in name or "has seen them" in name:
        return "in sample"
    return "a rule, nothing learned"


def run(settings):
    picks, told = common.run(common.RELEASE / "examples/next_links", common.PAGES)
    output = ""
    if not settings.quick:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            file.write(picks)
            file.flush()
            output = common.run(sys.executable, "tests/bench/next_links.py", common.PAGES, file.name)[0]
    lines = [line for line in (told + output).splitlines() if LINE.match(line)]
    rows = []
    for found in map(LINE.match, lines):
        name = re.sub(r",? by cross-validation| \((learned from these pages|has seen them)\)", "", found["name"])
        name = name.replace("as built", "Touchstone, as built") if name == "as built" else name
        name = "Touchstone, learned" if name == "learned" else name
        rows.append([name, how(found["name"]), *(found[key] for key in LINE.groupindex if key != "name")])
    about = next((line for line in told.splitlines() if re.match(r"\d+ pages, ", line)), "")
    return "\n".join(
        [
            f"`tests/bench/next_links.sh` on pages annotated for autopager: {about}. Cross-validation in ten parts, "
            "the pages of one site in one part; autopager's model is learned anew in the same parts.",
            "",
            common.table(["way", "figures", "right", "wrong", "missed", "precision", "recall", "F1"], rows),
        ]
    )
