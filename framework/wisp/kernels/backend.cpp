#include <wisp/kernels/backend.h>

#include <atomic>
#include <cstdlib>

#include <wisp/core/error.h>
#include <wisp/kernels/registry.h>

namespace wisp {
namespace {

Backend from_environment() {
  const char* variable = std::getenv("WISP_BACKEND");
  if (variable == nullptr) return Backend::automatic;
  try {
    return backend_of(variable);
  } catch (const Error& error) {
    throw Error(fmt::format("WISP_BACKEND: {}", error.what()));
  }
}

std::atomic<Backend>& current() {
  static std::atomic<Backend> value{from_environment()};
  return value;
}

}  // namespace

const char* name_of(Backend backend) {
  constexpr const char* names[] = {"auto", "native", "onednn"};
  return names[static_cast<int>(backend)];
}

std::string backend_names() { return kernels::has_onednn ? "auto, native and onednn" : "auto and native"; }

Backend backend_of(std::string_view name) {
  for (const Backend backend : {Backend::automatic, Backend::native, Backend::onednn})
    if (name == name_of(backend) && (backend != Backend::onednn || kernels::has_onednn)) return backend;
  throw Error(fmt::format("{} is not a backend of this build; valid are {}", name, backend_names()));
}

Backend backend() { return current(); }

void set_backend(Backend backend) { current() = backend_of(name_of(backend)); }

}  // namespace wisp
