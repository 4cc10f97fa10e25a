#pragma once

#include <wisp/wisp.h>

namespace consumer {

/// x sigmoid(x), elementwise, as an op with a derivative rule of its own.
wisp::Tensor swish(const wisp::Tensor& x);

/// What swish is made of for a recorder of ops: ONNX has no such operator.
wisp::Tensor composed_swish(const wisp::Tensor& x);

}  // namespace consumer
