// C libraries that report an error by jumping over the calls in between.
#pragma once

#include <csetjmp>

namespace wisp::detail {

/// Runs `step`; false when it jumped to `target` (std::longjmp). A jump runs no destructors, so functions that are
/// jumped over must own nothing. After a jump the local variables of the caller that `step` changed must not be read.
template <class Step>
bool ran(std::jmp_buf& target, const Step& step) {
  if (setjmp(target) != 0) return false;
  step();
  return true;
}

}  // namespace wisp::detail
