#!/usr/bin/env python3
"""Reads feeds of transfers and of the record: moves what took effect, each once, and keeps what stands. What was done and what is
remembered of it is one transaction of SQLite; the two files are written from it, so that a crash between is mended at the next start."""
import json, os, pathlib, sqlite3, sys

state = pathlib.Path(os.environ["STATE"])
store = sqlite3.connect(state / "consumer.db", isolation_level=None)
store.execute("CREATE TABLE IF NOT EXISTS acts (number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT UNIQUE, act TEXT)")
store.execute("CREATE TABLE IF NOT EXISTS facts (id TEXT PRIMARY KEY, fact TEXT)")
store.execute("CREATE TABLE IF NOT EXISTS fallen (id TEXT PRIMARY KEY)")          # Corrected, or set aside; whether or not the fact was heard of.

def write(name, text):
    draft = state / (name + ".draft")
    draft.write_text(text)
    draft.replace(state / name)

def publish():
    """The files are what the store says, whatever was there before."""
    write("acts.jsonl", "".join(act + "\n" for (act,) in store.execute("SELECT act FROM acts ORDER BY number")))
    write("facts.json", json.dumps({id: json.loads(fact) for id, fact in store.execute("SELECT id, fact FROM facts WHERE id NOT IN (SELECT id FROM fallen)")}))

def move(event):
    """A person's place of work changes: never for a plan, nor for history that is loaded."""
    if event.get("replay") in (True, "true"): return 0
    moved = event["data"]["movement"]
    act = {"move": moved["subject"], "predicate": moved["predicate"], "to": [value["ref"] for value in moved["to"]], "on": moved["earliest"]}
    return store.execute("INSERT OR IGNORE INTO acts (event, act) VALUES (?, ?)", (event["source"] + " " + event["id"], json.dumps(act))).rowcount

def assert_(source, fact):
    kept = {name: fact.get(name) for name in ("subject", "predicate", "value", "from")}
    return store.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (source + " " + fact["id"], json.dumps(kept))).rowcount

def fell(source, facts): return store.executemany("INSERT OR IGNORE INTO fallen VALUES (?)", [(source + " " + fact,) for fact in facts]).rowcount

def take(event):
    source, what = event["source"], event["data"].get("event", {})
    if event["type"] == "transfer.took_effect": return move(event)
    if event["type"] == "record.asserted": return assert_(source, what["factAsserted"]["fact"])            # Loaded history is part of what stands.
    if event["type"] == "record.corrected": return fell(source, [what["factRetracted"]["fact"]])
    if event["type"] == "record.resolved": return fell(source, [fact for fact in what["conflictResolved"]["facts"] if fact != what["conflictResolved"]["prevails"]])
    return 0

publish()
for line in sys.stdin:
    if not line.strip(): continue
    store.execute("BEGIN")
    done = take(json.loads(line))
    store.execute("COMMIT")
    if done: publish()
