// The model file: a network with its structure in one safetensors file, read back without a line of code about it.
//
// Tensors are those of its state_dict(), under PyTorch's keys. The metadata hold format = wisp.model, format_version
// and structure: JSON, {"type": "Sequential", "children": [{"name": "0", "type": "Conv2d", "options": {...}}, ...]},
// with "training": false for what is in evaluation mode and, of the outermost, "frozen": the names of parameters that
// do not train.
#pragma once

#include <memory>
#include <string>

#include <wisp/nn/module.h>

namespace wisp {

/// Writes the file, atomically. Throws Error naming the module whose type nobody registered (see nn/description.h), or
/// where its description does not make it again; IoError when the file cannot be written.
void save_model(const std::string& path, const nn::Module& module);

/// The network in the file: types, options, numbers and their dtypes, modes and what is frozen. Throws IoError naming
/// the file, and what in it is wrong, when it cannot be read, is no model file, was written by a newer version, has a
/// module of an unknown type, or its structure and tensors do not fit each other. Builds nothing that is much larger
/// than the file.
std::shared_ptr<nn::Module> load_model(const std::string& path);

}  // namespace wisp
