"""Price texts for price_speed.sh, and what price-parser makes of them in a second.

    price_speed.py texts PUBLISHED.jsonl OURS.tsv FOLDER   writes published.txt and mixed.txt
    price_speed.py run FILE                                texts a second of CPU time
"""

import json
import re
import sys
import time


def texts(published, ours, folder):
    lines = []
    with open(published, encoding="utf-8") as file:
        for line in file:
            text = json.loads(line)["price_raw"]
            if text:
                lines.append(" ".join(text.split()))
    own = []
    with open(ours, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                text = line.rstrip("\n").split("\t")[0]
                own.append(re.sub(r"\\u\{(\w+)\}", lambda m: chr(int(m[1], 16)), text))
    for name, all_lines in (("published", lines), ("mixed", lines + own)):
        with open(f"{folder}/{name}.txt", "w", encoding="utf-8") as out:
            out.write("\n".join(all_lines) + "\n")


def run(path):
    from price_parser import Price

    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    rounds = max(1, 40_000 // len(lines))
    start = time.process_time()
    found = 0
    for _ in range(rounds):
        for line in lines:
            found += Price.fromstring(line).amount is not None
    seconds = time.process_time() - start
    count = rounds * len(lines)
    print(f"prices: {count / seconds:.0f} texts/s, {100 * found / count:.0f} % read")


if __name__ == "__main__":
    if sys.argv[1] == "texts":
        texts(*sys.argv[2:5])
    else:
        run(sys.argv[2])
