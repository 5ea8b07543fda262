#!/usr/bin/env python3
"""Private words over every face: sealed on the way in, in the clear nowhere, read by right and on record, and gone once their key is,
while every proof stays as it was. Searches the bytes of everything that is kept or told, and proves that the search finds what is open."""
import hashlib, hmac, http.client, json, os, pathlib, shutil, stat, subprocess, sys, tempfile, threading, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, root, program, wait_until
support.packages()
import grpc

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-private-"))
data, keys = scratch / "data", scratch / "keys"
env = dict(os.environ, CONCORDAT_DATA=str(data), CONCORDAT_PRIVATE_KEYS=str(keys))
told = []                                    # Everything any command or server said, but for what was read by right.
CLI, HTTP, GRPC, STREAM, JAY, DEAR = ("HERON-VIOLET-4471", "OTTER-INDIGO-9020", "FINCH-COPPER-1187", "MOUSE-SILVER-6604", "BADGER-AMBER-3318", "STOAT-COBALT-7215")
PLUM, ROWAN, ALDER, MAPLE = "PLUM-RELEASED-8102", "ROWAN-CLOSED-5523", "ALDER-CLOSED-6634", "MAPLE-CLOSED-7745"
OPEN = "LAPWING-OPEN-5500"                   # Said openly in the same places: the search must find it.
secrets = [CLI, HTTP, GRPC, STREAM, JAY, DEAR, ROWAN, ALDER, MAPLE]
owm = {"who": "office:director-owm", "capacity": "owm_officer", "onBehalfOf": "body:owm", "mandate": "minute 7"}
acting = ["--as", "office:director-owm", "--capacity", "owm_officer", "--for", "body:owm", "--mandate", "minute 7"]

def run(*arguments, text="", code=0, quiet=False, where=None):
    done = subprocess.run([program, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=120, env=where or env, cwd=scratch)
    if not quiet: told.append((" ".join(map(str, arguments)), done.stdout + done.stderr))
    truth(" ".join(map(str, arguments))[:60] + f" exits {code}", done.returncode == code, f"exit {done.returncode}: {done.stdout[-600:]}{done.stderr[-600:]}")
    return done

def has(name, done, *words):
    text = " ".join((done.stdout + done.stderr).split())
    truth(name, all(word in text for word in words), f"missing {[w for w in words if w not in text]} in {text[:900]}")

def everywhere():
    """Each file that exists, and all that was said: name and bytes."""
    for path in sorted(scratch.rglob("*")):
        if path.is_file() and "client" not in path.parts and "given" not in path.parts: yield str(path.relative_to(scratch)), path.read_bytes()
    for name, text in told: yield f"told: {name[:80]}", text.encode()

def places(word): return [name for name, content in everywhere() if word.encode() in content]

def nowhere(when):
    for word in secrets:
        found = places(word)
        truth(f"{word} is nowhere in the clear {when}", not found, found)
        for form in (word.encode().hex(), __import__("base64").b64encode(word.encode()).decode().rstrip("=")[:20]):
            truth(f"{word} is nowhere as {form[:8]}… {when}", not places(form), places(form))

def opened(identity, words, **more):
    return {"commandId": f"p/{identity}", "ledger": "west-midlands", "actor": owm, "openMatter": {
        "matter": f"HUB-{identity}", "procedure": "host-designation", "title": f"Host of the hub [[who]] {OPEN}",
        "fields": [{"name": "unit", "value": {"ref": "team:integrated-staff-hub"}}, {"name": "host", "value": {"ref": "body:cw"}}, {"name": "from", "value": {"when": "2026-12-01"}}],
        "papers": [{"title": "Paper of [[who]]", "sha256": "5f2d1c3f3f0f5a1e1df7c3c5d2a4b9e86f0a7b6c9d8e7f605142332415060708"}], "recommendation": f"Approve [[who]]. {OPEN}"},
        "privateWords": [{"name": "who", "words": f"the bid of {words}", "exemptions": [{"ground": "foia-43", "reason": "the bidders still compete"}], "retention": "board-minutes"}], **more}

def events(): return [json.loads(line) for line in run("watch", "--format", "json").stdout.splitlines()]
def marks(): return [json.loads(line) for line in run("private", "list", "--format", "json").stdout.splitlines()]

def listen(url, into):
    """What comes over server-sent events, until the server goes."""
    host, port = url[7:].split("/")[0].split(":")
    line = http.client.HTTPConnection(host, int(port), timeout=300)
    line.request("GET", "/" + url.split("/", 3)[3], headers={"Accept": "text/event-stream"})
    answer = line.getresponse()
    try:
        while got := answer.read1(65536): into.append(got.decode())
    except (http.client.HTTPException, OSError): pass

try:
    # ---- The directory of the keys ----
    run("init")
    has("keys in the data directory", run("private", "init", "--private-keys", data / "keys", code=2), "outside the data directory")
    run("private", "init")
    truth("for its owner only", stat.S_IMODE(keys.stat().st_mode) == 0o700)
    pack = root / "deploy" / "west-midlands"
    run("submit", "-q", *sorted(pack.glob("[0-9]*.yaml")), *sorted((pack / "rules").glob("*.yaml")), *sorted((pack / "procedures").glob("*.yaml")), pack / "privacy" / "scheme.yaml")
    keys.chmod(0o750)
    has("others may enter", run("submit", "-q", pack / "privacy" / "scheme.yaml", code=2), "only their owner may enter", "chmod 700")
    keys.chmod(0o700)

    # ---- Said through the command line ----
    given = scratch / "given"
    given.mkdir()
    yaml = lambda command: json.dumps([{**command}])
    snake = lambda text: "".join("_" + c.lower() if c.isupper() else c for c in text)
    def snaked(value):
        if isinstance(value, dict): return {snake(k): snaked(v) for k, v in value.items()}
        return [snaked(v) for v in value] if isinstance(value, list) else value
    (given / "cli.yaml").write_text(yaml(snaked(opened("CLI", CLI))))
    has("accepted", run("submit", given / "cli.yaml"), "accepted")
    has("again, the same", run("submit", given / "cli.yaml"), "as before")
    (given / "other.yaml").write_text(yaml(snaked(opened("CLI", DEAR))))
    has("other words under the same id", run("submit", given / "other.yaml", code=2), "used for another command")
    without = {**env}
    del without["CONCORDAT_PRIVATE_KEYS"]
    has("without keys nothing gets in", run("submit", given / "cli.yaml", code=2, where=without), "keeps none")
    (given / "wrong.yaml").write_text(yaml({**snaked(opened("WRONG", DEAR)), "private_words": f"{DEAR}"}))
    has("an error does not repeat the words", run("submit", given / "wrong.yaml", code=2), "private_words")
    person = {"command_id": "p/JAY", "actor": snaked(owm), "register_document": {"documents": [{"id": "note-jay", "title": "Note on [[who]]", "known": "2026-01-01"}]},
              "private_words": [{"name": "who", "words": f"Ms {JAY}", "subject": "person:jay", "exemptions": [{"ground": "foia-40", "reason": "her health"}]}]}
    (given / "jay.yaml").write_text(yaml(person))
    run("submit", given / "jay.yaml")
    files = sorted(p for p in keys.rglob("*") if p.is_file())
    truth("a key for each subject, for its owner only", [p.name for p in files] == ["matter%3aHUB-CLI.1.key", "person%3ajay.1.key"] and all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in files), files)

    # ---- Over HTTP and gRPC, followed by feeds and subscriptions ----
    (scratch / "feeds.yaml").write_text("- {name: all, audience: restricted, format: json}\n- {name: members, audience: members, format: json}\n- {name: open, audience: public, format: json, publish_procedures: [host-designation], publish_record_sets: [seeds]}\n")
    (scratch / "subscriptions.yaml").write_text("- {name: s, feed: all}\n")
    support.client(scratch)
    from concordat.v1 import service_pb2, service_pb2_grpc, ledger_pb2
    from google.protobuf import json_format
    streams = {name: [] for name in ("all", "members", "open")}
    os.environ["CONCORDAT_PRIVATE_KEYS"] = str(keys)
    read = []
    with Server(data, "--feeds", str(scratch / "feeds.yaml"), "--subscriptions", str(scratch / "subscriptions.yaml")) as server:
        ears = [threading.Thread(target=listen, args=(f"{server.http}/feeds/{name}/events", into)) for name, into in streams.items()]
        for ear in ears: ear.start()
        def call(method, body, **more):
            got = server.call(method, body, **more)
            told.append((f"{method} over HTTP", json.dumps(got[1]) if isinstance(got[1], dict) else got[1].decode(errors="replace")))
            return got
        status, got, _ = call("Submit", opened("HTTP", HTTP))
        truth("over HTTP", status == 200 and "refused" not in got["reply"], got)
        status, got, _ = call("Submit", opened("HTTP", HTTP))
        truth("over HTTP again, the same", status == 200 and got["reply"].get("repeatedCommand"), got)
        status, got, _ = call("Submit", None, raw=json.dumps(opened("BAD", DEAR)).encode()[:-9])
        truth("JSON that does not parse is not quoted", status == 400 and "nothing of it is shown" in got["message"], got)
        status, got, _ = call("Submit", {**opened("BAD", DEAR), "sealed": [{"key": "matter:HUB-BAD#1"}]})
        truth("sealed by somebody else", status == 400 and "sealed here" in got["message"], got)
        status, got, _ = call("Submit", {"commandId": "p/lie", "ledger": "west-midlands", "actor": owm, "confirmErasure": {"subject": "person:jay", "key": "person:jay#1"}})
        truth("nobody else says that a key is gone", status == 400 and "keeper of the keys" in got["message"], got)
        channel = grpc.insecure_channel(server.grpc)
        stub = service_pb2_grpc.ConcordatStub(channel)
        reply = stub.Submit(json_format.ParseDict(opened("GRPC", GRPC), ledger_pb2.Command()))
        truth("over gRPC", reply.reply.last_sequence > 0 and not reply.reply.HasField("refused"), reply)
        reply = next(stub.SubmitStream(iter([json_format.ParseDict(opened("STREAM", STREAM), ledger_pb2.Command())])))
        truth("over a gRPC stream", reply.reply.last_sequence > 0 and not reply.reply.HasField("refused"), reply)
        watched = []
        for one in stub.Watch(service_pb2.WatchRequest(ledger="west-midlands", after=0)):
            watched.append(one.SerializeToString() + str(one).encode())
            if one.sequence >= reply.reply.last_sequence: break
        told.append(("Watch over gRPC", b"".join(watched).decode(errors="replace")))
        for view, key in (("matters", "HUB-HTTP"), ("decisions", ""), ("matters", "HUB-GRPC")): call("Get", {"view": view, "key": key})
        call("Explain", {"what": "HUB-HTTP"})
        call("WhyNot", {"matter": "HUB-HTTP", "who": "office:ceo-cw"})
        time.sleep(1)
        after = []
        for _ in range(60):
            got = call("FetchDeliveries", {"subscription": "s", "limit": 100})[1].get("deliveries", [])
            after += got
            if not got: break
            server.call("SettleDeliveries", {"subscription": "s", "settlements": [{"id": one["id"], "verdict": "done"} for one in got]})
        truth("the subscription delivered them", any("HUB-STREAM" in json.dumps(one) for one in after), len(after))
        told.append(("metrics", str(server.get("/metrics")[1])))

        # ---- Read by right, over HTTP and gRPC ----
        ask = lambda n, **more: {"command": {"commandId": f"read/{n}", "ledger": "west-midlands", "actor": owm, "readWords": {"subject": "matter:HUB-HTTP", "purpose": "audit of 2026"}, **more}}
        status, got, _ = server.call("ReadPrivate", ask(1))
        read.append(got)
        truth("read over HTTP", status == 200 and got["opened"][0]["words"] == f"the bid of {HTTP}" and len(got["opened"]) == 1, got)
        status, got, _ = call("ReadPrivate", ask(1))
        truth("each reading is an event of its own", status == 400 and "new id" in got["message"], got)
        status, got, _ = call("ReadPrivate", ask(2, actor={"who": "office:ceo-cw", "capacity": "observer"}))
        truth("refused without the right", status == 200 and got["reply"]["refused"]["code"] == "not_entitled_to_read" and "opened" not in got, got)
        status, got, _ = call("ReadPrivate", {"command": opened("HTTP", DEAR)})
        truth("it only reads", status == 400 and "read_words" in got["message"], got)
        over = stub.ReadPrivate(json_format.ParseDict(ask(3), service_pb2.ReadPrivateRequest()))
        truth("read over gRPC", over.opened[0].words == f"the bid of {HTTP}", over)
        status, got, _ = call("Submit", {"commandId": "p/erase-stream", "ledger": "west-midlands", "actor": owm, "eraseWords": {"subject": "matter:HUB-STREAM", "authority": "appraisal 6", "reason": "no longer needed", "earlyAuthority": "board minute 12"}})
        truth("asked for over HTTP", status == 200 and "refused" not in got["reply"], got)
        truth("and not carried out before another approves", list(keys.rglob("*HUB-STREAM.1.key")))
        approve = lambda who, n: call("Submit", {"commandId": f"p/approve-stream-{n}", "ledger": "west-midlands", "actor": who, "approveErasure": {"subject": "matter:HUB-STREAM"}})
        status, got, _ = approve(owm, 1)
        truth("not by the one who asked", status == 200 and got["reply"]["refused"]["code"] == "second_person_required", got)
        status, got, _ = approve({"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, 2)
        truth("erased over HTTP", status == 200 and "refused" not in got["reply"], got)
        truth("the server destroys the key by itself", wait_until(lambda: not list(keys.rglob("*HUB-STREAM.1.key"))))
        status, got, _ = call("ReadPrivate", ask(4, readWords={"subject": "matter:HUB-STREAM", "purpose": "audit of 2026"}))
        truth("and nobody reads it any more", status == 200 and got["reply"]["refused"]["code"] == "words_erased", got)
        wait_until(lambda: "ordsRead" in "".join(streams["all"]))
        channel.close()
        server.process.terminate()
        told.append(("the server's output", "".join(server.process.communicate(timeout=20))))
        for ear in ears: ear.join()
    for name, into in streams.items(): told.append((f"server-sent events of {name}", "".join(into)))
    truth("the feeds told of them", "HUB-STREAM" in "".join(streams["all"]) and "HUB-STREAM" in "".join(streams["members"]), {n: len("".join(i)) for n, i in streams.items()})
    truth("members do not hear who read", "words_read" not in "".join(streams["members"]) and "wordsRead" not in "".join(streams["members"]) and "ordsRead" in "".join(streams["all"]), {name: len("".join(into)) for name, into in streams.items()})

    # ---- Packs, registers, minutes and what else leaves the house ----
    run("key", "generate", "log.example/wm", "--out", scratch / "log.key")
    checkpoint = scratch / "first.note"
    run("log", "checkpoint", "--key", scratch / "log.key", "--out", checkpoint)
    for name in ("HUB-CLI", "HUB-HTTP"): run("audit", "pack", name, "--out", scratch / f"pack-{name}", "--key", scratch / "log.key")
    run("audit", "register", scratch / "register")
    run("backup", scratch / "backup")
    run("matter", "show", "HUB-CLI"); run("explain", "HUB-CLI"); run("why-not", "office:ceo-cw", "HUB-CLI"); run("matter", "list"); run("log", "check"); run("private", "keys")
    run("audit", "report", "private-words")
    truth("the search finds what is open", any(n.startswith("data/journal") for n in places(OPEN)) and any(n.startswith("pack-") for n in places(OPEN)) and any(n.startswith("told: Watch") for n in places(OPEN)) and any("server-sent" in n for n in places(OPEN)), places(OPEN))
    nowhere("before anything is erased")

    # ---- Read by right, through the command line ----
    shown = run("private", "show", "HUB-CLI", "--purpose", "audit of 2026", *acting, quiet=True)
    has("shown with its salt", shown, f"the bid of {CLI}", "(salt ")
    mark, salt = shown.stdout.split()[0], shown.stdout.split("(salt ")[1].split(")")[0]
    jay = run("private", "show", "person:jay", "--purpose", "her request", *acting, quiet=True)
    jay_mark, jay_salt = jay.stdout.split()[0], jay.stdout.split("(salt ")[1].split(")")[0]
    has("refused", run("private", "show", "HUB-CLI", "--purpose", "curiosity", "--as", "office:ceo-cw", "--capacity", "observer", code=3), "not_entitled_to_read")
    has("no such words", run("private", "show", "HUB-NONE", "--purpose", "audit", *acting, code=3), "nothing_sealed")
    report = run("audit", "report", "private-words")
    has("who saw it, what for and by what right", report, "shown matter:HUB-CLI", "audit of 2026", "office:director-owm (assumption", "REFUSED to read", "no retention class says how long it is kept")
    (given / "words").write_text(f"Ms {JAY}")
    has("what was kept is what was committed to", run("private", "prove", jay_mark, given / "words", "--salt", jay_salt), "These are the words that event")
    commitments = {one["words"]["mark"]: __import__("base64").b64decode(one["words"]["sealed"]["commitment"]) for one in marks()}
    truth("and anybody can tell with a plain HMAC", hmac.new(bytes.fromhex(jay_salt), f"Ms {JAY}".encode(), hashlib.sha256).digest() == commitments[jay_mark])
    (given / "changed").write_text(f"Mr {JAY}")
    has("other words are not", run("private", "prove", jay_mark, given / "changed", "--salt", jay_salt, code=5), "are not")
    has("a salt that is none", run("private", "prove", jay_mark, given / "words", "--salt", "12", code=2), "64 hexadecimal digits")

    # ---- Minutes, paragraph by paragraph, and a copy for somebody outside ----
    run("submit", "-q", pack / "play" / "meeting.yaml")
    notes = [("released", PLUM, {"embargo": "2026-01-01"}), ("commercial", ROWAN, {"exemptions": [{"ground": "foia-43", "reason": "the bidders still compete", "review": "2099-01-01"}]}),
             ("both", ALDER, {"embargo": "2026-01-01", "exemptions": [{"ground": "foia-36", "reason": "free and frank advice"}]}), ("lapsed", MAPLE, {"exemptions": [{"ground": "foia-43", "reason": "it was new then", "review": "2021-01-01"}]})]
    for name, words, marked in notes:
        (given / "note.yaml").write_text(yaml({"command_id": f"p/note/{name}", "actor": snaked(owm), "note_minute": {"matter": "JC/2026-10", "number": 2, "words": f"On {name}: [[x]] So it was said."},
                                               "private_words": [{"name": "x", "words": words, "retention": "board-minutes", **marked}]}))
        run("submit", given / "note.yaml")
    has("the minutes say what is withheld, and why", run("meeting", "minutes", "JC/2026-10"), "On commercial: [2: withheld. Freedom of Information Act 2000, section 43: commercial interests: the bidders still compete] So it was said.", "On lapsed: [4: withheld. private, but its exemptions are due for review since 2021-01-01]")
    nowhere("before anything is disclosed")
    whole = run("private", "minutes", "JC/2026-10", "--purpose", "to be confirmed", *acting, quiet=True)
    has("the minutes whole, for whoever may read it all", whole, f"On released: {PLUM} So", f"On commercial: {ROWAN} So", f"On both: {ALDER} So", f"On lapsed: {MAPLE} So", "The committee heard what the staff asked for.")
    has("and for nobody else", run("private", "minutes", "JC/2026-10", "--purpose", "curiosity", "--as", "office:ceo-cw", "--capacity", "observer", code=3), "not_entitled_to_read")
    copy = ["private", "disclose", "JC/2026-10", scratch / "copy", "--purpose", "request 17", "--to", "the requester"]
    has("without the right there is no copy", run(*copy, "--as", "office:ceo-cw", "--capacity", "observer", code=3), "not_entitled_to_read")
    truth("none at all", not (scratch / "copy").exists())
    has("a copy", run(*copy, *acting), "1 private paragraphs released, 3 withheld")
    text, schedule = (scratch / "copy" / "minutes.md").read_text(), (scratch / "copy" / "schedule.csv").read_text()
    truth("what may be released is, and nothing else", f"On released: {PLUM} So it was said." in text and not any(word in text for word in (ROWAN, ALDER, MAPLE)) and "[3: withheld. Freedom of Information Act 2000, section 36" in text and "Schedule of exemptions" in text, text[-1500:])
    truth("the schedule has each", [line.split(",")[0::2][0] + line.split(",")[2] for line in schedule.split("\n")[1:5]] == ["1released", "2withheld", "3withheld", "4unexplained"] and "2099-01-01" in schedule, schedule)
    truth("as a page too", PLUM in (scratch / "copy" / "minutes.html").read_text() and ROWAN not in (scratch / "copy" / "minutes.html").read_text())
    has("that it was disclosed is on record", run("audit", "report", "private-words", "--format", "csv"), "disclosed,matter:JC/2026-10", "request 17, to the requester", "foia-43 was to be reviewed on 2021-01-01")
    truth("what was released is in the copy only", {name.split("/")[0] for name in places(PLUM)} == {"copy"}, places(PLUM))
    lapsed = next(one["words"]["mark"] for one in marks() if one["words"].get("exemptions", [{}])[0].get("review") == "2021-01-01")
    run("private", "mark", lapsed, "--exemption", "foia-43=it still is new=2099-02-01", "--reason", "review", *acting)
    has("marked anew", run("meeting", "minutes", "JC/2026-10"), "[4: withheld. Freedom of Information Act 2000, section 43: commercial interests: it still is new]")
    has("a ground that nobody knows", run("private", "mark", lapsed, "--exemption", "foia-99=x", "--reason", "review", *acting, code=3), "exemption_unknown")
    has("an exemption without a reason", run("private", "mark", lapsed, "--exemption", "foia-43", "--reason", "review", *acting, code=2), "GROUND=REASON")

    # ---- Bad keys, bad bytes ----
    key = next(p for p in keys.rglob("*HUB-CLI.1.key"))
    good = key.read_text()
    key.chmod(0o640)
    has("a key others may read", run("private", "show", "HUB-CLI", "--purpose", "test", *acting, code=1), "only their owner may read", "chmod 600")
    key.chmod(0o600)
    for name, bad in (("a flipped digit", good.replace(good.split()[3], ("0" if good.split()[3][0] != "0" else "1") + good.split()[3][1:])), ("half a file", good[:60]), ("another subject's key", next(p for p in keys.rglob("*HTTP.1.key")).read_text()), ("an empty file", "")):
        key.write_text(bad)
        has(name, run("private", "show", "HUB-CLI", "--purpose", "test", *acting, code=1), "damaged or of another key")
        has(name + ", found", run("private", "keys", code=5), "damaged or of another key")
    fields = good.split()
    other = next(p for p in keys.rglob("*HTTP.1.key")).read_text().split()
    key.write_text(" ".join([*fields[:3], other[3], other[4]]) + "\n")
    has("a good key that is the wrong one", run("private", "show", "HUB-CLI", "--purpose", "test", *acting, code=1), "cut off, was changed, or is of another key")
    key.unlink()
    has("a key that is lost", run("private", "keys", code=5), "MISSING", "put it back from its backup")
    has("the doctor sees it too", run("doctor", code=1), "WRONG private key matter:HUB-CLI#1 of west-midlands: MISSING")
    (given / "more.yaml").write_text(yaml({"command_id": "p/more", "actor": snaked(owm), "propose": {"matter": "HUB-CLI", "recommendation": "[[x]]"}, "private_words": [{"name": "x", "words": DEAR}]}))
    has("is not replaced in silence", run("submit", given / "more.yaml", code=4), "it is missing", "record its loss")
    key.write_text(good)
    key.chmod(0o600)
    run("private", "keys")

    # ---- Held, then erased ----
    erase = ["private", "erase", "person:jay", "--reason", "request of the person", "--authority", "UK GDPR article 17", *acting]
    run("private", "hold", "person:jay", "claim-3", "--reason", "a claim", "--authority", "letter of 1 May 2026", *acting)
    approving = ["--as", "office:ceo-cw", "--capacity", "member", "--for", "body:cw"]
    approve = lambda subject, *by, code=0: run("private", "approve", subject, *(by or approving), code=code)
    has("held", run(*erase, code=3), "under_legal_hold", "claim-3: a claim")
    run("private", "release", "person:jay", "claim-3", "--reason", "settled", "--authority", "letter of 2 May 2026", *acting)
    has("nothing to approve yet", approve("person:jay", code=3), "erasure_not_asked")
    has("asked for", run(*erase), "Another person approves it")
    has("one person is not enough", approve("person:jay", *acting, code=3), "second_person_required")
    jay_key = next(p for p in keys.rglob("*jay.1.key"))
    kept = jay_key.read_text()
    has("erased", approve("person:jay"), "person:jay#1 is destroyed")
    truth("the file is gone", not jay_key.exists() and not [n for n in places(kept.split()[3])], places(kept.split()[3]))
    has("who did it, under what", run("private", "show", "person:jay", "--purpose", "test", *acting, code=3), "words_erased")
    has("in the list", run("private", "list", "person:jay"), "erased on", "under UK GDPR article 17, by office:director-owm, approved by office:ceo-cw")
    jay_key.write_text(kept)
    jay_key.chmod(0o600)
    has("a key that comes back with a backup is seen", run("private", "keys", code=5), "STILL THERE")
    run("submit", "-q", pack / "privacy" / "scheme.yaml")
    truth("and goes again", not jay_key.exists())
    has("retention is not over", run("private", "erase", "HUB-CLI", "--reason", "no longer needed", "--authority", "appraisal 7", *acting, code=3), "retention_not_over", "board-minutes (NHS Records Management Code")
    run("private", "erase", "HUB-CLI", "--reason", "no longer needed", "--authority", "appraisal 7", "--early-authority", "board minute 12", *acting)
    approve("HUB-CLI")
    has("said again after that, it is not taken for new", run("submit", given / "cli.yaml", code=2), "used for another command")

    # ---- Every proof as before; the words nowhere ----
    pub = scratch / "log.key.pub"
    has("the old checkpoint holds", run("log", "verify", checkpoint, "--key", pub), "the first ")
    run("log", "check")
    for name in ("HUB-CLI", "HUB-HTTP"):
        run("audit", "verify", scratch / f"pack-{name}", "--key", pub)
        run("audit", "pack", name, "--out", scratch / f"after-{name}", "--key", scratch / "log.key")
        run("audit", "verify", scratch / f"after-{name}", "--key", pub)
    has("a pack made afterwards says that it was erased", subprocess.run(["grep", "-rl", "approved by Chief executive of Coventry", scratch / "after-HUB-CLI"], capture_output=True, text=True), "after-HUB-CLI")
    run("rebuild"); run("log", "check")
    has("rebuilt, the same", run("private", "list", "HUB-CLI"), "erased on", "board-minutes")
    has("who kept words and salt can still show it", run("private", "prove", jay_mark, given / "words", "--salt", jay_salt), "These are the words that event")
    has("words of others are still there", run("private", "show", "HUB-HTTP", "--purpose", "test", *acting, quiet=True), HTTP)
    has("the register of what was done", run("audit", "report", "private-words", "--format", "csv"), "erased,person:jay,", "UK GDPR article 17, approved by", "held,person:jay,", "REFUSED to erase,person:jay", "REFUSED to approve,person:jay", "under board minute 12")
    nowhere("after the erasure")

    # ---- A crash between the event and the file ----
    subject = next(p for p in keys.rglob("*HUB-GRPC.1.key"))
    held = subject.read_text()
    subject.rename(given / "aside")
    subject.mkdir()                          # Nothing that can be overwritten: the event is written, the file stays.
    erase = ["private", "erase", "HUB-GRPC", "--reason", "no longer needed", "--authority", "appraisal 8", "--early-authority", "board minute 12", *acting]
    run(*erase)
    has("on the ledger, not carried out", approve("HUB-GRPC", code=4), "not destroyed yet", "tried again, also at the next start")
    has("a gap until then", run("audit", "report", "private-words"), "nothing says that the key is gone")
    with Server(data) as server:
        subject.rmdir()
        (given / "aside").rename(subject)
        truth("an instance that runs tries again", wait_until(lambda: not subject.exists()))
    subject.write_text(held)                 # As from a backup.
    subject.chmod(0o600)
    has("what is erased is not read, though the key is there", run("private", "list", "HUB-GRPC"), "erased on")
    run("submit", "-q", pack / "privacy" / "scheme.yaml")
    truth("carried out at the next start", not subject.exists())
    truth("the gap is closed", "nothing says that the key is gone" not in run("audit", "report", "private-words").stdout)
    truth("erased, then destroyed, in that order", [k for e in events() for k in e["event"] if k in ("words_erased", "key_destroyed", "wordsErased", "keyDestroyed")][-2:] in (["words_erased", "key_destroyed"], ["wordsErased", "keyDestroyed"]))
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("private")
