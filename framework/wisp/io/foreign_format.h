// What a file is that should be a safetensors file and is none.
#pragma once

#include <string>

#include <wisp/io/input_file.h>

namespace wisp::safetensors {

/// "is a NumPy array, expected a safetensors file", and what to do about it, where the first bytes are those of a
/// format in which weights are kept; "" for others. A safetensors file may begin with such bytes, too: they are its
/// header's length. To be asked about files that have turned out to be none.
std::string foreign_format(const InputFile& file);

}  // namespace wisp::safetensors
