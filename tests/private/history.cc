// Random histories of private words: however they are folded, what may be erased and what was comes out the same; and nothing that
// was said privately stands in any commit or row.
#include <gtest/gtest.h>

#include <filesystem>

#include "app/private_words.h"
#include "projections/store.h"
#include "projections/views/private.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr int kSeeds = 8, kCommands = 250;
constexpr const char* kSecret = "WEASEL-SCARLET";

const char* const kScheme = R"(
- actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_privacy_scheme: {scheme: {grounds: [{id: g, source: charter}], retention: [{id: short, years: 1, source: charter}, {id: long, years: 20, source: charter}, {id: ever, permanent: true, source: charter}], readers: [{office: "office:a", source: charter}]}}
)";

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    for (const v1::Command& command : small_world("p")) add(command);
    for (v1::Command command : commands(kScheme, "p")) { command.set_command_id("scheme"); add(command); }
  }

  void step(int n) {
    now_ += static_cast<std::int64_t>(random_() % 90) * 24 * 3'600'000;
    v1::Command command;
    command.set_command_id("h" + std::to_string(n));
    command.set_ledger("p");
    command.mutable_actor()->set_who(random_() % 3 == 0 ? "office:b" : "office:a");
    command.mutable_actor()->set_capacity(v1::Capacity::member);
    command.mutable_actor()->set_on_behalf_of("body:a");
    fill(n, "person:" + std::string(1, static_cast<char>('p' + random_() % 4)), &command);
    const Status status = app::seal_words(&command, [this](const std::string& subject) -> Result<app::SubjectKey> {
      return app::SubjectKey{subject + "#" + std::to_string(random_() % 9 == 0 ? 7 : generation_[subject] + 1), std::string(32, 'k')};
    });
    ASSERT_TRUE(status.ok()) << status.why();
    ASSERT_TRUE(check(command).ok()) << check(command).why();
    add(command);
  }

  State state;
  std::vector<v1::Commit> commits;
  std::map<int, int> happened;                         // Kind of event -> how often.

 private:
  void fill(int n, const std::string& subject, v1::Command* command) {
    switch (random_() % 10) {
      case 0: case 1: case 2: {
        command->mutable_open_matter()->set_matter("P" + std::to_string(n));
        command->mutable_open_matter()->set_procedure(random_() % 4 == 0 ? "nonsense" : "alone");
        command->mutable_open_matter()->set_title("Said [[x]]");
        v1::PrivateWords& words = *command->add_private_words();
        words.set_name("x");
        words.set_words(kSecret + std::to_string(n));
        words.set_subject(subject);
        const char* const classes[] = {"", "short", "long", "ever", "unknown"};
        words.set_retention(classes[random_() % 5]);
        return;
      }
      case 3: {
        v1::PlaceHold& hold = *command->mutable_place_hold();
        hold.set_subject(subject);
        hold.set_hold("h" + std::to_string(random_() % 2));
        hold.set_reason("r");
        hold.set_authority("a");
        return;
      }
      case 4: {
        v1::ReleaseHold& hold = *command->mutable_release_hold();
        hold.set_subject(subject);
        hold.set_hold("h" + std::to_string(random_() % 2));
        hold.set_reason("r");
        hold.set_authority("a");
        return;
      }
      case 5: case 6: {
        v1::EraseWords& erase = *command->mutable_erase_words();
        erase.set_subject(subject);
        erase.set_reason("r");
        erase.set_authority("a");
        if (random_() % 2 == 0) erase.set_early_authority("e");
        return;
      }
      case 7: case 8: command->mutable_approve_erasure()->set_subject(subject); return;
      default:
        command->mutable_read_words()->set_subject(subject);
        command->mutable_read_words()->set_purpose("test");
        return;
    }
  }

  void add(const v1::Command& command) {
    commits.push_back(commit(state, command, now_));
    v1::Event event;
    for (const std::string& bytes : commits.back().events()) {
      ASSERT_TRUE(event.ParseFromString(bytes));
      ++happened[event.happened_case()];
      if (event.has_words_erased()) ++generation_[event.words_erased().subject()];
      if (!event.has_refused()) continue;
      ASSERT_EQ(commits.back().events_size(), 1);
      ++refused[event.refused().code()];
    }
    if (!event.has_refused()) *commits.back().mutable_sealed() = command.sealed();
  }

  std::mt19937_64 random_;
  std::int64_t now_ = 1'640'000'000'000;
  std::map<std::string, int> generation_;

 public:
  std::map<int, int> refused;                          // Code -> how often.
};

TEST(PrivateHistory, FoldedAgainAndFromASnapshotItIsTheSameAtEveryPrefix) {
  std::map<int, int> happened, refused;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    State again;
    for (const v1::Commit& one : history.commits) ASSERT_TRUE(evolve(again, one).ok());
    for (int n = 0; n < kCommands; ++n) {
      history.step(n);
      ASSERT_TRUE(evolve(again, history.commits.back()).ok());
      if (n % 25 != 0) continue;
      ASSERT_EQ(describe(again), describe(history.state)) << "command " << n;
      const Snapshot snap = snapshot(history.state);
      State restored;
      for (const v1::Commit& one : history.commits)
        if (std::binary_search(snap.commits.begin(), snap.commits.end(), one.first_sequence())) { ASSERT_TRUE(restore(restored, snap, one).ok()); }
      finish(restored, snap);
      ASSERT_EQ(describe(restored), describe(history.state)) << "command " << n;
      ASSERT_EQ(snapshot(restored).commits, snap.commits) << "a snapshot of what came from a snapshot names other commits";
    }
    for (const auto& [kind, count] : history.happened) happened[kind] += count;
    for (const auto& [code, count] : history.refused) refused[code] += count;
  }
  using E = v1::Event;
  for (const auto kind : {E::kWordsSealed, E::kWordsRead, E::kErasureAsked, E::kWordsErased, E::kHoldPlaced, E::kHoldReleased}) EXPECT_GT(happened[kind], 5) << kind;
  using R = v1::RefusalCode;
  for (const auto code : {R::under_legal_hold, R::retention_not_over, R::words_erased, R::nothing_sealed, R::erasure_not_asked, R::second_person_required, R::retention_unknown, R::hold_exists, R::hold_not_found}) EXPECT_GT(refused[code], 0) << code;
}

TEST(PrivateHistory, TheViewIsTheSameHoweverItIsFolded) {
  History history(3);
  for (int n = 0; n < kCommands; ++n) history.step(n);
  const auto counted = [&](std::size_t from, std::size_t to) {
    std::vector<journal::Counted> out;
    for (std::size_t i = from; i < to; ++i) out.push_back({{i + 1, 1, i}, i, false, history.commits[i].SerializeAsString()});
    return out;
  };
  const auto at_once = projections::Store::open(scratch("private-at-once")), one_by_one = projections::Store::open(scratch("private-one-by-one"));
  ASSERT_TRUE(at_once.ok() && one_by_one.ok());
  ASSERT_TRUE((*at_once)->fold(counted(0, history.commits.size())).ok());
  for (std::size_t i = 0; i < history.commits.size(); ++i) ASSERT_TRUE((*one_by_one)->fold(counted(i, i + 1)).ok());
  const std::string digest = (*at_once)->digest("p", "private");
  EXPECT_EQ(digest, (*one_by_one)->digest("p", "private"));
  ASSERT_TRUE((*one_by_one)->rebuild("private", {}).ok());
  EXPECT_EQ(digest, (*one_by_one)->digest("p", "private"));
  int words = 0, there = 0;
  projections::each_private(**at_once, "p", "", [&](const v1::PrivateRow& row) {
    v1::Sealed sealed;
    ++words;
    there += projections::find_sealed(**at_once, "p", row, &sealed) ? 1 : 0;
    return true;
  });
  EXPECT_GT(words, 20);
  EXPECT_EQ(there, words) << "the ciphertext of some stands nowhere";
  for (const v1::Commit& one : history.commits) EXPECT_EQ(one.SerializeAsString().find(kSecret), std::string::npos);
}

TEST(PrivateHistory, NothingInTheClearGetsPastTheEdge) {
  v1::Command command;
  command.set_command_id("c");
  command.set_ledger("p");
  command.mutable_open_matter()->set_matter("M");
  command.mutable_open_matter()->set_title("[[x]]");
  v1::PrivateWords& words = *command.add_private_words();
  words.set_name("x");
  words.set_words(kSecret);
  EXPECT_NE(check(command).why().find("to be sealed"), std::string::npos) << check(command).why();
  const auto key = [](const std::string& subject) -> Result<app::SubjectKey> { return app::SubjectKey{subject + "#1", std::string(32, 'k')}; };
  ASSERT_TRUE(app::seal_words(&command, key).ok());
  EXPECT_TRUE(check(command).ok()) << check(command).why();
  v1::Command clear = command;
  clear.mutable_private_words(0)->set_words(kSecret);
  EXPECT_NE(check(clear).why().find("in the clear"), std::string::npos) << check(clear).why();
  v1::Command other = command;
  other.mutable_sealed(0)->mutable_commitment()->at(0) ^= 1;
  EXPECT_NE(check(other).why().find("commitment of its ciphertext"), std::string::npos) << check(other).why();
}

}  // namespace
}  // namespace concordat::tests
