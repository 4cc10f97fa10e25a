// The version of the library.
#pragma once

namespace wisp {

/// "major.minor.patch".
const char* version();

}  // namespace wisp
