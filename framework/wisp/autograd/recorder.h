// OpRecorder: is told of every op that is called on this thread, with its options.
//
// Every op passes through record() (node.h), which tells the recorder its name, inputs and outputs. An op with options,
// or one that is composed of others, is told as one by as_one_op().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wisp/core/read_guard.h>
#include <wisp/core/tensor.h>

namespace wisp::autograd {

/// The options of an op under PyTorch's names; those of height and width are lists of two.
using Attribute = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;
using Attributes = std::vector<std::pair<const char*, Attribute>>;

/// A call of an op. Inputs may be undefined.
struct OpCall {
  const char* op;
  Tensors inputs;
  Tensors outputs;
  Attributes attributes = {};
};

/// In force on the thread that made it for as long as it lives.
class OpRecorder {
 public:
  using Note = std::function<void(const OpCall&)>;

  /// `read` is called before numbers are taken out of a tensor between ops (see ReadGuard).
  OpRecorder(Note note, ReadGuard::Before read);
  ~OpRecorder();
  OpRecorder(const OpRecorder&) = delete;
  OpRecorder& operator=(const OpRecorder&) = delete;

 private:
  friend class RecorderPause;
  friend void tell_recorder(const OpCall& call);

  Note note_;
  ReadGuard guard_;
  OpRecorder* previous_;
};

/// Whether ops on this thread are told to a recorder.
bool has_recorder();
void tell_recorder(const OpCall& call);

/// No recorder is told anything while it lives.
class RecorderPause {
 public:
  RecorderPause();
  ~RecorderPause();
  RecorderPause(const RecorderPause&) = delete;
  RecorderPause& operator=(const RecorderPause&) = delete;

 private:
  OpRecorder* recorder_;
  ReadGuard none_;
};

/// What an op was called with.
struct CalledWith {
  Tensors inputs;
  Attributes attributes = {};
};

/// Returns compute(). A recorder is told of one op with what describe() returns, which is not called without one; the
/// ops that compute() calls are not told.
template <class Describe, class Compute>
Tensor as_one_op(const char* op, const Describe& describe, const Compute& compute) {
  if (!has_recorder()) return compute();
  Tensor result;
  {
    const RecorderPause pause;
    result = compute();
  }
  CalledWith with = describe();
  tell_recorder({op, std::move(with.inputs), {result}, std::move(with.attributes)});
  return result;
}

}  // namespace wisp::autograd
