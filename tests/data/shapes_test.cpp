#include <wisp/data/shapes.h>

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <set>

#include <gmock/gmock.h>

#include <tests/threads.h>

namespace wisp::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using Point = std::complex<double>;

// The bytes of image i, channels last.
const std::uint8_t* image(const ImageDataset& dataset, std::int64_t i) {
  return dataset.images.data<std::uint8_t>() + i * (dataset.images.numel() / dataset.images.dim(0));
}

// A^2 / (2 pi I) of a figure's area A and its polar moment I about its centre: 1 for a disc, less for every other, and
// the same at any place, size and angle.
double roundness(double area, double moment) { return area * area / (2 * std::numbers::pi * moment); }

// Of a polygon around the origin, by triangles: A = x / 2 and I = x (|a|^2 + a.b + |b|^2) / 12, x = a cross b.
double roundness(const std::vector<Point>& corners) {
  double area = 0, moment = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point a = corners[i], b = corners[(i + 1) % corners.size()];
    const double cross = std::imag(std::conj(a) * b), dot = std::real(std::conj(a) * b);
    area += cross / 2;
    moment += cross * (std::norm(a) + dot + std::norm(b)) / 12;
  }
  return roundness(area, moment);
}

std::vector<Point> regular(int count, double angle, double radius = 1) {
  std::vector<Point> corners;
  for (int i = 0; i < count; ++i) corners.push_back(std::polar(radius, angle + 2 * std::numbers::pi * i / count));
  return corners;
}

std::vector<Point> star() {
  const double inner = std::cos(std::numbers::pi * 0.4) / std::cos(std::numbers::pi * 0.2);
  const std::vector<Point> tips = regular(5, 0), notches = regular(5, std::numbers::pi / 5, inner);
  std::vector<Point> corners;
  for (std::size_t i = 0; i < 5; ++i) corners.insert(corners.end(), {tips[i], notches[i]});
  return corners;
}

// Two bars that end on the circle, 0.32 to either side.
std::vector<Point> cross() {
  const double w = 0.32, a = std::sqrt(1 - w * w);
  std::vector<Point> corners;
  for (const Point turn : {Point(1, 0), Point(0, 1), Point(-1, 0), Point(0, -1)})
    for (const Point corner : {Point(w, -w), Point(a, -w), Point(a, w)}) corners.push_back(turn * corner);
  return corners;
}

double ring() {
  const double hole = 0.55 * 0.55;
  return roundness(std::numbers::pi * (1 - hole), std::numbers::pi / 2 * (1 - hole * hole));
}

// Of the figure in a picture: what is not as the picture's corner, in shares of the pixel that differs most.
double roundness_in(const std::uint8_t* pixels, std::int64_t size) {
  std::vector<double> shares;
  for (std::int64_t i = 0; i < size * size; ++i) {
    double difference = 0;
    for (std::int64_t c = 0; c < 3; ++c) difference += std::abs(pixels[3 * i + c] - pixels[c]);
    shares.push_back(difference);
  }
  const double most = *std::max_element(shares.begin(), shares.end());
  double area = 0, moment = 0;
  Point centre = 0;
  const auto place = [&](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    return Point(static_cast<double>(at % size), static_cast<double>(at / size));
  };
  for (std::size_t i = 0; i < shares.size(); ++i) {
    area += shares[i] / most;
    centre += shares[i] / most * place(i);
  }
  centre /= area;
  for (std::size_t i = 0; i < shares.size(); ++i) moment += shares[i] / most * (std::norm(place(i) - centre) + 1. / 6);
  return roundness(area, moment);
}

TEST(Shapes, LabelsSayWhatIsDrawn) {
  const std::array<double, 6> expected = {
      1, roundness(regular(4, 0)), roundness(regular(3, 0)), roundness(cross()), roundness(star()), ring()};
  const ImageDataset dataset = draw_shapes(Split::test, 64);
  const std::vector<std::uint8_t> labels = dataset.labels.values<std::uint8_t>();
  for (std::int64_t i = 0; i < 200; ++i) {
    const std::size_t label = labels.at(static_cast<std::size_t>(i));
    EXPECT_NEAR(roundness_in(image(dataset, i), 64), expected.at(label), 0.01) << i << ", " << shape_names.at(label);
  }
}

TEST(Shapes, AsManyOfEveryKind) {
  for (const auto& [split, count] : {std::pair{Split::train, 6000}, std::pair{Split::test, 600}}) {
    const ImageDataset dataset = draw_shapes(split, 8);
    EXPECT_EQ(dataset.images.shape(), (Shape{count, 3, 8, 8}));
    std::array<int, shape_names.size()> counts{};
    for (const std::uint8_t label : dataset.labels.values<std::uint8_t>()) ++counts.at(label);
    EXPECT_THAT(counts, Each(count / 6));
  }
}

TEST(Shapes, AllPicturesDiffer) {
  const ImageDataset train = draw_shapes(Split::train, 16), test = draw_shapes(Split::test, 16);
  std::set<std::string> pictures;
  for (const ImageDataset* dataset : {&train, &test})
    for (std::int64_t i = 0; i < dataset->images.dim(0); ++i)
      pictures.emplace(reinterpret_cast<const char*>(image(*dataset, i)), 3 * 16 * 16);
  EXPECT_EQ(pictures.size(), 6600u);
}

TEST(Shapes, AnotherSizeShowsTheSameScenes) {
  const ImageDataset small = draw_shapes(Split::test, 16), large = draw_shapes(Split::test, 48);
  for (std::int64_t i = 0; i < 50; ++i)
    for (std::int64_t y = 0; y < 16; ++y)
      for (std::int64_t x = 0; x < 16; ++x)
        for (std::int64_t c = 0; c < 3; ++c) {
          double mean = 0;
          for (std::int64_t k = 0; k < 9; ++k) mean += image(large, i)[((3 * y + k / 3) * 48 + 3 * x + k % 3) * 3 + c];
          EXPECT_NEAR(image(small, i)[(y * 16 + x) * 3 + c], mean / 9, 40);
        }
}

TEST(Shapes, SameBitsForAnyNumberOfThreads) {
  const Threads one(1);
  const std::string sum = checksum(draw_shapes(Split::train, 8));
  const Threads three(3);
  EXPECT_EQ(checksum(draw_shapes(Split::train, 8)), sum);
}

TEST(Shapes, Mistakes) {
  EXPECT_THAT([] { draw_shapes(Split::train, 7); }, ThrowsMessage<Error>(HasSubstr("size is 7")));
  EXPECT_THAT([] { draw_shapes(Split::train, 513); }, ThrowsMessage<Error>(HasSubstr("size is 513")));
}

}  // namespace
}  // namespace wisp::testing
