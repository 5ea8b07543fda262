// Questions as people put them on the command line or in a file, and their answers with the columns of a question file.
#pragma once

#include <string>
#include <vector>

#include "app/common.h"

namespace concordat::app {

struct Asked {
  std::string subject, predicate, at, known, scope, mode = "arrangement";
  std::vector<std::string> sets;
};

// The subject resolved, the words and days checked. A failure says what was expected.
Result<v1::Question> question_of(const Reading& reading, const Asked& asked);

// kInvalid if that day is still to come: nobody knows yet what will be known then.
Status check_known(const std::string& flag, const std::string& day);

// Every row of a CSV file with subject, predicate, as_of_date and, if there, id, question, scope, mode, known_as_of and
// record_set, answered in order. `common` says whether as table, CSV or JSON. `asked` holds for what a row leaves out.
// A row that cannot be read is told with its line, and nothing is answered.
Status ask_file(const Common& common, const Reading& reading, const std::string& file, const Asked& asked);

}  // namespace concordat::app
