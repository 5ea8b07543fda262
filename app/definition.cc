#include "app/definition.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdlib>

// The set of descriptors that the build made from proto/, as it is.
__asm__(
    ".section .rodata\n"
    ".global concordat_definition_begin\n"
    ".global concordat_definition_end\n"
    "concordat_definition_begin:\n"
    ".incbin \"" CONCORDAT_DEFINITION "\"\n"
    "concordat_definition_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const char concordat_definition_begin[], concordat_definition_end[];

namespace concordat::app {

const google::protobuf::DescriptorPool& definition() {
  static const google::protobuf::DescriptorPool* const kPool = [] {
    google::protobuf::FileDescriptorSet files;
    if (!files.ParseFromArray(concordat_definition_begin, static_cast<int>(concordat_definition_end - concordat_definition_begin))) std::abort();
    auto* pool = new google::protobuf::DescriptorPool;      // For the life of the program.
    for (const auto& file : files.file())
      if (pool->BuildFile(file) == nullptr) std::abort();
    return pool;
  }();
  return *kPool;
}

}  // namespace concordat::app
