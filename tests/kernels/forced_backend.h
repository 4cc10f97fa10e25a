// A backend for the length of a scope.
#pragma once

#include <tests/scoped_setting.h>
#include <wisp/kernels/backend.h>

namespace wisp::testing {

using ForcedBackend = ScopedSetting<backend, set_backend>;

}  // namespace wisp::testing
