// Elementwise loops: flat ones for equal layouts, and the N-d loop for broadcasting. bfloat16 is widened before f and
// rounded after.
#pragma once

#include <cstdint>

#include <wisp/core/dtype.h>
#include <wisp/core/nd_loop.h>
#include <wisp/core/parallel.h>

namespace wisp::kernels {

/// Elements a thread takes at a time.
inline constexpr std::int64_t elementwise_grain = 16384;

/// y[i] = f(x[i]) for i < count, rounded to R, on this thread. x and y do not overlap: told so, the compiler
/// vectorises.
template <class T, class R, class F>
void map_serial(std::int64_t count, const T* __restrict x, R* __restrict y, F f) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = R(f(widen(x[i])));
}

/// y[i] = f(a[i], b[i]) likewise.
template <class T, class F>
void map_serial(std::int64_t count, const T* a, const T* b, T* __restrict y, F f) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = T(f(widen(a[i]), widen(b[i])));
}

/// y[i] = f(x[i]) for i < count, rounded to R, on all threads.
template <class T, class R, class F>
void map(std::int64_t count, const T* x, R* y, F f) {
  parallel_for(count, elementwise_grain,
               [=](std::int64_t begin, std::int64_t end) { map_serial(end - begin, x + begin, y + begin, f); });
}

/// y[i] = f(a[i], b[i]) for i < count, on all threads.
template <class T, class F>
void map(std::int64_t count, const T* a, const T* b, T* y, F f) {
  parallel_for(count, elementwise_grain, [=](std::int64_t begin, std::int64_t end) {
    map_serial(end - begin, a + begin, b + begin, y + begin, f);
  });
}

/// y[index] = f(a[index], b[index]) over `shape`, each operand with its own strides (0 where it is repeated).
template <class T, class F>
void broadcast_map(const Shape& shape, const T* a, const Strides& a_strides, const T* b, const Strides& b_strides, T* y,
                   const Strides& y_strides, F f) {
  nd_loop<3>(shape, {y_strides, a_strides, b_strides}, [=](const auto& offset, std::int64_t length, const auto& step) {
    T* out = y + offset[0];
    const T* left = a + offset[1];
    const T* right = b + offset[2];
    if (step[0] == 1 && step[1] == 1 && step[2] == 1)
      for (std::int64_t i = 0; i < length; ++i) out[i] = T(f(widen(left[i]), widen(right[i])));
    else if (step[0] == 1 && step[1] == 1 && step[2] == 0)
      for (std::int64_t i = 0; i < length; ++i) out[i] = T(f(widen(left[i]), widen(right[0])));
    else
      for (std::int64_t i = 0; i < length; ++i)
        out[i * step[0]] = T(f(widen(left[i * step[1]]), widen(right[i * step[2]])));
  });
}

}  // namespace wisp::kernels
