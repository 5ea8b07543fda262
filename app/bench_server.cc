#include "app/bench_server.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "app/bench.h"

namespace concordat::app {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// In the child: nothing here may allocate.
[[noreturn]] void become(char* const* argv, int out, int log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(out, 1);
  if (log >= 0) dup2(log, 2);
  execv("/proc/self/exe", argv);
  _exit(127);
}

}  // namespace

Status BenchServer::start(const std::vector<std::string>& arguments, const std::string& log) {
  CHECK(pid_ < 0, "a bench server is started once");
  std::vector<std::string> words{"concordat"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Status::unavailable(std::string("a pipe to the server: ") + std::strerror(errno));
  const int said = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  pid_ = fork();
  if (pid_ == 0) become(argv.data(), ends[1], said);
  close(ends[1]);
  if (said >= 0) close(said);
  out_ = ends[0];
  if (pid_ < 0) return Status::unavailable(std::string("a process for the server: ") + std::strerror(errno));
  bench_owns_process(pid_, true);
  const std::string line = next_line();
  if (!line.starts_with("ready on ")) return Status::unavailable("the bench's server did not start: " + line + text_of(log));
  address_ = line.substr(9);
  return {};
}

std::string BenchServer::next_line() {
  std::string line;
  for (char c = 0; read(out_, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

BenchServer::~BenchServer() {
  if (out_ >= 0) close(out_);
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  bench_owns_process(pid_, false);
}

double BenchServer::cpu_s() const {
  const std::string text = text_of("/proc/" + std::to_string(pid_) + "/stat");
  const std::size_t name = text.rfind(')');
  long long user = 0, system = 0;
  if (name == std::string::npos || std::sscanf(text.c_str() + name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system) != 2) return 0;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace concordat::app
