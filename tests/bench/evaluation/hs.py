"""The classifier of HS codes on the frozen test: how often it is right at two, four and six digits, what
its probabilities are worth, and which confusions move prices most."""

import collections
import csv
import gzip
import io
import json
import math
import re
import statistics

from . import common

TITLE = "HS classification"
CONFIG = common.ROOT / "config/hs"
DECLARED = common.SHARED / "data/declarations/df_syn_train_eng.csv.gz"
LANGUAGES = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese",
    "ru": "Russian", "zh": "Chinese", "ar": "Arabic",
}
FEWEST = 20  # titles of a chapter that has a row of its own


def rows_of(path):
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines if line]


def answers(titles):
    asked = "\n".join(json.dumps({"text": title, "lang": lang}) for _, lang, title in titles) + "\n"
    told, _ = common.run(common.RELEASE / "touchstone", "inspect", "hs", lines=asked)
    return [json.loads(line) for line in told.splitlines()]


LISTINGS = common.SHARED / "data/listings"
LABELS = common.ROOT / "tests/bench/labels/hs"
REAL = {
    # name: file, language, column of the title, column of the row's name (none: its number)
    "jumia_egypt_en": ("jumia_egypt_EGP.csv.gz", "en", "product_name", "id"),
    "jumia_morocco_fr": ("jumia_morocco_fr_MAD.csv.gz", "fr", "Name", None),
    "supermarkets_es": ("supermarkets_es_EUR_productos.csv.gz", "es", "Nombre", None),
}


def listings(name):
    """Titles of real listings with the subheadings an expert gave them; the titles stay in the shared material."""
    file, lang, title, row = REAL[name]
    raw = gzip.decompress((LISTINGS / file).read_bytes())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    rows = enumerate(csv.DictReader(io.StringIO(text)), 1)
    titles = {one[row] if row else str(number): one[title] for number, one in rows}
    labels = (line.split("\t") for line in (LABELS / f"{name}.tsv").read_text().splitlines()[1:])
    return [[hs, lang, re.sub(r"\s+", " ", titles[row]).strip()] for row, hs in labels]


def words(text):
    return re.findall(r"\w+", text.lower())


def likest(titles):
    """The peer: cosine of TF-IDF between the title and each subheading's description and words, ten best."""
    documents = []
    for path in sorted((CONFIG / "words").glob("*.tsv")):
        documents += [(row[0], words(row[2] + " " + row[3])) for row in rows_of(path)]
    held = collections.Counter(word for _, text in documents for word in set(text))
    rarity = {word: math.log(len(documents) / count) + 1 for word, count in held.items()}
    postings = collections.defaultdict(list)
    for at, (_, text) in enumerate(documents):
        weights = {word: count * rarity[word] for word, count in collections.Counter(text).items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        for word, weight in weights.items():
            postings[word].append((at, weight / length))
    found = []
    for _, _, title in titles:
        scores = collections.Counter()
        for word, count in collections.Counter(words(title)).items():
            for at, weight in postings.get(word, ()):
                scores[at] += count * rarity[word] * weight
        best = sorted(scores.items(), key=lambda one: (-one[1], documents[one[0]][0]))[:10]
        found.append([documents[at][0] for at, _ in best])
    return found


def share(flags):
    flags = list(flags)
    return sum(flags) / len(flags) if flags else None


def figures(titles, ranked):
    """Shares right: six digits, among five, four digits, two digits."""
    pairs = [(row[0], codes or [""]) for row, codes in zip(titles, ranked)]
    tests = [
        lambda hs, codes: codes[0] == hs,
        lambda hs, codes: hs in codes[:5],
        lambda hs, codes: codes[0][:4] == hs[:4],
        lambda hs, codes: hs[:4] in {code[:4] for code in codes[:5]},
        lambda hs, codes: codes[0][:2] == hs[:2],
        lambda hs, codes: hs[:2] in {code[:2] for code in codes[:5]},
    ]
    return [[test(hs, codes) for hs, codes in pairs] for test in tests]


def price_levels():
    """Median declared price per kg of each subheading (synthetic declarations: one price a code)."""
    with gzip.open(DECLARED, "rb") as file:
        rows = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig"))
        of = collections.defaultdict(list)
        for row in rows:
            mass, price = float(row["Net Mass"] or 0), float(row["Item Price"] or 0)
            if mass > 0 and price > 0:
                of[row["HS6 Code"].zfill(6)].append(price / mass)
    return {code: statistics.median(prices) for code, prices in of.items()}


def described():
    return {row[0]: row[2] for path in (CONFIG / "words").glob("*.tsv") for row in rows_of(path)}


def confusions(titles, told):
    levels, names = price_levels(), described()
    wrong = collections.Counter()
    for (hs, _, _), answer in zip(titles, told):
        if answer["level"] == "subheading" and answer["answer"] != hs:
            wrong[(hs, answer["answer"])] += 1
    def apart(pair):
        a, b = (levels.get(code) for code in pair)
        return abs(math.log(a / b)) if a and b else None
    listed = [(pair, count, apart(pair)) for pair, count in wrong.items()]
    listed.sort(key=lambda one: (-(one[1] * (one[2] or 0.0)), -one[1], one[0]))
    def cut(text):
        return text if len(text) <= 60 else text[:59] + "…"
    return sum(wrong.values()), [
        [f"{a} {cut(names[a])}", f"{b} {cut(names[b])}", str(count), "–" if d is None else f"{math.exp(d):.1f}"]
        for (a, b), count, d in listed[:12]
    ]


def speed():
    return json.loads(common.run(common.RELEASE / "examples/hs_speed", "20")[0])


def run(settings):
    titles = [row for path in sorted((CONFIG / "frozen").glob("*.tsv")) for row in rows_of(path)]
    told = answers(titles)
    ranked = [[candidate["hs6"] for candidate in answer["candidates"]] for answer in told]
    ours = figures(titles, ranked)
    head = ["titles", "n", "six digits", "five likeliest", "four digits", "in five", "two digits", "in five "]
    def row(name, flags, n):
        return [name, common.thousands(n), *(common.short(share(one)) for one in flags)]
    real, real_sure = [], []
    names = {"jumia_egypt_en": "general marketplace, Egypt, English", "jumia_morocco_fr": "electronics, Morocco, French",
             "supermarkets_es": "supermarkets, Spanish"}
    for name, what in names.items():
        held = listings(name)
        answers_ = answers(held)
        codes = [[candidate["hs6"] for candidate in answer["candidates"]] for answer in answers_]
        found = figures(held, codes)
        real.append(row(what, found, len(held)))
        order = sorted(
            zip((answer["candidates"][0]["probability"] if answer["candidates"] else 0.0 for answer in answers_), found[0]),
            key=lambda one: -one[0],
        )
        given = [(answer["answer"], hs) for answer, (hs, _, _) in zip(answers_, held) if answer["level"] == "subheading"]
        real_sure.append([
            what,
            common.short(statistics.fmean(one[0] for one in order)),
            common.short(share(right for _, right in order[: round(len(order) * 0.4)])),
            common.short(len(given) / len(held)),
            common.short(share(code == hs for code, hs in given)),
        ])
    table = [row("all", ours, len(titles))]
    if not settings.quick:
        table.append(row("TF-IDF likeness to the same words", figures(titles, likest(titles)), len(titles)))
    for lang, name in LANGUAGES.items():
        at = [place for place, title in enumerate(titles) if title[1] == lang]
        if at:
            table.append(row(name, [[one[place] for place in at] for one in ours], len(at)))
    by_chapter = collections.Counter(hs[:2] for hs, _, _ in titles)
    chapters = []
    for chapter in sorted(code for code, count in by_chapter.items() if count >= FEWEST):
        at = [place for place, title in enumerate(titles) if title[0][:2] == chapter]
        chapters.append(row(f"chapter {chapter}", [[one[place] for place in at] for one in ours], len(at)))
    sure = sorted(
        ((answer["candidates"][0]["probability"] if answer["candidates"] else 0.0, right)
         for answer, right in zip(told, ours[0])),
        key=lambda one: -one[0],
    )
    coverage = []
    for percent in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100):
        taken = sure[: round(len(sure) * percent / 100)]
        coverage.append([f"{percent} %", common.short(share(right for _, right in taken)), common.short(taken[-1][0])])
    bins, error = [], 0.0
    for tenth in range(10):
        held = [one for one in sure if tenth / 10 <= one[0] < (tenth + 1) / 10 or tenth == 9 and one[0] >= 1.0]
        if held:
            said, right = statistics.fmean(one[0] for one in held), share(one[1] for one in held)
            error += abs(said - right) * len(held) / len(sure)
            bins.append([f"{tenth / 10:.1f}–{(tenth + 1) / 10:.1f}", str(len(held)), common.short(said), common.short(right)])
    levels = []
    for level, digits in (("subheading", 6), ("heading", 4), ("chapter", 2), ("none", 0)):
        at = [(title[0], answer) for title, answer in zip(titles, told) if answer["level"] == level]
        right = share(answer["answer"] == hs[:digits] for hs, answer in at) if digits else None
        levels.append([level, common.thousands(len(at)), common.short(len(at) / len(titles)), common.short(right)])
    wrong, pairs = confusions(titles, told)
    fast = speed()
    return "\n".join([
        f"The frozen test, `config/hs/frozen`: {common.thousands(len(titles))} titles of {len({row[0] for row in titles})} "
        "subheadings, thought up and labelled by authors who knew neither the words nor the titles the model learned from; "
        "nothing is learned, chosen or tuned by it (**out of sample**). Labels are one expert's each and some will be wrong: "
        "agreement, not truth. The model is learned by `touchstone hs train` from the project's own texts alone.",
        "Titles that share half of their words with one learned from are left out of the test. Even so its English reads "
        "much like the titles learned from: the real listings below it say more of what to expect.",
        "",
        common.table(head, table),
        "Real listings of the shared material, drawn at random and labelled by an expert who knew nothing of the model "
        "(`tests/bench/labels/hs` has rows and codes only; titles that leave the code open were set aside). Their wrong "
        "answers were looked at once; groceries were given more titles to learn from after that (**out of sample**, but seen):",
        "",
        common.table(head, real),
        common.table(["listings", "mean probability", "surest 40 % right", "answered at six digits", "of these right"], real_sure),
        "By chapter (those with twenty titles or more):",
        "",
        common.table(head, chapters),
        f"What the probability of the likeliest subheading is worth: calibration error {error:.3f}. The factor that sets "
        "it comes from titles of other authors than those the trial model had learned from.",
        "",
        common.table(["probability", "titles", "mean said", "right"], bins),
        "Precision of the surest titles against how many are answered:",
        "",
        common.table(["surest", "right at six digits", "least probability"], coverage),
        "What is answered with the shipped threshold (probability .7 at each level):",
        "",
        common.table(["answered as", "titles", "share", "right"], levels),
        "What is learned from was read by a second reader, samples of 300 drawn at random: 5 descriptions of subheadings "
        "were wrong (1.7 %), 87 of 2,175 phrases (4.0 %), 13 titles' codes (4.3 %), 20 more were doubtful (6.7 %); these and "
        "what was like them were corrected.",
        "",
        f"Of the six-digit answers {wrong} were wrong. Those that move prices most (titles times the distance of the two "
        "subheadings' price levels, from the synthetic declarations, which have one price per kg a code; – where a "
        "code is not in them):",
        "",
        common.table(["labelled", "answered", "titles", "price factor"], pairs),
        "What was done about such pairs: a word behind \"for\" is another feature than the same word before it, so that a part "
        "or a cover is not read as the machine; a quarter of the titles learned from are hard neighbours (parts, cases, toys, "
        "stands named after the goods they go with); below probability .7 no subheading enters a reference; and "
        "`config/hs/rules.tsv` says what decides between the two likeliest, in the answer itself.",
        "",
        f"Speed (`normalizer/examples/hs_speed.rs`, one core): {common.thousands(round(fast['titles_per_second']))} titles "
        f"a second; the model of {fast['model_mb']:.1f} MB ({common.thousands(fast['features'])} features) loads in "
        f"{fast['load_ms']:.0f} ms; the process peaks at {fast['peak_mb']:.0f} MB.",
    ])
