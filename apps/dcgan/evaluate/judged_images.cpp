#include <apps/dcgan/evaluate/judged_images.h>

#include <algorithm>

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

Tensor select_images(const Tensor& images, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> extents(images.shape().begin(), images.shape().end());
  const std::int64_t pixels = images.numel() / images.dim(0);
  extents[0] = static_cast<std::int64_t>(rows.size());
  Tensor result = Tensor::empty(Shape(extents), DType::u8);
  const auto* const from = images.data<std::uint8_t>();
  auto* to = result.mutable_data<std::uint8_t>();
  for (const std::int64_t row : rows) to = std::copy_n(from + row * pixels, pixels, to);
  return result;
}

JudgedImages JudgedImages::part(std::int64_t start, std::int64_t length) const {
  return {images.narrow(0, start, length), features.narrow(0, start, length), probabilities.narrow(0, start, length)};
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
