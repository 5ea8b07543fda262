#!/usr/bin/env python3
"""Reads a feed of transfers and moves what took effect, each once. What was done and what is remembered of it is one transaction of
SQLite; acts.jsonl is written from it, so that a crash between the two is mended at the next start."""
import json, os, pathlib, sqlite3, sys

state = pathlib.Path(os.environ["STATE"])
store = sqlite3.connect(state / "consumer.db", isolation_level=None)
store.execute("CREATE TABLE IF NOT EXISTS acts (number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT UNIQUE, act TEXT)")

def publish():
    """acts.jsonl is what the store says, whatever was there before."""
    lines = [act for (act,) in store.execute("SELECT act FROM acts ORDER BY number")]
    draft = state / "acts.draft"
    draft.write_text("".join(line + "\n" for line in lines))
    draft.replace(state / "acts.jsonl")

def take(event):
    if event["type"] != "transfer.took_effect" or event.get("replay") in (True, "true"): return
    move = event["data"]["movement"]
    act = {"move": move["subject"], "predicate": move["predicate"], "to": [value["ref"] for value in move["to"]], "on": move["earliest"]}
    done = store.execute("INSERT OR IGNORE INTO acts (event, act) VALUES (?, ?)", (event["source"] + " " + event["id"], json.dumps(act))).rowcount
    if done: publish()

publish()
for line in sys.stdin:
    if line.strip(): take(json.loads(line))
