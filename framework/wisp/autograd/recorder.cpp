#include <wisp/autograd/recorder.h>

namespace wisp::autograd {
namespace {
thread_local OpRecorder* newest = nullptr;
}

OpRecorder::OpRecorder(Note note, ReadGuard::Before read)
    : note_(std::move(note)), guard_(std::move(read)), previous_(std::exchange(newest, this)) {}

OpRecorder::~OpRecorder() { newest = previous_; }

bool has_recorder() { return newest != nullptr; }

void tell_recorder(const OpCall& call) {
  if (newest != nullptr) newest->note_(call);
}

RecorderPause::RecorderPause() : recorder_(std::exchange(newest, nullptr)), none_(nullptr) {}

RecorderPause::~RecorderPause() { newest = recorder_; }

}  // namespace wisp::autograd
