#!/usr/bin/env python3
"""Who may: tokens of a real provider and of forgers, client certificates, rights to read and to act, rates, keys that change."""
import base64, datetime, http.client, json, pathlib, shutil, signal, subprocess, sys, tempfile, time, urllib.parse
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server, fetch, root, run, wait_until
support.packages()
import grpc, jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-identity-"))
packages = support.node_packages()
shutil.copy(root / "tests" / "service" / "provider.mjs", packages / "provider.mjs")
provider = subprocess.Popen(["node", "provider.mjs"], cwd=packages, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
issuer = provider.stdout.readline().strip()

def token_of(client, audience="concordat"):
    body = urllib.parse.urlencode({"grant_type": "client_credentials", "resource": f"urn:{audience}", "scope": "use"}).encode()
    basic = base64.b64encode(f"{client}:of-tests-only".encode()).decode()
    return fetch(issuer + "/token", body, {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"})[1]["access_token"]

# ---- A second issuer, whose keys this test has: for what a provider would never sign ----
rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
weak_key, other_key = rsa.generate_private_key(65537, 1024), rsa.generate_private_key(65537, 2048)
def jwk(key, kid, **more): return {**json.loads((jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm).to_jwk(key.public_key())), "kid": kid, **more}
(scratch / "own.jwks").write_text(json.dumps({"keys": [jwk(rsa_key, "r", alg="RS256", use="sig"), jwk(ec_key, "e"), jwk(weak_key, "weak"), jwk(other_key, "enc", use="enc"), {"kty": "oct", "kid": "o", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}]}))
own = "https://own.example.org"
now = int(time.time())
claims = {"iss": own, "aud": "concordat", "sub": "auditor", "exp": now + 600, "iat": now}
def own_token(key=rsa_key, alg="RS256", kid="r", headers={}, **changed):
    body = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(body, key, algorithm=alg, headers={**({"kid": kid} if kid else {}), **headers})
encoded = lambda data: base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

(scratch / "identity.yaml").write_text(f"""
- issuer: {{url: "{issuer}", audience: concordat, allow: [127.0.0.1/32]}}
- issuer: {{url: "{own}", audience: concordat, keys: "{scratch / 'own.jwks'}"}}
- principal: {{name: payroll, issuer: "{issuer}", subject: payroll, reads: members}}
- principal: {{name: ceo-desk, issuer: "{issuer}", subject: ceo-desk, reads: members, acts_as: ["office:ceo-cw"], steers: true, certificate: desk.example.org}}
- principal: {{name: auditor, issuer: "{own}", subject: auditor, reads: restricted}}
- principal: {{name: robot, issuer: "{own}", subject: robot, acts_as: ["*"], commands_per_second: 5}}
- principal: {{name: nothing, issuer: "{own}", subject: nothing}}
""")
(scratch / "feeds.yaml").write_text("""
- {name: all, audience: restricted, format: json}
- {name: moves, audience: members, format: json, types: [transfer.]}
- {name: open, audience: public, format: json, publish_procedures: [host-designation, delegation], publish_record_sets: [seeds, public]}
""")
(scratch / "subscriptions.yaml").write_text("[{name: work, feed: moves}, {name: audit, feed: all}]")
options = ["--feeds", str(scratch / "feeds.yaml"), "--subscriptions", str(scratch / "subscriptions.yaml"), "--identity", str(scratch / "identity.yaml")]
bearer = lambda token: {"Authorization": f"Bearer {token}"}
command = lambda n, who="office:ceo-cw": {"commandId": f"own/{n}", "actor": {"who": who, "capacity": "member", "onBehalfOf": "body:cw"}, "withdrawMatter": {"matter": f"NONE-{n}", "reason": "r"}}
question = {"question": {"subject": "team:integrated-staff-hub", "predicate": "host", "validAt": "2023-03-15"}}

def certificate(name, signer=None, signer_name="Test CA", ca=False):
    key = ec.generate_private_key(ec.SECP256R1())
    today = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])).issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer_name)]))
               .public_key(key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(today - datetime.timedelta(1)).not_valid_after(today + datetime.timedelta(1))
               .add_extension(x509.BasicConstraints(ca, None), True).add_extension(x509.SubjectAlternativeName([x509.DNSName(name if "." in name else "localhost")]), False))
    return builder.sign(signer or key, hashes.SHA256()), key
def pem(one): return one.public_bytes(serialization.Encoding.PEM) if isinstance(one, x509.Certificate) else one.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
authority, authority_key = certificate("Test CA", ca=True)
served, served_key = certificate("localhost", authority_key)
for name, data in {"ca.pem": authority, "server.pem": served, "server.key": served_key}.items(): (scratch / name).write_bytes(pem(data))
(scratch / "server.key").chmod(0o600)
tls = ["--tls-cert", str(scratch / "server.pem"), "--tls-key", str(scratch / "server.key"), "--client-ca", str(scratch / "ca.pem")]

try:
    support.load(scratch / "data")
    with Server(scratch / "data", *options) as server:
        head = int(server.call("Get", {"view": "matters"}, headers=bearer(token_of("payroll")))[1]["position"])
        payroll, desk, auditor = token_of("payroll"), token_of("ceo-desk"), own_token()

        # ---- Reading ----
        truth("without a token: 401 and how", (lambda a: a[0] == 401 and a[2]["WWW-Authenticate"] == "Bearer" and "bearer token" in a[1]["message"])(server.call("Ask", question)))
        truth("a token of the provider reads", server.call("Ask", question, headers=bearer(payroll))[0] == 200)
        truth("also with RSA keys from a file", server.call("Ask", question, headers=bearer(auditor))[0] == 200)
        truth("and EC", server.call("Ask", question, headers=bearer(own_token(ec_key, "ES256", "e")))[0] == 200)
        truth("who may read nothing does not", server.call("Ask", question, headers=bearer(own_token(sub="nothing")))[0] == 403)
        truth("feeds: each sees what he may read", [[one["name"] for one in fetch(server.http + "/feeds", None, headers)[1]["feeds"]] for headers in [{}, bearer(payroll), bearer(auditor)]] == [["open"], ["moves", "open"], ["all", "moves", "open"]])
        follow = lambda feed, headers: http_status(server, f"/feeds/{feed}/events", headers)
        def http_status(server, path, headers):
            line = http.client.HTTPConnection(server.http[7:], timeout=5)
            line.request("GET", path, headers=headers)
            status = line.getresponse().status
            line.close()
            return status
        truth("public feeds need no token, others as if they were not there", (follow("open", {}), follow("moves", {}), follow("moves", bearer(payroll)), follow("all", bearer(payroll)), follow("all", bearer(auditor))) == (200, 404, 200, 404, 200))
        truth("subscriptions too", [server.call("FetchDeliveries", {"subscription": name}, headers=headers)[0] for name, headers in [("work", {}), ("work", bearer(payroll)), ("audit", bearer(payroll)), ("audit", bearer(auditor))]] == [401, 200, 403, 200])
        steer = lambda headers: server.call("SteerSubscription", {"name": "work", "act": "pause"}, headers=headers)[0]
        truth("steering is a right of its own", (steer(bearer(payroll)), steer(bearer(desk))) == (403, 200))
        truth("health needs no token", server.get("/healthz")[0] == 200)

        # ---- Acting ----
        reply = server.call("Submit", command(1), headers=bearer(desk))
        truth("in the name of whom one may act", reply[0] == 200 and reply[1]["reply"]["refused"]["code"] == "matter_not_found", reply)
        truth("in nobody else's", (lambda a: a[0] == 403 and "actor.who" in a[1]["message"])(server.call("Submit", command(2, "office:ceo-bsol"), headers=bearer(desk))))
        truth("who acts for nobody submits nothing", server.call("Submit", command(3), headers=bearer(payroll))[0] == 403)
        batch = server.call("SubmitBatch", {"commands": [command(4), command(5, "office:ceo-bsol")]}, headers=bearer(desk))[1]["results"]
        truth("each of a batch by itself", "reply" in batch[0] and batch[1]["code"] == "permission_denied", batch)
        rates = [server.call("Submit", command(100 + n), headers=bearer(own_token(sub="robot"))) for n in range(20)]
        truth("a rate", {one[0] for one in rates} == {200, 429} and "at most 5 commands a second" in next(one[1]["message"] for one in rates if one[0] == 429), [one[0] for one in rates])
        time.sleep(1.1)
        truth("that passes", server.call("Submit", command(200), headers=bearer(own_token(sub="robot")))[0] == 200)

        # ---- Forgers ----
        public = rsa_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        import hmac, hashlib
        signed_part = encoded({"alg": "HS256", "kid": "r", "typ": "JWT"}) + "." + encoded(claims)
        confused = signed_part + "." + base64.urlsafe_b64encode(hmac.new(public, signed_part.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
        good = auditor.split(".")
        changed = ".".join([good[0], encoded({**claims, "sub": "robot"}), good[2]])
        embedded = own_token(other_key, "RS256", None, {"jwk": jwk(other_key, "mine")})
        for name, (token, why) in {
            "alg none": (encoded({"alg": "none", "kid": "r"}) + "." + encoded(claims) + ".", "expected"), "alg None in another case": (encoded({"alg": "nOnE", "kid": "r"}) + "." + encoded(claims) + ".", "expected"),
            "a public key as shared secret": (confused, "algorithm is \"HS256\""), "a shared key of the set": (jwt.encode(claims, base64.urlsafe_b64decode("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="), algorithm="HS256", headers={"kid": "o"}), "algorithm"),
            "changed claims": (changed, "does not verify"), "signed by another": (own_token(other_key), "does not verify"), "a key in the token": (embedded, "a key of its issuer"), "an unknown key": (own_token(kid="x"), "a key of its issuer"),
            "a key for encryption": (own_token(other_key, kid="enc"), "a key of its issuer"), "a weak key": (own_token(weak_key, kid="weak"), "a key of its issuer"), "another algorithm than the key's": (own_token(alg="RS512"), "own algorithm"),
            "an algorithm of another kind": (own_token(ec_key, "ES256", "r"), "not for a key"), "a critical extension": (own_token(headers={"crit": ["x"], "x": 1}), "critical"), "expired": (own_token(exp=now - 300), "expired"), "no expiry": (own_token(exp=None), "expires"),
            "not yet": (own_token(nbf=now + 300), "not yet"), "another audience": (own_token(aud="other"), "audience"), "no audience": (own_token(aud=None), "audience"), "an audience that begins the same": (own_token(aud="concordat2"), "audience"),
            "another issuer": (own_token(iss="https://evil.example.org"), "trusts"), "a stranger": (own_token(sub="somebody"), "subject"), "no subject": (own_token(sub=None), "subject"), "no JSON": ("a.b.c", "expected"), "not even that": ("hello", "three parts"),
            "a huge one": (own_token(pad="x" * 9000), "8192"), "the provider's, for another audience": (token_of("payroll", "other"), "audience"), "the provider's, of a stranger": (token_of("stranger"), "subject")}.items():
            answer = server.call("Ask", question, headers=bearer(token))
            truth(f"refused: {name}", answer[0] == 401 and why in answer[1]["message"] and token[:40] not in json.dumps(answer[1]), answer)
        truth("another scheme", server.call("Ask", question, headers={"Authorization": "Basic abc"})[0] == 401)

        # ---- Keys that change ----
        provider.send_signal(signal.SIGUSR1)
        while provider.stdout.readline().strip() != "renewed": pass
        fresh = token_of("payroll")
        first = server.call("Ask", question, headers=bearer(fresh))
        truth("new keys are fetched when a token names one", wait_until(lambda: server.call("Ask", question, headers=bearer(fresh))[0] == 200, 10), first)
        old = server.call("Ask", question, headers=bearer(payroll))
        truth("and the old ones are believed no more", old[0] == 401, old)

        # ---- gRPC ----
        support.client(scratch)
        from concordat.v1 import ledger_pb2, service_pb2, service_pb2_grpc
        from google.protobuf import json_format
        stub = service_pb2_grpc.ConcordatStub(grpc.insecure_channel(server.grpc))
        def code(call, *arguments, **more):
            try: return (list(call(*arguments, **more)) if "Stream" in type(call).__name__ else call(*arguments, **more)) and "OK" or "OK"
            except grpc.RpcError as error: return error.code().name
        meta = lambda token: [("authorization", f"Bearer {token}")]
        ask = json_format.ParseDict(question, service_pb2.AskRequest())
        truth("gRPC: without, with", (code(stub.Ask, ask), code(stub.Ask, ask, metadata=meta(auditor))) == ("UNAUTHENTICATED", "OK"))
        one = json_format.ParseDict(command(300), ledger_pb2.Command())
        got = (code(stub.Submit, one), code(stub.Submit, one, metadata=meta(auditor)), code(stub.Submit, one, metadata=meta(token_of("ceo-desk"))))
        truth("gRPC: submit", got == ("UNAUTHENTICATED", "PERMISSION_DENIED", "OK"), got)
        def first_of(call):
            try: next(iter(call)); call.cancel(); return "OK"
            except grpc.RpcError as error: return error.code().name
        truth("gRPC: watching all is for who reads all", [first_of(stub.Watch(service_pb2.WatchRequest(), metadata=m)) for m in [None, meta(fresh), meta(auditor)]] == ["UNAUTHENTICATED", "PERMISSION_DENIED", "OK"])
        got = (first_of(stub.SubmitStream(iter([one]))), first_of(stub.SubmitStream(iter([one]), metadata=meta(token_of("ceo-desk")))))
        truth("gRPC: streamed commands", got == ("UNAUTHENTICATED", "OK"), got)
        watch = stub.Watch(service_pb2.WatchRequest(after=head), metadata=meta(auditor))
        truth("the stamp says who it was", next(event.stamp.principal for event in watch if event.command_id == "own/1") == "name:ceo-desk")
        watch.cancel()

    # ---- Certificates ----
    with Server(scratch / "data", *options, *tls) as server:
        def stub_of(client=None):
            chain, key = client or (None, None)
            return service_pb2_grpc.ConcordatStub(grpc.secure_channel(server.grpc, grpc.ssl_channel_credentials(pem(authority), pem(key) if key else None, pem(chain) if chain else None), [("grpc.ssl_target_name_override", "localhost")]))
        truth("TLS with a token", code(stub_of().Ask, ask, metadata=meta(auditor)) == "OK")
        truth("TLS with neither", code(stub_of().Ask, ask) == "UNAUTHENTICATED")
        known = stub_of(certificate("desk.example.org", authority_key))
        truth("a certificate is enough", (code(known.Ask, ask), code(known.Submit, json_format.ParseDict(command(301), ledger_pb2.Command()))) == ("OK", "OK"))
        truth("of a stranger", code(stub_of(certificate("evil.example.org", authority_key)).Ask, ask) == "UNAUTHENTICATED")
        truth("signed by nobody we know", code(stub_of(certificate("desk.example.org", ec.generate_private_key(ec.SECP256R1()))).Ask, ask, timeout=5) in ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        truth("in the clear", code(service_pb2_grpc.ConcordatStub(grpc.insecure_channel(server.grpc)).Ask, ask, metadata=meta(auditor), timeout=5) in ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        listed = run("subscription", "--server", server.grpc, "list")
        truth("the command line says that it could not get in", listed.returncode != 0 and "concordat serve" in listed.stderr)

    # ---- The file ----
    start = lambda *more: run("--data", scratch / "data", "serve", "--listen", "127.0.0.1:0", *more)
    for text, why in [("- {}", "issuer or principal"), ("- principal: {name: x}", "nobody could be it"), (f"- issuer: {{url: '{issuer}', audience: c}}", "http only with"), ("- issuer: {url: 'https://x.example.org'}", "audience"), ("- principal: {name: x, issuer: 'https://a', subject: s}", "issuer: expected one of the file"),
                      ("- principal: {name: x, certificate: a}\n- principal: {name: y, certificate: a}", "another has the same"), ("- principal: {name: x, certificate: a}\n- principal: {name: x, certificate: b}", "stands twice"), (f"- issuer: {{url: 'https://x.example.org', audience: c, keys: '{scratch / 'feeds.yaml'}'}}", "JWK set"),
                      (f"- issuer: {{url: '{issuer}/other', audience: c, allow: [127.0.0.1/32]}}", "expected 200"), ("- principal: {name: x, certificat: a}", "certificat")]:
        (scratch / "wrong.yaml").write_text(text)
        answer = start("--identity", scratch / "wrong.yaml")
        truth(f"refused: {why}", answer.returncode != 0 and why in answer.stderr, answer.stderr)
    (scratch / "server.key").chmod(0o644)
    truth("a key that others may read", "readable by its owner only" in start(*tls).stderr)
    (scratch / "server.key").chmod(0o600)
    answer = run("--data", scratch / "data", "serve", "--listen", "0.0.0.0:0", "--identity", scratch / "identity.yaml")
    truth("other machines only with encryption too", answer.returncode != 0 and "nothing is encrypted" in answer.stderr, answer.stderr)
finally:
    provider.terminate()
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("identity")
