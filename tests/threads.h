// A number of threads for the length of a scope.
#pragma once

#include <wisp/core/parallel.h>

namespace wisp::testing {

class Threads {
 public:
  explicit Threads(int count) : previous_(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(previous_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int previous_;
};

}  // namespace wisp::testing
