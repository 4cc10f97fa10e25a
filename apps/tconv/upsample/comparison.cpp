#include <apps/tconv/upsample/comparison.h>

#include <algorithm>
#include <cmath>

#include <apps/tconv/upsample/methods.h>
#include <apps/tconv/upsample/pictures.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/png.h>
#include <wisp/ops/arithmetic.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/pooling.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/upsample.h>

namespace wisp::apps {
namespace {

Tensor as_numbers(const Tensor& bytes) { return bytes.to(DType::f32) / 255.0; }
Tensor as_bytes(const Tensor& numbers) { return to_u8(numbers, {0, 1}); }

}  // namespace

double UpsampleMethod::psnr() const { return -10 * std::log10(error); }

void check_options(const UpsampleOptions& o) {
  check(2 <= o.scale && o.scale <= 8, "--scale must be between 2 and 8, given {}", o.scale);
  check(1 <= o.steps && o.steps <= 1'000'000, "--steps must be between 1 and 10^6, given {}", o.steps);
  check(o.seed >= 0, "--seed must be at least 0, given {}", o.seed);
}

void check_size(const Tensor& picture, std::int64_t scale) {
  const std::int64_t height = picture.dim(2), width = picture.dim(3), least = 4 * scale, most = 4096 / scale;
  check(least <= std::min(height, width) && std::max(height, width) <= most,
        "--image has {} x {} pixels; for scale {} pictures from {} x {} to {} x {} pixels are valid", width, height,
        scale, least, least, most, most);
}

Tensor enlarge(const UpsampleMethod& method, const Tensor& picture, std::int64_t scale) {
  const NoGrad guard;
  const Tensor x = as_numbers(picture);
  if (method.kernel.defined()) return as_bytes(enlarge_with_kernel(x, method.kernel, scale));
  if (method.name == "nearest") return as_bytes(upsample_nearest2d(x, scale));
  if (method.name == "bilinear") return as_bytes(upsample_bilinear2d(x, scale));
  return as_bytes(insert_zeros(x, scale));
}

UpsampleComparison compare_upsampling(const Tensor& picture, const UpsampleOptions& options) {
  const std::int64_t scale = options.scale;
  const Tensor original = cut(picture, whole(picture).over(scale).times(scale)), truth = as_numbers(original);
  const Tensor reduced = as_bytes(avg_pool2d(truth, scale));
  Rng rng(static_cast<std::uint64_t>(options.seed));
  const Tensor kernel = train_kernel(truth, as_numbers(reduced), scale, options.steps, rng);
  UpsampleComparison result{options, picture, original, reduced, {}};
  for (const UpsampleWay& way : upsample_ways) result.methods.push_back({way, {}, {}});
  result.methods[3].kernel = bilinear_kernel(1, bilinear_kernel_size(scale));
  result.methods[4].kernel = kernel;
  for (UpsampleMethod& method : result.methods) {
    method.restored = enlarge(method, reduced, scale);
    method.error = mse_loss(as_numbers(method.restored).to(DType::f64), truth.to(DType::f64)).item<double>();
  }
  return result;
}

}  // namespace wisp::apps
