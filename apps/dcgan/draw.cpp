#include <apps/dcgan/draw.h>

#include <algorithm>

#include <apps/common/finite.h>
#include <models/class_labels.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/io/png.h>
#include <wisp/ops/slice.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t images_at_a_time = 64;

void check_finite(const Tensor& images) {
  const Tensor wide = images.to(DType::f32);
  check(is_finite({wide.data<float>(), static_cast<std::size_t>(wide.numel())}),
        "the generator's images hold numbers that are not finite: its weights are spoiled");
}

void check_label(const models::DcganOptions& options, std::optional<std::int64_t> label) {
  if (!label) return;
  check(options.classes > 0, "label {} was asked for, this generator was trained without labels (train --conditional)",
        *label);
  check(0 <= *label && *label < options.classes, "label {} was asked for, this generator draws 0 to {}", *label,
        options.classes - 1);
}

}  // namespace

Tensor draw(nn::Module& generator, const models::DcganOptions& options, std::int64_t count, std::uint64_t seed,
            std::optional<std::int64_t> label) {
  check_label(options, label);
  const NoGrad guard;
  Rng rng(seed);
  Tensors parts;
  for (std::int64_t done = 0; done < count; done += images_at_a_time) {
    const std::int64_t now = std::min(images_at_a_time, count - done);
    Tensor input = Tensor::randn({now, options.latent, 1, 1}, rng);
    if (options.classes > 0) {
      const Tensor labels = label ? Tensor::full({now}, static_cast<double>(*label), DType::i64)
                                  : models::classes_in_turn(now, options.classes, done);
      input = models::with_labels(input, labels, options.classes);
    }
    const Tensor images = generator(input);
    check_finite(images);
    parts.push_back(to_u8(images));
  }
  return cat(parts);
}

}  // namespace wisp::apps
