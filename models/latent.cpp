#include <models/latent.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include <wisp/ops/arguments.h>

namespace wisp::models {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
double length(const Vector& a) { return std::sqrt(dot(a, a)); }

Vector combined(double s, const Vector& a, double t, const Vector& b) {
  Vector result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = s * a[i] + t * b[i];
  return result;
}

// Of length 1 and at right angles to a; 0 where there is no such direction.
Vector perpendicular(const Vector& a) {
  const auto shortest =
      std::min_element(a.begin(), a.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
  Vector axis(a.size(), 0.0);
  axis[static_cast<std::size_t>(shortest - a.begin())] = 1;
  const Vector across = combined(1, axis, -*shortest / dot(a, a), a);
  const double size = length(across);
  return combined(size > 0 ? 1 / size : 0, across, 0, a);
}

// The angle between vectors of length 1, as exact where it is near 0 or pi as elsewhere. Source: Kahan, "How futile are
// mindless assessments of roundoff in floating-point computation?", "Mangled angles".
double angle_between(const Vector& a, const Vector& b) {
  return 2 * std::atan2(length(combined(1, a, -1, b)), length(combined(1, a, 1, b)));
}

Vector slerp(const Vector& a, const Vector& b, double t) {
  constexpr double no_angle = 1e-6;  // an f32 vector's own error
  const double from = length(a), to = length(b);
  if (from == 0 || to == 0) return combined(1 - t, a, t, b);
  const Vector zero(a.size(), 0.0);
  const double angle = angle_between(combined(1 / from, a, 0, zero), combined(1 / to, b, 0, zero));
  const double sine = std::sin(angle);
  if (!(sine <= no_angle)) return combined(std::sin((1 - t) * angle) / sine, a, std::sin(t * angle) / sine, b);
  if (angle < 1) return combined(1 - t, a, t, b);
  const double size = (1 - t) * from + t * to, turn = std::numbers::pi * t;
  return combined(size * std::cos(turn) / from, a, size * std::sin(turn), perpendicular(a));
}

// The ends are exact: what has the weight 0 takes no part, be it infinite.
Vector between(const Vector& a, const Vector& b, double t, Interpolation mode) {
  if (t == 0 || t == 1) return t == 0 ? a : b;
  return mode == Interpolation::slerp ? slerp(a, b, t) : combined(1 - t, a, t, b);
}

}  // namespace

Interpolation interpolation_of(std::string_view name) {
  if (name == "linear") return Interpolation::linear;
  if (name == "slerp") return Interpolation::slerp;
  fail("{} is not a way between noise vectors; valid are linear and slerp", name);
}

Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps, Interpolation mode) {
  check_defined("interpolate", {{"from", from}, {"to", to}});
  constexpr std::int64_t largest = std::int64_t{1} << 60;  // numbers of 4 bytes
  check(from.dtype() == DType::f32 && to.dtype() == DType::f32 && from.shape() == to.shape() && from.rank() >= 1 &&
            from.numel() > 0,
        "interpolate: from is {} {}, to is {} {}, expected f32 vectors N x ... of one shape", name_of(from.dtype()),
        from.shape(), name_of(to.dtype()), to.shape());
  check(1 <= steps && steps <= largest / from.numel(), "interpolate: steps is {}, expected 1 to {}", steps,
        largest / from.numel());
  Tensor points = Tensor::empty({from.numel() * steps});
  float* to_point = points.mutable_data<float>();
  const std::vector<float> begins = from.values<float>(), ends = to.values<float>();
  const auto size = static_cast<std::size_t>(from.numel() / from.dim(0));
  for (std::size_t at = 0; at < begins.size(); at += size) {
    const auto vector = [&](const std::vector<float>& all) {
      const std::span<const float> part(all.data() + at, size);
      return Vector(part.begin(), part.end());
    };
    const Vector a = vector(begins), b = vector(ends);
    for (std::int64_t i = 0; i < steps; ++i) {
      const double t = steps == 1 ? 0 : static_cast<double>(i) / static_cast<double>(steps - 1);
      for (const double x : between(a, b, t, mode)) *to_point++ = static_cast<float>(x);
    }
  }
  return points.reshape(from.shape().with(0, from.dim(0) * steps));
}

}  // namespace wisp::models
