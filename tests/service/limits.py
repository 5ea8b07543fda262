#!/usr/bin/env python3
"""At the limits: as many connections and watchers as may be, one too many, and a place that is free again."""
import http.client, pathlib, resource, shutil, socket, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, wait_until
support.packages()
import grpc

CONNECTIONS, WATCHERS = 4096, 1024
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
truth("this machine lets a process have enough files open", hard == resource.RLIM_INFINITY or hard > 2 * CONNECTIONS, hard)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-limits-"))
(scratch / "feeds.yaml").write_text("- {name: all, audience: restricted, format: json}\n")

def follows(address, wait=20):
    """A follower that has been let in; None: it was sent away, without a byte."""
    line = socket.create_connection(address.split(":"), timeout=wait)
    got = b""
    try:
        line.sendall(b"GET /feeds/all/events?from=now HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while b"retry" not in got:
            more = line.recv(4096)
            if not more: break
            got += more
    except ConnectionError: pass
    if b"retry" in got: return line
    line.close()
    assert got == b"", got
    return None

try:
    support.load(scratch / "data")
    support.client(scratch)
    from concordat.v1 import service_pb2, service_pb2_grpc
    with Server(scratch / "data", "--feeds", str(scratch / "feeds.yaml")) as server:
        address = server.http[7:]

        # ---- HTTP: followers hold their connections, so their limit is that of connections ----
        known = http.client.HTTPConnection(address, timeout=20)
        def healthy():
            for patience in (True, False):                       # It may have idled too long on a busy machine.
                try:
                    known.request("GET", "/healthz")
                    answer = known.getresponse(); answer.read()
                    return answer.status == 200
                except (ConnectionError, http.client.HTTPException):
                    known.close()
                    if not patience: raise
        healthy()
        lines = []
        for n in range(CONNECTIONS - 1):
            line = follows(address)
            if line is None: break
            lines.append(line)
            if n % 100 == 0: healthy()                       # It is not idle for long.
        healthy()
        truth("as many as may be are let in", len(lines) == CONNECTIONS - 1, len(lines))
        began = time.time()
        truth("the one too many is sent away", follows(address) is None)
        truth("at once", time.time() - began < 5, time.time() - began)
        truth("who is in goes on being served", healthy())
        with grpc.insecure_channel(server.grpc) as channel:
            got = service_pb2_grpc.ConcordatStub(channel).SubmitBatch(service_pb2.SubmitBatchRequest(commands=[{"command_id": "own/1", "actor": {"who": "office:ceo-cw", "capacity": "member", "on_behalf_of": "body:cw"}, "withdraw_matter": {"matter": "NONE", "reason": "r"}}]), timeout=20)
        truth("writers too", got.results[0].HasField("reply"), got)
        heard = 0
        for n, line in enumerate(lines):
            told = b""
            if n % 100 == 0: healthy()                           # Nor here: its place stays taken.
            try:
                while b'own/1' not in told: told += line.recv(65536) or (_ for _ in ()).throw(ConnectionError("ended"))
                heard += 1
            except OSError: pass
        truth("and every follower hears of it", heard == len(lines), heard)
        healthy()
        lines.pop().close()
        again = wait_until(lambda: follows(address))
        truth("a place is free again when one leaves", again is not None)
        def idled_out():                                     # Which frees its own place.
            try:
                known.request("GET", "/healthz")
                return known.getresponse().read() == b""
            except (ConnectionError, http.client.HTTPException): return True
        more = follows(address)
        truth("and no more than that", more is None or idled_out())
        for line in [*lines, again, more]:
            if line is not None: line.close()
        def connections():
            try: text = server.get("/metrics")[1].decode()
            except ConnectionError: return CONNECTIONS       # Sent away: the places are not free yet.
            return float(next(l for l in text.splitlines() if l.startswith("concordat_http_connections ")).split()[-1])
        truth("all are free when all have left", wait_until(lambda: connections() < 10))
        known.close()

        # ---- gRPC: watchers ----
        with grpc.insecure_channel(server.grpc) as channel:
            stub = service_pb2_grpc.ConcordatStub(channel)
            watch = lambda: stub.Watch(service_pb2.WatchRequest(**{"from": "beginning"}), timeout=120)
            def first(call):
                try: return next(iter(call)).sequence
                except grpc.RpcError as why: return why
            watching = [watch() for _ in range(WATCHERS)]
            truth("as many watchers as may be", [first(one) for one in watching] == [1] * WATCHERS)
            why = first(watch())
            truth("the one too many is told so", isinstance(why, grpc.RpcError) and why.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "at most 1024 watchers" in why.details(), why)
            truth("who watches goes on", next(iter(watching[0])).sequence == 2)
            watching.pop().cancel()
            truth("a place is free again when a watcher leaves", wait_until(lambda: first(watch()) == 1))
            for one in watching: one.cancel()
        truth("drained", server.stop() == 0)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("limits")
