#include <wisp/kernels/registry.h>

#include <array>

#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/gemm_implementations.h>
#include <wisp/kernels/native/implementations.h>
#include <wisp/kernels/winograd/conv2d.h>
#ifdef WISP_ONEDNN
#include <wisp/kernels/onednn/implementations.h>
#include <wisp/kernels/onednn/primitive.h>
#endif

namespace wisp::kernels {

std::span<const Conv2dImplementation> conv2d_implementations() {
  static const std::array list{
      winograd::conv2d_implementation,
#ifdef WISP_ONEDNN
      onednn::conv2d_direct,
      onednn::conv2d_im2col,
#endif
      native::conv2d_implementation,
  };
  return list;
}

std::span<const GemmImplementation> gemm_implementations() {
  static const std::array list{
#ifdef WISP_ONEDNN
      onednn::gemm_implementation,
#endif
      native::gemm_implementation,
  };
  return list;
}

bool has_fast_bf16() {
#if defined(WISP_ONEDNN) && defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

std::uint64_t primitives_created() {
#ifdef WISP_ONEDNN
  return onednn::primitives_created();
#else
  return 0;
#endif
}

}  // namespace wisp::kernels
