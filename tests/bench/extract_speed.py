"""Pages per CPU second and fields, beside extruct and price-parser: see extract_speed.sh.

Reads LINES (`{"file", "url", "set", "expected"}` a line, made by the script) twice in turns, once with
extruct (JSON-LD, microdata, OpenGraph) and price-parser on what it finds, once with the reader given as
READER (the example `read_pages`). Each page is read ROUNDS times by both and the least counts, so that
other work on the machine weighs on neither. Text decoding is in both figures, unpacking in neither.
"""
import gzip, json, logging, subprocess, sys, time, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import extruct  # noqa: E402
from price_parser import Price  # noqa: E402

lines, reader, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
pages = [json.loads(line) for line in open(lines)]
MARKUP = {"json_ld", "microdata", "rdfa", "open_graph"}


def prices(value):
    """Texts under `price` and `lowPrice`, and prices among OpenGraph's pairs."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("price", "lowPrice") and isinstance(inner, (str, int, float)):
                yield str(inner)
            else:
                yield from prices(inner)
    elif isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and value[0].endswith("price:amount"):
            yield str(value[1])
        for inner in value:
            yield from prices(inner)


def by_extruct(raw, url):
    text = raw.decode("utf-8", "replace")
    found = extruct.extract(text, base_url=url, syntaxes=["json-ld", "microdata", "opengraph"], errors="ignore")
    return [Price.fromstring(text) for text in list(prices(found))[:5]]


theirs = []
for page in pages:
    raw = gzip.open(page["file"]).read() if page["file"].endswith(".gz") else open(page["file"], "rb").read()
    least = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        by_extruct(raw, page.get("url"))
        least = min(least, time.process_time() - start)
    theirs.append(least * 1000)

asked = "".join(json.dumps({"file": p["file"], "url": p.get("url")}) + "\n" for p in pages)
answers = subprocess.run([reader, str(rounds)], input=asked, capture_output=True, text=True, check=True).stdout
ours = [json.loads(line) for line in answers.splitlines()]


def syntax(answer):
    first = (answer["listings"] or [{}])[0]
    return ((first.get("price") or {}).get("witness") or {}).get("syntax")


def row(name, chosen):
    chosen = list(chosen)
    if not chosen:
        return
    mine, other = (sum(side[i] for i in chosen) / len(chosen) for side in ([a["ms"] for a in ours], theirs))
    size = sum(ours[i]["bytes"] for i in chosen) / len(chosen) / 1024
    print(f"{name:<34} {len(chosen):>4} {size:>7.0f} {mine:>9.2f} {other:>9.2f} {other / mine:>7.1f}")


print(f"{'pages':<34} {'n':>4} {'KB':>7} {'ours ms':>9} {'extruct':>9} {'times':>7}")
for name, wanted in (("all", None), ("peb", "peb")):
    inside = [i for i, p in enumerate(pages) if wanted in (None, p.get("set"))]
    row(name, inside)
    row(f"{name}: markup gives the price", (i for i in inside if syntax(ours[i]) in MARKUP))
    row(f"{name}: the page or its state gives it", (i for i in inside if syntax(ours[i]) not in MARKUP | {None}))
    row(f"{name}: no price", (i for i in inside if syntax(ours[i]) is None))
