#!/usr/bin/env python3
"""The main job on real input, end to end: saved pages, price lists and rates into one database, a
snapshot, and ten checks. Prints the table that a release note quotes.

usage: real_input.py [BINARY] [DATA_DIR]      (shared material: TOUCHSTONE_SHARED, default ../shared)

Five checks take products of the monitor offers with at least 20 shops (rung 1) at 100, 80, 60, 40 and
20 % of the median offer, as of 2023-10-15; five take groceries per kg or litre of three supermarkets,
where three sellers can never be evidence enough."""
import gzip, json, os, statistics, subprocess, sys, tempfile, time

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
binary = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "target/release/touchstone")
data = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
shared = os.path.abspath(os.environ.get("TOUCHSTONE_SHARED", os.path.join(root, "..", "shared")))
S = lambda p: os.path.join(shared, "data", p)
M = lambda p: os.path.join(root, "config/maps", p)

def run(*args, accept=(0, 6)):
    begun = time.time()
    done = subprocess.run([binary, *args, "--data", data, "--json"], capture_output=True, text=True, cwd=root)
    if done.returncode not in accept:
        sys.exit(f"{args}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout), time.time() - begun

def told(name, report, seconds):
    e = report
    print(f"{name:44} stored {e.get('observations_new', '-'):>6}  rejected {e.get('rejections_new', '-'):>5}  {seconds:5.1f} s  {e.get('reasons', '') or ''}")

rates, s = run("import", "fx", S("fx/eurofxref-hist.zip"))
print(f"rates {rates['rates']} in {s:.1f} s")
told("saved pages", *run("import", "pages", S("pages/index.jsonl"), "--captured", "2023-10-01", "--condition", "new"))
for file, column_map in [("offers_2023-10-01_EUR.jsonl.gz", "monitor_offers.toml"),
                         ("supermarkets_es_EUR_productos.csv.gz", "supermarkets_es.toml"),
                         ("jumia_egypt_EGP.csv.gz", "jumia_egypt.toml"),
                         ("jumia_morocco_fr_MAD.csv.gz", "jumia_morocco.toml")]:
    told(file, *run("import", "listings", S("listings/" + file), "--map", M(column_map), "--captured", "2023-10-01"))
status, _ = run("db", "status")
print("rejections of the database:", status["rejections"])
built, s = run("snapshot", "build")
shown, _ = run("snapshot", "show")
print(f"snapshot {built['id'][:12]}: {built['observations']} offers, {built['groups']} groups, left out {shown['left_out']}, {s:.1f} s")

products = []
for line in gzip.open(S("listings/offers_2023-10-01_EUR.jsonl.gz"), "rt", encoding="utf-8"):
    product = json.loads(line)
    shops = {o["shop"]: o["price"] for o in product["offers"]}
    if len(shops) >= 20:
        products.append((product["name"], statistics.median(shops.values()), len(shops)))
products.sort()
print(f"\n{len(products)} products with at least 20 shops; five of them, evenly apart:")
step = len(products) // 5
for share, (name, median, shops) in zip((1, .8, .6, .4, .2), products[step // 2::step]):
    v, s = run("check", "--hs", "852852", "--description", "computer monitor", "--brand", name.split()[0], "--model", name,
               "--price", f"{median * share:.2f}", "--currency", "EUR", "--unit", "u", "--condition", "new",
               "--level", "retail", "--as-of", "2023-10-15")
    r = v["reference"] or {}
    print(f"{share:4.0%} of {median:8.2f} ({shops} shops)  {v['verdict']:22} rung {r.get('rung')} n_eff {r.get('n_eff', 0):.0f} ratio {v['ratio'] and round(v['ratio'], 3)} p {v['p_lower'] and round(v['p_lower'], 3)} z {v['z'] and round(v['z'], 1)} detectable {r.get('detectable_ratio', 0):.2f}")
print()
for hs, words, unit, price in [("150920", "aceite de oliva virgen extra", "l", "4.00"), ("040120", "leche semidesnatada", "l", "0.50"),
                               ("100630", "arroz redondo", "kg", "0.80"), ("040690", "queso curado", "kg", "5.00"), ("020713", "pechuga de pollo", "kg", "3.00")]:
    v, s = run("check", "--hs", hs, "--description", words, "--price", price, "--currency", "EUR", "--unit", unit,
               "--condition", "new", "--level", "retail", "--as-of", "2023-10-15")
    print(f"{hs} per {unit}: {v['verdict']}: {v['sentence']}\n    cure: {v['cures'][0] if v['cures'] else '-'}")
