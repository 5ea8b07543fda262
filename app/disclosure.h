// Texts for people in which private words stand: what a copy may say of each paragraph on that day, and the schedule that goes
// with it. Nothing is guessed: words are released only if they were under an embargo that is over and no exemption stands.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "projections/store.h"

namespace concordat::app {

struct Scheduled {
  std::size_t number = 0;          // Of the paragraph in this copy, from 1.
  std::string mark, subject;
  std::string what;                // released, withheld, erased or unexplained: no exemption or embargo stands any more.
  std::string why;                 // Grounds with their reasons; until when; or by whom it was erased.
  std::string review;              // The first day on which an exemption is looked at again; empty = no day was set.
};

class Disclosure {
 public:
  Disclosure(const projections::Store& store, std::string ledger, std::string day);

  // The text with something for people in place of every "[sealed …]"; the same words have the same number throughout.
  std::string copy(const std::string& text);
  // Those of the text that may be released on that day, by subject.
  std::map<std::string, std::vector<std::string>> releasable(const std::string& text) const;
  // From now on these words stand in the copy. What may be released is for releasable() to say, or for a right to read them all.
  void release(const std::string& mark, const std::string& words) { released_[mark] = words; }

  const std::vector<Scheduled>& schedule() const { return schedule_; }
  static const std::vector<std::string>& heads();              // Of the schedule as a table.
  std::vector<std::vector<std::string>> rows() const;

 private:
  Scheduled judge(const std::string& mark) const;
  const projections::Store& store_;
  const std::string ledger_, day_;
  std::map<std::string, std::string> titles_;                  // Ground -> title, of the newest scheme.
  std::map<std::string, std::string> released_;                // Mark -> words.
  std::map<std::string, std::size_t> numbers_;
  std::vector<Scheduled> schedule_;
};

// The marks in a text, in their order.
std::vector<std::string> marks_in(const std::string& text);

}  // namespace concordat::app
