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

// x = B [sum over filters of (G w G^T) * (A y A^T)] B^T, overlapping tiles added up.
template <class T>
class Adjoint {
  using L = Lanes<T>;
  using C = typename L::Compute;

 public:
  Adjoint(const Conv2dGeometry& geometry, const T* w) : plan_(geometry), w_(w) {}

  void run(const T* y, T* x) const {
    const Conv2dGeometry& g = plan_.g;
    if (leaves_out(g.height) || leaves_out(g.width)) std::fill_n(x, g.input_numel(), T{});
    const std::int64_t panels = divide_up(g.filters, L::width), chunk = images_at_once<T>(plan_, panels);
    Scratch<T> data(TileMatrices<T>{plan_, chunk, panels}.numel());
    for (std::int64_t n = 0; n < g.batch; n += chunk) {
      const TileMatrices<T> gradient{plan_, std::min(chunk, g.batch - n), panels, data.data()};
      transform_output_gradient<Order::rows>(plan_, y + n * (g.output_numel() / g.batch), gradient);
      multiply(gradient, x + n * (g.input_numel() / g.batch));
    }
  }

 private:
  // Bytes of the products of one task: they stay in the second-level cache.
  static constexpr std::int64_t most_bytes = std::int64_t{768} << 10;

  // One phase of a panel of channels.
  struct Columns {
    std::int64_t phase;
    std::int64_t channel, channels;
  };

  // Whether pixels at the far end are read by no output.
  static bool leaves_out(const Conv2dAxis& a) { return (a.output + 1) * a.stride - a.padding < a.input; }

  void multiply(const TileMatrices<T>& gradient, T* x) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t image_bytes = plan_.products_per_image() * L::width * std::int64_t{sizeof(C)};
    const std::int64_t block = std::max<std::int64_t>(1, most_bytes / image_bytes);
    const std::int64_t panels = divide_up(g.channels, L::width), all_panels = plan_.phases() * panels;
    parallel_for(divide_up(gradient.images, block) * all_panels, 1, [&](std::int64_t task, std::int64_t) {
      const std::int64_t first = task / all_panels * block, last = std::min(gradient.images, first + block);
      const std::int64_t phase = task % all_panels / panels, channel = task % panels * L::width;
      const Columns columns{phase, channel, std::min<std::int64_t>(L::width, g.channels - channel)};
      C* const products = scratch<C>(Slot::result, numel(last - first));
      C* to = products;
      for (const TileClass& c : plan_)
        visit_sizes(c, [&]<int height, int width>() {
          multiply_class<height, width>(c, gradient.of(c), columns, first * c.tiles_per_image(),
                                        last * c.tiles_per_image(), to);
          to += c.positions() * stride_of(c, last - first);
        });
      for (std::int64_t n = first; n < last; ++n)
        for (std::int64_t v = 0; v < columns.channels; v += L::count)
          add_tiles(products + v, last - first, n - first, columns, v, x + n * (g.input_numel() / g.batch));
    });
  }

  static std::int64_t stride_of(const TileClass& c, std::int64_t images) {
    return product_stride<T>(images * c.tiles_per_image());
  }

  // Elements of the products of all classes.
  std::int64_t numel(std::int64_t images) const {
    std::int64_t count = 0;
    for (const TileClass& c : plan_) count += c.positions() * stride_of(c, images);
    return count;
  }

  template <int height, int width>
  void multiply_class(const TileClass& tiles, const ClassMatrices<T>& gradient, const Columns& columns,
                      std::int64_t first, std::int64_t last, C* to) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t kernel = g.height.kernel * g.width.kernel;
    const auto places = plan_.taps(columns.phase);
    const auto taps_of = [&](std::int64_t filter, int v, Vector<T>* at) {
      const std::int64_t offset = v * L::count, rest = columns.channels - offset;
      for (std::size_t t = 0; t < 4; ++t)
        at[t] = filter < g.filters && places[t] >= 0 && rest > 0
                    ? load_first(w_ + (filter * kernel + places[t]) * g.channels + columns.channel + offset, rest)
                    : Vector<T>{};
    };
    const std::int64_t stride = product_stride<T>(last - first);
    const auto has_taps = [&](int position) { return plan_.has_taps(tiles, position, columns.phase); };
    for (int position = 0; position < (height + 1) * (width + 1); ++position)
      if (!has_taps(position)) std::fill_n(to + position * stride, stride, C{});
    multiply_weights<height, width>(gradient, first, last, 0, gradient.panels, taps_of, has_taps, to, false);
  }

  // Adds up what the tiles of image `image` of `images` give one vector of channels, and stores the phase's pixels.
  void add_tiles(const C* products, std::int64_t images, std::int64_t image, const Columns& columns, std::int64_t v,
                 T* x) const {
    const Conv2dGeometry& g = plan_.g;
    const std::int64_t across = g.width.output + 1, pixels = (g.height.output + 1) * across;
    auto* const sums = scratch<Vector<T>>(Slot::left, pixels);
    std::fill_n(sums, pixels, Vector<T>{});
    for (const TileClass& c : plan_) {
      const std::int64_t stride = stride_of(c, images);
      visit_sizes(c, [&]<int height, int width>() {
        for (std::int64_t t = 0; t < c.tiles_per_image(); ++t) {
          const std::int64_t row = image * c.tiles_per_image() + t;
          constexpr int positions = (height + 1) * (width + 1);
          Vector<T> product[positions], data[positions];
          for (int p = 0; p < positions; ++p) product[p] = load(products + p * stride + row * L::width);
          transform<Matrices<C, height>::b, Matrices<C, width>::b>(product, data);
          const TilePlace place(c, row);
          for (int a = 0; a <= height; ++a)
            for (int b = 0; b <= width; ++b)
              sums[(place.top + a) * across + place.left + b] += data[a * (width + 1) + b];
        }
      });
      products += c.positions() * stride;
    }
    const Plan::Phase phase = plan_.phase(columns.phase);
    for (std::int64_t i = 0; i <= g.height.output; ++i) {
      const std::int64_t top = i * g.height.stride + phase.height - g.height.padding;
      if (top < 0 || top >= g.height.input) continue;
      for (std::int64_t j = 0; j <= g.width.output; ++j) {
        const std::int64_t left = j * g.width.stride + phase.width - g.width.padding;
        if (left < 0 || left >= g.width.input) continue;
        store_first(x + (top * g.width.input + left) * g.channels + columns.channel + v, sums[i * across + j],
                    columns.channels - v);
      }
    }
  }

  Plan plan_;
  const T* w_;
};

}  // namespace

void conv2d_grad_input(const Conv2dProblem& problem, const void* y, const void* w, void* x) {
  visit_floating_dtype("conv2d_grad_input", problem.dtype, [&]<class T>(T) {
    Adjoint<T>(problem.geometry, static_cast<const T*>(w)).run(static_cast<const T*>(y), static_cast<T*>(x));
  });
}

}  // namespace wisp::kernels::winograd
