// ONNX files of any network, in operator set 13 (github.com/onnx/onnx, docs/Operators.md).
//
// A library of its own, wisp_onnx: programs that export nothing need not load ONNX's.
#pragma once

#include <string>
#include <vector>

#include <wisp/nn/module.h>

namespace wisp {

struct OnnxOptions {
  std::vector<std::string> input_names = {};   ///< "input", or "input_0" and so on, where none are given
  std::vector<std::string> output_names = {};  ///< likewise
  std::string graph_name = "wisp";
  bool fold_norms = true;  ///< see exchange/fold_norms.h
};

/// Writes what the network computes in evaluation mode, recorded on sample inputs (see nn/trace.h), atomically. The
/// first extent of all inputs and outputs is free, "N", where the network takes any. Weights keep their names in
/// state_dict(). Throws Error naming the module and the op that operator set 13 cannot say, or what trace() throws; for
/// more than 2 GiB; and IoError when the file cannot be written.
void save_onnx(const std::string& path, nn::Module& module, const Tensors& samples, const OnnxOptions& options = {});

}  // namespace wisp
