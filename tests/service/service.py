#!/usr/bin/env python3
"""The service as an integrator meets it: a generated client over gRPC, plain JSON over HTTP, and bad input of every kind."""
import concurrent.futures, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server
support.packages()
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-service-"))
fact = lambda n, subject="area:csu-review": {"commandId": f"own/{n}", "actor": {"who": "office:director-owm", "capacity": "owm_officer", "onBehalfOf": "body:owm", "mandate": "minute 7"},
    "assertFacts": {"facts": [{"id": f"own-{n}", "subject": subject, "predicate": "strategic_lead", "value": {"ref": "person:mark-axcell"}, "from": "2026-06-01", "standing": "effective",
                               "source": {"document": "minute-7", "place": "2", "quote": "Mark Axcell takes over"}, "known": "2026-05-01"}]}}
document = {"commandId": "own/document", "actor": fact(0)["actor"], "registerDocument": {"documents": [{"id": "minute-7", "title": "Minute 7", "known": "2026-05-01", "held": True}]}}

def raw(server, text, wait=5.0, drip=None):
    """Bytes over a bare connection; what came back, and after how long the server closed."""
    host, port = server.http[7:].split(":")
    began = time.time()
    with socket.create_connection((host, int(port))) as line:
        line.settimeout(wait)
        out = b""
        try:
            if drip:
                for byte in text: line.sendall(bytes([byte])); time.sleep(drip)
            else: line.sendall(text)
            while True:
                got = line.recv(65536)
                if not got: break
                out += got
        except (TimeoutError, ConnectionError, BrokenPipeError): pass
    return out, time.time() - began

def error(name, got, status, code, *words):
    body = got[1] if isinstance(got[1], dict) else {}
    truth(name, got[0] == status and body.get("code") == code and all(w in body.get("message", "") for w in words) and set(body) == {"code", "message"}, got[:2])

try:
    support.load(scratch / "data")
    support.client(scratch)
    from concordat.v1 import service_pb2, service_pb2_grpc, ledger_pb2, record_pb2, explain_pb2
    with Server(scratch / "data") as server:
        # ---- HTTP, the Connect unary form ----
        status, asked, headers = server.call("Ask", {"question": {"subject": "team:integrated-staff-hub", "predicate": "host", "validAt": "2023-03-15"}})
        truth("ask", status == 200 and asked["answer"]["determined"] and asked["answer"]["values"] == [{"ref": "body:bsol"}] and headers["Content-Type"] == "application/json", asked)
        status, open_, _ = server.call("Ask", {"question": {"subject": "POD", "predicate": "commissioner", "validAt": "2023-04-15", "recordSets": ["seeds"]}})
        truth("not determined is a value", status == 200 and not open_["answer"].get("determined") and "inside_uncertain_interval" in open_["answer"]["reasons"], open_)
        # ---- Any time, a few words, a forecast, the model, what can be asked ----
        question = lambda subject, predicate, at, **more: server.call("Ask", {"question": {"subject": subject, "predicate": predicate, "validAt": at, "recordSets": ["seeds"], **more}})[1]
        month = question("POD", "commissioner", "April 23")
        truth("a month in which it changes", not month["answer"].get("determined") and month["answer"]["reasons"] == ["changes_within"] and "April 2023 as a whole" in month["answer"]["sentence"] and
              [(one["first"], one["last"]) for one in month["stretches"]][:1] == [("2023-04-01", "2023-04-29")] and month["stretches"][-1]["last"] == "2023-04-30", month)
        year = question("POD", "commissioner", "24/25")
        truth("a year in which it does not", year["answer"]["determined"] and [(one["first"], one["last"]) for one in year["stretches"]] == [("2024-04-01", "2025-03-31")], year)
        truth("by a day", [(one["first"], one["last"]) for one in question("POD", "commissioner", "by 24 September 2024")["stretches"]] == [("2024-09-24", "2024-09-24")])
        forecast = question("POD", "commissioner", "23/24", mode="expected", knownAt="2023-03-31")
        truth("a forecast is its own question", "forecast" in forecast["answer"]["basis"] and "only_planned" in question("POD", "commissioner", "23/24", mode="happened")["answer"]["reasons"], forecast)
        status, leads, _ = server.call("Ask", {"words": "who leads CSU review", "question": {"validAt": "Sept 2024"}})
        truth("in a few words", status == 200 and leads["answer"]["values"] == [{"ref": "person:simon-whitehouse"}] and leads["answer"]["question"]["subject"] == "area:csu-review", leads)
        words = {text: server.call("Ask", {"words": text, "question": {"validAt": "2024-09-24"}}) for text in ["host of integrated staff hub", "commissioner of POD", "status of BSOL ICB"]}
        truth("host of, commissioner of, status of", all(got[0] == 200 and got[1]["stretches"] for got in words.values()), words)
        truth("ambiguous shorthand names the scales", "gov:T2" in server.call("Ask", {"words": "host of Tier 2", "question": {"validAt": "2024-09-24"}})[1]["message"])
        error("words that are no question", server.call("Ask", {"words": "what is love", "question": {"validAt": "2024-09-24"}}), 400, "invalid_argument", '"who leads …"')
        error("words and a subject", server.call("Ask", {"words": "host of POD", "question": {"subject": "POD", "validAt": "2024-09-24"}}), 400, "invalid_argument", "both are given")
        error("known in the future", server.call("Ask", {"question": {"subject": "POD", "predicate": "commissioner", "validAt": "2023-04-15", "knownAt": "2999-01-01"}}), 400, "invalid_argument", "question.known_at", "in the future")
        error("a word that is none", server.call("Ask", {"question": {"subject": "POD", "predicate": "boss", "validAt": "2023-04-15"}}), 400, "invalid_argument", "commissioner")
        status, model, _ = server.call("ShowModel", {"about": "POD", "validAt": "2023-05-15"})
        truth("the model of one", status == 200 and {"commissioner", "name"} <= {one["question"]["predicate"] for one in model["answers"]} and int(model["position"]) > 0, str(model)[:900])
        pages, after = [], ""
        while True:
            page = server.call("ShowModel", {"about": "body:", "validAt": "2023-05-15", "limit": 3, "after": after})[1]
            pages += page.get("answers", [])
            after = page.get("next", "")
            if not after: break
        truth("the model of a kind, in pages", pages == server.call("ShowModel", {"about": "body:", "validAt": "2023-05-15", "limit": 1000})[1]["answers"] and len({one["question"]["subject"] for one in pages}) > 10)
        error("the model of nobody", server.call("ShowModel", {"about": "S&T", "validAt": "2023-05-15"}), 400, "invalid_argument", "names are never guessed")
        error("the model on no day", server.call("ShowModel", {"about": "POD"}), 400, "invalid_argument", "valid_at")
        status, can, _ = server.call("ListVocabulary", {"subject": "POD"})
        truth("what can be asked", status == 200 and any(one["word"]["name"] == "commissioner" and one["statements"] > 0 for one in can["words"]) and not can["words"][-1].get("statements"), str(can)[:600])
        truth("every word", len(server.call("ListVocabulary", {})[1]["words"]) > 40)
        truth("by GET", server.get("/concordat.v1.Concordat/ListVocabulary?connect=v1&encoding=json&message=%7B%22subject%22%3A%22POD%22%7D")[1] == can)
        status, rows, _ = server.call("Get", {"view": "decisions", "key": "HOST-2023"})
        truth("get", status == 200 and rows["rows"][0]["decision"]["matter"] == "HOST-2023" and rows["rows"][0]["decision"]["made"]["outcome"] == "carried", rows)
        status, by_get, _ = server.get("/concordat.v1.Concordat/Get?connect=v1&encoding=json&message=%7B%22view%22%3A%22decisions%22%7D")
        truth("reads also by GET", status == 200 and by_get["rows"] == rows["rows"], by_get)
        # ---- Explain and WhyNot ----
        status, why, _ = server.call("Explain", {"what": "HOST-2023"})
        truth("explain", status == 200 and len(why["rulings"]) >= 4 and all(one["givenAgain"] == "same" and one["sentence"] for one in why["rulings"]) and int(why["position"]) > 0, str(why)[:600])
        status, single, _ = server.call("Explain", {"what": why["rulings"][0]["id"]})
        truth("explain one ruling", status == 200 and [one["id"] for one in single["rulings"]] == [why["rulings"][0]["id"]], str(single)[:600])
        truth("explain by GET", server.get("/concordat.v1.Concordat/Explain?connect=v1&encoding=json&message=%7B%22what%22%3A%22HOST-2023%22%7D")[1] == why)
        waits = raw(server, b"POST /concordat.v1.Concordat/ListVocabulary HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n", 2.0)
        truth("who waits to send is told to go on", waits[0].startswith(b"HTTP/1.1 100 Continue"), waits)
        error("explain, without saying what", server.call("Explain", {}), 400, "invalid_argument", "what: expected")
        error("why not, without a matter", server.call("WhyNot", {"who": "Phil Johns"}), 400, "invalid_argument", "matter: expected")
        error("explain nothing", server.call("Explain", {"what": "NOWHERE"}), 404, "not_found", "there is none called NOWHERE")
        error("explain an event that rules on nothing", server.call("Explain", {"what": "1"}), 404, "not_found", "holds none")
        status, may, _ = server.call("WhyNot", {"who": "Phil Johns", "matter": "HOST-2023"})
        truth("why not, of a closed matter", status == 200 and may["sentence"].startswith("Nobody can act in HOST-2023 any more") and "acts" not in may, may)
        error("why not, of nobody", server.call("WhyNot", {"who": "Nobody Known", "matter": "HOST-2023"}), 400, "invalid_argument", "names are never guessed")
        error("why not, of no matter", server.call("WhyNot", {"who": "Phil Johns", "matter": "NOWHERE"}), 404, "not_found", "NOWHERE")
        pages, after = [], ""
        while True:
            page = [one["matter"]["id"] for one in server.call("Get", {"view": "matters", "limit": 1, "after": after})[1].get("rows", [])]
            if not page: break
            pages += page; after = page[-1]
        whole = [one["matter"]["id"] for one in server.call("Get", {"view": "matters"})[1]["rows"]]
        truth("pages are stable", pages == whole and len(whole) >= 2, (pages, whole))

        status, reply, _ = server.call("Submit", document)
        truth("submit", status == 200 and int(reply["reply"]["lastSequence"]) > 0, reply)
        again = server.call("Submit", document)[1]
        truth("the same id again", again["reply"]["repeatedCommand"] and again["reply"]["lastSequence"] == reply["reply"]["lastSequence"], again)
        status, reply, _ = server.call("Submit", fact(1))
        status, own, _ = server.call("Ask", {"question": {"subject": "area:csu-review", "predicate": "strategic_lead", "validAt": "2026-07-01"}, "atLeast": reply["reply"]["lastSequence"]})
        truth("read your own write", own["answer"]["values"] == [{"ref": "person:mark-axcell"}] and int(own["position"]) >= int(reply["reply"]["lastSequence"]), own)
        status, refused, _ = server.call("Submit", {"commandId": "no-such", "actor": fact(0)["actor"], "closeItem": {"matter": "NOWHERE"}})
        truth("a refusal is a reply", status == 200 and refused["reply"]["refused"]["code"] == "matter_not_found", refused)
        status, batch, _ = server.call("SubmitBatch", {"commands": [fact(2), {"commandId": "bad id\n", "actor": {}}, fact(1)]})
        truth("batch", status == 200 and "reply" in batch["results"][0] and batch["results"][1]["code"] == "invalid_argument" and batch["results"][2]["reply"]["repeatedCommand"], batch)
        binary = support.fetch(server.http + "/concordat.v1.Concordat/Ask", service_pb2.AskRequest(question=record_pb2.Question(subject="BSOL ICB", predicate="legal_status", valid_at="2022-04-15", known_at="2022-03-31")).SerializeToString(), {"Content-Type": "application/proto"})
        truth("protobuf over HTTP", binary[2]["Content-Type"] == "application/proto" and service_pb2.AskResponse.FromString(binary[1]).answer.values[0].code == "shadow", binary[:2])

        # ---- Bad input over HTTP ----
        error("not JSON", server.call("Ask", raw=b"{"), 400, "invalid_argument", "expected a concordat.v1.AskRequest in JSON")
        error("not JSON, in our words", server.call("Ask", raw=b"{"), 400, "invalid_argument", "it is no JSON (")
        error("unknown field", server.call("Ask", {"questoin": {}}), 400, "invalid_argument", 'there is no field "questoin"')
        error("unknown field inside", server.call("Ask", {"question": {"subjekt": "POD"}}), 400, "invalid_argument", 'there is no field "subjekt" in question')
        error("unknown enum word", server.call("Submit", {"actor": {"capacity": "boss"}}), 400, "invalid_argument", "field actor.capacity cannot be")
        error("a record set that is none", server.call("Ask", {"question": {"subject": "POD", "predicate": "commissioner", "validAt": "2023-04-15", "recordSets": ["rumours"]}}), 400, "invalid_argument", "question.record_sets", "seeds", '"rumours" is none')
        error("a model of a record set that is none", server.call("ShowModel", {"about": "POD", "validAt": "2023-05-15", "recordSets": ["rumours"]}), 400, "invalid_argument", '"rumours" is none')
        error("a parameter that is none", server.get("/concordat.v1.Concordat/ListVocabulary?connect=v1&encoding=json&mesage=%7B%7D"), 400, "invalid_argument", 'expected the parameters message, encoding', '"mesage"')
        error("bad day", server.call("Ask", {"question": {"subject": "POD", "predicate": "commissioner", "validAt": "31/01/2023"}}), 400, "invalid_argument", "question.valid_at")
        error("S&T is not guessed", server.call("Ask", {"question": {"subject": "S&T", "predicate": "kind", "validAt": "2023-01-31"}}), 400, "invalid_argument", "names are never guessed")
        error("no such ledger", server.call("Get", {"view": "matters", "ledger": "nowhere"}), 404, "not_found", "west-midlands")
        error("too far ahead", server.call("Get", {"view": "matters", "atLeast": "99999999"}), 503, "unavailable", "within 5000 ms")
        error("deadline", server.call("Get", {"view": "matters", "atLeast": "99999999"}, headers={"Connect-Timeout-Ms": "200"}), 504, "deadline_exceeded")
        error("no such method", server.call("Frobnicate"), 404, "unimplemented", "Frobnicate")
        error("a stream by unary", server.call("Watch"), 501, "unimplemented", "gRPC")
        error("wrong type", server.call("Ask", headers={"Content-Type": "text/plain"}), 415, "unimplemented", "application/json")
        error("wrong version", server.call("Ask", headers={"Connect-Protocol-Version": "9"}), 400, "invalid_argument", "connect-protocol-version")
        error("compressed", server.call("Ask", headers={"Content-Encoding": "gzip"}), 501, "unimplemented")
        error("write by GET", server.get("/concordat.v1.Concordat/Submit?connect=v1&encoding=json&message=%7B%7D"), 405, "unimplemented", "POST")
        error("too large", server.call("Submit", raw=b" " * (1 << 20) + b"{}"), 413, "resource_exhausted", "1048576")
        error("too deep", server.call("Submit", raw=b'{"a":' * 5000 + b"1" + b"}" * 5000), 400, "invalid_argument")
        error("not UTF-8", server.call("Ask", raw=b'{"question":{"subject":"\xff\xfe"}}'), 400, "invalid_argument")
        error("another host", server.call("Ask", headers={"Host": "evil.example"}), 403, "permission_denied", "host")
        error("elsewhere", server.get("/etc/passwd"), 404, "unimplemented")
        truth("a head too large", b"431" in raw(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20000 + b"\r\n\r\n")[0].split(b"\r\n")[0])
        truth("not HTTP", b"400" in raw(server, b"\x16\x03\x01 nonsense\r\n\r\n")[0].split(b"\r\n")[0])
        slow = [concurrent.futures.ThreadPoolExecutor(40).submit(raw, server, b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nX: " + b"a" * 60, 30.0, 0.5) for _ in range(40)]
        best = min(timed(lambda: server.get("/healthz")) for _ in range(5)) if (timed := lambda f: (lambda t: (f(), time.time() - t)[1])(time.time())) else 0
        truth("others are served while forty drip", best < 0.2, best)

        # ---- Health and readiness ----
        truth("healthy", server.get("/healthz")[:2] == (200, {"status": "serving"}), server.get("/healthz"))
        truth("ready", server.get("/readyz")[:2] == (200, {"status": "ready"}))

        # ---- gRPC with the generated client ----
        with grpc.insecure_channel(server.grpc) as channel:
            stub = service_pb2_grpc.ConcordatStub(channel)
            told = stub.Ask(service_pb2.AskRequest(question=record_pb2.Question(subject="team:integrated-staff-hub", predicate="host", valid_at="2023-03-15")), timeout=5)
            truth("gRPC ask", told.answer.values[0].ref == "body:bsol", told)
            told = stub.Ask(service_pb2.AskRequest(words="host of integrated staff hub", question=record_pb2.Question(valid_at="April 23")), timeout=5)
            truth("gRPC, in a few words, of a month", told.answer.determined and told.stretches[0].last == "2023-04-30", told)
            told = stub.Ask(service_pb2.AskRequest(question=record_pb2.Question(subject="POD", predicate="commissioner", valid_at="23/24", known_at="2023-03-31", mode=record_pb2.Mode.expected)), timeout=5)
            truth("gRPC forecast", "forecast" in told.answer.basis, told)
            told = stub.ShowModel(service_pb2.ShowModelRequest(about="POD", valid_at="2023-05-15"), timeout=20)
            truth("gRPC model", len(told.answers) == len(model["answers"]), str(told)[:600])
            truth("gRPC vocabulary", len(stub.ListVocabulary(service_pb2.ListVocabularyRequest(subject="POD"), timeout=5).words) == len(can["words"]))
            told = stub.Explain(explain_pb2.ExplainRequest(what="HOST-2023"), timeout=20)
            truth("gRPC explain", len(told.rulings) == len(why["rulings"]) and all(one.given_again == explain_pb2.GivenAgain.same for one in told.rulings), str(told)[:600])
            told = stub.WhyNot(explain_pb2.WhyNotRequest(who="office:ceo-cw", matter="HOST-2023"), timeout=20)
            truth("gRPC why not", told.who == "office:ceo-cw" and not told.acts, str(told)[:600])
            watched = []
            for one in stub.Watch(service_pb2.WatchRequest(after=0), timeout=10):
                watched.append(one)
                if one.sequence >= int(reply["reply"]["lastSequence"]): break
            truth("gRPC watch", [w.sequence for w in watched] == list(range(1, len(watched) + 1)) and any(w.event.HasField("decision_made") for w in watched))
            commands = [ledger_pb2.Command(command_id=f"stream/{i}", actor=watched[-1].actor, close_item={"matter": "NOWHERE"}) for i in range(50)]
            replies = list(stub.SubmitStream(iter(commands), timeout=10))
            truth("gRPC stream", len(replies) == 50 and all(r.reply.refused.code == ledger_pb2.RefusalCode.matter_not_found for r in replies) and [r.reply.first_sequence for r in replies] == sorted(r.reply.first_sequence for r in replies))
            batch = stub.SubmitBatch(service_pb2.SubmitBatchRequest(commands=commands[:3]), timeout=5)
            truth("gRPC batch", [r.reply.repeated_command for r in batch.results] == [True] * 3, batch)
            try: stub.SubmitBatch(service_pb2.SubmitBatchRequest(), timeout=5); truth("empty batch", False)
            except grpc.RpcError as why: truth("empty batch", why.code() == grpc.StatusCode.INVALID_ARGUMENT and "1 to 100" in why.details(), why)
            truth("gRPC health", health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status == health_pb2.HealthCheckResponse.SERVING)
            truth("gRPC reflection", "concordat.v1.Concordat" in ProtoReflectionDescriptorDatabase(channel).get_services())

        # ---- Forty slow ones are gone in time; then a drain with a call under way ----
        waits = [one.result() for one in slow]
        truth("a head that drips is cut off", all(taken < 20 and not out for out, taken in waits), max(taken for _, taken in waits))
        late = concurrent.futures.ThreadPoolExecutor(1).submit(server.call, "Get", {"view": "matters", "atLeast": "99999999"})
        time.sleep(0.3)
        began = time.time()
        truth("drained", server.stop() == 0 and time.time() - began < 8, server.process.stdout.read())
        truth("a call under way is answered", late.result()[0] == 503, late.result()[:2])

    truth("HTTP to the world", "expected a loopback address" in support.run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", "--http", "0.0.0.0:0").stderr)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = support.run("--data", scratch / "data", "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--http", "127.0.0.1:0")
        truth("a port that is taken is told in one line", busy.returncode == 4 and busy.stderr.startswith("concordat: --listen: expected an address that is free") and len(busy.stderr.splitlines()) == 1, busy)
        busy = support.run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", "--http", f"127.0.0.1:{taken.getsockname()[1]}")
        truth("one for HTTP likewise", busy.returncode == 4 and "concordat: --http: expected an address that is free" in busy.stderr, busy)
    for none, words in (("nowhere", "expected a loopback address, but nowhere is none"), ("127.0.0.1:99999", "expected ADDRESS:PORT with an address of this machine, but it is 127.0.0.1:99999")):
        wrong = support.run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", "--http", none)
        truth(f"an address that is none: {none}", wrong.returncode == 2 and f"--http: {words}" in wrong.stderr, wrong)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("service")
