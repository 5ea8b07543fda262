// The consumer of consumer.py in C++: reads feeds of transfers and of the record, moves what took effect, each once, and keeps
// what stands. What was done, what is remembered of it and how far a topic was read is one transaction of SQLite.
//
//   g++ -std=c++20 -O2 consumer.cc -o consumer -lsqlite3 -lrdkafka++
//   consumer                    events from standard input, JSON, one a line; state in the directory $STATE
//   consumer BROKER TOPIC       a topic from where it was left, to its present end
#include <librdkafka/rdkafkacpp.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using Json = nlohmann::json;

// One prepared question or change at a time.
class Store {
 public:
  explicit Store(const std::string& file) {
    if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) throw std::runtime_error(file + ": " + sqlite3_errmsg(db_));
    run("CREATE TABLE IF NOT EXISTS acts (number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT UNIQUE, act TEXT)");
    run("CREATE TABLE IF NOT EXISTS facts (id TEXT PRIMARY KEY, fact TEXT)");
    run("CREATE TABLE IF NOT EXISTS fallen (id TEXT PRIMARY KEY)");      // Corrected, or set aside; whether or not the fact was heard of.
    run("CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, next INTEGER)");
  }
  ~Store() { sqlite3_close(db_); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  using Row = std::vector<std::string>;
  std::vector<Row> run(const std::string& sql, const Row& values = {}) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &made, nullptr) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(made, sqlite3_finalize);
    for (std::size_t i = 0; i < values.size(); ++i) sqlite3_bind_text(made, static_cast<int>(i) + 1, values[i].c_str(), -1, SQLITE_TRANSIENT);
    std::vector<Row> rows;
    int step;
    while ((step = sqlite3_step(made)) == SQLITE_ROW) {
      Row& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(made); ++i) row.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(made, i)));
    }
    if (step != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    return rows;
  }

 private:
  sqlite3* db_ = nullptr;
};

class Consumer {
 public:
  explicit Consumer(const std::filesystem::path& state) : state_(state), store_(state / "consumer.db") { publish(); }

  // `topic` and `next`: where to go on, in the same transaction; empty for a line of standard input.
  void take(const Json& event, const std::string& topic = "", std::int64_t next = 0) {
    store_.run("BEGIN");
    heed(event);
    if (!topic.empty()) store_.run("INSERT OR REPLACE INTO topics VALUES (?, ?)", {topic, std::to_string(next)});
    store_.run("COMMIT");
    publish();
  }
  std::int64_t next(const std::string& topic) {
    const auto rows = store_.run("SELECT next FROM topics WHERE name = ?", {topic});
    return rows.empty() ? RdKafka::Topic::OFFSET_BEGINNING : std::stoll(rows[0][0]);
  }

 private:
  void heed(const Json& event) {
    const std::string type = event.at("type"), source = event.at("source");
    if (type == "transfer.took_effect") return move(event);
    if (type == "record.asserted") return assert_fact(source, event.at("data").at("event").at("factAsserted").at("fact"));    // Loaded history is part of what stands.
    if (type == "record.corrected") return fell(source, event.at("data").at("event").at("factRetracted").at("fact"));
    if (type != "record.resolved") return;                               // More types will come.
    const Json& resolved = event.at("data").at("event").at("conflictResolved");
    for (const Json& fact : resolved.at("facts"))
      if (fact != resolved.at("prevails")) fell(source, fact);
  }
  // A person's place of work changes: never for a plan, nor for history that is loaded.
  void move(const Json& event) {
    const Json replay = event.value("replay", Json(false));
    if (replay == Json(true) || replay == Json("true")) return;
    const Json& moved = event.at("data").at("movement");
    Json act = {{"move", moved.at("subject")}, {"predicate", moved.at("predicate")}, {"to", Json::array()}, {"on", moved.at("earliest")}};
    for (const Json& value : moved.at("to")) act["to"].push_back(value.at("ref"));
    store_.run("INSERT OR IGNORE INTO acts (event, act) VALUES (?, ?)", {event.at("source").get<std::string>() + " " + event.at("id").get<std::string>(), act.dump()});
  }
  void assert_fact(const std::string& source, const Json& fact) {
    Json kept;
    for (const char* name : {"subject", "predicate", "value", "from"}) kept[name] = fact.value(name, Json());
    store_.run("INSERT OR IGNORE INTO facts VALUES (?, ?)", {source + " " + fact.at("id").get<std::string>(), kept.dump()});
  }
  void fell(const std::string& source, const std::string& fact) { store_.run("INSERT OR IGNORE INTO fallen VALUES (?)", {source + " " + fact}); }

  // The files are what the store says, whatever was there before.
  void publish() {
    std::string acts;
    for (const auto& row : store_.run("SELECT act FROM acts ORDER BY number")) acts += row[0] + "\n";
    Json facts = Json::object();
    for (const auto& row : store_.run("SELECT id, fact FROM facts WHERE id NOT IN (SELECT id FROM fallen)")) facts[row[0]] = Json::parse(row[1]);
    write("acts.jsonl", acts);
    write("facts.json", facts.dump());
  }
  void write(const std::string& name, const std::string& text) {
    const auto draft = state_ / (name + ".draft");
    { std::ofstream(draft) << text; }
    std::filesystem::rename(draft, state_ / name);
  }

  const std::filesystem::path state_;
  Store store_;
};

// A record of a topic as the same JSON: attributes are headers, the value is the data.
Json event_of(RdKafka::Message& message) {
  Json event;
  for (const auto& header : message.headers()->get_all())
    if (header.key().starts_with("ce_")) event[header.key().substr(3)] = std::string(static_cast<const char*>(header.value()), header.value_size());
  event["data"] = Json::parse(std::string_view(static_cast<const char*>(message.payload()), message.len()));
  return event;
}

void read(Consumer& consumer, const std::string& broker, const std::string& topic) {
  std::string why;
  const std::unique_ptr<RdKafka::Conf> settings(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
  for (const auto& [name, value] : {std::pair{"bootstrap.servers", broker}, {"group.id", std::string("receiver-kit")}, {"enable.auto.commit", std::string("false")},
                                    {"isolation.level", std::string("read_committed")}, {"enable.partition.eof", std::string("true")}})
    if (settings->set(name, value, why) != RdKafka::Conf::CONF_OK) throw std::runtime_error(why);
  const std::unique_ptr<RdKafka::KafkaConsumer> kafka(RdKafka::KafkaConsumer::create(settings.get(), why));
  if (!kafka) throw std::runtime_error(why);
  const std::unique_ptr<RdKafka::TopicPartition> place(RdKafka::TopicPartition::create(topic, 0, consumer.next(topic)));
  kafka->assign({place.get()});
  for (;;) {
    const std::unique_ptr<RdKafka::Message> message(kafka->consume(1000));
    if (message->err() == RdKafka::ERR__TIMED_OUT) continue;
    if (message->err() == RdKafka::ERR__PARTITION_EOF) break;
    if (message->err() != RdKafka::ERR_NO_ERROR) throw std::runtime_error(message->errstr());
    consumer.take(event_of(*message), topic, message->offset() + 1);
  }
  kafka->close();
}

int main(int count, char** arguments) try {
  const char* state = std::getenv("STATE");
  if (state == nullptr || (count != 1 && count != 3)) return std::cerr << "consumer: expected $STATE, and BROKER and TOPIC or nothing\n", 2;
  Consumer consumer(state);
  if (count == 3) return read(consumer, arguments[1], arguments[2]), 0;
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) consumer.take(Json::parse(line));
  return 0;
} catch (const std::exception& error) {
  std::cerr << "consumer: " << error.what() << "\n";
  return 1;
}
