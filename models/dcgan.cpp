#include <models/dcgan.h>

#include <numeric>

#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/group_norm.h>
#include <wisp/nn/init.h>
#include <wisp/nn/residual.h>
#include <wisp/nn/spectral_norm.h>

namespace wisp::models {
namespace {

void check_range(const char* name, std::int64_t value, std::int64_t most) {
  check(1 <= value && value <= most, "dcgan: {} must be between 1 and {}, given {}", name, most, value);
}

void check_options(const DcganOptions& options) {
  check_range("latent", options.latent, 65536);
  check_range("base_channels", options.base_channels, 65536);
  check(options.image_size == 28 || options.image_size == 32 || options.image_size == 64 || options.image_size == 128,
        "dcgan: image_size must be 28, 32, 64 or 128, given {}", options.image_size);
  check(options.channels == 1 || options.channels == 3, "dcgan: channels must be 1 or 3, given {}", options.channels);
  check(options.classes == 0 || (2 <= options.classes && options.classes <= 256),
        "dcgan: classes must be 0, or between 2 and 256, given {}", options.classes);
  for (const auto& [name, blocks] :
       {std::pair{"generator", options.generator_blocks}, std::pair{"discriminator", options.discriminator_blocks}})
    check(0 <= blocks && blocks <= 100, "dcgan: {}_blocks must be between 0 and 100, given {}", name, blocks);
}

// One convolution of a network, transposed in the generator. An activation is behind each but the last, and the norm
// between them. With residual, all three are a residual block: x + activation(norm(convolution(x))).
struct Convolution {
  std::int64_t in_channels;
  std::int64_t out_channels;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t padding;
  bool residual = false;
};

std::vector<Convolution> checked(std::vector<Convolution> convolutions) {
  std::int64_t weights = 0;
  for (const Convolution& c : convolutions) weights += c.in_channels * c.out_channels * c.kernel * c.kernel;
  check(weights <= 500'000'000,
        "dcgan: a network of {} million weights was asked for, at most 500 million are supported", weights / 1'000'000);
  return convolutions;
}

// Puts residual blocks behind the convolutions.
void append(std::vector<Convolution>& convolutions, const Convolution& convolution, std::int64_t blocks) {
  convolutions.push_back(convolution);
  const std::int64_t channels = convolution.out_channels;
  for (std::int64_t i = 0; i < blocks; ++i) convolutions.push_back({channels, channels, 3, 1, 1, true});
}

// Sizes 1 4 7 14 28, or 1 4 8 16 ... size; those of residual blocks are 3 x 3.
std::vector<Convolution> generator_convolutions(const DcganOptions& options) {
  check_options(options);
  std::int64_t width = options.widest();
  std::vector<Convolution> convolutions{{options.inputs(), width, 4, 1, 0}};
  for (std::int64_t size = 4; size != options.image_size;) {
    const bool to_seven = size == 4 && options.image_size == 28;
    size = to_seven ? 7 : 2 * size;
    const bool last = size == options.image_size;
    const std::int64_t next = last ? options.channels : width / 2;
    append(convolutions, {width, next, to_seven ? 3 : 4, 2, 1}, last ? 0 : options.generator_blocks);
    width = next;
  }
  return checked(std::move(convolutions));
}

// Sizes 28 14 7 3 1, or size ... 16 8 4 1.
std::vector<Convolution> discriminator_convolutions(const DcganOptions& options) {
  check_options(options);
  std::int64_t width = options.channels, size = options.image_size;
  std::vector<Convolution> convolutions;
  for (std::int64_t next = options.base_channels; next <= options.widest(); next *= 2) {
    append(convolutions, {width, next, 4, 2, 1}, convolutions.empty() ? 0 : options.discriminator_blocks);
    width = next;
    size /= 2;
  }
  convolutions.push_back({width, options.logits(), size, 1, 0});
  return checked(std::move(convolutions));
}

void push_norm(nn::Sequential& network, Norm norm, std::int64_t channels) {
  if (norm == Norm::batch) network.push_back(nn::BatchNorm2d(channels));
  if (norm == Norm::group) network.push_back(nn::GroupNorm(channels / std::gcd(channels, std::int64_t{16}), channels));
}

void push_convolution(nn::Sequential& network, nn::Conv2d convolution, Norm norm, Rng& rng) {
  if (norm == Norm::spectral)
    network.push_back(nn::SpectralNorm(std::move(convolution), {}, rng));
  else
    network.push_back(std::move(convolution));
}

// Runs push(target) on the network, or on what then becomes a residual block at its end.
template <class Push>
void push_layer(nn::Sequential& network, const Convolution& convolution, const Push& push) {
  if (!convolution.residual) return push(network);
  nn::Sequential block;
  push(block);
  network.push_back(nn::Residual(std::move(block)));
}

}  // namespace

const char* name_of(Norm norm) {
  constexpr const char* names[] = {"batch", "none", "group", "spectral"};
  return names[static_cast<int>(norm)];
}

Norm norm_of(std::string_view name) {
  for (const Norm norm : {Norm::batch, Norm::none, Norm::group, Norm::spectral})
    if (name == name_of(norm)) return norm;
  fail("{} is not a normalisation; valid are batch, none, group and spectral", name);
}

bool is_layer(Norm norm) { return norm == Norm::batch || norm == Norm::group; }

void check_dcgan(const DcganOptions& options) {
  generator_convolutions(options);
  discriminator_convolutions(options);
}

nn::Sequential dcgan_generator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  const std::vector<Convolution> convolutions = generator_convolutions(options);
  for (const Convolution& c : convolutions)
    push_layer(network, c, [&](nn::Sequential& target) {
      target.push_back(nn::ConvTranspose2d(c.in_channels, c.out_channels, c.kernel,
                                           {.stride = c.stride, .padding = c.padding, .bias = false}, rng));
      if (&c == &convolutions.back()) return target.push_back(nn::Tanh());
      push_norm(target, Norm::batch, c.out_channels);
      target.push_back(nn::ReLU());
    });
  return network;
}

nn::Sequential dcgan_discriminator(const DcganOptions& options, Rng& rng) {
  nn::Sequential network;
  const std::vector<Convolution> convolutions = discriminator_convolutions(options);
  for (const Convolution& c : convolutions)
    push_layer(network, c, [&](nn::Sequential& target) {
      const bool first = &c == &convolutions.front(), last = &c == &convolutions.back();
      push_convolution(target,
                       nn::Conv2d(c.in_channels, c.out_channels, c.kernel,
                                  {.stride = c.stride, .padding = c.padding, .bias = false}, rng),
                       options.norm, rng);
      if (!first && !last) push_norm(target, options.norm, c.out_channels);
      if (!last) target.push_back(nn::LeakyReLU(0.2));
    });
  return network;
}

void dcgan_init(nn::Module& network, Rng& rng) {
  for (const auto& [name, parameter] : network.named_parameters()) {
    if (parameter.rank() == 4)
      nn::init::normal_(parameter, 0.0, 0.02, rng);
    else if (name.ends_with("weight"))
      nn::init::normal_(parameter, 1.0, 0.02, rng);
    else
      nn::init::constant_(parameter, 0.0);
  }
}

}  // namespace wisp::models
