// Options: what a module was made with, under PyTorch's names.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <wisp/core/error.h>
#include <wisp/ops/conv2d_options.h>

namespace wisp::nn {

/// Nothing (PyTorch's None), a truth value, a whole number, a number, a text, or whole numbers, such as a kernel's
/// height and width.
using OptionValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;

/// How an option appears where PyTorch prints the module: "stride=(2, 2)", "64", or not at all.
enum class Printed { with_name, value_alone, not_at_all };

struct Option {
  std::string name;
  OptionValue value;
  Printed printed = Printed::with_name;

  /// Of the same name and value.
  bool operator==(const Option& other) const { return name == other.name && value == other.value; }
};

/// What a member of type T is held as: whole numbers as std::int64_t, others as double.
template <class T>
using OptionType =
    std::conditional_t<std::is_same_v<T, bool> || std::is_same_v<T, std::string> || std::is_same_v<T, Size2d>, T,
                       std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>;

/// A member's value; of a Size2d the height and the width.
template <class T>
OptionValue option_value(const T& value) {
  if constexpr (std::is_same_v<T, Size2d>)
    return std::vector{value.height, value.width};
  else
    return static_cast<OptionType<T>>(value);
}

/// The text of a value as Python writes it: None, True, 3, 1e-05, (2, 2), reflect.
std::string to_string(const OptionValue& value);

/// The options of a module, in the order in which PyTorch prints them.
class Options {
 public:
  Options() = default;
  Options(std::initializer_list<Option> options) : options_(options) {}
  explicit Options(std::vector<Option> options) : options_(std::move(options)) {}

  /// The option of that name as bool, a whole number, double, std::string or Size2d, of which a whole number is taken
  /// for a double and for both sides of a Size2d. Throws Error naming the option when it is missing, something else or
  /// out of the range of T.
  template <class T>
  T get(std::string_view name) const {
    const OptionType<T> value = as<OptionType<T>>(name);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      check(std::in_range<T>(value), "option {} is {}, out of range", name, value);
    return static_cast<T>(value);
  }

  /// The option of that name; throws Error when there is none.
  const OptionValue& operator[](std::string_view name) const;

  auto begin() const { return options_.begin(); }
  auto end() const { return options_.end(); }
  std::size_t size() const { return options_.size(); }
  bool operator==(const Options&) const = default;

 private:
  template <class T>  // an OptionType
  T as(std::string_view name) const;

  std::vector<Option> options_;
};

}  // namespace wisp::nn
