// The private view: what private words there are, how they are marked today, and which keys were destroyed and why. The
// ciphertext stands beside the commit in the ledger view; neither holds the words.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class PrivacyScheme; class PrivateRow; class PrivateSubjectRow; class Sealed; }

namespace concordat::projections {

const View& private_view();
// By their mark, as texts refer to them. False if there are none; then `out` means nothing.
bool find_private(const Store& store, std::string_view ledger, std::string_view mark, v1::PrivateRow* out);
// Erasures and holds; empty if there are none.
v1::PrivateSubjectRow private_subject(const Store& store, std::string_view ledger, std::string_view subject);
// Of a subject, or of all where it is empty, in the order of subjects and of their sealing; until `each` returns false.
void each_private(const Store& store, std::string_view ledger, std::string_view subject, const std::function<bool(const v1::PrivateRow&)>& each);
// Every subject that has something: erasures or holds.
void each_private_subject(const Store& store, std::string_view ledger, const std::function<void(std::string_view subject, const v1::PrivateSubjectRow&)>& each);
// The newest; empty if none was published.
v1::PrivacyScheme privacy_scheme(const Store& store, std::string_view ledger);
// The ciphertext of such words. False if the ledger view lacks it.
bool find_sealed(const Store& store, std::string_view ledger, const v1::PrivateRow& row, v1::Sealed* out);
// "erased on 2026-05-01 under …, by …": when that key was destroyed; empty if it was not.
std::string erased_sentence(const v1::PrivateSubjectRow& row, std::string_view key);

}  // namespace concordat::projections
