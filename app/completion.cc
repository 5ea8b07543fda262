// concordat completion: made from the commands themselves, so that it never lags behind.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/common.h"

namespace concordat::app {
namespace {

std::string names(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands({})) out += (out.empty() ? "" : " ") + sub->get_name();
  return out;
}

std::string flags(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) out += " --" + name;
  return out;
}

void bash(const CLI::App& app) {
  std::printf("_concordat() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" i sub=\"\" under=\"\"\n  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"${COMP_WORDS[i]}\" in\n");
  for (const CLI::App* sub : app.get_subcommands({})) std::printf("      %s) [ -z \"$sub\" ] && sub=%s ;;\n", sub->get_name().c_str(), sub->get_name().c_str());
  std::printf("    esac\n  done\n  case \"$sub\" in\n");
  for (const CLI::App* sub : app.get_subcommands({}))
    std::printf("    %s) under=\"%s%s\" ;;\n", sub->get_name().c_str(), names(*sub).c_str(), flags(*sub).c_str());
  std::printf("    *) under=\"%s%s\" ;;\n  esac\n  COMPREPLY=($(compgen -W \"$under%s\" -- \"$word\"))\n}\ncomplete -o default -F _concordat concordat\n", names(app).c_str(), flags(app).c_str(), flags(app).c_str());
}

}  // namespace

void add_completion(CLI::App& app, Common& common) {
  auto shell = std::make_shared<std::string>("bash");
  CLI::App* command = app.add_subcommand("completion", "Shell completion for bash or zsh");
  command->add_option("SHELL", *shell, "bash or zsh")->check(CLI::IsMember({"bash", "zsh"}));
  command->footer("Example:\n  source <(concordat completion bash)");
  command->callback([&app, &common, shell] {
    if (*shell == "zsh") std::printf("autoload -U +X bashcompinit && bashcompinit\n");
    bash(app);
    common.exit = kDone;
  });
}

}  // namespace concordat::app
