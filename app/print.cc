// concordat print: a page of the program's as PDF/A-3b, by WeasyPrint, an external program; the page is complete in itself.
#include <CLI/CLI.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <iostream>

#include "app/common.h"
#include "app/files.h"
#include "app/print.h"
#include "engine/base/hex.h"
#include "projections/hash.h"

extern char** environ;

namespace concordat::app {
namespace {

constexpr const char* kPrinter = "weasyprint";

// A directory that goes with whoever made it.
struct Scratch {
  std::string path;
  Scratch() {
    std::string form = std::filesystem::temp_directory_path().string() + "/concordat-print-XXXXXX";
    if (const char* made = mkdtemp(form.data())) path = made;
  }
  ~Scratch() {
    std::error_code error;
    if (!path.empty()) std::filesystem::remove_all(path, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

Status run_printer(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> world;                                      // The fonts' dates and the order of sets would differ from run to run.
  std::string epoch = "SOURCE_DATE_EPOCH=1577836800", seed = "PYTHONHASHSEED=0";
  for (char** one = environ; *one != nullptr; ++one) world.push_back(*one);
  for (std::string* one : {&epoch, &seed}) world.push_back(one->data());
  world.push_back(nullptr);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, kPrinter, nullptr, nullptr, argv.data(), world.data());
  if (failed == ENOENT) return Status::unavailable(std::string("expected the program ") + kPrinter + " to be installed (Debian: apt-get install weasyprint), but there is none");
  if (failed != 0) return Status::unavailable(std::string(kPrinter) + ": " + std::strerror(failed));
  int state = 0;
  while (waitpid(pid, &state, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return {};
  return Status::unavailable(std::string(kPrinter) + " did not print the page; what it said stands above");
}

Result<std::string> page_of(const std::string& from) {
  if (from != "-") return read_file(from);
  return std::string{std::istreambuf_iterator<char>(std::cin), {}};
}

Status print(Common& common, const std::string& from, const std::string& to) {
  const auto page = page_of(from);
  if (!page.ok()) return page.status();
  if (page->empty()) return Status::invalid(from + ": expected a page of HTML, but it is empty");
  const auto printed = printed_page(*page);
  if (!printed.ok()) return printed.status();
  if (Status status = replace_file(to, *printed); !status.ok()) return status;
  if (common.json()) std::printf("{\"file\":\"%s\",\"bytes\":%ju}\n", to.c_str(), static_cast<std::uintmax_t>(std::filesystem::file_size(to)));
  else std::printf("%s: printed as PDF/A-3b\n", to.c_str());
  return {};
}

}  // namespace

Result<std::string> printed_page(const std::string& html) {
  const Scratch scratch;
  if (scratch.path.empty()) return Status::unavailable("a temporary directory: " + std::string(std::strerror(errno)));
  const std::string page = scratch.path + "/page.html", printed = scratch.path + "/page.pdf";
  if (Status status = replace_file(page, html); !status.ok()) return status;
  // The identifier follows from the page: the same page gives the same file.
  if (Status status = run_printer({kPrinter, "--quiet", "--pdf-variant", "pdf/a-3b", "--pdf-identifier", hex(projections::sha256_of({html})), page, printed}); !status.ok()) return status;
  return read_file(printed);
}

void add_print(CLI::App& app, Common& common) {
  struct Asked { std::string from, to; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = app.add_subcommand("print", "A page of minutes, a register or an evidence pack as PDF/A-3b, for records that are kept");
  command->add_option("PAGE", asked->from, "The HTML file; - for standard input")->required();
  command->add_option("PDF", asked->to, "The file to write")->required();
  command->footer("Needs the program weasyprint (Debian: apt-get install weasyprint). The PDF is a print: evidence is the pack.\n"
                  "Examples:\n  concordat meeting minutes JC/2026-12 --html | concordat print - minutes.pdf\n  concordat print register/register.html register.pdf\n  concordat print pack/page.html decision.pdf");
  command->callback([&common, asked] { run(common, [&] { return print(common, asked->from, asked->to); }); });
}

}  // namespace concordat::app
