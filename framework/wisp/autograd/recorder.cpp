#include <wisp/autograd/recorder.h>

namespace wisp::autograd {
namespace {
thread_local OpRecorder* newest = nullptr;
}

OpRecorder::OpRecorder(Note note, detail::ReadGuard::Before read)
    : note_(std::move(note)), guard_(std::move(read)), newest_(newest, this) {}

bool has_recorder() { return newest != nullptr; }

void tell_recorder(const OpCall& call) {
  if (newest != nullptr) newest->note_(call);
}

RecorderPause::RecorderPause() : newest_(newest, nullptr), guard_(nullptr) {}

}  // namespace wisp::autograd
