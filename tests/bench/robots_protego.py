#!/usr/bin/env python3
"""Our robots.txt beside Protego (PyPI, Scrapy's parser) on random files and addresses from a seeded
generator. Every difference is held to RFC 9309 by a third reading of it, written below as plainly as the
RFC says it; where that reading is against us, the liberty we take has to explain it, or the script
fails. SHOW=WORD prints the cases that the liberty of that name explains.

usage: robots_protego.py [BINARY=target/debug/touchstone] [FILES=3000] [SEED=1]
Protego is installed into a virtual environment of its own (WORK, default a temporary folder)."""
import collections, itertools, json, os, random, re, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
binary = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "target/debug/touchstone")
files = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
work = os.environ.get("WORK") or tempfile.mkdtemp()
python = os.path.join(work, "venv", "bin", "python")
if sys.prefix == sys.base_prefix:
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(work, "venv")], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "protego"], check=True)
    os.execve(python, [python, os.path.abspath(__file__), *sys.argv[1:]], dict(os.environ, WORK=work))

from importlib.metadata import version
from protego import Protego

AGENTS = ["touchstone", "Touchstone", "TOUCHSTONE/2.0", "touch", "touchstone-news", "otherbot", "stone", "*"]
SEGMENTS = ["a", "b", "ab", "p", "item", "index.html", "index.htm", "x.php", "search", "%7Euser", "~user",
            "%7euser", "caf%C3%A9", "café", "a%2Fb", "a b", "a%20b", "%e3%81%82", "あ", "%2A", "%24", "q=1", "%62"]
MARKS = ["", "", "", "", "*", "$", "*$", "/", "?", "?q=", "*/", ".", "&x="]
UNKNOWN = ["Host: a.example", "Clean-param: x /a", "Noindex: /a", "Request-rate: 1/5", "Sitemap: http://a.example/s.xml",
           "nonsense", "# a comment", "Crawl-delay: 2", "Crawl-delay: 0.5", "Crawl-delay: soon"]
ODD = ["dissallow: ", "Disallow ", "allow ", "disallow:/", "disallow : ", " Disallow: "]

def pattern(r):
    path = "".join("/" + r.choice(SEGMENTS) + r.choice(MARKS) for _ in range(r.randint(1, 3)))
    shape = r.random()
    if shape < .05: return ""
    if shape < .10: return "/"
    if shape < .14: return "*" + path
    if shape < .16: return path.lstrip("/")
    return path

def robots(r):
    lines, patterns = [], []
    for _ in range(r.randint(1, 4)):
        for _ in range(r.choice([0, 1, 1, 1, 2, 3])):
            lines.append(f"{r.choice(['User-agent', 'user-agent', 'USER-AGENT'])}: {r.choice(AGENTS)}")
            if r.random() < .1: lines.append(r.choice(UNKNOWN + [""]))
        for _ in range(r.randint(0, 5)):
            if r.random() < .15: lines.append(r.choice(UNKNOWN + [""]))
            p = pattern(r); patterns.append(p)
            key = r.choice(ODD) if r.random() < .06 else r.choice(["Allow: ", "Disallow: ", "Disallow: ", "DISALLOW:"])
            lines.append(key + p + (" # why" if r.random() < .05 else ""))
        if r.random() < .5: lines.append("")
    text = r.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines)
    return ("\ufeff" if r.random() < .03 else "") + text, patterns

def address(r, patterns):
    if patterns and r.random() < .8:
        path = r.choice(patterns).replace("*", r.choice(["", "a", "/x/"])).replace("$", r.choice(["", "", "$", "/z"]))
        if r.random() < .3: path += r.choice(["/", "x", "?q=1", "/index.html", ";v=1"])
        if r.random() < .15: path = path[:-1]
    else:
        path = pattern(r).replace("*", "")
    path = re.sub(r"^/*", "/", path)
    # As it stands in a request: no blank, nothing but ASCII.
    path = "".join(c if 32 < ord(c) < 127 else "".join(f"%{b:02X}" for b in c.encode()) for c in path)
    return "http://shop.example" + path

# ---- RFC 9309, read plainly, and the liberties that our reading takes ---------------------------
LIBERTIES = {
    "lines": "misspelt keys and forgotten colons count, as with Google's parser (the RFC leaves lines outside its grammar open)",
    "index": "Allow: /dir/index.html opens /dir/ as well, as with Google's parser",
    "blank": "Disallow: /a b closes /a%20b (the RFC's grammar knows no blank in a path): closes more, never less",
    "allow": "an Allow is not widened by undoing encodings its author wrote, as with Google's parser: closes more, never less",
}

def undo(raw, undo_needless=True):
    """Section 2.2.2: octets outside ASCII are encoded, encodings of unreserved characters undone."""
    out, at = b"", 0
    while at < len(raw):
        if re.match(rb"%[0-9A-Fa-f]{2}", raw[at:]):
            byte, at = int(raw[at + 1:at + 3], 16), at + 3
            keep = undo_needless and (chr(byte).isalnum() and byte < 128 or byte in b"-._~")
            out += bytes([byte]) if keep else b"%%%02X" % byte
        else:
            byte, at = raw[at], at + 1
            out += bytes([byte]) if byte < 128 else b"%%%02X" % byte
    return out

def matches(rule, path):
    end = rule.endswith(b"$")
    rule = rule[:-1] if end else rule
    return re.match(b".*".join(re.escape(part) for part in rule.split(b"*")) + (rb"\Z" if end else b""), path, re.S)

def rfc(text, agent, url, liberties=()):
    """Section 2.2: whether the agent may fetch the address."""
    groups, rules_seen = [], True
    for line in re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")):
        line = line.split("#")[0].strip()
        if "lines" in liberties:
            if ":" not in line and len(line.split()) == 2: line = line.replace(" ", ":", 1)
            line = re.sub(r"^dissallow\b", "disallow", line)
        key, colon, value = line.partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon: continue
        if key == "user-agent":
            if rules_seen: groups.append([set(), []]); rules_seen = False
            groups[-1][0].add(re.match(r"\*|[A-Za-z_-]*", value).group().lower())
        elif key in ("allow", "disallow") and groups:
            rules_seen = True
            if value: groups[-1][1].append((key == "allow", value.encode()))
    mine = [rules for agents, rules in groups if agent in agents] or [rules for agents, rules in groups if "*" in agents]
    sent = undo(url[len("http://shop.example"):].encode(), False)
    best = {True: -1, False: -1}
    for allow, value in (rule for rules in mine for rule in rules):
        written, plain = undo(value, False), undo(value)
        if "blank" in liberties and not allow: plain = plain.replace(b" ", b"%20")
        paths = (sent, undo(sent))
        if "allow" in liberties and allow: hit = any(matches(written, path) for path in paths)
        else: hit = any(matches(rule, path) for rule in (written, plain) for path in paths)
        if hit: best[allow] = max(best[allow], len(plain))
        directory = re.match(rb"(.*/)index\.htm[^/]*\Z", written)
        if "index" in liberties and allow and directory and matches(directory[1] + b"$", sent):
            best[True] = max(best[True], len(directory[1]) + 1)
    return best[True] >= best[False]

def explained(text, agent, url, answer):
    """The fewest liberties under which the RFC's reading gives this answer; `None`: there are none."""
    for number in range(len(LIBERTIES) + 1):
        for some in itertools.combinations(LIBERTIES, number):
            if rfc(text, agent, url, some) == answer: return " + ".join(some)
# -------------------------------------------------------------------------------------------------

r = random.Random(seed)
cases = []
for _ in range(files):
    text, patterns = robots(r)
    cases += [(text, address(r, patterns)) for _ in range(6)]
asked = "".join(json.dumps({"robots": t, "ua": "touchstone", "url": u}) + "\n" for t, u in cases)
told = subprocess.run([binary, "inspect", "robots"], input=asked, capture_output=True, text=True, check=True).stdout
ours = [json.loads(line)["allowed"] for line in told.splitlines()]
assert len(ours) == len(cases), (len(ours), len(cases))
classes, unexplained, parsed, allowed = collections.Counter(), [], {}, sum(ours)
for (text, url), mine in zip(cases, ours):
    if text not in parsed: parsed[text] = Protego.parse(text)
    theirs = parsed[text].can_fetch(url, "touchstone")
    right = rfc(text, "touchstone", url)
    if mine == theirs == right: continue
    why = explained(text, "touchstone", url, mine)
    who = "alone" if mine != theirs else "with Protego"
    if mine == right: classes["the RFC is with us; Protego alone", "opens" if theirs else "closes"] += 1
    else: classes[f"we differ from the RFC, {who}: {why}", "opens" if mine else "closes"] += 1
    if why is None: unexplained.append((text, url, mine, theirs))
    elif os.environ.get("SHOW", "-") in (why or "Protego"):
        print("----", url, "ours", mine, "Protego", theirs, "RFC", right, why, "\n" + text)
print(f"{len(cases)} questions to {files} files, seed {seed}; {allowed} allowed; Protego {version('protego')}")
for (what, way), count in sorted(classes.items()): print(f"{count:7}  {way:6}  {what}")
print(*(f"{name}: {text}" for name, text in LIBERTIES.items()), sep="\n")
for text, url, mine, theirs in unexplained[:5]: print("---- unexplained:", url, "ours", mine, "Protego", theirs, "\n" + text)
sys.exit(bool(unexplained))
