// Networks whose weights PyTorch kept in parts: weight normalisation, spectral normalisation.
#include <algorithm>
#include <cmath>
#include <functional>

#include <gmock/gmock.h>

#include <apps/dcgan/network_file.h>
#include <tests/temporary_folder.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/safetensors.h>
#include <wisp/ops/arithmetic.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The element at (a, b, c, d) of a row-major array with these extents.
std::size_t at(const Shape& shape, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  return static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d);
}

// Calls visit(i, a, b) for every element of an array of rank 4, a and b its first two coordinates.
void for_each(const Shape& shape, const std::function<void(std::size_t, std::int64_t, std::int64_t)>& visit) {
  for (std::int64_t a = 0; a < shape[0]; ++a)
    for (std::int64_t b = 0; b < shape[1]; ++b)
      for (std::int64_t c = 0; c < shape[2]; ++c)
        for (std::int64_t d = 0; d < shape[3]; ++d) visit(at(shape, a, b, c, d), a, b);
}

// A unit vector.
std::vector<double> unit_vector(std::int64_t size, Rng& rng) {
  std::vector<double> numbers = Tensor::randn({size}, rng, DType::f64).values<double>();
  double square = 0;
  for (const double number : numbers) square += number * number;
  for (double& number : numbers) number /= std::sqrt(square);
  return numbers;
}

Tensor row(const std::vector<double>& numbers) {
  return Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers).to(DType::f32);
}

class WeightParts : public ::testing::Test {
 protected:
  std::string write(const nn::StateDict& state) const {
    write_safetensors(path, {state});
    return path;
  }
  std::vector<float> drawn(const nn::StateDict& state) const {
    apps::LoadedNetwork loaded = apps::load_generator(write(state));
    Rng rng(3);
    const NoGrad guard;
    return loaded.network(Tensor::randn({2, loaded.options.latent, 1, 1}, rng)).values<float>();
  }
  void expect_same_images(const nn::StateDict& state, const nn::StateDict& plain) const {
    const std::vector<float> images = drawn(state), expected = drawn(plain);
    ASSERT_EQ(images.size(), expected.size());
    for (std::size_t i = 0; i < images.size(); ++i) ASSERT_NEAR(images[i], expected[i], 1e-5) << i;
  }
  std::string message(const nn::StateDict& state, bool discriminator = false) const {
    try {
      write(state);
      if (discriminator)
        apps::load_discriminator(path);
      else
        apps::load_generator(path);
    } catch (const IoError& error) {
      return error.what();
    }
    return "no error";
  }
  // A generator, with one residual block after each convolution, whose weights are large enough for images to differ.
  static nn::StateDict generator() {
    Rng rng(1);
    models::DcganOptions options{5, 2, 28, 1};
    options.generator_blocks = 1;
    nn::StateDict state = models::dcgan_generator(options, rng).state_dict();
    for (auto& [name, tensor] : state)
      if (tensor.rank() == 4) tensor = Tensor::randn(tensor.shape(), rng) * 0.2;
    return state;
  }

  const TemporaryFolder folder;
  const std::string path = folder / "network.safetensors";
};

// The direction is the weight at another length, the magnitude its length: along axis 0 (PyTorch's default), axis 1, or
// of the whole (dim=None).
TEST_F(WeightParts, WeightNormalisation) {
  const nn::StateDict plain = generator();
  for (const int dim : {0, 1, -1})
    for (const auto& [g, v] : {std::pair{"weight_g", "weight_v"},
                               std::pair{"parametrizations.weight.original0", "parametrizations.weight.original1"}}) {
      nn::StateDict parts;
      for (const auto& [name, tensor] : plain) {
        const Shape& shape = tensor.shape();
        if (shape.rank() != 4) {
          parts["net." + name] = tensor;
          continue;
        }
        std::vector<double> numbers = tensor.to(DType::f64).values<double>();
        std::vector<double> squares(static_cast<std::size_t>(dim < 0 ? 1 : shape[dim]));
        const auto place = [&](std::int64_t a, std::int64_t b) {
          return static_cast<std::size_t>(dim == 0 ? a : dim == 1 ? b : 0);
        };
        for_each(shape, [&](std::size_t i, auto a, auto b) { squares[place(a, b)] += numbers[i] * numbers[i]; });
        for_each(shape, [&](std::size_t i, auto a, auto b) { numbers[i] *= 1.5 + static_cast<double>(place(a, b)); });
        for (double& square : squares) square = std::sqrt(square);
        const Shape sizes = dim < 0 ? Shape{} : dim == 0 ? Shape{shape[0], 1, 1, 1} : Shape{1, shape[1], 1, 1};
        const std::string stem = "net." + name.substr(0, name.size() - std::string("weight").size());
        parts[stem + g] = Tensor::from(sizes, squares).to(DType::f32);
        parts[stem + v] = Tensor::from(shape, numbers).to(DType::f32);
      }
      expect_same_images(parts, plain);
    }
}

// W / (u' M v), where M has the second axis of a transposed convolution as its rows, and the first of another one.
TEST_F(WeightParts, SpectralNormalisationOfAGenerator) {
  const nn::StateDict trained = generator();
  for (const bool old : {true, false}) {
    nn::StateDict plain, parts;
    Rng rng(5);
    for (const auto& [name, tensor] : trained) {
      const Shape& shape = tensor.shape();
      plain[name] = parts[name] = tensor;
      if (shape.rank() != 4) continue;
      const std::string stem = name.substr(0, name.size() - std::string("weight").size());
      const bool is_block = std::count(stem.begin(), stem.end(), '.') == 2;
      const std::int64_t rows = is_block ? shape[0] : shape[1], pixels = shape[2] * shape[3];
      const std::vector<double> u = unit_vector(rows, rng), v = unit_vector(shape.numel() / rows, rng);
      const std::vector<double> w = tensor.to(DType::f64).values<double>();
      double sigma = 0;
      for_each(shape, [&](std::size_t i, std::int64_t a, std::int64_t b) {
        const std::int64_t pixel = static_cast<std::int64_t>(i) % pixels;
        const std::int64_t column = is_block ? b * pixels + pixel : a * pixels + pixel;
        sigma += u[static_cast<std::size_t>(is_block ? a : b)] * w[i] * v[static_cast<std::size_t>(column)];
      });
      plain[name] = tensor * (1 / sigma);
      parts.erase(name);
      const std::string original = old ? "weight_orig" : "parametrizations.weight.original";
      const std::string vector = old ? "weight" : "parametrizations.weight.0.";
      parts[stem + original] = tensor;
      parts[stem + vector + "_u"] = row(u);
      parts[stem + vector + "_v"] = row(v);
    }
    expect_same_images(parts, plain);
  }
}

TEST_F(WeightParts, OldNamesOfADiscriminatorsSpectralNormalisation) {
  Rng rng(1);
  const nn::StateDict state = models::dcgan_discriminator({5, 2, 28, 1, models::Norm::spectral}, rng).state_dict();
  nn::StateDict old;
  const std::string parametrization = "parametrizations.weight.";
  for (const auto& [name, tensor] : state) {
    std::string key = "main." + name;
    const auto place = key.find(parametrization);
    if (place != std::string::npos)
      key = key.substr(0, place) + (key.ends_with("original") ? "weight_orig" : "weight" + key.substr(key.size() - 2));
    old[key] = tensor;
  }
  ASSERT_TRUE(old.contains("main.0.weight_orig") && old.contains("main.0.weight_u") && old.contains("main.0.weight_v"));
  const apps::LoadedNetwork loaded = apps::load_discriminator(write(old));
  EXPECT_EQ(loaded.options.norm, models::Norm::spectral);
  ASSERT_EQ(loaded.network.state_dict().size(), state.size());
  for (const auto& [name, tensor] : state)
    EXPECT_EQ(loaded.network.state_dict().at(name).values<float>(), tensor.values<float>()) << name;

  old.erase("main.0.weight_v");  // as PyTorch 0.4 wrote it
  EXPECT_THAT(message(old, true), AllOf(HasSubstr("main.0.weight_v is missing beside main.0.weight_orig"),
                                        HasSubstr("remove_spectral_norm")));
}

TEST_F(WeightParts, PartsThatAreNone) {
  const nn::StateDict plain = generator();
  const auto changed = [&](const nn::StateDict& others, const char* without = "") {
    nn::StateDict state = plain;
    state.erase(without);
    for (const auto& [name, tensor] : others) state[name] = tensor;
    return message(state);
  };
  const Tensor weight = plain.at("0.weight"), g = Tensor::zeros({5, 1, 1, 1});
  EXPECT_THAT(changed({{"0.weight_g", g}}, "0.weight"),
              AllOf(HasSubstr("0.weight_v is missing beside 0.weight_g"), HasSubstr("remove_weight_norm")));
  EXPECT_THAT(changed({{"0.weight_g", g}, {"0.weight_v", weight}}),
              HasSubstr("0.weight and 0.weight_g are both there"));
  for (const Shape& shape : {Shape{5}, Shape{4, 1, 1, 1}, Shape{5, 8, 1, 1}, Shape{5, 1, 1}, Shape{0, 1, 1, 1}})
    EXPECT_THAT(changed({{"0.weight_g", Tensor::zeros(shape)}, {"0.weight_v", weight}}, "0.weight"),
                AllOf(HasSubstr("0.weight: its magnitude is f32 " + shape.to_string()), HasSubstr("f32 5x8x4x4")));
  EXPECT_THAT(changed({{"0.weight_g", Tensor::zeros({5, 1, 1, 1}, DType::i64)}, {"0.weight_v", weight}}, "0.weight"),
              HasSubstr("its magnitude is i64"));
  EXPECT_THAT(changed({{"0.weight_orig", weight}, {"0.weight_u", row({1})}, {"0.weight_v", row({1})}}, "0.weight"),
              AllOf(HasSubstr("0.parametrizations.weight.original is 5x8x4x4"), HasSubstr("1 and 1 numbers")));
  EXPECT_THAT(changed({{"0.weight_orig", weight}, {"0.weight_u", g}, {"0.weight_v", row({1})}}, "0.weight"),
              HasSubstr("with the singular vectors 5x1x1x1 and 1"));
}

TEST_F(WeightParts, NamesInMessagesAreOnOneLine) {
  nn::StateDict state = generator();
  state["0.b\n\x1b[1m"] = Tensor::zeros({1});
  EXPECT_THAT(message(state), HasSubstr(R"(0.b\n\x1b[1m is f32 1: unexpected)"));
}

}  // namespace
}  // namespace wisp::testing
