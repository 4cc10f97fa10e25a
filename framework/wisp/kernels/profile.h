// Which kernels ran, and how long each took.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace wisp::kernels {

/// One call of a kernel.
struct KernelCall {
  const char* kind = "";            ///< e.g. "conv2d_grad_input", "batch_norm", "elementwise"
  const char* implementation = "";  ///< e.g. "onednn-im2col"; empty where there is but one
  std::string description = {};     ///< what was computed, on what
  double flops = 0;                 ///< floating-point operations; 0 where memory is what counts
  double seconds = 0;
};

using KernelObserver = std::function<void(const KernelCall&)>;

/// Calls `observer` after every kernel from now on, on the thread that ran it; an empty one ends that. At first, when
/// the environment variable WISP_VERBOSE is 1, every call is printed to stderr. Not to be changed while kernels run.
void set_kernel_observer(KernelObserver observer);

/// The observer; null when there is none, which costs a kernel nothing.
const KernelObserver* kernel_observer();

/// Reports the kernel that runs during its lifetime. describe() is called only where somebody observes.
class KernelTimer {
 public:
  template <class Describe>
  KernelTimer(const char* kind, Describe describe) : observer_(kernel_observer()) {
    if (observer_ != nullptr) begin(kind, describe());
  }
  explicit KernelTimer(const char* kind) : KernelTimer(kind, [] { return KernelCall{}; }) {}
  ~KernelTimer() {
    if (observer_ != nullptr) end();
  }
  KernelTimer(const KernelTimer&) = delete;
  KernelTimer& operator=(const KernelTimer&) = delete;

 private:
  void begin(const char* kind, KernelCall call);
  void end();

  const KernelObserver* observer_;
  KernelCall call_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace wisp::kernels
