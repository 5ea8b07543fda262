#!/usr/bin/env python3
"""The same slip over the command line, HTTP and gRPC: each says the same, and none does anything by halves."""
import json, pathlib, shutil, sys, tempfile
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, Server
support.packages()
import grpc
from google.protobuf import json_format

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-faces-"))
person = {"who": "office:director-owm", "capacity": "owm_officer", "on_behalf_of": "body:owm", "mandate": "minute 7"}
flags = {"valid_at": "--at", "known_at": "--known", "record_sets": "--set", "mode": "--mode"}
fact = {"id": "x1", "subject": "body:cw", "predicate": "alias", "value": {"text": "Warwick"}, "standing": "effective", "source": {"document": "001_5cdb3f67600fe999.txt", "place": "7", "quote": "Coventry"}}

try:
    support.load(scratch / "data")
    support.client(scratch)
    from concordat.v1 import service_pb2, service_pb2_grpc
    shutil.copytree(scratch / "data", scratch / "alone")            # Where the command line is the only writer.
    with Server(scratch / "data") as server, grpc.insecure_channel(server.grpc) as channel:
        stub = service_pb2_grpc.ConcordatStub(channel)
        def over_grpc(call, request):
            try: return call(request, timeout=20)
            except grpc.RpcError as why: return why

        # ---- Questions ----
        def question(name, words, subject="POD", predicate="commissioner", valid_at="2023-04-15", **more):
            asked = {"subject": subject, "predicate": predicate, "valid_at": valid_at, **more}
            told = [subject, predicate]
            for field, flag in flags.items():
                for value in [asked[field]] if isinstance(asked.get(field), str) else asked.get(field, []): told += [flag, value]
            by_hand = support.run("--data", scratch / "data", "ask", *told)
            truth(f"{name}: command line", by_hand.returncode == 2 and by_hand.stderr.startswith("concordat: ") and not by_hand.stdout and all(word in by_hand.stderr for word in words), by_hand)
            status, got, _ = server.call("Ask", {"question": asked})
            truth(f"{name}: HTTP", status == 400 and got["code"] == "invalid_argument" and all(word in got["message"] for word in words), (status, got))
            if "mode" in more: return                                # Nothing but its words can be said in protobuf.
            why = over_grpc(stub.Ask, service_pb2.AskRequest(question=asked))
            truth(f"{name}: gRPC", isinstance(why, grpc.RpcError) and why.code() == grpc.StatusCode.INVALID_ARGUMENT and all(word in why.details() for word in words), why)
        question("known in the future", ["in the future", "2999-01-01"], known_at="2999-01-01")
        question("a day that is none", ["2023-02-30"], valid_at="2023-02-30")
        question("a time in the wrong order", ["first day is not after its last"], valid_at="[2024-01-01..2023-01-01]")
        question("a record set that is none", ["seeds", '"rumours"'], record_sets=["rumours"])
        question("a word that is none", ["expected a word of the vocabulary", '"boss"'], predicate="boss")
        question("nobody", ["names are never guessed"], subject="Board of Nowhere")
        question("several", ["gov:T2", "spec:T2"], subject="Tier 2")
        question("a mode that is none", ["mode"], mode="perhaps")

        # ---- Commands: refused by the rules, or no command at all ----
        count = 0
        def command(name, words, code, **does):
            """`code`: of the refusal; None: it is malformed, and nothing is recorded of it."""
            global count
            count += 1
            asked = {"actor": person, **does}
            with_id = lambda face: {"command_id": f"faces/{count}/{face}", **asked}
            by_hand = support.run("--data", scratch / "alone", "submit", "-", text=json.dumps(with_id("cli")))
            truth(f"{name}: command line", by_hand.returncode == (3 if code else 2) and all(word in by_hand.stdout + by_hand.stderr for word in [*words, code or ""]), by_hand)
            status, got, _ = server.call("Submit", with_id("http"))
            said = got.get("reply", {}).get("refused", {})
            truth(f"{name}: HTTP", (status == 200 and said.get("code") == code and all(word in said["sentence"] for word in words)) if code else (status == 400 and all(word in got["message"] for word in words)), (status, got))
            if code is None: return
            told = over_grpc(stub.Submit, json_format.ParseDict(with_id("grpc"), service_pb2.concordat_dot_v1_dot_ledger__pb2.Command()))
            truth(f"{name}: gRPC", not isinstance(told, grpc.RpcError) and all(word in told.reply.refused.sentence for word in words), told)
        facts = lambda **change: {"assert_facts": {"facts": [{**fact, **change}]}}
        command("it ends before it starts", ["2023-05-01", "2023-04-01"], "ends_before_start", **facts(**{"from": "2023-05-01", "until": "2023-04-01"}))
        command("of nobody", ["body:nowhere"], "unknown_subject", **facts(predicate="parent", value={"ref": "body:nowhere"}))
        command("by a word that is none", ["boss"], "unknown_predicate", **facts(predicate="boss"))
        command("a value of another type", ["alias"], "wrong_value_type", **facts(value={"flag": True}))
        command("a date that is none", ["2023-02-30"], "bad_date", **facts(**{"from": "2023-02-30"}))
        command("a source that nobody registered", ["nowhere.txt"], "document_not_registered", **facts(source={"document": "nowhere.txt", "place": "1", "quote": "x"}))
        command("a matter that is not there", ["NOWHERE"], "matter_not_found", close_item={"matter": "NOWHERE"})
        command("no command", ["frobnicate"], None, frobnicate={"matter": "HOST-2023"})
        after = server.call("Ask", {"question": {"subject": "body:cw", "predicate": "alias", "valid_at": "2023-04-15"}})[1]
        truth("nothing was half applied", "Warwick" not in [one.get("text") for one in after["answer"]["values"]], after)

        # ---- Reads ----
        for name, method, request, words in (("a view that is none", "Get", {"view": "rumours"}, ["view: expected matters"]), ("a filter that nothing bears", "List", {"view": "matters", "type": "no-such"}, ["type: expected"]),
                                             ("a page of nothing", "List", {"view": "matters", "page": "zz"}, ["page: expected"]), ("a model on no day", "ShowModel", {"about": "POD"}, ["valid_at"]),
                                             ("explain nothing", "Explain", {"what": "NOWHERE"}, ["NOWHERE"])):
            status, got, _ = server.call(method, request)
            truth(f"{name}: HTTP", status in (400, 404) and all(word in got["message"] for word in words), (status, got))
            why = over_grpc(getattr(stub, method), getattr(service_pb2, method + "Request", None)(**request) if hasattr(service_pb2, method + "Request") else service_pb2.concordat_dot_v1_dot_explain__pb2.ExplainRequest(**request))
            truth(f"{name}: gRPC", isinstance(why, grpc.RpcError) and why.details() == got["message"], why)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("faces")
