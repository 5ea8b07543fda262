#!/usr/bin/env python3
"""The receiver's kit: the reference consumer keeps every rule, and each way of breaking one is found and named."""
import pathlib, shutil, subprocess, sys, tempfile
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, root

kit = root / "deploy" / "receiver-kit"
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-kit-"))
good = (kit / "consumer.py").read_text()
def check(*command): return subprocess.run([str(kit / "check"), *map(str, command)], capture_output=True, text=True, timeout=300)

def breaks(rule, what, old, new):
    assert old in good, old
    consumer = scratch / "consumer.py"
    text = good.replace(old, new)
    if rule == "all or nothing": text = text.replace("\npublish()\n", "\n")        # Nor mends it at the start.
    consumer.write_text(text)
    got = check("python3", consumer)
    truth(f"{what} breaks {rule}", got.returncode == 1 and f"BROKEN  {rule}" in got.stdout, got.stdout + got.stderr)

try:
    got = check("python3", kit / "consumer.py")
    truth("the reference consumer keeps them all", got.returncode == 0 and got.stdout.count("kept") == 6 and "BROKEN" not in got.stdout, got.stdout)
    breaks("once", "forgetting what was done", '(event["source"] + " " + event["id"], json', '(os.urandom(8).hex(), json')
    breaks("once", "taking the id without the source", 'event["source"] + " " + event["id"]', 'event["id"]')
    breaks("planned", "acting on plans", 'event["type"] != "transfer.took_effect"', 'event["type"] not in ("transfer.took_effect", "transfer.planned")')
    breaks("replay", "acting on replays", 'event.get("replay") in (True, "true")', 'False')
    breaks("replay", "knowing the marker in one form only", 'event.get("replay") in (True, "true")', 'event.get("replay") is True')
    breaks("effective", "acting on nothing", 'if event["type"] !=', 'if True or event["type"] !=')
    breaks("effective", "the wrong day", 'move["earliest"]}', '"2023-01-01"}')
    breaks("unknown", "failing on what is new", 'if event["type"] !=', 'if event["type"] == "transfer.reconsidered": raise SystemExit(1)\n    if event["type"] !=')
    breaks("all or nothing", "remembering before acting", '    if done: publish()', '    if done:\n        import time; time.sleep(0.3)\n        with (state / "acts.jsonl").open("a") as out: out.write(json.dumps(act) + "\\n")')
    truth("a command that is none", check(scratch / "nothing").returncode == 2)
    truth("help", "says which rule it broke" in check("--help").stdout)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("kit")
