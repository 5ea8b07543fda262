#include "app/http.h"

#include <algorithm>

namespace concordat::app::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [one, value] : headers) if (one == name) return value;
  return {};
}

std::string Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
    std::string out;
    const std::string_view value = pair.substr(equals + 1);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
      if (value[i] == '+') out += ' ';
      else if (value[i] == '%' && i + 2 < value.size() && digit(value[i + 1]) >= 0 && digit(value[i + 2]) >= 0) {
        out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
        i += 2;
      } else out += value[i];
    }
    return out;
  }
  return {};
}

std::string Request::unknown_parameter(std::initializer_list<std::string_view> known) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&')), name = pair.substr(0, pair.find('='));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string all;
    for (const std::string_view one : known) all += (all.empty() ? "" : ", ") + std::string(one);
    return "query: expected " + (all.empty() ? std::string("no parameter") : "the parameters " + all) + ", but there is \"" + std::string(name.substr(0, 64)) + "\"";
  }
  return {};
}

}  // namespace concordat::app::http
