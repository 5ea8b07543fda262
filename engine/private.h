// Private words, as far as the rules know them: whose they are, how long they are kept, who may read them and when their key
// may be destroyed. The words themselves never come here: the edge seals them first.
#pragma once

#include <string>
#include <string_view>

#include "engine/work.h"

namespace concordat {

// The key that protects a subject's words: "person:x#2" is the one after the first was destroyed.
std::string private_key_of(std::string_view subject, std::uint32_t generation);

// Malformed: words in the clear, or sealed ones that do not belong to what the command says.
Status check_sealed(const v1::Command& command);
// Whether the private words of a command may be kept as they ask to be; then, once the command is accepted, that they are.
Refusal check_private_words(const Work& work);
void emit_private_words(Work& work);

Refusal decide(Work&, const v1::PublishPrivacyScheme&);
Refusal decide(Work&, const v1::ReadWords&);
Refusal decide(Work&, const v1::MarkWords&);
Refusal decide(Work&, const v1::PlaceHold&);
Refusal decide(Work&, const v1::ReleaseHold&);
Refusal decide(Work&, const v1::EraseWords&);
Refusal decide(Work&, const v1::ApproveErasure&);
Refusal decide(Work&, const v1::ConfirmErasure&);

// Events that outlive matters although they may name one.
bool about_private(const v1::Event& event);
// True iff it changed what is remembered. `by`: who acted.
bool evolve(Privacy& privacy, const v1::Event& event, std::string_view by);

}  // namespace concordat
