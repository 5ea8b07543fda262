#!/usr/bin/env python3
"""What a meeting deals with in private reaches no public feed: every byte that the public feeds tell is searched."""
import json, pathlib, shutil, sys, tempfile
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import support
from support import truth, run, pack

scratch = pathlib.Path(tempfile.mkdtemp(prefix="concordat-privacy-"))
data, secret = scratch / "data", "SALMON-ORCHID-7731"
(scratch / "feeds.yaml").write_text("""
- {name: open, audience: public, format: json, publish_procedures: [host-designation, delegation, meeting, joint-decision], publish_record_sets: [seeds, public]}
- {name: all, audience: restricted, format: json}
""")
officer = 'actor: {who: "office:director-owm", capacity: owm_officer, on_behalf_of: "body:owm", mandate: "operating model, section 4"}'
member = 'actor: {who: "office:ceo-cw", capacity: member, on_behalf_of: "body:cw"}'
matter = lambda name: f"""
- {member}
  acted_on: 2026-10-01
  open_matter:
    matter: {name}
    procedure: host-designation
    title: "Host of {name}"
    fields: [{{name: unit, value: {{ref: "team:integrated-staff-hub"}}}}, {{name: host, value: {{ref: "body:cw"}}}}, {{name: from, value: {{when: 2026-12-01}}}}]
"""
meeting = f"""
- {officer}
  acted_on: 2026-10-01
  open_matter: {{matter: JC/P, procedure: meeting, title: Joint committee of October, fields: [{{name: body, value: {{ref: "body:joint-committee"}}}}]}}
- {officer}
  acted_on: 2026-10-01
  convene: {{matter: JC/P, on: 2026-10-20, starts: "10:00", place: Board room, chair: "office:ceo-bc"}}
- {officer}
  acted_on: 2026-10-01
  add_agenda_item: {{matter: JC/P, item: OPEN-HOST, part: one, publicity: public_session, purpose: decision}}
- {officer}
  acted_on: 2026-10-01
  add_agenda_item: {{matter: JC/P, item: {secret}-A, part: one, publicity: private_session, purpose: decision}}
- {officer}
  acted_on: 2026-10-01
  add_agenda_item: {{matter: JC/P, title: "{secret} terms of named staff", part: one, publicity: private_session, purpose: discussion}}
- {officer}
  acted_on: 2026-10-01
  add_agenda_item: {{matter: JC/P, title: Winter plan, part: one, publicity: public_session, purpose: discussion}}
- {officer}
  acted_on: 2026-10-01
  move_agenda_item: {{matter: JC/P, number: 3, part: two, reason: "{secret} reason"}}
- {officer}
  acted_on: 2026-10-01
  move_agenda_item: {{matter: JC/P, number: 4, part: two, reason: "{secret} reason"}}
- {officer}
  acted_on: 2026-10-20
  open_part: {{matter: JC/P, part: two, at: "10:30"}}
"""
# Planned for a private part before anything else is said of it; then all that a matter does.
planned = f"""
- {officer}
  acted_on: 2026-10-01
  plan_for_meeting: {{matter: {secret}-A, on: 2026-10-20, purpose: decision, publicity: private_session}}
"""
later = lambda name: f"""
- {member}
  acted_on: 2026-10-21
  withdraw_matter: {{matter: {name}, reason: "{secret} reason"}}
"""

def told(feed):
    got = run("--data", data, "feed", "--feeds", scratch / "feeds.yaml", "show", feed, "--limit", "100000", "--format", "json")
    return got.stdout

try:
    support.load(data)
    before = len(told("open").splitlines())
    submitted = run("--data", data, "submit", "-", text=matter("OPEN-HOST") + matter("OTHER"))
    truth("matters are opened", submitted.returncode == 0, submitted.stdout + submitted.stderr)
    # The private one is opened and planned as one: what was told while it was still open to all stays told, and nothing after.
    submitted = run("--data", data, "submit", "-", text=matter(f"{secret}-A").replace("title:", "recommendation: r\n    title:"))
    opened = run("--data", data, "submit", "-", text=planned + meeting)
    truth("the meeting is called", opened.returncode == 0, opened.stdout + opened.stderr)
    closed = run("--data", data, "submit", "-", text=later(f"{secret}-A") + later("OPEN-HOST"))
    truth("and the matters end", closed.returncode == 0, closed.stdout + closed.stderr)
    public, everything = told("open"), told("all")
    events = [json.loads(line) for line in public.splitlines()]
    of = lambda kind: [one for one in events if one["type"] == kind]
    truth("all of it is there to be found", everything.count(f"{secret}-A") >= 4 and f"{secret} terms" in everything and f"{secret} reason" in everything)
    heard = [one["type"] for one in events if secret in json.dumps(one)]
    truth("of what a meeting closed, only what came before it was", heard == ["matter.opened"], heard)
    truth("no byte of a private item", f"{secret} terms" not in public and f"{secret} reason" not in public)
    truth("a private item has not even a number", [one["data"]["event"]["agendaItemAdded"]["number"] for one in of("agenda.item_added")] == [1, 4], of("agenda.item_added"))
    truth("a move is told of a public item alone, without its reason", [one["data"]["event"]["agendaItemMoved"] for one in of("agenda.item_moved")] == [{"matter": "JC/P", "number": 4, "from": "one", "part": "two"}], of("agenda.item_moved"))
    truth("a part that opens is told, and not who is there", [one["data"]["event"]["partOpened"] for one in of("part.opened")] == [{"matter": "JC/P", "part": "two", "at": "10:30"}], of("part.opened"))
    truth("what is public is told", of("meeting.convened")[-1]["data"]["event"]["meetingConvened"] == {"matter": "JC/P", "on": "2026-10-20", "starts": "10:00", "place": "Board room", "body": "body:joint-committee"}, of("meeting.convened")[-1:])
    truth("of a public item what it is", of("agenda.item_added")[0]["data"]["event"]["agendaItemAdded"]["item"] == "OPEN-HOST" and of("agenda.item_added")[1]["data"]["event"]["agendaItemAdded"]["title"] == "Winter plan")
    truth("the reason of a withdrawal is nobody's", of("matter.closed")[-1]["data"]["event"]["matterClosed"]["outcome"] == "withdrawn", of("matter.closed")[-1])
    truth("an open matter goes on", [one["type"] for one in events if one["subject"] == "OPEN-HOST"][-1] == "matter.closed")
    truth("no names", all("office:" not in json.dumps(one["data"]) for one in events if one["type"].startswith(("meeting.", "agenda.", "part.", "matter."))))
    truth("told again, it is the same", told("open") == public)
    # A matter that says itself that it is private, put on a public agenda by mistake.
    own = run("--data", data, "submit", "-", text=matter(f"{secret}-B").replace("fields: [", "fields: [{name: publicity, value: {code: private}}, ") + f"""
- {officer}
  acted_on: 2026-10-01
  add_agenda_item: {{matter: JC/P, item: {secret}-B, part: one, publicity: public_session, purpose: decision}}
""")
    truth("the mistake is made", own.returncode == 0, own.stdout + own.stderr)
    truth("the more private word prevails", f"{secret}-B" not in told("open") and f"{secret}-B" in told("all"))
finally:
    shutil.rmtree(scratch, ignore_errors=True)
support.finish("privacy")
