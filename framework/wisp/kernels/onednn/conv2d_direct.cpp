#include <wisp/kernels/onednn/conv2d_direct.h>

#include <algorithm>
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

memory::dims weights_size(const Conv2dGeometry& g) { return {g.filters, g.channels, g.height.kernel, g.width.kernel}; }

ConvolutionLayouts layouts_of(const Conv2dProblem& p) {
  const Conv2dGeometry& g = p.geometry;
  const auto type = data_type(p.dtype);
  const auto weights_type = p.map == Conv2dMap::grad_weight ? memory::data_type::f32 : type;
  using Tag = memory::format_tag;
  return {{{g.batch, g.channels, g.height.input, g.width.input}, type, Tag::nhwc},
          {weights_size(g), weights_type, Tag::any},
          {{g.batch, g.filters, g.height.output, g.width.output}, type, Tag::nhwc},
          {g.height.stride, g.width.stride},
          {g.height.dilation - 1, g.width.dilation - 1},
          {g.height.padding, g.width.padding},
          {*padding_after(g.height), *padding_after(g.width)}};
}

memory::desc our_weights(const Conv2dProblem& p) {
  const DType dtype = p.map == Conv2dMap::grad_weight ? DType::f32 : p.dtype;
  return {weights_size(p.geometry), data_type(dtype), memory::format_tag::ohwi};
}

std::optional<Primitive> reorder_between(const memory::desc& from, const memory::desc& to) {
  if (from == to) return {};
  const dnnl::reorder::primitive_desc descriptor(engine(), from, engine(), to, attributes());
  Primitive reorder(dnnl::reorder(descriptor), descriptor);
  reorder.bind(DNNL_ARG_FROM, from);
  reorder.bind(DNNL_ARG_TO, to);
  return reorder;
}

template <class Descriptor>
bool is_optimised(const Descriptor& descriptor) {
  return std::string_view(descriptor.impl_info_str()).find("ref") == std::string_view::npos;
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

std::optional<Convolution> make(const Conv2dProblem& p) {
  if (!is_ordinary(p.geometry.height) || !is_ordinary(p.geometry.width)) return {};
  const ConvolutionLayouts layouts = layouts_of(p);
  const dnnl::primitive_attr with = attributes();
  const memory::desc weights = our_weights(p);
  try {
    ConvolutionLayouts forward_layouts = layouts;
    if (p.map == Conv2dMap::grad_weight)
      forward_layouts.weights = memory::desc(weights_size(p.geometry), data_type(p.dtype), memory::format_tag::any);
    const ForwardDescriptor forward = forward_descriptor(engine(), forward_layouts, with);
    const auto finish =
        [&](auto primitive, const auto& descriptor, const memory::desc& theirs, bool into,
            std::initializer_list<std::pair<int, memory::desc>> arguments) -> std::optional<Convolution> {
      if (!is_optimised(descriptor)) return {};
      Convolution result{Primitive(primitive, descriptor),
                         into ? reorder_between(weights, theirs) : reorder_between(theirs, weights), theirs.get_size()};
      for (const auto& [argument, layout] : arguments) result.convolve.bind(argument, layout);
      return result;
    };
    if (p.map == Conv2dMap::conv2d) {
      return finish(dnnl::convolution_forward(forward), forward, forward.weights_desc(), true,
                    {{DNNL_ARG_SRC, layouts.source},
                     {DNNL_ARG_WEIGHTS, forward.weights_desc()},
                     {DNNL_ARG_DST, layouts.destination}});
    }
    if (p.map == Conv2dMap::grad_input) {
      const DataDescriptor data = backward_descriptor<DataDescriptor>(engine(), layouts, with, forward);
      return finish(dnnl::convolution_backward_data(data), data, data.weights_desc(), true,
                    {{DNNL_ARG_DIFF_DST, layouts.destination},
                     {DNNL_ARG_WEIGHTS, data.weights_desc()},
                     {DNNL_ARG_DIFF_SRC, layouts.source}});
    }
    const WeightsDescriptor gradient = backward_descriptor<WeightsDescriptor>(engine(), layouts, with, forward);
    return finish(dnnl::convolution_backward_weights(gradient), gradient, gradient.diff_weights_desc(), false,
                  {{DNNL_ARG_SRC, layouts.source},
                   {DNNL_ARG_DIFF_DST, layouts.destination},
                   {DNNL_ARG_DIFF_WEIGHTS, gradient.diff_weights_desc()}});
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
  Scratch<std::byte> reordered(static_cast<std::int64_t>(c.reorder ? c.reordered_bytes : 0));
  const auto reorder = [&](const void* from, const void* to) {
    c.reorder->set(DNNL_ARG_FROM, from);
    c.reorder->set(DNNL_ARG_TO, to);
    c.reorder->run();
  };
  if (p.map == Conv2dMap::grad_weight) {
    c.convolve.set(DNNL_ARG_SRC, first);
    c.convolve.set(DNNL_ARG_DIFF_DST, second);
    c.convolve.set(DNNL_ARG_DIFF_WEIGHTS, c.reorder ? reordered.data() : result);
    c.convolve.run();
    if (c.reorder) reorder(reordered.data(), result);
    return;
  }
  const bool forward = p.map == Conv2dMap::conv2d;
  if (c.reorder) reorder(second, reordered.data());
  c.convolve.set(forward ? DNNL_ARG_SRC : DNNL_ARG_DIFF_DST, first);
  c.convolve.set(DNNL_ARG_WEIGHTS, c.reorder ? reordered.data() : second);
  c.convolve.set(forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_SRC, result);
  c.convolve.run();
}

}  // namespace

const Conv2dImplementation conv2d_direct = {"onednn-direct", Backend::onednn, ConvAlgorithm::direct,
                                            is_supported,    is_worth,        run};

}  // namespace wisp::kernels::onednn
