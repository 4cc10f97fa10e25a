#include <fmt/core.h>
#include <wisp/wisp.h>

using namespace wisp;

int main() {
  Rng rng(42);

  // Transposed convolution: every input value times the kernel, added up. It makes images larger.
  Tensor x = Tensor::from({1, 1, 2, 2}, {0.f, 1.f, 2.f, 3.f});
  Tensor y = conv_transpose2d(x, x);
  fmt::print("{} -> {}: {}\n", x.shape(), y.shape(), fmt::join(y.values<float>(), " "));

  // Layers, a loss, gradients; all names are PyTorch's.
  nn::Sequential up(nn::ConvTranspose2d(8, 4, 4, {.stride = 2, .padding = 1, .bias = false}, rng), nn::BatchNorm2d(4),
                    nn::ReLU());
  Tensor image = up(Tensor::randn({16, 8, 7, 7}, rng));
  mse_loss(image, Tensor::zeros(image.shape())).backward();
  fmt::print("image {}, weight gradient {}\n", image.shape(), up.parameters()[0].grad().shape());

  // Gradients of gradients: the derivative of x^3 is 3 x^2, then 6 x, then 6.
  Tensor a = Tensor::from({}, {2.0}).set_requires_grad(true), f = a * a * a;
  for (int order = 1; order <= 3; ++order) {
    f = grad({f}, {a}, {.create_graph = true})[0];
    fmt::print("derivative {} of x^3 at 2: {}\n", order, f.item<double>());
  }
}
