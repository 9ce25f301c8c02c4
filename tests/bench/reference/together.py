"""Price tables put together, prices on two levels, and lines of many days: the parts of run.sh that have no peer."""

import csv
import datetime
import json
import multiprocessing
import shutil

from run import median, run


def apart(make, *of):
    """What is made in a process of its own: who has much memory hands its peak on to every program it starts."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(make, of)


def lists(work, data, prices):
    """The prices as lists: all but the last 100,000 and these; all but some subheadings of about as many prices and these;
    two halves."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    folder = work / f"lists-{prices}"
    parts = {name: folder / f"{name}.parquet" for name in ["most", "last", "others", "few", "half-a", "half-b"]}
    if all(path.exists() for path in parts.values()):
        return parts
    folder.mkdir(exist_ok=True)
    whole = pq.ParquetFile(data / "obs.parquet")
    like = whole.metadata.row_group(0)
    table = whole.read()
    counts = sorted((c["values"], c["counts"]) for c in pc.value_counts(table["hs6"]).to_pylist())
    begin, n = len(counts) // 2, 0
    end = begin
    while n < 100_000 and end < len(counts):
        n, end = n + counts[end][1], end + 1
    low, high = counts[begin][0], counts[end - 1][0]
    few = pc.and_(pc.greater_equal(table["hs6"], low), pc.less_equal(table["hs6"], high))
    rows = table.num_rows
    chosen = {
        "most": table.slice(0, rows - 100_000), "last": table.slice(rows - 100_000),
        "others": table.filter(pc.invert(few)), "few": table.filter(few),
        "half-a": table.slice(0, rows // 2), "half-b": table.slice(rows // 2),
    }
    for name, part in chosen.items():
        pq.write_table(part, parts[name], row_group_size=like.num_rows, compression=like.column(0).compression.lower())
    return parts


def together(ours, work, data, rounds, prices):
    """Lists put to a table and tables put together, beside the build of all lists; the same bytes."""
    parts = apart(lists, work, data, prices)
    store = work / "store-together"
    shutil.rmtree(store, ignore_errors=True)
    ours = [*ours[:-1], str(store)]
    told = ["--map", str(work / "prices.toml"), "--as-of", "2024-12-31", "--json"]

    def table(*names, onto=None):
        more = ["--onto", onto] if onto else []
        return [*ours, "snapshot", "table", *(str(parts[n]) for n in names), *told, *more]

    ids = {name: json.loads(run(table(name))["out"])["id"] for name in ["most", "others", "half-a", "half-b"]}
    ways = {
        "all lists: one build of two lists": table("most", "last"),
        "100,000 prices of any group put to the rest": table("last", onto=ids["most"]),
        "about as many of some subheadings put to the rest": table("few", onto=ids["others"]),
        "two halves merged": [*ours, "snapshot", "merge", ids["half-a"], ids["half-b"], "--json"],
    }
    runs = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            runs[name].append(run(command))
    print(f"\n{prices:,} prices from Parquet; {rounds} rounds in turn; medians, memory the largest\n")
    print("| | wall s | CPU s | peak MB | groups as before | with predictions |\n|---|---|---|---|---|---|")
    found = {}
    for name, of in runs.items():
        report = json.loads(of[-1]["out"])
        found[name] = report["id"]
        print(f"| {name} | {median(of, 'wall'):.2f} | {median(of, 'cpu'):.2f} | {max(r['mb'] for r in of):.0f} | "
              f"{report['kept']:,} | {report['predictions_kept']:,} |")
    whole, any_group, some, halves = found.values()
    anew = json.loads(run(table("few", "others"))["out"])["id"]
    both = json.loads(run(table("half-b", "half-a"))["out"])["id"]
    print(f"\nthe same bytes as one build: {any_group == whole}, {some == anew}, {halves == both}")
    diff = run([*ours, "snapshot", "diff", ids["most"], whole, "--limit", "3"])
    print(f"diff: {diff['wall']:.2f} s, peak {diff['mb']:.0f} MB\n{diff['out']}")


def two_levels(work, data, prices):
    """The prices with those of two sources in five on a second level, two and a half times or six times the first."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = {times: work / f"levels-{prices}-{times}.parquet" for times in [2.5, 6.0]}
    if all(path.exists() for path in files.values()):
        return files
    whole = pq.ParquetFile(data / "obs.parquet")
    like = whole.metadata.row_group(0)
    table = whole.read()
    upper = table["source"].to_numpy() % 5 < 2
    price, at = table["unit_price"].to_numpy(), table.column_names.index("unit_price")
    for times, path in files.items():
        shown = pa.array(np.round(np.where(upper, price * times, price), 4))
        pq.write_table(table.set_column(at, "unit_price", shown), path, row_group_size=like.num_rows,
                       compression=like.column(0).compression.lower())
    return files


def levels(ours, work, data, rounds, prices):
    """The build of a table whose groups have one level beside that of tables whose groups have two."""
    lists = {"one level": data / "obs.parquet"}
    lists |= {f"two levels, {times:g} times apart": path for times, path in apart(two_levels, work, data, prices).items()}
    store = work / "store-levels"
    ours = [*ours[:-1], str(store)]
    runs = {name: [] for name in lists}
    for _ in range(rounds):
        for name, path in lists.items():
            shutil.rmtree(store, ignore_errors=True)
            runs[name].append(run([*ours, "snapshot", "table", str(path), "--map", str(work / "prices.toml"),
                                   "--as-of", "2024-12-31", "--json"]))
    shutil.rmtree(store, ignore_errors=True)
    one = median(runs["one level"], "wall")
    print(f"\n{prices:,} prices from Parquet; {rounds} rounds in turn; medians, memory the largest\n")
    print("| build | wall s | CPU s | peak MB | times one level | snapshot |\n|---|---|---|---|---|---|")
    for name, of in runs.items():
        wall, built = median(of, "wall"), {json.loads(r["out"])["id"][:16] for r in of}
        print(f"| {name} | {wall:.2f} | {median(of, 'cpu'):.2f} | {max(r['mb'] for r in of):.0f} | {wall / one:.1f} | "
              f"{' '.join(sorted(built))} |")


def days(ours, work, data, rounds, lines):
    """The lines on one day, the table's, and each on one of the 365 days before."""
    spread = work / f"decl-days-{lines}.csv"
    if not spread.exists():
        last = datetime.date(2024, 12, 31)
        with (data / "decl.csv").open() as rows, spread.open("w", newline="") as out:
            writer = csv.writer(out)
            for i, row in enumerate(csv.reader(rows)):
                # A step that has no factor in common with 365: every day, none beside its neighbour.
                day = "day" if i == 0 else (last - datetime.timedelta(days=i * 149 % 365)).isoformat()
                writer.writerow([*row, day])
    text = (work / "lines.toml").read_text()
    text = text.replace('export_date = "2024-12-31"\n', "").replace("[defaults]", 'export_date = "day"\n[defaults]')
    (work / "lines-days.toml").write_text(text)
    ways = {"the table's day": (data / "decl.csv", "lines.toml"), "365 days": (spread, "lines-days.toml")}
    runs = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (file, columns) in ways.items():
            runs[name].append(run([*ours, "assess", str(file), "--map", str(work / columns), "-o",
                                   str(work / "figures-days.csv"), "--columns", "figures", "--json"]))
    print(f"\n{lines:,} lines, CSV to CSV\n\n| assess | wall s | CPU s | peak MB |\n|---|---|---|---|")
    for name, of in runs.items():
        print(f"| {name} | {median(of, 'wall'):.2f} | {median(of, 'cpu'):.2f} | {max(r['mb'] for r in of):.0f} |")
        print(f"  {json.loads(of[-1]['out'])['counts']}")
    (work / "figures-days.csv").unlink()
