#include <wisp/core/tensor.h>

#include <algorithm>
#include <atomic>

#include <wisp/core/allocator.h>
#include <wisp/core/nd_loop.h>
#include <wisp/core/rng.h>

namespace wisp {

Storage::Storage(std::size_t byte_count) : data(allocate(byte_count)), bytes(byte_count) {
  static std::atomic<std::uint64_t> next_id{1};
  id = next_id++;
}

Storage::~Storage() { deallocate(data, bytes); }

struct Tensor::Impl {
  Shape shape;
  DType dtype;
  std::shared_ptr<Storage> storage;
  std::shared_ptr<autograd::Node> node = nullptr;
  int output_index = 0;
  bool requires_grad = false;
};

Tensor::Impl& Tensor::get() const {
  check(defined(), "tensor: an undefined tensor was used where numbers are needed");
  return *impl_;
}

namespace {

template <class Draw>
Tensor random(const Shape& shape, DType dtype, Draw draw) {
  return visit_compute_dtype("random", dtype, [&](auto zero) {
    Tensor row = Tensor::empty({shape.numel()}, dtype);
    const std::span values(row.mutable_data<decltype(zero)>(), static_cast<std::size_t>(shape.numel()));
    draw(values);
    return Tensor::from<decltype(zero)>(shape, values);
  });
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  Tensor result;
  check(static_cast<std::size_t>(shape.numel()) <= (std::size_t{1} << 62) / size_of(dtype),
        "tensor: {} {} needs more memory than can be addressed", name_of(dtype), shape);
  const auto bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  result.impl_ = std::make_shared<Impl>(Impl{shape, dtype, std::make_shared<Storage>(bytes)});
  return result;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  Tensor result = empty(shape, dtype);
  visit_dtype(dtype, [&]<class T>(T) {
    T* data = result.mutable_data<T>();
    std::fill(data, data + result.numel(), convert<T>(value));
  });
  return result;
}

Tensor Tensor::randn(const Shape& shape, Rng& rng, DType dtype) {
  return random(shape, dtype, [&](auto values) { rng.normal(values); });
}

Tensor Tensor::rand(const Shape& shape, Rng& rng, DType dtype) {
  return random(shape, dtype, [&](auto values) { rng.uniform(values); });
}

template <class T>
Tensor Tensor::from(const Shape& shape, std::span<const T> values) {
  check(static_cast<std::int64_t>(values.size()) == shape.numel(), "Tensor::from: {} values given, shape {} has {}",
        values.size(), shape, shape.numel());
  Tensor result = empty(shape, dtype_of<T>);
  strided_copy(shape, result.mutable_data<T>(), strides(shape), values.data(), row_major_strides(shape));
  return result;
}

const Shape& Tensor::shape() const { return get().shape; }
DType Tensor::dtype() const { return get().dtype; }
const std::shared_ptr<Storage>& Tensor::storage() const { return get().storage; }
const std::shared_ptr<autograd::Node>& Tensor::node() const { return get().node; }
int Tensor::output_index() const { return get().output_index; }

template <class T>
const T* Tensor::data() const {
  check(dtype() == dtype_of<T>, "tensor: {} elements asked for, the tensor is {}; convert with to(DType::{})",
        name_of(dtype_of<T>), name_of(dtype()), name_of(dtype_of<T>));
  return static_cast<const T*>(storage()->data);
}

template <class T>
T* Tensor::mutable_data() {
  T* data = const_cast<T*>(std::as_const(*this).data<T>());
  ++storage()->version;
  return data;
}

template <class T>
std::vector<T> Tensor::values() const {
  std::vector<T> result(static_cast<std::size_t>(numel()));
  strided_copy(shape(), result.data(), row_major_strides(shape()), data<T>(), strides(shape()));
  return result;
}

template <class T>
T Tensor::item() const {
  check(numel() == 1, "item: the tensor has {} elements ({}), exactly 1 is needed", numel(), shape());
  return data<T>()[0];
}

void Tensor::copy_(const Tensor& source) {
  check(shape() == source.shape() && dtype() == source.dtype(),
        "copy_: a {} {} tensor cannot take the numbers of {} {}", name_of(dtype()), shape(), name_of(source.dtype()),
        source.shape());
  visit_dtype(dtype(), [&]<class T>(T) {
    const T* from = source.data<T>();
    T* to = mutable_data<T>();
    if (to != from) std::copy(from, from + numel(), to);
  });
}

void Tensor::set_data(const Tensor& source) {
  check(shape() == source.shape(), "set_data: shape {} cannot hold shape {}", shape(), source.shape());
  get().dtype = source.dtype();
  get().storage = source.storage();
}

Tensor Tensor::alias(const Shape& shape) const {
  check(shape.numel() == numel(), "alias: shape {} has {} elements, the tensor has {}", shape, shape.numel(), numel());
  Tensor result;
  result.impl_ = std::make_shared<Impl>(Impl{shape, dtype(), storage()});
  return result;
}

bool Tensor::requires_grad() const { return get().requires_grad; }

bool Tensor::is_shared() const { return impl_.use_count() > 1 || storage().use_count() > 1; }

void Tensor::set_node(std::shared_ptr<autograd::Node> node) { get().node = std::move(node); }

void Tensor::set_recording(bool recording) { get().requires_grad = recording; }

Tensor Tensor::at_node(std::shared_ptr<autograd::Node> node, int output_index) const {
  Tensor result = alias(shape());
  result.impl_->requires_grad = node != nullptr;
  result.impl_->node = std::move(node);
  result.impl_->output_index = output_index;
  return result;
}

#define WISP_INSTANTIATE(T)                                          \
  template Tensor Tensor::from<T>(const Shape&, std::span<const T>); \
  template std::vector<T> Tensor::values<T>() const;                 \
  template T Tensor::item<T>() const;                                \
  template const T* Tensor::data<T>() const;                         \
  template T* Tensor::mutable_data<T>();
WISP_INSTANTIATE(float)
WISP_INSTANTIATE(double)
WISP_INSTANTIATE(bfloat16)
WISP_INSTANTIATE(std::uint8_t)
WISP_INSTANTIATE(std::int64_t)
#undef WISP_INSTANTIATE

}  // namespace wisp
