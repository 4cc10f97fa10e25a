#include <wisp/kernels/backend.h>

#include <wisp/kernels/registry.h>
#include <wisp/kernels/setting.h>

namespace wisp {
namespace {

kernels::Setting<Backend>& current() {
  static kernels::Setting<Backend> setting("WISP_BACKEND", backend_of);
  return setting;
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

Backend backend() { return current().get(); }

void set_backend(Backend backend) { current().set(backend_of(name_of(backend))); }

}  // namespace wisp
