#include <wisp/kernels/backend.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include <wisp/core/error.h>

namespace wisp {
namespace {

Backend from_environment() {
  const char* variable = std::getenv("WISP_BACKEND");
  const std::string_view name = variable == nullptr ? "auto" : variable;
  check(name == "auto" || name == "native",
        "WISP_BACKEND: {} is not a backend of this build; valid are auto and native", name);
  return name == "native" ? Backend::native : Backend::automatic;
}

std::atomic<Backend>& current() {
  static std::atomic<Backend> value{from_environment()};
  return value;
}

}  // namespace

Backend backend() { return current(); }

void set_backend(Backend backend) { current() = backend; }

}  // namespace wisp
