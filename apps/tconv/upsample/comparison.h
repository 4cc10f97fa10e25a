// A picture reduced, enlarged back in five ways, and compared with what it was.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::apps {

struct UpsampleWay {
  std::string name;   ///< of its files
  std::string label;  ///< for people
  std::string words;  ///< what it does, with places for {scale}, {zeros} and the kernel's {side}
};

inline const std::array<UpsampleWay, 5> upsample_ways = {{
    {"zero_insertion", "zero insertion",
     "Every pixel stands at the top left of {scale} × {scale}; the other {zeros} are 0. That is how a transposed "
     "convolution begins, before its kernel fills the gaps, so the error is large by design."},
    {"nearest", "nearest",
     "Every pixel becomes {scale} × {scale} equal ones. Nothing is blurred; slanted edges become stairs."},
    {"bilinear", "bilinear",
     "Values change linearly from one pixel centre to the next. No stairs, but edges are soft."},
    {"bilinear_kernel", "transposed convolution, bilinear kernel",
     "Zeros inserted, then a fixed kernel of {side} × {side} weights, shaped like a tent: bilinear interpolation, "
     "computed by a ConvTranspose2d."},
    {"trained", "transposed convolution, trained",
     "The same layer with {side} × {side} weights that began as that tent and were trained on this picture. Weights "
     "below 0 sharpen the edges."},
}};

/// A way and what it makes of a picture.
struct UpsampleMethod : UpsampleWay {
  Tensor kernel;     ///< (1, 1, k, k), of the transposed convolutions; undefined for others
  Tensor restored;   ///< the reduced picture enlarged back, as bytes
  double error = 0;  ///< mean squared error of `restored`, values in [0, 1]

  /// 10 log10(1 / error), in dB; infinite when nothing differs.
  double psnr() const;
};

struct UpsampleOptions {
  std::int64_t scale = 2;     ///< 2 to 8
  std::int64_t steps = 2000;  ///< of training, 1 to 10^6
  std::int64_t seed = 1;      ///< of the pieces it is trained on, at least 0
};

/// Throws Error naming the command line's option when a number is out of range.
void check_options(const UpsampleOptions& options);

/// Throws Error unless the picture (C, 1, H, W) has at least 4 scale pixels in both directions and, enlarged, at most
/// 4096.
void check_size(const Tensor& picture, std::int64_t scale);

/// Pictures are u8 (C, 1, H, W).
struct UpsampleComparison {
  UpsampleOptions options;
  Tensor picture;   ///< as given
  Tensor original;  ///< cut at the right and at the bottom to multiples of scale
  Tensor reduced;   ///< every pixel the mean of scale x scale of the original
  std::vector<UpsampleMethod> methods;
};

/// Reduces the picture, trains the kernel and restores, with options and a size that passed the checks.
UpsampleComparison compare_upsampling(const Tensor& picture, const UpsampleOptions& options);

/// The picture (u8, (C, 1, H, W)) enlarged by the method, as bytes.
Tensor enlarge(const UpsampleMethod& method, const Tensor& picture, std::int64_t scale);

}  // namespace wisp::apps
