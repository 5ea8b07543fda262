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

def the_keys():
    key, pub = scratch / "owm.key", scratch / "owm.key.pub"
    expect("a key", run("key", "generate", "log.example/wm", "--out", key), 0, "log.example/wm+")
    truth("for its owner only", key.stat().st_mode & 0o777 == 0o600)
    expect("not twice", run("key", "generate", "log.example/wm", "--out", key), 2, "expected a new file")
    expect("not in the data", run("key", "generate", "x", "--out", scratch / "data" / "k"), 2, "outside the data directory")
    expect("a bad name", run("key", "generate", "a b", "--out", scratch / "k"), 2, "without blanks")
    truth("shown alike", run("key", "show", key).stdout == run("key", "show", pub).stdout == pub.read_text())
    note = expect("a checkpoint", run("log", "checkpoint", "--key", key), 0, "log.example/wm\n", "\u2014 log.example/wm ")
    truth("its root is the log's", note.split("\n")[2] == json.loads(run("log", "root", "--format", "json").stdout)["root"])
    (scratch / "first.note").write_text(note)
    expect("signed again, the same", run("log", "checkpoint", "--key", key, "--out", "again.note"), 0)
    truth("Ed25519 signs alike", (scratch / "again.note").read_text() == note)
    key.chmod(0o640)
    expect("readable by others", run("log", "checkpoint", "--key", key), 2, "only its owner may read", "chmod 600")
    key.chmod(0o600)
    shutil.copy(key, scratch / "data" / "copied.key")
    expect("a key that lies in the data", run("log", "checkpoint", "--key", scratch / "data" / "copied.key"), 2, "outside the data directory")
    (scratch / "data" / "copied.key").unlink()
    before = scratch / "before"
    expect("more happens", run("submit", pack / "play" / "pod.yaml"), 0)
    shutil.copytree(scratch / "data", before)
    expect("and more", run("submit", pack / "play" / "escalation.yaml"), 3)
    run("log", "checkpoint", "--key", key, "--out", "second.note")
    expect("both hold", run("log", "verify", "second.note", "first.note", "--key", pub), 0, "first.note: the first ", "second.note: the first ")

    # Somebody restores a backup and goes on from there: the key remembers, and so do the notes.
    expect("an older log is not signed", run("log", "checkpoint", "--key", key, data="before"), 5, "restored backup", "Nothing was signed")
    expect("what is gone shows", run("log", "verify", "first.note", "second.note", "--key", pub, data="before"), 5, "is gone")
    (scratch / "other.yaml").write_text("".join(f"- {{command_id: fork-{i}, actor: {{who: 'office:director-owm', capacity: owm_officer, on_behalf_of: 'body:owm', mandate: m}}, withdraw_matter: {{matter: NONE-{i}}}}}\n" for i in range(60)))
    expect("history is written otherwise", run("submit", "-q", "other.yaml", data="before"), 3)
    expect("a fork is not signed", run("log", "checkpoint", "--key", key, data="before"), 5, "but they are others", "Nothing was signed")
    size = int((scratch / "first.note").read_text().split("\n")[1])
    expect("the change is bracketed", run("log", "verify", "first.note", "second.note", "--key", pub, data="before"), 5, f"something changed among events {size + 1} to ")

    # Another key, a key that follows, a key that was lost.
    run("key", "generate", "log.example/wm", "--out", scratch / "stranger.key")
    expect("a stranger's key", run("log", "verify", "first.note", "--key", scratch / "stranger.key.pub"), 5, "expected a signature of a known key")
    expect("rotate", run("key", "rotate", key, "--out", scratch / "owm-2.key"), 0, "log.example/wm+")
    expect("the next signs", run("log", "checkpoint", "--key", scratch / "owm-2.key", "--out", "third.note"), 0)
    expect("who knows the old one only", run("log", "verify", "third.note", "--key", pub), 5, "known key")
    expect("the succession is enough", run("log", "verify", "first.note", "third.note", "--key", scratch / "owm-2.key.succession", "--key", pub), 0, "third.note: the first ")
    expect("a succession alone is not", run("log", "verify", "third.note", "--key", scratch / "owm-2.key.succession"), 2, "trusted by itself")
    expect("the next remembers, too", run("log", "checkpoint", "--key", scratch / "owm-2.key", data="before"), 5, "Nothing was signed")
    expect("both while keys change", run("log", "checkpoint", "--key", key, "--key", scratch / "owm-2.key", "--out", "both.note"), 0)
    for who in ("owm.key.pub", "owm-2.key.pub"): expect(f"{who} knows it", run("log", "verify", "both.note", "--key", who), 0)
    text = (scratch / "first.note").read_text()
    (scratch / "bad.note").write_text(text.replace("log.example/wm\n", "log.example/wn\n", 1))
    expect("a note that was touched", run("log", "verify", "bad.note", "--key", pub), 5, "signature of log.example/wm to hold")
    (scratch / "cut.note").write_text(text[:-1])
    expect("a note that is cut", run("log", "verify", "cut.note", "--key", pub), 2, "cut off")

try:
    the_log()
    the_keys()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
for message in failures: print("FAILED", message)
print(f"audit: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
