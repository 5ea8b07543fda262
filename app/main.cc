// concordat: the command line.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "app/audit.h"
#include "app/common.h"
#include "app/print.h"
#include "app/usage.h"
#include "app/what_if.h"

namespace {

constexpr const char* kOverview =
    "Concordat: the system of record for organisations that decide together.\n\n"
    "  concordat init                       make a data directory (./var)\n"
    "  concordat submit FILE                submit commands\n"
    "  concordat ask SUBJECT WORD --at DAY  what was so, as known when, and why\n"
    "  concordat matter list                what is open, and whom it awaits\n"
    "  concordat decision list              the register of decisions\n\n"
    "deploy/quickstart plays a whole example. `concordat --help` lists every command.\n";

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);   // A full disk is an error that is told, not the end of the process.
  concordat::app::Common common;
  common.place.data = std::getenv("CONCORDAT_DATA") != nullptr ? std::getenv("CONCORDAT_DATA") : "./var";
  CLI::App app("Concordat: the system of record for organisations that decide together.", "concordat");
  app.set_version_flag("--version", std::string("concordat ") + CONCORDAT_VERSION);
  app.add_option("--data", common.place.data, "Data directory (also $CONCORDAT_DATA)")->capture_default_str();
  app.add_option("--kafka", common.place.kafka, "Kafka bootstrap HOST:PORT; without it the embedded journal");
  app.add_option("--topic", common.place.topic, "Kafka topic of the ledgers (default: the one the directory was made with; concordat.ledger.v1 for a new one)");
  app.add_option("--private-keys", common.place.private_keys, "Directory of the keys of private words (also $CONCORDAT_PRIVATE_KEYS)")->envname("CONCORDAT_PRIVATE_KEYS");
  app.add_option("--ledger", common.ledger, "Ledger (default: the only one)");
  app.add_option("--format", common.format, "table; json, one object a line where there are several; or, for rows, csv")->check(CLI::IsMember({"table", "json", "csv"}));
  app.fallthrough();
  app.failure_message(concordat::app::usage_message);
  app.require_subcommand(0, 1);
  app.footer("Exit codes: 0 done; 1 not found; 2 malformed input or usage; 3 refused by the rules; 4 unavailable or busy; 5 corrupt.");
  concordat::app::add_admin(app, common);
  concordat::app::add_submit(app, common);
  concordat::app::add_ask(app, common);
  concordat::app::add_replay(app, common);
  concordat::app::add_timeline(app, common);
  concordat::app::add_seats(app, common);
  concordat::app::add_import(app, common);
  concordat::app::add_export(app, common);
  concordat::app::add_what_if(app, common);
  concordat::app::add_matters(app, common);
  concordat::app::add_explain(app, common);
  concordat::app::add_motions(app, common);
  concordat::app::add_meetings(app, common);
  concordat::app::add_rules(app, common);
  concordat::app::add_procedures(app, common);
  concordat::app::add_log(app, common);
  concordat::app::add_keys(app, common);
  concordat::app::add_private(app, common);
  concordat::app::add_audit(app, common);
  concordat::app::add_witness(app, common);
  concordat::app::add_print(app, common);
  concordat::app::add_serve(app, common);
  concordat::app::add_service(app, common);
  concordat::app::add_feed(app, common);
  concordat::app::add_subscription(app, common);
  concordat::app::add_backup(app, common);
  concordat::app::add_doctor(app, common);
  concordat::app::add_bench(app, common);
  concordat::app::add_completion(app, common);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : concordat::app::kUsage;
  }
  if (app.get_subcommands().empty()) std::fputs(kOverview, stdout);
  return common.exit;
}
