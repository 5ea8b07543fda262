// concordat private: what more than one of its files needs.
#pragma once

#include <string>
#include <vector>

#include "app/common.h"

namespace CLI { class App; }
namespace concordat::v1 { class Actor; class Command; class Reply; }

namespace concordat::app {

class PrivateKeys;

// Who does it, as flags of a command.
struct ActorFlags { std::string who, capacity, on_behalf_of, mandate; };
void add_actor(CLI::App& command, ActorFlags* flags);
Status fill(const ActorFlags& flags, v1::Actor* actor);

// Submits it to the node's ledger under an id that was never used. A refusal is printed, and false.
Result<bool> do_privately(Common& common, Node& node, const std::string& ledger, v1::Command command);

// A node that keeps keys, or why there is none.
Result<std::unique_ptr<Node>> open_private_node(const Common& common);

// Each key that a ledger has words under, or a file of, and whether all is well with it.
struct KeyState { std::string id; std::size_t words = 0; std::string state; bool good = true; };
std::vector<KeyState> key_states(const projections::Store& store, const std::string& ledger, const PrivateKeys& keys);

void add_private_acts(CLI::App& under, Common& common);       // show, mark, hold, release, erase
void add_disclose(CLI::App& under, Common& common);           // disclose, minutes

}  // namespace concordat::app
