#!/usr/bin/env python3
"""The receiver's kit: the consumers in Python and C++ keep every rule, each way of breaking one is found and named, and the
recordings are what the program tells today."""
import json, os, pathlib, shutil, subprocess, sys, tempfile
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, root

kit = root / "deploy" / "receiver-kit"
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-kit-"))
good = (kit / "consumer.py").read_text()
def check(*command): return subprocess.run([str(kit / "check"), *map(str, command)], capture_output=True, text=True, timeout=300)

def breaks(rule, what, old, new, *mode):
    """A consumer that differs from the good one in this alone. The check must name the rule."""
    assert old in good, old
    consumer = scratch / "consumer.py"
    text = good.replace(old, new)
    if rule == "all or nothing": text = text.replace("\npublish()\n", "\n")        # Nor mends it at the start.
    consumer.write_text(text)
    got = check(*mode, "--only", rule, "python3", consumer)
    truth(f"{what} breaks {rule}", got.returncode == 1 and f"BROKEN  {rule}\n" in got.stdout, got.stdout + got.stderr)

def keeps(who, *command):
    for mode, rules in ([], 7), (["--corrections"], 8):
        got = check(*mode, *command)
        truth(f"{who} keeps them all {' '.join(mode)}", got.returncode == 0 and got.stdout.count("kept") == rules and "BROKEN" not in got.stdout, got.stdout + got.stderr)

def told(file):
    """A recording without what differs each time it is made."""
    events = [json.loads(line) for line in file.read_text().splitlines()]
    return [{name: value for name, value in one.items() if name not in ("id", "sequence", "time")} for one in events]

took = 'if event["type"] == "transfer.took_effect": '
try:
    keeps("the consumer in Python", "python3", kit / "consumer.py")
    made, why = support.cpp_consumer()
    truth("the consumer in C++ is made", made is not None, why)
    keeps("the consumer in C++", made)
    (scratch / "recorded").mkdir()
    made = subprocess.run([str(kit / "record"), str(scratch / "recorded")], capture_output=True, text=True, env=dict(os.environ, CONCORDAT_BUILD=str(support.build)))
    for name in "transfers.jsonl", "corrections.jsonl":
        truth(f"{name} is what the program tells today (deploy/receiver-kit/record makes it anew)", made.returncode == 0 and told(scratch / "recorded" / name) == told(kit / "recorded" / name), made.stderr)

    breaks("once", "forgetting what was done", '(event["source"] + " " + event["id"], json', '(os.urandom(8).hex(), json')
    breaks("once", "taking the id without the source", 'event["source"] + " " + event["id"]', 'event["id"]')
    breaks("planned", "acting on plans", 'event["type"] == "transfer.took_effect"', 'event["type"] in ("transfer.took_effect", "transfer.planned")')
    breaks("replay", "acting on replays", 'event.get("replay") in (True, "true")', 'False')
    breaks("replay", "knowing the marker in one form only", 'event.get("replay") in (True, "true")', 'event.get("replay") is True')
    breaks("effective", "acting on nothing", took, took.replace('if ', 'if False and '))
    breaks("effective", "the wrong day", 'moved["earliest"]}', '"2023-01-01"}')
    breaks("order", "waiting for a plan first", took, 'if event["type"] == "transfer.planned": take.planned = True\n    if event["type"] == "transfer.took_effect" and not hasattr(take, "planned"): return 0\n    ' + took)
    breaks("unknown", "failing on what is new", took, 'if event["type"] == "transfer.reconsidered": raise SystemExit(1)\n    ' + took)
    breaks("all or nothing", "remembering before acting", '    if done: publish()', '    if done:\n        import time; time.sleep(0.3)\n        publish()')

    facts = "--corrections"
    breaks("stands", "keeping one statement a subject", 'source + " " + fact["id"], json', 'source + " " + fact["subject"], json', facts)
    breaks("loaded", "leaving out what is loaded", 'if event["type"] == "record.asserted": ', 'if event["type"] == "record.asserted" and event.get("replay") not in (True, "true"): ', facts)
    breaks("corrected", "passing over corrections", 'event["type"] == "record.corrected"', 'False', facts)
    breaks("corrected", "taking the fact's id without the source", '(source + " " + fact,)', '("/ledgers/west-midlands " + fact,)', facts)
    breaks("resolved", "passing over resolutions", 'event["type"] == "record.resolved"', 'False', facts)
    breaks("resolved", "dropping the one that prevails, too", ' if fact != what["conflictResolved"]["prevails"]', '', facts)
    deleting = ('store.executemany("INSERT OR IGNORE INTO fallen VALUES (?)"', 'store.executemany("DELETE FROM facts WHERE id = ?"')
    breaks("again", "forgetting what was corrected", *deleting, facts)
    breaks("order", "forgetting what was corrected", *deleting, facts)
    breaks("order", "passing over the correction of what was not heard of", "INSERT OR IGNORE INTO fallen VALUES (?)", "INSERT OR IGNORE INTO fallen SELECT id FROM facts WHERE id = ?", facts)
    breaks("unknown", "failing on what is new", took, 'if event["type"] == "record.annotated": raise SystemExit(1)\n    ' + took, facts)
    breaks("all or nothing", "remembering before acting", '    if done: publish()', '    if done:\n        import time; time.sleep(0.3)\n        publish()', facts)
    truth("a command that is none", check(scratch / "nothing").returncode == 2)
    truth("a rule that is none", check("--only", "twice", "python3", kit / "consumer.py").returncode == 2)
    truth("help", "says which rule it broke" in check("--help").stdout)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("kit")
