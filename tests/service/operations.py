#!/usr/bin/env python3
"""Backup, restore, doctor and the systemd units, as who runs it meets them."""
import json, os, pathlib, shutil, subprocess, sys, tempfile, threading, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, run, Server, root

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-operations-"))
data, kept = scratch / "data", scratch / "kept"
command = lambda n: {"commandId": f"own/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "r"}}
def expect(name, result, code, *words):
    told = result.stdout + result.stderr
    truth(name, result.returncode == code and all(word in told for word in words), f"exit {result.returncode}\n{told}")

try:
    support.load(data)
    digest = run("--data", data, "digest").stdout
    expect("backup", run("--data", data, "backup", kept), 0, "is a backup, verified", "west-midlands")
    truth("the digest is in it", digest.split()[0] in (kept / "MANIFEST").read_text(), digest)
    truth("nothing else is in it", {p.name for p in kept.iterdir()} == {"MANIFEST", "node.json", "journal"}, [p.name for p in kept.iterdir()])
    expect("not over another", run("--data", data, "backup", kept), 2, "expected a new or empty directory")
    expect("not of nothing", run("--data", scratch / "nothing", "backup", scratch / "n"), 1, "concordat init")
    expect("restore", run("--data", scratch / "again", "restore", kept), 0, "restored", "verified")
    truth("digest after restoring", run("--data", scratch / "again", "digest").stdout == digest)
    expect("it takes commands", run("--data", scratch / "again", "submit", "-", text=json.dumps({"command_id": "x", "actor": {"who": "office:ceo-cw", "capacity": "member", "on_behalf_of": "body:cw"}, "withdraw_matter": {"matter": "X", "reason": "r"}})), 3, "matter_not_found")
    expect("not over data", run("--data", data, "restore", kept), 2, "expected a new or empty data directory")
    expect("not from anything", run("--data", scratch / "b", "restore", scratch), 2, "no manifest")

    # ---- While it serves and takes commands ----
    with Server(data) as server:
        done = threading.Event()
        def write():
            n = 0
            while not done.is_set(): server.call("Submit", command(n)); n += 1
        writer = threading.Thread(target=write); writer.start()
        time.sleep(0.2)
        live = run("--data", data, "backup", scratch / "live")
        done.set(); writer.join()
        expect("backup while it serves", live, 0, "verified")
        expect("doctor beside a server", run("--data", data, "doctor", "--feeds", root / "deploy" / "feeds"), 0, "ok    journal of partition 0", "ok    views of partition 0", "ok    feeds")
    expect("and it can be restored", run("--data", scratch / "live-again", "restore", scratch / "live"), 0, "verified")

    # ---- Damage of every kind is found ----
    def damaged(name, change, *words):
        bad = scratch / "bad"
        shutil.rmtree(bad, ignore_errors=True); shutil.copytree(kept, bad)
        change(bad)
        got = run("--data", scratch / "bad-again", "restore", bad)
        expect(name, got, 5, *words)
        truth(f"{name}: nothing is left", not (scratch / "bad-again").exists() and not (scratch / "bad-again.restoring").exists())
    segment = lambda bad: next((bad / "journal" / "0").glob("*.log"))
    def flip(bad): content = bytearray(segment(bad).read_bytes()); content[len(content) // 2] ^= 1; segment(bad).write_bytes(content)
    damaged("a flipped bit", flip, "changed or damaged")
    damaged("a torn end", lambda bad: os.truncate(segment(bad), segment(bad).stat().st_size - 7), "changed or damaged")
    damaged("a ledger left out", lambda bad: (bad / "MANIFEST").write_text("".join(l for l in (bad / "MANIFEST").read_text().splitlines(True) if not l.startswith("ledger"))), "folds to")
    damaged("a path outside", lambda bad: (bad / "MANIFEST").write_text("concordat backup 1\n" + "0" * 64 + "  1  ../../etc/passwd\n"), "expected SHA256")
    missing = scratch / "missing"; shutil.copytree(kept, missing); segment(missing).unlink()
    expect("a file that is missing", run("--data", scratch / "bad-again", "restore", missing), 4, "cannot be read")

    flip_live = next((data / "journal" / "0").glob("*.log"))
    content = bytearray(flip_live.read_bytes()); content[len(content) // 3] ^= 1; flip_live.write_bytes(content)
    expect("doctor finds damage", run("--data", data, "doctor"), 1, "WRONG journal of partition 0", "offset")
    expect("doctor finds bad feeds", run("--data", scratch / "again", "doctor", "--feeds", scratch / "nothing.yaml"), 1, "WRONG feeds")
    (scratch / "again" / "feed.key").write_bytes(b"x" * 32); os.chmod(scratch / "again" / "feed.key", 0o644)
    expect("doctor finds an open key", run("--data", scratch / "again", "doctor"), 1, "WRONG feed.key", "chmod 600")
    expect("doctor of nothing", run("--data", scratch / "nothing", "doctor"), 1, "concordat init")

    # ---- systemd: what the units call exists ----
    import re
    for unit in sorted((root / "deploy" / "systemd").glob("*.service")):
        for line in re.findall(r"^Exec\w+=(.*)$", unit.read_text(), re.M):
            word = next(w for w in ["init", "serve", "backup"] if re.search(rf"\b{w}\b", line))
            helped = run(word, "--help").stdout
            truth(f"{unit.name} {word}", all(flag in helped for flag in re.findall(r"\s(--[a-z-]+)", line)), line)
    if shutil.which("systemd-analyze"):
        for unit in sorted((root / "deploy" / "systemd").glob("*")):
            checked = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
            told = [line for line in checked.stderr.splitlines() if unit.name in line and "not executable" not in line and "bad-setting" not in line]
            truth(f"systemd takes {unit.name}", not told, told)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("operations")
