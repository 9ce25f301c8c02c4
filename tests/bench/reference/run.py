"""The measurement behind run.sh: see there."""

import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

PRICES = """codes = "as_stated"
[columns]
hs = "hs6"
origin = "origin"
date = "date"
source = "source"
price = "unit_price"
[defaults]
currency = "EUR"
unit = "kg"
condition = "new"
level = "wholesale"
"""
LINES = """[columns]
line = "decl_id"
hs = "hs6"
origin = "origin"
quantity = "qty"
value = "value"
[defaults]
currency = "EUR"
unit = "kg"
condition = "new"
level = "wholesale"
export_date = "2024-12-31"
"""
# The window covers the data; a group needs what the peers ask of one; a line that states an origin is
# held to that origin or to nothing.
RULES = """window_days = 800
origin_facet = true
min_n_eff = 5.0
widest_rung = "hs6_facets"
"""


def run(command, cwd=None):
    """Wall and CPU seconds, peak MB and output of a whole process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 6):
        sys.exit(f"{command}: ended with {code}")
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024, "out": out.strip()}


def median(runs, key):
    return statistics.median(r[key] for r in runs)


def row(name, runs, beside=None):
    wall = median(runs, "wall")
    ratio = "" if beside is None else f"{statistics.median(b['wall'] / r['wall'] for r, b in zip(runs, beside)):.2f}"
    print(f"| {name} | {wall:.2f} | {median(runs, 'cpu'):.2f} | {max(r['mb'] for r in runs):.0f} | {ratio} |")


def main():
    touchstone, bench, work = (Path(p).resolve() for p in sys.argv[1:4])
    rounds, prices, lines = (int(n) for n in sys.argv[4:7])
    what = sys.argv[7] if len(sys.argv) > 7 else "peers"
    data, python = work / f"data-{prices}-{lines}", sys.executable
    if not (data / "decl.csv").exists():
        subprocess.check_call([python, bench / "gen.py", "--obs", str(prices), "--decl", str(lines), "--out", data])
    for name, text in [("prices.toml", PRICES), ("lines.toml", LINES), ("rules.toml", RULES)]:
        (work / name).write_text(text)
    (work / "settings.toml").write_text(f'statistics_file = "{work / "rules.toml"}"\n')
    ours = [str(touchstone), "--config", str(work / "settings.toml"), "--data", str(work / "store")]
    table = [*ours, "snapshot", "table", str(data / "obs.parquet"), "--map", str(work / "prices.toml"),
             "--as-of", "2024-12-31", "--json"]
    assess = [*ours, "assess", str(data / "decl.csv"), "--map", str(work / "lines.toml"),
              "-o", str(work / "figures.csv"), "--columns", "figures", "--json"]
    if what != "peers":
        import together

        if what == "together":
            return together.together(ours, work, data, rounds, prices)
        if what == "levels":
            return together.levels(ours, work, data, rounds, prices)
        if what == "days":
            shutil.rmtree(work / "store", ignore_errors=True)
            run(table)
            return together.days(ours, work, data, rounds, lines)
        sys.exit(f"'{what}' is not measured: peers, together, levels or days")
    scripts = bench / "scripts"

    def peer(name, task, *files):
        return [python, str(scripts / f"{name}_{task}.py"), *(str(f) for f in files)]

    built, duck, polar = [], [], []
    for _ in range(rounds):
        shutil.rmtree(work / "store", ignore_errors=True)
        built.append(run(table))
        duck.append(run(peer("duckdb", "build", data / "obs.parquet", work / "ref_duckdb.parquet")))
        polar.append(run(peer("polars", "build", data / "obs.parquet", work / "ref_polars.parquet")))
    print(f"\n{prices:,} prices from Parquet; {rounds} rounds in turn; medians, memory the largest\n")
    print("| build | wall s | CPU s | peak MB | times as fast |\n|---|---|---|---|---|")
    row("touchstone", built)
    row("DuckDB", duck, None)
    row("Polars", polar, None)
    print(f"\nDuckDB's wall over ours: {statistics.median(d['wall'] / b['wall'] for d, b in zip(duck, built)):.2f} (wanted 2)")

    # Results are written where none stands: what the file system does where a file takes an older one's name, it
    # does for that one. Ours over an older result is measured beside.
    assessed, flagged, duck_flagged, over = [], [], [], []
    for _ in range(rounds):
        for result in ["figures.csv", "flag_polars.csv", "flag_duckdb.csv"]:
            (work / result).unlink(missing_ok=True)
        assessed.append(run(assess))
        flagged.append(run(peer("polars", "flag", data / "decl.csv", work / "ref_polars.parquet", work / "flag_polars.csv")))
        duck_flagged.append(run(peer("duckdb", "flag", data / "decl.csv", work / "ref_duckdb.parquet", work / "flag_duckdb.csv")))
        over.append((run(assess), run(peer("polars", "flag", data / "decl.csv", work / "ref_polars.parquet", work / "flag_polars.csv"))))
    print(f"\n{lines:,} lines, CSV to CSV\n\n| assess | wall s | CPU s | peak MB | |\n|---|---|---|---|---|")
    row("touchstone", assessed)
    row("Polars", flagged)
    row("DuckDB", duck_flagged)
    print(f"\nPolars' wall over ours: {statistics.median(p['wall'] / a['wall'] for p, a in zip(flagged, assessed)):.2f} (wanted 2)")
    both = [median([pair[k] for pair in over], "wall") for k in (0, 1)]
    print(f"both over an older result: {both[0]:.2f} s and {both[1]:.2f} s, {statistics.median(p['wall'] / a['wall'] for a, p in over):.2f}")

    # Ten times the lines in the same memory.
    many = work / "decl-times-ten.csv"
    head, body = (data / "decl.csv").read_bytes().split(b"\n", 1)
    with many.open("wb") as out:
        out.write(head + b"\n")
        for _ in range(10):
            out.write(body if body.endswith(b"\n") else body + b"\n")
    swapped = {str(data / "decl.csv"): str(many), str(work / "figures.csv"): str(work / "figures-ten.csv")}
    large = run([swapped.get(a, a) for a in assess])
    many.unlink()
    (work / "figures-ten.csv").unlink()
    print(f"\nten times the lines: {large['wall']:.2f} s, peak {large['mb']:.0f} MB (one file: {max(r['mb'] for r in assessed):.0f} MB; wanted below 300)")

    agree(ours, work, data, built[-1], duck[-1], polar[-1], flagged[-1])


def agree(ours, work, data, built, duck, polar, flagged):
    """Our groups' quantiles are the peers', our lines without a group theirs, a line's figures `check`'s."""
    groups = json.loads(built["out"])["groups"]
    print(f"\ngroups: {groups:,}; DuckDB {duck['out']}, Polars {polar['out']}")
    shown = subprocess.run([*ours, "snapshot", "show", "--csv"], stdout=subprocess.PIPE, text=True, check=True)
    import polars as pl

    mine = pl.read_csv(shown.stdout.encode(), schema_overrides={"hs6": pl.String, "origin": pl.String})
    names = ["q01", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q99"]
    for name in ("duckdb", "polars"):
        theirs = pl.read_parquet(work / f"ref_{name}.parquet")
        both = mine.join(theirs, on=["hs6", "origin"], how="full", suffix="_peer", coalesce=True)
        worst = max(((both[q] - both[f"{q}_peer"]).abs() / both[f"{q}_peer"]).max() for q in names)
        alone = both["listings"].is_null().sum() + both["n"].is_null().sum()
        counts = (both["listings"] != both["n"]).sum()
        print(f"quantiles against {name}: largest relative difference {worst:.1e} in {len(both):,} groups; {alone} in one alone, {counts} of other size")
    figures = pl.read_csv(work / "figures.csv", schema_overrides={"hs": pl.String, "failed_gates": pl.String, "error": pl.String})
    print("verdicts:", dict(sorted(figures["verdict"].value_counts().iter_rows())))
    few = figures.filter((pl.col("verdict") == "insufficient_evidence") & (pl.col("listings_found") < 5)).height
    print(f"insufficient for lack of a group (fewer than 5 prices): {few:,}; the peers' no_reference: {flagged['out']}")
    # A sample through the ordinary way, every verdict with its sentences.
    rows = list(csv.reader((data / "decl.csv").open()))
    step = max(1, (len(rows) - 1) // 1000)
    chosen = list(range(1, len(rows), step))[:1000]
    sample = work / "sample.csv"
    with sample.open("w", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerows([rows[0], *(rows[i] for i in chosen)])
    subprocess.run([*ours, "assess", str(sample), "--map", str(work / "lines.toml"), "-o", str(work / "sample-out.csv")],
                   stdout=subprocess.DEVNULL, check=True)
    whole = list(csv.DictReader((work / "sample-out.csv").open()))
    short = {r["line"]: r for r in csv.DictReader((work / "figures.csv").open())}
    differ = 0
    for r in whole:
        for name, cell in short[r["line"]].items():
            if name == "number" or r[name] == cell:
                continue
            try:
                if abs(float(cell) - float(r[name])) <= 2e-6 * abs(float(r[name])):
                    continue
            except ValueError:
                pass
            differ += 1
            print(f"  line {r['line']}, {name}: {cell} here, {r[name]} by check")
    print(f"{len(whole)} lines against the verdicts of `check`: {differ} cells differ")


if __name__ == "__main__":
    main()
