#include <wisp/kernels/winograd/conv2d.h>

#include <algorithm>

#include <wisp/core/allocator.h>
#include <wisp/kernels/native/scratch.h>
#include <wisp/kernels/winograd/tile_transforms.h>
#include <wisp/kernels/winograd/weights.h>

namespace wisp::kernels::winograd {
namespace {

using native::scratch;
using native::Slot;

// Rows of a class that one task multiplies by the weights it has transformed.
constexpr std::int64_t most_rows = 128;

// y = A^T [sum over phases and channels of (G w G^T) * (B^T x B)] A
template <class T>
class Convolution {
  using L = Lanes<T>;
  using C = typename L::Compute;

 public:
  Convolution(const Conv2dGeometry& geometry, const T* w) : plan_(geometry), w_(w) {}

  void run(const T* x, T* y) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t panels = plan_.phases() * channel_panels();
    const std::int64_t chunk = images_at_once<T>(plan_, panels);
    Scratch<T> data(TileMatrices<T>{plan_, chunk, panels}.numel());
    for (std::int64_t n = 0; n < g.batch; n += chunk) {
      const TileMatrices<T> input{plan_, std::min(chunk, g.batch - n), panels, data.data()};
      transform_input<Order::rows>(plan_, x + n * (g.input_numel() / g.batch), input);
      multiply(input, y + n * (g.output_numel() / g.batch));
    }
  }

 private:
  std::int64_t channel_panels() const { return divide_up(plan_.g.channels, L::width); }

  void multiply(const TileMatrices<T>& input, T* y) const {
    std::int64_t rows = 1;
    for (const TileClass& c : plan_) rows = std::max(rows, input.rows(c));
    const std::int64_t parts = divide_up(rows, most_rows), filter_panels = divide_up(plan_.g.filters, L::width);
    parallel_for(parts * filter_panels, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t part = task / filter_panels, filter = task % filter_panels * L::width;
      const C* const taps = gather_weights(filter);
      for (const TileClass& c : plan_) {
        const TileRange range = input.part(c, part, parts);
        visit_sizes(c, [&]<int height, int width>() {
          multiply_class<height, width>(c, input.of(c), range.first, std::min(range.last, input.tiles(c)), filter, taps,
                                        y);
        });
      }
    });
  }

  // The weights of a panel of filters, filters innermost: [phase][channel][tap 0,0 0,1 1,0 1,1][filter].
  const C* gather_weights(std::int64_t filter) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t channels = channel_panels() * L::width, kernel = g.height.kernel * g.width.kernel;
    const std::int64_t filters = std::min<std::int64_t>(L::width, g.filters - filter);
    C* const to = scratch<C>(Slot::left, plan_.phases() * channels * 4 * L::width);
    for (std::int64_t phase = 0; phase < plan_.phases(); ++phase) {
      const auto places = plan_.taps(phase);
      for (std::size_t t = 0; t < 4; ++t) {
        C* const block = to + (phase * channels * 4 + static_cast<std::int64_t>(t)) * L::width;
        for (std::int64_t c = 0; c < channels; c += L::count)
          for (std::int64_t f = 0; f < L::width; f += L::count) {
            Vector<T> square[L::count];
            for (std::int64_t i = 0; i < L::count; ++i)
              square[i] =
                  places[t] >= 0 && f + i < filters && c < g.channels
                      ? load_first(w_ + ((filter + f + i) * kernel + places[t]) * g.channels + c, g.channels - c)
                      : Vector<T>{};
            native::transpose_square<L::count>(square);
            for (std::int64_t i = 0; i < L::count; ++i) store<C>(block + (c + i) * 4 * L::width + f, square[i]);
          }
      }
    }
    return to;
  }

  template <int height, int width>
  void multiply_class(const TileClass& tiles, const ClassMatrices<T>& input, std::int64_t first, std::int64_t last,
                      std::int64_t filter, const C* taps, T* y) const {
    if (first >= last) return;
    const Conv2dGeometry& g = plan_.g;
    constexpr int positions = (height + 1) * (width + 1);
    const std::int64_t stride = product_stride<T>(last - first);
    C* const products = scratch<C>(Slot::result, positions * stride);
    const auto taps_of = [&](std::int64_t step, int v, Vector<T>* at) {
      for (int t = 0; t < 4; ++t) at[t] = load(taps + (step * 4 + t) * L::width + v * L::count);
    };
    // The first phase has taps at all positions.
    const std::int64_t runs = plan_.has_all_taps() ? 1 : plan_.phases(), panels = input.panels / runs;
    for (std::int64_t phase = 0; phase < runs; ++phase) {
      const auto has_taps = [&](int position) { return runs == 1 || plan_.has_taps(tiles, position, phase); };
      multiply_weights<height, width>(input, first, last, phase * panels, panels, taps_of, has_taps, products,
                                      phase > 0);
    }
    for (std::int64_t r = first; r < last; ++r) {
      const TilePlace place(tiles, r);
      T* const to =
          y + ((place.image * g.height.output + place.top) * g.width.output + place.left) * g.filters + filter;
      for (int v = 0; v < L::width && filter + v < g.filters; v += L::count) {
        Vector<T> product[positions], output[height * width];
        for (int p = 0; p < positions; ++p) product[p] = load(products + p * stride + (r - first) * L::width + v);
        transform<Matrices<C, height>::a_transposed, Matrices<C, width>::a_transposed>(product, output);
        for (int a = 0; a < height; ++a)
          for (int b = 0; b < width; ++b)
            store_first(to + (a * g.width.output + b) * g.filters + v, output[a * width + b], g.filters - filter - v);
      }
    }
  }

  Plan plan_;
  const T* w_;
};

}  // namespace

void conv2d(const Conv2dProblem& problem, const void* x, const void* w, void* y) {
  visit_floating_dtype("conv2d", problem.dtype, [&]<class T>(T) {
    Convolution<T>(problem.geometry, static_cast<const T*>(w)).run(static_cast<const T*>(x), static_cast<T*>(y));
  });
}

}  // namespace wisp::kernels::winograd
