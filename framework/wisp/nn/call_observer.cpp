#include <wisp/nn/call_observer.h>

#include <utility>

namespace wisp::nn {
namespace {
thread_local const CallObserver* newest = nullptr;
}

CallObserver::CallObserver(Before on_before, After on_after)
    : before(std::move(on_before)), after(std::move(on_after)), previous_(std::exchange(newest, this)) {}

CallObserver::~CallObserver() { newest = previous_; }

const CallObserver* call_observer() { return newest; }

}  // namespace wisp::nn
