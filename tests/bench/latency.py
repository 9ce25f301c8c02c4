#!/usr/bin/env python3
"""How long one check takes through HTTP, warm: real listings' names as declared descriptions, each asked once, one at
a time over one connection, with comparators. Prints median, p99 and longest.

usage: latency.py DATA [BINARY] [CHECKS=2000]     DATA: the folder that real_input.py filled
(shared material: TOUCHSTONE_SHARED, default ../shared)"""

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
data = sys.argv[1]
binary = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "target/release/touchstone")
checks = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
shared = os.path.abspath(os.environ.get("TOUCHSTONE_SHARED", os.path.join(root, "..", "shared")))

lists = subprocess.run([sys.executable, os.path.join(root, "tests/bench/retrieval/lists.py"), shared],
                       capture_output=True, text=True, check=True).stdout
names = sorted({json.loads(line)["name"] for line in lists.splitlines() if json.loads(line)["list"] == "monitors"})
random.Random(1).shuffle(names)

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = subprocess.Popen([binary, "serve", "--data", data, "--port", str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    asked = http.client.HTTPConnection("127.0.0.1", port)

    def check(name):
        line = {"hs": "852852", "description": name, "price": "120", "currency": "EUR", "unit": "u",
                "condition": "new", "level": "retail", "export_date": "2023-10-15"}
        begun = time.perf_counter()
        asked.request("POST", "/v1/checks", json.dumps(line), {"Content-Type": "application/json"})
        answer = asked.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - begun)
        if answer.status != 200:
            sys.exit(f"{answer.status}: {body[:300]}")
        return took, len(body), json.loads(body)["verdict"]

    # Warm: what is learned once is learned.
    first = check(names[0])[0]
    for name in names[1:200]:
        check(name)
    results = [check(name) for name in names[200:200 + checks]]
finally:
    server.terminate()
took = sorted(r[0] for r in results)
verdicts = {}
for _, _, verdict in results:
    verdicts[verdict] = verdicts.get(verdict, 0) + 1
print(f"first check {first:.0f} ms; {len(took)} checks of new descriptions: median {statistics.median(took):.2f} ms, "
      f"p99 {took[int(0.99 * len(took))]:.2f} ms, longest {took[-1]:.2f} ms; {statistics.mean(r[1] for r in results) / 1000:.0f} KB an answer; {verdicts}")
