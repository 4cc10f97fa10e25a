// Which implementation of convolution, linear and matmul runs.
#pragma once

#include <string>
#include <string_view>

namespace wisp {

/// native: the kernels of this library, same bits for any number of threads. onednn: Intel's oneDNN, where the build
/// has it. automatic: whichever is expected to be the fastest for the call.
enum class Backend { automatic, native, onednn };

/// "auto", "native" or "onednn".
const char* name_of(Backend backend);

/// The backend of that name. Throws Error when there is none or this build lacks it.
Backend backend_of(std::string_view name);

/// The names that this build takes: "auto, native and onednn".
std::string backend_names();

/// The backend in force: set_backend's, else that of the environment variable WISP_BACKEND, else automatic. Throws
/// Error when WISP_BACKEND does not name one.
Backend backend();

/// Chooses the backend from now on, on all threads. A forced backend that cannot do a call's dtype throws Error there.
/// Throws Error when this build lacks it.
void set_backend(Backend backend);

}  // namespace wisp
