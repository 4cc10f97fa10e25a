#include <wisp/kernels/onednn/im2col.h>

#include <array>
#include <vector>

#include <wisp/core/allocator.h>
#include <wisp/core/parallel.h>
#include <wisp/kernels/elementwise.h>

namespace wisp::kernels::onednn {
namespace {

using native::Im2col;
using native::Region;

// What T is copied as: there are no vectors of bfloat16, but of 16-bit integers.
template <class T>
using Bits = std::conditional_t<std::is_same_v<T, bfloat16>, std::uint16_t, T>;

// Along one axis, the pairs (kernel tap, output) that meet input position `at`, among outputs [first, last).
struct Meeting {
  std::int64_t tap;
  std::int64_t output;
};

void meetings(const Conv2dAxis& axis, std::int64_t at, std::int64_t first, std::int64_t last,
              std::vector<Meeting>& out) {
  out.clear();
  for (std::int64_t tap = 0; tap < axis.kernel; ++tap) {
    const std::int64_t reach = at + axis.padding - tap * axis.dilation;
    if (reach < first * axis.stride || reach % axis.stride != 0 || reach / axis.stride >= last) continue;
    out.push_back({tap, reach / axis.stride});
  }
}

constexpr int width = 64;  // channels added up side by side in registers

template <int count, class T>
void add_up(const std::vector<const float*>& sources, std::int64_t offset, T* to) {
  float sum[count] = {};
  for (const float* source : sources)
    for (int c = 0; c < count; ++c) sum[c] += source[offset + c];
  for (int c = 0; c < count; ++c) to[c] = T(sum[c]);
}

template <class T>
void add_up(const std::vector<const float*>& sources, std::int64_t channels, T* to) {
  std::int64_t c = 0;
  for (; c + width <= channels; c += width) add_up<width>(sources, c, to + c);
  for (; c + 16 <= channels; c += 16) add_up<16>(sources, c, to + c);
  for (; c < channels; ++c) add_up<1>(sources, c, to + c);
}

}  // namespace

template <class T>
void im2col(const Conv2dGeometry& geometry, const T* x, std::int64_t begin, std::int64_t count, T* columns) {
  constexpr std::int64_t grain = 64;
  const Im2col matrix(geometry, 0);
  const std::int64_t taps = matrix.columns();
  const auto* from = reinterpret_cast<const Bits<T>*>(x);
  auto* to = reinterpret_cast<Bits<T>*>(columns);
  parallel_for(count, grain, [&](std::int64_t first, std::int64_t last) {
    std::array<native::Patch, grain> patches;
    matrix.patches(begin + first, last - first, patches.data());
    Im2col::Runs storage;
    for (std::int64_t column = 0; column < taps; column += Im2col::most_columns) {
      const auto runs = matrix.runs(column, std::min(Im2col::most_columns, taps - column), storage);
      for (std::int64_t row = first; row < last; ++row)
        native::gather(from, matrix, patches[static_cast<std::size_t>(row - first)], runs, to + row * taps + column);
    }
  });
}

// With few channels a patch's kernel rows are the longest runs there are: they are added to the images one by one.
template <class T>
void col2im_by_patches(const Conv2dGeometry& g, const Region& region, const Region& outputs, const float* columns,
                       T* x) {
  const Im2col matrix(g, 0);
  const std::int64_t taps = matrix.columns(), image = g.height.input * g.width.input * g.channels;
  const std::int64_t patches = (outputs.bottom - outputs.top) * (outputs.right - outputs.left);
  Im2col::Runs storage;
  const auto runs = matrix.runs(0, taps, storage);
  const std::int64_t images = region.last - region.first;
  Scratch<float> buffer(std::is_same_v<T, float> ? 0 : images * image);
  parallel_for(images, 1, [&](std::int64_t n, std::int64_t) {
    T* const to = x + (region.first + n) * image;
    float* sums = buffer.data() + n * image;
    if constexpr (std::is_same_v<T, float>) sums = to;
    std::fill_n(sums, image, 0.0f);
    outputs.visit(0, patches, [&](std::int64_t index, std::int64_t, std::int64_t i, std::int64_t j) {
      native::scatter_add(columns + (n * patches + index) * taps, matrix, matrix.patch(0, i, j), runs, matrix.image(),
                          sums);
    });
    if constexpr (!std::is_same_v<T, float>) map_serial(image, sums, to, [](float v) { return v; });
  });
}

template <class T>
void col2im(const Conv2dGeometry& g, const Region& region, const Region& outputs, const float* columns, T* x) {
  const bool whole_images = region.bottom - region.top == g.height.input && region.right - region.left == g.width.input;
  if (g.channels < 16 && whole_images && region.last - region.first > 1 &&
      g.height.kernel * g.width.kernel * g.channels <= Im2col::most_columns)
    return col2im_by_patches(g, region, outputs, columns, x);
  const std::int64_t channels = g.channels, taps = g.height.kernel * g.width.kernel * channels;
  const std::int64_t rows = region.bottom - region.top, wide = outputs.right - outputs.left;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, g.width.input * channels));
  parallel_for((region.last - region.first) * rows, grain, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<Meeting> vertical, horizontal;  // keep their memory
    static thread_local std::vector<const float*> sources;
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t image = row / rows, i = region.top + row % rows;
      meetings(g.height, i, outputs.top, outputs.bottom, vertical);
      T* to = x + (((region.first + image) * g.height.input + i) * g.width.input + region.left) * channels;
      for (std::int64_t j = region.left; j < region.right; ++j, to += channels) {
        meetings(g.width, j, outputs.left, outputs.right, horizontal);
        sources.clear();
        for (const Meeting& v : vertical)
          for (const Meeting& h : horizontal) {
            const std::int64_t patch =
                (image * (outputs.bottom - outputs.top) + v.output - outputs.top) * wide + h.output - outputs.left;
            sources.push_back(columns + patch * taps + (v.tap * g.width.kernel + h.tap) * channels);
          }
        add_up(sources, channels, to);
      }
    }
  });
}

template void im2col(const Conv2dGeometry&, const float*, std::int64_t, std::int64_t, float*);
template void im2col(const Conv2dGeometry&, const bfloat16*, std::int64_t, std::int64_t, bfloat16*);
template void col2im(const Conv2dGeometry&, const Region&, const Region&, const float*, float*);
template void col2im(const Conv2dGeometry&, const Region&, const Region&, const float*, bfloat16*);

}  // namespace wisp::kernels::onednn
