// Minutes, drafted from the events of a meeting and of the items that lay before it. Nothing in the draft is not on the ledger.
#pragma once

#include <string>

#include "app/common.h"
#include "app/page.h"

namespace concordat::app {

// `for_public`: without what was said and decided in private items. Fails if there is no such meeting, or no notice of it.
// `part`: of that part only, as it goes to whoever took part in it; empty = the whole.
// `explained`: with something for people in place of the marks of private words; else the marks stand as they are.
Result<Page> minutes_of(const Reading& reading, const std::string& meeting, bool for_public, bool explained = true, const std::string& part = {});

std::string day_words(const std::string& day);                  // "20 October 2026"; other words stay as they are.

}  // namespace concordat::app
