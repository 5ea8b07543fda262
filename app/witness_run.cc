// concordat witness, and concordat log witness: one watches, the other asks to be watched.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "app/audit.h"
#include "app/files.h"
#include "app/http_client.h"
#include "app/keys.h"
#include "app/policy.h"
#include "app/witness.h"
#include "projections/proof/base64.h"
#include "projections/proof/log.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

constexpr int kWaitMs = 10'000;
volatile std::sig_atomic_t stopping = 0;

struct Asked { std::string key, directory, listen = "127.0.0.1:8095", checkpoint, out, policy; std::vector<std::string> logs, urls; };

// Those named, and those of the policy.
Result<std::vector<proof::Verifier>> logs_of(const Asked& asked) {
  if (asked.logs.empty() && asked.policy.empty()) return Status::invalid("expected --log or --policy, but there is neither");
  if (asked.policy.empty()) return load_verifiers(asked.logs);
  auto policy = load_policy(asked.policy);
  if (!policy.ok()) return policy.status();
  if (policy->logs.empty()) return Status::invalid(asked.policy + ": expected a log to watch, but there is none");
  std::vector<proof::Verifier> out = policy->logs;
  if (asked.logs.empty()) return out;
  auto named = load_verifiers(asked.logs);
  if (!named.ok()) return named.status();
  for (const proof::Verifier& log : *named)
    if (std::find(out.begin(), out.end(), log) == out.end()) out.push_back(log);
  return out;
}

Status serve(Common& common, const Asked& asked) {
  auto key = load_key(asked.key, common.place.data);
  if (!key.ok()) return key.status();
  if (key->verifier.type != proof::kCosignerKey) return Status::invalid(asked.key + ": expected a witness's key (concordat key generate --witness), but it is a log's");
  auto logs = logs_of(asked);
  if (!logs.ok()) return logs.status();
  std::error_code error;
  std::filesystem::create_directories(asked.directory, error);
  const int held = open((asked.directory + "/lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (held < 0 || flock(held, LOCK_EX | LOCK_NB) != 0) return Status::busy(asked.directory + ": expected a directory of this witness alone, but another process has it");
  Witness witness(*key, *logs, asked.directory, [] { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); });
  auto server = http::Server::start({.listen = asked.listen,
                                     .handle = [&](http::Request request, http::Answer answer) { answer(witness.answer(request)); },
                                     .failed = [](int status, const std::string& why) { http::Reply out; out.status = status; out.type = "text/plain"; out.body = why + "\n"; return out; },
                                     .deadline_ms = [](const http::Request&) { return kWaitMs; }});
  if (!server.ok()) return server.status();
  std::signal(SIGINT, [](int) { stopping = 1; });
  std::signal(SIGTERM, [](int) { stopping = 1; });
  std::printf("witness %s on http://%s\n", key->verifier.name.c_str(), (*server)->address().c_str());
  std::fflush(stdout);
  while (stopping == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  (*server)->drain(kWaitMs);
  return {};
}

// One witness's signature on a checkpoint. It is asked from what it saw last, which it tells if we do not know.
Result<std::string> cosigned(proof::Log& log, const proof::Checkpoint& head, const std::string& note, const std::string& url) {
  std::uint64_t old = 0;
  for (int round = 0; round < 3; ++round) {
    const auto path = log.consistency(old, head.size);
    if (!path.ok()) return path.status();
    std::string body = "old " + std::to_string(old) + "\n";
    for (const proof::Hash& hash : *path) body += proof::base64(hash) + "\n";
    const auto told = http::post(url + (url.ends_with("/") ? "add-checkpoint" : "/add-checkpoint"), body + "\n" + note, kWaitMs);
    if (!told.ok()) return told.status();
    if (told->status == 200) return told->body;
    const std::string why = told->body.substr(0, told->body.find('\n'));
    if (told->status != 409) {
      if (told->status == 422) return Status::corrupt(url + ": FORK: it saw another log under this name: " + why);
      return Status::invalid(url + ": expected it to sign, but it answered " + std::to_string(told->status) + ": " + why);
    }
    const std::uint64_t seen = std::strtoull(why.c_str(), nullptr, 10);
    if (seen > head.size) return Status::corrupt(url + ": expected a log of at least the " + std::to_string(seen) + " events that it saw, but this checkpoint has " + std::to_string(head.size) + "; a restored backup, or a fork");
    if (seen == old) return Status::corrupt(url + ": FORK: it saw another root for the same " + std::to_string(seen) + " events");
    old = seen;
  }
  return Status::unavailable(url + ": others ask it at the same time; try again");
}

Status ask(Common& common, const Asked& asked) {
  std::vector<std::string> urls = asked.urls;
  auto policy = asked.policy.empty() ? Result<Policy>(Policy()) : load_policy(asked.policy);
  if (!policy.ok()) return policy.status();
  for (const Policy::Member& one : policy->members)
    if (!one.url.empty()) urls.push_back(one.url);
  if (urls.empty()) return Status::invalid("expected --url, or a --policy with addresses of witnesses, but there is none");
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto bytes = read_file(asked.checkpoint);
  if (!bytes.ok()) return bytes.status();
  auto note = proof::read_note(*bytes);
  const auto head = note.ok() ? proof::read_checkpoint(note->text) : Result<proof::Checkpoint>(note.status());
  if (!head.ok()) return head.status();
  proof::Log log(*reading->store, reading->ledger);
  Status worst;
  std::size_t signed_by = 0;
  for (const std::string& url : urls) {
    const auto lines = cosigned(log, *head, *bytes, url);
    const auto one = lines.ok() ? proof::read_note(note->text + "\n" + *lines) : Result<proof::Note>(lines.status());
    if (!one.ok()) {
      complain(one.status());
      if (worst.ok() || one.status().kind() == Status::Kind::kCorrupt) worst = one.status();
      continue;
    }
    ++signed_by;
    for (const proof::Signature& signature : one->signatures) note->signatures.push_back(signature);
  }
  if (signed_by > 0)
    if (Status status = replace_file(asked.out.empty() ? asked.checkpoint : asked.out, proof::write(*note)); !status.ok()) return status;
  if (common.json()) std::printf("{\"asked\":%zu,\"signed\":%zu}\n", urls.size(), signed_by);
  else std::printf("%zu of %zu witnesses signed\n", signed_by, urls.size());
  if (!asked.policy.empty()) {
    const auto by = proof::verify(*note, policy->keys());
    if (const Status enough = by.ok() ? policy->enough(*by) : by.status(); !enough.ok() && worst.ok()) return Status::unavailable(asked.checkpoint + ": by the policy: " + enough.why());
  }
  if (!worst.ok()) common.exit = worst.kind() == Status::Kind::kCorrupt ? kCorrupt : worst.kind() == Status::Kind::kUnavailable ? kUnavailable : kUsage;
  return {};
}

}  // namespace

void add_witness(CLI::App& app, Common& common) {
  auto asked = std::make_shared<Asked>();
  CLI::App* watch = app.add_subcommand("witness", "Watch logs: cosign checkpoints that continue what was seen before (C2SP tlog-witness)");
  watch->add_option("--key", asked->key, "This witness's private key (concordat key generate --witness)")->required();
  watch->add_option("--log", asked->logs, "Public key of a log to watch; file or NAME+ID+KEY; repeat");
  watch->add_option("--policy", asked->policy, "File whose logs are watched too (C2SP tlog-policy)");
  watch->add_option("--state", asked->directory, "Directory for what it saw")->required();
  watch->add_option("--listen", asked->listen, "HOST:PORT")->capture_default_str();
  watch->footer("Each organisation runs its own, on its own machine, with its own key. It needs no data of Concordat.\nExample:\n  concordat witness --key ~/bsol.key --log owm.key.pub --state ~/seen --listen 127.0.0.1:8095");
  watch->callback([&common, asked] { run(common, [&] { return serve(common, *asked); }); });
}

void add_ask_witness(CLI::App& log, Common& common) {
  auto asked = std::make_shared<Asked>();
  CLI::App* command = log.add_subcommand("witness", "Ask witnesses to cosign a checkpoint; their signatures are added to it");
  command->add_option("CHECKPOINT", asked->checkpoint, "A signed checkpoint of this ledger")->required();
  command->add_option("--url", asked->urls, "http://HOST:PORT of a witness; repeat");
  command->add_option("--policy", asked->policy, "File of witnesses with their addresses; ends with 4 if too few signed by it (C2SP tlog-policy)");
  command->add_option("--out", asked->out, "Into this file (default: the checkpoint itself)");
  command->footer("Ends with 5 if a witness saw another log under this name: a fork, or a restored backup.\nExample:\n  concordat log witness june.note --url http://127.0.0.1:8095\n  concordat log witness june.note --policy six-boards.policy");
  command->callback([&common, asked] { run(common, [&] { return ask(common, *asked); }); });
}

}  // namespace concordat::app
