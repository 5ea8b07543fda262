#!/usr/bin/env python3
"""Defects that other products are known for, as far as no other test looks for them: docs/contributor.md has the whole list."""
import http.server, json, pathlib, re, shutil, signal, sys, tempfile, threading, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, root, run, wait_until

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-known-"))
(scratch / "feeds.yaml").write_text("- {name: all, audience: restricted, format: json}\n- {name: moves, audience: members, format: json, types: [transfer.]}\n")
options = ["--feeds", str(scratch / "feeds.yaml"), "--subscriptions", str(scratch / "subscriptions.yaml")]
def declare(*all): (scratch / "subscriptions.yaml").write_text(json.dumps(list(all)))
def fetch(server, name, **more): return server.call("FetchDeliveries", {"subscription": name, **more})[1].get("deliveries", [])
def settle(server, name, deliveries, verdict="done"): return server.call("SettleDeliveries", {"subscription": name, "settlements": [{"id": one["id"], "verdict": verdict} for one in deliveries]})
def figures(server, name): return server.call("GetSubscriptions", {"name": name})[1]["subscriptions"][0]
def settled(server, name): return int(figures(server, name).get("settled", 0))
def metric(server, name, subscription):
    return next(float(line.split()[-1]) for line in server.get("/metrics")[1].decode().splitlines() if line.startswith(f'{name}{{subscription="{subscription}"'))
number = lambda one: int(json.loads(one["event"])["sequence"])
command = lambda n: {"commandId": f"own/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "r"}}

class Hangs(http.server.BaseHTTPRequestHandler):
    """A receiver that takes a request and never answers while the test goes on."""
    asked, end = threading.Event(), threading.Event()
    def log_message(self, *_): pass
    def do_POST(self): Hangs.asked.set(); Hangs.end.wait(60)

try:
    support.load(scratch / "data")
    secret = scratch / "hook.secret"
    run("subscription", "secret", secret)
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hangs); receiver.daemon_threads = True
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = {"url": f"http://127.0.0.1:{receiver.server_address[1]}/", "secret_file": str(secret), "allow": ["127.0.0.1/32"]}
    moves = {"name": "moves", "feed": "moves", "attempts": 4, "in_flight": 50}
    declare({"name": "stuck", "feed": "all"}, {"name": "aged", "feed": "all", "timeout_ms": 60000}, {"name": "resent", "feed": "all", "in_flight": 500}, moves,
            {"name": "hung", "feed": "all", "webhook": hook}, {"name": "unread", "feed": "all"}, {"name": "quick", "feed": "all", "in_flight": 500})
    with Server(scratch / "data", *options) as server:
        head = int(server.call("Get", {"view": "matters"})[1]["position"])

        # ---- A keeping that fails: it is told, and what comes after is kept ----
        block = scratch / "data" / "subscriptions" / "stuck.new"
        block.mkdir()
        settle(server, "stuck", fetch(server, "stuck", limit=20))
        truth("a position that cannot be written down is told", wait_until(lambda: "could not be written" in figures(server, "stuck").get("failure", "")) and metric(server, "concordat_subscription_failing", "stuck") == 1, figures(server, "stuck"))
        settle(server, "stuck", fetch(server, "stuck", limit=20))
        block.rmdir()
        truth("and it goes on by itself when it can be", wait_until(lambda: figures(server, "stuck").get("failure", "") == "") == True and metric(server, "concordat_subscription_failing", "stuck") == 0, figures(server, "stuck"))
        settle(server, "stuck", fetch(server, "stuck", limit=20))
        truth("with nothing lost", settled(server, "stuck") == 60, figures(server, "stuck"))

        # ---- A position that does not move grows old, and young again when it moves ----
        age = lambda: metric(server, "concordat_subscription_position_age_seconds", "aged")
        held = fetch(server, "aged", limit=5)
        time.sleep(2)
        truth("a position that does not move grows old", age() >= 1.8, age())
        settle(server, "aged", held)
        truth("and is young again when it moved", age() < 1.5, age())
        truth("an alarm on it is in the operator's book", re.search(r"`concordat_subscription_position_age_seconds > \d+`", (root / "docs" / "operator.md").read_text()))

        # ---- One that hangs and one that nobody reads do not slow the others ----
        truth("one hangs", Hangs.asked.wait(20))
        began, done = time.time(), 0
        while got := fetch(server, "quick", limit=500): settle(server, "quick", got); done += len(got)
        truth("another is through meanwhile", done == head and settled(server, "quick") == head and settled(server, "hung") == 0 and settled(server, "unread") == 0, (done, head))
        truth("soon", time.time() - began < 10, time.time() - began)

        # ---- What a crash has delivered again ----
        first = fetch(server, "resent", limit=100)
        settle(server, "resent", first)
        kept = fetch(server, "moves", limit=2)
        settle(server, "moves", kept[:1], "park")
        settle(server, "moves", kept[1:])
        server.call("SteerSubscription", {"name": "moves", "act": "pause", "reason": "month end"})
        before = figures(server, "moves")
        time.sleep(1)                                        # More than the fifth of a second in which it is written down.
        settle(server, "resent", fetch(server, "resent", limit=50))
        server.stop(signal.SIGKILL)

    # ---- Some settings are changed: those that are not named stay, and so does where it stood ----
    declare({"name": "stuck", "feed": "all"}, {"name": "resent", "feed": "all", "in_flight": 500}, {**moves, "attempts": 9})
    with Server(scratch / "data", *options) as server:
        truth("after a failure and kill -9, where it stood", settled(server, "stuck") == 60, figures(server, "stuck"))
        came = fetch(server, "resent", limit=1)
        truth("only what was settled in the last moment comes again", number(came[0]) > 100, came)
        after = figures(server, "moves")
        same = lambda one: {name: one.get(name) for name in ("feed", "ledger", "settled", "parked", "paused")}
        truth("changed settings: position, parked and pause stay", same(after) == same(before) and after["paused"] == "month end" and after["parked"] == 1, (before, after))
        server.call("SteerSubscription", {"name": "moves", "act": "resume"})
        rest = wait_until(lambda: fetch(server, "moves", limit=50))
        truth("and the filter", rest and all(json.loads(one["event"])["type"].startswith("transfer.") for one in rest), rest[:1] if rest else "nothing")
finally:
    Hangs.end.set()
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("known")
