#!/usr/bin/env python3
"""Checks the West Midlands model pack without the sources and without the program: ids, words, types, subjects, dates, placement.

    tests/pack/check.py            the pack of this repository
    tests/pack/check.py FOLDER     another one

That the quotes stand where the facts say cannot be checked here: the sources are not in the repository.
"""
import csv
import datetime
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = {"B": 41, "R": 24, "U": 24, "W": 21, "T": 14, "X": 5, "V": 3, "C": 10, "N": 8, "G": 18}   # 168 in all.
WORKFLOWS = 30
STANDINGS = {"planned", "conditional", "effective", "ended"}
SETS = {"seeds", "public", "assumed"}
FACT_FIELDS = {"id", "subject", "predicate", "scope", "value", "from", "until", "standing", "condition", "source", "known",
               "record_set", "marks", "in_force"}
KINDS = {"ref", "text", "number", "flag", "when", "code"}
# What the engine itself reads for authority: engine/record/authority.h.
AUTHORITY = {"party": "ref", "mode": "code", "represented_by": "ref", "holder": "ref", "competent_for": "ref", "reserved_to": "ref",
             "barred_from": "ref", "excludes": "ref", "parts": "code", "raised_first_with": "ref", "escalates_to": "ref",
             "non_delegable": "flag", "not_a_legal_party": "flag", "alias": "text", "stated_in": "text", "name": "text", "bank_holiday": "text", "interest_in": "ref", "calendar_covers": "flag"}


def day(text):
    try:
        return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def when(text):
    """Earliest and latest day of a date as the record writes it; None if it is no date."""
    if re.fullmatch(r"\d{4}", text):
        return datetime.date(int(text), 1, 1), datetime.date(int(text), 12, 31)
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        first = datetime.date(int(text[:4]), int(text[5:]), 1)
        return first, (first + datetime.timedelta(31)).replace(day=1) - datetime.timedelta(1)
    if match := re.fullmatch(r"FY(\d{4})-(\d\d)", text):
        year = int(match[1])
        return (datetime.date(year, 4, 1), datetime.date(year + 1, 3, 31)) if (year + 1) % 100 == int(match[2]) else None
    if match := re.fullmatch(r"\[(.*)\.\.(.*)\]", text):
        low = day(match[1]) if match[1] else datetime.date.min
        high = day(match[2]) if match[2] else datetime.date.max
        return (low, high) if low and high and low <= high and (match[1] or match[2]) else None
    one = day(text)
    return (one, one) if one else None


def normal(name):
    """As the record compares names: engine/record/names.cc."""
    return re.sub(r"\s*([&,()])\s*", r"\1", " ".join(name.lower().split()))


class Pack:
    def __init__(self, folder):
        self.folder, self.checked, self.failures = folder, set(), {}   # By the thing checked: a fact, a word, a row.
        self.words, self.documents, self.facts, self.subjects = {}, {}, {}, set()
        self.files = sorted(folder.glob("[0-9]*.yaml")) + sorted((folder / "public").glob("*.yaml"))
        self.procedures, self.rules, self.obligations = set(), set(), set()
        self.workflows = {}

    def expect(self, good, where, expected, but):
        self.checked.add(where)
        if not good:
            self.failures.setdefault(where, []).append(f"expected {expected}, but {but}")
        return good

    def load(self, path):
        # Everything as text: what looks like a date or a number to YAML is a string to the record.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or []

    def definitions(self):
        for path in sorted((self.folder / "procedures").glob("*.yaml")):
            for command in self.load(path):
                procedure = command["publish_procedure"]["procedure"]
                self.procedures.add(procedure["id"])
                self.workflows[procedure["id"]] = set(procedure.get("workflows", []))   # Of the newest version: it stands last.
                for step in procedure["steps"]:
                    for one in step.get("oblige", {}).get("obligations", []):
                        self.obligations.add(procedure["id"] + "/" + one["id"])
        for path in sorted((self.folder / "rules").glob("*.yaml")):
            self.rules.update(command["publish_rule"]["rule"]["id"] for command in self.load(path))

    def commands(self):
        """In the order of loading, as the engine sees them: a word, document or subject must come before its use."""
        ids = set()
        for path in self.files:
            for command in self.load(path):
                at = f"{path.name} {command.get('command_id')}"
                self.expect(command.get("command_id") and command["command_id"] not in ids, at, "a command id of its own", "there is none, or it stands twice")
                ids.add(command.get("command_id"))
                self.expect(command.get("backfill") == "true", at, "backfill: true", "subscribers would act on history")
                actor = command.get("actor", {})
                self.expect(actor.get("who") and actor.get("capacity") and actor.get("mandate"), at, "an actor with capacity and mandate", str(actor))
                for word in command.get("publish_vocabulary", {}).get("predicates", []):
                    self.word(at, word)
                for document in command.get("register_document", {}).get("documents", []):
                    self.document(at, document)
                self.assertions(path.name, at, command.get("assert_facts", {}).get("facts", []))

    def word(self, at, word):
        name = word.get("name", "")
        widened = self.words.get(name, word).get("type") == word.get("type")   # A later command may widen a word, never change its type.
        self.expect(re.fullmatch("[a-z][a-z_]*", name) and widened, f"{at} {name}", "a word in lower case, of the type it has", "it is not")
        self.expect(word.get("type") in KINDS, f"{at} {name}", "a type of value", str(word.get("type")))
        self.expect(word.get("meaning", "").endswith("."), f"{at} {name}", "a meaning in a sentence", "it has none")
        self.words[name] = word

    def document(self, at, document):
        name = document.get("id")
        at = f"{at} {name}"
        self.expect(name and name not in self.documents, at, "a document id of its own", "there is none, or it stands twice")
        self.expect(document.get("record_set") in SETS, at, "a record set", str(document.get("record_set")))
        self.expect(document.get("known_why"), at, "how its known day was found", "it does not say")
        self.expect(day(document.get("known", "")) or (document.get("record_set") == "public" and not document.get("known")), at, "a known day", str(document.get("known")))
        if name and name.endswith(".txt"):
            self.expect(re.fullmatch("[0-9a-f]{64}", document.get("sha256", "")), at, "the SHA-256 of a held document", str(document.get("sha256")))
        self.documents[name] = document

    def assertions(self, file, at, facts):
        if not facts:
            return
        self.expect(len(facts) <= 200, at, "at most 200 facts", str(len(facts)))
        self.subjects.update(fact.get("subject", "") for fact in facts)
        for fact in facts:
            self.fact(f"{file} fact {fact.get('id')}", fact)

    def fact(self, at, fact):
        self.expect(fact.get("id") and fact["id"] not in self.facts, at, "an id of its own", "there is none, or it stands twice")
        self.facts[fact.get("id")] = fact
        self.expect(not set(fact) - FACT_FIELDS, at, "fields of a fact", f"there is {sorted(set(fact) - FACT_FIELDS)}")
        self.expect(re.fullmatch(r"[a-z_]+:.+", fact.get("subject", "")), at, "a subject such as body:bsol", str(fact.get("subject")))
        self.expect(fact.get("standing") in STANDINGS, at, f"a standing of {sorted(STANDINGS)}", str(fact.get("standing")))
        self.expect((fact.get("standing") == "conditional") == ("condition" in fact), at, "a condition if and only if it is conditional", "it is otherwise")
        if "condition" in fact:
            self.expect(fact["condition"] in self.subjects, at, "a condition that the record knows", fact["condition"])
        self.value(at, fact)
        self.dates(at, fact)
        self.source(at, fact)

    def value(self, at, fact):
        word = self.words.get(fact.get("predicate"))
        if not self.expect(word, at, "a word of the vocabulary", str(fact.get("predicate"))):
            return
        said_of = word.get("subjects")
        self.expect(not said_of or fact["subject"].split(":")[0] in said_of, at, f"{word['name']} of {said_of}", fact["subject"])
        self.expect((word.get("scoped") == "true") == bool(fact.get("scope")), at, "a scope if and only if the word is scoped", str(fact.get("scope")))
        for kind, value in (fact.get("value") or {}).items():
            self.expect(kind == word["type"], at, f"a {word['type']} for {word['name']}", f"a {kind}")
            if kind == "ref":
                self.expect(value in self.subjects, at, "a value of which some fact tells", value)
            if kind == "when":
                self.expect(when(value), at, "a date", value)
            if kind == "number":
                self.expect(re.fullmatch(r"-?\d+", value), at, "a whole number", value)

    def dates(self, at, fact):
        bounds = {}
        for end in ("from", "until"):
            if end in fact:
                bounds[end] = when(fact[end])
                self.expect(bounds[end], at, f"a date as {end}", fact[end])
        if bounds.get("from") and bounds.get("until"):
            self.expect(bounds["until"][1] >= bounds["from"][0], at, "an end after its start", f"{fact['until']} is before {fact['from']}")
        if "known" in fact or fact.get("record_set") != "public":
            self.expect(day(fact.get("known", "")), at, "a known day", str(fact.get("known")))
        # A source cannot have seen as so what begins after it was written; plans do.
        if fact.get("standing") == "effective" and bounds.get("from") and day(fact.get("known", "")):
            self.expect(bounds["from"][0] <= day(fact["known"]), at, "an effective fact to begin before it is known", f"it begins {fact['from']}, known {fact['known']}")
        if fact.get("standing") == "ended":
            self.expect(fact.get("until"), at, "an end for what has ended", "it has none")

    def source(self, at, fact):
        source, of = fact.get("source", {}), fact.get("record_set")
        self.expect(of in SETS, at, f"a record set of {sorted(SETS)}", str(of))
        if not self.expect(source.get("document") in self.documents, at, "a registered document as source", str(source.get("document"))):
            return
        document = self.documents[source["document"]]
        self.expect(document.get("record_set") == of, at, f"record set {document.get('record_set')} of its document", str(of))
        if of == "seeds":
            self.expect(document.get("held") == "true", at, "words of a document that is held", source["document"])
            self.expect(re.fullmatch(r"\d+(-\d+)?", source.get("place", "")), at, "a line or lines", str(source.get("place")))
            self.expect(1 <= len(source.get("quote", "").split()) <= 15, at, "a quote of 1 to 15 words", str(source.get("quote")))
            self.expect(fact.get("known", "") >= document["known"], at, f"to be known from {document['known']} on, as its document", str(fact.get("known")))
        if of == "assumed":
            self.expect(any(mark.startswith("assumption: ") and " because " in mark for mark in fact.get("marks", [])), at, "a mark \"assumption: … because …\"", str(fact.get("marks")))

    def whole(self):
        """What shows only when everything is read."""
        for name, kind in AUTHORITY.items():
            self.expect(self.words.get(name, {}).get("type") == kind, f"vocabulary {name}", f"the {kind} that the engine reads", "it is not")
        named = {fact["subject"] for fact in self.facts.values() if fact["predicate"] == "name"}
        for subject in sorted(self.subjects):
            self.expect(subject in named, subject, "a name", "it has none")
        names = {}
        for fact in self.facts.values():
            if fact["predicate"] in ("name", "alias"):
                names.setdefault(normal(fact["value"]["text"]), set()).add(fact["subject"])
        for name, subjects in sorted(names.items()):
            self.expect(len(subjects) == 1, f"name \"{name}\"", "one subject", f"{sorted(subjects)} bear it")
            self.expect(not re.fullmatch("tier [1-3]", name), f"name \"{name}\"", "a tier with its scale (gov: or spec:)", "it says no scale")
        for fact in self.facts.values():
            if fact["predicate"] == "stated_in":
                self.expect(fact["value"]["text"] in self.documents and fact.get("scope") in self.words, fact["id"], "a registered document and a word as scope", str(fact))

    def placement(self):
        with open(self.folder / "placement.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wanted = [f"{prefix}{number:02}" for prefix, count in ROWS.items() for number in range(1, count + 1)]
        self.expect([row["id"] for row in rows] == wanted, "placement.csv", "the 168 rows of the inventory, each once, in order", f"there are {len(rows)}")
        kinds = {"procedure": self.procedures, "rule": self.rules, "obligation": self.obligations}
        for row in rows:
            at, how = f"placement.csv {row['id']}", []
            if row["how"] == "set_aside":
                self.expect(row["where"], at, "a reason for setting it aside", "there is none")
                continue
            for one in row["where"].split():
                kind, _, name = one.partition(":")
                kind, name = (kind, name) if kind in kinds else ("fact", one)
                how += [kind] if kind not in how else []
                self.expect(name in kinds.get(kind, self.facts), at, f"the id of a {kind} of the pack", one)
            self.expect(how and "+".join(how) == row["how"], at, f"how it is placed to be {'+'.join(how) or 'said'}", row["how"])


    def table(self):
        """The table of the README says which procedure runs which workflow."""
        told = {}
        for workflow, procedures in re.findall(r"^\| (WF-\d\d) \|[^|]*\|([^|]*)\|$", (self.folder / "README.md").read_text(encoding="utf-8"), re.M):
            told[workflow] = set(re.findall(r"`([^`]+)`", procedures))
        is_so = {}
        for procedure, workflows in self.workflows.items():
            for workflow in workflows:
                is_so.setdefault(workflow, set()).add(procedure)
        self.expect(len(told) == WORKFLOWS, "README.md", f"{WORKFLOWS} workflows", f"there are {len(told)}")
        for workflow in sorted(set(told) | set(is_so)):
            self.expect(told.get(workflow) == is_so.get(workflow), f"README.md {workflow}", f"{sorted(is_so.get(workflow, []))}", f"it names {sorted(told.get(workflow, []))}")


def main():
    pack = Pack(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "deploy/west-midlands")
    pack.definitions()
    pack.commands()
    pack.whole()
    pack.placement()
    pack.table()
    for where, failures in pack.failures.items():
        for failure in failures:
            print(f"{where}: {failure}")
    print(f"pack: {len(pack.checked) - len(pack.failures)} passed, {len(pack.failures)} failed")
    return 1 if pack.failures else 0


if __name__ == "__main__":
    sys.exit(main())
