// What every command of the program shares: where the data is, how to print, what the exit code means.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/node.h"
#include "concordat/v1/ledger.pb.h"
#include "projections/store.h"
#include "projections/views/record.h"

namespace CLI { class App; }
namespace google::protobuf { class Message; }

namespace concordat::app {

// Exit codes, in --help and docs/operator.md.
enum Exit { kDone = 0, kFailed = 1, kUsage = 2, kRefused = 3, kUnavailable = 4, kCorrupt = 5 };

struct Common {
  Place place;
  std::string ledger;                // Empty: the only one there is.
  std::string format = "table";      // table, json or, where rows are made for others, csv
  int exit = kDone;                  // Set by the command that ran.
  bool json() const { return format == "json"; }
  bool csv() const { return format == "csv"; }
};

// Prints "concordat: …" on stderr and gives the exit code for that kind of failure.
int complain(const Status& status);
// Runs a command's body, turning a failure into message and exit code. Refuses --format csv unless the command knows it.
void run(Common& common, const std::function<Status()>& body, bool knows_csv = false);

// The node, for commands that write. Progress on stderr when it takes over two seconds.
Result<std::unique_ptr<Node>> open_node(const Common& common);

// The views of one ledger, for commands that read. Takes no lock: works while another process serves.
struct Reading {
  std::unique_ptr<projections::Store> store;
  std::string ledger;
  std::unique_ptr<projections::RecordReader> record;
};
Result<Reading> open_reading(const Common& common);
// The ledger a command is for: the flag, or the only one, or `west-midlands` where there is none yet.
Result<std::string> ledger_of(const Common& common, const std::vector<std::string>& there);

// A subject by id or name; a failure lists candidates or says that names are never guessed.
Result<std::string> subject_of(const Reading& reading, const std::string& name);

std::string json_of(const google::protobuf::Message& message);
std::string day_of(std::int64_t time_ms);

// Registration, one per file.
void add_admin(CLI::App& app, Common& common);       // init, ledgers, rebuild, digest, watch
void add_submit(CLI::App& app, Common& common);      // submit
void add_ask(CLI::App& app, Common& common);         // ask, who, host, commissioner, status, forecast, model, vocabulary
void add_replay(CLI::App& app, Common& common);      // replay
void add_timeline(CLI::App& app, Common& common);    // timeline
void add_seats(CLI::App& app, Common& common);       // seats
void add_import(CLI::App& app, Common& common);      // import
void add_export(CLI::App& app, Common& common);      // export
void add_matters(CLI::App& app, Common& common);     // matter, decision
void add_explain(CLI::App& app, Common& common);     // explain, why-not
CLI::App* add_explain_to(CLI::App& under, Common& common, const char* name);   // Also under `matter`.
void add_motions(CLI::App& app, Common& common);     // transfer, escalation
void add_meetings(CLI::App& app, Common& common);    // meeting
void add_rules(CLI::App& app, Common& common);       // rule
void add_procedures(CLI::App& app, Common& common);  // procedure
void add_log(CLI::App& app, Common& common);         // log
void add_keys(CLI::App& app, Common& common);        // key
void add_private(CLI::App& app, Common& common);     // private
void add_procedure_cases(CLI::App& procedure, Common& common);   // procedure test, procedure newer
void add_completion(CLI::App& app, Common& common);  // completion
void add_serve(CLI::App& app, Common& common);       // serve
void add_service(CLI::App& app, Common& common);     // service
void add_feed(CLI::App& app, Common& common);        // feed
void add_subscription(CLI::App& app, Common& common);   // subscription
void add_backup(CLI::App& app, Common& common);      // backup, restore
void add_doctor(CLI::App& app, Common& common);      // doctor
void add_bench(CLI::App& app, Common& common);       // bench

}  // namespace concordat::app
