#include "app/subscription_keep.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/webhook_target.h"
#include "app/yaml_commands.h"
#include "engine/record/when.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;

// Standard Webhooks' own: three days in all.
constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
const std::vector<std::int64_t> kSchedule = {5 * kSecond, 5 * kMinute, 30 * kMinute, 2 * kHour, 5 * kHour, 10 * kHour, 14 * kHour, 20 * kHour, 24 * kHour};
constexpr std::uint32_t kWaitMax = 7u * 24 * 3600 * 1000;
constexpr double kJitter = 0.2;
constexpr char kMark[] = "concordat-subscription-1\n";   // Before the bytes, so that another format is told from damage.

Status outside(const std::string& field, std::uint32_t value, std::uint32_t least, std::uint32_t most) {
  return value == 0 || (value >= least && value <= most) ? Status() : Status::invalid(field + ": expected " + std::to_string(least) + " to " + std::to_string(most) + ", but it is " + std::to_string(value));
}

Status check(const v1::Subscription& one, const std::vector<v1::Feed>& feeds) {
  const std::string& name = one.name();
  if (name.empty() || name.size() > 64 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return Status::invalid("name: expected 1 to 64 lower-case letters, digits or dashes");
  if (std::none_of(feeds.begin(), feeds.end(), [&](const v1::Feed& feed) { return feed.name() == one.feed(); }))
    return Status::invalid("feed: expected one that is declared, but there is none called \"" + one.feed() + "\"");
  if (const std::string& from = one.from(); !from.empty() && from != "beginning" && from != "now")
    if (const auto day = record::parse_day(from); !day.ok()) return Status::invalid("from: expected beginning, now or a day, but " + day.status().why());
  for (const Status& status : {outside("attempts", one.attempts(), 1, 100), outside("timeout_ms", one.timeout_ms(), 100, 3'600'000), outside("in_flight", one.in_flight(), 1, 1000), outside("parked_max", one.parked_max(), 1, 10'000)})
    if (!status.ok()) return status;
  for (const std::uint32_t wait : one.wait_ms())
    if (wait > kWaitMax) return Status::invalid("wait_ms: expected at most seven days, but it is " + std::to_string(wait));
  if (!one.has_webhook()) return {};
  if (auto target = webhook_target(one.webhook()); !target.ok()) return target.status();
  return secrets_of(one.webhook()).status();
}

Result<std::string> unbase64(const std::string& text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size = text.empty() || text.size() % 4 != 0 ? -1 : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return Status::invalid("it is no base64");
  out.resize(static_cast<std::size_t>(size) - static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '=')));
  return out;
}

std::string state_file(const std::string& data, const std::string& name) { return data + "/subscriptions/" + name; }

}  // namespace

DeliveryBook::Settings settings_of(const v1::Subscription& one) {
  DeliveryBook::Settings out;
  if (one.attempts() != 0) out.attempts = one.attempts();
  if (one.timeout_ms() != 0) out.timeout_ms = one.timeout_ms();
  if (one.parked_max() != 0) out.parked_max = one.parked_max();
  out.in_flight = one.in_flight() != 0 ? one.in_flight() : one.has_webhook() ? 10 : 100;
  out.wait_ms.assign(one.wait_ms().begin(), one.wait_ms().end());
  if (out.wait_ms.empty() && one.has_webhook()) out.wait_ms = kSchedule;
  out.jitter = kJitter;
  return out;
}

Result<std::vector<v1::Subscription>> load_subscriptions(const std::string& path, const std::vector<v1::Feed>& feeds) {
  std::vector<v1::Subscription> out;
  std::set<std::string> names;
  std::size_t checked = 0;
  Status status = parse_message_files(path, "subscriptions", [&] { return &out.emplace_back(); }, [&](const std::string& file) -> Status {
    for (; checked < out.size(); ++checked) {
      const v1::Subscription& one = out[checked];
      if (Status wrong = check(one, feeds); !wrong.ok()) return Status::invalid(file + ": subscription \"" + one.name().substr(0, 64) + "\": " + wrong.why());
      if (!names.insert(one.name()).second) return Status::invalid(file + ": expected each subscription once, but \"" + one.name() + "\" stands twice");
    }
    return {};
  });
  if (!status.ok()) return status;
  return out;
}

Result<v1::SubscriptionState> read_state(const std::string& data, const std::string& name) {
  const std::string file = state_file(data, name);
  std::ifstream in(file, std::ios::binary);
  if (!in) return Status::not_found(file + ": there is none yet");
  std::stringstream bytes;
  bytes << in.rdbuf();
  const std::string text = bytes.str();
  v1::SubscriptionState out;
  const std::size_t mark = sizeof kMark - 1;
  if (!text.starts_with(kMark) || !out.ParseFromArray(text.data() + mark, static_cast<int>(text.size() - mark)))
    return Status::corrupt(file + ": expected the state of a subscription, but it cannot be read; move it away to begin again where the declaration says");
  return out;
}

Status write_state(const std::string& data, const std::string& name, const v1::SubscriptionState& state) {
  const std::string file = state_file(data, name), fresh = file + ".new", bytes = kMark + state.SerializeAsString();
  std::error_code error;
  fs::create_directories(data + "/subscriptions", error);
  const int out = open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  const bool good = out >= 0 && write(out, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && fsync(out) == 0;
  if (out >= 0) close(out);
  if (!good || std::rename(fresh.c_str(), file.c_str()) != 0) return Status::unavailable(file + ": could not be written");
  return {};
}

Result<std::vector<std::string>> secrets_of(const v1::Webhook& webhook) {
  const std::string& file = webhook.secret_file();
  const auto wrong = [&](const std::string& what) { return Status::invalid("secret_file: expected " + what + "; make one with: concordat subscription secret FILE"); };
  struct stat about{};
  if (file.empty() || stat(file.c_str(), &about) != 0) return wrong("a file that can be read, but \"" + file + "\" cannot");
  if ((about.st_mode & 077) != 0) return wrong(file + " readable by its owner only, but others may read it (chmod 600)");
  std::ifstream in(file);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto secret = line.starts_with("whsec_") ? unbase64(line.substr(6)) : Result<std::string>(Status::invalid(""));
    if (!secret.ok() || secret->size() < 24 || secret->size() > 64) return wrong("lines of \"whsec_\" and base64 of 24 to 64 bytes, but line " + std::to_string(out.size() + 1) + " of " + file + " is none");
    out.push_back(*secret);
  }
  if (out.empty()) return wrong("at least one secret, but " + file + " has none");
  return out;
}

}  // namespace concordat::app
