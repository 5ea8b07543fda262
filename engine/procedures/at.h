// A step under check, with everything that what it names may be looked up in. Part of check.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/procedures/check.h"
#include "engine/procedures/fields.h"

namespace concordat::v1 { class Value; }

namespace concordat::procedures {

using Find = std::function<void(const std::string& step, const std::string& what)>;

struct At {
  const v1::Step& step;
  const v1::Procedure& procedure;
  const record::Record& record;
  const Published& published;
  const Fields& fields;
  const Find& find;

  void wrong(const std::string& what) const { find(step.id(), what); }
  static bool field(std::string_view text) { return text.starts_with('$'); }
  // "$name": that it is asked for, on every way here, as one of those types. Anything else is left alone.
  void reads(std::string_view text, std::initializer_list<std::string_view> types) const;
  // The same of a field that a matter may do without.
  void may_read(std::string_view text, std::initializer_list<std::string_view> types) const;
  // Something of the record, of one of those kinds (none given: of any); "$field" allowed. `what` it is, for who left it out.
  void subject(const std::string& name, std::initializer_list<std::string_view> kinds, const std::string& what = "") const;
  // A body, or each of "parties of body:x".
  void bodies(const std::string& name, const std::string& what) const;
  // A day, or "$field" that holds one. What is empty asks nothing.
  void day(const std::string& text, const std::string& what) const;
  // What could be so: the word is one, it can be said of that subject, in that scope, with that value. `writes`: and it is
  // this procedure that has the record say so.
  void fact(const std::string& subject, const std::string& predicate, const std::string& scope, const v1::Value& value, bool writes) const;
  // A value of that type of the vocabulary. An unset one is left alone.
  void value(const v1::Value& value, int type, const std::string& of) const;
};

// "house", "body": what stands before the colon of an id; empty if it is none.
std::string kind_of_subject(std::string_view id);

}  // namespace concordat::procedures
