#include "app/private_words.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/seal.h"
#include "concordat/v1/service.pb.h"
#include "engine/engine.h"
#include "engine/private.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kWordsBytesMax = 64 * 1024;    // Of one command; it must stay below a broker's usual megabyte.

using Marks = std::map<std::string, std::string>;    // Name -> "[sealed …]"

// Where a text says [[name]]: what stands in its place. A name that is not declared is an error; used ones are noted.
Status put_marks(const std::string& path, const Marks& marks, std::set<std::string>* used, std::string* text) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text->find("[["); at != std::string::npos; at = text->find("[[", from)) {
    const std::size_t end = text->find("]]", at);
    if (end == std::string::npos) return Status::invalid(path + ": expected [[name]], but \"[[\" is not closed");
    const std::string name = text->substr(at + 2, end - at - 2);
    const auto mark = marks.find(name);
    if (mark == marks.end()) return Status::invalid(path + ": expected [[name]] of private_words, but none there is called \"" + name + "\"");
    used->insert(name);
    out += text->substr(from, at - from) + mark->second;
    from = end + 2;
  }
  if (from > 0) *text = out + text->substr(from);
  return {};
}

Status put_marks(const std::string& path, const Marks& marks, std::set<std::string>* used, pb::Message* message) {
  std::vector<const pb::FieldDescriptor*> set;
  const auto* r = message->GetReflection();
  r->ListFields(*message, &set);
  for (const auto* field : set) {
    const std::string at = path + (path.empty() ? "" : ".") + field->name();
    const bool many = field->is_repeated();
    const int count = many ? r->FieldSize(*message, field) : 1;
    for (int i = 0; i < count; ++i) {
      Status status;
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) status = put_marks(at, marks, used, many ? r->MutableRepeatedMessage(message, field, i) : r->MutableMessage(message, field));
      if (field->type() == pb::FieldDescriptor::TYPE_STRING) {
        std::string text = many ? r->GetRepeatedString(*message, field, i) : r->GetString(*message, field);
        status = put_marks(at, marks, used, &text);
        if (many) r->SetRepeatedString(message, field, i, text);
        else r->SetString(message, field, text);
      }
      if (!status.ok()) return status;
    }
  }
  return {};
}

Status check_words(const v1::Command& command) {
  std::size_t bytes = 0;
  std::set<std::string> names;
  for (int i = 0; i < command.private_words_size(); ++i) {
    const v1::PrivateWords& one = command.private_words(i);
    const std::string at = "private_words[" + std::to_string(i) + "]";
    const bool name = !one.name().empty() && one.name().size() <= 32 && std::all_of(one.name().begin(), one.name().end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!name) return Status::invalid(at + ".name: expected 1 to 32 lower-case letters, digits or underscores, but it is another");
    if (!names.insert(one.name()).second) return Status::invalid(at + ".name: expected each name once, but " + one.name() + " stands twice");
    if (one.words().empty()) return Status::invalid(at + ".words: expected what is said privately, but it is empty");
    if (one.has_sealed()) return Status::invalid(at + ".sealed: expected none, since the words are sealed here, but it is given");
    if (one.subject().empty() && matter_of(command).empty()) return Status::invalid(at + ".subject: expected whose words they are (person:…, body:…), since the command is about no matter, but it is empty");
    bytes += one.words().size();
  }
  if (bytes > kWordsBytesMax) return Status::invalid("private_words: expected at most 65536 bytes in one command, but there are " + std::to_string(bytes));
  return {};
}

Status seal_each(v1::Command* command, const KeyFor& key_for, Marks* marks) {
  for (v1::PrivateWords& one : *command->mutable_private_words()) {
    if (one.subject().empty()) one.set_subject("matter:" + matter_of(*command));
    auto key = key_for(one.subject());
    if (!key.ok()) return key.status();
    v1::Sealed& sealed = *command->add_sealed();
    sealed = seal(one.words(), key->key, key->id, command->ledger(), command->command_id() + "/" + one.name());
    wipe(&key->key);
    one.mutable_sealed()->set_commitment(sealed.commitment());
    one.mutable_sealed()->set_key(sealed.key());
    (*marks)[one.name()] = "[sealed " + mark_of(sealed.commitment()) + "]";
    wipe(one.mutable_words());
  }
  return {};
}

}  // namespace

Status seal_words(v1::Command* command, const KeyFor& key_for) {
  if (!command->sealed().empty()) return Status::invalid("sealed: expected none, since words are sealed here, but it is given");
  if (command->private_words().empty()) return {};
  if (Status status = check_words(*command); !status.ok()) return status;
  Marks marks;
  for (const v1::PrivateWords& one : command->private_words()) marks[one.name()];
  const auto* body = command->GetReflection()->GetOneofFieldDescriptor(*command, v1::Command::descriptor()->oneof_decl(0));
  if (body == nullptr) return Status::invalid("command " + command->command_id() + ": expected one thing to do, but it names none");
  pb::Message* said = command->GetReflection()->MutableMessage(command, body);
  std::set<std::string> used;
  const std::unique_ptr<pb::Message> trial(said->New());         // Nothing is sealed, and no key made, for a command that is malformed.
  trial->CopyFrom(*said);
  if (Status status = put_marks(body->name(), marks, &used, trial.get()); !status.ok()) return status;
  for (const v1::PrivateWords& one : command->private_words())
    if (!used.contains(one.name())) return Status::invalid("private_words: expected [[" + one.name() + "]] in the text of " + body->name() + ", but it is not there");
  if (Status status = seal_each(command, key_for, &marks); !status.ok()) return status;
  return put_marks(body->name(), marks, &used, said);
}

KeyFor keys_of(const PrivateKeys& keys, const projections::Store& store, const std::string& ledger) {
  return [&keys, &store, ledger](const std::string& subject) -> Result<SubjectKey> {
    const auto erasures = static_cast<std::uint32_t>(projections::private_subject(store, ledger, subject).erasures_size());
    const std::string id = private_key_of(subject, erasures + 1);
    if (!keys.has(ledger, id)) {                                 // Gone, or never made? A new one would hide a loss.
      bool lost = false;
      projections::each_private(store, ledger, subject, [&](const v1::PrivateRow& row) { lost = lost || row.words().sealed().key() == id; return !lost; });
      if (lost) return Status::unavailable("expected the key " + id + " in " + keys.directory() + ", since the ledger holds words under it, but it is missing: put it back from its backup, or record its loss (concordat private erase)");
    }
    auto key = keys.make_key(ledger, id);
    if (!key.ok()) return key.status();
    return SubjectKey{id, *std::move(key)};
  };
}

std::vector<v1::OpenedWords> open_words(const PrivateKeys& keys, const projections::Store& store, const std::string& ledger, const v1::ReadWords& asked) {
  std::vector<v1::OpenedWords> out;
  const v1::PrivateSubjectRow subject = projections::private_subject(store, ledger, asked.subject());
  std::set<std::string> wanted(asked.marks().begin(), asked.marks().end());
  projections::each_private(store, ledger, asked.subject(), [&](const v1::PrivateRow& row) {
    if (!wanted.empty() && !wanted.contains(row.words().mark())) return true;
    v1::OpenedWords& one = out.emplace_back();
    one.set_mark(row.words().mark());
    const std::string& id = row.words().sealed().key();
    one.set_why_not(projections::erased_sentence(subject, id));          // The ledger has the last word, whatever lies on the disk.
    if (!one.why_not().empty()) return true;
    v1::Sealed sealed;
    if (!projections::find_sealed(store, ledger, row, &sealed)) { one.set_why_not("the ledger view holds no ciphertext of it; run: concordat rebuild"); return true; }
    auto key = keys.key(ledger, id);
    if (!key.ok()) { one.set_why_not(key.status().why()); return true; }
    auto opened = open(sealed, *key, ledger);
    wipe(&*key);
    if (!opened.ok()) { one.set_why_not(opened.status().why()); return true; }
    one.set_words(opened->words);
    one.set_salt(opened->salt);
    wipe(&opened->words);
    wipe(&opened->salt);
    return true;
  });
  for (const std::string& mark : asked.marks())
    if (std::none_of(out.begin(), out.end(), [&](const auto& one) { return one.mark() == mark; })) {
      out.emplace_back().set_mark(mark);
      out.back().set_why_not("expected words of " + asked.subject() + ", but there are none with this mark");
    }
  return out;
}

}  // namespace concordat::app
