#!/usr/bin/env python3
"""Runs what the documentation shows: every ```sh run block, in order, one directory a document. A ```text block that follows
holds lines that its output must contain (… stands for anything)."""
import os, pathlib, re, shutil, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(os.environ.get("CONCORDAT_BUILD", root / "build"))
passed, failures = 0, []
for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
    text = document.read_text()
    blocks = re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```", text, re.M | re.S)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-readme-"))
    (scratch / "deploy").symlink_to(root / "deploy")
    (scratch / "build").symlink_to(build)
    env = dict(os.environ, PATH=f"{build / 'app'}:{os.environ['PATH']}", CONCORDAT_DATA=str(scratch / "var"))
    output = ""
    for language, marks, body in blocks:
        if language == "sh" and "run" in marks:
            done = subprocess.run(["bash", "-c", body], cwd=scratch, env=env, capture_output=True, text=True, timeout=120)
            output = done.stdout + done.stderr
            wanted = 3 if "refused" in marks else 0
            if done.returncode == wanted: passed += 1
            else: failures.append(f"{document.name}: exit {done.returncode}, expected {wanted}\n{body}\n{output[-800:]}")
        elif language == "text":
            flat = re.sub(r"\s+", " ", output)
            for line in filter(str.strip, body.split("\n")):
                parts = [re.sub(r"\s+", " ", part.strip()) for part in line.split("…")]
                at, good = 0, True
                for part in parts:
                    found = flat.find(part, at)
                    good = good and found >= 0
                    at = found + len(part)
                if good: passed += 1
                else: failures.append(f"{document.name}: expected \"{line.strip()}\" in\n{output[-1200:]}")
    shutil.rmtree(scratch, ignore_errors=True)
for message in failures: print("FAILED", message)
print(f"readme: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
