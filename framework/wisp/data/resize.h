// Bilinear resizing of images.
#pragma once

#include <cstdint>
#include <vector>

namespace wisp::detail {

/// Resizes images from (height, width) to (size, size), bilinearly with pixel centres at half-integers: what
/// torchvision's Resize and torch's interpolate(mode="bilinear", align_corners=False, antialias=True) compute.
/// Enlarging weighs the two nearest pixels of each axis; shrinking widens the triangle by the factor, so that nothing
/// aliases.
class BilinearResize {
 public:
  /// Throws Error when a number is below 1, height or width above 2^24, or channels or size above 2^15.
  BilinearResize(std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t size);

  /// Numbers of scratch that one call needs.
  std::int64_t scratch_size() const { return height_ * size_ * channels_; }
  /// One image: `in` height x width x channels, `out` size x size x channels with the range of `in`.
  void operator()(const std::uint8_t* in, float* out, float* scratch) const;

 private:
  /// A result is the sum of weights[k] times pixel first + k.
  struct Taps {
    std::int64_t first;
    std::vector<double> weights;
  };
  static std::vector<Taps> make_taps(std::int64_t from, std::int64_t to);

  std::int64_t height_, width_, channels_, size_;
  std::vector<Taps> rows_, columns_;
};

}  // namespace wisp::detail
