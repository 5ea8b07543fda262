#!/usr/bin/env python3
"""Durable subscriptions and webhooks: fetched over HTTP and gRPC by groups, pushed to receivers that are well, slow, broken, gone or not allowed."""
import base64, concurrent.futures, http.server, json, os, pathlib, shutil, signal, sys, tempfile, threading, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, root, run, wait_until
support.packages()
import standardwebhooks

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-subscriptions-"))
(scratch / "feeds.yaml").write_text("""
- {name: all, audience: restricted, format: json}
- {name: moves, audience: members, format: json, types: [transfer.]}
- {name: open, audience: public, format: json, publish_procedures: [host-designation, delegation], publish_record_sets: [seeds, public]}
- {name: binary, audience: restricted, format: protobuf, types: [decision.]}
- {name: quiet, audience: members, types: [escalation.closed]}
""")

class Receiver:
    """A webhook's receiver; `answer` says what to answer to the n-th request."""
    def __init__(self, answer=lambda n, body: 204):
        self.got, self.answer, self.lock = [], answer, threading.Lock()
        outer = self
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    outer.got.append((dict(self.headers), body, time.time(), self.path))
                    n = len(outer.got)
                reply = outer.answer(n, body)
                status, headers = reply if isinstance(reply, tuple) else (reply, {})
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
    def stop(self): self.server.shutdown(); self.server.server_close()
    def ids(self): return [headers["webhook-id"] for headers, *_ in self.got]

secret = scratch / "hook.secret"
truth("a secret is made", run("subscription", "secret", secret).returncode == 0 and (secret.stat().st_mode & 0o777) == 0o600 and secret.read_text().startswith("whsec_"))
key = secret.read_text().split()[0]

def declare(*all):
    """The subscriptions file: JSON is YAML."""
    (scratch / "subscriptions.yaml").write_text(json.dumps(list(all)))
def hook(name, receiver, feed="all", path="/in", **more):
    return {"name": name, "feed": feed, "wait_ms": [50], **more, "webhook": {"url": f"http://127.0.0.1:{receiver.port}{path}", "secret_file": str(secret), "allow": ["127.0.0.1/32"]}}
options = ["--feeds", str(scratch / "feeds.yaml"), "--subscriptions", str(scratch / "subscriptions.yaml")]
def fetch(server, name, **more): return server.call("FetchDeliveries", {"subscription": name, **more})
def settle(server, name, deliveries, verdict="done", **more):
    return server.call("SettleDeliveries", {"subscription": name, "settlements": [{"id": one["id"], "verdict": verdict, **more} for one in deliveries]})
def figures(server, name): return server.call("GetSubscriptions", {"name": name})[1]["subscriptions"][0]
def steer(server, name, act, **more): return server.call("SteerSubscription", {"name": name, "act": act, **more})
number = lambda one: int(json.loads(one["event"])["sequence"])
command = lambda n: {"commandId": f"own/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "r"}}
refused_to_start = lambda: run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", *options)

try:
    support.load(scratch / "data")

    # ---- Groups that fetch ----
    declare({"name": "payroll", "feed": "all", "attempts": 3, "timeout_ms": 1000, "in_flight": 20}, {"name": "register", "feed": "open"}, {"name": "late", "feed": "all", "from": "now"},
            {"name": "drought", "feed": "quiet"}, {"name": "bytes", "feed": "binary"}, {"name": "soak", "feed": "all", "timeout_ms": 400, "in_flight": 50})
    with Server(scratch / "data", *options) as server:
        head = int(server.call("Get", {"view": "matters"})[1]["position"])
        first = fetch(server, "payroll", limit=5)[1]["deliveries"]
        truth("fetched in order", [number(one) for one in first] == [1, 2, 3, 4, 5] and all(one["attempt"] == 1 for one in first), first)
        truth("a CloudEvent each", all(json.loads(one["event"])["specversion"] == "1.0" for one in first))
        more = fetch(server, "payroll", limit=100)[1]["deliveries"]
        truth("another consumer gets the next, and no more than may be out", [number(one) for one in more] == list(range(6, 21)), more)
        truth("nothing more until some are settled", fetch(server, "payroll", limit=10)[1] == {})
        settle(server, "payroll", first[1:])
        truth("the first holds the position", figures(server, "payroll").get("settled", 0) in (0, "0"))
        settle(server, "payroll", first[:1] + more)
        truth("then it moves on", int(figures(server, "payroll")["settled"]) == 20, figures(server, "payroll"))
        truth("settled twice is late", settle(server, "payroll", first[:1])[1]["late"] == [first[0]["id"]])
        one = fetch(server, "payroll", limit=1)[1]["deliveries"]
        again = wait_until(lambda: [x for x in fetch(server, "payroll", limit=1, waitMs=1500)[1].get("deliveries", []) if x["id"] == one[0]["id"]] or None)
        truth("what is not settled in time is handed out again", again and again[0]["attempt"] >= 2, again)
        parked = fetch(server, "payroll", limit=1)[1]["deliveries"]
        settle(server, "payroll", parked, "park", reason="cannot be posted")
        shown = server.call("GetSubscriptions", {"name": "payroll"})[1]
        truth("parked, with its reason and its words", [one["reason"] for one in shown["parked"]] == ["cannot be posted"] and json.loads(shown["parked"][0]["event"])["id"], shown["parked"])
        steer(server, "payroll", "replay")
        replayed = fetch(server, "payroll", limit=1)[1]["deliveries"]
        truth("replayed before what is new", replayed[0]["id"] == parked[0]["id"], replayed)
        settle(server, "payroll", replayed)
        truth("and parked no more", "parked" not in server.call("GetSubscriptions", {"name": "payroll"})[1])

        public = fetch(server, "register", limit=1000)[1]["deliveries"]
        truth("a public feed tells no names here either", public and all("actor" not in json.loads(one["event"])["data"] for one in public))
        truth("protobuf stands in base64", "data_base64" in json.loads(fetch(server, "bytes")[1]["deliveries"][0]["event"]))
        truth("a drought passes", wait_until(lambda: int(figures(server, "drought")["settled"]) == head), figures(server, "drought"))
        truth("from now: nothing yet", fetch(server, "late")[1] == {})
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(fetch, server, "late", waitMs=5000)
            time.sleep(0.3)
            began = time.time()
            server.call("Submit", command(1))
            came = waiting.result()[1]["deliveries"]
        truth("who waits is told at once", len(came) == 1 and time.time() - began < 1, time.time() - began)
        began = time.time()
        truth("a wait ends", fetch(server, "late", waitMs=300)[1] == {} and 0.25 < time.time() - began < 2)
        steer(server, "late", "pause", reason="month end")
        truth("paused: nothing", figures(server, "late")["paused"] == "month end")
        truth("who fetches is told", (got := server.call("FetchDeliveries", {"subscription": "late"})[1]).get("paused") == "month end" and "deliveries" not in got, got)
        shown = run("subscription", "--server", server.grpc, "list")
        truth("listed for people", shown.returncode == 0 and "paused: month end" in shown.stdout, shown)
        truth("steered by command", run("subscription", "--server", server.grpc, "resume", "late").returncode == 0 and figures(server, "late").get("paused", "") == "")
        metrics = server.get("/metrics")[1].decode()
        truth("figures", 'concordat_subscription_lag_events{subscription="payroll"}' in metrics and 'concordat_subscription_position_age_seconds{subscription="drought"}' in metrics)

        # ---- gRPC, generated client ----
        support.client(scratch)
        import grpc
        from concordat.v1 import service_pb2_grpc, subscription_pb2
        stub = service_pb2_grpc.ConcordatStub(grpc.insecure_channel(server.grpc))
        got = stub.FetchDeliveries(subscription_pb2.FetchDeliveriesRequest(subscription="payroll", limit=2)).deliveries
        late = stub.SettleDeliveries(subscription_pb2.SettleDeliveriesRequest(subscription="payroll", settlements=[{"id": one.id, "verdict": "done"} for one in got])).late
        truth("the same over gRPC", len(got) == 2 and not late)

        # ---- Bad input ----
        for name, answer in {"unknown": fetch(server, "nobody"), "limit": fetch(server, "payroll", limit=5000), "wait": fetch(server, "payroll", waitMs=60000), "a foreign id": settle(server, "payroll", public[:1]),
                             "no settlements": settle(server, "payroll", []), "no act": server.call("SteerSubscription", {"name": "payroll"}), "a wrong verdict": settle(server, "payroll", first[:1], 7)}.items():
            truth(f"refused: {name}", answer[0] in (400, 404) and "expected" in answer[1]["message"], answer)

        # ---- Soak: consumers that are well, slow, dying and flapping; nothing is lost, writers go on ----
        done, lock, stop = set(), threading.Lock(), time.time() + 6
        def consumer(kind):
            turn = 0
            while time.time() < stop:
                turn += 1
                got = fetch(server, "soak", limit=20, waitMs=200)[1].get("deliveries", [])
                if kind == "dead" or (kind == "flapping" and turn % 3): continue
                if kind == "slow": time.sleep(0.3)
                late = set(settle(server, "soak", got)[1].get("late", [])) if got else set()
                with lock: done.update(number(one) for one in got if one["id"] not in late)
        threads = [threading.Thread(target=consumer, args=(kind,)) for kind in ["well", "well", "slow", "dead", "flapping"]]
        for one in threads: one.start()
        written = [server.call("Submit", command(100 + n))[0] for n in range(50)]
        for one in threads: one.join()
        while got := fetch(server, "soak", limit=100, waitMs=600)[1].get("deliveries", []):
            settle(server, "soak", got)
            done.update(number(one) for one in got)
        shown = server.call("GetSubscriptions", {"name": "soak"})[1]
        missing = set(range(1, head + 52)) - done - {number(one) for one in shown.get("parked", [])}
        truth("soak: every event was done or is parked", not missing and int(shown["subscriptions"][0]["settled"]) == head + 51, (len(missing), shown["subscriptions"]))
        truth("and writers went on", written == [200] * 50)
        before = int(figures(server, "payroll")["settled"])

    # ---- Restarts, kill -9 ----
    with Server(scratch / "data", *options) as server:
        truth("after a restart it goes on", number(fetch(server, "payroll", limit=1)[1]["deliveries"][0]) == before + 1)
        got = fetch(server, "payroll", limit=10)[1]["deliveries"]
        settle(server, "payroll", got[:5]); settle(server, "payroll", got[5:6], "park")
        time.sleep(2.5)
        steer(server, "payroll", "replay")
        fetch(server, "payroll", limit=1)
        time.sleep(1)                        # In which what was asked for is written down.
        server.stop(signal.SIGKILL)
    with Server(scratch / "data", *options) as server:
        shown = server.call("GetSubscriptions", {"name": "payroll"})[1]
        truth("killed in the middle of a replay: still parked, once", [one["id"] for one in shown.get("parked", [])] == [got[5]["id"]], shown)
        truth("counted as waiting, not as parked", "parked" not in shown["subscriptions"][0], shown["subscriptions"])
        redone = [number(one) for one in fetch(server, "payroll", limit=20)[1]["deliveries"]]
        truth("the replay goes on without being asked for again", redone[0] == number(got[5]), redone)
        truth("nothing else before the position comes again", min(redone[1:]) > int(shown["subscriptions"][0]["settled"]) and number(got[5]) not in redone[1:], redone)

    # ---- Declarations ----
    feeds = (scratch / "feeds.yaml").read_text()
    (scratch / "feeds.yaml").write_text(feeds.replace("name: all, audience: restricted", "name: all, audience: members"))
    answer = refused_to_start()
    truth("a changed filter is refused", answer.returncode != 0 and "they were changed; give it another name" in answer.stderr, answer.stderr)
    (scratch / "feeds.yaml").write_text(feeds)
    for wrong, why in [({"name": "x", "feed": "none"}, 'there is none called "none"'), ({"name": "X", "feed": "all"}, "lower-case"), ({"name": "x", "feed": "all", "from": "soon"}, "from: expected"), ({"name": "x", "feed": "all", "attempts": 1000}, "attempts: expected 1 to 100"),
                       ({"name": "x", "feed": "all", "webhook": {"url": "http://example.org/", "secret_file": str(secret)}}, "expected https"), ({"name": "x", "feed": "all", "webhook": {"url": "https://example.org/", "secret_file": "/nowhere"}}, "secret_file: expected a file")]:
        declare(wrong)
        answer = refused_to_start()
        truth(f"refused: {why}", answer.returncode != 0 and why in answer.stderr and "subscriptions.yaml" in answer.stderr, answer.stderr)
    declare({"name": "x", "feed": "all", "webhook": {"url": "https://example.org/", "secret_file": str(secret)}})
    secret.chmod(0o644)
    truth("a secret that others may read is refused", "readable by its owner only" in refused_to_start().stderr)
    secret.chmod(0o600)
    (scratch / "data" / "subscriptions" / "payroll").write_bytes(b"damage")
    declare({"name": "payroll", "feed": "all"})
    truth("damage to what is kept is named", "cannot be read; move it away" in refused_to_start().stderr)

    # ---- Webhooks ----
    gone_at = 5
    well, flaky, gone = Receiver(), Receiver(lambda n, body: 500 if n % 3 == 1 else 200), Receiver(lambda n, body: 410 if n >= gone_at else 200)
    moved, busy, picky = Receiver(lambda n, body: (302, {"Location": f"http://127.0.0.1:{well.port}/stolen"})), Receiver(lambda n, body: (429, {"Retry-After": "1"}) if n == 1 else 200), Receiver(lambda n, body: 422 if b'"sequence":"00000000000000000003"' in body else 200)
    hang_started, hang_end = threading.Event(), threading.Event()
    hung = Receiver(lambda n, body: (hang_started.set(), hang_end.wait(20), 200)[-1])
    inside = {**hook("inside", well, path="/inside"), "webhook": {"url": f"https://127.0.0.1:{well.port}/inside", "secret_file": str(secret)}}
    closed = Receiver(); closed.stop()
    declare(hook("well", well, in_flight=20), hook("flaky", flaky, feed="moves", attempts=5), hook("gone", gone, in_flight=1), hook("moved", moved, feed="moves", attempts=2, parked_max=3), hook("busy", busy, feed="moves", in_flight=1),
            hook("picky", picky, attempts=2), hook("hung", hung, in_flight=2, timeout_ms=500, attempts=3), {**inside, "attempts": 2}, hook("nobody", closed, attempts=2, in_flight=2))
    with Server(scratch / "data", *options) as server:
        head = int(server.call("Get", {"view": "matters"})[1]["position"])
        truth("all are pushed", wait_until(lambda: len(well.got) >= head), (len(well.got), head))
        verifier = standardwebhooks.Webhook(key)
        bad = []
        for headers, body, *_ in well.got[:200]:
            try: verifier.verify(body, headers)
            except Exception as error: bad.append(str(error))
        truth("signed as Standard Webhooks says, by its own library", not bad, bad[:1])
        try: verifier.verify(well.got[0][1] + b" ", well.got[0][0]); truth("changed bodies do not verify", False)
        except Exception: truth("changed bodies do not verify", True)
        truth("one by one, none missing", sorted(int(json.loads(body)["sequence"]) for _, body, *_ in well.got) == list(range(1, head + 1)))
        truth("content type, small bodies", all(headers["Content-Type"] == "application/cloudevents+json" and len(body) < 20000 for headers, body, *_ in well.got))
        thin = [json.loads(body) for _, body, *_ in well.got if b'"dataref"' in body]
        truth("large events come thin, and can be had whole", all(len(server.get(one["dataref"])[1]) > 0 and server.get(one["dataref"])[0] == 200 for one in thin), thin[:1])
        truth("retried until taken, under the same id", wait_until(lambda: int(figures(server, "flaky")["settled"]) == head) and len(set(flaky.ids())) < len(flaky.ids()), figures(server, "flaky"))
        truth("410 ends it", wait_until(lambda: "410" in figures(server, "gone").get("paused", "")) and len(gone.got) == gone_at, (figures(server, "gone"), len(gone.got)))
        truth("redirects are failures and not followed", wait_until(lambda: "parked" in figures(server, "moved").get("paused", "")) and not any(path == "/stolen" for *_, path in well.got), figures(server, "moved"))
        truth("too much: Retry-After is honoured", wait_until(lambda: len(busy.got) > 2) and busy.got[1][2] - busy.got[0][2] >= 0.9, busy.got[1][2] - busy.got[0][2])
        truth("one event that is refused does not hold up the others", wait_until(lambda: int(figures(server, "picky")["settled"]) == head and figures(server, "picky").get("parked") == 1), figures(server, "picky"))
        truth("a receiver that hangs is left alone in the end", hang_started.is_set() and wait_until(lambda: "could not be delivered in 3 attempts" in figures(server, "hung").get("paused", "")), figures(server, "hung"))
        truth("loopback is not reached unless allowed", wait_until(lambda: "leads to 127.0.0.1" in figures(server, "inside").get("paused", "")) and not any(path == "/inside" for *_, path in well.got), figures(server, "inside"))
        truth("nobody there: paused, and said", wait_until(lambda: "no answer" in figures(server, "nobody").get("paused", "")), figures(server, "nobody"))
        truth("a receiver that is left alone is shown, with why", wait_until(lambda: "no answer" in figures(server, "nobody").get("receiver", "")), figures(server, "nobody"))
        metrics = server.get("/metrics")[1].decode()
        truth("and measured", any(line.startswith('concordat_subscription_receiver_failing{subscription="nobody"') and line.endswith(" 1") for line in metrics.splitlines()), metrics[-600:])
        truth("no path in lists", figures(server, "well")["target"] == f"http://127.0.0.1:{well.port}")
        shown = server.call("GetSubscriptions", {"name": "picky"})[1]
        truth("parked with what the receiver said", "422" in shown["parked"][0]["reason"], shown["parked"])
        count = len(well.got)
        began = time.time()
        server.call("Submit", command(2))
        truth("what comes is pushed at once", wait_until(lambda: len(well.got) == count + 1) and time.time() - began < 1, time.time() - began)
        hang_end.set()
        truth("it drains", server.stop() == 0)
    with Server(scratch / "data", *options) as server:
        truth("a pause outlives a restart", "410" in figures(server, "gone")["paused"])
        gone.answer = lambda n, body: 200
        steer(server, "gone", "resume")
        truth("resumed, nothing is missing", wait_until(lambda: len(set(gone.ids())) >= head), (len(set(gone.ids())), head))
        truth("the well one gets nothing twice", len(well.got) == count + 1, len(well.got) - count)
    for one in [well, flaky, gone, moved, busy, picky, hung]: one.stop()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("subscriptions")
