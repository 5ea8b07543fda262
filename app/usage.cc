#include "app/usage.h"

#include <CLI/CLI.hpp>

#include <regex>

#include "app/joined.h"

namespace concordat::app {
namespace {

using Code = CLI::ExitCodes;
Code code_of(const CLI::Error& error) { return static_cast<Code>(error.get_exit_code()); }   // Its name is sometimes the command's.

// The command that was named last, and how it is called: "concordat meeting show".
std::pair<const CLI::App*, std::string> named(const CLI::App* root) {
  std::string path = root->get_name();
  const CLI::App* at = root;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().back();
    path += " " + at->get_name();
  }
  return {at, path};
}

std::vector<std::string> commands_of(const CLI::App* at) {
  std::vector<std::string> out;
  for (const CLI::App* one : at->get_subcommands([](const CLI::App* all) { return !all->get_name().empty() && !all->get_group().empty(); })) out.push_back(one->get_name());
  return out;
}

std::string one_of(const std::vector<std::string>& commands) { return (commands.size() == 1 ? "expected the command " : "expected one of the commands ") + joined(commands); }

// Options of the command, and those of every command.
std::vector<std::string> options_of(const CLI::App* at, const CLI::App* root) {
  std::vector<std::string> out;
  for (const CLI::App* one : {at, root}) {
    for (const CLI::Option* option : one->get_options([](const CLI::Option* all) { return all->nonpositional(); })) out.push_back(option->get_name());
    if (at == root) break;
  }
  return out;
}

std::string unexpected(const CLI::App* at, const CLI::App* root, const std::string& path, const std::string& word) {
  if (word.starts_with('-')) return "expected one of the options of `" + path + "` (" + joined(options_of(at, root)) + "), but there is no " + word;
  const auto commands = commands_of(at);
  if (!commands.empty()) return one_of(commands) + ", but there is no \"" + word + "\"";
  return "expected nothing more after `" + path + "`, but there is \"" + word + "\"";
}

// A word that nothing takes, if that is why it failed; told before what is missing, since it may be that, misspelt.
std::string extra(const CLI::App* root, const CLI::Error& error) {
  const auto code = code_of(error);
  if (code != Code::ExtrasError && code != Code::RequiredError) return "";
  if (const auto words = root->remaining(true); !words.empty()) return words.front();
  if (code != Code::ExtrasError) return "";
  const std::string said = error.what(), first = said.substr(said.rfind(": ") + 2);
  return first.substr(0, first.find(' '));
}

// The library's words for a value that does not fit, in the form of every other error.
std::string misfit(const std::string& said) {
  std::smatch parts;
  if (std::regex_match(said, parts, std::regex("(.*): (.*) not in \\{(.*)\\}"))) return parts[1].str() + ": expected one of " + std::regex_replace(parts[3].str(), std::regex(","), ", ") + ", but it is \"" + parts[2].str() + "\"";
  if (std::regex_match(said, parts, std::regex("(.*): Value (.*) not in range (.*) to (.*)"))) return parts[1].str() + ": expected a number from " + parts[3].str() + " to " + parts[4].str() + ", but it is " + parts[2].str();
  if (std::regex_match(said, parts, std::regex("Could not convert: (.*) = (.*)"))) return parts[1].str() + ": expected a number, but it is \"" + parts[2].str() + "\"";
  if (std::regex_match(said, parts, std::regex("(.*): [0-9]+ required .* missing"))) return parts[1].str() + ": expected a value, but none was given";
  if (std::regex_match(said, parts, std::regex("(.*): At Most ([0-9]+) required but received ([0-9]+)"))) return parts[1].str() + ": expected to be given " + (parts[2] == "1" ? "once" : "at most " + parts[2].str() + " times") + ", but it was given " + parts[3].str() + " times";
  return said;
}

}  // namespace

std::string usage_message(const CLI::App* root, const CLI::Error& error) {
  const auto [at, path] = named(root);
  std::string said = error.what();
  const std::string word = extra(root, error);
  if (!word.empty()) {
    said = unexpected(at, root, path, word);
  } else if (code_of(error) == Code::RequiredError) {
    constexpr std::string_view kEnd = " is required";
    const std::string what = said.ends_with(kEnd) ? said.substr(0, said.size() - kEnd.size()) : said;
    said = what == "A subcommand" ? one_of(commands_of(at)) + ", but none was given" : "expected " + what + ", but it was not given";
  } else {
    said = misfit(said);
  }
  return "concordat: " + said + "\nSee: " + path + " --help\n";
}

}  // namespace concordat::app
