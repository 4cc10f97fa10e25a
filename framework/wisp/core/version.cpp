#include <wisp/core/version.h>

namespace wisp {

const char* version() { return WISP_VERSION; }

}  // namespace wisp
