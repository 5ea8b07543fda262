#!/usr/bin/env python3
"""What an auditor does with the program, and what somebody does who would like to be believed without being right."""
import base64, hashlib, json, os, pathlib, shutil, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
program = os.path.join(os.environ.get("CONCORDAT_BUILD", str(root / "build")), "app", "concordat")
pack = root / "deploy" / "west-midlands"
passed, failures = 0, []
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-audit-"))

def run(*arguments, data="data", **more):
    return subprocess.run([program, "--data", str(scratch / data), *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=scratch, **more)

def expect(name, result, code, *words):
    global passed
    told = result.stdout + result.stderr
    missing = [w for w in words if w not in told]
    if result.returncode == code and not missing: passed += 1
    else: failures.append(f"{name}: exit {result.returncode} (expected {code}), missing {missing}\n{told[:1500]}")
    return result.stdout

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {why}")

def node(left, right): return hashlib.sha256(b"\1" + left + right).digest()

def climb(index, size, leaf, path):
    """RFC 9162 2.1.3.2, written a second time: the root that a path leads to, or None."""
    fn, sn = index, size - 1
    for step in path:
        if sn == 0: return None
        if fn & 1 or fn == sn:
            leaf = node(step, leaf)
            while not fn & 1 and fn: fn, sn = fn >> 1, sn >> 1
        else: leaf = node(leaf, step)
        fn, sn = fn >> 1, sn >> 1
    return leaf if sn == 0 else None

def the_log():
    expect("no data", run("log", "root"), 1, "made by `concordat init`")
    expect("init", run("init"), 0)
    files = sorted(map(str, pack.glob("[0-9]*.yaml"))) + sorted(map(str, (pack / "rules").glob("*.yaml"))) + sorted(map(str, (pack / "procedures").glob("*.yaml")))
    expect("the pack", run("submit", "-q", *files), 0, "0 refused")
    half = json.loads(expect("a root", run("log", "root", "--format", "json"), 0))
    expect("the play", run("submit", pack / "play" / "host.yaml"), 0)
    full = json.loads(expect("a later root", run("log", "root", "--format", "json"), 0))
    truth("the log grew", full["size"] > half["size"] and full["root"] != half["root"])
    again = json.loads(expect("the earlier root, later", run("log", "root", "--at", half["size"], "--format", "json"), 0))
    truth("a log that grew has the roots it had", again["root"] == half["root"], str(again))
    for event in (1, 17, half["size"], full["size"]):
        got = json.loads(expect(f"inclusion {event}", run("log", "inclusion", event, "--format", "json"), 0))
        path = [base64.b64decode(p) for p in got["path"]]
        truth(f"event {event} leads to the root", climb(got["index"], got["size"], base64.b64decode(got["leaf"]), path) == base64.b64decode(full["root"]))
    expect("consistency", run("log", "consistency", half["size"]), 0, half["root"], full["root"])
    expect("in words", run("log", "inclusion", 17, "--at", 100), 0, "event 17 is leaf 16 of 100", "root ")
    expect("no such event", run("log", "inclusion", full["size"] + 1), 2, "expected an event of the first")
    expect("no such size", run("log", "root", "--at", full["size"] + 1), 2, "expected a size of the log")
    expect("backwards", run("log", "consistency", 9, "--at", 8), 2, "expected an earlier size not above 8")
    expect("everything again", run("log", "check"), 0, full["root"])
    expect("rebuilt", run("rebuild", "--view", "proof"), 0)
    truth("rebuilt, the same", json.loads(run("log", "root", "--format", "json").stdout) == full)

try:
    the_log()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
for message in failures: print("FAILED", message)
print(f"audit: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
