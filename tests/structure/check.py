#!/usr/bin/env python3
"""Holds the house: which room may include which, what the pure rooms may not name, sizes, comments, and standing alone."""
import pathlib, re, subprocess, sys

root = pathlib.Path(__file__).resolve().parents[2]
passed, failures = 0, []

def check(good, message):
    global passed
    if good: passed += 1
    else: failures.append(message)

tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True).stdout.split("\n")
if len(tracked) < 20:  # Not a checkout: take what is there.
    tracked = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and "build" not in p.parts]
files = [f for f in tracked if f and (root / f).is_file()]
code = [f for f in files if f.endswith((".cc", ".h"))]

# Room -> rooms it may include, besides itself, the standard library and the generated words.
MAY = {
    "engine/base": [],
    "engine/record": ["engine/base"],
    "engine/rules": ["engine/base"],
    "engine/steps": ["engine/base", "engine/record", "engine/rules", "engine"],
    "engine/procedures": ["engine/base", "engine/record", "engine/steps", "engine"],
    "engine": ["engine/base", "engine/record", "engine/rules", "engine/steps", "engine/procedures"],
    "engine/journal": ["engine/base"],
    "projections": ["engine/base", "engine/record", "engine/journal", "projections/views"],
    "projections/views": ["engine/base", "engine/record", "projections", "projections/proof"],
    "projections/proof": ["engine/base", "projections", "projections/views"],
    "engine/runtime": ["engine", "engine/base", "engine/record", "engine/journal", "projections", "projections/views"],
    "app": ["engine", "engine/base", "engine/record", "engine/procedures", "engine/rules", "engine/journal", "engine/runtime", "projections", "projections/views", "projections/proof"],
}
FOREIGN = {  # Header prefix -> files that may have it.
    "librdkafka/": r"(engine/journal/kafka\w*|app/lease_kafka)\.cc",
    "rocksdb/": r"projections/store\w*\.(cc|h)",
    "grpcpp/": r"(app/(serve|service\w*|subscription_command|bench\w*)|tests/service/\w+)\.(cc|h)",
    "yaml-cpp/": r"app/yaml_commands\.cc",
    "CLI/": r"app/\w+\.cc",
    "boost/": r"app/(http|http_client|webhook_target)\.cc",
    "curl/": r"app/(webhook|webhook_target|identity_keys)\.cc",
    "sodium.h": r"app/seal\.cc",
    "cjose/": r"app/identity_token\.cc",
}
def room(path): return str(pathlib.PurePosixPath(path).parent)

for f in code:
    here = room(f)
    if here not in MAY: continue
    text = (root / f).read_text()
    for include in re.findall(r'#include "([^"]+)"', text):
        there = room(include)
        if include.startswith("concordat/v1/"):
            check(not f.endswith(".h") or here in ("app", "projections") or f in ("engine/work.h", "engine/runtime/running.h"), f"{f}: a header outside app/ and projections/ includes {include}; forward-declare the message instead")
        else:
            check(there == here or there in MAY[here], f"{f}: {here} may not include {include}; it may include {', '.join(MAY[here]) or 'nothing else'}")
    for prefix, allowed in FOREIGN.items():
        if f'#include <{prefix}' in text: check(re.fullmatch(allowed, f), f"{f}: <{prefix}…> belongs in {allowed} only")
    check(not (here.startswith("projections") and re.search(r"\bdecide\(", text)), f"{f}: projections fold; they never decide")

BANNED = {
    r"\bstd::chrono|system_clock|steady_clock|\btime\(": "the stamp that comes with the command",
    r"<random>|\brand\(|random_device": "nothing random: identity and time come with the command",
    r"<thread>|<mutex>|<atomic>|std::thread\b": "one thread per partition, in engine/runtime",
    r"std::unordered_": "std::map: decisions and digests must not depend on a hash order",
    r"\b(double|float)\b": "whole numbers",
    r"std::hash\b": "an explicit key",
    r"<iostream>|<fstream>|\bprintf\(|<filesystem>": "nothing: the engine does no I/O",
    r"\bthrow\b|\btry\b": "Refusal, Status or CHECK",
}
PURE = ("engine/record", "engine/rules", "engine/steps", "engine/procedures", "engine")
for f in code:
    if room(f) not in PURE: continue
    text = re.sub(r"//.*", "", (root / f).read_text())
    text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    for pattern, instead in BANNED.items():
        found = re.search(pattern, text)
        check(not found, f"{f}: {found.group(0) if found else ''} is banned in the pure rooms; use {instead}")

for f in code:
    if f.startswith("tests/"): continue
    lines = (root / f).read_text().split("\n")
    check(len(lines) <= 450, f"{f}: {len(lines)} lines; one idea a file, at most 450")
    if f.endswith(".h"): check(lines[0].startswith("//"), f"{f}: a header begins with what it is for")
    check("#pragma once" in lines or not f.endswith(".h"), f"{f}: #pragma once is missing")

for f in [f for f in files if f.endswith(".proto")]:
    lines = (root / f).read_text().split("\n")
    check(lines[0].startswith("//"), f"{f}: begins with what it is for")
    check(not re.search(r"\bmap<", "\n".join(lines)), f"{f}: no map<> fields; a list of pairs keeps its order")

codes = re.findall(r"(\w+) = (\d+);", re.search(r"message RefusalCode \{(.*?)\n\}", (root / "proto/concordat/v1/ledger.proto").read_text(), re.S).group(1))
OLD_NAMES = {"private_without_resolution"}  # Understood, and never said again: the newer name of the number stands before it.
codes = [(name, number) for name, number in codes if name not in OLD_NAMES]
numbers = [n for _, n in codes]
check(len(numbers) == len(set(numbers)), "RefusalCode: a number stands twice")
engine_text = "\n".join((root / f).read_text() for f in code if f.startswith("engine/"))
for name, number in codes:
    if name == "unset": continue
    used = f"RefusalCode::{name}" in engine_text or any(f"refusal: {name}" in (root / f).read_text() for f in files if f.startswith("deploy/west-midlands/procedures"))
    check(used, f"RefusalCode::{name} is reached by nothing: remove it")

# Each test that the list of known defects names exists, and each defect has one.
rows = [line for line in (root / "docs/contributor.md").read_text().split("**Known defects of others.**")[1].split("\n") if re.match(r"\| \d", line)]
check(len(rows) >= 17, f"docs/contributor.md: {len(rows)} known defects; expected the 17 that others had")
for row in rows:
    named = re.findall(r"`(tests/\S+\.(?:cc|py)): ([^`]+)`", row)
    check(named, f"docs/contributor.md: no test stands against: {row[:80]}")
    for file, name in named:
        text = (root / file).read_text() if (root / file).is_file() else ""
        there = re.search(r"\bTEST(_P)?\(" + re.escape(name).replace(r"\.", ", ") + r"\)", text) if file.endswith(".cc") else re.search(r'\b(truth|fails)\("' + re.escape(name) + '"', text)
        check(there, f"docs/contributor.md: {file} has no test called {name}")

# The project stands alone: no path of a machine, nothing outside the tree.
outside = re.compile(r"(^|[^.\w])/(work|home|farm)/|\.\./(shared|\.library)")
for f in files:
    if f.startswith("tests/structure/"): continue
    try: text = (root / f).read_text()
    except UnicodeDecodeError: continue
    found = outside.search(text)
    check(not found, f"{f}: names a path outside the project: {found.group(0) if found else ''}")

for message in failures[:40]: print("FAILED", message)
print(f"structure: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
