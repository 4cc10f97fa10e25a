// A setting of the process that an environment variable gives its first value.
#pragma once

#include <atomic>
#include <cstdlib>
#include <string_view>

#include <wisp/core/error.h>

namespace wisp::kernels {

/// What was set last, else what the environment variable names, else Value{}. Thread-safe. Construction throws what
/// `parse` throws, after the name of the variable.
template <class Value>
class Setting {
 public:
  Setting(const char* variable, Value (*parse)(std::string_view)) : value_(initial(variable, parse)) {}

  Value get() const { return value_; }
  void set(Value value) { value_ = value; }

 private:
  static Value initial(const char* variable, Value (*parse)(std::string_view)) {
    const char* name = std::getenv(variable);
    if (name == nullptr) return Value{};
    try {
      return parse(name);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", variable, error.what()));
    }
  }

  std::atomic<Value> value_;
};

}  // namespace wisp::kernels
