// Every case beside a procedure of the model pack is played; every workflow has a procedure, and cases that play it to its
// end and meet a refusal on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "app/cases.h"
#include "concordat/v1/procedure.pb.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr int kWorkflows = 30;
const std::string kFolder = "deploy/west-midlands/procedures";

std::vector<std::string> files_of(const std::string& folder, const std::string& extension) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(folder)))
    if (entry.path().extension() == extension) out.push_back(folder + "/" + entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

// The pack as it is shipped, as commits: folded anew for each case.
const std::vector<v1::Commit>& ledger() {
  static const std::vector<v1::Commit> commits = [] {
    std::vector<std::string> files;
    for (const char* folder : {"deploy/west-midlands", "deploy/west-midlands/rules", "deploy/west-midlands/procedures"})
      for (std::string& file : files_of(folder, ".yaml")) files.push_back(std::move(file));
    std::vector<v1::Commit> out;
    State state;
    for (const v1::Command& command : pack(files, "pack")) {
      out.push_back(commit(state, command, 0));
      v1::Event first;
      EXPECT_TRUE(first.ParseFromString(out.back().events(0)));
      EXPECT_FALSE(first.has_refused()) << command.command_id() << ": " << first.refused().sentence();
    }
    return out;
  }();
  return commits;
}

State loaded() {
  State state;
  for (const v1::Commit& one : ledger()) EXPECT_TRUE(evolve(state, one).ok());
  return state;
}

const v1::Cases& cases_of(const std::string& file) {
  static std::map<std::string, v1::Cases> all;
  auto found = all.find(file);
  if (found == all.end()) {
    auto read = app::read_cases(source_path(file));
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.status().why());
    found = all.emplace(file, read.ok() ? *std::move(read) : v1::Cases()).first;
  }
  return found->second;
}

std::string name_of(const testing::TestParamInfo<std::string>& one) {
  std::string name = std::filesystem::path(one.param).stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

class Cases : public testing::TestWithParam<std::string> {};

TEST_P(Cases, ComeOutAsTheySay) {
  for (const v1::Case& one : cases_of(GetParam()).cases())
    for (const std::string& wrong : app::play(loaded(), cases_of(GetParam()), one).wrong) ADD_FAILURE() << GetParam() << ", " << one.title() << ": " << wrong;
}

INSTANTIATE_TEST_SUITE_P(Pack, Cases, testing::ValuesIn(files_of(kFolder, ".cases")), name_of);

struct Covered { std::set<std::string> procedures, ended; bool refused = false; };

std::string before_colon(const std::string& words) { return words.substr(0, words.find(':')); }

TEST(Procedures, EachIsPlayedToAnEndAndMeetsARefusal) {
  std::set<std::string> ended, refused;
  for (const std::string& file : files_of(kFolder, ".cases"))
    for (const v1::Case& one : cases_of(file).cases()) {
      const app::Played played = app::play(loaded(), cases_of(file), one);
      if (!played.wrong.empty()) continue;
      for (const std::string& closed : played.closed) ended.insert(before_colon(closed));
      for (const std::string& no : played.refused) refused.insert(before_colon(no));
    }
  for (const auto& [id, versions] : loaded().procedures) {
    EXPECT_TRUE(ended.contains(id)) << id << ": no case plays it to an end";
    EXPECT_TRUE(refused.contains(id)) << id << ": no case meets a refusal under it";
  }
}

TEST(Workflows, EachHasAProcedureACaseToItsEndAndARefusal) {
  std::map<std::string, Covered> all;
  const State state = loaded();
  for (const auto& [id, versions] : state.procedures)
    for (const std::string& workflow : versions.back()->workflows()) all[workflow].procedures.insert(id);
  for (const std::string& file : files_of(kFolder, ".cases")) {
    for (const v1::Case& one : cases_of(file).cases()) {
      const app::Played played = app::play(loaded(), cases_of(file), one);
      for (const std::string& workflow : one.workflows()) {
        Covered& covered = all[workflow];
        covered.refused = covered.refused || (played.wrong.empty() && !played.refused.empty());
        for (const std::string& closed : played.closed)
          if (played.wrong.empty()) covered.ended.insert(before_colon(closed));
      }
    }
  }
  for (int n = 1; n <= kWorkflows; ++n) {
    const std::string workflow = std::string(n < 10 ? "WF-0" : "WF-") + std::to_string(n);
    const Covered& covered = all[workflow];
    EXPECT_FALSE(covered.procedures.empty()) << workflow << " has no procedure";
    const bool played = std::any_of(covered.procedures.begin(), covered.procedures.end(), [&](const std::string& id) { return covered.ended.contains(id); });
    EXPECT_TRUE(played) << workflow << ": no case plays one of its procedures to an end";
    EXPECT_TRUE(covered.refused) << workflow << ": no case meets a refusal";
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kWorkflows)) << "a procedure or a case names a workflow that there is not";
}

// A case must be able to fail.
TEST(Cases, SayWhatCameOtherwise) {
  v1::Cases all;
  v1::CaseActor& clerk = *all.add_actors();
  clerk.set_name("clerk");
  clerk.mutable_is()->set_who("office:director-owm");
  clerk.mutable_is()->set_capacity(v1::Capacity::owm_officer);
  clerk.mutable_is()->set_mandate("test");
  v1::Case& one = *all.add_cases();
  v1::CaseAct& act = *one.add_acts();
  act.set_on("2026-03-02");
  act.set_by("clerk");
  v1::OpenMatter& open = *act.mutable_does()->mutable_open_matter();
  open.set_matter("M");
  open.set_procedure("annual-allocation");
  one.add_ends()->set_matter("M");
  one.mutable_ends(0)->set_outcome("agreed");
  app::Played played = app::play(loaded(), all, one);
  ASSERT_EQ(played.wrong.size(), 1U);
  EXPECT_EQ(played.wrong[0], "M: expected it to be closed: agreed, but it stands at step agreement");
  act.set_refused("inquorate");
  played = app::play(loaded(), all, one);
  ASSERT_EQ(played.wrong.size(), 2U);
  EXPECT_EQ(played.wrong[0], "act 1, 2026-03-02, clerk: expected refusal inquorate, but it was accepted");
  act.set_by("nobody");
  EXPECT_NE(app::play(loaded(), all, one).wrong[0].find("\"nobody\" is none"), std::string::npos);
}

}  // namespace
}  // namespace concordat::tests
