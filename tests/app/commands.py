#!/usr/bin/env python3
"""Every command of the program, found by walking its own help: help with examples, examples that are right, errors in one form, JSON for machines."""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
program = os.path.join(os.environ.get("CONCORDAT_BUILD", str(root / "build")), "app", "concordat")
passed, failures = 0, []
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-commands-"))

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {why}")

def run(*arguments, **more):
    return subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=scratch, **more)

def commands(path=()):
    """Every command as (words, help text, has commands of its own), depth first."""
    told = run(*path, "--help")
    truth(f"{' '.join(path) or 'concordat'} --help", told.returncode == 0 and "Usage:" in told.stdout and not told.stderr, told)
    text = told.stdout
    own = re.findall(r"^  ([a-z][a-z-]*) ", re.split("^Examples?:", text.split("Subcommands:")[1], flags=re.M)[0], re.M) if "Subcommands:" in text else []
    yield path, text, bool(own)
    for one in own: yield from commands((*path, one))

def examples(text):
    at = re.search(r"^Examples?:$", text, re.M)
    return [line.strip() for line in text[at.end():].split("\n") if line.startswith("  ")] if at else []

# Runs until it is stopped; that it began is what can be seen here.
ENDLESS = ("serve", "watch", "witness serve", "subscription receive")

def is_json(text):
    def whole(one):
        try: return json.loads(one) is not None
        except ValueError: return False
    return whole(text) or all(whole(line) for line in text.splitlines() if line.strip())

try:
    every = list(commands())
    truth("there are many", len(every) > 90, len(every))
    shell = f"concordat() {{ command {program} \"$@\"; }}\n"
    pack = root / "deploy" / "west-midlands"
    files = [str(one) for part in ("*.yaml", "rules/*.yaml", "procedures/*.yaml") for one in sorted(pack.glob(part))]
    assert run("init").returncode == 0 and run("submit", "-q", *files).returncode == 0
    for play in ("host", "pod", "escalation", "meeting"): run("submit", "-q", str(pack / "play" / f"{play}.yaml"))
    shutil.copytree(scratch / "var", scratch / "kept")
    os.symlink(root / "deploy", scratch / "deploy")
    for place in ("srv", "etc", "var"): (scratch / place).mkdir(exist_ok=True)

    shown = 0
    for path, text, group in every:
        name = " ".join(path) or "concordat"
        wrong = run(*path, "--frobnicate")
        truth(f"{name}: an option that is none", wrong.returncode == 2 and not wrong.stdout and wrong.stderr.startswith("concordat: expected one of the options of `concordat") and "--frobnicate" in wrong.stderr and "--help" in wrong.stderr, wrong)
        if group:
            wrong = run(*path, "frobnicate")
            if path != ("model",): truth(f"{name}: a command that is none", wrong.returncode == 2 and not wrong.stdout and wrong.stderr.startswith(("concordat: expected one of the commands ", "concordat: expected the command ")) and '"frobnicate"' in wrong.stderr, wrong)
            if path and path != ("model",):                              # Which shows all by itself.
                none = run(*path)
                truth(f"{name}: no command", none.returncode == 2 and none.stderr.startswith(("concordat: expected one of the commands ", "concordat: expected the command ")), none)
            continue
        truth(f"{name}: an example", examples(text), text)
        if not any(name.startswith(one) for one in (*ENDLESS, "bench")):
            empty = run("--data", "nowhere", *path)
            truth(f"{name}: without arguments or data", empty.returncode >= 0 and (empty.returncode == 0 or empty.stderr.startswith("concordat: ")) and "expected" in empty.stderr + "expected" * (empty.returncode == 0), empty)
        for line in examples(text):
            shown += 1
            inside = re.sub(r"(?<= )/(srv|etc|var)/", f"{scratch}/\\1/", line.split(" #")[0]).replace("0.0.0.0", "127.0.0.1")     # Run within the test's own room.
            if name != "matter explain": truth(f"{name}: its example is of it", " ".join(path[:-1] or path) in re.sub(r" --(data|kafka|ledger|format) \S+", "", line), line)         # The same as `explain`.
            if name.startswith("bench"): continue                        # Figures, not a test.
            limit = 3 if name.startswith(ENDLESS) or "--kafka" in line else 60
            for form in ("", " --format json"):
                if form and (re.search(r"[|<>&;]|--format", line) or limit == 3): continue
                shutil.rmtree(scratch / "var"); shutil.copytree(scratch / "kept", scratch / "var")
                try:
                    done = subprocess.run(["bash", "-c", shell + inside + form], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit + 10, cwd=scratch, env=dict(os.environ, CONCORDAT_DATA="var")) if limit != 3 else \
                           subprocess.run(["timeout", "-k", "15", "3", "bash", "-c", "exec " + inside.replace("concordat ", program + " ", 1)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, cwd=scratch)
                except subprocess.TimeoutExpired as late: truth(f"{name}: `{line}` ends", False, late); continue
                truth(f"{name}: `{line}{form}` is a right use of it", done.returncode in (0, 1, 2, 3, 4, 5, 124, 137) and "\nSee: concordat" not in done.stderr and "terminate" not in done.stderr, done)
                if done.returncode: truth(f"{name}: `{line}{form}` says what stands in the way", done.returncode in (124, 137) or "concordat: " in done.stderr or "No such file" in done.stderr or done.stdout, done)
                if form and done.returncode == 0: truth(f"{name}: `{line}{form}` is JSON", is_json(done.stdout), done)
    truth("examples were shown", shown > 100, shown)
finally:
    shutil.rmtree(scratch, ignore_errors=True)

for message in failures: print("FAILED", message[:900])
print(f"commands: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
