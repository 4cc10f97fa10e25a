#include <apps/tconv/upsample/methods.h>

#include <algorithm>

#include <apps/tconv/upsample/pictures.h>
#include <wisp/autograd/backward.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/loss.h>
#include <wisp/ops/slice.h>
#include <wisp/ops/upsample.h>
#include <wisp/optim/adam.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t piece_size = 64;  // pixels of the enlarged picture, about
constexpr int pieces_per_step = 4;

// Pixels of the small picture that reach an output block from beyond it, on each side.
std::int64_t reach(std::int64_t kernel_size, std::int64_t scale) {
  return (kernel_size - scale + 2 * scale - 1) / (2 * scale);
}

Tensor with_border(const Tensor& picture, std::int64_t border) {
  return pad2d(picture, {border, border, border, border}, PaddingMode::replicate);
}

// What the pixels inside the border become.
Tensor enlarge_inside(const Tensor& bordered, std::int64_t border, const Tensor& kernel, std::int64_t scale) {
  return conv_transpose2d(bordered, kernel, {},
                          {.stride = scale, .padding = border * scale + (kernel.dim(-1) - scale) / 2});
}

}  // namespace

Tensor insert_zeros(const Tensor& picture, std::int64_t scale) {
  return conv_transpose2d(picture, Tensor::ones({1, 1, 1, 1}), {}, {.stride = scale, .output_padding = scale - 1});
}

std::int64_t bilinear_kernel_size(std::int64_t scale) { return 2 * scale - scale % 2; }

Tensor enlarge_with_kernel(const Tensor& picture, const Tensor& kernel, std::int64_t scale) {
  const std::int64_t size = kernel.dim(-1), border = reach(size, scale);
  check(size >= scale && (size - scale) % 2 == 0,
        "enlarge_with_kernel: the kernel's side must be the scale or an even number more, given {} for scale {}", size,
        scale);
  return enlarge_inside(with_border(picture, border), border, kernel, scale);
}

Tensor train_kernel(const Tensor& picture, const Tensor& small, std::int64_t scale, std::int64_t steps, Rng& rng) {
  // With `scale` weights more on each side than the bilinear one.
  Tensor kernel = pad2d(bilinear_kernel(1, bilinear_kernel_size(scale)), {scale, scale, scale, scale});
  const std::int64_t border = reach(kernel.dim(-1), scale);
  kernel.set_requires_grad(true);
  const Tensor bordered = with_border(small, border);
  const std::int64_t height = std::min(piece_size / scale, small.dim(2)),
                     width = std::min(piece_size / scale, small.dim(3));
  const auto random_start = [&](std::int64_t bound) {
    return static_cast<std::int64_t>(rng.integer(static_cast<std::uint64_t>(bound)));
  };
  optim::Adam adam({kernel}, {.lr = 2e-3});
  for (std::int64_t step = 0; step < steps; ++step) {
    Tensors inputs, targets;
    for (int i = 0; i < pieces_per_step; ++i) {
      const std::int64_t top = random_start(small.dim(2) - height + 1), left = random_start(small.dim(3) - width + 1);
      inputs.push_back(cut(bordered, {left, top, width + 2 * border, height + 2 * border}));
      targets.push_back(cut(picture, Window{left, top, width, height}.times(scale)));
    }
    adam.zero_grad();
    mse_loss(enlarge_inside(cat(inputs), border, kernel, scale), cat(targets)).backward();
    adam.step();
  }
  return kernel.detach();
}

}  // namespace wisp::apps
