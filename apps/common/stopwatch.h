// Stopwatch: the seconds since it was made.
#pragma once

#include <chrono>

namespace wisp::apps {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace wisp::apps
