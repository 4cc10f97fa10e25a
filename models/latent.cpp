#include <models/latent.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include <wisp/core/error.h>

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

Vector slerp(const Vector& a, const Vector& b, double t) {
  constexpr double no_angle = 1e-6;  // an f32 vector's own error
  const double product = length(a) * length(b);
  const double cosine = product > 0 ? std::clamp(dot(a, b) / product, -1.0, 1.0) : 1;
  const double angle = std::acos(cosine), sine = std::sin(angle);
  if (sine > no_angle) return combined(std::sin((1 - t) * angle) / sine, a, std::sin(t * angle) / sine, b);
  const bool at_an_end = t == 0 || t == 1;
  if (cosine > 0 || at_an_end) return combined(1 - t, a, t, b);
  const double size = (1 - t) * length(a) + t * length(b), turn = std::numbers::pi * t;
  return combined(size * std::cos(turn) / length(a), a, size * std::sin(turn), perpendicular(a));
}

}  // namespace

Interpolation interpolation_of(std::string_view name) {
  if (name == "linear") return Interpolation::linear;
  if (name == "slerp") return Interpolation::slerp;
  fail("{} is not a way between noise vectors; valid are linear and slerp", name);
}

Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps, Interpolation mode) {
  check(from.dtype() == DType::f32 && to.dtype() == DType::f32 && from.shape() == to.shape() && from.rank() >= 1 &&
            from.numel() > 0,
        "interpolate: from is {} {}, to is {} {}, expected f32 vectors N x ... of one shape", name_of(from.dtype()),
        from.shape(), name_of(to.dtype()), to.shape());
  check(steps >= 1, "interpolate: steps is {}, expected at least 1", steps);
  const std::vector<float> begins = from.values<float>(), ends = to.values<float>();
  const auto size = static_cast<std::size_t>(from.numel() / from.dim(0));
  std::vector<float> values;
  for (std::size_t at = 0; at < begins.size(); at += size) {
    const auto vector = [&](const std::vector<float>& all) {
      const std::span<const float> part(all.data() + at, size);
      return Vector(part.begin(), part.end());
    };
    const Vector a = vector(begins), b = vector(ends);
    for (std::int64_t i = 0; i < steps; ++i) {
      const double t = steps == 1 ? 0 : static_cast<double>(i) / static_cast<double>(steps - 1);
      const Vector point = mode == Interpolation::slerp ? slerp(a, b, t) : combined(1 - t, a, t, b);
      for (const double x : point) values.push_back(static_cast<float>(x));
    }
  }
  return Tensor::from(from.shape().with(0, from.dim(0) * steps), values);
}

}  // namespace wisp::models
