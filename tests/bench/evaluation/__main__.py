"""Runs the sections and puts what they measured between their markers in docs/EVALUATION.md.

A section is a module with TITLE and `run(settings)`, which returns Markdown; to add one, write the
module and name it in SECTIONS. Headings and markers are held by tests/tests/evaluation.rs.
"""

import argparse
import importlib
import re
import sys
import textwrap
import time

from . import common

SECTIONS = ["conditions", "extraction", "visible", "strings", "identity", "hs", "next_links", "power", "speed"]

HEAD = """# Evaluation

How well pages, prices, quantities, identities and HS codes are read, and how fast, beside published packages on
the same inputs; and how many undervalued prices are found, beside the usual rules. Every table is written by

```sh
bash tests/bench/evaluate.sh
```

between its markers; what stands between them is not edited by hand. Intervals in square brackets are
95 % intervals by bootstrap. **In sample** marks figures on inputs the rules or weights were made
with: they say what was reached, not what to expect elsewhere. **Cross-validated** figures leave the
shop or site asked about out of the learning; **out of sample** ones come from inputs nothing was learned
from.
"""


def wrapped(line):
    """Prose broken into lines; tables stay as they are."""
    if line.startswith("|"):
        return line
    return textwrap.fill(line, width=110, break_long_words=False, break_on_hyphens=False)


def block(name, text):
    text = "\n".join(map(wrapped, text.strip().splitlines()))
    title = importlib.import_module(f".{name}", __package__).TITLE
    return f"<!-- begin {name} -->\n\n## {title}\n\n{text}\n\n<!-- end {name} -->\n"


def held(page, name):
    """What the page holds for a section, markers and all."""
    found = re.search(rf"<!-- begin {name} -->.*?<!-- end {name} -->\n", page, re.S)
    return found[0] if found else block(name, "Not measured yet.")


def main():
    parser = argparse.ArgumentParser(prog="evaluate.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="these sections; the others stay")
    parser.add_argument("--quick", action="store_true", help="few rounds, no peers; print, write nothing")
    settings = parser.parse_args()
    path = common.ROOT / "docs/EVALUATION.md"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    # The conditions are of the run that measured last, whatever it measured.
    wanted = SECTIONS if settings.only is None else ["conditions", *settings.only]
    parts = []
    for name in SECTIONS:
        if name not in wanted:
            parts.append(held(before, name))
            continue
        started = time.monotonic()
        section = importlib.import_module(f".{name}", __package__)
        parts.append(block(name, section.run(settings)))
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    page = "\n".join([HEAD, *parts])
    if settings.quick:
        print(page)
    else:
        path.write_text(page, encoding="utf-8")


main()
