#include <apps/dcgan/draw.h>

#include <algorithm>

#include <apps/common/finite.h>
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

}  // namespace

Tensor draw(nn::Module& generator, std::int64_t latent, std::int64_t count, std::uint64_t seed) {
  const NoGrad guard;
  Rng rng(seed);
  Tensors parts;
  for (std::int64_t done = 0; done < count; done += images_at_a_time) {
    const std::int64_t now = std::min(images_at_a_time, count - done);
    const Tensor images = generator(Tensor::randn({now, latent, 1, 1}, rng));
    check_finite(images);
    parts.push_back(to_u8(images));
  }
  return cat(parts);
}

}  // namespace wisp::apps
