// The fields of a matter: which its procedure knows, and that what is given is one of them.
#pragma once

#include <string>
#include <string_view>

#include "engine/work.h"

namespace concordat::steps {

// A field for which no step asks and that a matter may give or not: the part of a meeting and the authority that is cited,
// where a step reads them; and of every matter its publicity.
bool may_do_without(const v1::Procedure& procedure, std::string_view name);

// A meeting is opened for its body: the field that names it, where the first step is the meeting itself; else empty.
std::string needed_to_open(const v1::Procedure& procedure);

// Each once, each known to the procedure, dates as they are read. `matter`: the open one to which they are given; null while it is opened.
Refusal check_fields(const v1::Procedure& procedure, const google::protobuf::RepeatedPtrField<v1::Field>& fields, const Matter* matter);

}  // namespace concordat::steps
