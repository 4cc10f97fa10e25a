#include <wisp/kernels/profile.h>

#include <cstdlib>
#include <string_view>

#include <wisp/core/diagnostics.h>

namespace wisp::kernels {
namespace {

void print(const KernelCall& call) {
  const double ms = call.seconds * 1e3;
  std::string line = fmt::format("wisp: {:8.3f} ms  {}", ms, call.description.empty() ? call.kind : call.description);
  if (*call.implementation != '\0') line += fmt::format("  {}", call.implementation);
  if (call.flops > 0) line += fmt::format("  {:.1f} GFLOP/s", call.flops / call.seconds * 1e-9);
  say("{}", line);
}

KernelObserver from_environment() {
  const char* variable = std::getenv("WISP_VERBOSE");
  return variable != nullptr && std::string_view(variable) == "1" ? KernelObserver(print) : KernelObserver();
}

KernelObserver& current() {
  static KernelObserver observer = from_environment();
  return observer;
}

// Whether a timer runs on this thread. Kernels that the observed one calls, and those of the observer itself, are not
// reported.
thread_local bool inside = false;

}  // namespace

void set_kernel_observer(KernelObserver observer) { current() = std::move(observer); }

const KernelObserver* kernel_observer() {
  const KernelObserver& observer = current();
  return observer && !inside ? &observer : nullptr;
}

void KernelTimer::begin(const char* kind, KernelCall call) {
  call_ = std::move(call);
  call_.kind = kind;
  inside = true;
  start_ = std::chrono::steady_clock::now();
}

void KernelTimer::end() {
  call_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  (*observer_)(call_);
  inside = false;
}

}  // namespace wisp::kernels
