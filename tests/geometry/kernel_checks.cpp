#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <tests/geometry/checks.h>
#include <tests/geometry/integers.h>
#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::testing {
namespace {

using kernels::Conv2dImplementation;
using kernels::Conv2dMap;
using kernels::Conv2dProblem;
using Values = std::vector<double>;

// A buffer of T between elements that nobody may write, and that spoil every result they enter.
template <class T>
class Guarded {
 public:
  explicit Guarded(const Values& values) : count_(values.size()), all_(count_ + 2 * width, convert<T>(guard)) {
    std::transform(values.begin(), values.end(), all_.begin() + width, [](double v) { return convert<T>(v); });
  }
  static Guarded poisoned(std::size_t count) {
    return Guarded(Values(count, std::numeric_limits<double>::quiet_NaN()));
  }

  T* data() { return all_.data() + width; }
  double operator[](std::size_t i) const { return convert<double>(all_[width + i]); }
  bool is_intact() const {
    const auto untouched = [](T value) { return convert<double>(value) == convert<double>(convert<T>(guard)); };
    return std::all_of(all_.begin(), all_.begin() + width, untouched) &&
           std::all_of(all_.end() - width, all_.end(), untouched);
  }
  double dot(const Values& other) const {
    double sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += (*this)[i] * other[i];
    return sum;
  }

 private:
  static constexpr std::ptrdiff_t width = 32;
  static constexpr double guard = 1e7;

  std::size_t count_;
  std::vector<T> all_;
};

// One result of the definition: the sum of its products, of their absolute values and squares, and their number.
struct Sum {
  double value = 0;
  double magnitude = 0;
  double squares = 0;
  double terms = 0;

  void add(double a, double b) {
    value += a * b;
    magnitude += std::abs(a * b);
    squares += a * a * b * b;
    terms += 1;
  }
};

// Operands, and what the definition makes of them.
struct Trio {
  Values x, w, y;
  std::vector<Sum> conv, grad_input, grad_weight;

  template <class Draw>
  Trio(const Conv2dGeometry& g, Draw draw)
      : x(draw(g.input_numel())),
        w(draw(g.weight_numel())),
        y(draw(g.output_numel())),
        conv(y.size()),
        grad_input(x.size()),
        grad_weight(w.size()) {
    visit_products(g, [&](std::size_t xi, std::size_t wi, std::size_t yi) {
      conv[yi].add(x[xi], w[wi]);
      grad_input[xi].add(y[yi], w[wi]);
      grad_weight[wi].add(x[xi], y[yi]);
    });
  }
};

bool is_winograd(const Conv2dImplementation& implementation) {
  return implementation.algorithm == ConvAlgorithm::winograd;
}

// What a result of R may be where the definition says `sum`: center +- radius.
struct Interval {
  double center;
  double radius;
};
using Allowed = Interval (*)(const Sum& sum, bool bf16_result);

// Sums of small integers are exact, whatever they are computed in; a bf16 result is the exact one, rounded.
Interval exactly(const Sum& sum, bool bf16_result) {
  return {bf16_result ? convert<double>(convert<bfloat16>(sum.value)) : sum.value, 0};
}

// Sums in f32: (K + 2) u sum |a b|, Higham, "Accuracy and stability of numerical algorithms", section 3.1; products of
// bf16 numbers are exact there. Rounding the sum to bf16 adds at most half an ulp.
Interval rounded(const Sum& sum, bool bf16_result) {
  constexpr double u = std::numeric_limits<float>::epsilon() / 2, u_bf16 = 1.0 / 256;
  const double radius = (sum.terms + 2) * u * sum.magnitude;
  return {sum.value, radius + (bf16_result ? u_bf16 * (std::abs(sum.value) + radius) : 0)};
}

// Winograd's errors are relative to the size of a tile's results, be they zero or not: the root of the largest sum of
// squares stands for it. The largest of some million errors of random operands is half of what is allowed.
template <class T>
Interval winograd(const Sum& sum, double largest_squares, bool bf16_result) {
  constexpr double u = std::numeric_limits<compute_t<T>>::epsilon() / 2, u_bf16 = 1.0 / 256;
  const double radius = (dtype_of<T> == DType::bf16 ? 16 * u_bf16 : 256 * u) * std::sqrt(largest_squares);
  return {sum.value, radius + (bf16_result ? u_bf16 * (std::abs(sum.value) + radius) : 0)};
}

// The maps of one implementation on operands of one dtype, T.
template <class T>
class Check {
 public:
  Check(const Conv2dGeometry& g, const Conv2dImplementation& implementation, const Trio& trio, Allowed allowed)
      : g_(g), implementation_(implementation), allowed_(allowed) {
    run<T>(Conv2dMap::conv2d, trio.x, trio.w, trio.y, trio.conv);
    run<T>(Conv2dMap::grad_input, trio.y, trio.w, trio.x, trio.grad_input);
    run<compute_t<T>>(Conv2dMap::grad_weight, trio.x, trio.y, trio.w, trio.grad_weight);
  }

  // What is wrong, "" if nothing.
  const std::string& wrong() const { return wrong_; }
  // <C(x,w), y>, <x, I(y,w)>, <w, W(x,y)>.
  const Values& inner_products() const { return inner_products_; }

 private:
  template <class R>
  void run(Conv2dMap map, const Values& first, const Values& second, const Values& third,
           const std::vector<Sum>& expected) {
    const Conv2dProblem problem{map, g_, dtype_of<T>};
    if (!wrong_.empty() || !implementation_.supports(problem)) return;
    Guarded<T> a(first), b(second);
    Guarded<R> result = Guarded<R>::poisoned(expected.size());
    implementation_.run(problem, a.data(), b.data(), result.data());
    inner_products_.push_back(result.dot(third));
    const auto fail = [&](const std::string& why) {
      wrong_ = fmt::format("{} {} {} {}", implementation_.name, name_of(map), name_of(dtype_of<T>), why);
    };
    if (!result.is_intact()) return fail("wrote outside its buffer");
    double squares = 0;
    for (const Sum& sum : expected) squares = std::max(squares, sum.squares);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const bool bf16 = dtype_of<R> == DType::bf16;
      const Interval allowed =
          is_winograd(implementation_) ? winograd<T>(expected[i], squares, bf16) : allowed_(expected[i], bf16);
      if (!(std::abs(result[i] - allowed.center) <= allowed.radius))
        return fail(fmt::format("element {} (channels-last) is {}, should be {}", i, result[i], allowed.center));
    }
  }

  const Conv2dGeometry& g_;
  const Conv2dImplementation& implementation_;
  Allowed allowed_;
  std::string wrong_;
  Values inner_products_;
};

template <class T>
std::string check_exact(const Conv2dGeometry& g, const Trio& trio) {
  for (const Conv2dImplementation& implementation : kernels::conv2d_implementations()) {
    const Check<T> check(g, implementation, trio, exactly);
    if (!check.wrong().empty()) return check.wrong();
    const Values& products = check.inner_products();
    if (dtype_of<T> == DType::bf16 || products.empty() || is_winograd(implementation))
      continue;  // rounded: not adjoint
    if (std::any_of(products.begin(), products.end(), [&](double p) { return p != products[0]; }))
      return fmt::format("{} {}: <C(x,w),y>, <x,I(y,w)>, <w,W(x,y)> = {} are not equal", implementation.name,
                         name_of(dtype_of<T>), fmt::join(products, ", "));
  }
  return "";
}

template <class T>
std::string check_rounding(const Conv2dGeometry& g, Rng& rng) {
  const Trio trio(g, [&](std::int64_t count) {
    Values values = random_values<double>(count, rng);
    for (double& v : values) v = convert<double>(convert<T>(v));
    return values;
  });
  for (const Conv2dImplementation& implementation : kernels::conv2d_implementations()) {
    const Check<T> check(g, implementation, trio, rounded);
    if (!check.wrong().empty()) return check.wrong();
  }
  return "";
}

// To save time one of the checks takes f32 and the other bf16; which of them is drawn, before anything else.
bool bf16_is_exact(Rng& rng) { return rng.integer(2) == 0; }

}  // namespace

std::string check_exact(const Conv2dGeometry& g, Rng rng) {
  const bool bf16 = bf16_is_exact(rng);
  const Trio trio(g, [&](std::int64_t count) { return random_integers(count, rng); });
  const std::string wrong = check_exact<double>(g, trio);
  if (!wrong.empty()) return wrong;
  return bf16 ? check_exact<bfloat16>(g, trio) : check_exact<float>(g, trio);
}

std::string check_rounding(const Conv2dGeometry& g, Rng rng) {
  return bf16_is_exact(rng) ? check_rounding<float>(g, rng) : check_rounding<bfloat16>(g, rng);
}

}  // namespace wisp::testing
