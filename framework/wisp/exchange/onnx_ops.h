// Wisp's ops in ONNX's operators.
#pragma once

#include <wisp/exchange/onnx_graph.h>

namespace wisp {

/// Adds the nodes that compute the op. Throws Error naming the op and the module that called it where there is no way
/// to say it in operator set 13.
void add_onnx_op(OnnxGraph& graph, const nn::TracedOp& op);

}  // namespace wisp
