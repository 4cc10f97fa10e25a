#include <wisp/kernels/onednn/primitive.h>

#include <atomic>
#include <cassert>

#include <omp.h>

#include <wisp/core/parallel.h>

namespace wisp::kernels::onednn {
namespace {

std::atomic<std::uint64_t> created{0};

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

int use_num_threads() {
  const int threads = num_threads();
  if (omp_get_max_threads() != threads) omp_set_num_threads(threads);
  return threads;
}

std::uint64_t primitives_created() { return created; }

bool supports(DType dtype) {
  static const bool has_avx512 = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
  return dtype == DType::f32 || (dtype == DType::bf16 && has_avx512);
}

dnnl::memory::data_type data_type(DType dtype) {
  return dtype == DType::bf16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr result;
  result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return result;
}

void Primitive::count() { ++created; }

void Primitive::bind(int argument, const dnnl::memory::desc& layout) {
  arguments_.emplace(argument, dnnl::memory(layout, engine(), nullptr));
}

void Primitive::run(std::initializer_list<std::pair<int, const void*>> arguments) {
  assert(!omp_in_parallel());
  for (const auto& [argument, data] : arguments) set(argument, data);
  static thread_local dnnl::stream stream(engine());
  Scratch<std::byte> scratch(static_cast<std::int64_t>(scratch_bytes_));
  if (scratch_bytes_ > 0) set(DNNL_ARG_SCRATCHPAD, scratch.data());
  with_memory([&] { primitive_.execute(stream, arguments_); });
}

}  // namespace wisp::kernels::onednn
