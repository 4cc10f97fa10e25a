// IDX: the format of the MNIST files. http://yann.lecun.com/exdb/mnist, "the IDX file format".
//
// Four bytes of magic (0, 0, element type, rank), each extent as a big-endian 32-bit word, then the elements in
// row-major order.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp {

/// Reads an IDX file of unsigned bytes (type 0x08) with 1 to 4 dimensions as a u8 tensor of that shape. The file may be
/// gzipped, whatever its name. Throws IoError, with the offset in the unzipped content, when the file is missing,
/// empty, truncated, longer than its dimensions say, of another type or format, corrupt, or larger than 4 GiB.
Tensor read_idx(const std::string& path);

/// Writes a u8 tensor with 1 to 4 dimensions, atomically, gzipped when `path` ends in ".gz"; the same tensor gives the
/// same bytes. Throws Error for other tensors, IoError when the file cannot be written.
void write_idx(const std::string& path, const Tensor& tensor);

}  // namespace wisp
