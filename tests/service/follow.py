#!/usr/bin/env python3
"""Following over HTTP: server-sent events from the beginning, a position, a day; slow and dead followers; figures for Prometheus."""
import concurrent.futures, datetime, http.client, json, pathlib, shutil, socket, subprocess, sys, tempfile, threading, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, root
support.packages()

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-follow-"))
feeds = """
- {name: members, audience: members, format: json, types: [transfer., decision., matter.]}
- {name: all, audience: restricted, format: json}
- {name: binary, audience: restricted, format: protobuf, types: [decision.]}
- {name: open, audience: public, format: json, publish_procedures: [host-designation, delegation], publish_record_sets: [seeds, public]}
- {name: quiet, audience: members, types: [escalation.closed]}
"""
(scratch / "feeds.yaml").write_text(feeds)

class Follow:
    """A client of server-sent events, as the standard says: id, event and data lines, a blank line ends one."""
    def __init__(self, server, feed, query="", last=None, timeout=10):
        self.line = http.client.HTTPConnection(server.http[7:], timeout=timeout)
        self.line.request("GET", f"/feeds/{feed}/events{query}", headers={"Last-Event-ID": last} if last else {})
        self.answer = self.line.getresponse()
        self.last = last
    def next(self):
        fields = {}
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line == "":
                if "id" in fields: self.last = fields["id"]
                if "data" in fields: return fields
                if not fields: return None
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
    def take(self, count): return [json.loads(self.next()["data"]) for _ in range(count)]
    def close(self): self.line.close()

command = lambda n: {"commandId": f"own/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "r"}}

try:
    support.load(scratch / "data")
    with Server(scratch / "data", "--feeds", str(scratch / "feeds.yaml")) as server:
        head = int(server.call("Get", {"view": "matters"})[1]["position"])
        listed = server.get("/feeds")[1]["feeds"]
        truth("listed", [one["name"] for one in listed] == ["members", "all", "binary", "open", "quiet"], listed)

        # ---- From the beginning, a position, a day, now: the same end ----
        whole = Follow(server, "all", "?from=beginning")
        truth("event stream", whole.answer.status == 200 and whole.answer.headers["Content-Type"] == "text/event-stream")
        everything = whole.take(head)
        truth("from the beginning, all in order", [int(one["sequence"]) for one in everything] == list(range(1, head + 1)))
        truth("each a CloudEvent", all(one["specversion"] == "1.0" and one["id"] and one["source"] and one["type"] and one["datacontenttype"] == "application/json" and isinstance(one["replay"], bool) for one in everything))
        part = Follow(server, "all")
        first = part.take(head // 2); position = part.last; part.close()
        rest = Follow(server, "all", last=position).take(head - head // 2)
        truth("Last-Event-ID resumes with the next", [one["id"] for one in first + rest] == [one["id"] for one in everything])
        after = Follow(server, "all", f"?after={position}").take(1)
        truth("a position in the address too", after[0]["id"] == rest[0]["id"])
        today = datetime.datetime.now(datetime.timezone.utc).date()
        truth("from a day", Follow(server, "all", f"?from={today - datetime.timedelta(2)}").take(1)[0]["id"] == everything[0]["id"])
        future = Follow(server, "all", f"?from={today + datetime.timedelta(2)}")
        now = Follow(server, "all", "?from=now")
        time.sleep(0.2)
        began = time.time()
        reply = server.call("Submit", command(1))[1]["reply"]
        came = now.take(1)[0]
        truth("what comes is told at once", came["type"] == "command.refused" and came["sequence"] == f"{int(reply['firstSequence']):020}" and time.time() - began < 0.5, (came, time.time() - began))
        truth("from a day to come, only what comes", future.take(1)[0]["id"] == came["id"])
        truth("the first follower hears it too", whole.take(1)[0]["id"] == came["id"])

        # ---- Audiences ----
        open_ = Follow(server, "open")
        told = open_.take(30)
        truth("public: no numbers of the ledger, no names", all("sequence" not in one and "causationid" not in one and "actor" not in one["data"] for one in told), told[0])
        truth("public: positions do not rise with the ledger", open_.last and f"{head:x}" not in open_.last)
        truth("protobuf data stands in base64", "data_base64" in Follow(server, "binary").take(1)[0])
        quiet = Follow(server, "quiet", timeout=2)
        try: quiet.next()
        except (TimeoutError, OSError): pass
        truth("a drought moves the position on", quiet.last is not None)

        # ---- Bad positions ----
        refused = lambda name, feed, query, *words: truth(name, (got := server.get(f"/feeds/{feed}/events{query}"))[0] in (400, 404) and all(w in got[1]["message"] for w in words), got[:2])
        refused("a position of another feed", "members", f"?after={position}", "expected one that this feed gave")
        refused("no position", "all", "?after=17", "expected one that this feed gave")
        refused("no day", "all", "?from=yesterday", "beginning, now or a day")
        refused("no feed", "nothing", "", "/feeds lists")
        truth("not a POST", server.call("/all/events", path="/feeds")[0] == 405)
        support.load(scratch / "other")
        with Server(scratch / "other", "--feeds", str(scratch / "feeds.yaml")) as other:
            got = other.get(f"/feeds/all/events?after={position}")
            truth("a position from another instance's key or ledger", got[0] == 400 and "expected one that this feed gave" in got[1]["message"], got[:2])

        shutil.copytree(scratch / "other", scratch / "abroad")
        with Server(scratch / "abroad", "--feeds", str(scratch / "feeds.yaml"), listen="0.0.0.0:0", more=["--insecure-listen"]) as abroad:
            truth("others hear public feeds alone", [one["name"] for one in abroad.get("/feeds")[1]["feeds"]] == ["open"] and abroad.get("/feeds/all/events")[0] == 404 and Follow(abroad, "open").take(1), abroad.get("/feeds"))

        # ---- A thousand followers, dead ones among them, and what they cost a writer ----
        time_of = lambda n: (lambda t: (server.call("Submit", command(n)), time.time() - t)[1])(time.time())
        alone = sorted(time_of(1000 + n) for n in range(40))[20]
        dead = []
        for _ in range(50):                                   # They ask and never read.
            line = socket.create_connection(server.http[7:].split(":"))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(b"GET /feeds/all/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            dead.append(line)
        lines = []
        for _ in range(1000):
            line = socket.create_connection(server.http[7:].split(":"))
            line.sendall(b"GET /feeds/all/events?from=now HTTP/1.1\r\nHost: localhost\r\n\r\n")
            lines.append(line)
        for line in lines:
            line.settimeout(10)
            while b"retry" not in line.recv(4096): pass
        amid = sorted(time_of(2000 + n) for n in range(40))[20]
        truth("followers cost a writer little", amid < alone + 0.1, (alone, amid))
        server.call("Submit", command(3000))
        heard = 0
        for line in lines:
            got = b""
            try:
                while b'"causationid":"own/3000"' not in got: got = got[-200:] + line.recv(65536)
                heard += 1
            except OSError: pass
        truth("a thousand followers hear it", heard == 1000, heard)

        # ---- Figures ----
        text = server.get("/metrics")[1].decode()
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        truth("promtool", checked.returncode == 0 and not checked.stderr.strip(), checked.stdout + checked.stderr)
        figure = lambda name: float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[-1])
        truth("figures", figure('concordat_commands_refused_total{code="matter_not_found"}') >= 81 and figure("concordat_http_streams") >= 1000 and figure("concordat_command_seconds_count") >= 81
              and 'concordat_ledger_position{ledger="west-midlands"}' in text and "concordat_matters_open" in text, text[:1500])
        truth("nothing private in figures", "own/" not in text and "NONE" not in text and "body:" not in text)
        for line in lines + dead: line.close()
        support.wait_until(lambda: float(next(l for l in server.get("/metrics")[1].decode().splitlines() if l.startswith("concordat_http_streams ")).split()[-1]) < 30, 20)
        text = server.get("/metrics")[1].decode()
        truth("those that went are gone", figure("concordat_http_streams") < 30, figure("concordat_http_streams"))

        # ---- A stream that ends, ends loudly; and goes on elsewhere ----
        live = Follow(server, "all", "?from=now")
        server.call("Submit", command(4000)); live.take(1); last = live.last
        truth("drained with followers", server.stop() == 0)
        truth("a follower is told that it is over", live.next() is None)
    with Server(scratch / "data", "--feeds", str(scratch / "feeds.yaml")) as server:
        server.call("Submit", command(5000))
        truth("and goes on after a restart", Follow(server, "all", last=last).take(1)[0]["causationid"] == "own/5000")
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("follow")
