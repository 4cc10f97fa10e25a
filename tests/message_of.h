// What an Error says.
#pragma once

#include <functional>
#include <string>

#include <wisp/core/error.h>

namespace wisp::testing {

/// The message of the Error that call() throws; "no error" when it throws none.
inline std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace wisp::testing
