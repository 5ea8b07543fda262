// Questions in a few words and about any length of time, and the model as a whole: what command line and service share.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "concordat/v1/record.pb.h"
#include "engine/base/status.h"
#include "engine/record/when.h"
#include "projections/views/record.h"

namespace concordat::app {

// "who leads": the words of the vocabulary that it may mean, the likeliest first.
struct Form { const char *verb, *form, *example; std::vector<std::string> words; };
const std::vector<Form>& forms();

// "who leads CHC" -> its form and the subject that was named. kInvalid: not in one of the forms.
struct Short { const Form* form = nullptr; std::string subject; };
Result<Short> read_short(std::string_view words);
// Of those words, the ones that the record uses of the subject; where it uses none, the first that can be said of its kind.
std::vector<std::string> words_asked(const projections::RecordReader& record, const std::string& subject, const std::vector<std::string>& words);

// The days that a date of any precision means: "by a day" and "from a day on" are asked of that day.
struct Days { record::When when; record::Day first, last; };
Result<Days> days_of(std::string_view date);

// What is said of a time within which the answer changes.
std::string changes_within(const record::When& when);

// kInvalid if it is no day, or one that is still to come: nobody knows yet what will be known then.
Status check_known(const std::string& flag, const std::string& day, record::Day today);

// The record sets that are asked about, as questions name them: "matters" are the facts that matters of this ledger made.
// kInvalid, naming those there are: one that the ledger has not.
Status set_record_sets(const projections::RecordReader& record, const std::string& flag, const std::vector<std::string>& sets, v1::Question* question);

// A subject by id or by one of its recorded names. kInvalid, with the candidates or with what resembles it: a name is never guessed.
Result<std::string> subject_named(const projections::RecordReader& record, const std::string& name);
// kInvalid, with what the record says of that subject: a word that the vocabulary has not.
Status check_word(const projections::RecordReader& record, const std::string& subject, const std::string& predicate);

// Of "", a kind ("team:"), an id or a recorded name: the subjects. kInvalid as resolve says.
Result<std::vector<std::string>> subjects_about(const projections::RecordReader& record, const std::string& about);

// What the record says of that, at the days, in the mode and by the sets of `base`.
v1::Answer answer_of(const projections::RecordReader& record, v1::Question base, const std::string& subject, const std::string& predicate, const std::string& scope);

// The answer to every word and scope that the record uses of the subject. `base` has the times.
void ask_all(const projections::RecordReader& record, const std::string& subject, const v1::Question& base, const std::function<void(v1::Answer)>& each);

// Subjects that share a word with what was named, the nearest first, each with its name. For people to choose from: a name
// is never guessed.
std::vector<std::string> perhaps(const projections::RecordReader& record, std::string_view name);

// What can be asked of the subject: the word, how many statements use it, and its scopes. Those without a statement last.
struct Askable { v1::Predicate word; std::size_t statements = 0; std::vector<std::string> scopes; };
std::vector<Askable> askable(const projections::RecordReader& record, const std::string& subject);

}  // namespace concordat::app
