"""A corpus as one text file, an input a line: `corpus.py unpack FILE FOLDER`, `corpus.py pack FOLDER FILE`."""
import hashlib
import os
import sys

LARGEST = 100_000  # bytes of a packed corpus: the shortest inputs are kept


def escape(data):
    plain = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x5C: "\\\\"}
    return "".join(plain.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}") for b in data)


def unescape(line):
    out, at = bytearray(), 0
    while at < len(line):
        if line[at] != "\\":
            out += line[at].encode()
            at += 1
        elif line[at + 1] == "x":
            out.append(int(line[at + 2 : at + 4], 16))
            at += 4
        else:
            out.append({"t": 0x09, "n": 0x0A, "r": 0x0D, "\\": 0x5C}[line[at + 1]])
            at += 2
    return bytes(out)


def main():
    what, source, goal = sys.argv[1:4]
    if what == "unpack":
        if not os.path.exists(source):
            return
        with open(source, encoding="utf-8") as lines:
            for line in lines:
                data = unescape(line.rstrip("\n"))
                with open(os.path.join(goal, hashlib.sha256(data).hexdigest()[:20]), "wb") as file:
                    file.write(data)
    else:
        inputs = []
        for name in os.listdir(source):
            with open(os.path.join(source, name), "rb") as file:
                inputs.append(file.read())
        inputs.sort(key=lambda data: (len(data), data))
        written = 0
        with open(goal, "w", encoding="utf-8") as file:
            for data in inputs:
                line = escape(data) + "\n"
                written += len(line)
                if written > LARGEST:
                    break
                file.write(line)


main()
