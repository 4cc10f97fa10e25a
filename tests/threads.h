// A number of threads for the length of a scope.
#pragma once

#include <tests/scoped_setting.h>
#include <wisp/core/parallel.h>

namespace wisp::testing {

using Threads = ScopedSetting<num_threads, set_num_threads>;

}  // namespace wisp::testing
