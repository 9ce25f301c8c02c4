#!/usr/bin/env python3
"""How long one check takes through HTTP, warm, each line asked once, one at a time over one connection, with
comparators. Prints median, p99 and longest, and a hash of all answers: two builds that shall answer alike give one hash.

usage: latency.py DATA [BINARY] [CHECKS=2000] [--days N]
           real listings' names as declared descriptions; DATA: the folder that real_input.py filled (shared material:
           TOUCHSTONE_SHARED, default ../shared). --days spreads the export dates over so many days
       latency.py DATA [BINARY] [CHECKS=1000] --table LINES.csv [--settings FILE]
           lines of random groups of a price table; DATA and LINES.csv: `store` and `decl.csv` of reference/run.sh,
           FILE: its `settings.toml`"""

import argparse
import csv
import datetime
import hashlib
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
arguments = argparse.ArgumentParser(usage=__doc__)
arguments.add_argument("data")
arguments.add_argument("binary", nargs="?", default=os.path.join(root, "target/release/touchstone"))
arguments.add_argument("checks", nargs="?", type=int)
arguments.add_argument("--days", type=int, default=1)
arguments.add_argument("--table")
arguments.add_argument("--settings")
given = arguments.parse_args()
WARM = 200


def of_descriptions(most):
    """Lines that name monitors as shops do."""
    shared = os.path.abspath(os.environ.get("TOUCHSTONE_SHARED", os.path.join(root, "..", "shared")))
    lists = subprocess.run([sys.executable, os.path.join(root, "tests/bench/retrieval/lists.py"), shared],
                           capture_output=True, text=True, check=True).stdout
    rows = map(json.loads, lists.splitlines())
    names = sorted({row["name"] for row in rows if row["list"] == "monitors"})
    random.Random(1).shuffle(names)
    begun = datetime.date(2023, 10, 15)
    return [{"hs": "852852", "description": name, "price": "120", "currency": "EUR", "unit": "u", "condition": "new",
             "level": "retail", "export_date": str(begun - datetime.timedelta(days=i % given.days))}
            for i, name in enumerate(names[:most])]


def of_table(path, most):
    """Lines of groups at random."""
    with open(path, encoding="utf-8") as file:
        rows = random.Random(1).sample(list(csv.DictReader(file)), most)
    return [{"hs": row["hs6"], "origin": row["origin"], "quantity": row["qty"], "value": row["value"], "unit": "kg",
             "currency": "EUR", "condition": "new", "level": "wholesale", "export_date": "2024-12-31"} for row in rows]


checks = given.checks or (1000 if given.table else 2000)
lines = of_table(given.table, WARM + checks) if given.table else of_descriptions(WARM + checks)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
command = [given.binary, "serve", "--data", given.data, "--port", str(port)]
command += ["--config", given.settings] if given.settings else []
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    answers = hashlib.sha256()
    asked = http.client.HTTPConnection("127.0.0.1", port)

    def check(line):
        begun = time.perf_counter()
        asked.request("POST", "/v1/checks", json.dumps(line), {"Content-Type": "application/json"})
        answer = asked.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - begun)
        if answer.status != 200:
            sys.exit(f"{answer.status}: {body[:300]}")
        answers.update(body)
        return took, len(body), json.loads(body)["verdict"]

    # Warm: what is learned once is learned.
    first = check(lines[0])[0]
    for line in lines[1:WARM]:
        check(line)
    results = [check(line) for line in lines[WARM:]]
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        peak = next(int(row.split()[1]) // 1024 for row in status if row.startswith("VmHWM"))
finally:
    server.terminate()
took = sorted(r[0] for r in results)
verdicts = {}
for _, _, verdict in results:
    verdicts[verdict] = verdicts.get(verdict, 0) + 1
print(f"first check {first:.0f} ms; {len(took)} checks of new lines: median {statistics.median(took):.2f} ms, "
      f"p99 {took[int(0.99 * len(took))]:.2f} ms, longest {took[-1]:.2f} ms; "
      f"{statistics.mean(r[1] for r in results) / 1000:.0f} KB an answer; the server's peak {peak} MB; answers {answers.hexdigest()[:16]}; {verdicts}")
