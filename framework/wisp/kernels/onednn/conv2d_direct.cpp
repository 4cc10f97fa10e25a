#include <wisp/kernels/onednn/implementations.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include <omp.h>

#include <wisp/kernels/onednn/cache.h>
#include <wisp/kernels/onednn/primitive.h>

namespace wisp::kernels::onednn {
namespace {

using dnnl::memory;

// oneDNN chooses the layout of the weights; ours are reordered into it before, or out of it after.
struct Convolution {
  Primitive convolve;
  std::optional<Primitive> reorder;
  std::size_t reordered_bytes;
};

// Padding on the far side with which oneDNN's formula gives the output size: the pixels that no output reads are the
// rest of a division. None where outputs were left out.
std::optional<std::int64_t> padding_after(const Conv2dAxis& a) {
  const std::int64_t reach = a.dilation * (a.kernel - 1) + 1;
  const std::int64_t least = a.stride * (a.output - 1) + reach - a.input - a.padding;
  const std::int64_t after = std::max<std::int64_t>(0, least);
  return after < least + a.stride ? std::optional(after) : std::nullopt;
}

memory::desc weights_layout(const Conv2dGeometry& g, DType dtype, memory::format_tag tag) {
  return {{g.filters, g.channels, g.height.kernel, g.width.kernel}, data_type(dtype), tag};
}

DType weights_dtype(const Conv2dProblem& p) { return p.map == Conv2dMap::grad_weight ? DType::f32 : p.dtype; }

// oneDNN's names of a map's operands, in the order of its signature, and of its result; and which of the three are the
// weights.
struct Arguments {
  std::array<int, 3> names;
  std::size_t weights;
};

Arguments arguments_of(Conv2dMap map) {
  switch (map) {
    case Conv2dMap::conv2d: return {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}, 1};
    case Conv2dMap::grad_input: return {{DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC}, 1};
    case Conv2dMap::grad_weight: return {{DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS}, 2};
  }
  return {};
}

std::optional<Primitive> reorder_between(const memory::desc& from, const memory::desc& to) {
  if (from == to) return {};
  const dnnl::reorder::primitive_desc descriptor(engine(), from, engine(), to, attributes());
  return Primitive(dnnl::reorder(descriptor), descriptor, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

// Whether an axis has more than two outputs, and every kernel tap and every output meets the image. Where a tap meets
// none, oneDNN 2.6 leaves the bf16 gradient of its weight unwritten; where an output meets none, oneDNN 3.6 reads
// beyond the image; of a single column of outputs and one channel its result is wrong; of two columns oneDNN 2.6 writes
// beyond the result, where the second stops short of the image's end by almost a stride.
bool is_ordinary(const Conv2dAxis& a) {
  std::vector<bool> taps(static_cast<std::size_t>(a.kernel)), outputs(static_cast<std::size_t>(a.output));
  for (std::int64_t tap = 0; tap < a.kernel; ++tap)
    for (std::int64_t o = 0; o < a.output; ++o) {
      const std::int64_t at = o * a.stride - a.padding + tap * a.dilation;
      if (at < 0 || at >= a.input) continue;
      taps[static_cast<std::size_t>(tap)] = outputs[static_cast<std::size_t>(o)] = true;
    }
  const auto all = [](const std::vector<bool>& met) { return std::find(met.begin(), met.end(), false) == met.end(); };
  return a.output > 2 && all(taps) && all(outputs);
}

// The layouts are those of the arguments. None where oneDNN has but its reference code.
template <class Operation>
std::optional<Convolution> finished(const Conv2dProblem& p, const typename Operation::primitive_desc& descriptor,
                                    const std::array<memory::desc, 3>& layouts) {
  if (std::string_view(descriptor.impl_info_str()).find("ref") != std::string_view::npos) return {};
  const Arguments arguments = arguments_of(p.map);
  const memory::desc ours = weights_layout(p.geometry, weights_dtype(p), memory::format_tag::ohwi),
                     theirs = layouts[arguments.weights];
  const bool before = p.map != Conv2dMap::grad_weight;
  const auto& names = arguments.names;
  return Convolution{Primitive(Operation(descriptor), descriptor,
                               {{names[0], layouts[0]}, {names[1], layouts[1]}, {names[2], layouts[2]}}),
                     before ? reorder_between(ours, theirs) : reorder_between(theirs, ours), theirs.get_size()};
}

std::optional<Convolution> make(const Conv2dProblem& p) {
  using Forward = dnnl::convolution_forward;
  using Data = dnnl::convolution_backward_data;
  using Weights = dnnl::convolution_backward_weights;
  if (!is_ordinary(p.geometry.height) || !is_ordinary(p.geometry.width)) return {};
  const Conv2dGeometry& g = p.geometry;
  const Conv2dAxis &height = g.height, &width = g.width;
  const memory::desc x({g.batch, g.channels, height.input, width.input}, data_type(p.dtype), memory::format_tag::nhwc);
  const memory::desc y({g.batch, g.filters, height.output, width.output}, data_type(p.dtype), memory::format_tag::nhwc);
  // make(what the descriptors of a convolution and of its gradients are made of).
  const auto with_arguments = [&](DType weights, auto make) {
    return make(dnnl::algorithm::convolution_direct, x, weights_layout(g, weights, memory::format_tag::any), y,
                memory::dims{height.stride, width.stride}, memory::dims{height.dilation - 1, width.dilation - 1},
                memory::dims{height.padding, width.padding},
                memory::dims{*padding_after(height), *padding_after(width)});
  };
  try {
    const auto forward = with_arguments(p.dtype, [](const auto&... arguments) {
      return descriptor_of<Forward>(engine(), attributes(), dnnl::prop_kind::forward_training, arguments...);
    });
    if (p.map == Conv2dMap::conv2d) return finished<Forward>(p, forward, {x, forward.weights_desc(), y});
    return with_arguments(weights_dtype(p), [&](const auto&... arguments) {
      if (p.map == Conv2dMap::grad_input) {
        const auto data = gradient_descriptor_of<Data>(engine(), attributes(), forward, arguments...);
        return finished<Data>(p, data, {y, data.weights_desc(), x});
      }
      const auto weights = gradient_descriptor_of<Weights>(engine(), attributes(), forward, arguments...);
      return finished<Weights>(p, weights, {x, y, weights.diff_weights_desc()});
    });
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw OutOfMemory("oneDNN");
    return {};  // not implemented
  }
}

std::optional<Convolution>& cached(const Conv2dProblem& p) {
  using Key = std::tuple<Conv2dMap, Conv2dGeometry, DType, int>;
  static thread_local Cache<Key, std::optional<Convolution>> cache(256);
  return cache.get(Key{p.map, p.geometry, p.dtype, use_num_threads()}, [&] { return make(p); });
}

// oneDNN 2.6 leaves bf16 weight gradients of the channels beyond the last full vector of them unwritten.
bool has_unwritten_channels(const Conv2dProblem& p) {
  return p.map == Conv2dMap::grad_weight && p.dtype == DType::bf16 && p.geometry.channels > 16 &&
         p.geometry.channels % 16 != 0;
}

bool is_supported(const Conv2dProblem& p) {
  const Conv2dGeometry& g = p.geometry;
  if (!supports(p.dtype) || omp_in_parallel() || g.groups != 1 || g.input_numel() == 0 || g.output_numel() == 0)
    return false;
  if (!padding_after(g.height) || !padding_after(g.width) || has_unwritten_channels(p)) return false;
  return cached(p).has_value();
}

// Measured on Zen 4 (AVX-512, two cores) with the layers of the 28 x 28 and 64 x 64 DCGANs, `bench layers`. Against
// im2col it saves the columns, which are many with stride 1, and the products with padding; it loses where images are a
// few pixels small.
bool is_worth(const Conv2dProblem& p) {
  const std::int64_t pixels = p.geometry.height.output * p.geometry.width.output, channels = p.geometry.channels;
  const bool bf16 = p.dtype == DType::bf16, few_channels = channels < 16,
             dense = p.geometry.height.stride == 1 && p.geometry.width.stride == 1;
  switch (p.map) {
    case Conv2dMap::conv2d: return pixels >= (dense ? 3 * 3 : 4 * 4);
    case Conv2dMap::grad_input: return !few_channels && pixels >= (bf16 && !dense ? 7 * 7 : 3 * 3);
    case Conv2dMap::grad_weight: return bf16 ? few_channels || pixels >= (dense ? 7 * 7 : 16 * 16) : pixels >= 7 * 7;
  }
  return false;
}

void run(const Conv2dProblem& p, const void* first, const void* second, void* result) {
  Convolution& c = *cached(p);
  const Arguments arguments = arguments_of(p.map);
  std::array<const void*, 3> data = {first, second, result};
  const void* const ours = data[arguments.weights];
  Scratch<std::byte> reordered(static_cast<std::int64_t>(c.reorder ? c.reordered_bytes : 0));
  const void* const theirs = c.reorder ? reordered.data() : ours;
  data[arguments.weights] = theirs;
  const bool before = p.map != Conv2dMap::grad_weight;
  const auto& names = arguments.names;
  if (c.reorder && before) c.reorder->run({{DNNL_ARG_FROM, ours}, {DNNL_ARG_TO, theirs}});
  c.convolve.run({{names[0], data[0]}, {names[1], data[1]}, {names[2], data[2]}});
  if (c.reorder && !before) c.reorder->run({{DNNL_ARG_FROM, theirs}, {DNNL_ARG_TO, ours}});
}

}  // namespace

const Conv2dImplementation conv2d_direct = {"onednn-direct", Backend::onednn, ConvAlgorithm::direct,
                                            is_supported,    is_worth,        run};

}  // namespace wisp::kernels::onednn
