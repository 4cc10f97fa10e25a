#include <wisp/kernels/onednn/implementations.h>

#include <algorithm>

#include <omp.h>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/onednn/gemm.h>
#include <wisp/kernels/onednn/im2col.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {
namespace {

using native::Im2col;
using native::Region;

// Bytes of the columns of a block: they stay in the second-level cache between being written and being read.
constexpr std::int64_t block_bytes = std::int64_t{1} << 20;

// Operands of T, columns of T on the way there and of float on the way back. One group, so that all matrices are dense.
template <class T>
class Convolution {
 public:
  explicit Convolution(const Conv2dGeometry& geometry) : g_(geometry), matrix_(geometry, 0) {}

  // y (pixels x filters) = im2col(x) (pixels x taps) w^T (taps x filters)
  void conv2d(const T* x, const T* w, T* y) const {
    for_each_block(x, [&](std::int64_t row, std::int64_t rows, const T* columns) {
      matmul({rows, g_.filters, taps(), taps(), false, taps(), true, g_.filters, dtype_of<T>, dtype_of<T>}, columns, w,
             y + row * g_.filters);
    });
  }

  // w (filters x taps) = y^T (filters x pixels) im2col(x) (pixels x taps)
  void grad_weight(const T* x, const T* y, float* w) const {
    if (matrix_.rows() == 0) std::fill_n(w, g_.filters * taps(), 0.0f);
    for_each_block(x, [&](std::int64_t row, std::int64_t rows, const T* columns) {
      matmul({g_.filters, taps(), rows, g_.filters, true, taps(), false, taps(), dtype_of<T>, DType::f32},
             y + row * g_.filters, columns, w, row > 0);
    });
  }

  // x = col2im(y (pixels x filters) w (filters x taps))
  void grad_input(const T* y, const T* w, T* x) const {
    if (matrix_.is_image()) {
      return matmul(
          {matrix_.rows(), taps(), g_.filters, g_.filters, false, taps(), false, taps(), dtype_of<T>, dtype_of<T>}, y,
          w, x);
    }
    const std::int64_t pixels = g_.height.output * g_.width.output;
    const std::int64_t image_bytes = pixels * taps() * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t images = std::clamp<std::int64_t>(block_bytes / std::max<std::int64_t>(1, image_bytes), 1,
                                                         std::max<std::int64_t>(1, g_.batch));
    const std::int64_t bands = native::parts_of(g_.height, divide_up(image_bytes, 2 * block_bytes));
    for (std::int64_t n = 0; n < g_.batch; n += images)
      for (std::int64_t band = 0; band < bands; ++band)
        add_region({n, std::min(g_.batch, n + images), g_.height.input * band / bands,
                    g_.height.input * (band + 1) / bands, 0, g_.width.input},
                   y, w, x);
  }

 private:
  std::int64_t taps() const { return matrix_.columns(); }

  // Calls body(first row, rows, columns) for blocks of im2col(x).
  template <class Body>
  void for_each_block(const T* x, Body body) const {
    const std::int64_t all = matrix_.rows();
    if (all == 0) return;
    if (matrix_.is_image()) return body(0, all, x);
    const std::int64_t blocks =
        std::clamp<std::int64_t>(divide_up(all * taps() * static_cast<std::int64_t>(sizeof(T)), block_bytes), 1, all);
    const std::int64_t most = divide_up(all, blocks);
    Scratch<T> columns(most * taps());
    for (std::int64_t row = 0; row < all; row += most) {
      const std::int64_t rows = std::min(most, all - row);
      im2col(g_, x, row, rows, columns.data());
      body(row, rows, columns.data());
    }
  }

  void add_region(const Region& region, const T* y, const T* w, T* x) const {
    const Region outputs = outputs_of(region, g_);
    // The outputs of several images lie in one piece only when all of them are taken.
    const bool whole = region.last - region.first > 1;
    const Region taken = whole ? Region{region.first, region.last, 0, g_.height.output, 0, g_.width.output}
                               : Region{region.first, region.last, outputs.top, outputs.bottom, 0, g_.width.output};
    Scratch<float> columns(taken.count() * taps());
    const std::int64_t first = (taken.first * g_.height.output + taken.top) * g_.width.output;
    matmul({taken.count(), taps(), g_.filters, g_.filters, false, taps(), false, taps(), dtype_of<T>, DType::f32},
           y + first * g_.filters, w, columns.data());
    col2im(g_, region, taken, columns.data(), x);
  }

  const Conv2dGeometry& g_;
  Im2col matrix_;
};

template <class T>
void run(const Conv2dProblem& problem, const void* first, const void* second, void* result) {
  const T *a = static_cast<const T*>(first), *b = static_cast<const T*>(second);
  const Convolution<T> convolution(problem.geometry);
  switch (problem.map) {
    case Conv2dMap::conv2d: return convolution.conv2d(a, b, static_cast<T*>(result));
    case Conv2dMap::grad_input: return convolution.grad_input(a, b, static_cast<T*>(result));
    case Conv2dMap::grad_weight: return convolution.grad_weight(a, b, static_cast<float*>(result));
  }
}

// Measured as for direct convolution: in f32 native, which never writes the columns, is as fast or faster, unless there
// are none to write.
bool is_worth(const Conv2dProblem& problem) {
  return problem.dtype == DType::bf16 || Im2col(problem.geometry, 0).is_image();
}

bool is_supported(const Conv2dProblem& problem) {
  return supports(problem.dtype) && problem.geometry.groups == 1 && !omp_in_parallel();
}

}  // namespace

const Conv2dImplementation conv2d_im2col = {
    "onednn-im2col",
    Backend::onednn,
    ConvAlgorithm::im2col,
    is_supported,
    is_worth,
    [](const Conv2dProblem& problem, const void* first, const void* second, void* result) {
      problem.dtype == DType::bf16 ? run<bfloat16>(problem, first, second, result)
                                   : run<float>(problem, first, second, result);
    }};

}  // namespace wisp::kernels::onednn
