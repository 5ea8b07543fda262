// concordat private: init, list, keys, prove. What changes the ledger is in private_acts.cc.
#include "app/private.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

#include "app/audit.h"
#include "app/files.h"
#include "app/json_text.h"
#include "app/private_keys.h"
#include "app/seal.h"
#include "app/table.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

std::string marks_of(const v1::SealedWords& words) {
  std::string out;
  for (const v1::Exemption& one : words.exemptions()) out += (out.empty() ? "" : "; ") + one.ground() + (one.review().empty() ? "" : " (review " + one.review() + ")");
  if (!words.embargo().empty()) out += (out.empty() ? "" : "; ") + std::string("embargo until ") + words.embargo();
  return out;
}

std::string retention_of(const v1::SealedWords& words) {
  return words.retention().empty() ? "" : words.retention() + (words.retain_until() == "permanent" ? ", for good" : ", until " + words.retain_until());
}

// "matter:M" is M's own words; a plain id means it too.
std::string subject_named(const std::string& name) { return name.empty() || name.find(':') != std::string::npos ? name : "matter:" + name; }

Status list(Common& common, const std::string& named) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"mark", "subject", "said in", "day", "event", "marked", "kept", "state"});
  std::map<std::string, v1::PrivateSubjectRow> subjects;
  projections::each_private(*reading->store, reading->ledger, subject_named(named), [&](const v1::PrivateRow& row) {
    if (common.json()) std::printf("%s\n", json_of(row).c_str());
    const std::string& subject = row.words().subject();
    if (!subjects.contains(subject)) subjects[subject] = projections::private_subject(*reading->store, reading->ledger, subject);
    std::string state = projections::erased_sentence(subjects[subject], row.words().sealed().key());
    for (const v1::HoldPlaced& hold : subjects[subject].holds()) state += (state.empty() ? "" : "; ") + std::string("held: ") + hold.hold();
    table.row({row.words().mark(), subject, row.matter(), row.day(), std::to_string(row.sequence()), marks_of(row.words()), retention_of(row.words()), state.empty() ? "sealed" : state});
    return true;
  });
  if (common.json()) return {};
  if (table.empty()) std::printf("There are no private words%s.\n", named.empty() ? "" : " of it");
  else table.print();
  return {};
}

Status keys(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (common.place.private_keys.empty()) return Status::invalid("--private-keys: expected the directory of the keys, but none was given");
  auto store = PrivateKeys::open(common.place.private_keys, common.place.data);
  if (!store.ok()) return store.status();
  Table table({"key", "words", "state"});
  std::size_t wrong = 0;
  for (const KeyState& one : key_states(*reading->store, reading->ledger, *store)) {
    wrong += one.good ? 0 : 1;
    if (common.json()) std::printf("{\"key\":%s,\"words\":%zu,\"good\":%s,\"state\":%s}\n", quoted_json(one.id).c_str(), one.words, one.good ? "true" : "false", quoted_json(one.state).c_str());
    table.row({one.id, std::to_string(one.words), one.state});
  }
  if (!common.json() && table.empty()) std::printf("There are no keys, and none is needed.\n");
  else if (!common.json()) table.print();
  return wrong == 0 ? Status() : Status::corrupt("expected every key to be there and good, but " + std::to_string(wrong) + (wrong == 1 ? " is not" : " are not"));
}

// For whoever kept words and salt: that the ledger commits to just these, whether or not the key is still there.
Status prove(Common& common, const std::string& mark, const std::string& file, const std::string& salt) {
  if (from_hex(salt).size() != 32) return Status::invalid("--salt: expected 64 hexadecimal digits, but it is another");
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto words = read_file(file);
  if (!words.ok()) return words.status();
  v1::PrivateRow row;
  if (!projections::find_private(*reading->store, reading->ledger, mark, &row)) return Status::not_found("expected private words of ledger " + reading->ledger + ", but there are none with the mark " + mark);
  if (commitment_of(*words, from_hex(salt)) != row.words().sealed().commitment())
    return Status::corrupt("expected the words and the salt that event " + std::to_string(row.sequence()) + " commits to, but " + file + " with this salt are not");
  if (common.json()) std::printf("{\"mark\":%s,\"event\":%llu,\"same\":true}\n", quoted_json(mark).c_str(), static_cast<unsigned long long>(row.sequence()));
  else std::printf("These are the words that event %llu commits to (%s, %s).\n", static_cast<unsigned long long>(row.sequence()), row.words().subject().c_str(), row.day().c_str());
  return {};
}

Status make(const Common& common) {
  if (common.place.private_keys.empty()) return Status::invalid("--private-keys: expected the directory to make, but none was given");
  if (Status status = PrivateKeys::make(common.place.private_keys, common.place.data); !status.ok()) return status;
  if (common.json()) std::printf("{\"private_keys\":%s,\"ready\":true}\n", json_text(common.place.private_keys).c_str());
  else std::printf("%s is ready for the keys of private words\n", common.place.private_keys.c_str());
  return {};
}

}  // namespace

std::vector<KeyState> key_states(const projections::Store& store, const std::string& ledger, const PrivateKeys& keys) {
  std::map<std::string, std::size_t> needed;
  std::map<std::string, std::string> gone;
  projections::each_private(store, ledger, "", [&](const v1::PrivateRow& row) { ++needed[row.words().sealed().key()]; return true; });
  projections::each_private_subject(store, ledger, [&](std::string_view, const v1::PrivateSubjectRow& row) {
    for (const auto& one : row.erasures()) gone[one.key()] = projections::erased_sentence(row, one.key());
  });
  for (const std::string& id : keys.ids(ledger)) needed.emplace(id, 0);
  std::vector<KeyState> out;
  for (const auto& [id, words] : needed) {
    KeyState one{id, words, "good", true};
    const bool there = keys.has(ledger, id);
    if (const auto erased = gone.find(id); erased != gone.end()) {
      one.state = there ? "STILL THERE, though " + erased->second + "; it goes when the instance that keeps it starts" : erased->second;
      one.good = !there;
    } else if (auto key = keys.key(ledger, id); key.ok()) {
      wipe(&*key);
    } else {
      one.state = there ? key.status().why() : "MISSING: put it back from its backup, or record its loss with: concordat private erase";
      one.good = false;
    }
    out.push_back(std::move(one));
  }
  return out;
}

void add_private(CLI::App& app, Common& common) {
  CLI::App* under = app.add_subcommand("private", "Private words: sealed, read by right, disclosed, held and erased");
  under->require_subcommand(1);
  under->footer("A command's text refers to private words as [[name]] and gives them under private_words; the ledger keeps \"[sealed MARK]\".\n"
                "Examples:\n  concordat private init --private-keys ~/keys\n  concordat private list HUB-1\n  concordat private show HUB-1 --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7 --purpose \"audit of 2026\"");
  CLI::App* init = under->add_subcommand("init", "Make the directory of the keys, for its owner only");
  init->footer("Example:\n  concordat private init --private-keys /srv/concordat-keys");
  init->callback([&common] { run(common, [&] { return make(common); }); });
  struct Asked { std::string name, file, salt; };
  auto asked = std::make_shared<Asked>();
  CLI::App* all = under->add_subcommand("list", "What is private, how it is marked, until when it is kept; not the words");
  all->add_option("SUBJECT", asked->name, "Of that subject or matter only");
  all->footer("Example:\n  concordat private list person:phil-johns --format json");
  all->callback([&common, asked] { run(common, [&] { return list(common, asked->name); }); });
  CLI::App* look = under->add_subcommand("keys", "Whether every key that is needed is there and good. Exit 5 if not");
  look->footer("Example:\n  concordat private keys --private-keys /srv/concordat-keys");
  look->callback([&common] { run(common, [&] { return keys(common); }); });
  CLI::App* same = under->add_subcommand("prove", "Show that words somebody kept are those the ledger commits to; needs no key");
  same->add_option("MARK", asked->name, "As the text has it: [sealed MARK]")->required();
  same->add_option("FILE", asked->file, "The words, byte for byte")->required();
  same->add_option("--salt", asked->salt, "64 hexadecimal digits, from when the words were shown")->required();
  same->footer("Example:\n  concordat private prove 3f9ac21b77aa01cd words.txt --salt 0011…");
  same->callback([&common, asked] { run(common, [&] { return prove(common, asked->name, asked->file, asked->salt); }); });
  add_private_acts(*under, common);
  add_disclose(*under, common);
}

}  // namespace concordat::app
