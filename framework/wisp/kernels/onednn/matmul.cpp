#include <wisp/kernels/onednn/matmul.h>

#include <cstring>
#include <tuple>

#include <wisp/kernels/onednn/cache.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {
namespace {

using dnnl::memory;

memory::desc layout(std::int64_t rows, std::int64_t columns, std::int64_t stride, bool transposed, DType dtype) {
  return {{rows, columns}, data_type(dtype), transposed ? memory::dims{1, stride} : memory::dims{stride, 1}};
}

Primitive make(const GemmProblem& p, bool accumulate) {
  const memory::desc a = layout(p.m, p.k, p.a_stride, p.a_transposed, p.operand),
                     b = layout(p.k, p.n, p.b_stride, p.b_transposed, p.operand),
                     c = layout(p.m, p.n, p.c_stride, false, p.result);
  dnnl::primitive_attr with = attributes();
  if (accumulate) {
    dnnl::post_ops sum;
    sum.append_sum();
    with.set_post_ops(sum);
  }
  const auto descriptor = matmul_descriptor(engine(), a, b, c, with);
  Primitive primitive(dnnl::matmul(descriptor), descriptor);
  primitive.bind(DNNL_ARG_SRC, a);
  primitive.bind(DNNL_ARG_WEIGHTS, b);
  primitive.bind(DNNL_ARG_DST, c);
  return primitive;
}

}  // namespace

void matmul(const GemmProblem& p, const void* a, const void* b, void* c, bool accumulate) {
  if (p.m == 0 || p.n == 0) return;
  if (p.k == 0) {
    const std::size_t size = size_of(p.result);
    if (!accumulate)
      for (std::int64_t i = 0; i < p.m; ++i)
        std::memset(static_cast<std::byte*>(c) + i * p.c_stride * size, 0, p.n * size);
    return;
  }
  static thread_local Cache<std::tuple<GemmProblem, bool, int>, Primitive> cache(256);
  Primitive& primitive =
      cache.get({p, accumulate, use_num_threads()}, [&] { return with_memory([&] { return make(p, accumulate); }); });
  primitive.set(DNNL_ARG_SRC, a);
  primitive.set(DNNL_ARG_WEIGHTS, b);
  primitive.set(DNNL_ARG_DST, c);
  primitive.run();
}

}  // namespace wisp::kernels::onednn
