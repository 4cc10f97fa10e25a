// A checksum that tells data sets and networks apart.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp {

/// Eight hexadecimal digits: the CRC-32 of the tensors' numbers in memory order, one tensor after another.
std::string checksum(const Tensors& tensors);

namespace detail {

/// The same of a text's bytes.
std::string text_checksum(const std::string& text);

}  // namespace detail

}  // namespace wisp
