// Networks read from checkpoints and from files such as PyTorch writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <apps/dcgan/network_file.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Content = std::map<std::string, Tensor>;

Content with_prefix(const std::string& prefix, const nn::StateDict& state) {
  Content result;
  for (const auto& [key, tensor] : state) result.emplace(prefix + key, tensor);
  return result;
}

Content join(Content a, const Content& b) {
  a.insert(b.begin(), b.end());
  return a;
}

// A generator whose running statistics are not those of a new one.
nn::Sequential make_generator(const models::DcganOptions& options, std::uint64_t seed) {
  Rng rng(seed);
  nn::Sequential network = models::dcgan_generator(options, rng);
  network(Tensor::randn({4, options.latent, 1, 1}, rng));
  network.eval();
  return network;
}

class NetworkFile : public ::testing::Test {
 protected:
  std::string write(const Content& content) {
    write_safetensors(path, {content});
    return path;
  }
  std::string message(const Content& content, bool discriminator = false) {
    try {
      write(content);
      if (discriminator)
        apps::load_discriminator(path);
      else
        apps::load_generator(path);
    } catch (const IoError& error) {
      EXPECT_EQ(error.path(), path);
      return error.what();
    }
    return "no error";
  }
  // Whether the generator in the file is `expected`.
  void expect_generator(const Content& content, nn::Sequential& expected, bool raw = false) {
    apps::LoadedNetwork loaded = apps::load_generator(write(content), raw);
    Rng rng(3);
    const NoGrad guard;
    const Tensor z = Tensor::randn({2, loaded.options.latent, 1, 1}, rng);
    EXPECT_EQ(loaded.network(z).values<float>(), expected(z).values<float>());
  }

  const TemporaryFolder folder;
  const std::string path = folder / "network.safetensors";
  const models::DcganOptions small{5, 2, 28, 1};
};

TEST_F(NetworkFile, OptionsAreReadOffTheTensors) {
  for (const std::int64_t size : {28, 32, 64, 128})
    for (const std::int64_t channels : {1, 3}) {
      models::DcganOptions options{5, 2, size, channels};
      options.generator_blocks = size % 3;
      options.discriminator_blocks = size % 7 / 2;
      Rng rng(1);
      const auto expect_same = [&](const models::DcganOptions& read) {
        EXPECT_EQ(read.latent, options.latent);
        EXPECT_EQ(read.base_channels, options.base_channels);
        EXPECT_EQ(read.image_size, size);
        EXPECT_EQ(read.channels, channels);
        EXPECT_EQ(read.generator_blocks, options.generator_blocks);
      };
      expect_same(apps::load_generator(write(models::dcgan_generator(options, rng).state_dict())).options);
      nn::Sequential discriminator = models::dcgan_discriminator(options, rng);
      const apps::LoadedNetwork loaded = apps::load_discriminator(write(discriminator.state_dict()));
      EXPECT_EQ(loaded.options.base_channels, 2);
      EXPECT_EQ(loaded.options.image_size, size);
      EXPECT_EQ(loaded.options.channels, channels);
      EXPECT_EQ(loaded.options.discriminator_blocks, options.discriminator_blocks);
      EXPECT_EQ(loaded.network.state_dict().size(), discriminator.state_dict().size());
    }
}

TEST_F(NetworkFile, ClassesOfAGeneratorAreInTheMetadata) {
  Rng rng(1);
  models::DcganOptions options = small;
  options.classes = 3;
  const Content generator = models::dcgan_generator(options, rng).state_dict();
  const auto read = [&](const std::map<std::string, std::string>& metadata) {
    write_safetensors(path, {generator, metadata});
    return apps::load_generator(path).options;
  };
  EXPECT_EQ(read({{"classes", "3"}}).classes, 3);
  EXPECT_EQ(read({{"classes", "3"}}).latent, options.latent);
  EXPECT_EQ(read({}).classes, 0);
  EXPECT_EQ(read({}).latent, options.latent + 3);
  EXPECT_THAT(
      [&] {
        read({{"classes", "8"}});
      },
      ::testing::ThrowsMessage<IoError>(HasSubstr("8 classes, the generator has 8 inputs")));
  EXPECT_EQ(apps::load_discriminator(write(models::dcgan_discriminator(options, rng).state_dict())).options.classes, 3);
  EXPECT_EQ(apps::load_discriminator(write(models::dcgan_discriminator(small, rng).state_dict())).options.classes, 0);
}

TEST_F(NetworkFile, TheAveragedGeneratorIsPreferred) {
  nn::Sequential trained = make_generator(small, 1), averaged = make_generator(small, 2);
  Rng rng(4);
  Content content = with_prefix("generator.", trained.state_dict());
  content = join(content, with_prefix("discriminator.", models::dcgan_discriminator(small, rng).state_dict()));
  content["generator_optimizer.0.exp_avg"] = Tensor::zeros({2});
  expect_generator(content, trained);
  content = join(content, with_prefix("generator_ema.", averaged.state_dict()));
  expect_generator(content, averaged);
  expect_generator(content, trained, true);
  EXPECT_TRUE(apps::load_discriminator(path).network.state_dict().contains("5.weight"));
}

TEST_F(NetworkFile, FilesOfPyTorchMayHaveAPrefix) {
  nn::Sequential generator = make_generator(small, 1);
  const nn::StateDict state = generator.state_dict();
  expect_generator(state, generator);
  expect_generator(with_prefix("main.", state), generator);
  expect_generator(with_prefix("module.main.", state), generator);
  EXPECT_THAT(message(join(with_prefix("a.", state), with_prefix("b.", state))),
              AllOf(HasSubstr("a.0.weight"), HasSubstr("b.0.weight")));
}

TEST_F(NetworkFile, NumbersBecomeF32) {
  nn::Sequential generator = make_generator(small, 1);
  for (const DType dtype : {DType::f64, DType::bf16}) {
    Content content = generator.state_dict();
    for (auto& [name, tensor] : content)
      if (is_floating(tensor.dtype())) tensor = tensor.to(dtype);
    nn::Sequential rounded = make_generator(small, 1);
    nn::StateDict state;
    for (const auto& [name, tensor] : content)
      state[name] = is_floating(tensor.dtype()) ? tensor.to(DType::f32) : tensor;
    rounded.load_state_dict(state);
    expect_generator(content, rounded);
  }
}

TEST_F(NetworkFile, GeneratorsThatAreNone) {
  const nn::StateDict good = make_generator(small, 1).state_dict();
  const auto changed = [&](const std::string& key, const Tensor& tensor) {
    Content content = with_prefix("main.", good);
    content.erase("main." + key);
    if (tensor.defined()) content.emplace("main." + key, tensor);
    return message(content);
  };
  EXPECT_THAT(changed("4.running_mean", {}), HasSubstr("main.4.running_mean is missing, f32 4 is expected"));
  EXPECT_THAT(changed("1.num_batches_tracked", Tensor::zeros({})), HasSubstr("is f32 scalar, i64 scalar is expected"));
  EXPECT_THAT(changed("3.weight", Tensor::zeros({8, 5, 3, 3})), HasSubstr("main.3.weight is f32 8x5x3x3, f32 8x4x3x3"));
  EXPECT_THAT(changed("3.weight", {}), HasSubstr("main.3.weight is missing"));
  EXPECT_THAT(changed("7.bias", Tensor::zeros({2}, DType::i64)), HasSubstr("main.7.bias is i64 2, f32 2 is expected"));
  EXPECT_THAT(changed("0.bias", Tensor::zeros({8})), HasSubstr("main.0.bias is f32 8: unexpected"));
  EXPECT_THAT(changed("2.weight", Tensor::zeros({1, 1, 1, 1})), HasSubstr("main.2.weight is f32 1x1x1x1"));
  EXPECT_THAT(changed("9.weight", Tensor::zeros({2, 2, 4, 4})), HasSubstr("main.9.weight is f32 2x2x4x4, 1 or 3"));
  EXPECT_THAT(changed("9.weight", {}), HasSubstr("3 convolutions"));
  EXPECT_THAT(changed("0.weight", Tensor::zeros({5})), HasSubstr("main.0.weight is f32 5"));
  EXPECT_THAT(changed("0.weight", {}), HasSubstr("neither"));
  EXPECT_THAT(changed("0.weight", Tensor::zeros({0, 8, 4, 4})), HasSubstr("latent must be between 1"));
  EXPECT_THAT(message({}), HasSubstr("neither generator_ema.* nor generator.* nor a tensor 0.weight"));
  EXPECT_THAT(message(with_prefix("discriminator.", good)), HasSubstr("neither"));
}

TEST_F(NetworkFile, GeneratorsWithResidualBlocksThatAreNone) {
  models::DcganOptions options = small;
  options.generator_blocks = 1;
  const nn::StateDict good = make_generator(options, 1).state_dict();
  const auto changed = [&](const std::string& key, const Tensor& tensor) {
    Content content = good;
    content.erase(key);
    if (tensor.defined()) content.emplace(key, tensor);
    return message(content);
  };
  EXPECT_THAT(changed("6.1.running_var", {}), HasSubstr("6.1.running_var is missing, f32 4 is expected"));
  EXPECT_THAT(changed("6.0.weight", Tensor::zeros({4, 4, 1, 1})), HasSubstr("is f32 4x4x1x1, f32 4x4x3x3"));
  EXPECT_THAT(changed("10.0.weight", {}), HasSubstr("10.0.weight is missing"));
  EXPECT_THAT(changed("6.0.weight", {}), HasSubstr("7.weight is f32 4x2x4x4; a generator has convolutions at 0, 3, 6"));
  EXPECT_THAT(changed("8.0.weight", Tensor::zeros({4, 4, 3, 3})), HasSubstr("8.0.weight is f32 4x4x3x3: unexpected"));
}

// Promises 400 million weights in a file of a few: nothing of that size may be built.
TEST_F(NetworkFile, BuildsNothingThatTheFileLacks) {
  Content content = make_generator(small, 1).state_dict();
  content["9.weight"] = Tensor::zeros({2000, 1, 4, 4});
  EXPECT_THAT(message(content), HasSubstr("0.weight is f32 5x8x4x4, f32 5x8000x4x4 is expected"));
}

// Behind the convolutions: nothing, BatchNorm, or a norm without running statistics.
TEST_F(NetworkFile, DiscriminatorsWithEveryNorm) {
  Rng rng(1);
  nn::Sequential plain;
  std::int64_t in = 3;
  for (const std::int64_t out : {2, 4, 8}) {
    plain.push_back(nn::Conv2d(in, out, 4, {.stride = 2, .padding = 1}, rng));
    plain.push_back(nn::LeakyReLU(0.2));
    in = out;
  }
  plain.push_back(nn::Conv2d(in, 1, 4, {.bias = false}, rng));
  const apps::LoadedNetwork without = apps::load_discriminator(write(plain.state_dict()));
  EXPECT_EQ(without.options.norm, models::Norm::none);
  EXPECT_EQ(without.options.image_size, 32);
  EXPECT_TRUE(without.network.state_dict().contains("2.bias"));

  for (const models::Norm norm : {models::Norm::batch, models::Norm::none, models::Norm::group, models::Norm::spectral})
    for (const std::string prefix : {"", "main.", "discriminator."}) {
      const std::int64_t blocks = prefix.empty() ? 0 : 2;
      const models::DcganOptions options{100, 4, 28, 1, norm, 0, blocks};
      const nn::StateDict state = models::dcgan_discriminator(options, rng).state_dict();
      const apps::LoadedNetwork loaded = apps::load_discriminator(write(with_prefix(prefix, state)));
      EXPECT_EQ(loaded.options.norm, norm);
      EXPECT_EQ(loaded.options.discriminator_blocks, blocks);
      EXPECT_EQ(loaded.options.base_channels, 4);
      EXPECT_EQ(loaded.options.image_size, 28);
      EXPECT_EQ(loaded.network.state_dict().size(), state.size());
    }
}

TEST_F(NetworkFile, DiscriminatorsThatAreNone) {
  Rng rng(1);
  nn::StateDict state = models::dcgan_discriminator({100, 2, 28, 1, models::Norm::group}, rng).state_dict();
  state.erase("6.bias");
  EXPECT_THAT(message(state, true), HasSubstr("6.bias is missing"));
  state["6.bias"] = Tensor::zeros({8});
  state["4.bias"] = Tensor::zeros({8});
  EXPECT_THAT(message(state, true), HasSubstr("4.bias is f32 8: unexpected"));
  state.erase("4.bias");
  state["11.weight"] = state.at("8.weight");
  EXPECT_THAT(message(state, true), HasSubstr("8.weight is f32 1x8x3x3, f32 16x8x4x4 is expected"));
  EXPECT_THAT(message(make_generator(small, 1).state_dict(), true), HasSubstr("0.weight is f32 5x8x4x4, 1 or 3"));
}

TEST_F(NetworkFile, SpectralDiscriminatorsThatAreNone) {
  Rng rng(1);
  const nn::StateDict good = models::dcgan_discriminator({100, 2, 28, 1, models::Norm::spectral}, rng).state_dict();
  const auto changed = [&](const std::string& key, const Tensor& tensor) {
    Content content = with_prefix("main.", good);
    content.erase("main." + key);
    if (tensor.defined()) content.emplace("main." + key, tensor);
    return message(content, true);
  };
  const std::string vectors = "2.parametrizations.weight.0.", original = "2.parametrizations.weight.original";
  EXPECT_THAT(changed(vectors + "_u", {}), HasSubstr("main." + vectors + "_u is missing, f32 4 is expected"));
  EXPECT_THAT(changed(vectors + "_v", Tensor::zeros({4})), HasSubstr("_v is f32 4, f32 32 is expected"));
  EXPECT_THAT(changed(original, {}), HasSubstr("3 convolutions"));
  EXPECT_THAT(changed(original, Tensor::zeros({4, 1, 4, 4})), HasSubstr(original + " is f32 4x1x4x4, f32 4x2x4x4"));
  EXPECT_THAT(changed("2.weight", Tensor::zeros({4, 2, 4, 4})), HasSubstr("main.2.weight is f32 4x2x4x4: unexpected"));
  EXPECT_THAT(changed("0.weight", Tensor::zeros({2, 1, 4, 4})),
              AllOf(HasSubstr("main.0.weight"), HasSubstr("main.0.parametrizations.weight.original")));
  EXPECT_THAT(message(good), HasSubstr(original + " is f32 4x2x4x4; a generator has"));
}

TEST_F(NetworkFile, PickledFilesGetAdvice) {
  for (const std::string& start : {raw("PK\x03\x04\0\0"), raw("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19")}) {
    write_bytes(path, start + std::string(1000, 'x'));
    try {
      apps::load_generator(path);
      ADD_FAILURE() << "no error";
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("torch.save"), HasSubstr("safetensors.torch.save_file")));
    }
  }
}

}  // namespace
}  // namespace wisp::testing
