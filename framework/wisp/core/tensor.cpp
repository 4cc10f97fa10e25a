#include <wisp/core/tensor.h>

#include <algorithm>
#include <atomic>

#include <wisp/core/allocator.h>
#include <wisp/core/nd_loop.h>
#include <wisp/core/read_guard.h>
#include <wisp/core/rng.h>

namespace wisp {

Storage::Storage(std::size_t byte_count) : data(allocate(byte_count)), bytes(byte_count) {
  static std::atomic<std::uint64_t> next_id{1};
  id = next_id++;
}

Storage::~Storage() { deallocate(data, bytes); }

namespace {

// What a tensor and its views have in common. Each holds it, so its use count says whether there are others.
struct Views {
  std::atomic<bool> recorded = false;  // whether one of them has been in the graph
};

}  // namespace

struct Tensor::Impl {
  Shape shape;
  DType dtype;
  std::shared_ptr<Storage> storage;
  std::shared_ptr<Views> views = std::make_shared<Views>();
  std::shared_ptr<autograd::Node> node = nullptr;
  int output_index = 0;
  bool requires_grad = false;
  std::shared_ptr<Tensor> grad = nullptr;  // of a leaf; its node knows where this is
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
  check(static_cast<std::size_t>(shape.numel()) <= most_bytes / size_of(dtype),
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

template <Element T>
Tensor Tensor::from_elements(const Shape& shape, std::span<const T> values) {
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

template <Element T>
const T* Tensor::data() const {
  check(dtype() == dtype_of<T>, "tensor: {} elements asked for, the tensor is {}; convert with to(DType::{})",
        name_of(dtype_of<T>), name_of(dtype()), name_of(dtype_of<T>));
  return static_cast<const T*>(storage()->data);
}

template <Element T>
T* Tensor::mutable_data() {
  T* data = const_cast<T*>(std::as_const(*this).data<T>());
  check_writable("mutable_data");
  ++storage()->version;
  return data;
}

namespace {
thread_local const detail::ReadGuard::Before* read_guard = nullptr;

void before_reading(const char* method, const Tensor& tensor) {
  if (read_guard != nullptr && *read_guard) (*read_guard)(method, tensor);
}
}  // namespace

detail::ReadGuard::ReadGuard(Before before) : before_(std::move(before)), innermost_(read_guard, &before_) {}

template <Element T>
std::vector<T> Tensor::values() const {
  before_reading("values", *this);
  std::vector<T> result(static_cast<std::size_t>(numel()));
  strided_copy(shape(), result.data(), row_major_strides(shape()), data<T>(), strides(shape()));
  return result;
}

template <Element T>
T Tensor::item() const {
  check(defined(), "item: the tensor is undefined");
  check(numel() == 1, "item: the tensor has {} elements ({}), exactly 1 is needed", numel(), shape());
  before_reading("item", *this);
  return data<T>()[0];
}

void Tensor::set_data(const Tensor& source) {
  check(defined() && source.defined(), "set_data: the {} is undefined", defined() ? "source" : "tensor");
  check(shape() == source.shape(), "set_data: shape {} cannot hold shape {}", shape(), source.shape());
  check(is_leaf(), "set_data: the tensor ({}) is the result of an op, whose gradients would be wrong; use detach()",
        shape());
  check(!requires_grad() || is_floating(source.dtype()), "set_data: a tensor that requires grad cannot hold {}",
        name_of(source.dtype()));
  if (storage() == source.storage()) return;
  Impl& impl = get();
  std::shared_ptr<Views> views = std::make_shared<Views>();
  views->recorded = impl.requires_grad;
  if (impl.requires_grad) ++impl.storage->version;  // graphs that hold these numbers are no longer this tensor's
  impl.dtype = source.dtype();
  impl.storage = source.storage();
  impl.views = std::move(views);
}

Tensor Tensor::alias(const Shape& shape) const {
  check(defined(), "alias: the tensor is undefined");
  check(shape.numel() == numel(), "alias: shape {} has {} elements, the tensor has {}", shape, shape.numel(), numel());
  Tensor result;
  result.impl_ = std::make_shared<Impl>(Impl{shape, dtype(), storage()});
  return result;
}

Tensor Tensor::view(const Shape& shape) const {
  Tensor result;
  result.impl_ = std::make_shared<Impl>(Impl{shape, dtype(), storage(), get().views});
  return result;
}

bool Tensor::has_views() const { return get().views.use_count() > 1; }

bool Tensor::has_recorded_views() const { return get().views->recorded && has_views(); }

bool Tensor::requires_grad() const { return get().requires_grad; }

bool Tensor::is_shared() const { return impl_.use_count() > 1 || storage().use_count() > 1; }

void Tensor::set_place(std::shared_ptr<autograd::Node> node, int output_index, std::shared_ptr<Tensor> grad) {
  Impl& impl = get();
  impl.node = std::move(node);
  impl.output_index = output_index;
  impl.grad = std::move(grad);
}

void Tensor::set_recording(bool recording) {
  get().requires_grad = recording;
  if (recording) get().views->recorded = true;
}

Tensor Tensor::at_node(std::shared_ptr<autograd::Node> node, int output_index) const {
  Tensor result = view(shape());
  result.set_recording(node != nullptr);
  result.set_place(std::move(node), output_index);
  return result;
}

#define WISP_INSTANTIATE(T)                                                   \
  template Tensor Tensor::from_elements<T>(const Shape&, std::span<const T>); \
  template std::vector<T> Tensor::values<T>() const;                          \
  template T Tensor::item<T>() const;                                         \
  template const T* Tensor::data<T>() const;                                  \
  template T* Tensor::mutable_data<T>();
WISP_INSTANTIATE(float)
WISP_INSTANTIATE(double)
WISP_INSTANTIATE(bfloat16)
WISP_INSTANTIATE(std::uint8_t)
WISP_INSTANTIATE(std::int64_t)
#undef WISP_INSTANTIATE

}  // namespace wisp
