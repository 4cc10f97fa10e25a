// examples/dcgan.cpp: what it draws are digits, what it saves draws digits, and bad input gets one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include <models/dcgan.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/data/dataset.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>
#include <wisp/io/safetensors.h>
#include <wisp/ops/slice.h>

#include <tests/apps/program.h>
#include <tests/apps/tiny_data.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::Le;
using ::testing::Lt;

constexpr std::int64_t size = 28, pixels = size * size;

// Images (N, 1, 28, 28) as numbers: image i's pixel p at [i * pixels + p].
std::vector<double> numbers(const Tensor& images) { return images.to(DType::f64).values<double>(); }

std::vector<double> mean_image(const Tensor& images) {
  const std::vector<double> x = numbers(images);
  std::vector<double> mean(pixels, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) mean[i % pixels] += x[i] / static_cast<double>(images.dim(0));
  return mean;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb + 1e-9);
}

// How much the images (0 to 255) are like MNIST's, in three numbers that are near 1 for digits.
struct Likeness {
  double place;   // correlation of the mean image with MNIST's: ink where digits have it
  double spread;  // standard deviation around the mean image over MNIST's: near 0 when all images are the same
  double stroke;  // correlation of horizontal neighbours, the mean image taken off, over MNIST's: near 0 for noise
};

struct Statistics {
  std::vector<double> mean;
  double deviation;
  double neighbours;
};

Statistics statistics_of(const Tensor& images) {
  Statistics result{mean_image(images), 0, 0};
  std::vector<double> x = numbers(images), left, right;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] -= result.mean[i % pixels];
    result.deviation += x[i] * x[i];
  }
  result.deviation = std::sqrt(result.deviation / static_cast<double>(x.size()));
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    if (i % size == size - 1) continue;
    left.push_back(x[i]);
    right.push_back(x[i + 1]);
  }
  result.neighbours = correlation(left, right);
  return result;
}

Likeness likeness(const Tensor& images) {
  static const Statistics real =
      statistics_of(load_idx_folder(WISP_SOURCE_DIR "/data/mnist", Split::test).images.narrow(0, 0, 2000));
  const Statistics given = statistics_of(images);
  return {correlation(given.mean, real.mean), given.deviation / real.deviation, given.neighbours / real.neighbours};
}

void expect_digits(const Tensor& images) {
  const Likeness like = likeness(images);
  EXPECT_GE(like.place, 0.8);
  EXPECT_THAT(like.spread, AllOf(Ge(0.7), Le(1.4)));
  EXPECT_THAT(like.stroke, AllOf(Ge(0.7), Le(1.3)));
}

// The 64 images of an 8 x 8 grid as save_image lays them out.
Tensor images_in(const std::string& picture) {
  const Tensor grid = read_image(picture);
  EXPECT_EQ(grid.shape(), (Shape{1, 8 * 30 + 2, 8 * 30 + 2}));
  Tensors images;
  for (std::int64_t i = 0; i < 64; ++i)
    images.push_back(
        grid.narrow(1, 30 * (i / 8) + 2, size).narrow(2, 30 * (i % 8) + 2, size).reshape({1, 1, size, size}));
  return cat(images);
}

Outcome dcgan(const TemporaryFolder& folder, const std::string& steps) {
  return run(folder, "example_dcgan " WISP_SOURCE_DIR "/data/mnist " + (folder / "out") + " " + steps);
}

Tensor real_digits(std::int64_t count) {
  return load_idx_folder(WISP_SOURCE_DIR "/data/mnist", Split::train).images.narrow(0, 0, count);
}

TEST(SlowExampleDcgan, DrawsDigits) {
  const TemporaryFolder folder;
  const Outcome outcome = dcgan(folder, "500");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::regex line("step \\d+: loss of D ([^,]+), of G (.+)");
  int lines = 0;
  for (std::sregex_iterator at(outcome.out.begin(), outcome.out.end(), line), end; at != end; ++at, ++lines) {
    EXPECT_THAT(std::stod((*at)[1]), AllOf(Gt(0), Lt(10))) << outcome.out;
    EXPECT_THAT(std::stod((*at)[2]), AllOf(Gt(0), Lt(20))) << outcome.out;
  }
  EXPECT_EQ(lines, 5) << outcome.out;
  expect_digits(images_in(folder / "out.png"));

  // The same network as the models' one of this width: its weights fit there and draw digits from other noise.
  Rng rng(99);
  nn::Sequential generator = models::dcgan_generator({.base_channels = 32}, rng);
  generator.load_state_dict(read_safetensors(folder / "out.safetensors").tensors);
  generator.eval();
  const NoGrad guard;
  expect_digits(to_u8(generator(Tensor::randn({64, 100, 1, 1}, rng))));
}

TEST(ExampleDcgan, UntrainedItDrawsNoDigits) {
  const TemporaryFolder folder;
  const Outcome outcome = dcgan(folder, "0");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Likeness like = likeness(images_in(folder / "out.png"));
  EXPECT_LT(like.place, 0.5);
  EXPECT_LT(like.spread, 0.5);
  EXPECT_TRUE(std::filesystem::exists(folder / "out.safetensors"));
}

// What the checks above are worth: real digits pass, and each number tells one kind of failure.
TEST(ExampleDcgan, TheChecksTellDigitsFromOtherPictures) {
  const TemporaryFolder folder;
  const Tensor digits = real_digits(64);
  save_image(digits, folder / "digits.png");
  EXPECT_EQ(images_in(folder / "digits.png").values<std::uint8_t>(), digits.values<std::uint8_t>());
  expect_digits(digits);

  Rng rng(4);
  EXPECT_LT(likeness(to_u8(Tensor::rand({64, 1, size, size}, rng), {0, 1})).place, 0.3) << "noise";
  EXPECT_LT(likeness(digits.flip({2}).permute({0, 1, 3, 2})).place, 0.8) << "lying digits";
  EXPECT_LT(likeness(cat(Tensors(64, digits.narrow(0, 0, 1)))).spread, 0.1) << "the same digit every time";

  // Every pixel from another digit: each alone is as in MNIST, together they are noise.
  const std::vector<std::uint8_t> values = digits.values<std::uint8_t>();
  std::vector<std::uint8_t> mixed(values.size());
  for (std::size_t p = 0; p < pixels; ++p) {
    const std::vector<std::int64_t> order = rng.permutation(64);
    for (std::size_t i = 0; i < 64; ++i)
      mixed[i * pixels + p] = values[static_cast<std::size_t>(order[i]) * pixels + p];
  }
  const Likeness noise = likeness(Tensor::from({64, 1, size, size}, mixed));
  EXPECT_GT(noise.place, 0.8);
  EXPECT_LT(noise.stroke, 0.3);
}

TEST(ExampleDcgan, SaysInOneLineWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  write_tiny_data(data, 64);
  const auto rejected = [&](const std::string& arguments, std::initializer_list<std::string> words) {
    expect_rejected(run(folder, "example_dcgan " + arguments), words);
  };
  EXPECT_EQ(run(folder, "example_dcgan " + data + " " + (folder / "out") + " 1").exit_code, 0);
  rejected((folder / "nowhere"), {"dcgan: ", "nowhere"});
  rejected(data + " " + (folder / "nowhere/out") + " 1", {"dcgan: ", "nowhere/out.png"});
  for (const std::string steps : {"many", "-1", "1.5", "''", "10x", "1000001", "99999999999999999999"})
    rejected(data + " " + (folder / "out") + " " + steps, {"dcgan: expected [DATA [OUT [STEPS]]]", "1000000"});
  rejected("1 2 3 4", {"dcgan: expected [DATA [OUT [STEPS]]]", "1 2 3 4"});
  write_tiny_data(data, 63);
  rejected(data + " " + (folder / "out") + " 1", {"dcgan: ", "63 images"});
}

}  // namespace
}  // namespace wisp::testing
