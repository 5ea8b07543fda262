// Decisions picked for an audit: of a period, or by lot from a seed that the auditor chooses.
#pragma once

#include <string>
#include <vector>

#include "app/common.h"

namespace concordat::app {

struct Picked { std::string day, matter, step, title, outcome; std::uint64_t sequence = 0; };

// Decisions made from..to, both days included and each open if empty, by day and sequence.
std::vector<Picked> decisions_of(const Reading& reading, const std::string& from, const std::string& to);
// `count` of them by lot: those whose SHA-256("concordat-sample/v1\n" seed "\n" matter "/" step) are the smallest, in that order.
// Anybody can draw the same again, on any machine, with any program.
std::vector<Picked> sample_of(std::vector<Picked> all, std::size_t count, const std::string& seed);
std::vector<std::string> matters_of(const std::vector<Picked>& all);      // Each once, in order.

Status check_days(const std::string& from, const std::string& to);

}  // namespace concordat::app
