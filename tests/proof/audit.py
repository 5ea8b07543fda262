#!/usr/bin/env python3
"""What an auditor does with the program, and what somebody does who would like to be believed without being right."""
import base64, csv, hashlib, importlib.util, json, os, pathlib, random, shutil, signal, subprocess, sys, tempfile

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

def sums_of(directory):
    names = sorted(p.name for p in directory.iterdir() if p.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256((directory / n).read_bytes()).hexdigest()}  {n}\n" for n in names)

def the_pack():
    pub = scratch / "owm-2.key.pub"
    expect("a checkpoint", run("log", "checkpoint", "--key", "owm-2.key", "--out", "single.note"), 0)
    expect("a pack", run("audit", "pack", "HOST-2023", "--checkpoint", "single.note", "--out", "host.pack"), 0, "events with their proofs")
    expect("it verifies", run("audit", "verify", "host.pack", "--key", pub, data="nowhere"), 0, "good", "matter HOST-2023", "not checked")
    expect("as a directory", run("audit", "pack", "HOST-2023", "--checkpoint", "single.note", "--out", "host/"), 0)
    expect("the directory verifies", run("audit", "verify", "host/", "--key", pub, data="nowhere"), 0)
    subprocess.run(["tar", "xf", "host.pack", "--one-top-level=unpacked"], cwd=scratch, check=True)
    there = {p.name: p.read_bytes() for p in (scratch / "unpacked").iterdir()}
    truth("any tar unpacks it", there == {p.name: p.read_bytes() for p in (scratch / "host").iterdir()})
    truth("any sha256sum checks it", subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=scratch / "host").returncode == 0)
    page = there["page.html"].decode()
    for words in ("Host of the integrated staff hub", "Decided on 2023-02-15: carried", "joint-committee-assumption, version 1", "001_5cdb3f67600fe999.txt:149", "letter of 3 March 2023", "5f2d1c3f3f0f5a1e"): truth(f"the page says {words}", words in page)
    truth("the page needs nothing else", "src=" not in page and "http" not in page and "<script" not in page)
    first = json.loads(there["proof.jsonl"].split(b"\n")[1])
    decoded = subprocess.run(["protoc", f"--descriptor_set_in={scratch / 'host' / 'words.binpb'}", "--decode=concordat.v1.Event", "concordat/v1/ledger.proto"], input=base64.b64decode(first["event"]), capture_output=True)
    truth("protoc reads an event by words.binpb", b"document_registered" in decoded.stdout, decoded.stderr.decode())
    two = expect("two matters", run("audit", "pack", "HOST-2023", "POD-2023", "--checkpoint", "single.note", "--out", "two.pack"), 0)
    expect("two matters verify", run("audit", "verify", "two.pack", "--key", pub), 0, "matter HOST-2023, POD-2023")
    expect("of nothing", run("audit", "pack", "NONE", "--checkpoint", "single.note", "--out", "none.pack"), 1, "there is none called NONE")
    expect("of a checkpoint too old", run("audit", "pack", "POD-2023", "--checkpoint", "first.note", "--out", "none.pack"), 2, "make a new one")
    expect("of another ledger", run("audit", "pack", "HOST-2023", "--checkpoint", "second.note", "--out", "none.pack", data="before"), 5, "its root")
    expect("a stranger's key", run("audit", "verify", "host.pack", "--key", scratch / "stranger.key.pub"), 5, "WRONG", "known key")
    expect("no pack", run("audit", "verify", "first.note", "--key", pub), 2, "it is no archive")
    whole = (scratch / "host.pack").read_bytes()
    for size in (0, 100, 512, 5000, len(whole) // 2, len(whole) - 512, len(whole) - 1):
        (scratch / "cut.pack").write_bytes(whole[:size])
        result = run("audit", "verify", "cut.pack", "--key", pub)
        truth(f"cut to {size}", result.returncode in (2, 5), result.stdout)

    # Another log's checkpoint, signed by the same key, put into the pack.
    expect("another ledger", run("init", data="other"), 0)
    run("submit", "-q", pack / "00-vocabulary.yaml", data="other")
    shutil.copy(scratch / "owm-2.key", scratch / "forger.key")
    expect("its checkpoint", run("log", "checkpoint", "--key", scratch / "forger.key", "--out", "other.note", data="other"), 0)
    shutil.copytree(scratch / "host", scratch / "swapped")
    (scratch / "swapped" / "checkpoint").write_bytes((scratch / "other.note").read_bytes())
    (scratch / "swapped" / "SHA256SUMS").write_text(sums_of(scratch / "swapped"))
    expect("a checkpoint of another log", run("audit", "verify", "swapped", "--key", pub), 5, "does not lead to the root")

def the_cuts():
    """A pack that is cut: each file at several places, each file gone, and the archive anywhere."""
    pub, cut = scratch / "owm-2.key.pub", scratch / "cut"
    shutil.copytree(scratch / "host", cut)
    for name in sorted(one.name for one in cut.iterdir()):
        whole = (cut / name).read_bytes()
        for size in sorted({0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1}):
            (cut / name).write_bytes(whole[:size])
            told = run("audit", "verify", "cut/", "--key", pub, data="nowhere")
            truth(f"{name} cut to {size}", told.returncode in (2, 5) and name in told.stdout + told.stderr, told.stdout + told.stderr)
        (cut / name).unlink()
        told = run("audit", "verify", "cut/", "--key", pub, data="nowhere")
        truth(f"{name} gone", told.returncode in (2, 5) and name in told.stdout + told.stderr, told.stdout + told.stderr)
        (cut / name).write_bytes(whole)
    expect("whole again", run("audit", "verify", "cut/", "--key", pub, data="nowhere"), 0)
    archive = (scratch / "host.pack").read_bytes()
    for part in range(12):
        size = len(archive) * part // 12
        (scratch / "cut.pack").write_bytes(archive[:size])
        told = run("audit", "verify", "cut.pack", "--key", pub, data="nowhere")
        truth(f"the archive cut to {size}", told.returncode in (2, 5) and "cut.pack" in told.stderr, told.stdout + told.stderr)

def second_opinion():
    """verify.py, alone, on packs good and bad."""
    pub, host = scratch / "owm-2.key.pub", scratch / "host"
    def ask(directory, *keys): return subprocess.run([sys.executable, "-I", str(directory / "verify.py"), str(directory), *map(str, keys)], capture_output=True, text=True, cwd=scratch)
    expect("verify.py", ask(host, pub), 0, "good", "not checked here")
    expect("verify.py, a stranger's key", ask(host, scratch / "stranger.key.pub"), 1, "did not sign")
    expect("verify.py, swapped", ask(scratch / "swapped", pub), 1, "event 2: ", "the event lies beyond the checkpoint")
    spec = importlib.util.spec_from_file_location("verify", host / "verify.py")
    verify = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verify)
    # RFC 8032 7.1, tests 2 and 3; and one byte off.
    for key, message, signature in (("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
                                    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")):
        parts = [bytes.fromhex(x) for x in (key, message, signature)]
        truth("Ed25519 as published", verify.ed25519(*parts))
        truth("Ed25519, another message", not verify.ed25519(parts[0], parts[1] + b"x", parts[2]))
        truth("Ed25519, another signature", not verify.ed25519(parts[0], parts[1], parts[2][:40] + bytes([parts[2][40] ^ 1]) + parts[2][41:]))
    keys, draw = [verify.verifier(pub.read_text())], random.Random(7)
    damaged = scratch / "damaged"
    shutil.copytree(host, damaged)
    def flip(name, at, again):
        data = bytearray((host / name).read_bytes())
        data[at] ^= 1 << draw.randrange(8)
        (damaged / name).write_bytes(data)
        if again: (damaged / "SHA256SUMS").write_text(sums_of(damaged))
        try: faults = verify.verify(str(damaged), keys, 0)[0]
        except (OSError, ValueError, KeyError, verify.Wrong): faults = ["unreadable"]
        (damaged / name).write_bytes((host / name).read_bytes())
        (damaged / "SHA256SUMS").write_bytes((host / "SHA256SUMS").read_bytes())
        return bool(faults)
    for name in sorted(p.name for p in host.iterdir()):
        size = (host / name).stat().st_size
        truth(f"verify.py, flips in {name}", all(flip(name, draw.randrange(size), False) for _ in range(8)))
    # Whoever damages it and mends the sums still has to answer to the signature and the tree.
    lines = (host / "proof.jsonl").read_bytes()
    start = lines.index(b"\n") + 1
    marks = [i for i in range(start, len(lines)) if chr(lines[i]).isalnum()]
    missed = [at for at in draw.sample(marks, 40) if not flip("proof.jsonl", at, True)]
    truth("verify.py, flips with mended sums", not missed, f"missed at {missed}: {[lines[i-10:i+10] for i in missed]}")
    missed = [at for at in range((host / "checkpoint").stat().st_size) if not flip("checkpoint", at, True)]
    truth("verify.py, every byte of the checkpoint", not missed, str(missed))

def the_tiles():
    key, pub = scratch / "owm-2.key", (scratch / "owm-2.key.pub").read_text().strip()
    expect("export", run("log", "export", "tiles", "--key", key), 0, "files written")
    shutil.copy(scratch / "tiles" / "checkpoint", scratch / "before.note")
    expect("more happens", run("submit", "-q", *sorted((pack / "public").glob("*.yaml"))[:1]), 0)
    expect("export goes on", run("log", "export", "tiles", "--key", key), 0)
    whole = sorted(str(p.relative_to(scratch / "tiles")) for p in (scratch / "tiles").rglob("*") if p.is_file())
    truth("full tiles and bundles", "tile/0/000" in whole and "tile/entries/002" in whole and "checkpoint" in whole, str(whole))
    expect("another ledger there", run("log", "export", "tiles", "--checkpoint", "other.note", data="other"), 5, "Nothing was written")
    go = shutil.which("go")
    truth("Go is here", go is not None, "go: not found; deploy/install --tests installs golang-go")
    if go is None: return
    built = subprocess.run([go, "build", "-o", str(scratch / "reader"), "."], cwd=root / "tests" / "proof" / "go", capture_output=True, text=True, env=dict(os.environ, GOFLAGS="-mod=mod -buildvcs=false"))
    truth("the Go reader builds", built.returncode == 0, built.stderr)
    def read(directory, *more): return subprocess.run([str(scratch / "reader"), str(directory), pub, *map(str, more)], capture_output=True, text=True, cwd=scratch)
    expect("golang.org/x/mod reads every tile, entry and proof", read("tiles", "before.note"), 0, "good: ")
    shutil.copytree(scratch / "tiles", scratch / "broken")
    for name in ("tile/0/001", "tile/entries/000", "checkpoint"):
        at = scratch / "broken" / name
        data = bytearray(at.read_bytes())
        data[50] ^= 1
        at.write_bytes(data)
        expect(f"a flipped bit in {name}", read("broken"), 1, "WRONG")
        shutil.copy(scratch / "tiles" / name, at)
    expect("mended", read("broken"), 0, "good")

def by_policy(witnessed):
    """C2SP tlog-policy: who must have signed, in a file that other tools read as well."""
    if witnessed: run("key", "generate", "stranger.example/witness", "--witness", "--out", "outsider.key")
    key = lambda name: (scratch / name).read_text().strip()
    named = f"# The six boards' trial\n\nlog {key('owm-2.key.pub')}\n" + "".join(f"\twitness board{i} {key(f'board{i}.key.pub')} http://127.0.0.1:{i}\n" for i in range(3))
    stranger = f"witness stranger {key('outsider.key.pub')}\n"
    def policy(text):
        (scratch / "boards.policy").write_text(text)
        return run("audit", "verify", "w.pack" if witnessed else "fork.pack", "--policy", "boards.policy")
    if not witnessed:
        expect("a fork, by a policy", policy(named + "group boards 2 board0 board1 board2\nquorum boards\n"), 5, "checkpoint, by the policy: expected 2 of boards to have signed", "board0, board1, board2")
        expect("a policy may do without witnesses", policy(named + "quorum none\n"), 0)
        return
    expect("two of three, by a policy", policy(named + "group boards 2 board0 board1 board2\nquorum boards\n"), 0, "witness board2.example/witness saw this checkpoint")
    expect("one witness, by a policy", policy(named + "quorum board1\n"), 0)
    expect("groups of groups", policy(named + stranger + "group a any board0 stranger\ngroup b all board1 board2\ngroup both all a b\nquorum both\n"), 0)
    expect("all, and one did not", policy(named + stranger + "group a all board0 stranger\nquorum a\n"), 5, "expected 2 of a to have signed, but there is nothing of stranger")
    expect("a stranger alone", policy(named + stranger + "quorum stranger\n"), 5, "expected witness stranger to have signed, but it did not")
    expect("a policy that knows no log", policy(named.replace("log ", "# log ", 1) + "quorum board0\n"), 5, "expected the log")
    policy(named + "group boards all board0 board1 board2\nquorum boards\n")
    expect("a ledger held against a checkpoint, by a policy", run("log", "verify", "w2.note", "--policy", "boards.policy"), 0, "are those that were signed")
    policy(named + stranger + "quorum stranger\n")
    expect("which is not enough", run("log", "verify", "w2.note", "--policy", "boards.policy"), 5, "w2.note: by the policy: expected witness stranger")
    expect("neither key nor policy", run("audit", "verify", "w.pack"), 2, "expected --key or --policy")
    for why, text in {"there is none": named, "line 8: expected one quorum line": named + "quorum none\nquorum none\n", "but board9 is none": named + "group a any board9\nquorum a\n", "but later is none": named + "group a any later\ngroup later any board0\nquorum a\n",
                      "expected all, any or 1 to 1": named + "group a 2 board0\nquorum a\n", "but it is 0": named + "group a 0 board0\nquorum a\n", "but it is some": named + "group a some board0\nquorum a\n", "but board0 stands twice": named + f"witness board0 {key('outsider.key.pub')}\nquorum none\n",
                      "that of board0.example/witness stands twice": named + f"witness other {key('board0.key.pub')}\nquorum none\n", "is in another place too": named + "group a any board0 board0\nquorum a\n", "but board0 is in another": named + "group a any board0\ngroup b any board0\nquorum a\n", "none has a meaning already": named + "group none any board0\nquorum none\n",
                      "end in a newline": named + "quorum none", "control characters": named + "quorum\x0bnone\n", "expected log, witness, group or quorum": named + "wittness a\nquorum none\n", "expected a witness's key": named + f"witness l {key('owm-2.key.pub')}\nquorum none\n",
                      "expected: group NAME": named + "group a any\nquorum a\n", "expected: log VKEY": named + "log\nquorum none\n"}.items(): expect(f"a bad policy: {why}", policy(text), 2, "boards.policy: ", why)

def the_witnesses():
    places, running = [], []
    try:
        for i in range(3):
            expect("a witness's key", run("key", "generate", f"board{i}.example/witness", "--witness", "--out", f"board{i}.key"), 0)
            running.append(subprocess.Popen([program, "witness", "--key", scratch / f"board{i}.key", "--log", scratch / "owm-2.key.pub", "--state", scratch / f"seen{i}", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True))
            places.append(running[-1].stdout.readline().split()[-1])
        all_three = [x for place in places for x in ("--url", place)]
        expect("a checkpoint", run("log", "checkpoint", "--key", "owm-2.key", "--out", "w.note"), 0)
        expect("three witnesses", run("log", "witness", "w.note", *all_three), 0, "3 of 3 witnesses signed")
        expect("again", run("log", "witness", "w.note", *all_three, "--out", "again.note"), 0)
        run("log", "checkpoint", "--key", "owm-2.key", "--out", "p.note")
        read = lambda name: (scratch / name).read_text().strip()
        policy = f"log {read('owm-2.key.pub')}\n" + "".join(f"witness board{i} {read(f'board{i}.key.pub')} {places[i]}\n" for i in range(3))
        (scratch / "ask.policy").write_text(policy + "group boards all board0 board1 board2\nquorum boards\n")
        expect("asked by a policy", run("log", "witness", "p.note", "--policy", "ask.policy"), 0, "3 of 3 witnesses signed")
        (scratch / "ask.policy").write_text(policy.replace(f" {places[2]}", "") + "group boards all board0 board1 board2\nquorum boards\n")
        run("log", "checkpoint", "--key", "owm-2.key", "--out", "q.note")
        expect("too few by the policy", run("log", "witness", "q.note", "--policy", "ask.policy"), 4, "2 of 2 witnesses signed", "by the policy: expected 3 of boards to have signed, but there is nothing of board2")
        (scratch / "ask.policy").write_text("quorum none\n")
        expect("nobody to ask", run("log", "witness", "q.note", "--policy", "ask.policy"), 2, "expected --url")
        expect("nothing to watch", run("witness", "--key", "board0.key", "--policy", "ask.policy", "--state", "seen-none", "--listen", "127.0.0.1:0"), 2, "ask.policy: expected a log to watch")
        shutil.copytree(scratch / "data", scratch / "fork")
        expect("more", run("submit", "-q", *sorted((pack / "public").glob("*.yaml"))[1:2]), 0)
        run("log", "checkpoint", "--key", "owm-2.key", "--out", "w2.note")
        expect("a later one", run("log", "witness", "w2.note", *all_three), 0, "3 of 3")
        expect("a pack, witnessed", run("audit", "pack", "HOST-2023", "--checkpoint", "w2.note", "--out", "w.pack"), 0)
        boards = [x for i in range(3) for x in ("--key", f"board{i}.key.pub")]
        expect("three of three", run("audit", "verify", "w.pack", "--key", "owm-2.key.pub", *boards, "--witnesses", 3), 0, "witness board2.example/witness saw this checkpoint")
        expect("a key named twice counts once", run("audit", "verify", "w.pack", "--key", "owm-2.key.pub", *boards[:2], *boards[:2], "--witnesses", 2), 5, "expected 2 witnesses")
        run("audit", "pack", "HOST-2023", "--checkpoint", "w2.note", "--out", "w/")
        told = subprocess.run([sys.executable, scratch / "w" / "verify.py", scratch / "w", *[scratch / k for k in ("owm-2.key.pub", "board0.key.pub", "board1.key.pub")], "--witnesses", "2"], capture_output=True, text=True)
        expect("verify.py counts witnesses", told, 0, "board1.example/witness saw it")

        by_policy(True)

        # The operator writes another history from there and signs it with the same key, whose memory he threw away.
        (scratch / "fork.yaml").write_text("".join(f"- {{command_id: f-{i}, actor: {{who: 'office:director-owm', capacity: owm_officer, on_behalf_of: 'body:owm', mandate: m}}, withdraw_matter: {{matter: NONE-{i}}}}}\n" for i in range(300)))
        run("submit", "-q", "fork.yaml", data="fork")
        shutil.copy(scratch / "owm-2.key", scratch / "thief.key")
        expect("he can sign it", run("log", "checkpoint", "--key", "thief.key", "--out", "fork.note", data="fork"), 0)
        expect("nobody cosigns it", run("log", "witness", "fork.note", *all_three, data="fork"), 5, "FORK", "0 of 3 witnesses signed")
        run("audit", "pack", "HOST-2023", "--checkpoint", "fork.note", "--out", "fork.pack", data="fork")
        expect("without witnesses it would pass", run("audit", "verify", "fork.pack", "--key", "owm-2.key.pub"), 0)
        expect("with them it does not", run("audit", "verify", "fork.pack", "--key", "owm-2.key.pub", *boards, "--witnesses", 2), 5, "expected 2 witnesses", "but 0 did")
        by_policy(False)
        expect("an old log is a step back", run("log", "witness", "w.note", "--url", places[0]), 5, "restored backup, or a fork")
        running[1].send_signal(signal.SIGTERM)
        running[1].wait(10)
        run("log", "checkpoint", "--key", "owm-2.key", "--out", "w3.note")
        expect("one is away", run("log", "witness", "w3.note", *all_three), 4, "2 of 3 witnesses signed")
        # Back again, it remembers.
        (scratch / "watch.policy").write_text(f"log {read('owm-2.key.pub')}\nquorum none\n")
        running[1] = subprocess.Popen([program, "witness", "--key", scratch / "board1.key", "--policy", scratch / "watch.policy", "--state", scratch / "seen1", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        back = running[1].stdout.readline().split()[-1]
        expect("back again, it remembers", run("log", "witness", "fork.note", "--url", back, data="fork"), 5, "FORK")
        expect("one directory, one witness", run("witness", "--key", "board1.key", "--log", "owm-2.key.pub", "--state", "seen1", "--listen", "127.0.0.1:0"), 4, "another process")
        the_protocol(places[0])
        the_race()
    finally:
        for one in running:
            one.terminate()
            one.wait(10)

def the_race():
    """Two histories reach a witness at the same moment, many times over: it signs one of them."""
    import concurrent.futures, urllib.error, urllib.request
    run("key", "generate", "log.example/race", "--out", "race.key")
    shutil.copy(scratch / "race.key", scratch / "race-2.key")
    bodies = []
    for key, place in (("race.key", "data"), ("race-2.key", "fork")):
        run("log", "checkpoint", "--key", key, "--out", "race.note", data=place)
        bodies.append(("old 0\n\n" + (scratch / "race.note").read_text()).encode())
    one = subprocess.Popen([program, "witness", "--key", scratch / "board0.key", "--log", scratch / "race.key.pub", "--state", scratch / "seen-race", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        place = one.stdout.readline().split()[-1]
        def post(which):
            try:
                with urllib.request.urlopen(urllib.request.Request(place + "/add-checkpoint", bodies[which], method="POST")) as got: return which, got.status
            except urllib.error.HTTPError as error: return which, error.code
        with concurrent.futures.ThreadPoolExecutor(8) as pool: told = list(pool.map(post, [i % 2 for i in range(40)]))
        truth("it signed once, one history", sum(code == 200 for _, code in told) == 1 and {code for _, code in told} == {200, 409}, str(told))
    finally:
        one.terminate()
        one.wait(10)

def the_protocol(place):
    """C2SP tlog-witness, answer by answer."""
    import urllib.error, urllib.request
    def post(body):
        try:
            with urllib.request.urlopen(urllib.request.Request(place + "/add-checkpoint", body.encode(), method="POST")) as got: return got.status, got.read().decode(), got.headers["Content-Type"]
        except urllib.error.HTTPError as error: return error.code, error.read().decode(), error.headers["Content-Type"]
    note = "".join(line + "\n" for line in (scratch / "w3.note").read_text().split("\n")[:5])
    size = note.split("\n")[1]
    code, body, kind = post(f"old 0\n\n{note}")
    truth("409 tells the size", (code, body, kind) == (409, f"{size}\n", "text/x.tlog.size"), f"{code} {body} {kind}")
    code, body, _ = post(f"old {size}\n\n{note}")
    truth("200 is a signature line", code == 200 and body.startswith("\u2014 board0.example/witness ") and body.endswith("\n"), f"{code} {body}")
    truth("422 for a wrong proof", post(f"old {size}\n{'A' * 43}=\n\n{note}")[0] == 422)
    for bad in ("", "old x\n\n", f"old 01\n\n{note}", f"old {size}\n{note}", f"old {size}\nshort\n\n{note}", f"old {size}0\n\n{note}", f"old {size}\n\n{note[:-1]}"): truth(f"400 for {bad[:20]!r}", post(bad)[0] == 400)
    truth("403 for a signature that does not hold", post(f"old {size}\n\n" + note.replace(size, str(int(size) + 1), 1))[0] == 403)
    truth("404 for another log", post(f"old {size}\n\n" + note.replace("log.example/wm", "log.example/xx", 1))[0] == 404)
    origin = hashlib.sha256(b"log.example/wm").hexdigest()
    with urllib.request.urlopen(f"{place}/{origin}/checkpoint") as got: truth("whoever watches sees what it saw last", got.read().decode().startswith(f"log.example/wm\n{size}\n"))

OPEN = """
- acted_on: 2023-10-02
  actor: {who: "office:ceo-stw", capacity: member, on_behalf_of: "body:stw"}
  open_matter:
    matter: ESC-9
    procedure: escalation
    title: Nobody confirms it
    fields:
    - {name: issue, value: {ref: "issue:strategic-delegated-function"}}
    - {name: to, value: {ref: "office:ceo-function-lead"}}
    - {name: what, value: {text: Access}}
    - {name: tried, value: {text: Talks}}
- actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}
  acted_on: 2023-10-03
  open_matter:
    matter: HUB-9
    procedure: host-designation
    title: Who hosts the hub?
    fields:
    - {name: unit, value: {ref: "team:integrated-staff-hub"}}
    - {name: host, value: {ref: "Coventry & Warwickshire ICB"}}
    - {name: from, value: {when: 2026-12-01}}
    papers: [{title: Selection criteria, sha256: 5f2d1c3f3f0f5a1e1df7c3c5d2a4b9e86f0a7b6c9d8e7f605142332415060708}]
    recommendation: Approve.
- actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: operating model}
  acted_on: 2023-10-04
  table_item:
    matter: HUB-9
    meeting: JC/9
    part: one
    present:
    - {who: "office:ceo-cw", party: "body:cw", seat: member}
    - {who: "office:ceo-hw", party: "body:hw", seat: member}
- actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}
  acted_on: 2023-10-04
  take_position: {matter: HUB-9, party: "body:cw", position: in_favour}
- actor: {who: "office:ceo-cw", capacity: host, on_behalf_of: "body:cw"}
  acted_on: 2023-10-05
  take_position: {matter: HUB-9, party: "body:cw", position: in_favour}
"""

def the_reports():
    listed = expect("what is asked", run("audit", "questions", "--format", "csv"), 0)
    truth("thirteen questions", all(f"A{n}," in listed for n in range(1, 14)), listed)
    (scratch / "open.yaml").write_text(OPEN)
    expect("things go less well", run("submit", "open.yaml"), 3, "inquorate")
    expect("no receipt", run("audit", "report", "escalations"), 0, "minute 4 of 21 September 2023", "GAP  ESC-9, to CEO lead of a delegated function: no receipt is recorded")
    expect("of that year", run("audit", "report", "escalations", "--to", "2023-09-30"), 0, "2 rows, 0 gaps")
    lacking = expect("no quorum", run("audit", "report", "inquorate"), 0, "tabled at JC/9 without a quorum", "refused: take_position", "NOT CURED", "GAP  HUB-9")
    expect("as the host", run("audit", "report", "host"), 0, "refused", "Coventry", "0 gaps")
    expect("what was owed", run("audit", "report", "owed"), 0, "Confirm receipt of the decision", "letter of 3 March", "2023-03-24", "2023-03-20, recorded", "0 gaps")
    expect("successors", run("audit", "report", "succession"), 0, "Clinical commissioning groups", "The six West Midlands ICBs")
    expect("conditions", run("audit", "report", "conditions"), 0, "consultation-closed", "GAP  condition:", "nothing says that it was met")
    got = [json.loads(line) for line in run("audit", "report", "procurement", "--matter", "HOST-2023", "--format", "json").stdout.splitlines()]
    truth("a checklist", got[0]["matter"] == "HOST-2023" and any("standstill" in row.get("gap", "") for row in got), str(got))
    expect("private items, none yet", run("audit", "report", "private"), 0, "Nothing of the kind", "only words that were said privately are sealed")
    expect("a meeting", run("submit", "-q", pack / "play" / "meeting.yaml"), 0)
    expect("private items", run("audit", "report", "private"), 0, "Terms of the staff who transfer", "Terms of employment", "0 gaps")
    (scratch / "papers").mkdir()
    (scratch / "papers" / "options.pdf").write_bytes(b"what was before the meeting")
    digest = hashlib.sha256(b"what was before the meeting").hexdigest()
    (scratch / "paper.yaml").write_text(OPEN[OPEN.index("- actor: {who: \"office:ceo-cw\", capacity: member"):OPEN.index("- actor: {who: \"office:director-owm\"")].replace("HUB-9", "HUB-8").replace("papers: [", f"papers: [{{title: Options, sha256: {digest}}}, "))
    expect("a paper", run("submit", "paper.yaml"), 0)
    expect("its pack", run("audit", "pack", "HUB-8", "--key", "owm-2.key", "--out", "hub8.pack"), 0)
    expect("the paper is the one", run("audit", "verify", "hub8.pack", "--key", "owm-2.key.pub", "--papers", "papers"), 0, 'paper "Options" is options.pdf', 'paper "Selection criteria": no file of papers has its SHA-256')
    (scratch / "papers" / "options.pdf").write_bytes(b"what was before the meetinG")
    expect("a paper that was changed is not", run("audit", "verify", "hub8.pack", "--key", "owm-2.key.pub", "--papers", "papers"), 0, 'paper "Options": no file of papers')
    expect("no such directory", run("audit", "verify", "hub8.pack", "--key", "owm-2.key.pub", "--papers", "nowhere"), 1, "expected a directory with papers")
    # Cured: the six meet.
    cure = "- actor: {who: 'office:director-owm', capacity: owm_officer, on_behalf_of: 'body:owm', mandate: operating model}\n  acted_on: 2023-10-11\n  table_item:\n    matter: HUB-9\n    meeting: JC/10\n    part: one\n    present:\n"
    six = ("bc", "bsol", "cw", "hw", "ssot", "stw")
    cure += "".join(f"    - {{who: 'office:ceo-{b}', party: 'body:{b}', seat: member}}\n" for b in six)
    cure += "".join(f"- actor: {{who: 'office:ceo-{b}', capacity: member, on_behalf_of: 'body:{b}'}}\n  acted_on: 2023-10-11\n  take_position: {{matter: HUB-9, party: 'body:{b}', position: in_favour}}\n" for b in six)
    (scratch / "cure.yaml").write_text(cure)
    expect("the six decide", run("submit", "cure.yaml"), 0)
    expect("cured", run("audit", "report", "inquorate"), 0, "decided while quorate on 2023-10-11", "0 gaps")
    expect("its criteria are a paper", run("audit", "report", "procurement", "--matter", "HUB-9"), 0, "Selection criteria")
    expect("no such report", run("audit", "report", "everything"), 2, "expected one of the reports inquorate, owed")
    expect("no such day", run("audit", "report", "owed", "--from", "yesterday"), 2, "expected a day like")
    # A sample: drawn again here from its definition.
    every = list(csv.DictReader(run("audit", "sample", "--seed", "x", "--count", 1000, "--format", "csv").stdout.splitlines()))
    truth("every decision is in the urn", {row["matter"] for row in every} >= {"HOST-2023", "HUB-9"}, str(every))
    lot = lambda row, seed: hashlib.sha256(f"concordat-sample/v1\n{seed}\n{row['matter']}/{row['step']}".encode()).digest()
    for seed in ("4711", "1", "board"):
        drawn = list(csv.DictReader(run("audit", "sample", "--seed", seed, "--count", 2, "--format", "csv").stdout.splitlines()))
        truth(f"seed {seed}, drawn alike elsewhere", drawn == sorted(every, key=lambda row: lot(row, seed))[:2], str(drawn))
    expect("a pack of the sample", run("audit", "pack", "--sample", 2, "--seed", 4711, "--key", "owm-2.key", "--out", "sample.pack"), 0)
    expect("it verifies", run("audit", "verify", "sample.pack", "--key", "owm-2.key.pub", data="nowhere"), 0, "sample of 2 among", "seed 4711")
    expect("a pack of a period", run("audit", "pack", "--from", "2023-10-01", "--to", "2023-10-31", "--key", "owm-2.key", "--out", "october.pack"), 0)
    expect("it verifies, too", run("audit", "verify", "october.pack", "--key", "owm-2.key.pub"), 0, "decisions from 2023-10-01 until 2023-10-31")
    expect("an empty period", run("audit", "pack", "--from", "1999-01-01", "--to", "1999-12-31", "--key", "owm-2.key", "--out", "none.pack"), 1, "none was made")
    expect("a sample without a seed", run("audit", "pack", "--sample", 2, "--key", "owm-2.key", "--out", "none.pack"), 2, "--sample and --seed together")
    expect("nothing named", run("audit", "pack", "--key", "owm-2.key", "--out", "none.pack"), 2, "expected either matters")

def while_serving():
    """The server signs as the ledger grows."""
    import time, urllib.request
    def body(n): return json.dumps({"commandId": f"served-{n}", "ledger": "west-midlands", "actor": {"who": "office:director-owm", "capacity": "owm_officer", "onBehalfOf": "body:owm", "mandate": "m"}, "withdrawMatter": {"matter": f"NONE-{n}"}}).encode()
    expect("a key in the data is no key", run("serve", "--listen", "127.0.0.1:0", "--sign", scratch / "nokey", "--checkpoint", "live.note"), 1, "expected a key")
    expect("signing needs a file", run("serve", "--listen", "127.0.0.1:0", "--sign", "owm-2.key"), 2, "expected --checkpoint FILE")
    one = subprocess.Popen([program, "--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--sign", scratch / "owm-2.key", "--checkpoint", scratch / "live.note", "--sign-every", "50", "--ready-file", scratch / "ready"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = one.stdout.readline()
        while line and "http" not in line.lower(): line = one.stdout.readline()
        place = line.split()[-1].removeprefix("http://")
        size = lambda: int((scratch / "live.note").read_text().split("\n")[1]) if (scratch / "live.note").exists() else 0
        grown = []
        for n in range(3):
            with urllib.request.urlopen(urllib.request.Request(f"http://{place}/concordat.v1.Concordat/Submit", body(n), {"Content-Type": "application/json"})) as got: wanted = int(json.load(got)["reply"]["lastSequence"])
            for _ in range(200):
                if size() >= wanted: break
                time.sleep(0.05)
            grown.append(size() >= wanted)
            shutil.copy(scratch / "live.note", scratch / f"live-{n}.note")
        truth("each commit is soon under a checkpoint", grown == [True] * 3, str(grown))
    finally:
        one.send_signal(signal.SIGTERM)
        one.wait(20)
    expect("they are one history", run("log", "verify", "live-0.note", "live-1.note", "live-2.note", "--key", "owm-2.key.pub"), 0, "live-2.note: the first ")

def the_register():
    expect("the register", run("audit", "register", "register"), 0, "decisions")
    rows = list(csv.DictReader((scratch / "register" / "register.csv").read_text().splitlines()))
    truth("as CSV and JSON alike", rows == json.loads((scratch / "register" / "register.json").read_text()))
    host = [row for row in rows if row["reference"].startswith("HOST-2023/")]
    truth("a decision", len(host) == 1 and host[0]["outcome"] == "carried" and host[0]["in favour"] == "6" and host[0]["rule"] == "joint-committee-assumption 1" and host[0]["enacted"] == "2023-03-01", str(host))
    page = (scratch / "register" / "register.html").read_text()
    truth("as a page", "HOST-2023" in page and "<th scope" in page and "http" not in page)
    expect("for publication", run("audit", "register", "public", "--publish", "delegation"), 0, "withheld")
    held = {row["reference"]: row["why"] for row in csv.DictReader((scratch / "public" / "withheld.csv").read_text().splitlines())}
    truth("what nobody declared public is withheld", "on no agenda" in next(why for ref, why in held.items() if ref.startswith("HOST-2023/")), str(held))
    shown = (scratch / "public" / "register.csv").read_text() + (scratch / "public" / "register.html").read_text() + (scratch / "public" / "register.json").read_text()
    truth("nothing withheld is shown", not any(reference in shown for reference in held), str(held))
    expect("with its procedure", run("audit", "register", "public", "--publish", "host-designation"), 0)
    shown = (scratch / "public" / "register.csv").read_text()
    truth("it is published", "HOST-2023/" in shown)
    # The same decision, once it stands on an agenda as private.
    office = "- actor: {who: 'office:director-owm', capacity: owm_officer, on_behalf_of: 'body:owm', mandate: 'operating model, section 4'}\n  acted_on: 2026-10-01\n  "
    (scratch / "private.yaml").write_text(office + "open_matter: {matter: JC/P, procedure: meeting, title: Another, fields: [{name: body, value: {ref: 'body:joint-committee'}}]}\n"
        + office + "convene: {matter: JC/P, on: 2026-10-20, starts: '10:00', place: Board room, chair: 'office:ceo-bc'}\n"
        + office + "add_agenda_item: {matter: JC/P, item: HUB-9, part: one, publicity: private_session, purpose: decision}\n"
        + "".join(office.replace("10-01", "10-20") + f"record_attendance: {{matter: JC/P, who: 'office:ceo-{b}', party: 'body:{b}', seat: member, status: arrived, at: '10:00'}}\n" for b in ("bc", "cw"))
        + office.replace("10-01", "10-20") + "exclude_public: {matter: JC/P, numbers: [1], reason: Terms of staff, moved_by: 'office:ceo-bc', seconded_by: 'office:ceo-cw'}\n")
    run("submit", "private.yaml")
    expect("again", run("audit", "register", "public", "--publish", "host-designation"), 0, "2 withheld")
    left = (scratch / "public" / "withheld.csv").read_text()
    truth("a private decision is withheld, whatever its procedure", "HUB-9/" in left and "taken in private session: Terms of staff" in left, left)
    truth("and shown nowhere", not any("HUB-9" in (scratch / "public" / f"register.{kind}").read_text() for kind in ("csv", "html", "json")))

def verapdf():
    """Where the validator's packages are; fetched once, and again when their list changes."""
    wanted = root / "tests" / "proof" / "pdfa" / "pom.xml"
    home = pathlib.Path(program).parents[1] / "verapdf"
    mark = home / hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", wanted, "dependency:copy-dependencies", f"-DoutputDirectory={home}"], check=True, capture_output=True)
        mark.touch()
    return home

def the_prints():
    """Pages on paper: minutes, a register and a pack's page as PDF/A-3b, by the judgement of the reference validator."""
    minutes = expect("minutes of a private meeting", run("meeting", "minutes", "JC/P", "--html"), 0)
    expect("minutes printed", run("print", "-", "minutes.pdf", input=minutes), 0, "minutes.pdf", "PDF/A-3b")
    expect("a register printed", run("print", "register/register.html", "register.pdf", "--format", "json"), 0, '"file":"register.pdf"')
    expect("a pack's page", run("audit", "pack", "HOST-2023", "--checkpoint", "single.note", "--out", "printed/"), 0)
    expect("a pack printed", run("print", "printed/page.html", "pack.pdf"), 0)
    first = (scratch / "pack.pdf").read_bytes()
    expect("and again", run("print", "printed/page.html", "pack.pdf"), 0)
    truth("the same page gives the same file", first == (scratch / "pack.pdf").read_bytes())
    judged = subprocess.run(["java", "-cp", f"{verapdf()}/*", root / "tests" / "proof" / "pdfa" / "Check.java", "minutes.pdf", "register.pdf", "pack.pdf"], cwd=scratch, capture_output=True, text=True)
    truth("each conforms to PDF/A-3b", judged.stdout.split("\n")[:3] == ["conforms"] * 3, judged.stdout + judged.stderr)
    pub = scratch / "owm-2.key.pub"
    expect("a pack with its print", run("audit", "pack", "HOST-2023", "--checkpoint", "single.note", "--print", "--out", "paper/"), 0)
    truth("the print is that of its page", (scratch / "paper" / "page.pdf").read_bytes() == first)
    expect("it verifies", run("audit", "verify", "paper/", "--key", pub, data="nowhere"), 0, "good", "not checked  page.pdf: that this print shows what page.html shows")
    alone = lambda: subprocess.run([sys.executable, "-I", "paper/verify.py", "paper", str(pub)], capture_output=True, text=True, cwd=scratch)
    expect("verify.py too", alone(), 0, "good")
    (scratch / "paper" / "page.pdf").write_bytes(first[:-1])
    expect("a print that is cut", run("audit", "verify", "paper/", "--key", pub, data="nowhere"), 5, "WRONG", "SHA256SUMS")
    expect("verify.py says so", alone(), 1, "SHA256SUMS")
    (scratch / "paper" / "page.pdf").unlink()
    expect("a print that is gone", run("audit", "verify", "paper/", "--key", pub, data="nowhere"), 5, "SHA256SUMS")
    expect("no page", run("print", "nowhere.html", "x.pdf"), 1, "nowhere.html")
    expect("an empty page", run("print", "-", "x.pdf", input=""), 2, "expected a page of HTML")
    bare = expect("no printer", run("print", "register/register.html", "x.pdf", env={"PATH": "/nowhere"}), 4, "weasyprint", "apt-get install")
    truth("and nothing is left", not (scratch / "x.pdf").exists(), bare)
    rows = list(csv.DictReader(expect("minutes as lines", run("meeting", "minutes", "JC/P", "--format", "csv"), 0).splitlines()))
    told = json.loads(expect("minutes as JSON", run("meeting", "minutes", "JC/P", "--format", "json"), 0))
    truth("line by line alike", told["lines"] == rows and any("Terms of staff" in row["words"] for row in rows), str(rows)[:800])

try:
    the_log()
    the_keys()
    the_pack()
    the_cuts()
    second_opinion()
    the_tiles()
    the_witnesses()
    the_reports()
    the_register()
    the_prints()
    while_serving()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
for message in failures: print("FAILED", message)
print(f"audit: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
