#!/usr/bin/env python3
"""Feeds on a real broker: read by kcat, by Java and Python consumers with the CloudEvents SDK and by the receiver's kit's in C++, exactly once across kill -9 and take-over,
and nothing private for the public. Needs KAFKA_BOOTSTRAP."""
import base64, datetime, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, run, program, root
bootstrap = os.environ.get("KAFKA_BOOTSTRAP")
if not bootstrap:
    print("SKIPPED: the feeds (KAFKA_BOOTSTRAP is not set)")
    print("feeds: 0 passed, 0 failed, 1 skipped")
    sys.exit(0)
support.packages()
from confluent_kafka import Consumer, TopicPartition
from cloudevents.v1.kafka import KafkaMessage, from_binary

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-feeds-"))
mark = f"{os.getpid()}-{int(time.time())}"
data = scratch / "data"
at = ["--data", data, "--kafka", bootstrap, "--topic", f"feeds-{mark}"]
secret = "SALMON-ORCHID-7731"       # Stands in every place of a private matter, and in what the public may not read of a public one.

feeds = f"""
- {{name: members-{mark}, audience: members, format: json, topic: t.members.{mark}, types: [transfer., decision., matter., record., command.]}}
- {{name: all-{mark}, audience: restricted, format: protobuf, topic: t.all.{mark}}}
- {{name: open-{mark}, audience: public, format: json, topic: t.open.{mark}, publish_procedures: [host-designation, delegation], publish_record_sets: [seeds, public]}}
"""
(scratch / "feeds.yaml").write_text(feeds)

def feed(*arguments): return run(*at, "feed", "--feeds", scratch / "feeds.yaml", *arguments)

def read(topic):
    """Everything that is committed on a topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"test-{mark}", "enable.auto.commit": False, "isolation.level": "read_committed", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    out = []
    until = time.time() + 30
    while time.time() < until:
        message = consumer.poll(1)
        if message is None: continue
        if message.error(): break
        out.append(message)
    consumer.close()
    return out

def events(topic, parse=json.loads):
    return [from_binary(KafkaMessage(headers={name: value for name, value in one.headers()}, key=one.key(), value=one.value()), data_unmarshaller=parse) for one in read(topic)]

private = f"""
- actor: {{who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}}
  open_matter:
    matter: {secret}
    procedure: host-designation
    title: "{secret} title"
    fields:
    - {{name: unit, value: {{ref: "team:integrated-staff-hub"}}}}
    - {{name: host, value: {{ref: "body:cw"}}}}
    - {{name: from, value: {{when: 2026-12-01}}}}
    - {{name: publicity, value: {{code: private}}}}
    papers: [{{title: "{secret} paper", sha256: 5f2d1c3f3f0f5a1e1df7c3c5d2a4b9e86f0a7b6c9d8e7f605142332415060708}}]
    recommendation: "{secret} recommendation"
- actor: {{who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw", mandate: "{secret} mandate"}}
  open_matter:
    matter: OPEN-1
    procedure: host-designation
    title: Who hosts the staff hub?
    fields:
    - {{name: unit, value: {{ref: "team:integrated-staff-hub"}}}}
    - {{name: host, value: {{ref: "body:cw"}}}}
    - {{name: from, value: {{when: 2026-12-01}}}}
    papers: [{{title: "{secret} paper", sha256: 5f2d1c3f3f0f5a1e1df7c3c5d2a4b9e86f0a7b6c9d8e7f605142332415060708}}]
    recommendation: "{secret} recommendation"
- command_id: {secret}-command
  actor: {{who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "{secret}"}}
  withdraw_matter: {{matter: OPEN-1, reason: "{secret} reason"}}
- actor: {{who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}}
  withdraw_matter: {{matter: {secret}, reason: "{secret} reason"}}
- actor: {{who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}}
  withdraw_matter: {{matter: "{secret}-none", reason: "{secret}"}}
"""

processes = []
def publisher(*names):
    process = subprocess.Popen([program, *map(str, at), "feed", "--feeds", str(scratch / "feeds.yaml"), "run", "--lease", "1000", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes.append(process)
    return process

try:
    support.load(data, *at[2:])
    submitted = run(*at, "submit", "-", text=private)
    truth("the private matter is there", submitted.returncode in (0, 3) and secret in run(*at, "watch").stdout, submitted.stdout + submitted.stderr)

    # ---- Topics that are not there, or not ours ----
    other = run(*at[:-1], f"other-{mark}", "submit", "-", text="{command_id: x, close_item: {matter: x}}")
    truth("another topic than the directory's", other.returncode == 2 and f"expected --topic {at[-1]}" in other.stderr and f"it is" not in other.stdout, other)
    again = run(*at[:-1], f"other-{mark}", "init")
    from confluent_kafka.admin import AdminClient
    topics = lambda: set(AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10).topics)
    truth("nor is it made", again.returncode == 2 and f"other-{mark}" not in topics(), again)
    shutil.copytree(data, scratch / "lost"); (scratch / "lost" / "node.json").write_text((data / "node.json").read_text().replace(at[-1], f"lost-{mark}"))
    lost = run("--data", scratch / "lost", "--kafka", bootstrap, "submit", "-", text="{command_id: x, close_item: {matter: x}}")
    truth("a topic that the broker has not", lost.returncode == 1 and f"expected topic lost-{mark}" in lost.stderr and "concordat init" in lost.stderr and f"lost-{mark}" not in topics(), lost)
    truth("doctor looks at the directory's own topic", f"topic {at[-1]}" in run("--data", data, "--kafka", bootstrap, "doctor").stdout, run("--data", data, "--kafka", bootstrap, "doctor"))

    # ---- Declared as data ----
    truth("list", all(word in feed("list").stdout for word in [f"open-{mark}", "public", "t.open", "record sets seeds, public"]), feed("list").stdout)
    bad = lambda name, text, *words: ((scratch / "bad.yaml").write_text(text), truth(name, (got := run(*at, "feed", "--feeds", scratch / "bad.yaml", "list")).returncode == 2 and all(w in got.stderr for w in words), got.stderr))
    bad("no audience", "- {name: a, topic: t}", "bad.yaml", "expected public, members or restricted")
    bad("no such type", "- {name: a, audience: public, types: [decision.maid]}", "decision.maid", "decision.made")
    bad("a bad name", "- {name: A B, audience: public}", "lower-case")
    bad("a bad topic", "- {name: a, audience: public, topic: 'T/../x'}", "topic")
    bad("twice", "- {name: a, audience: public}\n- {name: a, audience: members}", "stands twice")
    bad("an unknown field", "- {name: a, audiense: public}", "audience", ":1:")
    bad("published to members", "- {name: a, audience: members, publish_procedures: [x]}", "public feed")
    truth("no such feed", run(*at, "feed", "--feeds", scratch / "feeds.yaml", "show", "nowhere").returncode == 1)

    # ---- Told once ----
    once = feed("run", "--once", "--lease", "1000")
    truth("told", once.returncode == 0 and once.stdout.count("told up to event") == 3, once.stdout + once.stderr)
    head = int(run(*at, "--format", "json", "ledgers").stdout.split('"sequence":')[1].split("}")[0])
    everything = read(f"t.all.{mark}")
    truth("every event, in order", [dict(m.headers())["ce_sequence"].decode() for m in everything] == [f"{n:020}" for n in range(1, head + 1)], (len(everything), head))
    again = feed("run", "--once", "--lease", "1000")
    truth("told again, nothing stands twice", again.returncode == 0 and len(read(f"t.all.{mark}")) == head, again.stderr)

    # ---- In the words of the domain, for the CloudEvents SDK ----
    told = events(f"t.members.{mark}")
    of = lambda kind: [one for one in told if one["type"] == kind]
    truth("CloudEvents", told and all(one["specversion"] == "1.0" and one["source"] == "/ledgers/west-midlands" and one["replay"] in ("true", "false") and one["time"].endswith("Z") and one["causationid"] for one in told), told[:1])
    truth("ids are unique", len({one["id"] for one in told}) == len(told))
    truth("decision.made", [one["subject"] for one in of("decision.made")] == ["HOST-2023"] and of("decision.made")[0].data["event"]["decisionMade"]["outcome"] == "carried", of("decision.made"))
    planned, replanned, effective = of("transfer.planned"), of("transfer.replanned"), of("transfer.took_effect")
    truth("planned, replanned and effective are apart", len(planned) == 2 and len(replanned) == 1 and len(effective) == 2, [(one["type"], one["subject"]) for one in told if one["type"].startswith("transfer")])
    staff = next(one.data for one in effective if one.data["movement"]["track"] == "staff")
    truth("who moves, from whom, to whom, on what day", staff["movement"]["subject"] == "team:pod" and staff["movement"]["predicate"] == "employer" and staff["movement"]["to"] == [{"ref": "body:bsol"}] and staff["movement"]["earliest"] == staff["movement"]["latest"] == "2023-07-01", staff["movement"])
    truth("how precise a plan is", (replanned[0].data["movement"]["earliest"], replanned[0].data["movement"]["latest"]) == ("2023-07-01", "2023-07-31"), replanned[0].data["movement"])
    truth("what is loaded is marked", all(one["replay"] == "true" for one in told if one["type"] == "record.asserted" and one.data["event"]["factAsserted"]["fact"].get("recordSet") == "seeds") and effective[0]["replay"] == "false")
    truth("members hear of no refusals", not of("command.refused"))
    support.client(scratch)
    from concordat.v1 import feed_pb2
    data_of = [feed_pb2.FeedData.FromString(m.value()) for m in everything]
    truth("restricted, in protobuf, hears all", any(d.event.HasField("refused") for d in data_of) and any(d.matter.title == f"{secret} title" for d in data_of))
    kcat = subprocess.run(["kcat", "-b", bootstrap, "-t", f"t.members.{mark}", "-C", "-e", "-q", "-o", "beginning", "-X", "isolation.level=read_committed", "-f", "%k|%h|%s\n"], capture_output=True, text=True, timeout=60)
    lines = kcat.stdout.strip().split("\n")
    truth("kcat", len(lines) == len(told) and "ce_type=decision.made" in kcat.stdout and "content-type=application/json" in lines[0] and json.loads(lines[-1].split("|", 2)[2]), kcat.stdout[:300] + kcat.stderr)
    java = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", support.java_packages(root / "tests" / "service" / "java"), str(root / "tests" / "service" / "java" / "FeedReader.java"), bootstrap, f"t.members.{mark}"], capture_output=True, text=True, timeout=120)
    same = [[one["subject"], one["id"], one["source"], one["type"], one["subject"], one["sequence"], one["replay"], "application/json", one.data] for one in told]
    lines = [line.split("\t") for line in java.stdout.splitlines()]
    truth("Java, with the CloudEvents SDK, reads the same", java.returncode == 0 and [[*one[:5], *one[6:9], json.loads(base64.b64decode(one[9]))] for one in lines] == same, java.stdout[:300] + java.stderr[-600:])
    truth("Java understands the times", [datetime.datetime.fromisoformat(one[5]) for one in lines] == [datetime.datetime.fromisoformat(one["time"]) for one in told])
    consumer, why = support.cpp_consumer()
    (scratch / "state").mkdir()
    acted = []
    for _ in range(2):                                       # The second time from where the first one left it.
        done = subprocess.run([str(consumer), bootstrap, f"t.members.{mark}"], capture_output=True, text=True, timeout=60, env=dict(os.environ, STATE=str(scratch / "state")))
        acted.append([json.loads(line) for line in (scratch / "state" / "acts.jsonl").read_text().splitlines()])
    truth("the receiver's kit's consumer in C++ acts on what took effect", done.returncode == 0 and acted[0] == acted[1] == json.loads((root / "deploy" / "receiver-kit" / "expected" / "transfers.json").read_text()), f"{acted} {why} {done.stderr}")
    shown = feed("show", f"members-{mark}", "--limit", "100000", *["--format", "json"])
    truth("show tells the same", [json.loads(line)["id"] for line in shown.stdout.splitlines()] == [one["id"] for one in told], shown.stderr)

    # ---- The public ----
    raw = read(f"t.open.{mark}")
    flat = b"\n".join(b"|".join([m.key() or b"", m.value(), *[n.encode() + b"=" + v for n, v in m.headers()]]) for m in raw)
    open_ = events(f"t.open.{mark}")
    truth("the public hears of published matters", {"HOST-2023", "POD-2023", "OPEN-1"} <= {one["subject"] for one in open_}, sorted({one["subject"] for one in open_})[:20])
    truth("the secret was there to be found", any(secret.encode() in m.value() for m in everything))
    truth("no byte of what is private", secret.encode() not in flat, flat[max(0, flat.find(secret.encode()) - 400):][:500])
    truth("no names, reasons or mandates", b"office:" not in b"\n".join(m.value() for m in raw if b"decision" in dict(m.headers())["ce_type"] or b"matter" in dict(m.headers())["ce_type"]) and b"mandate" not in flat and b"causationid" not in flat)
    truth("the ledger's numbers are not shown", [one["sequence"] for one in open_] == [f"{n:020}" for n in range(1, len(open_) + 1)] and not any("/0000" in one["id"] for one in open_))
    truth("positions tell the public nothing either", "t.open" in feed("list").stdout and secret not in feed("list").stdout)

    # ---- The AsyncAPI document, checked by its own parser ----
    node = support.node_packages()
    (scratch / "asyncapi.json").write_text(feed("asyncapi").stdout)
    checked = subprocess.run(["node", str(root / "tests" / "service" / "asyncapi.mjs"), str(scratch / "asyncapi.json")], capture_output=True, text=True, timeout=120, env=dict(os.environ, CONCORDAT_NODE=str(node)))
    channels = dict(json.loads(checked.stdout or "[]"))
    truth("AsyncAPI is valid and has the topics", checked.returncode == 0 and set(channels) == {f"t.members.{mark}", f"t.all.{mark}", f"t.open.{mark}"}, checked.stderr)
    truth("AsyncAPI names what the public hears", {one["type"] for one in open_} <= set(channels[f"t.open.{mark}"]) and "command.refused" not in channels[f"t.open.{mark}"], channels[f"t.open.{mark}"])
    truth("AsyncAPI is the same each time", feed("asyncapi").stdout == (scratch / "asyncapi.json").read_text())
    from jsonschema import Draft7Validator
    schemas = json.loads((scratch / "asyncapi.json").read_text())["components"]["schemas"]
    validator = Draft7Validator({"$ref": "#/components/schemas/FeedData", "components": {"schemas": schemas}})
    truth("what is told is what is described", all(validator.is_valid(one.data) for one in told + open_) and not validator.is_valid({"event": 7}))

    # ---- Exactly once, whoever dies ----
    document = run(*at, "submit", "-", text='{command_id: kill/document, actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: m}, register_document: {documents: [{id: kill, title: k, known: 2026-05-01, held: true}]}}')
    import random
    dice = random.Random(int(os.environ.get("SEED", "7")))
    publisher(f"all-{mark}"), publisher(f"all-{mark}")
    for round_ in range(8):
        commands = "\n".join(f'- {{command_id: kill/{round_}/{i}, actor: {{who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}}, withdraw_matter: {{matter: NONE-{i}, reason: r}}}}' for i in range(300))
        run(*at, "submit", "-q", "-", text=commands)
        time.sleep(dice.uniform(0, 1.2))
        victim = dice.choice([p for p in processes if p.poll() is None])
        victim.send_signal(signal.SIGKILL); victim.wait()
        publisher(f"all-{mark}")
    paused = next(p for p in processes if p.poll() is None)
    paused.send_signal(signal.SIGSTOP)                       # A writer that wakes up after another took over.
    run(*at, "submit", "-q", "-", text='{command_id: kill/last, actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}, withdraw_matter: {matter: LAST, reason: r}}')
    head = int(run(*at, "--format", "json", "ledgers").stdout.split('"sequence":')[1].split("}")[0])
    numbers = lambda: [int(dict(m.headers())["ce_sequence"]) for m in read(f"t.all.{mark}")]
    support.wait_until(lambda: len(numbers()) >= head, 40)
    paused.send_signal(signal.SIGCONT)
    time.sleep(2)
    got = numbers()
    truth("exactly once over eight kills, take-overs and a zombie", got == list(range(1, head + 1)), (len(got), head, len(set(got))))

    # ---- Two servers, each with views of its own; the one that tells is killed, the other takes over ----
    for process in processes:
        if process.poll() is None: process.kill(); process.wait()
    (scratch / "two.yaml").write_text(f"- {{name: two-{mark}, audience: restricted, topic: t.two.{mark}}}\n")
    shutil.copytree(data, scratch / "twin")
    both = [support.Server(place, "--feeds", str(scratch / "two.yaml"), "--lease", "1000", node=("--kafka", bootstrap, "--topic", at[-1])) for place in (data, scratch / "twin")]
    figure = lambda server, name: next((float(line.split()[-1]) for line in server.get("/metrics")[1].decode().splitlines() if line.startswith(name + "{")), None)
    told_two = lambda: [int(dict(m.headers())["ce_sequence"]) for m in read(f"t.two.{mark}")]
    try:
        first = support.wait_until(lambda: next((s for s in both if figure(s, "concordat_feed_publishing") == 1), None), 20)
        truth("one of two tells", first is not None and sum(figure(s, "concordat_feed_publishing") for s in both) == 1)
        support.wait_until(lambda: len(told_two()) >= head, 20)
        other = next(s for s in both if s is not first)
        for n in range(20): other.call("Submit", {"commandId": f"two/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"TWO-{n}", "reason": "r"}})
        first.stop(signal.SIGKILL)
        support.wait_until(lambda: figure(other, "concordat_partition_leading") == 1, 20)
        replies = [other.call("Submit", {"commandId": f"two/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"TWO-{n}", "reason": "r"}}) for n in range(40)]
        end = max(int(reply[1]["reply"]["lastSequence"]) for reply in replies if reply[0] == 200)
        support.wait_until(lambda: len(told_two()) >= end, 30)
        truth("the other takes over, each event once", told_two() == list(range(1, end + 1)) and figure(other, "concordat_feed_publishing") == 1 and figure(other, "concordat_feed_lag_events") == 0, (len(told_two()), end))
    finally:
        for server in both: server.stop(signal.SIGKILL)
    head = int(run(*at, "--format", "json", "ledgers").stdout.split('"sequence":')[1].split("}")[0])      # Of the views in this directory, which may be the dead one's.

    # ---- A feed that tells nothing still moves on; a changed filter is not passed over in silence ----
    (scratch / "quiet.yaml").write_text(f"- {{name: quiet-{mark}, audience: members, topic: t.quiet.{mark}, types: [escalation.closed]}}\n")
    quiet = run(*at, "feed", "--feeds", scratch / "quiet.yaml", "run", "--once", "--lease", "1000")
    truth("a filtered feed advances", f"told up to event {head}; 0 events" in quiet.stdout, quiet.stdout + quiet.stderr)
    (scratch / "quiet.yaml").write_text(f"- {{name: quiet-{mark}, audience: members, topic: t.quiet.{mark}, types: [escalation.]}}\n")
    changed = run(*at, "feed", "--feeds", scratch / "quiet.yaml", "run", "--once", "--lease", "1000")
    truth("a changed filter is refused", changed.returncode == 2 and "--accept-filter" in changed.stderr, changed.stderr)
    accepted = run(*at, "feed", "--feeds", scratch / "quiet.yaml", "run", "--once", "--lease", "1000", "--accept-filter")
    truth("unless that is meant", accepted.returncode == 0, accepted.stderr)
finally:
    for process in processes:
        if process.poll() is None: process.kill(); process.wait()
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("feeds")
