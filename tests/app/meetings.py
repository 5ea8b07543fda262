#!/usr/bin/env python3
"""Two meetings of the joint committee as its secretary runs them: two parts, an item that moves, one in private, minutes confirmed and corrected."""
import json, os, pathlib, shutil, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
program = str(pathlib.Path(os.environ.get("CONCORDAT_BUILD", str(root / "build"))) / "app" / "concordat")
pack = root / "deploy" / "west-midlands"
passed, failures = 0, []
scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-meetings-"))

def run(*arguments, text=""):
    return subprocess.run([program, "--data", str(scratch / "data"), *arguments], input=text, capture_output=True, text=True, timeout=120)

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {str(why)[:1500]}")

def flat(text): return " ".join(text.split())

def expect(name, result, code, *words, without=()):
    told = flat(result.stdout + result.stderr)
    missing, there = [w for w in words if w not in told], [w for w in without if w in told]
    truth(name, result.returncode == code and not missing and not there, f"exit {result.returncode} (expected {code}), missing {missing}, but there {there}\n{told[:1300]}")
    return told

officer = '{who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "operating model, section 4"}'
member = lambda body: f'{{who: "office:ceo-{body}", capacity: member, on_behalf_of: "body:{body}"}}'
act = lambda day, command, by=officer: f"- {{actor: {by}, acted_on: {day}, {command}}}\n"
arrives = lambda meeting, day, body, at: act(day, f'record_attendance: {{matter: {meeting}, who: "office:ceo-{body}", party: "body:{body}", seat: member, status: arrived, at: "{at}"}}')

def play(name, commands, refused=()):
    told = run("submit", "-", text="".join(commands))
    expect(name, told, 3 if refused else 0, *([f"{len(refused)} refused"] if len(commands) > 1 else []), *refused)

called, first, drawn, second = "2026-08-03", "2026-09-09", "2026-10-01", "2026-10-14"
five = ["bc", "bsol", "cw", "hw", "stw"]
try:
    run("init")
    expect("the pack", run("submit", "-q", *(str(one) for folder in (pack, pack / "rules", pack / "procedures") for one in sorted(folder.glob("*.yaml")))), 0, "0 refused")
    # WF-01, 1 and 2: the agenda from the forward plan, notice and papers part by part.
    play("called", [
        act(called, 'open_matter: {matter: HUB-26, procedure: host-designation, title: Host of the hub, fields: [{name: unit, value: {ref: "team:integrated-staff-hub"}}, {name: host, value: {ref: "body:bsol"}}, {name: from, value: {when: 2027-01-01}}], papers: [{title: Options for the hub, sha256: aa11}], recommendation: The committee is asked to approve BSOL.}', member("cw")),
        act(called, 'open_matter: {matter: SPEC, procedure: joint-decision, title: Specialised plan, fields: [{name: part, value: {code: two}}, {name: effect, value: {text: The plan is adopted.}}], papers: [{title: The plan, sha256: bb22}], recommendation: The committee is asked to adopt the plan.}', member("bc")),
        act(called, 'open_matter: {matter: JC/A, procedure: meeting, title: Joint committee of September, fields: [{name: body, value: {ref: "body:joint-committee"}}]}'),
        act(called, "plan_for_meeting: {matter: HUB-26, on: 2026-09, purpose: decision, publicity: private_session}"),
        act(called, 'convene: {matter: JC/A, on: 2026-09-09, starts: "10:00", place: Board room, chair: "office:ceo-bc"}'),
        act(called, "draw_agenda: {matter: JC/A, part: one, publicity: public_session}"),
        act(called, "add_agenda_item: {matter: JC/A, title: Winter plan, part: one, publicity: public_session, purpose: discussion, papers: [{title: Winter plan, sha256: cc33}]}"),
        act(called, 'serve_notice: {matter: JC/A, to: ["body:bc", "body:bsol", "body:cw", "body:hw", "body:ssot", "body:stw", "body:nhse"], how: by email}')])
    expect("papers of part two alone go to NHS England", run("watch", "--after", "1"), 0, "to=body:nhse how=\"by email\"", 'papers_of=[2] withheld=[{item=1 why="body:nhse takes no part in part one"}, {item=3')
    expect("before it, what may be done and what is not known", run("why-not", "office:director-owm", "JC/A", "--as", "owm_officer", "--for", "body:owm", "--under", "minute 1"), 0,
           "draw agenda: yes", "serve notice: yes", "attach agenda paper 1: yes", "move agenda item 3: yes", "open part: yes", "exclude public: no", "a mover and a seconder who are there, but one was not named", "confirm minutes: no", without=["(trial)"])

    # 3 to 9: part one, a private item, an item that moves, part two with NHS England.
    play("held", [
        act("2026-09-08", 'record_attendance: {matter: JC/A, who: "office:ceo-ssot", party: "body:ssot", status: apologies}'),
        act(first, 'open_part: {matter: JC/A, part: one, at: "10:00"}'), *(arrives("JC/A", first, one, "10:00") for one in five),
        act(first, 'record_attendance: {matter: JC/A, who: "office:director-owm", status: arrived, at: "10:05"}'),
        act(first, 'exclude_public: {matter: JC/A, numbers: [1], reason: "Terms of staff.", moved_by: "office:ceo-bc", seconded_by: "office:ceo-cw", at: "10:05"}'),
        act(first, 'take_agenda_item: {matter: JC/A, number: 1, at: "10:06"}'),
        act(first, 'declare_interest: {matter: HUB-26, who: "office:ceo-hw", action: note, nature: A sister works there}'),
        act(first, "record_consensus: {matter: HUB-26, words: It was agreed.}"),
        act(first, 'record_action: {matter: JC/A, number: 1, what: Write to the staff, owner: "office:ceo-bsol", due: 2026-12-20}'),
        act(first, 'readmit_public: {matter: JC/A, at: "10:30"}'),
        act(first, 'move_agenda_item: {matter: JC/A, number: 3, part: two, reason: NHS England has the figures., at: "10:31"}'),
        act(first, 'open_part: {matter: JC/A, part: two, at: "10:40"}'), *(arrives("JC/A", first, one, "10:40") for one in five[:4]),
        act(first, 'record_attendance: {matter: JC/A, who: "office:nhse-director", party: "body:nhse", seat: member, status: arrived, at: "10:41"}'),
        act(first, 'take_agenda_item: {matter: JC/A, number: 3, at: "11:00"}'),
        act(first, "note_minute: {matter: JC/A, number: 3, words: The plan for the winter was noted.}"),
        act(first, 'end_meeting: {matter: JC/A, at: "11:30"}')])
    play("NHS England has no vote, and what is not so is refused", [
        act(first, 'take_position: {matter: SPEC, party: "body:nhse", position: in_favour}', '{who: "office:nhse-director", capacity: nhse, on_behalf_of: "body:nhse"}'),
        act(first, 'take_agenda_item: {matter: JC/A, number: 2, at: "11:31"}'), act(first, 'record_consensus: {matter: HUB-26}')],
        ["not_a_party", "meeting_over", "wrong_step"])
    whole = expect("minutes part by part", run("meeting", "minutes", "JC/A"), 0, "## Part one Opened at 10:00. **Present** - Chief executive of Black Country ICB, from 10:00 -", "**In attendance** - Director of the OWM, from 10:05",
                   "- 10:06: Quorate: 5 people of 5 parties are present.", "## Part two Opened at 10:40.", "office:nhse-director, NHS England, from 10:41", "- 11:00: Inquorate: the rule asks for at least 5 people, but there are 4 present", "Item 3: Moved from part one to part two at 10:31, because: NHS England has the figures.",
                   "- paper: Options for the hub **Recommendation:** The committee is asked to approve BSOL.", "A sister works there (noted; nothing follows, as set by Chief executive of Black Country ICB).", "### 2. Specialised plan (SPEC) Part two, public, for decision. - paper: The plan **Recommendation:** The committee is asked to adopt the plan. Not reached.")
    truth("each item under the part in which it was taken", whole.index("## Part one") < whole.index("### 1.") < whole.index("## Part two") < whole.index("### 3.") < whole.index("### 2."), whole)
    expect("of part two alone, nothing of part one", run("meeting", "minutes", "JC/A", "--part", "two"), 0, "of part two of the meeting", "### 3. Winter plan Part two, public, for discussion. Moved from part one to part two at 10:31", without=["## Part one", "Host of the hub", "sister", "10:05", "Write to the staff"])
    expect("of part one for the public", run("meeting", "minutes", "JC/A", "--part", "one", "--public"), 0, "### 1. Private item", "The public was excluded from this item.", "Item 3: Moved from part one", without=["Host of the hub", "sister", "agreed", "Options", "approve BSOL", "Write to the staff", "NHS England, from"])
    expect("a part that is none", run("meeting", "minutes", "JC/A", "--part", "three"), 2, 'expected a part of the meeting ("one", "two"), but "three" is none')
    lines = json.loads(run("--format", "json", "meeting", "minutes", "JC/A").stdout)["lines"]
    truth("as JSON", any(line["heading"] == "Part two" and line["label"] == "Present" and "NHS England" in line["words"] for line in lines), str(lines)[:500])
    expect("as lines", run("--format", "csv", "meeting", "minutes", "JC/A"), 0, "Part two,Present,point,,", "3. Winter plan,,text,,\"Moved from part one")
    page = run("meeting", "minutes", "JC/A", "--html").stdout
    truth("as a page", "<h2>Part one</h2>" in page and "<h3>1. Host of the hub (HUB-26)</h3>" in page and page.index("<h2>Part one</h2>") < page.index("<h3>1.") < page.index("<h2>Part two</h2>"), page[:400])
    expect("the agenda follows the move", run("meeting", "show", "JC/A"), 0, "3 Winter plan two public discussion 1 taken", "2 Specialised plan SPEC two public decision 1 not reached", "1 paper: Options for the hub aa11", "recommendation: The committee is asked to")
    expect("who was in the room for the private item", run("audit", "report", "private"), 0, "JC/A 1 Host of the hub", without=["NHS England"])

    # 11 and WF-06: confirmed at the next meeting, corrected by addition.
    play("the next meeting", [
        act(drawn, 'open_matter: {matter: JC/B, procedure: meeting, title: Joint committee of October, fields: [{name: body, value: {ref: "body:joint-committee"}}]}'),
        act(drawn, 'convene: {matter: JC/B, on: 2026-10-14, starts: "10:00", place: Board room, chair: "office:ceo-bc"}'),
        act(drawn, "draw_agenda: {matter: JC/B, part: one, publicity: public_session}"), *(arrives("JC/B", second, one, "09:55") for one in five),
        act(second, 'take_agenda_item: {matter: JC/B, number: 1, at: "10:00"}'), act(second, "confirm_minutes: {matter: JC/A, at_meeting: JC/B}"),
        act(second, "correct_minutes: {matter: JC/A, number: 3, words: The plan was welcomed., reason: Asked for by the chair}"),
        act(second, "correct_minutes: {matter: JC/A, number: 1, words: The sister works elsewhere., reason: Asked for by the member}"),
        act(second, 'end_meeting: {matter: JC/B, at: "11:00"}'), act(second, "correct_minutes: {matter: JC/A, words: It was in the small room., reason: Noticed later}")])
    play("there is no item 9 to correct", [act(second, "correct_minutes: {matter: JC/A, number: 9, words: x, reason: y}")], ["agenda_item_not_found: expected the number of an item of the agenda, 1 to 3, or none for the minutes as a whole, but 9 is none"])
    expect("they say what they confirmed, and corrected there", run("meeting", "minutes", "JC/B"), 0, "## 1. Minutes of the meeting of 9 September 2026 (JC/A)",
           "The minutes of the meeting of 9 September 2026 (JC/A) were confirmed, and corrected: - item 3: The plan was welcomed. (Asked for by the chair) - item 1: The sister works elsewhere. (Asked for by the member)", "Write to the staff (Chief executive of Birmingham and Solihull ICB", without=["small room"])
    expect("for the public, not of a private item", run("meeting", "minutes", "JC/B", "--public"), 0, "- item 3: The plan was welcomed.", "- item 1: a private item", "## 2. Private item", without=["sister", "Write to the staff"])
    expect("and the confirmed ones stand, with what was added", run("meeting", "minutes", "JC/A"), 0, "Minutes, confirmed on 14 October 2026 (JC/B), of the meeting", "The plan for the winter was noted. Corrected afterwards: The plan was welcomed.", "Corrected afterwards: It was in the small room.")

    # WF-03: inquorate, adjourned, and gone on with on another day.
    third, fourth = "2026-10-28", "2026-11-11"
    play("adjourned", [
        act(drawn, 'open_matter: {matter: JC/C, procedure: meeting, title: Joint committee of late October, fields: [{name: body, value: {ref: "body:joint-committee"}}]}'),
        act(drawn, 'convene: {matter: JC/C, on: 2026-10-28, starts: "10:00", chair: "office:ceo-bc"}'),
        act(drawn, "add_agenda_item: {matter: JC/C, item: SPEC, part: two, publicity: public_session, purpose: decision}"), *(arrives("JC/C", third, one, "10:00") for one in five[:3]),
        act(third, 'take_agenda_item: {matter: JC/C, number: 1, at: "10:06"}'),
        act(third, 'choose_course: {matter: JC/C, course: adjourn, reason: Three are missing., until: 2026-11-11, at: "10:15"}'),
        act(third, 'convene: {matter: JC/C, on: 2026-11-11, starts: "09:00", chair: "office:ceo-bc"}'), *(arrives("JC/C", fourth, one, "08:55") for one in five),
        act(fourth, 'take_agenda_item: {matter: JC/C, number: 1, at: "09:00"}'), act(fourth, 'end_meeting: {matter: JC/C, at: "09:30"}')])
    play("nobody votes after it", [act(fourth, 'take_position: {matter: SPEC, party: "body:bc", position: in_favour}', member("bc"))], ["inquorate"])
    expect("each day under its own heading", run("meeting", "minutes", "JC/C"), 0, "on 28 October 2026 and 11 November 2026 (JC/C)",
           "## Part two, 28 October 2026 **Present** - Chief executive of Black Country ICB, from 10:00", "Whoever presided chose: adjourn, because: Three are missing. Item 1 was reached, and taken again later. Adjourned at 10:15, until 11 November 2026, because: Three are missing. ## Part two, 11 November 2026",
           "Taken at 09:00. Quorate: 5 people of 5 parties are present.", "No decision was made at this meeting.", without=["0 present", "0 people"])

    # The briefing note: what was decided, considered and undertaken; of a part, or for the public.
    expect("the briefing note", run("meeting", "briefing", "JC/A"), 0, "# Briefing note: ", "for the executive teams of the boards", "Its minutes were confirmed at JC/B.", "Write to the staff (Chief executive of Birmingham and Solihull ICB")
    expect("for the public", run("meeting", "briefing", "JC/A", "--public"), 0, "One item was private; it stands in the full minutes.", without=["Host of the hub", "sister", "Write to the staff", "Options"])
    expect("of part two", run("meeting", "briefing", "JC/A", "--part", "two"), 0, "Winter plan", "The plan for the winter was noted.", without=["Host of the hub", "Write to the staff"])
    expect("of no such part", run("meeting", "briefing", "JC/A", "--part", "nine"), 2, 'expected a part that has items, but "nine" has none')
    expect("of a meeting that never was", run("meeting", "briefing", "JC/Z"), 1, "JC/Z")

    # What the public office publishes: the register, and the minutes that were confirmed, without what was private.
    expect("published", run("audit", "register", str(scratch / "public"), "--publish", "host-designation"), 0, "minutes of 1 meetings")
    files = {str(one.relative_to(scratch / "public")): one.read_text() for one in (scratch / "public").rglob("*") if one.is_file()}
    truth("each in its three forms", {"index.html", "minutes/2026-09-09.html", "minutes/2026-09-09.csv", "minutes/2026-09-09.json", "register.html", "withheld.csv"} <= set(files), sorted(files))
    truth("and reached from one page", 'href="minutes/2026-09-09.html"' in files["index.html"] and 'href="register.csv"' in files["index.html"], files["index.html"])
    truth("not a byte of the private item", not [(name, word) for name, text in files.items() for word in ("sister", "Write to the staff", "Options", "Host of the hub") if word in text])
    truth("who waits is told", "JC/B,2026-10-14,its minutes are not confirmed" in files["withheld.csv"], files["withheld.csv"])
    expect("whole, for the office itself", run("audit", "register", str(scratch / "office")), 0, "minutes of 1 meetings")
    truth("with the private item", "sister" in (scratch / "office" / "minutes" / "2026-09-09.html").read_text())

    # What a trial cannot know is no "no"; who may not is told so.
    play("an urgent matter", [act(drawn, 'publish_rule: {rule: {id: urgent-here, version: 1, body: "body:joint-committee", layer: assumption, source: "for this test", adopted_by: "nobody but this test", urgent: {test: "it cannot wait", deciders: ["office:ceo-bc"], report_by: next_meeting}}}'),
                              act(drawn, 'open_matter: {matter: URGENT, procedure: urgent-decision, title: Closure of a site, fields: [{name: body, value: {ref: "body:joint-committee"}}, {name: part, value: {code: one}}]}')])
    expect("what is not known", run("why-not", "office:ceo-bc", "URGENT"), 0, "take urgent action: not known until it is said (office:ceo-bc as member for body:bc) field_missing: expected what is decided, but nothing was said", "plan for meeting: yes", "withdraw matter: no")
    # WF-14: who sits for whom, and the seats that nobody takes, on a day and as it was known on one.
    committee = "Joint Committee of the ICBs"
    expect("the seats", run("seats", committee), 0, "Phil Johns taken", "no source names who holds the office", "6 seats on", ", 0 of them vacant")
    play("a chief executive leaves", [act(drawn, 'assert_facts: {facts: [{id: LEFT-1, subject: "office:ceo-bc", predicate: vacant, value: {flag: true}, from: 2026-09-15, standing: effective, source: {document: trial-assumptions, place: here}}]}')])
    expect("a vacancy", run("seats", "--vacant", "--at", "2026-10-01"), 0, "Chief executive of Black Country ICB the office is vacant", "12 seats on 2026-10-01, 2 of them vacant", without=["Phil Johns"])
    expect("not before it came", run("seats", committee, "--vacant", "--at", "2026-09-14"), 0, "6 seats on 2026-09-14, 0 of them vacant")
    expect("not before it was known", run("seats", committee, "--at", "2026-10-01", "--known", "2026-09-01"), 0, "0 of them vacant")
    rows = [json.loads(line) for line in run("--format", "json", "seats", committee, "--at", "2026-10-01").stdout.splitlines()]
    truth("seats as data", len(rows) == 6 and [row["seat"] for row in rows if row["vacant"]] == ["office:ceo-bc"] and all(row["party"].startswith("body:") for row in rows), rows)
    expect("no such body", run("seats", "nowhere"), 2, "expected a subject", '"nowhere"')
    expect("a body without parties", run("seats", "body:nhse"), 1, "expected a body with parties")
    expect("no day", run("seats", "--at", "soon"), 2, "--at: expected a day as YYYY-MM-DD")
finally:
    shutil.rmtree(scratch, ignore_errors=True)
for message in failures: print("FAILED", message)
print(f"meetings: {passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
