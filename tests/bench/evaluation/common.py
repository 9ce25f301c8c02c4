"""What sections share: where things stand, running programs, tables, intervals. No measuring here."""

import gzip
import json
import os
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHARED = pathlib.Path(os.environ["TOUCHSTONE_SHARED"])
RELEASE = ROOT / "target/release"
PAGES = SHARED / "data/pages"
DRAWS = 2000


def run(*command, lines=None, env=None):
    """A program's standard output and standard error; its failure ends the evaluation."""
    done = subprocess.run(
        [str(part) for part in command],
        input=lines,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout, done.stderr


def json_lines(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def page_bytes(row):
    with open(PAGES / row["file"], "rb") as file:
        raw = file.read()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def is_figure(cell):
    return not str(cell) or str(cell)[0] in "0123456789.+-–"


def table(head, rows):
    """A Markdown table; columns of figures to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    assert all(len(row) == len(head) for row in rows), head
    figures = [all(is_figure(row[at]) for row in rows) for at in range(len(head))]
    marks = ["---:" if figure else "---" for figure in figures]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, marks, *rows]) + "\n"


def short(value):
    return "–" if value is None else f"{value:.3f}"


def thousands(value):
    return f"{value:,.0f}"


def with_interval(value):
    """Of [measured, low, high]."""
    return f"{value[0]:.3f} [{value[1]:.3f}, {value[2]:.3f}]"


def precision_recall(counts):
    """Precision, recall, F1 of (right, given, wanted); a share of nothing is None."""
    right, given, wanted = counts
    precision = right / given if given else None
    recall = right / wanted if wanted else None
    return precision, recall, 2 * right / (given + wanted) if given + wanted else None


def bootstrap(items, statistic, seed=1):
    """[measured, low, high] for each of the statistic's values, the items drawn anew with fixed seed."""
    measured = statistic(items)
    drawn = random.Random(seed)
    draws = [statistic(drawn.choices(items, k=len(items))) for _ in range(DRAWS)]
    out = []
    for at, value in enumerate(measured):
        found = sorted(draw[at] for draw in draws if draw[at] is not None)
        if value is None or not found:
            out.append(None)
        else:
            out.append([value, found[int(0.025 * len(found))], found[int(0.975 * len(found)) - 1]])
    return out


def sums(rows):
    return tuple(sum(row[at] for row in rows) for at in range(3))


def targets(rows):
    """What was aimed at beside what is measured; rows of (what, least, measured), None for not measured."""

    def line(what, least, measured):
        if measured is None:
            return [what, f"{least:,.3g}", "–", "not measured"]
        digits = ",.0f" if measured >= 1000 else ".3f"
        return [what, f"{least:{digits}}", f"{measured:{digits}}", "reached" if measured >= least else "not reached"]

    return table(["target", "at least", "measured", ""], [line(*row) for row in rows])


def by_unit(rows, units):
    """Rows of one unit, a shop say, together: what is drawn together."""
    found = {}
    for row, unit in zip(rows, units):
        found.setdefault(unit, []).append(row)
    return list(found.values())


def scored(rows, seed=1):
    """Precision, recall and F1 with intervals of sums (right, given, wanted), one for each unit drawn."""
    return bootstrap(rows, lambda chosen: precision_recall(sums(chosen)), seed)


def cells(values):
    return ["–" if value is None else with_interval(value) for value in values]
