// What differs between oneDNN 2.6 and 3: the constructors of primitive descriptors. Nothing else includes dnnl.hpp.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace wisp::kernels::onednn {

/// The descriptor of an operation, e.g. of dnnl::matmul. The arguments are those with which oneDNN 2.6 constructs the
/// operation's `desc`, and oneDNN 3 the descriptor itself.
template <class Operation, class... Arguments>
typename Operation::primitive_desc descriptor_of(const dnnl::engine& engine, const dnnl::primitive_attr& attributes,
                                                 const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR < 3
  return {typename Operation::desc(arguments...), attributes, engine};
#else
  return {engine, arguments..., attributes};
#endif
}

/// The same of a gradient of a convolution: oneDNN wants to know how the convolution itself is computed.
template <class Operation, class... Arguments>
typename Operation::primitive_desc gradient_descriptor_of(const dnnl::engine& engine,
                                                          const dnnl::primitive_attr& attributes,
                                                          const dnnl::convolution_forward::primitive_desc& forward,
                                                          const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR < 3
  return {typename Operation::desc(arguments...), attributes, engine, forward};
#else
  return {engine, arguments..., forward, attributes};
#endif
}

}  // namespace wisp::kernels::onednn
