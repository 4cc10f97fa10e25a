// A network with its weights as a C++ header, for programs that have a C++17 compiler and nothing else.
#pragma once

#include <string>

#include <wisp/nn/module.h>

namespace wisp {

struct CppHeaderOptions {
  std::string namespace_name = "network";  ///< a C++ name
  std::string comment = "";                ///< comment lines for the top of the file
  std::string more = "";                   ///< what else goes into the namespace, and may call forward()
};

/// Writes what the network computes of one sample in evaluation mode, recorded on `sample` (1, ...), f32, with norms
/// folded (see fold_norms), atomically. The header has, in the namespace, input_size, output_size and
///   void forward(const float* input, float* output);
/// both in logical row-major order. Throws Error naming the module and the op of which there is no such code, for
/// numbers that are not finite, for a namespace of other characters than letters, digits and _, and what trace()
/// throws; IoError when it cannot be written.
void save_cpp_header(const std::string& path, nn::Module& module, const Tensor& sample,
                     const CppHeaderOptions& options = {});

}  // namespace wisp
