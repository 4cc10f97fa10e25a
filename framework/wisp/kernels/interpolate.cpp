#include <wisp/kernels/interpolate.h>

#include <algorithm>
#include <type_traits>

#include <wisp/core/dtype.h>
#include <wisp/core/parallel.h>

namespace wisp::kernels {
namespace {

// The outputs that look at an input, neighbours from `first` on, and their weights.
struct Outputs {
  std::int64_t first = 0;
  std::vector<double> weights;
};

std::vector<Outputs> outputs_of_inputs(const InterpolationAxis& axis) {
  std::vector<Outputs> result(static_cast<std::size_t>(axis.input));
  for (std::size_t i = 0; i < axis.outputs.size(); ++i) {
    const Tap& tap = axis.outputs[i];
    const auto look_at = [&](std::int64_t input, double weight) {
      Outputs& outputs = result[static_cast<std::size_t>(input)];
      if (outputs.weights.empty()) outputs.first = static_cast<std::int64_t>(i);
      outputs.weights.push_back(weight);
    };
    look_at(tap.first, 1 - tap.second);
    if (tap.second != 0) look_at(tap.first + 1, tap.second);
  }
  return result;
}

template <class T>
void add(double weight, const T* from, std::int64_t count, double* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += weight * convert<double>(from[i]);
}

std::int64_t lines_per_chunk(std::int64_t width) {
  constexpr std::int64_t grain = 16384;  // numbers a thread takes at a time
  return std::max<std::int64_t>(grain / std::max<std::int64_t>(width, 1), 1);
}

std::int64_t size_of(const InterpolationAxis& axis) { return static_cast<std::int64_t>(axis.outputs.size()); }

template <class TapOf>
InterpolationAxis axis_of(std::int64_t input, std::int64_t scale, TapOf tap_of) {
  InterpolationAxis axis{input, {}};
  axis.outputs.reserve(static_cast<std::size_t>(input * scale));
  for (std::int64_t i = 0; i < input * scale; ++i) axis.outputs.push_back(tap_of(i));
  return axis;
}

}  // namespace

InterpolationAxis nearest_axis(std::int64_t input, std::int64_t scale) {
  return axis_of(input, scale, [=](std::int64_t i) { return Tap{i / scale, 0}; });
}

InterpolationAxis linear_axis(std::int64_t input, std::int64_t scale) {
  return axis_of(input, scale, [=](std::int64_t i) {
    const std::int64_t position = std::max<std::int64_t>(2 * i + 1 - scale, 0);  // in parts of 1 / (2 scale)
    const std::int64_t first = std::min(position / (2 * scale), input - 1), rest = position - first * 2 * scale;
    return Tap{first, first == input - 1 ? 0 : static_cast<double>(rest) / static_cast<double>(2 * scale)};
  });
}

template <class T>
void interpolate(const Interpolation& interpolation, const T* x, T* y) {
  const std::int64_t batch = interpolation.batch, channels = interpolation.channels;
  const InterpolationAxis &rows = interpolation.rows, &columns = interpolation.columns;
  using C = std::conditional_t<std::is_same_v<T, float> || std::is_same_v<T, bfloat16>, float, double>;
  const std::int64_t height = size_of(rows), line = columns.input * channels, width = size_of(columns) * channels;
  const auto blend = [](const Tap& tap, const auto* first, const auto* second, std::int64_t count, auto* to) {
    const C after = static_cast<C>(tap.second), before = 1 - after;
    for (std::int64_t i = 0; i < count; ++i)
      to[i] = convert<std::decay_t<decltype(*to)>>(before * convert<C>(first[i]) + after * convert<C>(second[i]));
  };
  const auto along = [&](const auto* from, T* out) {
    for (const Tap& tap : columns.outputs) {
      const auto* const left = from + tap.first * channels;
      if (tap.second != 0)
        blend(tap, left, left + channels, channels, out);
      else
        for (std::int64_t c = 0; c < channels; ++c) out[c] = convert<T>(left[c]);
      out += channels;
    }
  };
  parallel_for(batch * height, lines_per_chunk(width), [&](std::int64_t begin, std::int64_t end) {
    std::vector<C> between(static_cast<std::size_t>(line));
    for (std::int64_t r = begin; r < end; ++r) {
      const Tap& tap = rows.outputs[static_cast<std::size_t>(r % height)];
      const T* const top = x + (r / height * rows.input + tap.first) * line;
      T* const out = y + r * width;
      const auto is_as_before = [&] {
        const Tap& before = rows.outputs[static_cast<std::size_t>(r % height - 1)];
        return before.first == tap.first && before.second == tap.second;
      };
      if (r > begin && r % height > 0 && is_as_before()) {
        std::copy_n(out - width, width, out);
      } else if (tap.second != 0) {
        blend(tap, top, top + line, line, between.data());
        along(between.data(), out);
      } else {
        along(top, out);
      }
    }
  });
}

template <class T>
void interpolate_adjoint(const Interpolation& interpolation, const T* y, T* x) {
  const std::int64_t batch = interpolation.batch, channels = interpolation.channels;
  const InterpolationAxis &rows = interpolation.rows, &columns = interpolation.columns;
  const std::vector<Outputs> by_row = outputs_of_inputs(rows), by_column = outputs_of_inputs(columns);
  const std::int64_t height = size_of(rows), width = size_of(columns) * channels;
  const std::int64_t rows_per_chunk = lines_per_chunk(width * divide_up(height, std::max<std::int64_t>(rows.input, 1)));
  parallel_for(batch * rows.input, rows_per_chunk, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> line(static_cast<std::size_t>(width)), pixel(static_cast<std::size_t>(channels));
    T* out = x + begin * columns.input * channels;
    for (std::int64_t r = begin; r < end; ++r) {
      std::fill(line.begin(), line.end(), 0.0);
      const Outputs& across = by_row[static_cast<std::size_t>(r % rows.input)];
      const T* from = y + (r / rows.input * height + across.first) * width;
      for (std::size_t i = 0; i < across.weights.size(); ++i, from += width)
        add(across.weights[i], from, width, line.data());
      for (const Outputs& along : by_column) {
        const double* at = line.data() + along.first * channels;
        if (channels == 1) {  // faster without the loops over channels
          double sum = 0;
          for (const double weight : along.weights) sum += weight * *at++;
          *out++ = convert<T>(sum);
          continue;
        }
        std::fill(pixel.begin(), pixel.end(), 0.0);
        for (const double weight : along.weights) {
          add(weight, at, channels, pixel.data());
          at += channels;
        }
        for (const double sum : pixel) *out++ = convert<T>(sum);
      }
    }
  });
}

template void interpolate(const Interpolation&, const float*, float*);
template void interpolate(const Interpolation&, const double*, double*);
template void interpolate(const Interpolation&, const bfloat16*, bfloat16*);
template void interpolate(const Interpolation&, const std::uint8_t*, std::uint8_t*);
template void interpolate(const Interpolation&, const std::int64_t*, std::int64_t*);
template void interpolate_adjoint(const Interpolation&, const float*, float*);
template void interpolate_adjoint(const Interpolation&, const double*, double*);
template void interpolate_adjoint(const Interpolation&, const bfloat16*, bfloat16*);

}  // namespace wisp::kernels
