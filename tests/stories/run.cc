// Runs the stories: tests/stories/**/*.txt. A story is prose (# …), commands in YAML, and below ---- what happened.
//   world pack | world small    loads the West Midlands model, or the small world, first
//   world NAME                  the small world, and then tests/stories/worlds/NAME.yaml
//   room M MEETING: office:a/body:a office:z/body:b<office:b …     tables M with these present; "<" = deputises for; presiding=… part=…
//   arrive MEETING 10:00: office:a/body:a office:z/body:b<office:b person:x …    each comes into the meeting; without a body in attendance
//   leave MEETING 10:30: office:a …
//   vote M in_favour: office:a/body:a …                            each takes that position for that party
//   at 2023-02-15 09:30         the clock (UTC) from here on
//   restart                     the program was stopped, and goes on from a snapshot of what is open
//   as office:x member for body:x [under mandate words]
//   why-not office:x M act      may they do that in M now, and if not, why? Nothing happens.
//   one command: "take_position: {…}", or "ask: {subject: …, …}"
// After every block the ledger is folded again from nothing, and from a snapshot: both must give the same state.
// What a command says under private_words is sealed before it is checked, under keys that are the same on every machine; after
// every command the words must stand nowhere in the commit.
// At the end every ruling is given again, on the fold of what came before it, and must be the same.
// CONCORDAT_REWRITE=1 writes what happened into the files; the diff is the review.
// CONCORDAT_RECORD=DIR writes the ledger of every story into DIR (see tests/ledgers/record).
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/lines.h"
#include "app/private_words.h"
#include "app/yaml_commands.h"
#include "engine/acts.h"
#include "engine/again.h"
#include "engine/trial.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

class Story {
 public:
  std::string play(std::istream& in) {
    std::string out, line, input;
    bool expected = false;
    while (std::getline(in, line)) {
      if (line == "----") { out += line + "\n" + block(input); input.clear(); expected = true; continue; }
      if (expected) { if (line.empty()) { out += "\n"; expected = false; } continue; }
      out += line + "\n";
      if (!line.starts_with('#')) input += line + "\n";
    }
    give_again();
    return out;
  }
  void record(const std::string& file) const {
    std::ofstream out(file, std::ios::binary);
    for (const v1::Commit& one : commits_) ASSERT_TRUE(google::protobuf::util::SerializeDelimitedToOstream(one, &out)) << file;
  }

 private:
  void submit(v1::Command command, std::string* out) {
    command.set_ledger("story");
    const auto said = command.private_words();
    if (const Status status = seal(&command); !status.ok()) { *out += "malformed: " + status.why() + "\n"; return; }
    if (const Status status = check(command); !status.ok()) { *out += "malformed: " + status.why() + "\n"; return; }
    Prefetched prefetched;
    const auto closed = closed_.find(matter_of(command));
    if (closed != closed_.end()) prefetched = {.closed = true, .outcome = closed->second, .items = items_[matter_of(command)]};
    const auto words = words_.find(command.mark_words().mark());
    if (words != words_.end()) std::tie(prefetched.words_subject, prefetched.words_key) = words->second;
    v1::Commit one;
    one.set_format(1);
    one.set_ledger("story");
    one.set_first_sequence(state_.last_sequence + 1);
    one.mutable_stamp()->set_time_ms(now_ms_);
    one.set_command_id(command.command_id());
    *one.mutable_actor() = command.actor();
    one.set_acted_on(command.acted_on());
    one.set_backfill(command.backfill());
    for (const v1::Event& event : decide(state_, command, one.stamp(), prefetched)) {
      if (event.has_matter_closed()) closed_[event.matter_closed().matter()] = event.matter_closed().outcome();
      if (event.has_agenda_item_added()) ++items_[event.agenda_item_added().matter()];
      if (out != nullptr) *out += std::to_string(one.first_sequence() - base_ + static_cast<std::uint64_t>(one.events_size())) + " " + app::line_of(event) + "\n";
      else EXPECT_FALSE(event.has_refused()) << app::line_of(event);
      event.SerializeToString(one.add_events());
      keep_private(event);
    }
    for (const v1::PrivateWords& secret : said)
      EXPECT_EQ((one.SerializeAsString() + command.SerializeAsString()).find(secret.words()), std::string::npos) << "private words are in the clear";
    commits_.push_back(std::move(one));
  }

  Status seal(v1::Command* command) {
    return app::seal_words(command, [this](const std::string& subject) -> Result<app::SubjectKey> {
      return app::SubjectKey{subject + "#" + std::to_string(erased_[subject] + 1), std::string(32, 'k')};
    });
  }
  void keep_private(const v1::Event& event) {
    if (event.has_words_erased()) ++erased_[event.words_erased().subject()];
    for (const v1::SealedWords& one : event.words_sealed().words()) words_[one.mark()] = {one.subject(), one.sealed().key()};
  }

  void load(const std::string& world) {
    std::vector<v1::Command> all;
    if (world != "pack") {
      all = small_world("story");
      if (world != "small")
        for (v1::Command& command : pack({"tests/stories/worlds/" + world + ".yaml"}, "story")) all.push_back(std::move(command));
    } else {
      std::vector<std::string> files;
      for (const char* folder : {"deploy/west-midlands", "deploy/west-midlands/rules", "deploy/west-midlands/procedures"}) {
        std::vector<std::string> some;
        for (const auto& entry : std::filesystem::directory_iterator(source_path(folder)))
          if (entry.path().extension() == ".yaml") some.push_back(std::string(folder) + "/" + entry.path().filename().string());
        std::sort(some.begin(), some.end());
        files.insert(files.end(), some.begin(), some.end());
      }
      all = pack(files, "story");
    }
    for (v1::Command& command : all) submit(std::move(command), nullptr);
    base_ = state_.last_sequence;
  }

  std::string block(const std::string& input) {
    std::stringstream lines(input);
    std::string line, yaml, out;
    while (std::getline(lines, line)) {
      if (line.starts_with("world ")) load(line.substr(6));
      else if (line.starts_with("at ")) now_ms_ = time_of(line.substr(3));
      else if (line.starts_with("as ")) actor_ = actor_of(line.substr(3));
      else if (line == "restart") state_ = from_snapshot();
      else if (line.starts_with("ask ")) out += ask(line.substr(4));
      else if (line.starts_with("why-not ")) out += why_not(line.substr(8));
      else if (line.starts_with("room ")) room(line.substr(5), &out);
      else if (line.starts_with("arrive ")) attendance(line.substr(7), v1::Attendance::arrived, &out);
      else if (line.starts_with("leave ")) attendance(line.substr(6), v1::Attendance::left, &out);
      else if (line.starts_with("vote ")) vote(line.substr(5), &out);
      else if (!line.empty()) yaml += line + "\n";
    }
    if (!yaml.empty()) {
      auto parsed = app::parse_commands(yaml, "story");
      if (!parsed.ok()) {
        out += "malformed: " + parsed.status().why() + "\n";
      } else {
        for (v1::Command& command : *parsed) {
          if (!command.has_actor()) *command.mutable_actor() = actor_;
          command.set_command_id("story/" + std::to_string(++commands_));
          submit(std::move(command), &out);
        }
      }
    }
    fold_again();
    return out;
  }

  // "M JC/1: office:a/body:a office:z/body:b<office:b", by whoever acts.
  void room(const std::string& words, std::string* out) {
    std::stringstream in(words);
    v1::Command command;
    v1::TableItem& table = *command.mutable_table_item();
    std::string word;
    in >> *table.mutable_matter() >> word;
    table.set_meeting(word.substr(0, word.size() - 1));
    while (in >> word) {
      if (word.starts_with("presiding=")) { table.set_presiding(word.substr(10)); continue; }
      if (word.starts_with("part=")) { table.set_part(word.substr(5)); continue; }
      v1::Attendee& one = *table.add_present();
      const auto slash = word.find('/'), less = word.find('<');
      one.set_who(word.substr(0, slash));
      one.set_party(word.substr(slash + 1, less == std::string::npos ? less : less - slash - 1));
      one.set_seat(less == std::string::npos ? "member" : "deputy");
      if (less != std::string::npos) one.set_deputy_for(word.substr(less + 1));
    }
    *command.mutable_actor() = actor_;
    command.set_command_id("story/" + std::to_string(++commands_));
    submit(std::move(command), out);
  }

  // "MEETING 10:00: office:a/body:a office:z/body:b<office:b …", recorded by whoever acts.
  void attendance(const std::string& words, v1::Attendance::Value status, std::string* out) {
    std::stringstream in(words);
    std::string matter, at, word;
    in >> matter >> at;
    at.pop_back();
    while (in >> word) {
      const auto slash = word.find('/'), less = word.find('<');
      v1::Command command;
      v1::RecordAttendance& one = *command.mutable_record_attendance();
      one.set_matter(matter);
      one.set_at(at);
      one.set_status(status);
      one.set_who(word.substr(0, slash));
      if (slash != std::string::npos) one.set_party(word.substr(slash + 1, less == std::string::npos ? less : less - slash - 1));
      if (slash != std::string::npos) one.set_seat(less == std::string::npos ? "member" : "deputy");
      if (less != std::string::npos) one.set_deputy_for(word.substr(less + 1));
      *command.mutable_actor() = actor_;
      command.set_command_id("story/" + std::to_string(++commands_));
      submit(std::move(command), out);
    }
  }

  // "M in_favour: office:a/body:a …"
  void vote(const std::string& words, std::string* out) {
    std::stringstream in(words);
    std::string matter, position, word;
    in >> matter >> position;
    position.pop_back();
    while (in >> word) {
      const auto slash = word.find('/');
      v1::Command command;
      command.mutable_actor()->set_who(word.substr(0, slash));
      command.mutable_actor()->set_capacity(v1::Capacity::member);
      command.mutable_actor()->set_on_behalf_of(word.substr(slash + 1));
      v1::TakePosition& take = *command.mutable_take_position();
      take.set_matter(matter);
      take.set_party(word.substr(slash + 1));
      v1::Position::Value value = v1::Position::unset;
      EXPECT_TRUE(v1::Position::Value_Parse(position, &value)) << position;
      take.set_position(value);
      command.set_command_id("story/" + std::to_string(++commands_));
      submit(std::move(command), out);
    }
  }

  // "office:x M table_item": the first guise that can, or the reasons of the first.
  std::string why_not(const std::string& words) {
    std::stringstream in(words);
    std::string who, id, act, out;
    in >> who >> id >> act;
    const auto matter = state_.matters.find(id);
    if (matter == state_.matters.end()) return "there is no open matter " + id + "\n";
    v1::Stamp stamp;
    stamp.set_time_ms(now_ms_);
    Trial trial(state_);
    for (const v1::Actor& actor : guises(state_, who, record::day_of(now_ms_)))
      for (const v1::Command& command : acts(state_, matter->second, actor, record::day_of(now_ms_))) {
        const auto* field = v1::Command::GetReflection()->GetOneofFieldDescriptor(command, v1::Command::descriptor()->oneof_decl(0));
        if (field->name() != act) continue;
        const std::vector<v1::Event> events = trial.decide(command, stamp);
        if (!events.front().has_refused()) return "yes, as " + actor.who() + " for " + actor.on_behalf_of() + "\n";
        if (out.empty()) out = "no: " + app::line_of(events.front()) + "\n";
      }
    return out.empty() ? "no act of this step\n" : out;
  }

  // "team:t host 2023-01-01 [known 2022-01-01] [scope x]"
  std::string ask(const std::string& words) {
    std::stringstream in(words);
    v1::Question question;
    std::string subject, predicate, at, word;
    in >> subject >> predicate >> at;
    question.set_subject(subject);
    question.set_predicate(predicate);
    question.set_valid_at(at);
    while (in >> word) {
      std::string value;
      in >> value;
      if (word == "known") question.set_known_at(value);
      if (word == "scope") question.set_scope(value);
      if (word == "set") question.add_record_sets(value);
      v1::Mode::Value mode = v1::Mode::arrangement;
      if (word == "mode" && v1::Mode::Value_Parse(value, &mode)) question.set_mode(mode);
    }
    const v1::Answer answer = record::ask(state_.record, question);
    std::string out = answer.sentence();
    for (const int reason : answer.reasons()) out += " [" + v1::Reason::Value_Name(static_cast<v1::Reason::Value>(reason)) + "]";
    for (const std::string& basis : answer.basis()) out += " (" + basis + ")";
    for (const std::string& party : answer.jointly()) out += (party == answer.jointly(0) ? " jointly " : ", ") + party;
    return out + "\n";
  }

  void fold_again() {
    State again;
    for (const v1::Commit& one : commits_) ASSERT_TRUE(evolve(again, one).ok());
    ASSERT_EQ(describe(again), describe(state_)) << "folding the ledger again gave another state";
    ASSERT_EQ(describe(from_snapshot()), describe(state_)) << "the snapshot gave another state";
  }

  State from_snapshot() const {
    const Snapshot snap = snapshot(state_);
    State restored;
    for (const v1::Commit& one : commits_)
      if (std::binary_search(snap.commits.begin(), snap.commits.end(), one.first_sequence())) { EXPECT_TRUE(restore(restored, snap, one).ok()); }
    finish(restored, snap);
    return restored;
  }

  void give_again() {
    State before;
    for (const v1::Commit& commit : commits_) {
      std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
      for (std::size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(events[i].ParseFromString(commit.events(static_cast<int>(i))));
      const bool any = std::any_of(events.begin(), events.end(), [](const v1::Event& event) { return !rulings_in(event).empty(); });
      if (any) compare(decide_again(before, commit), events, commit.first_sequence());
      ASSERT_TRUE(evolve(before, commit).ok());
    }
    testing::Test::RecordProperty("given_again", same_);
  }

  void compare(const Again& again, const std::vector<v1::Event>& events, std::uint64_t first) {
    for (std::size_t i = 0; i < events.size(); ++i)
      for (const Ruled& one : rulings_in(events[i])) {
        const v1::Ruling* other = given_again(again, i, one.place);
        const bool same = other != nullptr && other->SerializeAsString() == one.ruling->SerializeAsString();
        if (same) { ++same_; continue; }
        ADD_FAILURE() << "event " << first - base_ + i << ", " << one.place << ": expected " << one.ruling->ShortDebugString() << "\nbut " << (other == nullptr ? "none: " + app::line_of(again.events.front()) : other->ShortDebugString());
      }
  }

  static std::int64_t time_of(const std::string& text) {
    const auto day = record::parse_day(text.substr(0, 10));
    EXPECT_TRUE(day.ok()) << text;
    const int hour = std::stoi(text.substr(11, 2)), minute = std::stoi(text.substr(14, 2));
    return (static_cast<std::int64_t>(day->count) * 24 + hour) * 3'600'000 + minute * 60'000;
  }

  static v1::Actor actor_of(const std::string& text) {
    std::stringstream in(text);
    v1::Actor actor;
    std::string who, capacity, word;
    in >> who >> capacity;
    actor.set_who(who);
    v1::Capacity::Value value = v1::Capacity::unset;
    EXPECT_TRUE(capacity == "nothing" || v1::Capacity::Value_Parse(capacity, &value)) << capacity;
    actor.set_capacity(value);
    while (in >> word) {
      if (word == "for") { in >> word; actor.set_on_behalf_of(word); }
      if (word == "under") { std::getline(in, word); actor.set_mandate(word.substr(1)); }
    }
    return actor;
  }

  State state_;
  std::vector<v1::Commit> commits_;
  std::map<std::string, std::string> closed_;
  std::map<std::string, std::uint32_t> items_;                         // On the agenda, by meeting.
  std::map<std::string, std::pair<std::string, std::string>> words_;    // Mark -> subject, key.
  std::map<std::string, int> erased_;                                  // Subject -> keys destroyed.
  v1::Actor actor_;
  std::int64_t now_ms_ = 0;
  std::uint64_t base_ = 0;
  int commands_ = 0;
  int same_ = 0;                     // Rulings that came out the same.
};

// "record_dates"
std::string story_name(const std::filesystem::path& file) {
  std::string name = file.parent_path().filename().string() + "_" + file.stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

class Stories : public testing::TestWithParam<std::string> {};

TEST_P(Stories, Happen) {
  std::ifstream in(GetParam());
  std::stringstream before;
  before << in.rdbuf();
  std::stringstream again(before.str());
  Story story;
  const std::string now = story.play(again);
  if (const char* to = std::getenv("CONCORDAT_RECORD"); to != nullptr) story.record(std::string(to) + "/" + story_name(GetParam()) + ".ledger");
  if (std::getenv("CONCORDAT_REWRITE") != nullptr) std::ofstream(GetParam()) << now;
  else EXPECT_EQ(before.str(), now) << GetParam();
}

std::vector<std::string> all_stories() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("tests/stories")))
    if (entry.path().extension() == ".txt") out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string name_of(const testing::TestParamInfo<std::string>& info) { return story_name(info.param); }

INSTANTIATE_TEST_SUITE_P(All, Stories, testing::ValuesIn(all_stories()), name_of);

}  // namespace
}  // namespace concordat::tests
