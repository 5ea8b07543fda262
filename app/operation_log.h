// What happens to a server, for who runs it: one line an event on stderr, as text or as JSON. Said are events of operation only, never
// what is served: no matter, person, command id, token or words of anybody; of a caller the address at most.
// Threads: any. More than a few lines of one event a second are counted, not written, so that nobody can flood it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace concordat::app {

enum class LogForm { kText, kJson };
void log_as(LogForm form);                           // Before the first line; text unless said.

using LogFields = std::vector<std::pair<const char*, std::string>>;
// `event`: a word of docs/operator.md. `wrong`: somebody should look at it.
void log_event(const char* event, const LogFields& fields = {}, bool wrong = false);

}  // namespace concordat::app
