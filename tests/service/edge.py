#!/usr/bin/env python3
"""The edge under bad guests: TLS on HTTP, heads and bodies that drip, too much at once; and what the log says of it, and does not."""
import concurrent.futures, json, os, pathlib, shutil, socket, ssl, subprocess, sys, tempfile, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)          # An old protocol is named on purpose.
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-edge-"))
command = lambda n: {"commandId": f"own/{n}", "actor": {"who": "office:ceo-cw", "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "SALMON-ORCHID-7731"}}
openssl = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=scratch)

def certificates():
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Edge CA")
    for name, more in (("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"), ("payroll", "subjectAltName=DNS:payroll.example")):
        (scratch / "ext").write_text(more)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-out", f"{name}.pem", "-extfile", "ext")

def line_to(address, secure):
    host, port = address.rsplit(":", 1)
    line = socket.create_connection((host, int(port)), timeout=40)
    if not secure: return line
    context = ssl.create_default_context(cafile=str(scratch / "ca.pem"))
    return context.wrap_socket(line, server_hostname="127.0.0.1")

def drips(address, secure, at_once, byte, every=0.5):
    """Sends something, then a byte now and then; after how long it was cut off, and what was said."""
    began, said = time.time(), b""
    try:
        with line_to(address, secure) as line:
            line.sendall(at_once)
            line.settimeout(every)
            while time.time() - began < 35:
                try:
                    got = line.recv(65536)
                    if not got: break
                    said += got
                except TimeoutError: line.sendall(byte)
    except OSError: pass
    return time.time() - began, said

def ask(address, method, body, certificate=None, token=None):
    context = ssl.create_default_context(cafile=str(scratch / "ca.pem"))
    if certificate: context.load_cert_chain(scratch / f"{certificate}.pem", scratch / f"{certificate}.key")
    import http.client
    line = http.client.HTTPSConnection(address, context=context, timeout=20)
    line.request("POST", f"/concordat.v1.Concordat/{method}", json.dumps(body), {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})})
    answer = line.getresponse()
    return answer.status, json.loads(answer.read())

def start(*more):
    process = subprocess.Popen([support.program, "--data", str(scratch / "data"), "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--tls-cert", str(scratch / "server.pem"),
                                "--tls-key", str(scratch / "server.key"), "--feeds", str(scratch / "feeds.yaml"), "--log", "json", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline().split()[-1] for _ in range(3)]
    return process, lines[1], lines[2]

try:
    support.load(scratch / "data")
    certificates()
    (scratch / "feeds.yaml").write_text("- {name: all, audience: restricted, format: json}\n")
    (scratch / "identity.yaml").write_text("- principal: {name: payroll, certificate: payroll.example, reads: restricted}\n")
    process, plain, sealed = start()
    try:
        # ---- HTTP over TLS ----
        status, got = ask(sealed, "Get", {"view": "matters"})
        truth("a call over TLS", status == 200 and got["rows"], (status, got))
        truth("a refusal over TLS", ask(sealed, "Submit", command(1))[1]["reply"]["refused"]["code"] == "matter_not_found")
        old = ssl.create_default_context(cafile=str(scratch / "ca.pem")); old.maximum_version = ssl.TLSVersion.TLSv1_1
        def hello(context):
            host, port = sealed.rsplit(":", 1)
            with socket.create_connection((host, int(port)), timeout=10) as line, context.wrap_socket(line, server_hostname="127.0.0.1") as secure: return secure.version()
        try: truth("not by an old protocol", not hello(old))
        except (ssl.SSLError, OSError): truth("not by an old protocol", True)
        truth("by a new one", hello(ssl.create_default_context(cafile=str(scratch / "ca.pem"))) == "TLSv1.3")
        with line_to(sealed, False) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try: truth("not in the clear", b"serving" not in line.recv(4096))
            except OSError: truth("not in the clear", True)
        with line_to(sealed, True) as line:
            line.sendall(b"GET /feeds/all/events?from=beginning HTTP/1.1\r\nHost: localhost\r\n\r\n")
            text = b""
            while b"decision.made" not in text: text += line.recv(65536)
            truth("events over TLS", text.startswith(b"HTTP/1.1 200") and b"event: decision.made" in text)

        # ---- Slow and too much, in the clear and over TLS, all at once; others are served meanwhile ----
        head = b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nHost: localhost\r\nX: "
        body = b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        chunks = b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        with concurrent.futures.ThreadPoolExecutor(80) as pool:
            slow = {(what, secure): [pool.submit(drips, sealed if secure else plain, secure, at_once, byte) for _ in range(8)]
                    for secure in (False, True) for what, at_once, byte in (("head", head, b"a"), ("body", body, b" "), ("chunk", chunks, b"1\r\n \r\n"))}
            slow["hello", True] = [pool.submit(drips, sealed, False, b"\x16\x03\x01", b"\x01") for _ in range(8)]
            time.sleep(1)
            took = []
            for _ in range(10):
                began = time.time(); ask(sealed, "Get", {"view": "transfers"}); took.append(time.time() - began)
            truth("others are served meanwhile", min(took) < 0.5, took)
            for (what, secure), waits in slow.items():
                ended = [one.result() for one in waits]
                truth(f"a {what} that drips is cut off{' over TLS' if secure else ''}", all(10 < taken < 32 and b"200 OK" not in said for taken, said in ended), ended[:2])
        for secure in (False, True):
            address = sealed if secure else plain
            def said(request):
                with line_to(address, secure) as line:
                    try: line.sendall(request)
                    except OSError: pass
                    try: return line.recv(4096).split(b"\r\n")[0]
                    except OSError as why: return repr(why).encode()
            truth(f"a body too large, secure {secure}", b"413" in said(b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"))
            truth(f"a body that only turns out too large, secure {secure}", b"413" in said(chunks + b"110000\r\n" + b"x" * 0x110000 + b"\r\n0\r\n\r\n"))
            truth(f"a head too large, secure {secure}", b"431" in said(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20000 + b"\r\n\r\n"))
            truth(f"two lengths, secure {secure}", b"400" in said(b"POST /concordat.v1.Concordat/Ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))

        # ---- As many connections as may be, and then one that waits no longer ----
        many = [line_to(plain, False) for _ in range(60)]
        truth("many idle ones keep nobody away", ask(sealed, "Get", {"view": "matters"})[0] == 200)
        for one in many: one.close()
    finally:
        process.terminate()
        log = [json.loads(line) for line in process.communicate(timeout=20)[1].splitlines()]
    events = [one["event"] for one in log]
    truth("the log tells the course", events[0] == "start" and events.count("listen") == 3 and events[-2:] == ["drain", "stop"] and any(one["event"] == "state" and one["is"] == "leads" for one in log), events)
    truth("each line has when and how grave", all(one["time"].endswith("Z") and one["level"] in ("info", "warning") for one in log), log[:2])
    truth("and nothing of what is served", "SALMON" not in json.dumps(log) and "own/" not in json.dumps(log) and "NONE" not in json.dumps(log))

    # ---- Who may come in by certificate, and what is said of who may not ----
    process, plain, sealed = start("--identity", str(scratch / "identity.yaml"), "--client-ca", str(scratch / "ca.pem"))
    try:
        truth("known by his certificate", ask(sealed, "Get", {"view": "matters"}, certificate="payroll")[0] == 200, ask(sealed, "Get", {"view": "matters"}, certificate="payroll"))
        truth("not without", ask(sealed, "Get", {"view": "matters"})[0] == 401)
        truth("nor by one of somebody else's making", ask(sealed, "Get", {"view": "matters"}, certificate="server")[0] == 401)
        for n in range(60): ask(sealed, "Get", {"view": "matters"}, token=f"SECRET-TOKEN-{n}")
    finally:
        process.terminate()
        text = process.communicate(timeout=20)[1]
    refused = [one for one in map(json.loads, text.splitlines()) if one["event"] == "refused"]
    truth("the refused are logged", refused and all(one["code"] == "unauthenticated" and one["level"] == "warning" and one["face"] == "http" for one in refused), refused[:2])
    truth("not what they showed", "SECRET-TOKEN" not in text)
    bad = lambda name, words, *more: truth(name, (got := support.run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", *more)).returncode in (2, 4) and words in got.stderr, got.stderr)
    bad("TLS without a certificate", "--https: expected --tls-cert", "--https", "127.0.0.1:0")
    (scratch / "junk.pem").write_text("nothing"); os.chmod(scratch / "junk.pem", 0o600)
    bad("a certificate that is none", "no certificate and its key in PEM", "--https", "127.0.0.1:0", "--tls-cert", scratch / "junk.pem", "--tls-key", scratch / "junk.pem")
    bad("the clear is for this machine", "expected a loopback address", "--http", "0.0.0.0:0", "--tls-cert", scratch / "server.pem", "--tls-key", scratch / "server.key")

    # ---- A reader beside the writer ----
    with support.Server(scratch / "data") as writer:
        reader = support.Server(scratch / "data", more=["--read-only", "--views", str(scratch / "own-views")])
        try:
            at = writer.call("Submit", command(7))[1]["reply"]["lastSequence"]
            got = reader.call("List", {"view": "matters", "atLeast": at})
            truth("a reader beside the writer follows it", got[0] == 200 and int(got[1]["position"]) >= int(at), got[:2])
            truth("and takes no commands", (no := reader.call("Submit", command(8)))[0] == 503 and "read-only" in no[1]["message"], no[:2])
        finally: reader.stop()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("edge")
