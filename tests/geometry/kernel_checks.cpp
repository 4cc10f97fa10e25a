#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <tests/geometry/checks.h>
#include <tests/geometry/integers.h>

namespace wisp::testing {
namespace {

// A buffer between elements that nobody may write, and that spoil every result they enter.
template <class T>
class Guarded {
 public:
  explicit Guarded(const std::vector<T>& values) : count_(values.size()), all_(count_ + 2 * width, guard) {
    std::copy(values.begin(), values.end(), all_.begin() + width);
  }
  static Guarded poisoned(std::int64_t count) {
    return Guarded(std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN()));
  }

  T* data() { return all_.data() + width; }
  std::size_t size() const { return count_; }
  double operator[](std::size_t i) const { return all_[width + i]; }
  bool is_intact() const {
    const auto untouched = [](T value) { return value == guard; };
    return std::all_of(all_.begin(), all_.begin() + width, untouched) &&
           std::all_of(all_.end() - width, all_.end(), untouched);
  }
  double dot(const Guarded& other) const {
    return std::inner_product(all_.begin() + width, all_.end() - width, other.all_.begin() + width, 0.0);
  }

 private:
  static constexpr std::ptrdiff_t width = 32;
  static constexpr T guard = T(1e7);

  std::size_t count_;
  std::vector<T> all_;
};

// Operands, and what the three kernels make of them.
template <class T>
struct Trio {
  Guarded<T> x, w, y, conv, grad_input, grad_weight;

  template <class Values>
  Trio(const Conv2dGeometry& g, Values values)
      : x(values(g.input_numel())),
        w(values(g.weight_numel())),
        y(values(g.output_numel())),
        conv(Guarded<T>::poisoned(g.output_numel())),
        grad_input(Guarded<T>::poisoned(g.input_numel())),
        grad_weight(Guarded<T>::poisoned(g.weight_numel())) {
    kernels::conv2d(g, x.data(), w.data(), conv.data());
    kernels::conv2d_grad_input(g, y.data(), w.data(), grad_input.data());
    kernels::conv2d_grad_weight(g, x.data(), y.data(), grad_weight.data());
  }
};

// One result of the definition: the sum of its products, of their absolute values, and their number.
struct Sum {
  double value = 0;
  double magnitude = 0;
  double terms = 0;

  void add(double a, double b) {
    value += a * b;
    magnitude += std::abs(a * b);
    terms += 1;
  }
};

template <class T>
std::string difference(const char* map, const Guarded<T>& actual, const std::vector<Sum>& expected, double unit) {
  if (!actual.is_intact()) return fmt::format("{} wrote outside its buffer", map);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double bound = (expected[i].terms + 2) * unit * expected[i].magnitude;
    if (!(std::abs(actual[i] - expected[i].value) <= bound))
      return fmt::format("{} element {} (channels-last) is {}, should be {}", map, i, actual[i], expected[i].value);
  }
  return "";
}

// Against the definition, within (K + 2) unit sum |a b|: Higham, "Accuracy and stability of numerical algorithms",
// section 3.1.
template <class T>
std::string difference(const Conv2dGeometry& g, const Trio<T>& trio, double unit) {
  std::vector<Sum> y(trio.y.size()), x(trio.x.size()), w(trio.w.size());
  visit_products(g, [&](std::size_t xi, std::size_t wi, std::size_t yi) {
    y[yi].add(trio.x[xi], trio.w[wi]);
    x[xi].add(trio.y[yi], trio.w[wi]);
    w[wi].add(trio.x[xi], trio.y[yi]);
  });
  std::string wrong = difference("conv2d", trio.conv, y, unit);
  if (wrong.empty()) wrong = difference("conv2d_grad_input", trio.grad_input, x, unit);
  if (wrong.empty()) wrong = difference("conv2d_grad_weight", trio.grad_weight, w, unit);
  return wrong;
}

}  // namespace

std::string check_exact(const Conv2dGeometry& g, Rng rng) {
  const Trio<double> trio(g, [&](std::int64_t count) { return random_integers(count, rng); });
  const double y = trio.conv.dot(trio.y), x = trio.grad_input.dot(trio.x), w = trio.grad_weight.dot(trio.w);
  const std::string wrong = difference(g, trio, 0);
  return wrong.empty() && (x != y || w != y)
             ? fmt::format("<C(x,w),y> = {}, <x,I(y,w)> = {}, <w,W(x,y)> = {} are not equal", y, x, w)
             : wrong;
}

std::string check_rounding(const Conv2dGeometry& g, Rng rng) {
  const Trio<float> trio(g, [&](std::int64_t count) { return random_values<float>(count, rng); });
  return difference(g, trio, std::numeric_limits<float>::epsilon() / 2);
}

}  // namespace wisp::testing
