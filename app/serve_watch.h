// Says in the log when the state of a server changes: what it leads, what fails, what is well again.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "app/node.h"

namespace concordat::app {

class ServeWatch {
 public:
  // Name of what can fail ("feed public-register") and why it does; empty = it does not.
  using Failures = std::function<void(const std::function<void(const std::string& what, const std::string& why)>&)>;
  ServeWatch(Node& node, Failures failures) : node_(node), failures_(std::move(failures)) {}
  void look();                                       // About once a second, from one thread.

 private:
  void now(const std::string& what, const std::string& state, bool wrong);
  Node& node_;
  const Failures failures_;
  std::map<std::string, std::string> last_;
};

}  // namespace concordat::app
