#include <wisp/ops/vector_norm.h>

#include <wisp/kernels/vector_norm.h>

namespace wisp {

double vector_norm(const Tensor& x) {
  return visit_floating_dtype("vector_norm", x.dtype(),
                              [&]<class T>(T) { return kernels::vector_norm(x.numel(), x.data<T>()); });
}

}  // namespace wisp
