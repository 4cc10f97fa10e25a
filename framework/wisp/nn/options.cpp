#include <wisp/nn/options.h>

#include <algorithm>
#include <type_traits>

#include <fmt/ranges.h>

#include <wisp/core/text.h>

namespace wisp::nn {
namespace {

// A double as Python's repr writes it: the shortest digits that read back, 1e-05, 0.1, 2.0.
std::string number_text(double number) {
  std::string text = fmt::format("{}", number);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string to_string(const OptionValue& value) {
  return std::visit(
      []<class T>(const T& x) -> std::string {
        if constexpr (std::is_same_v<T, std::monostate>)
          return "None";
        else if constexpr (std::is_same_v<T, bool>)
          return x ? "True" : "False";
        else if constexpr (std::is_same_v<T, double>)
          return number_text(x);
        else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
          return fmt::format("({}{})", fmt::join(x, ", "), x.size() == 1 ? "," : "");
        else
          return fmt::format("{}", x);
      },
      value);
}

const OptionValue& Options::operator[](std::string_view name) const {
  const auto found = std::find_if(begin(), end(), [&](const Option& option) { return option.name == name; });
  check(found != end(), "option {} is missing", printable(name));
  return found->value;
}

template <class T>
T Options::as(std::string_view name) const {
  const OptionValue& value = (*this)[name];
  if constexpr (std::is_same_v<T, Size2d>) {
    if (const auto* both = std::get_if<std::int64_t>(&value)) return *both;
    const auto* sides = std::get_if<std::vector<std::int64_t>>(&value);
    if (sides != nullptr && sides->size() == 2) return {(*sides)[0], (*sides)[1]};
  } else {
    if constexpr (std::is_same_v<T, double>)
      if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* found = std::get_if<T>(&value)) return *found;
  }
  const char* const expected = std::is_same_v<T, bool>           ? "True or False"
                               : std::is_same_v<T, std::int64_t> ? "a whole number"
                               : std::is_same_v<T, double>       ? "a number"
                               : std::is_same_v<T, Size2d>       ? "one or two whole numbers"
                                                                 : "a text";
  fail("option {} is {}, {} is expected", printable(name), printable(to_string(value)), expected);
}

template bool Options::as(std::string_view) const;
template std::int64_t Options::as(std::string_view) const;
template double Options::as(std::string_view) const;
template std::string Options::as(std::string_view) const;
template Size2d Options::as(std::string_view) const;

}  // namespace wisp::nn
