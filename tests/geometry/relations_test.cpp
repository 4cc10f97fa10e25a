// The fifteen relations of Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285:
// output sizes, and each transposed convolution as a convolution of its zero-stuffed input.
#include <gtest/gtest.h>

#include <tests/geometry/integers.h>
#include <wisp/ops/conv2d.h>
#include <wisp/ops/pooling.h>

namespace wisp::testing {
namespace {

// One axis in the guide's letters.
struct Axis {
  std::int64_t i, k, s = 1, p = 0, d = 1;

  std::int64_t room() const { return i + 2 * p - (d * (k - 1) + 1); }
  std::int64_t a() const { return room() % s; }
};

std::string describe(const Axis& x) {
  return fmt::format("i = {}, k = {}, s = {}, p = {}, d = {}", x.i, x.k, x.s, x.p, x.d);
}

// Calls visit for every axis in a range whose kernel fits into the padded image.
template <class Visit>
void visit_axes(Visit visit) {
  for (std::int64_t i = 1; i <= 9; ++i)
    for (std::int64_t k = 1; k <= 5; ++k)
      for (std::int64_t s = 1; s <= 4; ++s)
        for (std::int64_t p = 0; p <= 4; ++p)
          for (std::int64_t d = 1; d <= 3; ++d) {
            const Axis axis{i, k, s, p, d};
            if (axis.room() >= 0) visit(axis);
          }
}

// The output size of op(image, kernel, stride, padding, dilation) along the axis; the other axis is something else.
template <class Op>
std::int64_t size(const Axis& x, Op op) {
  const Tensor tall = op(Tensor::ones({1, 1, x.i, 7}), Size2d(x.k, 2), Size2d(x.s, 3), Size2d(x.p, 1), Size2d(x.d, 2));
  const Tensor wide = op(Tensor::ones({1, 1, 7, x.i}), Size2d(2, x.k), Size2d(3, x.s), Size2d(1, x.p), Size2d(2, x.d));
  EXPECT_EQ(tall.dim(2), wide.dim(3)) << describe(x);
  return tall.dim(2);
}

std::int64_t conv2d_size(const Axis& axis) {
  return size(axis, [](const Tensor& x, Size2d k, Size2d s, Size2d p, Size2d d) {
    return conv2d(x, Tensor::ones({1, 1, k.height, k.width}), {}, {.stride = s, .padding = p, .dilation = d});
  });
}

// Checks the formula on all axes that the relation is about.
template <class Applies, class Formula>
void expect_size(Applies applies, Formula formula) {
  int count = 0;
  visit_axes([&](const Axis& x) {
    if (!applies(x)) return;
    ++count;
    EXPECT_EQ(conv2d_size(x), formula(x)) << describe(x);
  });
  EXPECT_GE(count, 10);
}

bool plain(const Axis& x) { return x.d == 1; }
bool unit(const Axis& x) { return plain(x) && x.s == 1; }

TEST(Guide, Relation1NoPaddingUnitStride) {
  expect_size([](const Axis& x) { return unit(x) && x.p == 0; }, [](const Axis& x) { return x.i - x.k + 1; });
}

TEST(Guide, Relation2PaddingUnitStride) {
  expect_size(unit, [](const Axis& x) { return x.i - x.k + 2 * x.p + 1; });
}

TEST(Guide, Relation3HalfPadding) {
  expect_size([](const Axis& x) { return unit(x) && x.k % 2 == 1 && x.p == x.k / 2; },
              [](const Axis& x) { return x.i; });
}

TEST(Guide, Relation4FullPadding) {
  expect_size([](const Axis& x) { return unit(x) && x.p == x.k - 1; }, [](const Axis& x) { return x.i + x.k - 1; });
}

TEST(Guide, Relation5NoPaddingStride) {
  expect_size([](const Axis& x) { return plain(x) && x.p == 0; }, [](const Axis& x) { return (x.i - x.k) / x.s + 1; });
}

TEST(Guide, Relation6PaddingStride) {
  expect_size(plain, [](const Axis& x) { return (x.i + 2 * x.p - x.k) / x.s + 1; });
}

TEST(Guide, Relation7Pooling) {
  visit_axes([](const Axis& x) {
    if (!plain(x) || x.p != 0) return;
    const auto max = [](const Tensor& t, Size2d k, Size2d s, Size2d, Size2d) {
      return max_pool2d(t, k, {.stride = s});
    };
    const auto avg = [](const Tensor& t, Size2d k, Size2d s, Size2d, Size2d) {
      return avg_pool2d(t, k, {.stride = s});
    };
    EXPECT_EQ(size(x, max), (x.i - x.k) / x.s + 1) << describe(x);
    EXPECT_EQ(size(x, avg), (x.i - x.k) / x.s + 1) << describe(x);
  });
}

TEST(Guide, Relation15Dilation) {
  expect_size([](const Axis&) { return true; },
              [](const Axis& x) { return (x.i + 2 * x.p - x.k - (x.k - 1) * (x.d - 1)) / x.s + 1; });
}

// s - 1 zeros between the pixels, and a more at the bottom and on the right.
Tensor stuffed(const Tensor& x, Size2d s, Size2d a) {
  const std::int64_t height = x.dim(2), width = x.dim(3);
  const Shape shape{x.dim(0), x.dim(1), s.height * (height - 1) + 1 + a.height, s.width * (width - 1) + 1 + a.width};
  std::vector<double> result(static_cast<std::size_t>(shape.numel()));
  const std::vector<double> values = x.values<double>();
  for (std::int64_t image = 0, from = 0; image < shape[0] * shape[1]; ++image)
    for (std::int64_t i = 0; i < height; ++i)
      for (std::int64_t j = 0; j < width; ++j, ++from)
        result[static_cast<std::size_t>((image * shape[2] + i * s.height) * shape[3] + j * s.width)] =
            values[static_cast<std::size_t>(from)];
  return Tensor::from(shape, result);
}

// The transposed convolution that goes with the convolution of each axis: o' by the formula, and the numbers of the
// convolution of the stuffed input with the flipped kernel, padding k - p - 1 and unit stride.
template <class Applies, class Formula>
void expect_transposed(Applies applies, Formula formula) {
  constexpr std::int64_t channels = 2, filters = 3;
  const Axis other{5, 2, 2, 1};
  const std::int64_t other_input = conv2d_size(other);
  Rng rng(41);
  int count = 0;
  visit_axes([&](const Axis& x) {
    if (!plain(x) || x.p > x.k - 1 || !applies(x)) return;
    ++count;
    const std::int64_t input = x.room() / x.s + 1;
    const Shape shape{2, filters, input, other_input}, kernel{filters, channels, x.k, other.k};
    const Tensor y = Tensor::from(shape, random_integers(shape.numel(), rng));
    const Tensor w = Tensor::from(kernel, random_integers(kernel.numel(), rng));
    const Size2d stride(x.s, other.s), a(x.a(), other.a());
    const Tensor actual =
        conv_transpose2d(y, w, {}, {.stride = stride, .padding = {x.p, other.p}, .output_padding = a});
    const Tensor expected = conv2d(stuffed(y, stride, a), w.flip({2, 3}).permute({1, 0, 2, 3}), {},
                                   {.padding = Size2d(x.k - x.p - 1, other.k - other.p - 1)});
    ASSERT_EQ(actual.shape(), (Shape{2, channels, formula(x, input), other.i})) << describe(x);
    EXPECT_EQ(actual.dim(2), x.i) << describe(x);
    ASSERT_EQ(actual.shape(), expected.shape()) << describe(x);
    EXPECT_EQ(actual.values<double>(), expected.values<double>()) << describe(x);
  });
  EXPECT_GE(count, 10);
}

TEST(Guide, Relation8TransposedNoPaddingUnitStride) {
  expect_transposed([](const Axis& x) { return unit(x) && x.p == 0; },
                    [](const Axis& x, std::int64_t i) { return i + x.k - 1; });
}

TEST(Guide, Relation9TransposedPaddingUnitStride) {
  expect_transposed(unit, [](const Axis& x, std::int64_t i) { return i + x.k - 1 - 2 * x.p; });
}

TEST(Guide, Relation10TransposedHalfPadding) {
  expect_transposed([](const Axis& x) { return unit(x) && x.k % 2 == 1 && x.p == x.k / 2; },
                    [](const Axis&, std::int64_t i) { return i; });
}

TEST(Guide, Relation11TransposedFullPadding) {
  expect_transposed([](const Axis& x) { return unit(x) && x.p == x.k - 1; },
                    [](const Axis& x, std::int64_t i) { return i - (x.k - 1); });
}

TEST(Guide, Relation12TransposedNoPaddingStride) {
  expect_transposed([](const Axis& x) { return x.p == 0 && x.a() == 0; },
                    [](const Axis& x, std::int64_t i) { return x.s * (i - 1) + x.k; });
}

TEST(Guide, Relation13TransposedPaddingStride) {
  expect_transposed([](const Axis& x) { return x.a() == 0; },
                    [](const Axis& x, std::int64_t i) { return x.s * (i - 1) + x.k - 2 * x.p; });
}

TEST(Guide, Relation14TransposedOutputPadding) {
  expect_transposed([](const Axis&) { return true; },
                    [](const Axis& x, std::int64_t i) { return x.s * (i - 1) + x.a() + x.k - 2 * x.p; });
}

}  // namespace
}  // namespace wisp::testing
