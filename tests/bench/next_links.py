"""autopager of PyPI beside the learned next links: as it is published (its model has seen these pages)
and its own model learned anew without the site it is asked about. Called by next_links.sh.

next_links.py DIR OURS: DIR holds index.jsonl, OURS the lines of crawler/examples/next_links.rs.
"""

import gzip
import json
import os
import sys
from urllib.parse import urldefrag, urljoin

import autopager
import parsel
from autopager.htmlutils import get_xseq_yseq
from autopager.model import get_crf, page_to_features


def figures(name, rows):
    right = wrong = missed = 0
    for wanted, pick in rows:
        if pick and pick in wanted:
            right += 1
            continue
        wrong += pick is not None
        missed += bool(wanted)
    precision = right / max(1, right + wrong)
    recall = right / max(1, right + missed)
    f1 = 2 * right / max(1, 2 * right + wrong + missed)
    print(
        f"{name:<40} right {right:>3}  wrong {wrong:>3}  missed {missed:>3}"
        f"  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
    )


def main():
    folder, ours = sys.argv[1:3]
    with open(ours) as lines:
        ours = {row["file"]: row for row in map(json.loads, lines)}
    pages = []
    with open(os.path.join(folder, "index.jsonl")) as lines:
        for row in map(json.loads, lines):
            if row["set"] != "autopager":
                continue
            with gzip.open(os.path.join(folder, row["file"])) as page:
                html = page.read().decode(row["encoding"], "replace")
            root = parsel.Selector(html)
            css = {k.split("_")[0].upper(): v for k, v in row["expected"].items() if k.endswith("_css")}
            links, labels = get_xseq_yseq(root, css, validate=False)
            labels = ["PAGE" if label in ("FIRST", "LAST") else label for label in labels]
            base = root.xpath("//base/@href").get()
            base = urljoin(row["url"], base) if base else row["url"]
            urls = [urldefrag(urljoin(base, (link.xpath("@href").get() or "").strip()))[0] for link in links]
            own = urldefrag(row["url"])[0]
            # What cannot be followed counts for nobody.
            fair = [u.startswith("http") and u != own for u in urls]
            pages.append((row["file"], page_to_features(links) if links else [], labels, urls, fair))
    published = autopager.AutoPager().crf

    def pick(model, features, urls, fair):
        if not features:
            return None
        for url, label, ok in zip(urls, model.predict([features])[0], fair):
            if label == "NEXT" and ok:
                return url
        return None

    wanted = {file: set(row["next"]) for file, row in ours.items()}
    figures(
        "autopager as published (has seen them)",
        [(wanted[f], pick(published, x, urls, fair)) for f, x, _, urls, fair in pages],
    )
    parts = {file: row["part"] for file, row in ours.items()}
    rows = []
    for part in sorted(set(parts.values())):
        model = get_crf()
        others = [(x, y) for f, x, y, _, _ in pages if parts[f] != part and x]
        model.fit([x for x, _ in others], [y for _, y in others])
        rows += [(wanted[f], pick(model, x, urls, fair)) for f, x, _, urls, fair in pages if parts[f] == part]
    figures("autopager, by cross-validation", rows)


main()
