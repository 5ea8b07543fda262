// The predicates that the engine itself reads for authority, named once. A vocabulary that lacks one, or gives it
// another type, is refused by the engine when a matter needs it. Effective facts only; today is the stamp's day.
#pragma once

namespace concordat::record::authority {
inline constexpr const char* kParty = "party";                        // body -> body, many: the legal parties of a joint body.
inline constexpr const char* kMode = "mode";                          // body -> code: joint, in_common, individual_delegates, advisory.
inline constexpr const char* kRepresentedBy = "represented_by";       // body, scope party -> office or person holding the seat.
inline constexpr const char* kHolder = "holder";                      // office -> person.
inline constexpr const char* kCompetentFor = "competent_for";         // body -> matter type, many.
inline constexpr const char* kReservedTo = "reserved_to";             // matter type -> body.
inline constexpr const char* kBarredFrom = "barred_from";             // capacity -> matter type, many (U01).
inline constexpr const char* kExcludes = "excludes";                  // sitting ("sitting:joint-committee/one") -> body, many (GR-06).
inline constexpr const char* kParts = "parts";                        // body -> code, many: "one", "two" (GR-05).
inline constexpr const char* kRaisedFirstWith = "raised_first_with";  // issue -> office or body, many.
inline constexpr const char* kEscalatesTo = "escalates_to";           // issue, scope from -> office or body, many.
inline constexpr const char* kNonDelegable = "non_delegable";         // function -> flag.
inline constexpr const char* kNotAParty = "not_a_legal_party";        // body -> flag: clusters, offices, groups (GR-12).
inline constexpr const char* kAlias = "alias";                        // any -> text, many.
inline constexpr const char* kStatedIn = "stated_in";                  // any, scope predicate -> text: id of the document that would state it.
inline constexpr const char* kName = "name";                          // any -> text.
}  // namespace concordat::record::authority
