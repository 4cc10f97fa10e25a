// safetensors: named tensors in a file, in the format of github.com/huggingface/safetensors (its README, "Format"):
// a little-endian 64-bit header length, a JSON header, and the numbers of all tensors without a gap.
#pragma once

#include <string>

#include <wisp/core/metadata.h>
#include <wisp/core/tensor.h>

namespace wisp {

/// What a safetensors file holds.
struct Safetensors {
  StateDict tensors = {};
  Metadata metadata = {};
};

/// Reads a file. Dtypes F64, F32, BF16, I64 and U8 are read as they are; F16 becomes f32, integers of other sizes
/// become i64, BOOL becomes u8, all without loss. Numbers are not checked (NaN may come). Throws IoError, naming the
/// tensor, when the file is missing, truncated or breaks the format: a header over 100 MB or beyond the file, no valid
/// JSON, duplicate names, a shape that does not fit its bytes, overlaps, gaps, bytes that belong to nothing; for other
/// dtypes, ranks above 8 and integers beyond i64; and for files of other formats, saying of which.
Safetensors read_safetensors(const std::string& path);

/// Writes a file, atomically and always the same bytes for the same content: names in order, the header padded to a
/// multiple of 8 bytes, data of wider dtypes first so that every number is aligned. Throws IoError when it cannot be
/// written, Error for an undefined tensor, the reserved name "__metadata__", text that is not UTF-8, or a header beyond
/// 100 MB.
void write_safetensors(const std::string& path, const Safetensors& content);

}  // namespace wisp
