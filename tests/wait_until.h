// Waiting for another thread, but not for ever.
#pragma once

#include <chrono>
#include <thread>

namespace wisp::testing {

/// Whether condition() holds within a minute. It is looked at every millisecond, so that a loaded machine's other
/// threads get on.
template <class Condition>
bool wait_until(Condition condition) {
  using namespace std::chrono_literals;
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return condition();
}

}  // namespace wisp::testing
