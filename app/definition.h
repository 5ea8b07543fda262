// The definition of the words with its comments: what documents for other systems are made from.
#pragma once

namespace google::protobuf { class DescriptorPool; }

namespace concordat::app {

// As compiled into the program. The pool that protobuf generates has no comments; this one has.
const google::protobuf::DescriptorPool& definition();

}  // namespace concordat::app
