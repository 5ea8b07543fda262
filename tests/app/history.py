#!/usr/bin/env python3
"""A history carried between ledgers: looked at, loaded, exported, loaded again to the same answers; what if; pictures; what people ask for."""
import csv, io, json, os, pathlib, re, shutil, subprocess, sys, tempfile, xml.etree.ElementTree

root = pathlib.Path(__file__).resolve().parents[2]
program = os.path.join(os.environ.get("CONCORDAT_BUILD", str(root / "build")), "app", "concordat")
pack = root / "deploy" / "west-midlands"
passed, failures = 0, []
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-history-"))
loader = ["--as", "office:director-owm", "--for", "body:owm", "--mandate", "minute 7"]

def run(*arguments, data="data", text=""):
    return subprocess.run([program, "--data", str(scratch / data), *arguments], input=text, capture_output=True, text=True, timeout=120)

def expect(name, result, code, *words):
    global passed
    told = " ".join((result.stdout + result.stderr).split())
    missing = [word for word in words if word not in told]
    if result.returncode == code and not missing: passed += 1
    else: failures.append(f"{name}: exit {result.returncode} (expected {code}), missing {missing}\n{result.stdout[-1500:]}{result.stderr[-500:]}")

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {why}")

def lines(result): return [json.loads(line) for line in result.stdout.splitlines()]

def answers(data, *times):
    """Every answer there is: by subject, word and scope, without how its facts are written down."""
    found = {}
    for answer in lines(run("model", "--format", "json", *times, data=data)):
        asked = answer["question"]
        found[asked["subject"], asked["predicate"], asked.get("scope", "")] = {word: answer.get(word) for word in ["determined", "values", "reasons", "basis", "earliest", "latest", "last_asserted", "sentence"]}
    return found

try:
    # ---- Export, and the same answers where it is loaded ----
    run("init")
    files = [*sorted(pack.glob("[0-9]*.yaml")), *sorted((pack / "rules").glob("*.yaml")), *sorted((pack / "procedures").glob("*.yaml")), *sorted((pack / "public").glob("*.yaml"))]
    expect("the pack", run("submit", "-q", *map(str, files)), 0, "0 refused")
    run("submit", "-q", *(str(pack / "play" / f"{name}.yaml") for name in ["host", "pod", "escalation"]))
    for number, (form, times) in enumerate([("json", []), ("csv", []), ("json", ["--at", "2023-04-15"]), ("csv", ["--at", "2023-04-30", "--known", "2024-09-24"]), ("json", ["--at", "2022-04-15", "--known", "2022-03-31"]), ("json", ["--known", "2023-03-31"])]):
        name = f"as{number}"
        file = scratch / f"{name}.{form}"
        taken = run("export", "--format", form, *times)
        file.write_text(taken.stdout)
        run("init", data=name)
        expect(f"{name}: a look", run("import", str(file), data=name), 0, "Nothing was written", "0 rows not placed")
        expect(f"{name}: nothing was written", run("matter", "list", data=name), 1, "nothing has been submitted")
        expect(f"{name}: loaded", run("import", str(file), "--apply", *loader, data=name), 0, "Loaded:")
        for day in [times[1]] if "--at" in times else ["2021-09-30", "2022-07-15", "2023-04-15", "2023-07-01", "2024-09-24", "2025-07-02", "2026-06-01"]:
            asked = ["--at", day, *times[times.index("--known"):]] if "--known" in times else ["--at", day]
            for mode in ["arrangement", "happened", "expected"]:
                here, there = answers("data", *asked, "--mode", mode), answers(name, *asked, "--mode", mode)
                silent = {"never_stated", "missing_document", "only_planned"}
                missing = {key: answer for key, answer in here.items() if key not in there and not (answer["reasons"] and set(answer["reasons"]) <= silent)}
                differ = [(key, here.get(key), there[key]) for key in there if here.get(key) != there[key]]
                truth(f"{name}, {mode} on {day}: every one of {len(here)} answers is the same", len(there) > 30 and not missing and not differ, f"{len(missing)} missing, {len(differ)} differ: {list(missing.items())[:2]} {differ[:3]}")
    expect("an export loads into its own ledger as nothing new", run("import", str(scratch / "as4.json")), 0, "would load: 0 facts")
    (scratch / "whole.csv").write_text(run("export", "--format", "csv").stdout)
    truth("what matters made is in it", "act: " in (scratch / "whole.csv").read_text())
    expect("what matters made, too", run("import", str(scratch / "whole.csv")), 0, "would load: 0 facts, 0 documents, 0 words", "0 rows not placed")
    expect("a record set that is none", run("export", "--set", "rumours"), 2, "--set: expected record sets that the ledger has", "seeds", '"rumours" is none')
    expect("nor asked of", run("ask", "body:bsol", "legal_status", "--set", "rumours"), 2, '"rumours" is none')
    expect("nor compared", run("diff", "--from", "2022-01-01", "--to", "2023-01-01", "--set", "rumours"), 2, '"rumours" is none')
    expect("inside an act", run("digest", "--at", "100"), 0, "at event", "which one act made")
    truth("a smaller snapshot holds less", (scratch / "as2.json").stat().st_size < (scratch / "as0.json").stat().st_size)
    truth("twice the same bytes", run("export", "--at", "2023-04-15").stdout == (scratch / "as2.json").read_text())
    expect("exported as known in the future", run("export", "--known", "2999-01-01"), 2, "--known", "in the future")
    expect("exported on no day", run("export", "--at", "soon"), 2, "--at", "YYYY-MM-DD")

    # ---- Another organisation's history: bodies by name, and what cannot be placed ----
    heads = "row,id,subject,predicate,value,from,until,standing,document,place,quote,known,title,held\n"
    rows = ["document,north-minutes,,,,,,,,,,2023-05-01,Minutes of the north,yes",
            ",,S&T ICB,strategic_lead,Peter Axon,2023-05,,effective,north-minutes,4,Peter Axon leads,,,",
            ",n2,Stoke Valley ICB,host,BSOL ICB,2023-05-01,,effective,north-minutes,5,hosts,,,",
            ",n3,POD,commissioner,NHS Stoke Board,2023-05-01,,effective,north-minutes,6,commissions,,,",
            ",n4,Tier 2,name,x,,,effective,north-minutes,7,tier,,,",
            ",n5,CSU review,strategic_lead,Mark Axcell,2023-05-01,2023-01-01,effective,north-minutes,8,led,,,",
            ",n6,CSU review,strategic_lead,Mark Axcell,2023-05-01,,effective,north-minutes,8,led,2999-01-01,,",
            ",n7,CSU review,boss,Mark Axcell,2023-05-01,,effective,other-minutes,8,led,2023-05-01,,",
            ",n8,team:north,name,The team of the north,,,effective,north-minutes,1,we,,,",
            ",n9,The team of the north,host,BSOL ICB,2023-05-01,,effective,north-minutes,1,our host,,,",
            ",n10,CSU review,strategic_lead,Mark Axcell,2023-03,,effective,north-minutes,1,Mark Axcell leads,2023-03-31,,"]
    history = scratch / "north.csv"
    history.write_text(heads + "\n".join(rows) + "\n")
    expect("a word that is none", run("import", str(history)), 2, "north.csv:9", "predicate: expected a word of the vocabulary")
    history.write_text(heads + "\n".join(row for row in rows if ",n7," not in row) + "\n")
    before = run("digest").stdout
    looked = run("import", str(history))
    expect("what cannot be placed", looked, 2, "Not placed", "perhaps", "cannot be: correct them")
    truth("a look writes nothing", run("digest").stdout == before)
    told = lines(run("import", str(history), "--format", "json"))
    unplaced = {one["unplaced"]["where"].rsplit(":", 1)[1]: one["unplaced"] for one in told if "unplaced" in one}
    truth("each with its line", sorted(unplaced, key=int) == ["4", "5", "6", "7", "8"], str(sorted(unplaced)))
    truth("each with its reason", all(word in unplaced[line]["why"] for line, word in [("4", 'subject: expected a subject by id or by one of its recorded names, but "Stoke Valley ICB" is neither'), ("5", 'value: expected a subject'), ("6", "does not say which scale"), ("7", "ends_before_start"), ("8", "in the future")]), str(unplaced))
    truth("candidates for a body that is not known", any("Stoke" in name for name in unplaced["4"]["candidates"]) and any("Stoke" in name for name in unplaced["5"]["candidates"]), str(unplaced["4"]))
    truth("no candidate without a shared word", all("Stoke" in name for name in unplaced["4"]["candidates"]), str(unplaced["4"]))
    truth("the summary", told[-1]["summary"] == {"loaded": False, "documents": 1, "words": 0, "facts": 4, "there": 0, "unplaced": 5, "conflicts": 1, "turned": told[-1]["summary"]["turned"]}, str(told[-1]))
    conflict = [one["conflict"] for one in told if "conflict" in one][0]
    truth("a conflict with both sides", {side["fact"]["id"] for side in conflict["conflicting"]} >= {"n10", "R14.1"}, str(conflict)[:600])
    expect("not loaded while rows are open", run("import", str(history), "--apply", *loader), 2, "Nothing was written", "--leave-unplaced")
    expect("nobody loads it", run("import", str(history), "--apply"), 2, "--as: expected who loads the history")
    expect("under no mandate", run("import", str(history), "--apply", "--as", "office:director-owm"), 2, "--mandate: expected")
    position = int(run("digest").stdout.split()[-1])
    expect("the others are loaded", run("import", str(history), "--apply", "--leave-unplaced", *loader), 0, "Loaded: 4 facts")
    expect("by its own name", run("host", "of", "The team of the north", "--at", "2024-01-01"), 0, "Birmingham and Solihull ICB, since 1 May 2023")
    marked = [one for one in lines(run("watch", "--after", str(position), "--format", "json"))]
    truth("marked as history, so that nobody downstream acts", len(marked) == 5 and all(one.get("backfill") for one in marked), str(marked)[:400])
    expect("once more is nothing new", run("import", str(history)), 2, "would load: 0 facts", "5 were there already")
    history.write_text(heads + rows[0] + "\n" + rows[8].replace("The team of the north", "Another team") + "\n")
    expect("an id with other content says where it differs", run("import", str(history)), 2, "another statement under it (it differs in value)")
    history.write_text(heads + rows[0].replace("Minutes of", "Agenda of") + "\n" + ",m1,POD,alias,P.O.D.,,,effective,north-minutes,1,pod,,,\n")
    expect("a document id with other content", run("import", str(history)), 2, 'the ledger has "Minutes of the north" under it', "expected its own document as source")
    more = scratch / "north.yaml"
    more.write_text("""
documents: [{id: north-plan, title: Plan of the north, known: 2023-06-01, held: true}]
facts:
- {id: y1, subject: "CSU review", predicate: strategic_lead, value: {ref: Mark Axcell}, from: 2023-06-01, standing: effective, source: {document: north-plan, place: "2", quote: leads}}
""")
    expect("the same in YAML", run("import", str(more)), 0, "would load: 1 facts, 1 documents")
    more.write_text("facts: [{id: y1, subjekt: x}]")
    expect("a field that is none", run("import", str(more)), 2, "north.yaml:1:", 'there is no field "subjekt"')
    more.write_text("facts: {id: y1}")
    expect("not a list", run("import", str(more)), 2, "facts: expected a list")
    more.write_text("people: [{id: y1}]")
    expect("a list that is none", run("import", str(more)), 2, 'there is a list "people"')
    history.write_text("subject,predicate,value\nPOD,alias,x\n")
    expect("a column is missing", run("import", str(history)), 2, "expected a column document")
    history.write_text("subject,predicate,value,document,colour\nPOD,alias,x,y,red\n")
    expect("a column that is none", run("import", str(history)), 2, 'there is "colour"')
    expect("no such file", run("import", "nowhere.csv"), 2, "cannot be opened")
    expect("nothing to import into", run("import", str(history), data="nowhere"), 1, "made by `concordat init`")

    # ---- The contradictions of the sources, one by one: kept, or answered as far as the sources go ----
    table = root / "tests" / "record" / "conflicts.csv"
    wanted = list(csv.DictReader(table.open()))
    given = list(csv.DictReader(io.StringIO(run("ask", "--file", str(table), "--format", "csv").stdout)))
    truth("K01 to K39, each at least once", {row["id"].split()[0] for row in wanted} == {f"K{number:02}" for number in range(1, 40)} and len(given) == len(wanted), f"{len(given)} of {len(wanted)}")
    for want, got in zip(wanted, given):
        told = " ".join(got.values())
        missing = [word for word in want["want_words"].split("|") if word not in told]
        truth(want["id"], got["determined"] == want["want_determined"] and not missing and (not want["want_reason"] or got["reasons"].split(";")[0] == want["want_reason"]) and got["sources"] + want["want_reason"], f"missing {missing}: {got}")
    expect("K09, a bare tier", run("ask", "Tier 2", "name"), 2, "gov:T2", "spec:T2")
    settle = """
actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: minute 7}
resolve_conflict: {facts: [K14.1, K14.2], prevails: K14.2, authority: a decision of the six, known: 2024-01-15}
"""
    expect("an authority settles K14", run("submit", "-", text=settle), 0, "accepted")
    expect("from then on", run("ask", "GMAST", "delegated", "--at", "2023-05-15", "--set", "seeds"), 0, "No: planned for July 2023", "not_preferred")
    expect("and not before", run("ask", "GMAST", "delegated", "--at", "2023-05-15", "--set", "seeds", "--known", "2024-01-14"), 0, "conflicting_sources")

    expect("a newer authority says otherwise", run("submit", "-", text=settle.replace("prevails: K14.2", "prevails: K14.1").replace("2024-01-15", "2024-02-15")), 0, "accepted")
    expect("it counts from its day on", run("ask", "GMAST", "delegated", "--at", "2023-05-15", "--set", "seeds"), 0, "Yes, planned from April 2023")
    expect("the former until then", run("ask", "GMAST", "delegated", "--at", "2023-05-15", "--set", "seeds", "--known", "2024-02-14"), 0, "No: planned for July 2023")
    expect("a picture says what became of a statement", run("timeline", "GMAST", "delegated"), 0, "prevailed after all", "set aside: a decision")

    # ---- Dates as people say them, and what can be asked of whom ----
    said = lambda when, *more: run("ask", "POD", "commissioner", "--set", "seeds", "--at", when, *more)
    expect("a month in which it changes", said("April 23"), 0, "NOT DETERMINED for April 2023 as a whole: the answer changes within it", "from 2023-04-01 to 2023-04-29", "on 2023-04-30", "inside_uncertain_interval")
    expect("a financial year in which it does not", said("24/25"), 0, "on any day of financial year 2024/25", "The six West Midlands ICBs, planned from April 2023")
    expect("by a day", said("by 24 September 2024"), 0, "on 2024-09-24")
    expect("a day in words", said("30 April 2023"), 0, "on 2023-04-30")
    expect("the record's own form", said("[2023-05-01..2023-06-30]"), 0, "on any day of some day from 1 May 2023 to 30 June 2023")
    expect("a forecast is its own question", said("23/24", "--mode", "expected", "--known", "2023-03-31"), 0, "on any day of financial year 2023/24", "forecast")
    expect("and has its own verb", run("forecast", "POD", "commissioner", "--set", "seeds", "--at", "23/24", "--known", "2023-03-31"), 0, "on any day of financial year 2023/24", "forecast")
    truth("which says the same", run("forecast", "POD", "commissioner", "--at", "23/24", "--format", "json").stdout == run("ask", "POD", "commissioner", "--at", "23/24", "--mode", "expected", "--format", "json").stdout)
    truth("the model, in full", run("model", "show", "POD", "--at", "2023-05-15").stdout == run("model", "POD", "--at", "2023-05-15").stdout != "")
    expect("a name that is none has neighbours", run("who", "leads", "staff hub", "--at", "2024-01-01"), 2, "names are never guessed; perhaps", "Integrated staff hub (team:integrated-staff-hub)")
    expect("the status of a function", run("status", "of", "POD", "--at", "2024-01-01"), 0, "commissioner on 2024-01-01")
    expect("the model of nobody", run("model", "show", "S&T"), 2, "names are never guessed")
    expect("a forecast for no day", run("forecast", "POD", "commissioner"), 2, "expected --at, but it was not given")
    expect("did it happen is another", said("23/24", "--mode", "happened"), 0, "only_planned", "rests on T01")
    for bad in ["soon", "31/01/2023", "32 April 23", "24/26", "April", "by", "2023-02-30"]: expect(f"no date: {bad}", said(bad), 2, "--at: expected a day as YYYY-MM-DD, or a date such as")
    expect("known in the future", said("2023-04-30", "--known", "2999-01-01"), 2, "--known", "in the future")
    expect("who leads, in a month", run("who", "leads", "CSU review", "--at", "Sept 2024"), 0, "Simon Whitehouse")
    expect("what can be asked of POD", run("vocabulary", "POD"), 0, "function:pod", "commissioner", "Who commissions it.", "nothing yet", "Ask so: concordat ask function:pod")
    expect("scopes are named", run("vocabulary", "issue:strategic-unresolved"), 0, "--scope body:ceo-meeting")
    expect("neither word nor subject", run("vocabulary", "S&T"), 2, "expected a word of the vocabulary or a subject", "names are never guessed")
    truth("as JSON", all(one["subject"] == "function:pod" for one in lines(run("vocabulary", "POD", "--format", "json"))))
    expect("diff in the wrong order", run("diff", "--from", "2024-01-01", "--to", "2023-01-01"), 2, "--from: expected a day not after that of --to")

    # ---- Pictures that say what the tables say ----
    picture = scratch / "diff.svg"
    rows = lines(run("diff", "--from", "2023-03-31", "--to", "2024-09-24", "--set", "seeds", "--svg", str(picture), "--format", "json"))
    drawn = xml.etree.ElementTree.parse(picture).getroot()
    words = "".join(drawn.itertext())
    svg = "{http://www.w3.org/2000/svg}"
    truth("the picture has a title and tells itself in words", drawn.find(svg + "title").text == "From 2023-03-31 to 2024-09-24" and len(drawn.find(svg + "desc").text) > 500)
    truth("every change is in it", len(rows) > 20 and all(row["now"]["question"]["predicate"] in words for row in rows))
    marks = [text for text in drawn.iter(svg + "text") if (text.text or "").startswith("≠ ") and text.get("font-weight")]
    truth("each changed subject is marked, and by more than colour", len(marks) == len({(row["group"], row["now"]["question"]["subject"]) for row in rows}), f"{len(marks)}")
    truth("what stayed is there too", "Governance tier 1" in words)
    truth("twice the same bytes", (run("diff", "--from", "2023-03-31", "--to", "2024-09-24", "--set", "seeds", "--svg", str(scratch / "again.svg")), picture.read_bytes() == (scratch / "again.svg").read_bytes())[1])
    table = run("diff", "--from", "2023-03-31", "--to", "2024-09-24", "--set", "seeds").stdout
    truth("of several values only what differs", "(beside 1 that stayed)" in " ".join(table.split()), table[:800])
    expect("a timeline", run("timeline", "BSOL ICB", "legal_status", "--svg", str(picture)), 0, "replanned, conditional")
    drawn = xml.etree.ElementTree.parse(picture).getroot()
    told = drawn.find(svg + "desc").text
    truth("planned, replanned, effective", all(word in told for word in ["legal_status: shadow, planned, 1 April 2022", "replanned, conditional", "legal_status: statutory, effective, July 2022"]), told)
    truth("uncertainty is hatched", any("url(#may)" in (rect.get("fill") or "") for rect in drawn.iter(svg + "rect")))
    truth("plans are dashed", any(rect.get("stroke-dasharray") and rect.get("fill") == "#fff" for rect in drawn.iter(svg + "rect")))
    expect("a closer date is no replan", run("timeline", "POD", "commissioner"), 0, "planned")
    truth("indeed", "replanned" not in run("timeline", "POD", "commissioner").stdout)
    expect("a picture that cannot be written", run("timeline", "POD", "--svg", str(scratch / "no" / "such" / "place.svg")), 4, "could not be written")

    # ---- What if: the matters of a period under another rule, membership, competence or escalation graph ----
    run("init", data="if")
    play = (pack / "play" / "host.yaml").read_text()
    run("submit", "-q", *map(str, files[:-1]), data="if")
    run("submit", "-q", *(str(pack / "play" / f"{name}.yaml") for name in ["host", "pod", "escalation"]), data="if")
    # The same item once more, with five of six in the room.
    fewer = "\n".join(line for line in play.replace("HOST-2023", "HOST-2").replace("play/host", "play/host2").split("\n") if '"office:ceo-ssot", party' not in line)
    fewer = fewer[:fewer.index("- command_id: play/host2/position/ssot")] + """
- command_id: play/host2/close
  acted_on: 2023-02-15
  actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "trial of the operating model"}
  close_item: {matter: HOST-2}
- command_id: play/host2/enact
  acted_on: 2023-03-02
  actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "trial of the operating model"}
  enact: {matter: HOST-2, from: "2023-03-02"}
"""
    expect("five of six decide", run("submit", "-", text=fewer, data="if"), 0, "HOST-2 now at told")
    def if_(text, over="2023", *more):
        (scratch / "change.yaml").write_text(text)
        return run("what-if", "--change", str(scratch / "change.yaml"), "--over", over, *more, data="if")
    before = run("digest", data="if").stdout
    rule = (pack / "rules" / "joint-committee-assumption.yaml").read_text()
    rule = rule.replace("version: 1", "version: 2").replace("min_people: 5", "min_people: 6").replace("min_parties: 5", "min_parties: 6").replace("assumption/1", "assumption/2")
    expect("all six must be there", if_(rule), 0, "HOST-2 quorate at", "4 matters of 2023 were tried again; 1 would have gone otherwise. Nothing was written")
    rows = [row for row in lines(if_(rule, "2023", "--format", "json"))]
    quorum = [row for row in rows if row["what"].startswith("quorate")][0]
    truth("with the finding that turned", quorum["matter"] == "HOST-2" and quorum["was"].startswith("yes") and quorum["would_be"].startswith("no") and "5 < 6" in quorum["because"] and "5 >= 5" in quorum["because"], str(quorum))
    truth("and where it would stand", [row["would_be"] for row in rows if row["what"] == "outcome"] == ["open at joint-committee"], str(rows)[-600:])
    expect("in a period without it", if_(rule, "2023-09..2023-12"), 0, "1 matters of 2023-09..2023-12 were tried again; 0 would")
    graph = """
- retract_fact: {fact: X03.1, reason: what if}
- assert_facts: {facts: [{id: w1, subject: "issue:strategic-delegated-function", predicate: raised_first_with, value: {ref: "body:ceo-meeting"}, standing: effective, source: {document: 001_5cdb3f67600fe999.txt}}]}
"""
    expect("another escalation graph", if_(graph), 0, "ESC-2023-2", "wrong_route", "goes to West", "never opened", "[w1]", "1 would have gone otherwise")
    onward = """
- retract_fact: {fact: X03.2, reason: what if}
"""
    expect("one way fewer on the graph", if_(onward), 0, "ESC-2023-2", "route", "pass_on", "wrong_route")
    party = """
- assert_facts: {facts: [{id: w1, subject: "body:joint-committee", predicate: party, value: {ref: "body:nhse"}, standing: effective, source: {document: 001_5cdb3f67600fe999.txt}}]}
"""
    told = if_(party, "2023", "--format", "json")
    truth("a seventh party", any(row["what"] == "outcome" and "still await NHS England (body:nhse), of whom no act is recorded" in row["because"] for row in lines(told)), told.stdout[:900])
    reserved = """
- assert_facts: {facts: [{id: w1, subject: "matter_type:hosting", predicate: reserved_to, value: {ref: "body:nhse"}, standing: effective, source: {document: 001_5cdb3f67600fe999.txt}}]}
"""
    rows = lines(if_(reserved, "2023-02-01..2023-02-28", "--format", "json"))
    truth("reserved to another body", any(row["matter"] == "HOST-2023" and row["what"] == "open_matter" and "not_competent" in row["would_be"] and "w1" in row["because"] for row in rows), str(rows)[:900])
    procedure = (pack / "procedures" / "host-designation.yaml").read_text().replace("version: 1", "version: 2").replace("host-designation/1", "host-designation/2")
    expect("another procedure that says the same", if_(procedure), 0, "0 would have gone otherwise")
    ends = procedure.replace("- {on: carried, to: enactment}", "- {on: carried, to: end, as: noted}")
    ends = ends[:ends.index("      - id: enactment")]
    rows = lines(if_(ends, "2023", "--format", "json"))
    truth("a procedure that only notes", {(row["matter"], row["would_be"]) for row in rows if row["what"] == "outcome"} == {("HOST-2023", "closed: noted"), ("HOST-2", "closed: noted")}, str(rows)[:900])
    two_papers = re.sub(r"papers: \d+", "papers: 9", procedure)
    rows = lines(if_(two_papers, "2023", "--format", "json"))
    truth("a proposal that lacks papers says so, not what followed", two_papers != procedure and all("9 papers, of which there are" in row["because"] for row in rows if row["matter"] == "HOST-2023") and rows, str(rows)[:1500])
    elsewhere = procedure.replace('competent: {body: "body:joint-committee"', 'competent: {body: "body:ceo-meeting"')
    rows = lines(if_(elsewhere, "2023", "--format", "json"))
    truth("a gate that asks another body", any(row["matter"] == "HOST-2" and row["what"] == "outcome" and row["would_be"] == "never opened" and "West Midlands CEO meeting is competent" in row["because"] for row in rows), str(rows)[:1500])

    # ---- Acts that were refused would not have been ----
    few = "\n".join(line for line in play.replace("HOST-2023", "HOST-3").replace("play/host", "play/host3").split("\n") if not ('party: "body:' in line and "seat: member" in line and "ceo-cw" not in line and "ceo-hw" not in line))
    few = few[:few.index("- command_id: play/host3/position/bsol")] + """
- command_id: play/host3/position/cw
  acted_on: 2023-02-15
  actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}
  take_position: {matter: HOST-3, party: "body:cw", position: in_favour}
- command_id: play/host3/position/cw/again
  acted_on: 2023-02-15
  actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}
  take_position: {matter: HOST-3, party: "body:cw", position: against}
"""
    expect("two of six cannot decide", run("submit", "-", text=few, data="if"), 3, "inquorate")
    expect("the refusal is given again, word for word", run("explain", "HOST-3", data="if"), 0, "refused take_position", "Given again from the ledger as it was: the same")
    two = rule.replace("min_people: 6", "min_people: 2").replace("min_parties: 6", "min_parties: 2")
    rows = [row for row in lines(if_(two, "2023", "--format", "json")) if row["matter"] == "HOST-3"]
    truth("under a smaller quorum they could", [row["what"] for row in rows if row["would_be"] == "accepted"] == ["take_position by office:ceo-cw"] * 2 and any("2 < 5" in row["because"] for row in rows), str(rows)[:1500])
    truth("what else changes, and why", any(row["what"].startswith("quorate") and row["would_be"].startswith("yes") for row in rows), str(rows)[:1500])
    barred = """
- actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: minute 7}
  assert_facts: {facts: [{id: res1, subject: "matter_type:hosting", predicate: reserved_to, value: {ref: "body:nhse"}, standing: effective, source: {document: 001_5cdb3f67600fe999.txt}}]}
"""
    run("submit", "-q", "-", text=barred, data="if")
    late = play[:play.index("- command_id: play/host/table")].replace("HOST-2023", "HOST-4").replace("play/host", "play/host4").replace("acted_on: 2023", "acted_on: 2024")
    expect("reserved to another", run("submit", "-", text=late, data="if"), 3, "not_competent")
    expect("this would have been competent", if_("- retract_fact: {fact: res1, reason: what if}", "2024"), 0, "open_matter by office:ceo-cw", "refused, not_competent", "accepted", "res1", "0 matters of 2024 were tried again; 1 would have gone otherwise", "tried as well: 1.")
    expect("a change that is beside the point", if_("- retract_fact: {fact: X03.1, reason: what if}", "2024"), 0, "0 would have gone otherwise", "tried as well: 1.")
    run("submit", "-q", "-", text="- actor: {who: \"office:director-owm\", capacity: owm_officer, on_behalf_of: \"body:owm\", mandate: minute 7}\n  retract_fact: {fact: res1, reason: entered in error}\n", data="if")
    before = run("digest", data="if").stdout
    truth("nothing was written", run("digest", data="if").stdout == before)
    expect("a change that the rules do not allow", if_(rule.replace("min_people: 6", "min_people: 7")), 2, "expected a change that the rules allow", "rule_unsatisfiable")
    expect("an act is no change", if_("close_item: {matter: HOST-2023}"), 2, "expected changes to rules, procedures or facts")
    expect("no change", if_(""), 2, "expected at least one change")
    expect("no period", if_(rule, "soon"), 2, "--over: expected FROM..TO or one date")
    expect("a period in the wrong order", if_(rule, "2023-12-31..2023-01-01"), 2, "a range whose first day is not after its last")
    expect("no file", run("what-if", "--change", "nowhere.yaml", "--over", "2023", data="if"), 2, "cannot be opened")
finally:
    shutil.rmtree(scratch, ignore_errors=True)

for message in failures: print("FAILED", message[:1200])
print(f"history: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
