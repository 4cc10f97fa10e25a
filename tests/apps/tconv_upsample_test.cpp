// tconv upsample: its files, its figures, and what it says about bad input.
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include <gmock/gmock.h>

#include <apps/tconv/upsample/pictures.h>
#include <wisp/core/rng.h>
#include <wisp/io/image.h>
#include <wisp/io/png.h>

#include <tests/apps/program.h>

namespace wisp::testing {
namespace {

class TconvUpsample : public ::testing::Test {
 protected:
  TconvUpsample() { write_picture(48, 40); }

  // Soft discs: smooth, with edges that a sharper kernel restores better.
  void write_picture(std::int64_t height, std::int64_t width, std::int64_t channels = 3) {
    std::vector<float> values;
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        for (std::int64_t c = 0; c < channels; ++c) {
          const double u = static_cast<double>(x % 20) - 9.5, v = static_cast<double>((y + 3 * c) % 20) - 9.5;
          values.push_back(static_cast<float>(1 / (1 + std::exp(std::hypot(u, v) - 6))));
        }
    write_png(picture, to_u8(Tensor::from({height, width, channels}, values), {0, 1}));
  }
  Outcome upsample(const std::string& options = "", const std::string& out = "out") {
    return run(folder, "tconv upsample --steps 150 --image " + picture + " --out " + (folder / out) + " " + options);
  }
  std::string file(const std::string& name) { return read_bytes(folder / ("out/" + name)); }

  TemporaryFolder folder;
  const std::string picture = folder / "picture.png";
};

const std::vector<std::string> methods = {"zero_insertion", "nearest", "bilinear", "bilinear_kernel", "trained"};

// The mean squared error between the files, values in [0, 1].
double error_of(const std::string& path, const std::string& truth) {
  const std::vector<std::uint8_t> a = read_image(path).values<std::uint8_t>(),
                                  b = read_image(truth).values<std::uint8_t>();
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow((a[i] - b[i]) / 255.0, 2);
  return sum / static_cast<double>(a.size());
}

TEST_F(TconvUpsample, WritesPicturesAndPage) {
  const Outcome outcome = upsample();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find((folder / "out/index.html") + "\n"), std::string::npos) << outcome.out;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}), 13);
  EXPECT_EQ(read_image(folder / "out/downsampled.png").shape(), (Shape{3, 24, 20}));
  EXPECT_EQ(error_of(folder / "out/original.png", picture), 0);
  for (const std::string& method : methods) {
    EXPECT_EQ(read_image(folder / ("out/" + method + ".png")).shape(), (Shape{3, 96, 80})) << method;
    EXPECT_EQ(read_image(folder / ("out/" + method + "_restored.png")).shape(), (Shape{3, 48, 40})) << method;
  }
}

TEST_F(TconvUpsample, PageStandsAlone) {
  ASSERT_EQ(upsample().exit_code, 0);
  const std::string page = file("index.html");
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
  std::size_t images = 0;
  for (std::size_t at = 0; (at = page.find("<img", at)) != std::string::npos; ++at, ++images) {
    const std::string tag = page.substr(at, page.find('>', at) - at);
    EXPECT_NE(tag.find("src=\"data:image/png;base64,"), std::string::npos) << tag.substr(0, 100);
    EXPECT_EQ(tag.find("alt=\"\""), std::string::npos);
    EXPECT_NE(tag.find("alt=\""), std::string::npos) << tag.substr(0, 100);
  }
  EXPECT_EQ(images, 2 + 6 + 5 + 2 + 5) << "original, reduced, details, restored, kernels, enlarged";
  EXPECT_NE(page.find("trained on this very picture (150 steps"), std::string::npos);
  EXPECT_EQ(page.find("was cut"), std::string::npos);
}

class SlowTconvUpsample : public TconvUpsample {};

// Noise does not compress: 600 x 500 pixels in colour are 900 kB a picture, there are six, and four times that
// enlarged.
TEST_F(SlowTconvUpsample, OfLargePicturesThePageShowsAPartAndSaysSo) {
  Rng rng(1);
  std::vector<float> values = Tensor::rand({500, 600, 3}, rng).values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t x = i / 3 % 600, y = i / 1800;
    if (x < 320 || x >= 368 || y < 230 || y >= 278) values[i] = values[i] / 2 + 0.25f;  // elsewhere ways differ less
  }
  write_png(picture, to_u8(Tensor::from({500, 600, 3}, values), {0, 1}));
  ASSERT_EQ(upsample("--steps 1").exit_code, 0);
  const std::string page = file("index.html");
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_GT(page.size(), 4'000'000u) << "the room is used";
  EXPECT_NE(page.find("of the 600 × 500 pixels</strong>"), std::string::npos);
  EXPECT_NE(page.find("of the 1200 × 1000 pixels</strong>"), std::string::npos);
  std::size_t links = 0;
  for (std::size_t at = 0; (at = page.find("<a href=\"", at)) != std::string::npos; ++links) {
    at += 9;
    EXPECT_TRUE(file(page.substr(at, page.find('"', at) - at)).starts_with("\x89PNG"));
  }
  EXPECT_EQ(links, 12u);
  for (const std::string slider : {"left", "top"}) {
    const std::string tag = page.substr(page.find("<input id=\"" + slider + "\""));
    const int most = std::stoi(tag.substr(tag.find("max=\"") + 5)),
              now = std::stoi(tag.substr(tag.find("value=\"") + 7));
    EXPECT_GT(most, 300);
    EXPECT_NEAR(now, most / 2, 2) << "the detail is in the middle of the part";
  }
  EXPECT_EQ(read_image(folder / "out/trained.png").shape(), (Shape{3, 1000, 1200})) << "the files are whole";
}

TEST(UpsamplePictures, TheLargestWindowThatFits) {
  Rng rng(1);
  const std::vector<Tensor> pictures(3, to_u8(Tensor::rand({1, 1, 90, 120}, rng), {0, 1}));
  const apps::Window all{0, 0, 120, 90};
  const std::size_t size = apps::address_size(pictures, all);
  const auto window = [&](const apps::Window& detail, std::size_t budget) {
    return apps::largest_window(pictures, size, detail, 3, budget);
  };
  // Pixels between the middle of the part and the place nearest to that of the detail (20 pixels) where it fits.
  const auto off_centre = [](std::int64_t detail, std::int64_t start, std::int64_t length, std::int64_t most) {
    return std::abs(start - std::clamp<std::int64_t>(detail + 10 - length / 2, 0, most - length));
  };
  EXPECT_EQ(window({30, 30, 20, 20}, size), all);
  for (const apps::Window& detail : {apps::Window{50, 30, 20, 20}, {0, 0, 20, 20}, {100, 70, 20, 20}}) {
    const apps::Window part = window(detail, size - 1);
    EXPECT_LT(apps::address_size(pictures, part), size);
    EXPECT_GT(apps::address_size(pictures, part), size * 8 / 10);
    EXPECT_NEAR(static_cast<double>(part.width) / static_cast<double>(part.height), 4.0 / 3, 0.05);
    for (const std::int64_t number : {part.left, part.top, part.width, part.height}) EXPECT_EQ(number % 3, 0);
    const apps::Window small = window(detail, size / 4);
    EXPECT_LE(apps::address_size(pictures, small), size / 4);
    EXPECT_LE(off_centre(detail.left, small.left, small.width, 120), 3);
    EXPECT_LE(off_centre(detail.top, small.top, small.height, 90), 3);
    EXPECT_EQ(window(detail, 0).width, 21) << "the detail stays";
  }
}

TEST_F(TconvUpsample, ErrorsAreThoseOfTheFiles) {
  const Outcome outcome = upsample();
  std::map<std::string, double> errors;
  std::istringstream lines(outcome.out);
  std::string line;
  std::getline(lines, line);
  for (const std::string& method : methods) {
    std::getline(lines, line);
    const double error = std::stod(line.substr(line.find_last_of(' '))), psnr = std::stod(line.substr(40));
    errors[method] = error_of(folder / ("out/" + method + "_restored.png"), folder / "out/original.png");
    EXPECT_NEAR(error / errors[method], 1, 1e-3) << line;
    EXPECT_NEAR(psnr, -10 * std::log10(errors[method]), 0.006) << line;
  }
  EXPECT_GT(errors["zero_insertion"], 10 * errors["nearest"]);
  EXPECT_GT(errors["nearest"], errors["bilinear"]);
  EXPECT_NEAR(errors["bilinear_kernel"] / errors["bilinear"], 1, 0.01);
  EXPECT_LT(errors["trained"], 0.7 * errors["bilinear_kernel"]);
}

TEST_F(TconvUpsample, BilinearKernelIsBilinearAtEveryScaleUpToTheBorder) {
  write_picture(36, 33, 1);
  for (const char* scale : {"2", "3", "5", "8"}) {
    ASSERT_EQ(upsample(std::string("--steps 1 --scale ") + scale).exit_code, 0);
    EXPECT_LT(error_of(folder / "out/bilinear_kernel.png", folder / "out/bilinear.png"), 1e-6) << scale;
    EXPECT_LT(error_of(folder / "out/trained.png", folder / "out/bilinear.png"), 1e-3) << "one step from it";
  }
}

TEST_F(TconvUpsample, ZeroInsertionPutsEachPixelAtTheTopLeft) {
  write_picture(9, 8, 1);
  ASSERT_EQ(upsample("--steps 1").exit_code, 0);
  const std::vector<std::uint8_t> given = read_image(picture).values<std::uint8_t>(),
                                  large = read_image(folder / "out/zero_insertion.png").values<std::uint8_t>();
  for (std::size_t y = 0; y < 18; ++y)
    for (std::size_t x = 0; x < 16; ++x)
      EXPECT_EQ(large[y * 16 + x], y % 2 == 0 && x % 2 == 0 ? given[y / 2 * 8 + x / 2] : 0);
}

TEST_F(TconvUpsample, OtherSizesAreCutAndThePageSaysSo) {
  ASSERT_EQ(upsample("--steps 1 --scale 7").exit_code, 0);
  EXPECT_EQ(read_image(folder / "out/original.png").shape(), (Shape{3, 42, 35}));
  EXPECT_EQ(read_image(folder / "out/downsampled.png").shape(), (Shape{3, 6, 5}));
  EXPECT_EQ(read_image(folder / "out/nearest.png").shape(), (Shape{3, 336, 280}));
  EXPECT_NE(file("index.html").find("40 × 48 pixels; for the comparison it was cut"), std::string::npos);
}

TEST_F(TconvUpsample, SameSeedSameBytes) {
  write_picture(90, 80, 1);  // larger than the pieces it is trained on
  ASSERT_EQ(upsample("--seed 3").exit_code, 0);
  ASSERT_EQ(upsample("--seed 3", "again").exit_code, 0);
  ASSERT_EQ(upsample("--seed 4", "other").exit_code, 0);
  const auto same = [&](const std::string& name, const std::string& out) {
    return file(name) == read_bytes(folder / (out + "/" + name));
  };
  for (const char* name : {"index.html", "trained.png", "trained_restored.png"}) {
    EXPECT_TRUE(same(name, "again")) << name;
    EXPECT_FALSE(same(name, "other")) << name;
  }
  const auto error = [&](const std::string& method) {
    return error_of(folder / ("out/" + method + "_restored.png"), folder / "out/original.png");
  };
  EXPECT_LT(error("trained"), 0.7 * error("bilinear_kernel")) << "trained on pieces that do not belong together";
}

TEST_F(TconvUpsample, BadInput) {
  expect_rejected(run(folder, "tconv upsample --out x"), {"--image"});
  expect_rejected(run(folder, "tconv upsample --image x"), {"--out"});
  expect_rejected(upsample("--image ''"), {"--image", "\"\""});
  expect_rejected(upsample("--out ''"), {"--out", "\"\""});
  expect_rejected(upsample("--scale 1"), {"--scale", "between 2 and 8", "1"});
  expect_rejected(upsample("--scale 9"), {"--scale", "between 2 and 8", "9"});
  expect_rejected(upsample("--scale two"), {"--scale", "two"});
  expect_rejected(upsample("--steps 0"), {"--steps", "0"});
  expect_rejected(upsample("--seed=-1"), {"--seed", "-1"});
  expect_rejected(upsample("--image " + (folder / "nowhere.png")), {"nowhere.png"});
  expect_rejected(upsample("--image " + write_bytes(folder / "text.png", "no picture")), {"text.png", "PNG"});
  write_picture(16, 7);
  expect_rejected(upsample(), {"7 x 16", "8 x 8", "2048 x 2048"});
  write_picture(32, 513, 1);
  expect_rejected(upsample("--scale 8"), {"513 x 32", "512 x 512"});
  EXPECT_FALSE(std::filesystem::exists(folder / "out")) << "a folder was made for what cannot run";
  write_picture(8, 8);
  write_bytes(folder / "file", "");
  expect_rejected(upsample("", "file"), {folder / "file"});
  expect_rejected(upsample("--out /proc/wisp"), {"/proc/wisp"});
}

}  // namespace
}  // namespace wisp::testing
