// C libraries that report an error by jumping over the calls in between.
#pragma once

#include <csetjmp>

namespace wisp {

/// Runs `step`; false when it jumped to `target` (std::longjmp). What it calls may own nothing, for a jump runs no
/// destructors, and what it changed may be looked at afterwards only where it lies outside of its caller's variables.
template <class Step>
bool ran(std::jmp_buf& target, const Step& step) {
  if (setjmp(target) != 0) return false;
  step();
  return true;
}

}  // namespace wisp
