#include <wisp/kernels/batch_norm.h>

#include <algorithm>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {
namespace {

constexpr std::int64_t chunk_rows = 128;

std::int64_t row_grain(std::int64_t channels) {
  return std::max<std::int64_t>(16384 / std::max<std::int64_t>(channels, 1), 1);
}

// Per channel v = (x - mean) scale + shift.
template <class P>
struct Affine {
  Affine(std::int64_t channels, const BatchNormChannels<P>& p)
      : scales(channels), mean(p.mean), scale(scales.data()), shift(p.bias) {
    for (std::int64_t c = 0; c < channels; ++c) scales.data()[c] = p.inverse_deviation[c] * p.weight[c];
  }
  Scratch<P> scales;
  const P *mean, *scale, *shift;
};

// What follows the normalisation, and a cotangent's way back through it. Types of their own, because a choice inside
// the loop would keep it from being vectorised.
struct Identity {
  template <class P>
  P value(P v) const {
    return v;
  }
  template <class P>
  P gradient(P, P g) const {
    return g;
  }
};

struct Relu {
  template <class P>
  P value(P v) const {
    return v <= 0 ? P{0} : v;  // NaN stays NaN
  }
  template <class P>
  P gradient(P v, P g) const {
    return v > 0 ? g : P{0};
  }
};

template <class P>
struct LeakyRelu {
  P slope;
  P value(P v) const { return v > 0 ? v : slope * v; }
  P gradient(P v, P g) const { return v > 0 ? g : slope * g; }
};

template <class P, class Visit>
void visit_activation(P slope, Visit visit) {
  if (slope == P{1}) return visit(Identity{});
  if (slope == P{0}) return visit(Relu{});
  visit(LeakyRelu<P>{slope});
}

// The loops, as functions of their own: only where the compiler sees every pointer as a restricted parameter does it
// vectorise them.
template <class T, class P, class Activation>
void normalize_rows(std::int64_t rows, std::int64_t channels, const T* __restrict x, const P* __restrict mean,
                    const P* __restrict scale, const P* __restrict shift, Activation activation, T* __restrict y) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels)
    for (std::int64_t c = 0; c < channels; ++c)
      y[c] = T(activation.value((widen(x[c]) - mean[c]) * scale[c] + shift[c]));
}

template <class T, class P, class Activation>
void sum_rows(std::int64_t rows, std::int64_t channels, const T* __restrict g, const T* __restrict x,
              const P* __restrict mean, const P* __restrict scale, const P* __restrict shift, Activation activation,
              P* __restrict sums, P* __restrict products) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels)
    for (std::int64_t c = 0; c < channels; ++c) {
      const P centered = widen(x[c]) - mean[c];
      const P q = activation.gradient(centered * scale[c] + shift[c], widen(g[c]));
      sums[c] += q;
      products[c] += q * centered;
    }
}

template <class T, class P, class Activation>
void gradient_rows(std::int64_t rows, std::int64_t channels, const T* __restrict g, const T* __restrict x,
                   const P* __restrict mean, const P* __restrict scale, const P* __restrict shift,
                   const P* __restrict offset, const P* __restrict tilt, Activation activation, T* __restrict grad_x) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels, grad_x += channels)
    for (std::int64_t c = 0; c < channels; ++c) {
      const P centered = widen(x[c]) - mean[c];
      const P q = activation.gradient(centered * scale[c] + shift[c], widen(g[c]));
      grad_x[c] = T(scale[c] * (q - offset[c] - centered * tilt[c]));
    }
}

}  // namespace

// Chunks of fixed size: each its own mean and squared deviations, while its rows are in the cache; then merged in order
// in double. Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The American Statistician 37
// (1983), equation 2.1.
template <class T>
void batch_norm_statistics(std::int64_t rows, std::int64_t channels, const T* x, compute_t<T>* mean,
                           compute_t<T>* variance) {
  using P = compute_t<T>;
  const KernelTimer timer("batch_norm");
  const std::int64_t chunks = divide_up(rows, chunk_rows);
  Scratch<P> partial(chunks * 2 * channels);
  P* const partials = partial.data();
  parallel_for(rows, chunk_rows, [=](std::int64_t begin, std::int64_t end) {
    P* __restrict means = partials + begin / chunk_rows * 2 * channels;
    P* __restrict squares = means + channels;
    std::fill_n(means, 2 * channels, P{0});
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t c = 0; c < channels; ++c) means[c] += widen(x[r * channels + c]);
    const P count = static_cast<P>(end - begin);
    for (std::int64_t c = 0; c < channels; ++c) means[c] /= count;
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t c = 0; c < channels; ++c) {
        const P deviation = widen(x[r * channels + c]) - means[c];
        squares[c] += deviation * deviation;
      }
  });
  Scratch<double> merged(2 * channels);
  double* const means = merged.data();
  double* const squares = means + channels;
  std::fill_n(means, 2 * channels, 0.0);
  double before = 0;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const P* of_chunk = partials + chunk * 2 * channels;
    const double count = static_cast<double>(std::min(chunk_rows, rows - chunk * chunk_rows)), all = before + count;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double difference = static_cast<double>(of_chunk[c]) - means[c];
      means[c] += difference * count / all;
      squares[c] += static_cast<double>(of_chunk[channels + c]) + difference * difference * before * count / all;
    }
    before = all;
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<P>(means[c]);
    variance[c] = static_cast<P>(squares[c] / static_cast<double>(rows));
  }
}

template <class T>
void batch_norm_normalize(std::int64_t rows, std::int64_t channels, const T* x,
                          const BatchNormChannels<compute_t<T>>& p, T* y) {
  using P = compute_t<T>;
  const KernelTimer timer("batch_norm");
  const Affine<P> affine(channels, p);
  visit_activation(p.slope, [&](auto activation) {
    parallel_for(rows, row_grain(channels), [&](std::int64_t begin, std::int64_t end) {
      normalize_rows(end - begin, channels, x + begin * channels, affine.mean, affine.scale, affine.shift, activation,
                     y + begin * channels);
    });
  });
}

template <class T>
void batch_norm_backward(std::int64_t rows, std::int64_t channels, const T* g, const T* x,
                         const BatchNormChannels<compute_t<T>>& p, T* grad_x, compute_t<T>* grad_weight,
                         compute_t<T>* grad_bias) {
  using P = compute_t<T>;
  const KernelTimer timer("batch_norm_backward");
  const Affine<P> affine(channels, p);
  const std::int64_t chunks = divide_up(rows, chunk_rows);
  Scratch<P> partial(chunks * 2 * channels);
  P* const partials = partial.data();
  visit_activation(p.slope, [&](auto activation) {
    parallel_for(rows, chunk_rows, [&](std::int64_t begin, std::int64_t end) {
      P* sums = partials + begin / chunk_rows * 2 * channels;
      std::fill_n(sums, 2 * channels, P{0});
      sum_rows(end - begin, channels, g + begin * channels, x + begin * channels, affine.mean, affine.scale,
               affine.shift, activation, sums, sums + channels);
    });
  });
  Scratch<double> total(2 * channels);
  double* const totals = total.data();
  std::fill_n(totals, 2 * channels, 0.0);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
    for (std::int64_t c = 0; c < 2 * channels; ++c)
      totals[c] += static_cast<double>(partials[chunk * 2 * channels + c]);
  // grad_x = scale (q - offset - (x - mean) tilt)
  Scratch<P> coefficients(2 * channels);
  P* const offset = coefficients.data();
  P* const tilt = offset + channels;
  const double count = static_cast<double>(rows);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double inverse = p.inverse_deviation[c];
    grad_bias[c] = static_cast<P>(totals[c]);
    grad_weight[c] = static_cast<P>(totals[channels + c] * inverse);
    offset[c] = static_cast<P>(totals[c] / count);
    tilt[c] = static_cast<P>(totals[channels + c] * inverse * inverse / count);
  }
  visit_activation(p.slope, [&](auto activation) {
    parallel_for(rows, row_grain(channels), [&](std::int64_t begin, std::int64_t end) {
      gradient_rows(end - begin, channels, g + begin * channels, x + begin * channels, affine.mean, affine.scale,
                    affine.shift, offset, tilt, activation, grad_x + begin * channels);
    });
  });
}

#define WISP_INSTANTIATE(T)                                                                                        \
  template void batch_norm_statistics(std::int64_t, std::int64_t, const T*, compute_t<T>*, compute_t<T>*);         \
  template void batch_norm_normalize(std::int64_t, std::int64_t, const T*, const BatchNormChannels<compute_t<T>>&, \
                                     T*);                                                                          \
  template void batch_norm_backward(std::int64_t, std::int64_t, const T*, const T*,                                \
                                    const BatchNormChannels<compute_t<T>>&, T*, compute_t<T>*, compute_t<T>*);
WISP_INSTANTIATE(float)
WISP_INSTANTIATE(double)
WISP_INSTANTIATE(bfloat16)
#undef WISP_INSTANTIATE

}  // namespace wisp::kernels
