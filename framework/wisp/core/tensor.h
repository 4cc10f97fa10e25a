// Tensor: a reference-counted handle on a dense block of numbers, and on its place in the autograd graph.
//
// Copies share the numbers, as in PyTorch. Layout is a function of rank (see strides() in shape.h): rank 4 is N, C, H,
// W logically and channels-last in memory, every other rank is row-major; there are no strided views. `from` and
// `values` speak logical row-major order; `data` and `mutable_data` speak memory order.
// Not thread-safe for writing: use one thread per graph (kernels are parallel inside).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wisp/core/dtype.h>
#include <wisp/core/shape.h>

namespace wisp {

class Rng;
struct BackwardOptions;

namespace autograd {
class Node;
}

/// The numbers of one or more tensors. `id` is never used twice; `version` counts the writes.
struct Storage {
  explicit Storage(std::size_t byte_count);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void* data;
  std::size_t bytes;
  std::uint64_t id;
  std::uint64_t version = 0;
};

/// See the top of the file.
class Tensor {
 public:
  /// An undefined tensor: stands for "no bias", "no gradient".
  Tensor() = default;

  /// Uninitialised numbers.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32);
  static Tensor zeros(const Shape& shape, DType dtype = DType::f32) { return full(shape, 0.0, dtype); }
  static Tensor ones(const Shape& shape, DType dtype = DType::f32) { return full(shape, 1.0, dtype); }
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  /// Standard normal, or uniform in [0, 1). The numbers are laid out in logical order. dtype is f32 or f64.
  static Tensor randn(const Shape& shape, Rng& rng, DType dtype = DType::f32);
  static Tensor rand(const Shape& shape, Rng& rng, DType dtype = DType::f32);
  /// The given values in logical row-major order, e.g. Tensor::from({2, 2}, {0.f, 1.f, 2.f, 3.f}). The dtype is that of
  /// T; i64 for integers of other sizes, Tensor::from({2}, {1, 2}), and u8 for bool. Throws Error when the number of
  /// values is not shape.numel(), or one is beyond i64.
  template <Number T>
  static Tensor from(const Shape& shape, std::span<const T> values) {
    if constexpr (Element<T>)
      return from_elements(shape, values);
    else
      return from_converted(shape, values);
  }
  template <Number T>
  static Tensor from(const Shape& shape, const std::vector<T>& values) {
    if constexpr (Element<T>)
      return from_elements(shape, std::span<const T>(values));
    else
      return from_converted(shape, values);
  }
  template <Number T>
  static Tensor from(const Shape& shape, std::initializer_list<T> values) {
    return from(shape, std::span<const T>(values.begin(), values.size()));
  }

  bool defined() const { return impl_ != nullptr; }
  const Shape& shape() const;
  int rank() const { return shape().rank(); }
  /// Extent of dimension i, counted from the end when negative.
  std::int64_t dim(int i) const { return shape().dim(i); }
  std::int64_t numel() const { return shape().numel(); }
  DType dtype() const;

  /// All numbers in logical row-major order. Throws Error when T is not the dtype.
  template <Element T>
  std::vector<T> values() const;
  /// The only number of a tensor with one element. Throws Error when T is not the dtype.
  template <Element T>
  T item() const;

  /// The numbers in memory order, to read. Throws Error when T is not the dtype.
  template <Element T>
  const T* data() const;
  /// The numbers in memory order, to write: the one door for in-place changes, it counts a new version. Throws Error
  /// when T is not the dtype, and where ops are recorded also when the graph would not know of the change: when this is
  /// the result of an op, or shares its numbers with one through reshape(). A leaf may be written at any time; under
  /// NoGrad, and through detach(), everything may, as in PyTorch.
  template <Element T>
  T* mutable_data();
  /// The storage, shared by every tensor that has the same numbers.
  const std::shared_ptr<Storage>& storage() const;
  /// Makes this tensor, and every handle on it, hold the numbers of `source` from now on, also when its dtype differs.
  /// Throws Error when the shapes differ, this is the result of an op, or it requires grad and the dtype has none.
  void set_data(const Tensor& source);
  /// A handle on the same storage with another shape of as many elements, outside the graph. The memory order stays.
  Tensor alias(const Shape& shape) const;

  // Differentiable, defined in ops/ (shape.h, cast.h).
  /// The same elements in logical order with another shape; one extent may be -1. Shares the numbers where it can.
  Tensor reshape(std::span<const std::int64_t> extents) const;
  Tensor reshape(std::initializer_list<std::int64_t> extents) const {
    return reshape(std::span(extents.begin(), extents.size()));
  }
  Tensor reshape(const Shape& shape) const { return reshape(std::span(shape.begin(), shape.end())); }
  /// Dimension i of the result is dimension dims[i].
  Tensor permute(const std::vector<int>& dims) const;
  /// The `length` slices of dimension `dim` from `start` on.
  Tensor narrow(int dim, std::int64_t start, std::int64_t length) const;
  /// Reverses the given dimensions.
  Tensor flip(const std::vector<int>& dims) const;
  /// The same values in another dtype.
  Tensor to(DType dtype) const;

  // Autograd, defined in autograd/.
  /// Overwrites the numbers in place with those of `source`. Where ops are recorded, and this is the result of an op or
  /// `source` requires grad, it is an op: this becomes a copy of `source`, to which all of its gradient goes. Throws
  /// Error when shape or dtype differ. As an op it also throws Error when this is a leaf that requires grad, shares its
  /// numbers with another tensor through reshape(), or is the result of an op whose gradient is made of it, such as
  /// exp.
  void copy_(const Tensor& source);
  bool requires_grad() const;
  /// Makes a leaf record what is done with it, or stop doing so. Throws Error for non-floating dtypes and for results
  /// of ops (use detach).
  Tensor& set_requires_grad(bool requires_grad);
  bool is_leaf() const;
  /// The gradient that backward() has accumulated in this leaf; undefined before.
  Tensor grad() const;
  /// Sets what grad() gives; an undefined tensor clears it, also where a leaf no longer requires grad.
  void set_grad(const Tensor& grad);
  /// The same numbers, outside the graph.
  Tensor detach() const;
  /// A copy with numbers of its own. It is an op, as copy_ is: the gradient goes to this.
  Tensor clone() const;
  /// Adds d this / d leaf to grad() of every leaf of the graph; this must have one element unless
  /// options.gradient is given.
  void backward() const;
  void backward(const BackwardOptions& options) const;

  /// Place in the graph: the node that made this tensor and which of its outputs it is. Null when it never had one.
  const std::shared_ptr<autograd::Node>& node() const;
  int output_index() const;
  /// The same numbers at another place in the graph.
  Tensor at_node(std::shared_ptr<autograd::Node> node, int output_index) const;

  /// Whether there are other handles on this tensor or other tensors with the same numbers.
  bool is_shared() const;
  /// Whether two handles are the same tensor.
  bool is(const Tensor& other) const { return impl_ == other.impl_; }

 private:
  struct Impl;
  Impl& get() const;  // throws Error when undefined
  template <Element T>
  static Tensor from_elements(const Shape& shape, std::span<const T> values);
  static Tensor from_converted(const Shape& shape, const auto& values);
  // A handle as alias() gives, which counts as the same tensor in another shape: writes through one are writes to both.
  Tensor view(const Shape& shape) const;
  // Whether views of it live, and whether one of these, or this, has been in the graph.
  bool has_views() const;
  bool has_recorded_views() const;
  void check_writable(const char* op) const;
  // Its place in the graph; a leaf's gradient is kept in `grad`.
  void set_place(std::shared_ptr<autograd::Node> node, int output_index, std::shared_ptr<Tensor> grad = nullptr);
  void set_recording(bool recording);

  std::shared_ptr<Impl> impl_;
};

Tensor Tensor::from_converted(const Shape& shape, const auto& values) {
  std::vector<element_t<typename std::remove_cvref_t<decltype(values)>::value_type>> elements;
  elements.reserve(values.size());
  for (const auto value : values) {
    if constexpr (!std::same_as<std::remove_const_t<decltype(value)>, bool>)
      check(std::in_range<std::int64_t>(value), "Tensor::from: {} is beyond the numbers of i64", value);
    elements.push_back(static_cast<typename decltype(elements)::value_type>(value));
  }
  return from(shape, elements);
}

using Tensors = std::vector<Tensor>;

/// Tensors by name, as state_dict() of modules and optimizers gives them.
using StateDict = std::map<std::string, Tensor>;

/// Elementwise with broadcasting (ops/arithmetic.h).
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a);

}  // namespace wisp
