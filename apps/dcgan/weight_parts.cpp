#include <apps/dcgan/weight_parts.h>

#include <cmath>
#include <utility>
#include <vector>

#include <wisp/core/text.h>

namespace wisp::apps {
namespace {

constexpr const char* advice =
    "; in PyTorch remove_weight_norm, remove_spectral_norm or remove_parametrizations makes plain weights";

// f32, f64 where the parts are.
Tensor as_weight(const Shape& shape, const std::vector<double>& numbers, DType dtype) {
  return Tensor::from(shape, numbers).to(dtype == DType::f64 ? DType::f64 : DType::f32);
}

std::vector<double> numbers_of(const Tensor& tensor) { return tensor.to(DType::f64).values<double>(); }

// The position of an element along an axis.
struct Axis {
  Axis(const Shape& shape, int dim) : extent(shape[dim]) {
    for (int d = dim + 1; d < shape.rank(); ++d) inner *= shape[d];
  }
  std::int64_t row(std::int64_t element) const { return element / inner % extent; }
  // Of the matrix whose rows run along this axis.
  std::int64_t column(std::int64_t element) const { return element / (inner * extent) * inner + element % inner; }

  std::int64_t extent;
  std::int64_t inner = 1;
};

// g v / |v|; the weight's name is for complaints.
Tensor weight_normalized(const std::string& name, const Tensor& g, const Tensor& v) {
  int axes = 0, dim = 0;
  bool fits = is_floating(g.dtype()) && is_floating(v.dtype()) && (g.rank() == 0 || g.rank() == v.rank());
  for (int d = 0; fits && d < g.rank(); ++d) {
    if (g.dim(d) == 1) continue;
    fits = g.dim(d) == v.dim(d);
    ++axes;
    dim = d;
  }
  check(fits && axes <= 1,
        "tensor {}: its magnitude is {} {}, its direction {} {}; one extent of the former may be above 1{}",
        printable(name), name_of(g.dtype()), g.shape(), name_of(v.dtype()), v.shape(), advice);
  const std::vector<double> sizes = numbers_of(g);
  std::vector<double> numbers = numbers_of(v), squares(sizes.size());
  const Axis axis(v.shape(), dim);
  const auto row = [&](std::size_t i) {
    return axes == 0 ? std::size_t{0} : static_cast<std::size_t>(axis.row(static_cast<std::int64_t>(i)));
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) squares[row(i)] += numbers[i] * numbers[i];
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] *= sizes[row(i)] / std::sqrt(squares[row(i)]);
  return as_weight(v.shape(), numbers, v.dtype());
}

// Takes the tensor out.
Tensor take(nn::StateDict& tensors, const std::string& name, const std::string& beside) {
  const auto found = tensors.find(name);
  check(found != tensors.end(), "tensor {} is missing beside {}{}", printable(name), printable(beside), advice);
  return std::move(tensors.extract(found).mapped());
}

void put(nn::StateDict& tensors, const std::string& name, const Tensor& tensor, const std::string& part) {
  check(tensors.emplace(name, tensor).second, "tensors {} and {} are both there, one of them is expected{}",
        printable(name), printable(part), advice);
}

// What is before `ending`, the end of `name` and a whole name of its own.
bool take_ending(const std::string& name, const std::string& ending, std::string& stem) {
  if (!name.ends_with("." + ending)) return false;
  stem = name.substr(0, name.size() - ending.size());
  return true;
}

}  // namespace

nn::StateDict join_weight_parts(nn::StateDict tensors) {
  const nn::StateDict given = tensors;
  std::string stem;
  for (const auto& [name, tensor] : given) {
    for (const auto& [g, v] : {std::pair{"weight_g", "weight_v"},
                               std::pair{"parametrizations.weight.original0", "parametrizations.weight.original1"}}) {
      if (!take_ending(name, g, stem)) continue;
      const Tensor magnitude = take(tensors, name, name), direction = take(tensors, stem + v, name);
      put(tensors, stem + "weight", weight_normalized(stem + "weight", magnitude, direction), name);
    }
    if (!take_ending(name, "weight_orig", stem)) continue;
    const std::string parametrization = stem + "parametrizations.weight.";
    put(tensors, parametrization + "original", take(tensors, name, name), name);
    for (const char* vector : {"_u", "_v"})
      put(tensors, parametrization + "0." + vector, take(tensors, stem + "weight" + vector, name), name);
  }
  return tensors;
}

Tensor spectrally_normalized(const std::string& name, const Tensor& weight, const Tensor& u, const Tensor& v, int dim) {
  check(weight.rank() >= 2 && u.rank() == 1 && v.rank() == 1 && is_floating(weight.dtype()) && is_floating(u.dtype()) &&
            is_floating(v.dtype()),
        "tensor {} is {} {}, with the singular vectors {} and {}{}", printable(name), name_of(weight.dtype()),
        weight.shape(), u.shape(), v.shape(), advice);
  const auto fits = [&](int d) { return u.dim(0) == weight.dim(d) && u.dim(0) * v.dim(0) == weight.numel(); };
  if (!fits(dim)) dim = 1 - dim;
  check(fits(dim), "tensor {} is {}, its singular vectors have {} and {} numbers{}", printable(name), weight.shape(),
        u.dim(0), v.dim(0), advice);
  std::vector<double> numbers = numbers_of(weight);
  const std::vector<double> left = numbers_of(u), right = numbers_of(v);
  const Axis axis(weight.shape(), dim);
  double sigma = 0;
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    sigma += left[static_cast<std::size_t>(axis.row(i))] * numbers[static_cast<std::size_t>(i)] *
             right[static_cast<std::size_t>(axis.column(i))];
  for (double& number : numbers) number /= sigma;
  return as_weight(weight.shape(), numbers, weight.dtype());
}

}  // namespace wisp::apps
