// dcgan features: every layer of both networks, in files and on the page.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include <apps/dcgan/features/layers.h>
#include <apps/dcgan/network_file.h>
#include <tests/apps/program.h>
#include <tests/apps/tiny_checkpoint.h>
#include <tests/message_of.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/core/rng.h>
#include <wisp/data/idx.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class Features : public ::testing::Test {
 protected:
  Features() {
    write_tiny_checkpoint(checkpoint, {5, 2, 28, 1});
    Rng rng(3);
    images = to_u8(Tensor::rand({3, 28, 28}, rng), {0, 1});
    fs::create_directories(data);
    write_idx(data + "/t10k-images-idx3-ubyte", images);
  }

  Outcome features(const std::string& options) {
    return run(folder, "dcgan features --checkpoint " + checkpoint + " --data " + data + " --out " + out + options,
               "WISP_BACKEND=native");
  }
  std::string shown(const std::string& options = "") {
    const Outcome outcome = features(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
  nlohmann::json page() const {
    const std::string text = read_bytes(out + "/index.html"), start = "const DATA = ";
    const std::size_t begin = text.find(start) + start.size();
    return nlohmann::json::parse(text.substr(begin, text.find(";\n", begin) - begin));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(out)) result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }
  std::vector<std::uint8_t> pixels(const std::string& name) const {
    return read_image(out + "/" + name).values<std::uint8_t>();
  }
  std::vector<std::uint8_t> test_image(std::int64_t i) const { return images.narrow(0, i, 1).values<std::uint8_t>(); }

  const TemporaryFolder folder;
  const std::string checkpoint = folder / "checkpoint.safetensors", data = folder / "data", out = folder / "out";
  Tensor images;
};

TEST_F(Features, AFileForEveryLayer) {
  shown();
  EXPECT_THAT(names(),
              ElementsAre("discriminator-00-image-1x28x28.png", "discriminator-01-conv2d-2x14x14.png",
                          "discriminator-02-leaky_relu-2x14x14.png", "discriminator-03-conv2d-4x7x7.png",
                          "discriminator-04-batch_norm-4x7x7.png", "discriminator-05-leaky_relu-4x7x7.png",
                          "discriminator-06-conv2d-8x3x3.png", "discriminator-07-batch_norm-8x3x3.png",
                          "discriminator-08-leaky_relu-8x3x3.png", "discriminator-09-conv2d-1x1x1.png",
                          "generator-00-noise-5x1x1.png", "generator-01-conv_transpose2d-8x4x4.png",
                          "generator-02-batch_norm-8x4x4.png", "generator-03-relu-8x4x4.png",
                          "generator-04-conv_transpose2d-4x7x7.png", "generator-05-batch_norm-4x7x7.png",
                          "generator-06-relu-4x7x7.png", "generator-07-conv_transpose2d-2x14x14.png",
                          "generator-08-batch_norm-2x14x14.png", "generator-09-relu-2x14x14.png",
                          "generator-10-conv_transpose2d-1x28x28.png", "generator-11-tanh-1x28x28.png", "index.html"));
  // Four columns of 4 x 4 with a pixel around each, and two rows.
  EXPECT_EQ(read_image(out + "/generator-01-conv_transpose2d-8x4x4.png").shape(), (Shape{3, 2 * 5 + 1, 4 * 5 + 1}));
}

TEST_F(Features, TheGeneratorDrawsImage0OfSample) {
  shown(" --seed 4");
  const std::string sample = folder / "sample.png";
  run(folder, "dcgan sample --precision f32 --count 1 --seed 4 --checkpoint " + checkpoint + " --out " + sample,
      "WISP_BACKEND=native");
  const std::vector<std::uint8_t> drawn = pixels("generator-11-tanh-1x28x28.png");
  EXPECT_EQ(drawn, read_image(sample).values<std::uint8_t>());
  EXPECT_EQ(drawn, pixels("discriminator-00-image-1x28x28.png")) << "what the discriminator looks at";
  shown(" --seed 5");
  EXPECT_NE(drawn, pixels("generator-11-tanh-1x28x28.png"));
  shown(" --seed 4 --raw");
  EXPECT_NE(drawn, pixels("generator-11-tanh-1x28x28.png")) << "the averaged generator is another";
}

TEST_F(Features, OfAClass) {
  write_tiny_checkpoint(checkpoint, {.latent = 5, .base_channels = 2, .classes = 3});
  shown(" --seed 4 --label 2");
  const std::vector<std::uint8_t> two = pixels("generator-11-tanh-1x28x28.png");
  shown(" --seed 4");
  EXPECT_NE(two, pixels("generator-11-tanh-1x28x28.png"));
  expect_rejected(features(" --label 3"), {"label 3", "0 to 2"});
}

// Five numbers in four columns: blue below 0, orange above, grey between.
TEST_F(Features, NoiseIsDrawnBySign) {
  shown(" --seed 4");
  Rng rng(4);
  const std::vector<float> z = Tensor::randn({5}, rng).values<float>();
  const Tensor grid = read_image(out + "/generator-00-noise-5x1x1.png");
  ASSERT_EQ(grid.shape(), (Shape{3, 5, 9}));
  const std::vector<std::uint8_t> rgb = grid.values<std::uint8_t>();
  const auto at = [&](std::size_t c, std::size_t y, std::size_t x) { return int{rgb[(c * 5 + y) * 9 + x]}; };
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t y = 1 + i / 4 * 2, x = 1 + i % 4 * 2;
    EXPECT_EQ(at(0, y, x) > at(2, y, x), z[i] > 0) << i;
    EXPECT_NE(at(0, y, x), at(2, y, x)) << i;
  }
  EXPECT_EQ(at(0, 0, 0), 128);
}

TEST_F(Features, ThePageShowsHowSizesGrowAndShrink) {
  shown();
  const nlohmann::json networks = page().at("networks");
  ASSERT_EQ(networks.size(), 2u);
  const auto summary = [](const nlohmann::json& network) {
    std::string text;
    for (const auto& stage : network.at("stages")) {
      text += fmt::format("{}>{} ", stage.at("from").get<int>(), stage.at("to").get<int>());
      for (const auto& layer : stage.at("layers")) {
        EXPECT_TRUE(layer.at("picture").get<std::string>().starts_with("data:image/png;base64,iVBOR"));
        EXPECT_LE(layer.at("low"), layer.at("high"));
        EXPECT_EQ(layer.at("size")[1], stage.at("to"));
      }
    }
    return text;
  };
  EXPECT_EQ(summary(networks[0]), "1>4 4>7 7>14 14>28 ");
  EXPECT_EQ(summary(networks[1]), "28>14 14>7 7>3 3>1 ");
  EXPECT_EQ(networks[0]["stages"][1]["formula"], "(4 − 1)·2 − 2·1 + 3 = 7");
  EXPECT_EQ(networks[1]["stages"][2]["formula"], "⌊(7 + 2·1 − 4) / 2⌋ + 1 = 3");
  EXPECT_GE(networks[0]["stages"][0]["layers"][2]["low"], 0) << "after ReLU";
  EXPECT_LT(networks[0]["stages"][0]["layers"][1]["low"], 0) << "before ReLU";
  const std::string text = read_bytes(out + "/index.html");
  EXPECT_THAT(text, Not(HasSubstr("http")));
  EXPECT_THAT(text, Not(HasSubstr("src=\"")));
}

// The picture cut out for "the way in short" is that of the channel with the largest magnitude.
TEST_F(Features, TheStrongestChannelIsFound) {
  shown(" --seed 4");
  const nlohmann::json input = page()["networks"][0]["input"], strongest = input.at("strongest");
  Rng rng(4);
  const std::vector<float> z = Tensor::randn({5}, rng).values<float>();
  const auto best =
      std::max_element(z.begin(), z.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }) - z.begin();
  EXPECT_EQ(strongest.at("channel"), best);
  EXPECT_EQ(strongest.at("left"), 1 + best % 4 * 2);
  EXPECT_EQ(strongest.at("top"), 1 + best / 4 * 2);
}

TEST_F(Features, TheImageIsATestImageOrAFile) {
  shown(" --image 2");
  EXPECT_EQ(pixels("discriminator-00-image-1x28x28.png"), test_image(2));
  EXPECT_EQ(page().at("image"), "test image 2");
  // A wider picture: the square in its middle, made as large as the network wants.
  std::vector<std::uint8_t> wide(56 * 60, 10);
  for (std::size_t y = 0; y < 56; ++y)
    for (std::size_t x = 2; x < 58; ++x) wide[y * 60 + x] = 200;
  const std::string file = folder / "wide.png";
  write_png(file, Tensor::from({56, 60}, wide));
  shown(" --image " + file);
  EXPECT_EQ(pixels("discriminator-00-image-1x28x28.png"), std::vector<std::uint8_t>(28 * 28, 200));
  EXPECT_EQ(page().at("image"), file);
}

TEST_F(Features, Colour) {
  write_tiny_checkpoint(checkpoint, {5, 2, 64, 3, models::Norm::spectral, 1, 1});
  shown();
  EXPECT_EQ(read_image(out + "/discriminator-00-image-3x64x64.png").shape(), (Shape{3, 64, 64}));
  EXPECT_TRUE(fs::exists(out + "/generator-07-residual-8x8x8.png"));
  expect_rejected(features(" --image 0"), {"3 channel(s)", "--image has 1"});
}

TEST_F(Features, ManyChannelsAreShownInPart) {
  write_tiny_checkpoint(checkpoint, {5, 20, 128, 1});
  shown();
  const nlohmann::json layer = page()["networks"][0]["stages"][4]["layers"][0];
  EXPECT_EQ(layer.at("size"), (nlohmann::json{20, 64, 64}));
  EXPECT_EQ(layer.at("shown"), 16) << "65,536 numbers";
  EXPECT_EQ(read_image(out + "/generator-13-conv_transpose2d-20x64x64.png").shape(), (Shape{3, 261, 261}));
}

TEST_F(Features, AFileWithOneNetworkShowsThatOne) {
  Rng rng(1);
  const models::DcganOptions options{5, 2, 28, 1};
  Safetensors generator, discriminator;
  add_tiny_network(generator, "main.", models::dcgan_generator(options, rng), rng);
  add_tiny_network(discriminator, "", models::dcgan_discriminator(options, rng), rng);
  write_safetensors(checkpoint, generator);
  EXPECT_THAT(shown(), HasSubstr("not shown"));
  EXPECT_EQ(page().at("networks").size(), 1u);
  EXPECT_EQ(page()["networks"][0]["name"], "generator");
  EXPECT_EQ(page().at("noGenerator"), "");
  EXPECT_NE(page().at("noDiscriminator"), "");
  expect_rejected(features(" --image 0"), {"--image 0", "discriminator"});

  write_safetensors(checkpoint, discriminator);
  EXPECT_THAT(shown(), HasSubstr("not shown"));
  EXPECT_EQ(page()["networks"][0]["name"], "discriminator");
  EXPECT_EQ(page().at("image"), "test image 0");
  EXPECT_EQ(pixels("discriminator-00-image-1x28x28.png"), test_image(0));
  EXPECT_NE(page().at("noGenerator"), "");
}

// Every kind of network: the texts fit the layers, and the last output is what the network computes.
TEST_F(Features, LayersOneByOneAreTheNetwork) {
  for (const std::int64_t size : {28, 32, 64, 128})
    for (const models::Norm norm :
         {models::Norm::batch, models::Norm::none, models::Norm::group, models::Norm::spectral}) {
      const models::DcganOptions options{5, 2, size, size == 28 ? 1 : 3, norm, size % 3, size % 7 / 2};
      Rng rng(1);
      nn::Sequential generator = models::dcgan_generator(options, rng),
                     discriminator = models::dcgan_discriminator(options, rng);
      generator.eval();
      discriminator.eval();
      const Tensor z = Tensor::randn({1, 5, 1, 1}, rng);
      const Tensor drawn = apps::layer_features(generator, z).back().output;
      const NoGrad guard;
      const auto expect_near = [](const Tensor& a, const Tensor& b) {
        EXPECT_THAT(a.values<float>(), ::testing::Pointwise(::testing::FloatNear(1e-5f), b.values<float>()));
      };
      expect_near(drawn, generator(z));
      expect_near(apps::layer_features(discriminator, drawn).back().output, discriminator(drawn));
    }
}

TEST_F(Features, LayersAreCalledAsInPyTorch) {
  Rng rng(1);
  const auto names_of = [](nn::Sequential network, const Tensor& input) {
    std::vector<std::string> result;
    for (const apps::LayerFeatures& layer : apps::layer_features(network, input)) result.push_back(layer.name);
    return result;
  };
  const models::DcganOptions options{4, 16, 28, 1, models::Norm::group, 0, 1};
  const Tensor image = Tensor::ones({1, 1, 28, 28});
  const std::vector<std::string> names = names_of(models::dcgan_discriminator(options, rng), image);
  ASSERT_EQ(names.size(), 11u);
  EXPECT_EQ(names[0], "Conv2d(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)");
  EXPECT_EQ(names[1], "LeakyReLU(negative_slope=0.2)");
  EXPECT_EQ(names[3], "GroupNorm(2, 32, eps=1e-05, affine=True, bias=True)");
  EXPECT_EQ(names[5],
            "Residual(Conv2d(32, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False), "
            "GroupNorm(2, 32, eps=1e-05, affine=True, bias=True), LeakyReLU(negative_slope=0.2))");
  EXPECT_EQ(names_of(models::dcgan_generator(options, rng), Tensor::ones({1, 4, 1, 1}))[3],
            "ConvTranspose2d(64, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)");
  EXPECT_EQ(names_of(models::dcgan_discriminator({4, 2, 28, 1, models::Norm::spectral}, rng), image)[0],
            "ParametrizedConv2d(1, 2, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)");
}

TEST_F(Features, SpoiledWeightsAreNamed) {
  Rng rng(1);
  const models::DcganOptions options{5, 2, 28, 1};
  nn::Sequential generator = models::dcgan_generator(options, rng);
  nn::StateDict state = generator.state_dict();
  state["3.weight"] = Tensor::full({8, 4, 3, 3}, std::numeric_limits<float>::quiet_NaN());
  generator.load_state_dict(state);
  Safetensors file;
  for (const auto& [key, tensor] : generator.state_dict()) file.tensors[key] = tensor;
  write_safetensors(checkpoint, file);
  expect_rejected(features(""), {"layer 3", "ConvTranspose2d(8, 4, kernel_size=(3, 3)", "not finite"});
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(Features, MistakesAreNamedBeforeAnythingIsWritten) {
  expect_rejected(features(" --seed=-1"), {"--seed", "-1"});
  expect_rejected(features(" --image 3"), {"between 0 and 2", "given 3"});
  expect_rejected(features(" --image 99999999999999999999"), {"99999999999999999999"});
  expect_rejected(features(" --image=-1"), {"-1"});
  expect_rejected(features(" --image /nowhere.png"), {"/nowhere.png"});
  expect_rejected(features(" --image 0 --data /nowhere"), {"/nowhere"});
  expect_rejected(features(" --checkpoint /nowhere.safetensors"), {"/nowhere.safetensors"});
  expect_rejected(features(" --checkpoint ''"), {"--checkpoint"});
  expect_rejected(run(folder, "dcgan features --checkpoint " + checkpoint), {"--out"});
  Safetensors neither;
  neither.tensors["generator_optimizer.x"] = Tensor::zeros({2});
  write_safetensors(folder / "neither", neither);
  expect_rejected(features(" --checkpoint " + (folder / "neither")), {"no generator", "no discriminator"});
  EXPECT_FALSE(fs::exists(out));
  write_bytes(folder / "file", "");
  expect_rejected(features(" --out " + (folder / "file")), {"file"});
}

}  // namespace
}  // namespace wisp::testing
