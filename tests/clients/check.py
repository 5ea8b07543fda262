#!/usr/bin/env python3
"""Clients that are generated: TypeScript from the definition, over Connect, gRPC and server-sent events; and the OpenAPI document."""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile
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
    for name in ["package.json", "tsconfig.json", "client.ts"]: shutil.copy(here / name, home)
    for name, text in re.findall(r"^```ts (\w+\.ts)\n(.*?)^```", (root / "docs" / "integrator.md").read_text(), re.M | re.S): (home / name).write_text(text)
    protos = sorted(str(one.relative_to(root / "proto")) for one in (root / "proto").glob("concordat/v1/*.proto"))
    made = subprocess.run(["protoc", f"--plugin={tool('protoc-gen-es')}", f"-I{root / 'proto'}", f"--es_out={home / 'gen'}", "--es_opt=target=js+dts,import_extension=js", *protos], cwd=root / "proto", capture_output=True, text=True)
    truth("a TypeScript client is generated from the definition", made.returncode == 0, made.stderr)
    checked = subprocess.run([tool("tsc"), "-p", "."], cwd=home, capture_output=True, text=True, timeout=180)
    truth("what uses it has the right types", checked.returncode == 0, checked.stdout)
    shutil.copytree(home / "gen", home / "out" / "gen")
    return home / "out"

try:
    support.load(scratch / "data")
    (scratch / "subscriptions.yaml").write_text("- {name: ts, feed: staff-transfers}\n- {name: payroll, feed: staff-transfers}\n")
    out = typescript()
    with Server(scratch / "data", "--feeds", str(root / "deploy" / "feeds"), "--subscriptions", str(scratch / "subscriptions.yaml")) as server:
        ran = subprocess.run(["node", str(out / "client.js"), server.http, server.grpc], capture_output=True, text=True, timeout=120)
        for line in ran.stdout.splitlines():
            one = json.loads(line)
            truth("typescript: " + one["name"], one["good"], one["why"])
        truth("the TypeScript client ran to its end", ran.returncode == 0 and ran.stdout.count('"name"') == 44, ran.stdout.count('"name"'), )
        if ran.stderr: print(ran.stderr[-1500:])
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("clients")
