#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "app/feed.h"
#include "app/yaml_commands.h"

namespace concordat::app {
namespace {

Status check(const v1::Feed& feed, const std::string& from) {
  const auto wrong = [&](const std::string& what) { return Status::invalid(from + ": feed \"" + feed.name() + "\": " + what); };
  const std::string& name = feed.name();
  if (name.empty() || name.size() > 64 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return wrong("name: expected 1 to 64 lower-case letters, digits or dashes");
  if (feed.audience() == v1::Audience::unset) return wrong("audience: expected public, members or restricted, but none is given");
  if (feed.topic().size() > 249 || feed.topic().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") != std::string::npos)
    return wrong("topic: expected at most 249 lower-case letters, digits, dots, dashes or underscores, but it is \"" + feed.topic().substr(0, 80) + "\"");
  const std::vector<std::string> types = event_types();
  for (const std::string& begin : feed.types())
    if (begin.empty() || std::none_of(types.begin(), types.end(), [&](const std::string& type) { return type.starts_with(begin); }))
      return wrong("types: expected the beginning of an event type such as decision.made or transfer., but there is none that begins with \"" + begin + "\"");
  if (feed.audience() != v1::Audience::public_ && feed.publish_procedures_size() + feed.publish_record_sets_size() > 0)
    return wrong("publish_procedures and publish_record_sets say what a public feed may tell, but its audience is " + v1::Audience::Value_Name(feed.audience()));
  return {};
}

}  // namespace

Result<std::vector<v1::Feed>> load_feeds(const std::string& path) {
  std::vector<v1::Feed> out;
  std::set<std::string> names, topics;
  std::size_t checked = 0;
  Status status = parse_message_files(path, "feeds", [&] { return &out.emplace_back(); }, [&](const std::string& file) -> Status {
    for (; checked < out.size(); ++checked) {
      const v1::Feed& one = out[checked];
      if (Status wrong = check(one, file); !wrong.ok()) return wrong;
      if (!names.insert(one.name()).second) return Status::invalid(file + ": expected each feed once, but \"" + one.name() + "\" stands twice");
      if (!one.topic().empty() && !topics.insert(one.topic()).second) return Status::invalid(file + ": expected a topic of its own for each feed, but " + one.topic() + " stands twice");
    }
    return {};
  });
  if (!status.ok()) return status;
  return out;
}

Result<std::string> feed_key(const Place& place) {
  const std::string file = place.data + "/feed.key";
  const auto read = [&] {
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  };
  std::string key = read();
  if (key.size() == 32) return key;
  if (!key.empty()) return Status::corrupt(file + ": expected 32 bytes, but it has " + std::to_string(key.size()));
  key.resize(32);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), 32) != 1) return Status::unavailable("no random bytes could be had for " + file);
  const std::string own = file + "." + std::to_string(getpid());
  const int out = open(own.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  const bool good = out >= 0 && write(out, key.data(), 32) == 32 && fsync(out) == 0;
  if (out >= 0) close(out);
  if (good) static_cast<void>(link(own.c_str(), file.c_str()));   // Whoever was first: everybody takes that one.
  unlink(own.c_str());
  key = read();
  if (key.size() != 32) return Status::unavailable(file + ": could not be written");
  return key;
}

}  // namespace concordat::app
