#include "app/operation_log.h"

#include <cstdio>
#include <ctime>
#include <map>
#include <mutex>

#include "app/clock.h"
#include "app/instant.h"
#include "app/json_text.h"

namespace concordat::app {
namespace {

constexpr int kLinesASecond = 20;                    // Of one event.

struct Said { std::int64_t second = 0; int lines = 0; std::uint64_t left_out = 0; };
struct Log {
  std::mutex mutex;                                  // Guards the rest.
  LogForm form = LogForm::kText;
  std::map<std::string, Said> said;
};
Log& the_log() { static Log log; return log; }

// A line of text has no line ends in it, whatever a peer or a library put there.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

}  // namespace

void log_as(LogForm form) {
  const std::lock_guard lock(the_log().mutex);
  the_log().form = form;
}

void log_event(const char* event, const LogFields& fields, bool wrong) {
  const std::int64_t now = now_ms();
  const std::lock_guard lock(the_log().mutex);
  Said& said = the_log().said[event];
  if (said.second != now / 1000) said = {now / 1000, 0, said.left_out};
  if (++said.lines > kLinesASecond) { ++said.left_out; return; }
  LogFields all = fields;
  if (said.left_out > 0) all.emplace_back("left_out", std::to_string(std::exchange(said.left_out, 0)));
  std::string line;
  if (the_log().form == LogForm::kJson) {
    line = "{\"time\":\"" + rfc3339(now) + "\",\"level\":\"" + (wrong ? "warning" : "info") + "\",\"event\":" + json_text(event);
    for (const auto& [name, value] : all) line += std::string(",\"") + name + "\":" + json_text(value);
    line += "}\n";
  } else {
    line = std::string("concordat: ") + (wrong ? "WARNING: " : "") + event;
    for (const auto& [name, value] : all) line += std::string(" ") + name + "=" + (value.find(' ') == std::string::npos && !value.empty() ? one_line(value) : "\"" + one_line(value) + "\"");
    line += "\n";
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace concordat::app
