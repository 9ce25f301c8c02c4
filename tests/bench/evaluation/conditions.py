"""Under which conditions the figures were measured: versions, machine, inputs."""

import datetime
import importlib.metadata
import os
import platform

from . import common

TITLE = "Conditions"
SOURCES = ["Cargo.lock", "api", "crawler/src", "normalizer/src", "normalizer/model"]
PEERS = ["extruct", "price-parser", "autopager", "lxml"]


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def run(_settings):
    commit = common.run("git", "log", "-1", "--format=%h", "--abbrev=12", "--", *SOURCES)[0].strip()
    changed = common.run("git", "status", "--porcelain", "--", *SOURCES)[0].strip()
    compiler = common.run("rustc", "--version")[0].split()[1]
    pages = common.json_lines(common.PAGES / "index.jsonl")
    sets = {}
    for page in pages:
        sets[page["set"]] = sets.get(page["set"], 0) + 1
    load = os.getloadavg()[0]
    rows = [
        ["day of the last run", datetime.datetime.now(datetime.timezone.utc).date().isoformat()],
        [
            "program, last change of it",
            commit + (" with changes not committed" if changed else "") + ", release build",
        ],
        ["Rust, Python", f"{compiler}, {platform.python_version()}"],
        ["peers (PyPI)", ", ".join(f"{name} {version(name)}" for name in PEERS)],
        ["machine", f"{os.cpu_count()} cores, {processor()}, {platform.system()}"],
        ["load at the start", f"{load:.1f}"],
        ["annotated pages", ", ".join(f"{name} {count}" for name, count in sorted(sets.items()))],
    ]
    return common.table(["what", "value"], rows)
