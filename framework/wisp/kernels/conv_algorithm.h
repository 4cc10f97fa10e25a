// By which algorithm convolutions are computed.
#pragma once

#include <string_view>

namespace wisp {

/// im2col: one matrix product with the patches of the image. direct: the definition's loops, blocked (oneDNN's).
/// winograd: fewer multiplications, see docs/winograd.md. automatic: whichever is expected to be the fastest for the
/// call.
enum class ConvAlgorithm { automatic, im2col, direct, winograd };

/// "auto", "im2col", "direct" or "winograd".
const char* name_of(ConvAlgorithm algorithm);

/// The algorithm of that name. Throws Error when there is none.
ConvAlgorithm conv_algorithm_of(std::string_view name);

/// The names: "auto, im2col, direct and winograd".
const char* conv_algorithm_names();

/// The algorithm in force: set_conv_algorithm's, else that of the environment variable WISP_CONV, else automatic.
/// Throws Error when WISP_CONV does not name one.
ConvAlgorithm conv_algorithm();

/// Chooses the algorithm from now on, on all threads. Convolutions that it cannot compute go the automatic way.
void set_conv_algorithm(ConvAlgorithm algorithm);

}  // namespace wisp
