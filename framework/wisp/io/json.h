// The one door for JSON that comes from outside: requests, configurations, headers of files.
//
// What comes out is shallow and bounded, so that whatever recurses over it (copies, comparisons, text) may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include <wisp/core/error.h>
#include <wisp/core/text.h>

namespace wisp {

struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 16;       ///< of lists and objects in each other
  std::size_t values = 100000;  ///< in all: numbers, texts, names, lists, objects
  std::size_t items = 100000;   ///< of one list
};

/// Text that is no JSON, or too much of it.
class JsonError : public Error {
 public:
  JsonError(std::size_t at, const std::string& what, std::string in = "")
      : Error(what), offset(at), member(std::move(in)) {}

  std::size_t offset;  ///< the byte where the trouble is
  std::string member;  ///< of the outermost object, in which it is; empty where that is not known
};

/// Parses one JSON value (RFC 8259). Throws JsonError for what is no JSON, for zero bytes, bytes that are no UTF-8, a
/// name twice in an object, numbers beyond the range of a double, and for more than the limits. Its text lacks a
/// subject, such as "the header", for the caller to put in front: "is nested deeper than 16 levels".
nlohmann::json parse_json(std::string_view text, const JsonLimits& limits = {});

/// The beginning of a value for a message: one line of ASCII.
std::string shown(const nlohmann::json& value);

/// Sets `member` to a value of its type: text, a whole number, a number, true or false. Throws Error naming the member
/// and the value when that is of another type or out of range.
template <class T>
void read_json(const nlohmann::json& value, const char* name, T& member) {
  if constexpr (std::is_same_v<T, std::string>) {
    check(value.is_string(), "{} must be text, given {}", name, shown(value));
    const auto& text = value.get_ref<const std::string&>();
    check(text.find('\0') == std::string::npos, "{} must be text without zero bytes, given {}", name, shown(value));
    member = text;
  } else if constexpr (std::is_same_v<T, bool>) {
    check(value.is_boolean(), "{} must be true or false, given {}", name, shown(value));
    member = value.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    const bool fits = value.is_number_unsigned()
                          ? std::in_range<T>(value.get<std::uint64_t>())
                          : value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
    check(fits, "{} must be a whole number of {} bits, given {}", name, 8 * sizeof(T), shown(value));
    member = value.get<T>();
  } else {
    static_assert(std::is_floating_point_v<T>);
    check(value.is_number(), "{} must be a number, given {}", name, shown(value));
    member = value.get<T>();
  }
}

/// The object's member of that name; `otherwise` where it is missing or read_json() would throw.
template <class T>
T member_or(const nlohmann::json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if (found == object.end()) return otherwise;
  try {
    read_json(*found, name, otherwise);
  } catch (const Error&) {  // of another type
  }
  return otherwise;
}

}  // namespace wisp
