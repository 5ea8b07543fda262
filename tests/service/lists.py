#!/usr/bin/env python3
"""Lists by filter and page, snapshots, and watches that resume: over gRPC and HTTP, while others write."""
import json, pathlib, shutil, sys, tempfile, threading, time, datetime
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server
support.packages()
import grpc
from google.protobuf.json_format import MessageToDict

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-lists-"))
person = {"who": "office:ceo-stw", "capacity": "member", "onBehalfOf": "body:stw"}
opens = lambda n: {"commandId": f"list/{n}", "actor": person, "openMatter": {"matter": n, "procedure": "escalation", "title": f"Matter {n}", "fields": [
    {"name": "issue", "value": {"ref": "issue:strategic-delegated-function"}}, {"name": "to", "value": {"ref": "office:ceo-function-lead"}},
    {"name": "what", "value": {"text": "falling"}}, {"name": "tried", "value": {"text": "reviewed"}}]}}
of = lambda rows: [next(iter(row.values())) for row in rows]                          # {"matter": {…}} over HTTP
ids = lambda rows: [one.get("id") or one["matter"] for one in of(rows)]
typed = lambda rows: [getattr(row, row.WhichOneof("of")) for row in rows]             # The same over gRPC.

def told(call):
    try: return call()
    except grpc.RpcError as why: return why

def fails(name, call, code, *words):
    why = told(call)
    truth(name, isinstance(why, grpc.RpcError) and why.code() == code and all(word in why.details() for word in words), why)

try:
    support.load(scratch / "data")
    support.client(scratch)
    from concordat.v1 import service_pb2 as s, service_pb2_grpc
    with Server(scratch / "data") as server, grpc.insecure_channel(server.grpc) as channel:
        stub = service_pb2_grpc.ConcordatStub(channel)
        def ask(**filters): return server.call("List", filters)
        def rows(**filters):
            status, got, _ = ask(**filters)
            assert status == 200, got
            return got.get("rows", [])
        # ---- Filters ----
        matters = {one["id"]: one for one in of(rows(view="matters"))}
        truth("matters", len(matters) >= 2 and set(ids(rows(view="matters"))) == set(ids(server.call("Get", {"view": "matters"})[1]["rows"])), list(matters))
        kinds = sorted({one["procedure"] for one in matters.values()})
        for kind in kinds: truth(f"matters of {kind}", sorted(ids(rows(view="matters", type=kind))) == sorted(k for k, one in matters.items() if one["procedure"] == kind))
        truth("matters by state", sorted(ids(rows(view="matters", state="closed"))) == sorted(k for k, one in matters.items() if not one.get("open")) and sorted(ids(rows(view="matters", state="open"))) == sorted(k for k, one in matters.items() if one.get("open")))
        truth("matters by body", set(ids(rows(view="matters", body="body:bsol"))) == {k for k, one in matters.items() if "body:bsol" in one.get("awaits", []) or one.get("openedBy") == "body:bsol" or any(f["value"].get("ref") == "body:bsol" for f in one.get("fields", []))})
        wrong = lambda filter, *words, **filters: truth(f"no such {filter}: {filters}", (got := ask(**filters))[0] == 400 and all(word in got[1]["message"] for word in (filter + ": expected", *words)), got[:2])
        wrong("body", "a subject of the record", "body:nobody", view="matters", body="body:nobody")
        wrong("state", "carried, decided_severally", "lost", view="decisions", state="lost")
        wrong("state", "cancelled, effective, planned, replanned", view="transfers", state="open")
        wrong("state", "adjourned", view="meetings", state="over")
        wrong("state", "overdue", view="escalations", state="lost")
        wrong("state", "a step or an outcome", view="matters", state="asleep")
        wrong("state", "no state", view="procedures", state="open")
        wrong("type", "delegation", "no-such", view="matters", type="no-such")
        wrong("type", "or an issue", view="escalations", type="issue:none")
        for one in ({"view": "decisions", "state": "recommended"}, {"view": "transfers", "state": "cancelled"}, {"view": "matters", "type": "urgent-decision"}, {"view": "escalations", "type": "issue:strategic-delegated-function"},
                    {"view": "meetings", "body": "body:bsol"}, {"view": "matters", "state": "withdrawn"}):
            truth(f"what could be but is not: {one}", ask(**one)[0] == 200 and rows(**one) == [], ask(**one))
        decided = of(rows(view="decisions"))
        truth("decisions", decided and {one["matter"] for one in decided} == set(ids(rows(view="decisions", state="carried"))) | set(ids(rows(view="decisions", state="not_carried"))), decided[:1])
        truth("a decision is whole", any(one["made"].get("positions") for one in decided), decided[0])
        truth("transfers", ids(rows(view="transfers")) == ["POD-2023"] and ids(rows(view="transfers", state="effective")) == ["POD-2023"] and ids(rows(view="transfers", type=matters["POD-2023"]["procedure"])) == ["POD-2023"])
        procedures = ids(rows(view="procedures"))
        truth("procedures", len(procedures) >= 5 and procedures == sorted(procedures) and ids(rows(view="procedures", type=procedures[0])) == procedures[:1], procedures)
        today = datetime.date.today()
        truth("since", len(rows(view="matters", since=str(today - datetime.timedelta(2)))) == len(matters) and rows(view="matters", since=str(today + datetime.timedelta(2))) == [])
        truth("gRPC says the same", [MessageToDict(row) for row in stub.List(s.ListRequest(view="matters"), timeout=5).rows] == rows(view="matters"))
        truth("by GET", server.get("/concordat.v1.Concordat/List?connect=v1&encoding=json&message=%7B%22view%22%3A%22transfers%22%7D")[1]["rows"] == rows(view="transfers"))

        # ---- Pages that stay stable while others write ----
        head = ask(view="matters")[1]["position"]
        for n in range(40): assert "refused" not in server.call("Submit", opens(f"E{n:03}"))[1]["reply"], server.call("Submit", opens(f"E{n:03}"))
        before = set(ids(rows(view="matters")))
        stop = threading.Event()
        def write():
            n = 0
            while not stop.is_set():
                server.call("Submit", opens(f"{'ADM'[n % 3]}-NEW-{n}"))      # In front of, amid and behind where the walk is.
                server.call("Submit", {"commandId": f"close/{n}", "actor": person, "withdrawMatter": {"matter": f"E{n % 40:03}", "reason": "no longer"}})
                n += 1
        writer = threading.Thread(target=write); writer.start()
        time.sleep(0.1)
        began, walked, page, pages = set(ids(rows(view="matters", limit=1000))), [], "", 0
        first_page = ask(view="matters", limit=7)[1]
        there = set(ids(rows(view="matters", limit=1000)))
        walked += ids(first_page["rows"]); page = first_page["next"]
        while page:
            got = ask(view="matters", limit=7, page=page)[1]
            walked += ids(got.get("rows", [])); page = got.get("next", ""); pages += 1
            time.sleep(0.02)
        stop.set(); writer.join()
        truth("each row once", len(walked) == len(set(walked)) and walked == sorted(walked), len(walked))
        truth("all that were there", began <= set(walked) <= there, (sorted(began - set(walked)), sorted(set(walked) - there)))
        truth("more had come meanwhile", len(rows(view="matters", limit=1000)) > len(walked) and pages >= 6, (len(walked), pages))
        bad = lambda name, words, **filters: truth(name, (got := ask(**filters))[0] == 400 and words in got[1]["message"], got[:2])
        bad("a page of other filters", "begin again", view="matters", limit=7, state="open", page=first_page["next"])
        bad("a page of another view", "begin again", view="transfers", limit=7, page=first_page["next"])
        bad("no page", "page: expected", view="matters", page="zz")
        bad("more than there may be", "limit: expected at most 1000", view="matters", limit=1001)
        bad("no view", "view: expected matters", view="rumours")
        bad("no day", "since:", view="matters", since="yesterday")
        truth("a page of another instance's ledger", "begin again" in ask(view="matters", ledger="west-midlands", limit=7, body="x", page=first_page["next"])[1]["message"])

        # ---- Read your own write, on every read call ----
        at = int(server.call("Submit", opens("OWN-1"))[1]["reply"]["lastSequence"])
        truth("list your own write", "OWN-1" in ids(rows(view="matters", limit=1000, atLeast=str(at))))
        late = lambda call, request: told(lambda: call(request, timeout=5))
        began = time.time()
        fails("a deadline is kept", lambda: stub.List(s.ListRequest(view="matters", at_least=10**9), timeout=0.3), grpc.StatusCode.DEADLINE_EXCEEDED)
        truth("in time", time.time() - began < 2, time.time() - began)
        ahead = at + 1
        threading.Timer(6, lambda: server.call("Submit", opens("LATE-1"))).start()        # Longer than a read waits unasked.
        got = told(lambda: stub.List(s.ListRequest(view="matters", type="escalation", limit=1000, at_least=ahead), timeout=20))
        truth("as long as the call's own deadline says", not isinstance(got, grpc.RpcError) and "LATE-1" in [one.id for one in typed(got.rows)], got if isinstance(got, grpc.RpcError) else "")

        # ---- A snapshot, then what follows ----
        def snapshot(**request):
            messages = list(stub.Snapshot(s.SnapshotRequest(**request), timeout=30))
            out = {}
            for one in messages[:-1]: out.setdefault(one.view, []).extend(typed(one.rows))
            return out, messages[-1]
        stop.clear(); sent = []; writer = threading.Thread(target=lambda: sent.extend(server.call("Submit", opens(f"SNAP-{n}")) for n in range(60))); writer.start()
        held, last = snapshot(views=["matters"])
        writer.join()
        follow, opened = stub.Watch(s.WatchRequest(resume=last.resume), timeout=10), {one.id for one in held["matters"]}
        end = int(sent[-1][1]["reply"]["lastSequence"])             # The views follow the replies: their position may be a moment behind.
        for one in follow:
            if one.event.HasField("matter_opened"): opened.add(one.event.matter_opened.matter)
            if one.sequence >= end: break
        follow.cancel()
        truth("snapshot and what follows are the whole", opened == set(ids(rows(view="matters", limit=1000, atLeast=str(end)))), opened ^ set(ids(rows(view="matters", limit=1000, atLeast=str(end)))))
        truth("all rows are of one position", all(one.last <= last.position for one in held["matters"]))
        every, last = snapshot()
        truth("every view", set(every) >= {"matters", "decisions", "transfers", "escalations", "procedures"} and last.position >= end, list(every))
        fails("no such view", lambda: snapshot(views=["rumours"]), grpc.StatusCode.INVALID_ARGUMENT, "view: expected")
        truth("a stream is not unary", server.call("Snapshot", {})[0] == 501)

        # ---- Watch: from a place, a day, a token; with a filter ----
        def watch(count, **request):
            call, out = stub.Watch(s.WatchRequest(**request), timeout=10), []
            for one in call:
                out.append(one)
                if len(out) >= count: break
            call.cancel()
            return out
        head = last.position
        whole = watch(head, **{"from": "beginning"})
        truth("from the beginning", [one.sequence for one in whole] == list(range(1, head + 1)))
        truth("resume with the next", [one.sequence for one in watch(3, resume=whole[9].resume)] == [11, 12, 13])
        truth("from a day", watch(1, **{"from": str(today - datetime.timedelta(1))})[0].sequence >= 1)
        now = stub.Watch(s.WatchRequest(**{"from": "now"}), timeout=20)
        knocking = threading.Thread(target=lambda: [(time.sleep(0.3), server.call("Submit", opens(f"NOW-{n}"))) for n in range(10)]); knocking.start()
        first = next(iter(now)); now.cancel(); knocking.join()
        truth("from now", first.sequence > head and first.event.HasField("matter_opened"), first)
        made = [one.sequence for one in whole if one.event.HasField("decision_made")]
        only = watch(len(made), types=["decision.made"])
        truth("of some types", [one.sequence for one in only] == made, made)
        fails("a token of another filter", lambda: watch(1, types=["decision."], resume=whole[9].resume), grpc.StatusCode.INVALID_ARGUMENT, "same types")
        fails("no token", lambda: watch(1, resume="17"), grpc.StatusCode.INVALID_ARGUMENT, "resume: expected")
        fails("no type", lambda: watch(1, types=["rumour."]), grpc.StatusCode.INVALID_ARGUMENT, "types: expected")
        fails("no day to watch from", lambda: watch(1, **{"from": "31/12"}), grpc.StatusCode.INVALID_ARGUMENT, "beginning, now or a day")
        batch = [{"commandId": f"dry/{n}", "actor": opens("x")["actor"], "withdrawMatter": {"matter": "NONE", "reason": "r"}} for n in range(2200)]
        head = int(ask(view="matters")[1]["position"])
        dry = stub.Watch(s.WatchRequest(types=["transfer."], after=head), timeout=20)
        for n in range(0, 2200, 100): server.call("SubmitBatch", {"commands": batch[n:n + 100]})
        progress = next(iter(dry)); dry.cancel()
        truth("a drought tells how far it is", not progress.HasField("event") and progress.resume and progress.sequence > head + 900, progress)
        token, position = last.resume, last.position
    with Server(scratch / "data") as server, grpc.insecure_channel(server.grpc) as channel:
        stub = service_pb2_grpc.ConcordatStub(channel)
        truth("a token outlives the instance", next(iter(stub.Watch(s.WatchRequest(resume=token), timeout=10))).sequence == position + 1)
        stopping = stub.Watch(s.WatchRequest(**{"from": "now"}), timeout=20)
        time.sleep(0.3); server.stop()
        fails("a watch is ended by a drain", lambda: list(stopping), grpc.StatusCode.UNAVAILABLE, "resume elsewhere")
    support.load(scratch / "other", "--ledger", "elsewhere")
    with Server(scratch / "other") as server, grpc.insecure_channel(server.grpc) as channel:
        fails("a token of another ledger", lambda: list(service_pb2_grpc.ConcordatStub(channel).Watch(s.WatchRequest(resume=token), timeout=10)), grpc.StatusCode.INVALID_ARGUMENT, "resume: expected")
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("lists")
