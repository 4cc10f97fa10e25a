// What differs between oneDNN 2.6 and 3: the constructors of primitive descriptors. Nothing else includes dnnl.hpp.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace wisp::kernels::onednn {

using ForwardDescriptor = dnnl::convolution_forward::primitive_desc;
using DataDescriptor = dnnl::convolution_backward_data::primitive_desc;
using WeightsDescriptor = dnnl::convolution_backward_weights::primitive_desc;

/// A convolution: images, weights, and per axis stride, dilation - 1, padding before and after.
struct ConvolutionLayouts {
  dnnl::memory::desc source, weights, destination;
  dnnl::memory::dims strides, dilations, before, after;
};

#if DNNL_VERSION_MAJOR < 3

inline dnnl::matmul::primitive_desc matmul_descriptor(const dnnl::engine& engine, const dnnl::memory::desc& a,
                                                      const dnnl::memory::desc& b, const dnnl::memory::desc& c,
                                                      const dnnl::primitive_attr& attributes) {
  return {dnnl::matmul::desc(a, b, c), attributes, engine};
}

inline ForwardDescriptor forward_descriptor(const dnnl::engine& engine, const ConvolutionLayouts& l,
                                            const dnnl::primitive_attr& attributes) {
  return {{dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, l.source, l.weights, l.destination,
           l.strides, l.dilations, l.before, l.after},
          attributes,
          engine};
}

/// Descriptor is DataDescriptor or WeightsDescriptor.
template <class Descriptor>
Descriptor backward_descriptor(const dnnl::engine& engine, const ConvolutionLayouts& l,
                               const dnnl::primitive_attr& attributes, const ForwardDescriptor& hint) {
  return {{dnnl::algorithm::convolution_direct, l.source, l.weights, l.destination, l.strides, l.dilations, l.before,
           l.after},
          attributes,
          engine,
          hint};
}

#else

inline dnnl::matmul::primitive_desc matmul_descriptor(const dnnl::engine& engine, const dnnl::memory::desc& a,
                                                      const dnnl::memory::desc& b, const dnnl::memory::desc& c,
                                                      const dnnl::primitive_attr& attributes) {
  return {engine, a, b, c, attributes};
}

inline ForwardDescriptor forward_descriptor(const dnnl::engine& engine, const ConvolutionLayouts& l,
                                            const dnnl::primitive_attr& attributes) {
  return {engine,
          dnnl::prop_kind::forward_training,
          dnnl::algorithm::convolution_direct,
          l.source,
          l.weights,
          l.destination,
          l.strides,
          l.dilations,
          l.before,
          l.after,
          attributes};
}

/// Descriptor is DataDescriptor or WeightsDescriptor.
template <class Descriptor>
Descriptor backward_descriptor(const dnnl::engine& engine, const ConvolutionLayouts& l,
                               const dnnl::primitive_attr& attributes, const ForwardDescriptor& hint) {
  return {engine,        dnnl::algorithm::convolution_direct,
          l.source,      l.weights,
          l.destination, l.strides,
          l.dilations,   l.before,
          l.after,       hint,
          attributes};
}

#endif

}  // namespace wisp::kernels::onednn
