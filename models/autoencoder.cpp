#include <models/autoencoder.h>

#include <fmt/format.h>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>

namespace wisp::models {
namespace {

// A layer and its name are written down together, so that they cannot differ.
class Builder {
 public:
  explicit Builder(Rng& rng) : rng_(rng) {}

  Builder& halve(std::int64_t in, std::int64_t out) {
    return add(nn::Conv2d(in, out, 3, {.stride = 2, .padding = 1}, rng_),
               fmt::format("Conv2d({}, {}, kernel_size=3, stride=2, padding=1)", in, out));
  }
  Builder& twice(std::int64_t in, std::int64_t out) {
    return add(nn::ConvTranspose2d(in, out, 3, {.stride = 2, .padding = 1, .output_padding = 1}, rng_),
               fmt::format("ConvTranspose2d({}, {}, kernel_size=3, stride=2, padding=1, output_padding=1)", in, out));
  }
  Builder& norm_relu(std::int64_t channels) {
    return add(nn::BatchNorm2d(channels), fmt::format("BatchNorm2d({})", channels)).add(nn::ReLU(), "ReLU()");
  }
  template <class Layer>
  Builder& add(Layer layer, std::string name) {
    built_.network.push_back(std::move(layer));
    built_.layers.push_back(std::move(name));
    return *this;
  }
  Autoencoder built() { return std::move(built_); }

 private:
  Rng& rng_;
  Autoencoder built_;
};

}  // namespace

Autoencoder autoencoder(const AutoencoderOptions& options, Rng& rng) {
  const auto [channels, width] = options;
  check(channels == 1 || channels == 3, "autoencoder: channels must be 1 or 3, given {}", channels);
  check(1 <= width && width <= 1024, "autoencoder: width must be between 1 and 1024, given {}", width);
  return Builder(rng)
      .halve(channels, width)
      .norm_relu(width)
      .halve(width, 2 * width)
      .norm_relu(2 * width)
      .twice(2 * width, width)
      .norm_relu(width)
      .twice(width, channels)
      .add(nn::Sigmoid(), "Sigmoid()")
      .built();
}

}  // namespace wisp::models
