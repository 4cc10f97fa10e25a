// Which implementation of convolution, linear and matmul runs.
#pragma once

namespace wisp {

/// native: the kernels of this library, same bits for any number of threads. automatic: the fastest there is.
enum class Backend { automatic, native };

/// The backend in force: set_backend's, else that of the environment variable WISP_BACKEND (auto or native), else
/// automatic. Throws Error when WISP_BACKEND holds anything else.
Backend backend();

/// Chooses the backend from now on, on all threads.
void set_backend(Backend backend);

}  // namespace wisp
