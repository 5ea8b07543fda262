// The questions that people brought, each asked of the statements of the five sources that bear on it.
#include <gtest/gtest.h>

#include "tests/record/facts.h"

namespace concordat::record {
namespace {

const std::vector<Line>& sources() {
  static const std::vector<Line> all = {
      {"n1", "body:six", "name", "The six ICBs", "effective", "", "2023-03-31"},
      {"n2", "body:nhse", "name", "NHS England", "effective", "", "2023-03-31"},
      {"n3", "body:bsol", "name", "Birmingham and Solihull ICB", "effective", "", "2023-03-31", "001:5", "Birmingham and Solihull ICB"},
      {"n4", "person:axon", "name", "Peter Axon", "effective", "", "2024-09-24", "000:36", "Peter Axon"},
      {"n5", "person:whitehouse", "name", "Simon Whitehouse", "effective", "", "2023-03-31", "001:174", "Simon Whitehouse ( ST&W ICB)"},
      {"H03", "condition:bill", "stage", "Second reading held; moves to Committee stage", "effective+", "2021-07-14", "2021-07-31", "003:21", "the Health and Care Bill had its second reading in the House of Commons", "", "", "seeds", {"derived: year from the context (K33)"}},
      {"H02.1", "place:west-birmingham", "in_system", "body:bsol-ics", "conditional", "2022-04-01", "2021-07-31", "003:15", "West Birmingham geography will join Birmingham and Solihull ICS on 1st April 2022"},
      {"H02.2", "place:west-birmingham", "in_system", "body:bsol-ics", "conditional", "2022-04", "2021-07-31", "003:27", "from April 2022 (subject to legislative changes going through Parliament)"},
      {"H02.3", "place:west-birmingham", "in_system", "body:bcwb-ics", "effective+", "", "2021-07-31", "003:27", "currently in the Black Country and West Birmingham System"},
      {"H06.1", "body:bc", "legal_status", "statutory", "conditional", "2022-04", "2021-07-31", "003:13", "there will be no statutory role in place until April 2022"},
      {"H06.2", "body:bc", "legal_status", "statutory", "conditional", "2022-04", "2021-09-30", "003:79", "From April 2022 (subject to legislation) ICSs will become statutory"},
      {"H06.3", "body:bsol", "legal_status", "statutory", "conditional", "2022-04", "2021-09-30", "003:79", "From April 2022 (subject to legislation) ICSs will become statutory"},
      {"H07", "body:bsol", "legal_status", "shadow", "planned", "2022-04-01", "2022-03-31", "004:75", "in ‘shadow form’ from 1 April 2022"},
      {"H09.1", "body:bsol", "legal_status", "statutory", "conditional", "2022-07-01", "2022-03-31", "004:75", "ahead of being legally established on 1 July 2022"},
      {"H09.2", "body:bsol", "legal_status", "statutory", "effective", "2022-07", "2023-03-31", "001:3", "Since the inception of Integrated Care Boards organisations( ICBs) in July 22"},
      {"H09.3", "body:bc", "legal_status", "statutory", "effective", "2022-07", "2023-03-31", "001:3", "Since the inception of Integrated Care Boards organisations( ICBs) in July 22"},
      {"K19.2", "body:bc", "legal_status", "statutory", "effective+", "", "2025-07-01", "002:16", "Each will remain a statutory organisation"},
      {"H08", "person:melbourne", "serves_as", "Interim Designate Chief Executive", "effective+", "", "2022-03-31", "004:77", "David Melbourne, Interim Designate Chief Executive"},
      {"H12.1", "function:pod", "commissioner", "body:six", "planned", "2023-04", "2023-03-31", "001:112", "number of community primary care services and contracts from April 23 including"},
      {"H12.2", "function:pod", "commissioner", "body:six", "planned", "2023", "2024-09-24", "000:25", "pharmacy, optometry and dentistry from 2023, and a subset of specialised services from 2024"},
      {"H14.1", "team:pod", "employer", "body:bsol", "planned", "2023-07", "2023-03-31", "001:128", "TUPE transferred to the host ICB and managed by the OWM from July 23"},
      {"H14.2", "team:pod", "employer", "body:nhse", "effective+", "", "2023-03-31", "001:128", "TUPE transferred to the host ICB", "", "", "seeds", {"derived: the transferor by implication"}},
      {"K14.1", "function:gmast", "delegated", "yes", "planned", "2023-04", "2023-03-31", "001:94", "April 23"},
      {"K14.2", "function:gmast", "delegated", "yes", "planned", "2023-07", "2023-03-31", "001:130", "also be delegated from July 23 and hosted through BSOL ICB"},
      {"H16.1", "function:spec-t3", "commissioner", "body:six", "planned", "2024-04", "2023-03-31", "001:137", "commissioned by ICBs collaboratively across West Midlands from April 24"},
      {"H16.2", "function:spec-t3", "commissioner", "body:six", "planned", "2024", "2024-09-24", "000:25", "a subset of specialised services from 2024"},
      {"H16.3", "function:spec-t3", "commissioner", "body:six", "planned", "FY2024-25", "2023-03-31", "001:138", "not fully accountable until 24/25"},
      {"H16.4", "team:specialised", "employer", "body:bsol", "planned", "2024-04", "2023-03-31", "001:222", "April 24 (Staff April 24)"},
      {"H17", "function:spec-t2", "delegated", "yes", "planned", "", "2023-03-31", "001:136", "no timeline agreed for transfer to ICBs", "", "", "seeds", {"not_scheduled"}},
      {"H15", "change:model", "reviewed", "yes", "planned", "", "2023-03-31", "001:192", "The Operating Model will be reviewed after an initial six month period"},
      {"K22.1", "function:vaccination", "delegated", "no", "effective+", "", "2023-03-31", "001:110", "Other functions being considered"},
      {"K22.2", "area:vaccination", "lead", "?", "effective+", "", "2023-03-31", "001:233", "TBC"},
      {"H18.1", "area:vaccination", "lead", "person:axon", "effective+", "[..2024-09-24]", "2024-09-24", "000:36", "Immunisations and Vaccinations – Peter Axon"},
      {"U01", "capacity:host", "barred_from", "matter_type:commissioning", "effective", "", "2023-03-31", "001:84", "The host ICB will not make any commissioning decisions"},
      {"R14.1", "area:csu", "lead", "person:whitehouse", "effective+", "", "2023-03-31", "001:174", "CSU task group led by Simon Whitehouse ( ST&W ICB)"},
      {"R14.2", "area:csu", "lead", "person:whitehouse", "effective+", "[..2024-09-24]", "2024-09-24", "000:34", "Commissioning Support Unit review – Simon Whitehouse, Shropshire, Telford and Wrekin ICB"},
      {"X01", "office:head-of-function", "handles", "operational", "effective+", "", "2023-03-31", "001:74", "managed through the Head of function or the Director of OWM"},
      {"X02", "office:director-owm", "handles", "operational_support", "effective+", "", "2023-03-31", "001:74", "managed through the Head of function or the Director of OWM"},
      {"K29", "office:director-owm", "holder", "?", "effective+", "", "2023-03-31", "001:243", "Interim WM Dir", "", "", "seeds", {"value_unknown"}},
      {"K32", "body:joint-committee", "stated_in", "appendix-two-three", "effective", "", "2023-03-31", "001:146", "governance arrangements as set out in appendix Two/Three", "", "quorum"},
      {"K25", "programme:annual", "agreed_by", "body:all-ceos", "effective+", "", "2023-03-31", "001:41", "developed and agreed by all ICB CEOs"},
      {"K25.1", "programme:annual", "decides_changes", "body:all-ceos", "effective+", "", "2023-03-31", "001:43", "through the West Midlands ICB CEO monthly meeting", "", "", "seeds", {"competence_conflict"}},
      {"K25.2", "programme:annual", "decides_changes", "body:joint-committee", "effective+", "", "2023-03-31", "001:151", "including decisions on delegated functions/West Midlands work programme", "", "", "seeds", {"competence_conflict"}},
      {"C1.1", "cluster:hw-cw", "member", "body:hw", "effective+", "[..2025-07-01]", "2025-07-01", "002:13", "NHS Herefordshire and Worcestershire ICB with NHS Coventry and Warwickshire ICB"},
      {"C1.2", "cluster:hw-cw", "member", "body:cw", "effective+", "[..2025-07-01]", "2025-07-01", "002:13", "NHS Herefordshire and Worcestershire ICB with NHS Coventry and Warwickshire ICB"},
      {"C0", "change:clusters", "count", "3", "effective+", "[..2025-07-01]", "2025-07-01", "002:11", "six Midlands ICBs to form three strategic clusters"},
      {"R20", "office:chair-hw-cw", "vacant", "yes", "effective+", "", "2025-07-01", "002:19", "Appointment of a single Chair for the cluster"},
      {"T12.1", "team:hub", "host", "body:bsol", "effective+", "[..2024-09-24]", "2024-09-24", "000:7", "Birmingham and Solihull ICB will be the host for staff performing these functions"},
      {"T12.2", "team:hub", "host", "body:bsol", "planned", "", "2023-03-31", "001:85", "The host ICB will be BSOL ICB"},
      {"E09", "function:pod", "commissioner", "body:six", "effective", "2023-04-01", "2026-01-01", "E09:1", "", "", "", "public"},
      {"E10", "team:pod", "employer", "body:bsol", "effective", "2023-07", "2026-01-01", "E10:1", "", "", "", "public"},
      {"E13", "team:specialised", "employer", "body:nhse", "effective+", "[..2024-04-30]", "2026-01-01", "E13:1", "", "", "", "public"},
      {"E14", "function:vaccination", "delegated", "yes", "planned", "2026-04", "2024-12-31", "E14:1", "", "", "", "public"},
      {"E14.0", "function:vaccination", "delegated", "yes", "planned", "2025-04", "2024-01-01", "E14:1", "", "", "", "public"},
      {"E15", "function:vaccination", "delegated", "yes", "planned", "2026-04-01", "2025-02-06", "E15:1", "", "", "", "public"},
      {"E20", "function:vaccination", "delegated", "yes", "conditional", "2027-04", "2026-02-01", "E20:1", "", "", "", "public"},
      {"Q1", "body:bc", "code", "QUA", "effective", "[..2021-08-31]", "2021-08-31", "codes-2021:1", "", "", "ODS", "public"},
      {"Q2", "body:bc", "code", "E54000016", "effective", "[..2021-08-31]", "2021-08-31", "codes-2021:1", "", "2022-07-01", "ONS", "public"},
      {"Q3", "body:bc", "code", "E54000062", "effective", "2022-07-01", "2022-08-31", "codes-2022:1", "", "", "ONS", "public"},
  };
  return all;
}

const Record& record() {
  static const Record made = [] {
    Record out = record_of(sources());
    v1::DocumentRegistered missing;
    missing.mutable_document()->set_id("appendix-two-three");
    out.evolve(missing);
    return out;
  }();
  return made;
}

struct Case {
  const char* id;
  Asked asked;
  const char *sentence, *why, *bounds, *rests_on;       // `why`: the basis if determined, else the reasons.
};

void check(const Case& one) {
  SCOPED_TRACE(one.id);
  Asked asked = one.asked;
  if (asked.set.empty()) asked.set = "seeds";
  if (asked.set == "all") asked.set.clear();
  const v1::Answer got = answer(record(), asked);
  EXPECT_EQ(got.sentence(), one.sentence);
  EXPECT_EQ(got.determined() ? basis(got) : reasons(got), one.why);
  EXPECT_EQ(got.determined(), !std::string(one.sentence).starts_with("NOT DETERMINED"));
  EXPECT_EQ(bounds(got), one.bounds);
  const std::string sides = ids(got.conflicting());
  EXPECT_EQ(ids(got.used()) + (sides.empty() ? "" : "against " + sides), one.rests_on) << "set aside: " << ids(got.set_aside());
}

TEST(Questions, FromTheSources) {
  for (const Case& one : {
           Case{"AQ02", {"condition:bill", "stage", "2021-07-14"}, "Second reading held; moves to Committee stage, since 14 July 2021.", "effective;derived", "2021-07-14..2021-07-14", "H03"},
           {"AQ04", {"place:west-birmingham", "in_system", "2022-04-01", "2021-08-31", "expected"}, "body:bsol-ics, planned and conditional from 1 April 2022.", "forecast;conditional", "2022-04-01..2022-04-01", "H02.1"},
           {"AQ08", {"body:bc", "legal_status", "2022-04-15", "2021-09-30", "expected"}, "statutory, planned and conditional from April 2022.", "forecast;conditional", "2022-04-01..2022-04-30", "H06.2;H06.1"},
           {"AQ09", {"body:bsol", "legal_status", "2022-04-15", "2022-03-31"}, "shadow, planned from 1 April 2022; then statutory, planned on a condition for 1 July 2022.", "forecast", "2022-04-01..2022-04-01", "H07"},
           {"AQ15", {"body:bsol", "legal_status", "2022-07-01"}, "statutory, since 1 July 2022.", "effective;corroborated", "2022-07-01..2022-07-01", "H09.2;H09.1"},
           {"AQ18", {"person:melbourne", "serves_as", "2022-03-31", "2022-03-31"}, "Interim Designate Chief Executive, begun by 31 March 2022.", "effective", "..2022-03-31", "H08"},
           {"AQ24", {"function:pod", "commissioner", "2023-04-30"}, "The six ICBs, planned from April 2023.", "planned;corroborated", "2023-04-01..2023-04-30", "H12.1"},
           {"AQ25", {"function:pod", "commissioner", "2023-04-01"}, "NOT DETERMINED: The six ICBs: planned for April 2023; the sources give no day.", "inside_uncertain_interval", "2023-04-01..2023-04-30", "H12.1"},
           {"AQ26", {"team:pod", "employer", "2023-05-15"}, "NHS England, begun by 31 March 2023, carried forward; last asserted 31 March 2023; then Birmingham and Solihull ICB, planned for July 2023.", "carried_forward;derived", "..2023-03-31", "H14.2"},
           {"AQ29", {"function:gmast", "delegated", "2023-05-15"}, "NOT DETERMINED: sources of equal standing disagree; K14.1 says Yes from April 2023; K14.2 says Yes from July 2023.", "conflicting_sources", "2023-04-01..2023-07-31", "against K14.1;K14.2"},
           {"K14 before", {"function:gmast", "delegated", "2023-03-31"}, "No: planned for April 2023 or July 2023.", "planned", "2023-04-01..2023-07-31", "K14.1;K14.2"},
           {"K14 after", {"function:gmast", "delegated", "2023-07-31"}, "Yes, planned from April 2023 or July 2023.", "planned", "2023-04-01..2023-07-31", "K14.1;K14.2"},
           {"AQ33", {"function:spec-t3", "commissioner", "2024-04-30"}, "The six ICBs, planned from April 2024.", "planned;corroborated", "2024-04-01..2024-04-30", "H16.1"},
           {"AQ38", {"team:specialised", "employer", "2024-05-31", "", "happened"}, "NOT DETERMINED: only plans are recorded, and a plan does not become true by itself: Birmingham and Solihull ICB, planned from April 2024.", "only_planned", "2024-04-01..2024-04-30", "H16.4"},
           {"AQ38 team:pod", {"team:pod", "employer", "2023-08-15", "", "happened"}, "NOT DETERMINED: only plans are recorded, and a plan does not become true by itself: Birmingham and Solihull ICB, planned from July 2023.", "only_planned", "2023-07-01..2023-07-31", "H14.1;H14.2"},
           {"AQ41 delegated", {"function:vaccination", "delegated", "2023-04-30"}, "No, begun by 31 March 2023, carried forward; last asserted 31 March 2023.", "carried_forward", "..2023-03-31", "K22.1"},
           {"AQ41 lead", {"area:vaccination", "lead", "2023-04-30"}, "To be confirmed, begun by 31 March 2023, carried forward; last asserted 31 March 2023; then Peter Axon, by 24 September 2024.", "carried_forward", "..2023-03-31", "K22.2"},
           {"AQ43", {"area:vaccination", "lead", "2024-09-23", "", "happened"}, "NOT DETERMINED: Peter Axon: began by 24 September 2024; nothing closer is known.", "bounded_only", "..2024-09-24", "H18.1"},
           {"AQ43 by then", {"area:vaccination", "lead", "2024-09-24"}, "Peter Axon, begun by 24 September 2024.", "effective", "..2024-09-24", "H18.1"},
           {"AQ45", {"capacity:host", "barred_from", "2023-07-31"}, "matter_type:commissioning.", "effective", "..", "U01"},
           {"AQ48", {"area:csu", "lead", "2024-09-24"}, "Simon Whitehouse, begun by 31 March 2023.", "effective;corroborated", "..2023-03-31", "R14.2;R14.1"},
           {"AQ54", {"office:head-of-function", "handles", "2023-04-30"}, "operational, begun by 31 March 2023, carried forward; last asserted 31 March 2023.", "carried_forward", "..2023-03-31", "X01"},
           {"AQ56", {"body:joint-committee", "quorum", "2023-10-31"}, "NOT DETERMINED: it is set out in appendix-two-three, which is not held.", "missing_document", "..", "K32"},
           {"AQ56 earlier", {"body:joint-committee", "quorum", "2023-10-31", "2022-12-31"}, "NOT DETERMINED: no source known by 2022-12-31 says it.", "never_stated", "..", ""},
           {"AQ60", {"programme:annual", "agreed_by", "2023-10-31"}, "body:all-ceos, begun by 31 March 2023, carried forward; last asserted 31 March 2023.", "carried_forward", "..2023-03-31", "K25"},
           {"K25", {"programme:annual", "decides_changes", "2023-10-31"}, "NOT DETERMINED: sources of equal standing disagree; K25.1 says body:all-ceos; K25.2 says body:joint-committee.", "competence_conflict", "..2023-03-31", "against K25.1;K25.2"},
           {"AQ69 count", {"change:clusters", "count", "2025-07-01", "2025-07-01"}, "3, begun by 1 July 2025.", "effective", "..2025-07-01", "C0"},
           {"AQ69 which", {"cluster:hw-cw", "member", "2025-07-01", "2025-07-01"}, "body:cw, begun by 1 July 2025; body:hw, begun by 1 July 2025.", "effective", "..", "C1.2;C1.1"},
           {"AQ73", {"office:chair-hw-cw", "vacant", "2025-07-01", "2025-07-01"}, "Yes, begun by 1 July 2025.", "effective", "..2025-07-01", "R20"},
           {"AQ73 who", {"office:chair-hw-cw", "holder", "2025-07-01", "2025-07-01"}, "NOT DETERMINED: no source known by 2025-07-01 says it.", "never_stated", "..", ""},
           {"AQ76", {"team:hub", "host", "2025-07-02"}, "Birmingham and Solihull ICB, begun by 24 September 2024, carried forward; last asserted 24 September 2024.", "carried_forward", "..2024-09-24", "T12.1"},
           {"K10", {"team:hub", "host", "2023-12-31"}, "NOT DETERMINED: Birmingham and Solihull ICB: began by 24 September 2024; nothing closer is known.", "bounded_only", "..2024-09-24", "T12.1"},
           {"AQ79", {"body:bc", "legal_status", "2022-04-15"}, "Not yet statutory: it began in July 2022.", "effective;corroborated", "2022-07-01..2022-07-31", "K19.2;H09.3"},
           {"K17 at its own day", {"body:bsol", "legal_status", "2022-04-15", "2021-09-30", "expected"}, "statutory, planned and conditional from April 2022.", "forecast;conditional", "2022-04-01..2022-04-30", "H06.3"},
           {"K16", {"place:west-birmingham", "in_system", "2022-05-15", "", "happened"}, "NOT DETERMINED: only plans are recorded, and a plan does not become true by itself: body:bsol-ics, planned and conditional from 1 April 2022.", "only_planned", "2022-04-01..2022-04-01", "H02.1;H02.3"},
           {"K28", {"change:model", "reviewed", "2023-10-15"}, "NOT DETERMINED: nobody states when it begins.", "start_unknown", "..", "H15"},
           {"K29", {"office:director-owm", "holder", "2023-04-15"}, "NOT DETERMINED: the source speaks of it and leaves it open.", "value_unknown", "..", "K29"},
           {"H17", {"function:spec-t2", "delegated", "2025-01-01"}, "NOT DETERMINED: the source says that there is no timeline.", "not_scheduled", "..", "H17"},
       })
    check(one);
}

TEST(Questions, WithWhatWasPublishedSince) {
  for (const Case& one : {
           Case{"E09", {"function:pod", "commissioner", "2023-04-01", "", "arrangement", "", "all"}, "The six ICBs, since 1 April 2023.", "effective;corroborated", "2023-04-01..2023-04-01", "E09"},
           {"E09 before it was known", {"function:pod", "commissioner", "2023-04-01", "2025-12-31", "arrangement", "", "all"}, "NOT DETERMINED: The six ICBs: planned for April 2023; the sources give no day.", "inside_uncertain_interval", "2023-04-01..2023-04-30", "H12.1"},
           {"E10", {"team:pod", "employer", "2023-08-15", "", "happened", "", "all"}, "Birmingham and Solihull ICB, since July 2023.", "effective", "2023-07-01..2023-07-31", "E10"},
           {"E13", {"team:specialised", "employer", "2024-05-31", "", "arrangement", "", "all"}, "NHS England, begun by 30 April 2024.", "effective", "..2024-04-30", "E13"},
           {"E14", {"function:vaccination", "delegated", "2027-05-01", "2023-03-31", "expected", "", "all"}, "No, begun by 31 March 2023, carried forward; last asserted 31 March 2023.", "carried_forward", "..2023-03-31", "K22.1"},
           {"before E14", {"function:vaccination", "delegated", "2027-05-01", "2024-06-30", "expected", "", "all"}, "Yes, planned from April 2025.", "forecast", "2025-04-01..2025-04-30", "E14.0"},
           {"E15", {"function:vaccination", "delegated", "2027-05-01", "2025-02-06", "expected", "", "all"}, "Yes, planned from 1 April 2026.", "forecast;corroborated", "2026-04-01..2026-04-01", "E15"},
           {"E20", {"function:vaccination", "delegated", "2027-05-01", "2026-02-01", "expected", "", "all"}, "Yes, planned and conditional from April 2027.", "forecast;conditional", "2027-04-01..2027-04-30", "E20"},
           {"ONS 2021", {"body:bc", "code", "2021-08-31", "", "arrangement", "ONS", "all"}, "E54000016, begun by 31 August 2021; then E54000062, since 1 July 2022.", "effective", "..2021-08-31", "Q2"},
           {"ONS 2022", {"body:bc", "code", "2022-08-31", "", "arrangement", "ONS", "all"}, "E54000062, since 1 July 2022.", "effective", "2022-07-01..2022-07-01", "Q3"},
           {"every scheme", {"body:bc", "code", "2022-08-31", "", "arrangement", "", "all"}, "ODS: QUA, begun by 31 August 2021; ONS: E54000062, since 1 July 2022.", "effective", "..", "Q1;Q3"},
           {"no codes in the seeds", {"body:bc", "code", "2022-08-31", "", "arrangement", "ODS"}, "NOT DETERMINED: no usable source says it.", "never_stated", "..", ""},
       })
    check(one);
}

TEST(Questions, WhatWasSetAsideIsShownWithItsReason) {
  EXPECT_EQ(ids(answer(record(), {"function:pod", "commissioner", "2023-04-30", "", "arrangement", "", "seeds"}).set_aside()), "H12.2 coarser");
  EXPECT_EQ(ids(answer(record(), {"body:bsol", "legal_status", "2022-04-15", "2022-03-31"}).set_aside()), "H06.3 superseded;H09.1 not_yet;H09.2 too_late_known");
  EXPECT_EQ(ids(answer(record(), {"body:bc", "legal_status", "2022-04-15"}).set_aside()), "H06.1 superseded;H06.2 superseded");
}

}  // namespace
}  // namespace concordat::record
