#include <apps/dcgan/evaluate/judged_images.h>

#include <algorithm>
#include <cstring>

#include <wisp/autograd/grad_mode.h>
#include <wisp/data/data_loader.h>
#include <wisp/ops/autocast.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/softmax.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t images_at_a_time = 50, size = models::Judge::image_size;

void check_readable(std::int64_t channels, std::int64_t height, std::int64_t width, const std::string& source) {
  check(channels == 1 && height == size && width == size,
        "{}: images of {} channel(s) and {} x {} pixels, the judge reads grey ones of {} x {}", source, channels,
        height, width, size, size);
}

}  // namespace

Tensor select_rows(const Tensor& tensor, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> extents(tensor.shape().begin(), tensor.shape().end());
  const std::size_t row_bytes = static_cast<std::size_t>(tensor.numel() / tensor.dim(0)) * size_of(tensor.dtype());
  extents[0] = static_cast<std::int64_t>(rows.size());
  Tensor result = Tensor::empty(Shape(extents), tensor.dtype());
  const auto* const from = static_cast<const std::byte*>(tensor.storage()->data);
  auto* const to = static_cast<std::byte*>(result.storage()->data);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(to + i * row_bytes, from + static_cast<std::size_t>(rows[i]) * row_bytes, row_bytes);
  return result;
}

JudgedImages JudgedImages::first(std::int64_t n) const {
  return {images.narrow(0, 0, n), features.narrow(0, 0, n), probabilities.narrow(0, 0, n)};
}

Tensor pixel_rows(const Tensor& images) { return images.to(DType::f32).reshape({images.dim(0), -1}); }

void check_readable(const models::DcganOptions& options, const std::string& source) {
  check_readable(options.channels, options.image_size, options.image_size, source);
}

JudgedImages judge_images(LoadedJudge& judge, const Tensor& images, const std::string& source) {
  check_readable(images.dim(1), images.dim(2), images.dim(3), source);
  const NoGrad guard;
  const Autocast full_precision(false);
  DataLoader loader({images, {}}, {.batch_size = std::min(images.dim(0), images_at_a_time)});
  Tensors features, probabilities;
  for (const Batch& batch : loader.epoch(0)) {
    features.push_back(judge.network.features(batch.images));
    probabilities.push_back(softmax(judge.network.classify(features.back()), 1));
  }
  return {images, cat(features), cat(probabilities)};
}

}  // namespace wisp::apps
