// Images and what the judge makes of them.
#pragma once

#include <cstdint>
#include <vector>

#include <apps/common/judge_file.h>
#include <models/dcgan.h>

namespace wisp::apps {

struct JudgedImages {
  Tensor images;         ///< u8 (N, 1, 28, 28)
  Tensor features;       ///< f32 (N, 128): models::Judge::features
  Tensor probabilities;  ///< f32 (N, classes)

  std::int64_t count() const { return features.dim(0); }
  /// `length` of them, from `start` on.
  JudgedImages part(std::int64_t start, std::int64_t length) const;
};

/// The images, u8 (N, ...), with these numbers, in this order.
Tensor select_images(const Tensor& images, const std::vector<std::int64_t>& rows);

/// Images as rows of pixels: f32 (N, C H W) in [0, 255].
Tensor pixel_rows(const Tensor& images);

/// Throws Error naming `source` unless the judge can read what a generator with these options draws.
void check_readable(const models::DcganOptions& options, const std::string& source);

/// Shows the images, u8 (N, 1, 28, 28), to the judge, in f32. Throws Error for images of another size, naming `source`.
JudgedImages judge_images(LoadedJudge& judge, const Tensor& images, const std::string& source);

}  // namespace wisp::apps
