// A oneDNN primitive with its memory objects, kept between calls; only the pointers change.
//
// Primitives are never executed inside a parallel region: oneDNN has its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <unordered_map>
#include <utility>

#include <wisp/core/allocator.h>
#include <wisp/core/dtype.h>
#include <wisp/core/error.h>
#include <wisp/kernels/onednn/version.h>

namespace wisp::kernels::onednn {

/// The CPU.
const dnnl::engine& engine();

/// How many primitives have been made since the program started, on all threads.
std::uint64_t primitives_created();

/// num_threads(), with OpenMP on this thread brought to it: oneDNN asks OpenMP how many threads there are, when a
/// primitive is made and when it runs. To be called before either.
int use_num_threads();

/// call(), with oneDNN's lack of memory thrown as OutOfMemory.
template <class Call>
auto with_memory(Call call) {
  try {
    return call();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw OutOfMemory("oneDNN");
    throw;
  }
}

/// Whether oneDNN computes this dtype here: f32, and bf16 on CPUs with AVX-512.
bool supports(DType dtype);

dnnl::memory::data_type data_type(DType dtype);

/// Attributes with which a primitive takes its scratch memory from us.
dnnl::primitive_attr attributes();

class Primitive {
 public:
  /// With the layouts of its arguments, which are named as oneDNN does (DNNL_ARG_...).
  template <class Descriptor>
  Primitive(const dnnl::primitive& primitive, const Descriptor& descriptor,
            std::initializer_list<std::pair<int, dnnl::memory::desc>> layouts)
      : primitive_(primitive), scratch_bytes_(descriptor.scratchpad_desc().get_size()) {
    count();
    for (const auto& [argument, layout] : layouts) bind(argument, layout);
    if (scratch_bytes_ > 0) bind(DNNL_ARG_SCRATCHPAD, descriptor.scratchpad_desc());
  }

  /// Runs it on arguments that lie there.
  void run(std::initializer_list<std::pair<int, const void*>> arguments);

 private:
  static void count();
  void bind(int argument, const dnnl::memory::desc& layout);
  void set(int argument, const void* data) { arguments_.at(argument).set_data_handle(const_cast<void*>(data)); }

  dnnl::primitive primitive_;
  std::size_t scratch_bytes_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace wisp::kernels::onednn
