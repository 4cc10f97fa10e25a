#include <algorithm>

#include <wisp/core/allocator.h>
#include <wisp/kernels/native/scratch.h>
#include <wisp/kernels/winograd/conv2d.h>
#include <wisp/kernels/winograd/tile_transforms.h>
#include <wisp/kernels/winograd/weights.h>

namespace wisp::kernels::winograd {
namespace {

using native::scratch;
using native::Slot;

// w = G^T [sum over tiles of (A y A^T) * (B^T x B)] G
template <class T>
class Gradient {
  using L = Lanes<T>;
  using C = typename L::Compute;

 public:
  Gradient(const Conv2dGeometry& geometry, C* w) : plan_(geometry), w_(w) {}

  void run(const T* x, const T* y) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t channel_panels = plan_.phases() * divide_up(g.channels, L::width);
    const std::int64_t filter_panels = divide_up(g.filters, L::width);
    const std::int64_t chunk = images_at_once<T>(plan_, channel_panels + filter_panels);
    Scratch<T> input_data(TileMatrices<T>{plan_, chunk, channel_panels}.numel());
    Scratch<T> gradient_data(TileMatrices<T>{plan_, chunk, filter_panels}.numel());
    for (std::int64_t n = 0; n < g.batch; n += chunk) {
      const std::int64_t images = std::min(chunk, g.batch - n);
      const TileMatrices<T> input{plan_, images, channel_panels, input_data.data()};
      const TileMatrices<T> gradient{plan_, images, filter_panels, gradient_data.data()};
      transform_input<Order::steps>(plan_, x + n * (g.input_numel() / g.batch), input);
      transform_output_gradient<Order::steps>(plan_, y + n * (g.output_numel() / g.batch), gradient);
      parallel_for(filter_panels * channel_panels, 1, [&](std::int64_t task, std::int64_t) {
        multiply(gradient, task / channel_panels, input, task % channel_panels, n > 0);
      });
    }
  }

 private:
  // The weights of one panel of filters and one phase's panel of channels.
  void multiply(const TileMatrices<T>& gradient, std::int64_t filter_panel, const TileMatrices<T>& input,
                std::int64_t channel_panel, bool accumulate) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t panels = divide_up(g.channels, L::width), phase = channel_panel / panels;
    constexpr std::int64_t block = L::width * L::width;
    C* const sums = scratch<C>(Slot::left, 4 * block);
    std::fill_n(sums, 4 * block, C{});
    for (const TileClass& c : plan_)
      visit_sizes(c, [&]<int height, int width>() {
        add_class<height, width>(c, gradient.of(c), filter_panel, input.of(c), channel_panel, sums);
      });

    const std::int64_t filter = filter_panel * L::width, channel = channel_panel % panels * L::width;
    const std::int64_t filters = std::min<std::int64_t>(L::width, g.filters - filter);
    const std::int64_t channels = std::min<std::int64_t>(L::width, g.channels - channel);
    const std::int64_t kernel = g.height.kernel * g.width.kernel;
    const C* from = sums;
    for (const std::int64_t place : plan_.taps(phase)) {
      for (std::int64_t f = 0; f < filters && place >= 0; ++f) {
        C* const to = w_ + ((filter + f) * kernel + place) * g.channels + channel;
        const C* const row = from + f * L::width;
        for (std::int64_t i = 0; i < channels; ++i) to[i] = accumulate ? to[i] + row[i] : row[i];
      }
      from += block;
    }
  }

  // sums[2 u + v] += G^T [products] G, each of L::width x L::width weights.
  template <int height, int width>
  void add_class(const TileClass& tiles, const ClassMatrices<T>& gradient, std::int64_t filter_panel,
                 const ClassMatrices<T>& input, std::int64_t channel_panel, C* sums) const {
    const std::int64_t phase = channel_panel / divide_up(plan_.g.channels, L::width);
    constexpr std::int64_t block = L::width * L::width, stride = block + L::width;
    constexpr int positions = (height + 1) * (width + 1);
    C* const products = scratch<C>(Slot::result, positions * stride);
    for (int position = 0; position < positions; ++position) {
      if (!plan_.has_taps(tiles, position, phase)) {
        std::fill_n(products + position * stride, block, C{});
        continue;
      }
      const T *left = gradient.at(position, filter_panel), *right = input.at(position, channel_panel);
      for (std::int64_t f = 0; f < L::width; f += tile_rows)
        multiply_tile<Order::steps>(1, 0, input.rows / L::group, left + f * L::group, right,
                                    products + position * stride + f * L::width, false);
    }
    for (std::int64_t i = 0; i < block; i += L::count) {
      Vector<T> product[positions], weight[4];
      for (int p = 0; p < positions; ++p) product[p] = load(products + p * stride + i);
      transform<Matrices<C, height>::g_transposed, Matrices<C, width>::g_transposed>(product, weight);
      for (int t = 0; t < 4; ++t) store(sums + t * block + i, load(sums + t * block + i) + weight[t]);
    }
  }

  Plan plan_;
  C* w_;
};

}  // namespace

void conv2d_grad_weight(const Conv2dProblem& problem, const void* x, const void* y, void* w) {
  visit_floating_dtype("conv2d_grad_weight", problem.dtype, [&]<class T>(T) {
    Gradient<T>(problem.geometry, static_cast<compute_t<T>*>(w))
        .run(static_cast<const T*>(x), static_cast<const T*>(y));
  });
}

}  // namespace wisp::kernels::winograd
