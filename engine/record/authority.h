// The predicates that the engine itself reads for authority, named once. A vocabulary that lacks one, or gives it
// another type, is refused by the engine when a matter needs it. Effective facts only; today is the stamp's day.
#pragma once

namespace concordat::record::authority {
inline constexpr const char* kParty = "party";                        // body -> body, many: the legal parties of a joint body.
inline constexpr const char* kJointly = "jointly";                    // body -> flag: a name for its parties together; it is no body besides them.
inline constexpr const char* kMode = "mode";                          // body -> code: joint, in_common, individual_delegates, advisory.
inline constexpr const char* kRepresentedBy = "represented_by";       // body, scope party -> office or person holding the seat.
inline constexpr const char* kSeat = "seat";                          // body, scope party -> office, many: its seats, where a party has several.
inline constexpr const char* kSeatClass = "seat_class";               // body, scope office or party -> code, many: constituent, officer, …
inline constexpr const char* kCommittee = "committee";                // body, scope party -> body: the committee through which it decides in common.
inline constexpr const char* kParent = "parent";                      // body -> body: whose committee it is; its standing orders reach it.
inline constexpr const char* kDelegatedAuthority = "delegated_authority";  // office or person -> matter type, many: may decide it alone.
inline constexpr const char* kDeputy = "deputy";                      // office or person -> office or person, many: named deputies.
inline constexpr const char* kLevel = "level";                        // office or person -> code: director, head, …
inline constexpr const char* kHolder = "holder";                      // office -> person.
inline constexpr const char* kCompetentFor = "competent_for";         // body -> matter type, many.
inline constexpr const char* kReservedTo = "reserved_to";             // matter type -> body.
inline constexpr const char* kBarredFrom = "barred_from";             // capacity -> matter type, many (U01).
inline constexpr const char* kExcludes = "excludes";                  // sitting ("sitting:joint-committee/one") -> body, many (GR-06).
inline constexpr const char* kParts = "parts";                        // body -> code, many: "one", "two" (GR-05).
inline constexpr const char* kRaisedFirstWith = "raised_first_with";  // issue -> office or body, many.
inline constexpr const char* kEscalatesTo = "escalates_to";           // issue, scope from -> office or body, many.
inline constexpr const char* kInterestIn = "interest_in";             // person or office -> any subject, many: standing declarations.
inline constexpr const char* kBankHoliday = "bank_holiday";          // calendar -> text: no working day; a fact for each day.
inline constexpr const char* kCalendarCovers = "calendar_covers";     // calendar -> flag: its bank holidays are known for that time.
inline constexpr const char* kInSystem = "in_system";               // place -> body: whose area it belongs to, one at a time.
inline constexpr const char* kNonDelegable = "non_delegable";         // function -> flag.
inline constexpr const char* kNotAParty = "not_a_legal_party";        // body -> flag: clusters, offices, groups (GR-12).
inline constexpr const char* kAlias = "alias";                        // any -> text, many.
inline constexpr const char* kStatedIn = "stated_in";                  // any, scope predicate -> text: id of the document that would state it.
inline constexpr const char* kName = "name";                          // any -> text.
}  // namespace concordat::record::authority
