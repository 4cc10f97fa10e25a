// dcgan export: writes a trained network for other programs.
#pragma once

#include <string>

namespace wisp::apps {

struct ExportOptions {
  std::string checkpoint;             ///< a checkpoint, or a state dict that PyTorch wrote
  std::string format;                 ///< safetensors, onnx or header
  std::string out;                    ///< the file to write
  std::string network = "generator";  ///< generator or discriminator
  bool raw = false;                   ///< the generator as it was trained, not the averaged one
};

/// Writes the network atomically:
/// - safetensors: PyTorch's state dict, which load_state_dict of the same nn.Sequential takes: 0.weight,
///   1.running_mean and so on, f32;
/// - onnx: see export_onnx.h;
/// - header: see export_header.h, a generator only.
/// Throws Error for options that do not fit, IoError when a file cannot be read or written.
void export_network(const ExportOptions& options);

}  // namespace wisp::apps
