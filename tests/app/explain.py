#!/usr/bin/env python3
"""Explaining and checking as a secretary, an auditor and whoever writes procedures meet them."""
import re, json, os, pathlib, shutil, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(os.environ.get("CONCORDAT_BUILD", str(root / "build")))
program = str(build / "app" / "concordat")
pack = root / "deploy" / "west-midlands"
passed, failures = 0, []
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-explain-"))

def run(*arguments, text=""):
    return subprocess.run([program, "--data", str(scratch / "data"), *arguments], input=text, capture_output=True, text=True, timeout=120)

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {str(why)[:1500]}")

def yaml_ids(file): return sorted(set(re.findall(r"^      id: (\S+)", file.read_text(), re.M)))

def expect(name, result, code, *words):
    told = " ".join((result.stdout + result.stderr).split())
    missing = [w for w in words if w not in told]
    truth(name, result.returncode == code and not missing, f"exit {result.returncode} (expected {code}), missing {missing}\n{told[:1400]}")
    return result

def rows(result): return [json.loads(line) for line in result.stdout.splitlines()]

def moddle():
    """A folder with bpmn-moddle, installed once."""
    there = build / "pictures"
    there.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / "tests" / "pictures" / "package.json", there)
    if not (there / "node_modules" / "bpmn-moddle").is_dir():
        told = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=there, capture_output=True, text=True)
        truth("bpmn-moddle can be installed", told.returncode == 0, told.stdout + told.stderr)
    return there

try:
    procedures = sorted(map(str, (pack / "procedures").glob("*.yaml")))
    run("init")
    expect("the pack", run("submit", "-q", *sorted(map(str, pack.glob("*.yaml"))), *sorted(map(str, (pack / "rules").glob("*.yaml"))), *procedures), 0, "0 refused")
    for play in sorted((pack / "play").glob("*.yaml")): run("submit", "-q", str(play))

    # ---- explain ----
    expect("a matter, clause by clause", run("explain", "HOST-2023"), 0, "under procedure host-designation, version 1", "It was asked whether", ": yes, the record says so.",
           "(001_5cdb3f67600fe999.txt), 149: “provide strategic", "It must not be on record that “Birmingham and Solihull ICB not a legal party”, and it is not: no effective fact says so.", "The rule asks for at least 5 parties, and that was met: 6 parties present (6 >= 5).", "By rule joint-committee-assumption, version 1 (assumption).",
           "Given again from the ledger as it was: the same.")
    all_ = rows(run("--format", "json", "explain", "HOST-2023"))
    truth("as JSON, with the clauses and the sources of their facts", len(all_) >= 4 and all(one["given_again"] == "same" for one in all_) and any(fact["source"].get("quote") for one in all_ for clause in one["clauses"] for fact in clause.get("facts", [])), all_[:1])
    seats = next(one for one in all_ if one["about"].startswith("quorum"))
    truth("whose seats the quorum counted", any("represented by for" in fact["sentence"] for fact in seats["read"]), seats.get("read"))
    one = rows(run("--format", "json", "explain", seats["id"]))
    truth("one ruling by its id", [o["id"] for o in one] == [seats["id"]], one)
    expect("with every fact", run("explain", seats["id"], "--facts"), 0, "It also rests on these facts of the record", "represented by for")
    expect("under matter too", run("matter", "explain", "HOST-2023"), 0, "Given again from the ledger as it was: the same.")
    expect("what is none", run("explain", "NOWHERE"), 1, "there is none called NOWHERE")
    expect("an event without a ruling", run("explain", "1"), 1, "event 1 holds none")
    expect("a sequence there is not", run("explain", "999999"), 1, "there is none called 999999")
    refused = next(e["sequence"] for e in rows(run("--format", "json", "watch")) if e["event"].get("refused", {}).get("attempted") == "open_matter")
    expect("a refused act is given again", run("explain", str(refused)), 0, "refused open_matter", "Refused: expected Operational issue", "Given again from the ledger as it was: the same.")

    # ---- under another version: opened while four made a quorum, five are asked before the vote, four are there (SP-G) ----
    officer = 'actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "trial"}'
    boards = ["bsol", "bc", "cw", "hw", "stw", "ssot"]
    facts = "".join(f'{{id: spg-{b}, subject: "body:sp-g", predicate: party, value: {{ref: "body:{b}"}}, standing: effective, source: {{document: trial-assumptions}}}}, {{id: spg-{b}-s, subject: "body:sp-g", predicate: represented_by, scope: "body:{b}", value: {{ref: "office:ceo-{b}"}}, standing: effective, source: {{document: trial-assumptions}}}}, ' for b in boards)
    rule = lambda version, people: f'- {{{officer}, publish_rule: {{rule: {{id: sp-g, version: {version}, body: "body:sp-g", layer: standing_orders, source: "version {version}", quorum: {{min_people: {people}, multi_seat: per_seat, recusal_effect: lose}}, decision: {{method: vote, unit: person, tie: not_carried, abstain: excluded, multi_seat: per_seat, limbs: [{{test: simple_present_voting}}]}}}}}}}}\n'
    four = ", ".join(f'{{who: "office:ceo-{b}", party: "body:{b}", seat: member}}' for b in boards[:4])
    expect("the fixture", run("submit", "-q", "-", text=f'- {{{officer}, assert_facts: {{facts: [{facts}{{id: spg-n, subject: "body:sp-g", predicate: name, value: {{text: A body whose rule changes}}, standing: effective, source: {{document: trial-assumptions}}}}, {{id: spg-m, subject: "body:sp-g", predicate: mode, value: {{code: joint}}, standing: effective, source: {{document: trial-assumptions}}}}]}}}}\n'
        + f'- {{{officer}, publish_procedure: {{procedure: {{id: sp-g, version: 1, title: Its business, matter_type: "matter_type:hosting", steps: [{{id: item, decide: {{body: "body:sp-g", tabled: true}}, next: [{{on: carried, to: end}}, {{on: not_carried, to: end}}, {{on: recommended, to: end}}, {{on: decided_severally, to: end}}]}}]}}}}}}\n'
        + rule(1, 4) + f'- {{{officer}, open_matter: {{matter: SP-G, procedure: sp-g, title: Opened under version 1}}}}\n' + rule(2, 5)
        + f'- {{{officer}, table_item: {{matter: SP-G, meeting: G/1, present: [{four}]}}}}\n'
        + "".join(f'- {{actor: {{who: "office:ceo-{b}", capacity: member, on_behalf_of: "body:{b}"}}, take_position: {{matter: SP-G, party: "body:{b}", position: in_favour}}}}\n' for b in boards[:4])
        + f'- {{{officer}, close_item: {{matter: SP-G}}}}\n'), 0, "0 refused")
    expect("under the version that was frozen", run("explain", "SP-G"), 0, "By rule sp-g, version 1", "The rule asks for at least 4 people", "Given again from the ledger as it was: the same.")
    before = run("digest").stdout
    expect("under the second version", run("explain", "SP-G", "--by", "sp-g/2"), 0, "quorum at G/1", "Under version 2: OTHERWISE. No. Inquorate", "4 < 5: no", "The act would have been refused: expected a quorate meeting")
    told = rows(run("--format", "json", "explain", "SP-G", "--by", "sp-g/2"))
    truth("as JSON, both rulings beside each other", told and all(one["ruling"]["outcome"] == "yes" and one["again"]["outcome"] == "no" and "given_again" not in one for one in told if one["about"].startswith("quorum")), told[:1])
    expect("under its own version", run("explain", "SP-G", "--by", "sp-g/1"), 0, "Under version 1: the same.")
    expect("a version there is not", run("explain", "SP-G", "--by", "sp-g/3"), 1, "there is no sp-g/3")
    expect("no version", run("explain", "SP-G", "--by", "sp-g"), 2, "expected a rule and its version, as ID/VERSION")
    expect("a rule it does not rest on", run("explain", "SP-G", "--by", "joint-committee-assumption/1"), 0, "No ruling in it rests on that rule.")
    truth("and nothing is changed", run("digest").stdout == before)

    # ---- why-not ----
    item = """
- actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}
  open_matter:
    matter: HUB-1
    procedure: host-designation
    title: Who hosts the staff hub?
    fields:
    - {name: unit, value: {ref: "team:integrated-staff-hub"}}
    - {name: host, value: {ref: "Coventry & Warwickshire ICB"}}
    - {name: from, value: {when: 2026-12-01}}
    papers: [{title: Options, sha256: 5f2d1c3f3f0f5a1e1df7c3c5d2a4b9e86f0a7b6c9d8e7f605142332415060708}]
    recommendation: The committee is asked to approve Coventry and Warwickshire.
"""
    run("submit", "-q", "-", text=item)
    expect("before it is tabled nobody takes a position", run("why-not", "office:ceo-cw", "HUB-1"), 0, "take position, close item, cast casting vote, record consensus: no (office:ceo-cw as member for body:cw)", "not_tabled: expected an item that has been tabled at a meeting, but HUB-1 has not",
           "table item: yes", "withdraw matter: yes", "It would lead to the end: withdrawn.")
    early = "- {actor: {who: \"office:ceo-cw\", capacity: member, on_behalf_of: \"body:cw\"}, take_position: {matter: %s, party: \"body:cw\", position: in_favour}}\n"
    expect("too early", run("submit", "-", text=early % "HUB-1"), 3, "not_tabled")
    expect("a refusal that no rule gave is given again too", run("explain", "HUB-1"), 0, "Event", "refused take_position, by Chief executive of Coventry and Warwickshire ICB", "Refused: expected an item that has been tabled", "Given again from the ledger as it was: the same.")
    expect("too late", run("submit", "-", text=early % "HOST-2023"), 3, "matter_closed")
    late = rows(run("--format", "json", "explain", "HOST-2023"))
    truth("as well as one of a closed matter", all(one["given_again"] == "same" for one in late) and late[-1]["refusal"].startswith("expected an open matter, but HOST-2023 is closed") and not late[-1].get("ruling"), str(late[-1])[:600])
    before = run("ledgers").stdout
    expect("somebody without a seat", run("why-not", "office:director-owm", "HUB-1", "--as", "owm_officer"), 0, "mandate_required")
    truth("nothing was submitted", run("ledgers").stdout == before)
    told = rows(run("--format", "json", "why-not", "office:ceo-cw", "HUB-1"))[0]
    truth("as JSON", told["who"] == "office:ceo-cw" and {one["act"] for one in told["acts"]} >= {"take_position", "table_item", "close_item", "withdraw_matter"} and all(("refused" in one) != one.get("can", False) for one in told["acts"]), told)
    expect("by a name of the record", run("why-not", "Phil Johns", "HUB-1"), 0, "Phil Johns can act in HUB-1")
    expect("a name that is none", run("why-not", "Phil", "HUB-1"), 2, "names are never guessed")
    run("submit", "-q", "-", text="""
- actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}
  assert_facts: {facts: [{id: case-act, subject: "condition:case-act", predicate: name, value: {text: The Case Act}, standing: effective, source: {document: trial-assumptions}}]}
- actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}
  open_matter: {matter: WAITS, procedure: establishment, title: A board, fields: [{name: board, value: {ref: "body:bsol"}}, {name: predecessor, value: {ref: "body:bc"}}, {name: condition, value: {ref: "condition:case-act"}}, {name: from, value: {when: 2027-07-01}}], papers: [{title: Plan, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}]}
""")
    # A clock of the rule, after a decision without a meeting: the answer speaks of the matter that was acted on.
    run("submit", "-q", "-", text="""
- actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: minute 7}
  publish_rule: {rule: {id: chiefs-publish, version: 1, body: "body:ceo-meeting", layer: standing_orders, source: this test, clocks: [{of: publication, days: 3, from: decision, owed_by: "office:director-owm", what: The statement is on the web}]}}
- actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: minute 7}
  publish_procedure: {procedure: {id: announce, version: 1, title: Announce, matter_type: "matter_type:record", steps: [{id: agreement, decide: {body: "body:ceo-meeting"}, next: [{on: carried, to: end}, {on: not_carried, to: end}, {on: recommended, to: end}, {on: decided_severally, to: end}]}]}}
- actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: minute 7}
  open_matter: {matter: SPEAK, procedure: announce, title: Programme}
""")
    agreed = "".join(f"- {{actor: {{who: \"office:ceo-{one}\", capacity: member, on_behalf_of: \"body:{one}\"}}, take_position: {{matter: SPEAK, party: \"body:{one}\", position: in_favour}}}}\n" for one in ["bsol", "bc", "cw", "hw", "stw", "ssot"])
    expect("the answer is about the matter, not about what it raised", run("submit", "-", text=agreed), 0, "SPEAK closed")
    beside = next(one["id"] for one in rows(run("--format", "json", "matter", "list")) if one["id"].startswith("SPEAK/agreement/"))
    expect("what is owed after it", run("matter", "show", beside), 0, "After the decision: Programme", "awaits office:director-owm")
    expect("and who may say that it is done", run("why-not", "office:director-owm", beside, "--as", "owm_officer", "--under", "minute 7"), 0, "which stands at What is owed after the decision (end): discharge publication/agreement", "It would lead to the end: discharged.")
    expect("a matter that waits says for what, by name", run("why-not", "office:ceo-cw", "WAITS"), 0, "which stands at Until the legislation is in force (legislation)", "It waits until the record says: The Case Act, met: yes.")
    expect("a matter that is closed", run("why-not", "office:ceo-cw", "HOST-2023"), 0, "Nobody can act in HOST-2023 any more: it is closed")
    expect("a matter that is none", run("why-not", "office:ceo-cw", "X"), 1, "there is none called X")

    # ---- procedure check ----
    told = rows(run("--format", "json", "procedure", "check", *procedures))
    truth("the pack is sound, with who can hold each step up", len(told) >= len(procedures) and all(one["sound"] and one["holders"] and one["paths"] > 0 for one in told), told)
    expect("in words", run("procedure", "check", str(pack / "procedures" / "delegation.yaml")), 0, "delegation, version 1: sound", "Who can hold it up, and for how long", "due-diligence: each party of body:joint-committee; without end: no deadline is set")
    def unsound(name, steps, *words):
        (scratch / "x.yaml").write_text("actor: {who: \"office:director-owm\", capacity: owm_officer, mandate: minute 7}\npublish_procedure:\n  procedure:\n    id: x\n    version: 1\n    matter_type: \"matter_type:delegation\"\n    steps:\n" + "".join(f"    - {step}\n" for step in steps))
        expect(name, run("procedure", "check", str(scratch / "x.yaml")), 3, *words)
        told = rows(run("--format", "json", "procedure", "check", str(scratch / "x.yaml")))
        truth(f"{name}, as JSON", not told[0]["sound"] and told[0]["findings"], told)
    wait = "{id: b, wait: {%s}, next: [{on: over, to: end}]}"
    first = '{id: a, sign_off: {subject: "body:joint-committee"}, next: [{on: signed, to: b}, {on: refused, to: end}]}'
    unsound("a wait that nothing ends", [first, wait % ""], "step b: nothing ends its wait", "(a -signed-> b)")
    unsound("a wait for a day that is none", [first, wait % 'until: "31 June"'], "nothing ends its wait", "no day")
    unsound("a wait for a word the record lacks", [first, wait % 'subject: "team:pod", predicate: blessed_by, value: {flag: true}'], '"blessed_by" is no word of the vocabulary')
    run("submit", "-q", "-", text='{actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}, publish_vocabulary: {predicates: [{name: blessed, type: flag, procedures: [blessing]}]}}')
    unsound("a wait for what only another procedure could write", [first, wait % 'subject: "team:pod", predicate: blessed, value: {flag: true}'], "nothing ends its wait: only procedure blessing may have the record say blessed, and it is not published")
    unsound("signatures of nobody", ['{id: a, sign_off: {subject: "team:pod"}, next: [{on: signed, to: end}, {on: refused, to: end}]}'], "nobody signs: the record names no party of team:pod")
    unsound("a future predicate", ['{id: a, declare: {facts: [{subject: "team:pod", predicate: will_be_hosted_by, value: {ref: "body:bc"}, standing: effective}]}, next: [{on: declared, to: end}]}'], '"will_be_hosted_by" is no word of the vocabulary')
    unsound("a gate outcome that never comes", ['{id: a, gate: {questions: [{absent: {subject: "team:pod", predicate: not_a_legal_party, value: {flag: true}}}]}, next: [{on: "yes", to: end}, {on: perhaps, to: end}]}'], "it never ends in perhaps")
    unsound("a referral to what is not there", ['{id: a, refer: {procedure: nowhere}, next: [{on: carried, to: end}]}'], "nowhere is no published procedure")
    who = 'actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}'
    asks = lambda name, other: f'{{id: {name}, version: 1, title: {name}, matter_type: "matter_type:delegation", steps: [{{id: a, sign_off: {{subject: "body:joint-committee"}}, next: [{{on: signed, to: b}}, {{on: refused, to: end}}]}}, {{id: b, refer: {{procedure: {other}}}, next: [{{on: refused, to: end}}]}}]}}'
    (scratch / "z.yaml").write_text(f'- {{{who}, publish_procedure: {{procedure: {asks("first", "second")}}}}}\n- {{{who}, publish_procedure: {{procedure: {asks("second", "first")}}}}}\n')
    expect("a referral to what comes later in the same file", run("procedure", "check", str(scratch / "z.yaml")), 3, "step b: second is no published procedure: publish it before this one, or both in one act (together)", "second, version 1: sound")
    (scratch / "z.yaml").write_text(f'- {{{who}, publish_procedure: {{procedure: {asks("first", "second")}, together: [{asks("second", "first")}]}}}}\n')
    expect("and both in one act", run("procedure", "check", str(scratch / "z.yaml")), 0, "first, version 1: sound", "second, version 1: sound")
    unsound("an end the other procedure never has", ['{id: a, refer: {procedure: delegation}, next: [{on: applauded, to: end}]}'], "it never ends in applauded: delegation has no such end")
    unsound("a referral to itself", ['{id: a, refer: {procedure: x}, next: [{on: carried, to: end}]}'], "it opens itself again without anybody acting: x -> x")
    unsound("a rule that is none", ['{id: a, decide: {body: "body:joint-committee", rule: nobodys}, next: [{on: carried, to: end}, {on: not_carried, to: end}, {on: recommended, to: end}, {on: decided_severally, to: end}]}'], "nobodys is no published rule")
    unsound("bodies that are none", ['{id: a, sign_off: {parties: ["body:atlantis"]}, next: [{on: signed, to: end}, {on: refused, to: end}]}'], "body:atlantis is no subject of the record")
    unsound("more signatures than parties", ['{id: a, sign_off: {parties: ["body:bc"], needed: 2}, next: [{on: signed, to: end}, {on: refused, to: end}]}'], "it needs 2 signatures of 1 parties")
    unsound("a track after none", ['{id: a, transfer: {tracks: [{name: s, subject: "team:pod", predicate: employer, to: [{ref: "body:bc"}], after: c}]}, next: [{on: took_effect, to: end}, {on: cancelled, to: end}]}'], "track s comes after c, which is no track before it")
    (scratch / "y.yaml").write_text((scratch / "x.yaml").read_text().replace("id: x", "id: y"))
    done = run("submit", str(scratch / "y.yaml"))
    expect("publication is refused for the same", done, 3, "procedure_unsound", "track s comes after c")

    # ---- procedure simulate ----
    told = rows(run("--format", "json", "procedure", "simulate", "delegation", "--version", "1"))
    truth("every path, with its end and its length", sorted((one["end"], one["length"]) for one in told) == [("cancelled", 4), ("refused", 2), ("refused", 3), ("took_effect", 4)], told)
    expect("in words", run("procedure", "simulate", "delegation", "--version", "1"), 0, "4 steps: candidate -proposed-> delegable -yes-> due-diligence -signed-> transfer -took_effect-> ends: took_effect", "4 paths, of at most 4 steps, to 3 ends")
    expect("by hand", run("procedure", "simulate", "delegation", "--version", "1", "-i", text="proposed\n1\nsigned\ncancelled\n"), 0, "Which?", "ends: cancelled")
    expect("by hand, with a slip", run("procedure", "simulate", "delegation", "--version", "1", "-i", text="proposed perhaps yes refused"), 0, 'expected one of yes, no, or its number, but it is "perhaps"', "ends: refused")
    expect("by hand, and the input ends", run("procedure", "simulate", "delegation", "--version", "1", "-i", text="proposed"), 2, "standard input: expected at step delegable one of yes, no")
    expect("too many paths", run("procedure", "simulate", "delegation", "--version", "1", "--most", "2"), 2, "at most 2 paths, but there are more")
    # ---- from a file, before anybody publishes it ----
    urgent = str(pack / "procedures" / "urgent.yaml")
    expect("a file with several", run("procedure", "simulate", urgent), 2, "expected one procedure, or which of them (--id), but there are urgent-decision, written-procedure")
    expect("one of them", run("procedure", "simulate", urgent, "--id", "written-procedure"), 0, "proposal -proposed-> replies -signed-> reported -discharged-> ends: agreed_in_writing", "9 paths")
    expect("none of them", run("procedure", "simulate", urgent, "--id", "nothing"), 1, "expected procedure nothing, but the file has urgent-decision, written-procedure")
    expect("--id without a file", run("procedure", "draw", "delegation", "--id", "x"), 2, "--id: expected a file with several procedures")
    bare = dict(os.environ, CONCORDAT_DATA=str(scratch / "no-ledger"))
    drawn = subprocess.run([str(build / "app" / "concordat"), "procedure", "draw", "--bpmn", str(pack / "procedures" / "delegation.yaml")], capture_output=True, text=True, env=bare)
    truth("drawn without a ledger", drawn.returncode == 0 and drawn.stdout.startswith("<?xml") and drawn.stdout == run("procedure", "draw", "--bpmn", "delegation").stdout, drawn.stderr)
    expect("shown from a file", run("procedure", "show", str(pack / "procedures" / "staff-transfer.yaml")), 0, "staff-transfer, version 1", "workflows WF-09")

    # ---- rule list, show ----
    listed_rules = rows(run("--format", "json", "rule", "list"))
    truth("every rule, in force or not", {"joint-committee-assumption", "single-voice"} <= {one["id"] for one in listed_rules} and all(one["source"] and one["layer"] and one["body"] for one in listed_rules) and all(one["in_force"] for one in listed_rules if one["id"] == "single-voice"), listed_rules)
    expect("of one body", run("rule", "list", "--body", "body:joint-committee"), 0, "joint-committee-assumption", "assumption", "in force")
    expect("of a body that has none", run("rule", "list", "--body", "body:hw"), 0, "No rules of body:hw: what nobody has published is not determined.")
    expect("what it says", run("rule", "show", "joint-committee-assumption"), 0, "an assumption, adopted by the trial's governance lead", "at least 5 people; of at least 5 parties", "without it the meeting is adjourned",
           "by consensus if there is one, else by vote; all who are present and vote; each party has one", "not stated", "deputies, conflicts, urgent, notice: not determined by this rule", "appendix-two-three, which is not held")
    shown = rows(run("--format", "json", "rule", "show", "joint-committee-assumption", "--on", "2020-01-01"))[0]
    truth("as JSON", [one["heading"] for one in shown["clauses"]] == ["quorum", "decision"] and shown["not_stated"] == ["deputies", "conflicts", "urgent", "notice"] and shown["on"] == "2020-01-01", shown)
    library = root / "deploy" / "published-rules"
    expect("of a file, that nobody has published", run("rule", "show", str(library / "P06-includes-an-office.yaml")), 0, "in this file, not published from it", "at least 2 of class constituent; chair among them", "if mayor in post: at least 3 people", "among those in favour mayor or deputy mayor",
           "for matter_type:constitution, matter_type:standing-orders and matter_type:spatial-strategy: by vote; all, and every one of them present", "not stated", "Test vectors:")
    expect("of several in a file", run("rule", "show", str(library / "P13-recusal.yaml")), 2, "expected one rule, or which of them (--id), but there are p13-lose, p13-preserve, p13-shrink")
    expect("one of them", run("rule", "show", str(library / "P13-recusal.yaml"), "--id", "p13-shrink"), 0, "the quorum is smaller by each who steps aside", "whoever has an interest at least stays, and does not vote")
    expect("none of them", run("rule", "show", str(library / "P13-recusal.yaml"), "--id", "p14"), 1, "expected rule p14, but the file has p13-lose")
    words = []
    for file in sorted(library.glob("*.yaml")):
        for one in yaml_ids(file): words += [rows(run("--format", "json", "rule", "show", str(file), "--id", one))[0]]
    truth("every published rule is told in words", len(words) >= 35 and all(one.get("clauses") and all(clause["words"] and "not stated" not in clause["words"] or one["id"] == "p12" for clause in one["clauses"]) for one in words), words)
    expect("no such rule", run("rule", "show", "x"), 1, "there is none called x (see: concordat rule list)")
    expect("no such version", run("rule", "show", "single-voice", "--version", "9"), 1, "expected a version of rule single-voice (1 to 1), but there is no version 9")
    expect("a day that is none", run("rule", "list", "--on", "soon"), 2, "expected a day as YYYY-MM-DD")

    # ---- older versions ----
    listed = rows(run("--format", "json", "procedure", "list"))
    truth("the list", {one["id"] for one in listed} >= {"delegation", "host-designation"} and all(one["version"] >= 1 and one["steps"] for one in listed), listed)
    walked = """
actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}
publish_procedure:
  procedure: {id: walked, version: %d, title: Walked, matter_type: "matter_type:delegation", steps: [{id: a, sign_off: {subject: "body:joint-committee"}, next: [{on: signed, to: end, as: agreed}, {on: refused, to: end}]}]}
"""
    for version in (1, 2): expect(f"version {version}", run("submit", "-", text=walked % version), 0, "accepted")
    newer = {"id": "walked"}
    truth("the list shows the newest", [one["version"] for one in rows(run("--format", "json", "procedure", "list")) if one["id"] == "walked"] == [2])
    truth("the newest is shown", rows(run("--format", "json", "procedure", "show", newer["id"]))[0]["version"] == 2)
    truth("an older one can be", rows(run("--format", "json", "procedure", "show", newer["id"], "--version", "1"))[0]["version"] == 1)
    expect("and is named", run("procedure", "show", newer["id"]), 0, "other versions 1 (")
    expect("a version there is not", run("procedure", "show", newer["id"], "--version", "7"), 1, "there is no version 7")

    # ---- BPMN, read as a modeller reads it; one procedure has what the pack has not ----
    (scratch / "kinds.yaml").write_text("""
actor: {who: "office:director-owm", capacity: owm_officer, mandate: minute 7}
publish_procedure:
  procedure:
    id: kinds.of_steps
    version: 1
    title: 'Every kind of wait, & "more" <again>'
    matter_type: "matter_type:delegation"
    steps:
    - {id: opened, propose: {fields: [{name: day, type: when, title: "When?"}]}, next: [{on: proposed, to: asked}]}
    - {id: asked, gate: {questions: [{absent: {subject: "team:pod", predicate: not_a_legal_party, value: {flag: true}}}]}, next: [{on: "yes", to: a day}, {on: "no", to: signed_by}]}
    - {id: a day, wait: {until: "$day"}, next: [{on: over, to: days}]}
    - {id: days, wait: {days: 3, clock_source: this test}, next: [{on: over, to: fact}]}
    - {id: fact, wait: {subject: "team:pod", predicate: employer, value: {ref: "body:bsol"}}, next: [{on: over, to: other}]}
    - {id: other, refer: {procedure: walked}, next: [{on: agreed, to: signed_by}, {on: refused, to: end, as: given_up}]}
    - {id: signed_by, sign_off: {subject: "body:joint-committee"}, next: [{on: signed, to: end}, {on: refused, to: a day}]}
""")
    expect("every kind of wait is sound", run("procedure", "check", str(scratch / "kinds.yaml")), 0, "kinds.of_steps, version 1: sound", "days: nobody: it waits for a number of days; 3 days", "fact: whoever could have the record say team:pod employer", "other: whoever can hold up a matter of walked")
    expect("and is published", run("submit", str(scratch / "kinds.yaml")), 0, "accepted")
    listed.append({"id": "kinds.of_steps"})
    node = moddle()
    files = []
    for one in listed:
        files.append(str(scratch / f"{one['id']}.bpmn"))
        drawn = run("procedure", "draw", one["id"], "--bpmn")
        pathlib.Path(files[-1]).write_text(drawn.stdout)
        truth(f"{one['id']} is drawn the same twice", drawn.returncode == 0 and run("procedure", "draw", one["id"], "--bpmn").stdout == drawn.stdout, drawn.stderr)
    reader = ["node", str(root / "tests" / "pictures" / "bpmn.mjs")]
    told = subprocess.run([*reader, *files], capture_output=True, text=True, env=dict(os.environ, CONCORDAT_NODE=str(node)))
    truth(f"bpmn-moddle reads all {len(files)} without a warning", len(files) >= 7 and told.returncode == 0 and "WRONG" not in told.stdout, told.stdout + told.stderr)
    broken = pathlib.Path(files[0]).read_text().replace("targetRef=\"", "targetRef=\"un", 1)
    (scratch / "broken.bpmn").write_text(broken)
    told = subprocess.run([*reader, str(scratch / "broken.bpmn")], capture_output=True, text=True, env=dict(os.environ, CONCORDAT_NODE=str(node)))
    truth("and would notice", told.returncode == 1 and "WRONG" in told.stdout, told.stdout + told.stderr)
finally:
    shutil.rmtree(scratch, ignore_errors=True)

for failure in failures: print("FAILED", failure)
print(f"explain: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
