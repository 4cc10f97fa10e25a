#include <wisp/kernels/batch_norm.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/profile.h>

namespace wisp::kernels {
namespace {

constexpr std::int64_t chunk_rows = 128;

std::int64_t row_grain(std::int64_t channels) {
  return std::max<std::int64_t>(16384 / std::max<std::int64_t>(channels, 1), 1);
}

// value - rest factor; but the value alone where the rest is 0, as 0 times an infinite factor would be NaN.
template <class P>
double less_rest(const BatchNormChannels<P>& p, std::int64_t c, double value, double factor) {
  return p.mean_rest == nullptr || p.mean_rest[c] == 0.0 ? value : value - p.mean_rest[c] * factor;
}

// Per channel v = (x - mean) scale + shift, where the rest of the mean is part of the shift.
template <class P>
struct Affine {
  Affine(std::int64_t channels, const BatchNormChannels<P>& p)
      : factors(2 * channels), mean(p.mean), scale(factors.data()), shift(scale + channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const double exact = static_cast<double>(p.inverse_deviation[c]) * static_cast<double>(p.weight[c]);
      factors.data()[c] = static_cast<P>(exact);
      factors.data()[channels + c] = static_cast<P>(less_rest(p, c, static_cast<double>(p.bias[c]), exact));
    }
  }
  Scratch<P> factors;
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
    return v <= 0 ? P{0} : g;
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

// Sums of deviations from the pivots, and of their squares.
template <class T>
void deviation_rows(std::int64_t rows, std::int64_t channels, const T* __restrict x, const double* __restrict pivots,
                    double* __restrict sums, double* __restrict squares) {
  for (; rows >= 2; rows -= 2, x += 2 * channels)  // two at once: sums are fetched and stored less often
    for (std::int64_t c = 0; c < channels; ++c) {
      const double d = convert<double>(x[c]) - pivots[c], e = convert<double>(x[channels + c]) - pivots[c];
      sums[c] += d + e;
      squares[c] += d * d + e * e;
    }
  for (std::int64_t c = 0; rows == 1 && c < channels; ++c) {
    const double d = convert<double>(x[c]) - pivots[c];
    sums[c] += d;
    squares[c] += d * d;
  }
}

// The sums take deviations from the mean in double: rounded to P, those of numbers between two powers of two would all
// err to the same side.
template <class T, class P, class Activation>
void sum_rows(std::int64_t rows, std::int64_t channels, const T* __restrict g, const T* __restrict x,
              const P* __restrict mean, const P* __restrict scale, const P* __restrict shift, Activation activation,
              double* __restrict sums, double* __restrict products) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels)
    for (std::int64_t c = 0; c < channels; ++c) {
      const P centered = widen(x[c]) - mean[c];
      const double q = activation.gradient(centered * scale[c] + shift[c], widen(g[c]));
      sums[c] += q;
      products[c] += q * (convert<double>(x[c]) - static_cast<double>(mean[c]));
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

// Chunks of fixed size, each with its first row as pivots: what is added up is then small where the spread is, and a
// variance from sums and squares loses at most the digits of the number of rows. Merged in order about a pivot for all.
// Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The American Statistician 37 (1983),
// sections 2 and 3.
template <class T>
void batch_norm_statistics(std::int64_t rows, std::int64_t channels, const T* x, double* mean, double* variance) {
  const KernelTimer timer("batch_norm");
  if (rows == 0) {
    for (double* const result : {mean, variance})
      std::fill_n(result, channels, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  const std::int64_t chunks = divide_up(rows, chunk_rows);
  Scratch<double> partial(chunks * 3 * channels);  // of a chunk pivots, sums and squares
  double* const partials = partial.data();
  parallel_for(rows, chunk_rows, [=](std::int64_t begin, std::int64_t end) {
    double* const pivots = partials + begin / chunk_rows * 3 * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double first = convert<double>(x[begin * channels + c]);
      pivots[c] = std::isfinite(first) ? first : 0.0;
    }
    std::fill_n(pivots + channels, 2 * channels, 0.0);
    deviation_rows(end - begin, channels, x + begin * channels, pivots, pivots + channels, pivots + 2 * channels);
  });
  const auto count = static_cast<double>(rows);
  const auto visit_chunks = [=](auto visit) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      const double *pivots = partials + chunk * 3 * channels, *sums = pivots + channels, *squares = sums + channels;
      const auto size = static_cast<double>(std::min(chunk_rows, rows - chunk * chunk_rows));
      for (std::int64_t c = 0; c < channels; ++c) visit(c, size, pivots[c] - partials[c], sums[c], squares[c]);
    }
  };
  // From here on deviations from the first chunk's pivots.
  Scratch<double> merged(2 * channels);
  double *const means = merged.data(), *const totals = means + channels;
  std::fill_n(means, 2 * channels, 0.0);
  visit_chunks(
      [=](std::int64_t c, double size, double pivot, double sum, double) { means[c] += (size * pivot + sum) / count; });
  visit_chunks([=](std::int64_t c, double size, double pivot, double sum, double squares) {
    const double difference = pivot + sum / size - means[c];
    totals[c] += squares - sum * sum / size + size * difference * difference;
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    mean[c] = partials[c] + means[c];
    variance[c] = totals[c] / count;
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
  Scratch<double> partial(chunks * 2 * channels);
  double* const partials = partial.data();
  visit_activation(p.slope, [&](auto activation) {
    parallel_for(rows, chunk_rows, [&](std::int64_t begin, std::int64_t end) {
      double* const sums = partials + begin / chunk_rows * 2 * channels;
      std::fill_n(sums, 2 * channels, 0.0);
      sum_rows(end - begin, channels, g + begin * channels, x + begin * channels, affine.mean, affine.scale,
               affine.shift, activation, sums, sums + channels);
    });
  });
  Scratch<double> total(2 * channels);
  double* const totals = total.data();
  std::fill_n(totals, 2 * channels, 0.0);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
    for (std::int64_t c = 0; c < 2 * channels; ++c) totals[c] += partials[chunk * 2 * channels + c];
  // grad_x = scale (q - offset - (x - mean) tilt)
  Scratch<P> coefficients(2 * channels);
  P* const offset = coefficients.data();
  P* const tilt = offset + channels;
  const double count = static_cast<double>(rows);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double inverse = p.inverse_deviation[c];
    const double product = less_rest(p, c, totals[channels + c], totals[c]) * inverse;
    grad_bias[c] = static_cast<P>(totals[c]);
    grad_weight[c] = static_cast<P>(product);
    offset[c] = static_cast<P>(less_rest(p, c, totals[c], product * inverse) / count);
    tilt[c] = static_cast<P>(product * inverse / count);
  }
  visit_activation(p.slope, [&](auto activation) {
    parallel_for(rows, row_grain(channels), [&](std::int64_t begin, std::int64_t end) {
      gradient_rows(end - begin, channels, g + begin * channels, x + begin * channels, affine.mean, affine.scale,
                    affine.shift, offset, tilt, activation, grad_x + begin * channels);
    });
  });
}

#define WISP_INSTANTIATE(T)                                                                                        \
  template void batch_norm_statistics(std::int64_t, std::int64_t, const T*, double*, double*);                     \
  template void batch_norm_normalize(std::int64_t, std::int64_t, const T*, const BatchNormChannels<compute_t<T>>&, \
                                     T*);                                                                          \
  template void batch_norm_backward(std::int64_t, std::int64_t, const T*, const T*,                                \
                                    const BatchNormChannels<compute_t<T>>&, T*, compute_t<T>*, compute_t<T>*);
WISP_INSTANTIATE(float)
WISP_INSTANTIATE(double)
WISP_INSTANTIATE(bfloat16)
#undef WISP_INSTANTIATE

}  // namespace wisp::kernels
