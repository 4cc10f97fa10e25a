#include <apps/dcgan/draw.h>

#include <algorithm>
#include <cmath>

#include <apps/common/finite.h>
#include <models/class_labels.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t images_at_a_time = 8;  // with more, each takes hardly less time
constexpr std::int64_t noise_at_a_time = 64;  // bounds the memory; an even number draws as all at once would

void check_finite(const Tensor& images) {
  const Tensor wide = images.to(DType::f32);
  check(is_finite({wide.data<float>(), static_cast<std::size_t>(wide.numel())}),
        "the generator's images hold numbers that are not finite: its weights are spoiled");
}

void check_label(const models::DcganOptions& options, std::int64_t label) {
  check(options.classes > 0, "label {} was asked for, this generator was trained without labels (train --conditional)",
        label);
  check(0 <= label && label < options.classes, "label {} was asked for, this generator draws 0 to {}", label,
        options.classes - 1);
}

}  // namespace

Tensor generator_input(const Tensor& noise, const models::DcganOptions& options, std::optional<std::int64_t> label,
                       std::int64_t first) {
  if (label) check_label(options, *label);
  if (options.classes == 0) return noise;
  const std::int64_t count = noise.dim(0);
  const Tensor labels = label ? Tensor::full({count}, static_cast<double>(*label), DType::i64)
                              : models::classes_in_turn(count, options.classes, first);
  return models::with_labels(noise, labels, options.classes);
}

Tensor draw(nn::Module& generator, const Tensor& input) {
  const NoGrad guard;
  const std::int64_t count = input.dim(0);
  Tensors parts;
  for (std::int64_t done = 0; done < count; done += images_at_a_time) {
    const std::int64_t now = std::min(images_at_a_time, count - done);
    Tensor piece = input.narrow(0, done, now);
    if (now < images_at_a_time)
      piece = cat({piece, Tensor::zeros({images_at_a_time - now, input.dim(1), 1, 1}, input.dtype())});
    const Tensor images = generator(piece).narrow(0, 0, now);
    check_finite(images);
    parts.push_back(to_u8(images));
  }
  return cat(parts);
}

Tensor draw(nn::Module& generator, const models::DcganOptions& options, std::int64_t count, std::uint64_t seed,
            std::optional<std::int64_t> label) {
  Rng rng(seed);
  Tensors parts;
  for (std::int64_t done = 0; done < count; done += noise_at_a_time) {
    const Tensor noise = Tensor::randn({std::min(noise_at_a_time, count - done), options.latent, 1, 1}, rng);
    parts.push_back(draw(generator, generator_input(noise, options, label, done)));
  }
  return cat(parts);
}

GridOptions sample_grid(std::int64_t count, const models::DcganOptions& options, std::optional<std::int64_t> label) {
  if (options.classes > 0 && !label) return {.nrow = static_cast<int>(options.classes)};
  return {.nrow = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))))};
}

}  // namespace wisp::apps
