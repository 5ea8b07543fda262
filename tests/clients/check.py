#!/usr/bin/env python3
"""Clients that are generated: TypeScript from the definition, over Connect, gRPC and server-sent events; the OpenAPI document, and a client
made from it alone."""
import http.client, json, os, pathlib, re, shutil, subprocess, sys, tempfile
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "service"))
import support
from support import truth, root, Server
support.packages()

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-clients-"))
node = support.node_packages(here)
tool = lambda name: str(node / "node_modules" / ".bin" / name)

def typescript():
    """Generated, type-checked and compiled beside its packages; where the programs are."""
    home = scratch / "typescript"
    (home / "gen").mkdir(parents=True)
    (home / "node_modules").symlink_to(node / "node_modules")
    for name in ["package.json", "tsconfig.json", "client.ts", "described.ts"]: shutil.copy(here / name, home)
    for name, text in re.findall(r"^```ts (\w+\.ts)\n(.*?)^```", (root / "docs" / "integrator.md").read_text(), re.M | re.S): (home / name).write_text(text)
    protos = sorted(str(one.relative_to(root / "proto")) for one in (root / "proto").glob("concordat/v1/*.proto"))
    made = subprocess.run(["protoc", f"--plugin={tool('protoc-gen-es')}", f"-I{root / 'proto'}", f"--es_out={home / 'gen'}", "--es_opt=target=js+dts,import_extension=js", *protos], cwd=root / "proto", capture_output=True, text=True)
    truth("a TypeScript client is generated from the definition", made.returncode == 0, made.stderr)
    (scratch / "openapi.json").write_text(support.run("service", "openapi").stdout)
    made = subprocess.run([tool("openapi-typescript"), str(scratch / "openapi.json"), "-o", str(home / "openapi.d.ts")], capture_output=True, text=True, timeout=60)
    truth("and one from the OpenAPI document", made.returncode == 0, made.stdout + made.stderr)
    checked = subprocess.run([tool("tsc"), "-p", "."], cwd=home, capture_output=True, text=True, timeout=180)
    truth("what uses it has the right types", checked.returncode == 0, checked.stdout)
    shutil.copytree(home / "gen", home / "out" / "gen")
    return home / "out"

def valid(document):
    (scratch / "openapi.json").write_text(json.dumps(document))
    done = subprocess.run([tool("redocly"), "lint", "--extends=spec", "--format=json", str(scratch / "openapi.json")], capture_output=True, text=True, timeout=60, env=dict(os.environ, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true"))
    return done.returncode == 0, (done.stdout + done.stderr)[-1500:]

COMING = {"ShowModel", "ListVocabulary"}      # In the definition; over HTTP where the program says so.

def openapi(server):
    """The document: what is served, valid by its own parser, and what the service does is what it says."""
    printed = support.run("service", "openapi")
    status, document, headers = server.get("/openapi.json")
    truth("OpenAPI is served as it is printed", status == 200 and headers["Content-Type"] == "application/json" and document == json.loads(printed.stdout) and document["openapi"] == "3.1.0", printed.stderr)
    truth("it is valid by its own parser", *valid(document))
    broken = json.loads(json.dumps(document))
    broken["components"]["schemas"]["AskRequest"]["properties"]["question"]["$ref"] = "#/components/schemas/Nowhere"
    truth("which would notice a reference to nothing", not valid(broken)[0])
    methods = {path.rsplit("/", 1)[1] for path in document["paths"] if path.startswith("/concordat.v1.Concordat/")}
    from concordat.v1 import service_pb2
    unary = {one.name for one in service_pb2.DESCRIPTOR.services_by_name["Concordat"].methods
             if not one.client_streaming and not one.server_streaming}
    truth("it has every call of the definition that does not stream", methods == unary, methods ^ unary)
    absent = {name for name in methods if f"there is no {name}" in str(server.call(name)[1])}
    truth("every call in it is served", absent <= COMING, absent)
    from jsonschema import Draft202012Validator
    strict = json.loads(json.dumps(document["components"]))
    for one in strict["schemas"].values(): one["additionalProperties"] = False
    def fits(name, method, body, wanted=200):
        status, told, _ = server.call(method, body)
        post = document["paths"]["/concordat.v1.Concordat/" + method]["post"]
        said = post["responses"]["200"] if status == 200 else strict["responses"]["Failed"]
        check = lambda schema, what: [error.message for error in Draft202012Validator({**schema, "components": strict}).iter_errors(what)]
        wrong = check(said["content"]["application/json"]["schema"], told) + check(post["requestBody"]["content"]["application/json"]["schema"], body)
        truth(f"{name} is as described", status == wanted and not wrong, (status, wrong[:3]))
    fits("an answer", "Ask", {"question": {"subject": "POD", "predicate": "commissioner", "validAt": "2023-04-15", "recordSets": ["seeds"]}})
    fits("rows", "Get", {"view": "decisions", "limit": 2, "atLeast": "1"})
    fits("an explanation", "Explain", {"what": "HOST-2023"})
    fits("a reason why not", "WhyNot", {"who": "office:ceo-cw", "matter": "HOST-2023"})
    actor = {"who": "office:director-owm", "capacity": "owm_officer", "onBehalfOf": "body:owm", "mandate": "minute 7"}
    fits("a refusal", "Submit", {"commandId": "openapi/1", "actor": actor, "closeItem": {"matter": "NOWHERE"}})
    fits("a batch", "SubmitBatch", {"commands": [{"commandId": "openapi/2", "actor": actor, "closeItem": {"matter": "NOWHERE"}}]})
    fits("a delivery", "FetchDeliveries", {"subscription": "described", "limit": 3, "waitMs": 2000})
    fits("how a subscription stands", "GetSubscriptions", {"name": "described"})
    line = http.client.HTTPConnection(server.http[7:], timeout=20)
    line.request("GET", "/feeds/staff-transfers/events?from=beginning")
    stream = line.getresponse()
    lines = {}
    while "data" not in lines: lines.update([stream.readline().decode().rstrip("\n").partition(": ")[::2]])
    line.close()
    single = server.get(f"/feeds/staff-transfers/events/{lines['id']}")
    wrong = [error.message for one in (json.loads(lines["data"]), single[1]) for error in Draft202012Validator({"$ref": "#/components/schemas/CloudEvent", "components": strict}).iter_errors(one)]
    truth("an event is as described", not wrong and single[2]["Content-Type"] in document["paths"]["/feeds/{name}/events/{id}"]["get"]["responses"]["200"]["content"] and stream.headers["Content-Type"] in document["paths"]["/feeds/{name}/events"]["get"]["responses"]["200"]["content"], (wrong[:3], single))
    fits("an error", "Ask", {"question": {"subject": "S&T", "predicate": "kind", "validAt": "2023-01-31"}}, 400)
    fits("not found", "Explain", {"what": "NOWHERE"}, 404)

try:
    support.load(scratch / "data")
    (scratch / "subscriptions.yaml").write_text("- {name: ts, feed: staff-transfers}\n- {name: payroll, feed: staff-transfers}\n- {name: described, feed: staff-transfers}\n")
    support.client(scratch)
    out = typescript()
    with Server(scratch / "data", "--feeds", str(root / "deploy" / "feeds"), "--subscriptions", str(scratch / "subscriptions.yaml")) as server:
        for program, count in ("client", 44), ("described", 5):
            ran = subprocess.run(["node", str(out / f"{program}.js"), server.http, server.grpc], capture_output=True, text=True, timeout=120)
            told = [json.loads(line) for line in ran.stdout.splitlines()]
            for one in told: truth(f"{program}.ts: {one['name']}", one["good"], one["why"])
            truth(f"{program}.ts ran to its end", ran.returncode == 0 and len(told) == count, (len(told), ran.stderr[-1500:]))
        openapi(server)
        # ---- The example of docs/integrator.md, as it stands there ----
        def hr(centres):
            (scratch / "centres.json").write_text(json.dumps(centres))
            return subprocess.run(["node", str(out / "hr.js"), server.http, str(scratch / "centres.json")], capture_output=True, text=True, timeout=60)
        first = hr({})
        parked = server.call("GetSubscriptions", {"name": "payroll"})[1].get("parked", [])
        truth("the example parks what it cannot deal with", first.returncode == 0 and first.stdout == "" and ["no cost centre for body:bsol" in one["reason"] for one in parked] == [True], (first, parked))
        server.call("SteerSubscription", {"name": "payroll", "act": "replay"})
        second, third = hr({"body:bsol": "cost centre 4711"}), hr({"body:bsol": "cost centre 4711"})
        truth("and deals with it when it is replayed", second.stdout == "team:pod to cost centre 4711 from 2023-07-01\n" and third.stdout == "", (second, third))
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("clients")
