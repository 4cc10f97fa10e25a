// OpRecorder: is told of every op that is called on this thread, with its options.
//
// Every op passes through record() (node.h), which tells the recorder its name, inputs and outputs. An op with options,
// or one that is composed of others, is told as one by as_one_op().
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wisp/core/read_guard.h>
#include <wisp/core/scoped_value.h>
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
  OpRecorder(Note note, detail::ReadGuard::Before read);

 private:
  friend void tell_recorder(const OpCall& call);

  Note note_;
  detail::ReadGuard guard_;
  detail::ScopedValue<OpRecorder*> newest_;
};

/// Whether ops on this thread are told to a recorder.
bool has_recorder();
void tell_recorder(const OpCall& call);

/// No recorder is told anything while it lives.
class RecorderPause {
 public:
  RecorderPause();

 private:
  detail::ScopedValue<OpRecorder*> newest_;
  detail::ReadGuard guard_;
};

/// Returns compute(), and tells a recorder, where there is one, of a single op with these inputs and options instead of
/// the ops that compute() calls.
template <class Compute>
Tensor as_one_op(const char* op, const Tensors& inputs, std::initializer_list<Attributes::value_type> options,
                 const Compute& compute) {
  if (!has_recorder()) return compute();
  Tensor result;
  {
    const RecorderPause pause;
    result = compute();
  }
  tell_recorder({op, inputs, {result}, options});
  return result;
}

}  // namespace wisp::autograd
