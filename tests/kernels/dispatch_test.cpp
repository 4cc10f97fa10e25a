// Which implementation of convolution and matrix multiplication runs, and what the observer of kernels is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/geometry/random_geometry.h>
#include <tests/kernels/forced_algorithm.h>
#include <tests/kernels/forced_backend.h>
#include <tests/threads.h>
#include <wisp/core/error.h>
#include <wisp/kernels/conv2d_implementations.h>
#include <wisp/kernels/gemm_implementations.h>
#include <wisp/kernels/profile.h>
#include <wisp/kernels/registry.h>

namespace wisp::testing {
namespace {

using kernels::Conv2dMap;
using kernels::Conv2dProblem;
using kernels::GemmProblem;
using kernels::KernelCall;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr auto maps = {Conv2dMap::conv2d, Conv2dMap::grad_input, Conv2dMap::grad_weight};
constexpr auto dtypes = {DType::f32, DType::f64, DType::bf16};

const Conv2dGeometry geometry{2, 6, 4, 1, {7, 3, 3, 2, 0, 1}, {5, 3, 2, 2, 1, 2}};

GemmProblem product(DType dtype) { return {5, 7, 3, 3, false, 7, false, 7, dtype, dtype}; }

// All maps of random geometries in all dtypes.
std::vector<Conv2dProblem> problems() {
  std::vector<Conv2dProblem> result;
  Rng rng(51);
  for (int i = 0; i < 200; ++i) {
    const Conv2dGeometry g = random_geometry(rng);
    for (const Conv2dMap map : maps)
      for (const DType dtype : dtypes) result.push_back({map, g, dtype});
  }
  return result;
}

// ---- the choice

TEST(Dispatch, NativeIsTheLastOfTheListsAndSupportsEverything) {
  const auto& conv = kernels::conv2d_implementations().back();
  const auto& gemm = kernels::gemm_implementations().back();
  EXPECT_STREQ(conv.name, "native");
  EXPECT_STREQ(gemm.name, "native");
  EXPECT_EQ(conv.backend, Backend::native);
  EXPECT_EQ(gemm.backend, Backend::native);
  for (const Conv2dProblem& problem : problems()) EXPECT_TRUE(conv.supports(problem) && conv.is_worth(problem));
  for (const DType dtype : dtypes) EXPECT_TRUE(gemm.supports(product(dtype)) && gemm.is_worth(product(dtype)));
}

TEST(Dispatch, ForcedNativeRunsNative) {
  const ForcedBackend forced(Backend::native);
  for (const Conv2dProblem& problem : problems()) EXPECT_STREQ(choose(problem).name, "native");
  for (const DType dtype : dtypes) EXPECT_STREQ(choose(product(dtype)).name, "native");
}

TEST(Dispatch, ForcedOnednnRunsItAlsoWhereItIsNotWorthIt) {
  if (!kernels::has_onednn) GTEST_SKIP() << "built without oneDNN";
  const ForcedBackend forced(Backend::onednn);
  int not_worth = 0;
  for (const Conv2dProblem& problem : problems()) {
    if (problem.dtype != DType::f32 || problem.geometry.groups != 1) continue;
    const auto& chosen = choose(problem);
    EXPECT_EQ(chosen.backend, Backend::onednn) << describe(problem.geometry);
    not_worth += !chosen.is_worth(problem);
  }
  EXPECT_GE(not_worth, 1);  // or this test could not see the difference
  EXPECT_EQ(choose(product(DType::f32)).backend, Backend::onednn);
}

TEST(Dispatch, AForcedBackendStillFollowsTheRules) {
  if (!kernels::has_onednn) GTEST_SKIP() << "built without oneDNN";
  const ForcedBackend forced(Backend::onednn);
  // One patch is the whole image: a matrix product, though the direct convolution stands first and supports it, too.
  const Conv2dGeometry whole{8, 32, 16, 1, {4, 1, 4, 1, 0, 1}, {4, 1, 4, 1, 0, 1}};
  for (const Conv2dMap map : maps) EXPECT_STREQ(choose(Conv2dProblem{map, whole, DType::f32}).name, "onednn-im2col");
}

TEST(Dispatch, AutomaticTakesTheFirstThatIsSupportedAndWorthIt) {
  const ForcedBackend automatic(Backend::automatic);
  const auto list = kernels::conv2d_implementations();
  std::vector<int> chosen(list.size());
  for (const Conv2dProblem& problem : problems()) {
    const auto at = static_cast<std::size_t>(&choose(problem) - list.data());
    ASSERT_LT(at, list.size());
    ++chosen[at];
    EXPECT_TRUE(list[at].supports(problem) && list[at].is_worth(problem));
    for (std::size_t before = 0; before < at; ++before)
      EXPECT_FALSE(list[before].supports(problem) && list[before].is_worth(problem)) << list[before].name;
    if (problem.dtype == DType::f64) {
      EXPECT_STREQ(list[at].name, "native");
    }
  }
  EXPECT_GE(chosen.back(), 1);
  if (kernels::has_onednn) {
    EXPECT_GE(chosen[1], 1);
    EXPECT_EQ(choose(product(DType::f32)).backend, Backend::onednn);
  }
  EXPECT_EQ(choose(product(DType::f64)).backend, Backend::native);
}

TEST(Dispatch, AForcedAlgorithmRunsWhereItCan) {
  const Conv2dGeometry halving{2, 5, 3, 1, {9, 4, 4, 2, 1, 1}, {7, 3, 4, 2, 1, 1}};
  for (const ConvAlgorithm algorithm : {ConvAlgorithm::im2col, ConvAlgorithm::direct, ConvAlgorithm::winograd}) {
    const ForcedAlgorithm forced(algorithm);
    for (const Conv2dMap map : maps) {
      if (algorithm != ConvAlgorithm::direct || kernels::has_onednn) {
        EXPECT_EQ(choose(Conv2dProblem{map, halving, DType::f32}).algorithm, algorithm);
      }
      EXPECT_STREQ(choose(Conv2dProblem{map, geometry, DType::f64}).name, "native") << "Winograd's takes no dilation";
    }
    const ForcedBackend native(Backend::native);  // has no direct convolution
    const auto expected = algorithm == ConvAlgorithm::winograd ? ConvAlgorithm::winograd : ConvAlgorithm::im2col;
    EXPECT_EQ(choose(Conv2dProblem{Conv2dMap::conv2d, halving, DType::f32}).algorithm, expected);
  }
}

// Found by geometry_test, seldom: oneDNN 2.6 writes beyond its result, and leaves a part of it unwritten.
TEST(Dispatch, DirectConvolutionIsNotAskedForWhatItGetsWrong) {
  const Conv2dGeometry two_columns{1, 1, 1, 1, {6, 3, 2, 2, 0, 1}, {8, 2, 4, 4, 3, 1}};
  const Conv2dGeometry odd_channels{1, 17, 1, 1, {3, 3, 1, 1, 0, 1}, {28, 29, 2, 1, 1, 1}};
  for (const kernels::Conv2dImplementation& candidate : kernels::conv2d_implementations()) {
    if (candidate.algorithm != ConvAlgorithm::direct) continue;
    EXPECT_FALSE(candidate.supports({Conv2dMap::conv2d, two_columns, DType::bf16}));
    EXPECT_FALSE(candidate.supports({Conv2dMap::grad_weight, odd_channels, DType::bf16}));
    EXPECT_TRUE(candidate.supports({Conv2dMap::grad_weight, odd_channels, DType::f32}));
  }
}

TEST(ConvAlgorithm, NamesAreReadBackAndOthersAreErrors) {
  for (const ConvAlgorithm a :
       {ConvAlgorithm::automatic, ConvAlgorithm::im2col, ConvAlgorithm::direct, ConvAlgorithm::winograd})
    EXPECT_EQ(conv_algorithm_of(name_of(a)), a);
  for (const char* name : {"", "fft", "Direct"})
    EXPECT_THAT([&] { conv_algorithm_of(name); },
                ThrowsMessage<Error>(AllOf(HasSubstr(name), HasSubstr("auto, im2col, direct and winograd"))));
}

TEST(Dispatch, WhatAForcedBackendCannotDoIsAnErrorWithTheProblem) {
  if (!kernels::has_onednn) GTEST_SKIP() << "built without oneDNN";
  const ForcedBackend forced(Backend::onednn);
  const auto about = [](const char* op) {
    return AllOf(HasSubstr(op), HasSubstr("f64"), HasSubstr("onednn"), HasSubstr("valid are auto, native"));
  };
  for (const Conv2dMap map : maps)
    EXPECT_THAT(
        [&] {
          choose(Conv2dProblem{map, geometry, DType::f64});
        },
        ThrowsMessage<Error>(AllOf(about(name_of(map)), HasSubstr("batch 2 channels 6 filters 4 groups 1"),
                                   HasSubstr("7->3 k3 s2 p0 d1"), HasSubstr("5->3 k2 s2 p1 d2"))));
  EXPECT_THAT([] { choose(product(DType::f64)); },
              ThrowsMessage<Error>(AllOf(about("matmul"), HasSubstr("5 x 7 x 3"))));
  std::vector<double> x(static_cast<std::size_t>(geometry.input_numel())),
      w(static_cast<std::size_t>(geometry.weight_numel())), y(static_cast<std::size_t>(geometry.output_numel()));
  EXPECT_THROW(kernels::conv2d(geometry, x.data(), w.data(), y.data()), Error);
}

// oneDNN has parallel regions of its own.
TEST(Dispatch, InsideAParallelRegionNativeRuns) {
  const ForcedBackend automatic(Backend::automatic);
  const Threads threads(2);
  std::array<const char*, 2> conv{}, gemm{};
  parallel_for(2, 1, [&](std::int64_t i, std::int64_t) {
    conv[static_cast<std::size_t>(i)] = choose(Conv2dProblem{Conv2dMap::conv2d, geometry, DType::f32}).name;
    gemm[static_cast<std::size_t>(i)] = choose(product(DType::f32)).name;
  });
  for (const auto& names : {conv, gemm})
    for (const char* name : names) EXPECT_STREQ(name, "native");
}

TEST(Dispatch, OnednnMakesItsPrimitivesOncePerProblem) {
  if (!kernels::has_onednn) GTEST_SKIP() << "built without oneDNN";
  const ForcedBackend forced(Backend::onednn);
  const Threads one(1);
  const auto run = [](std::int64_t rows) {
    const std::vector<float> a(static_cast<std::size_t>(rows * 3), 1.0f), b(3 * 7, 1.0f);
    std::vector<float> c(static_cast<std::size_t>(rows * 7));
    kernels::gemm<float>(rows, 7, 3, {a.data(), 3}, {b.data(), 7}, c.data(), 7);
    EXPECT_THAT(c, ::testing::Each(3.0f));
  };
  const auto made = [&](std::int64_t rows) {
    const std::uint64_t before = kernels::primitives_created();
    run(rows);
    return kernels::primitives_created() - before;
  };
  EXPECT_EQ(made(1001), 1u);
  EXPECT_EQ(made(1002), 1u);
  EXPECT_EQ(made(1001), 0u);
  for (std::int64_t rows = 1; rows <= 300; ++rows) run(rows);  // more than are kept
  EXPECT_EQ(made(300), 0u);
  EXPECT_EQ(made(1002), 1u);
}

// ---- names

TEST(Backend, NamesAreReadBack) {
  EXPECT_EQ(backend_of("auto"), Backend::automatic);
  EXPECT_EQ(backend_of("native"), Backend::native);
  if (kernels::has_onednn) {
    EXPECT_EQ(backend_of("onednn"), Backend::onednn);
  }
  for (const Backend b : {Backend::automatic, Backend::native}) EXPECT_EQ(backend_of(name_of(b)), b);
}

TEST(Backend, UnknownNamesAreErrorsThatSayWhatIsValid) {
  const std::string valid = kernels::has_onednn ? "auto, native and onednn" : "auto and native";
  EXPECT_EQ(backend_names(), valid);
  for (const char* name : {"", "cuda", "Native", "native ", "automatic"})
    EXPECT_THAT([&] { backend_of(name); }, ThrowsMessage<Error>(AllOf(HasSubstr(name), HasSubstr(valid)))) << name;
}

TEST(Backend, OneThatTheBuildLacksIsAnError) {
  if (kernels::has_onednn) GTEST_SKIP() << "built with oneDNN";
  EXPECT_THROW(backend_of("onednn"), Error);
  const Backend before = backend();
  EXPECT_THROW(set_backend(Backend::onednn), Error);
  EXPECT_EQ(backend(), before);
}

TEST(Backend, IsWhatWasSetLast) {
  const ForcedBackend restore(Backend::native);
  EXPECT_EQ(backend(), Backend::native);
  set_backend(Backend::automatic);
  EXPECT_EQ(backend(), Backend::automatic);
}

// ---- the observer

// Collects the calls during its lifetime.
class Observed {
 public:
  Observed() {
    kernels::set_kernel_observer([this](const KernelCall& call) { calls.push_back(call); });
  }
  ~Observed() { kernels::set_kernel_observer({}); }
  Observed(const Observed&) = delete;
  Observed& operator=(const Observed&) = delete;

  std::vector<KernelCall> calls;
};

template <class T>
void run_trio(const Conv2dGeometry& g) {
  std::vector<T> x(static_cast<std::size_t>(g.input_numel())), w(static_cast<std::size_t>(g.weight_numel())),
      y(static_cast<std::size_t>(g.output_numel()));
  std::vector<compute_t<T>> gradient(w.size());
  kernels::conv2d(g, x.data(), w.data(), y.data());
  kernels::conv2d_grad_input(g, y.data(), w.data(), x.data());
  kernels::conv2d_grad_weight(g, x.data(), y.data(), gradient.data());
}

template <class T>
void expect_trio_observed(const Conv2dGeometry& g) {
  Observed observed;
  run_trio<T>(g);
  ASSERT_EQ(observed.calls.size(), 3u);
  std::size_t at = 0;
  for (const Conv2dMap map : maps) {
    const KernelCall& call = observed.calls[at++];
    const Conv2dProblem problem{map, g, dtype_of<T>};
    EXPECT_STREQ(call.kind, name_of(map));
    EXPECT_STREQ(call.implementation, choose(problem).name);
    EXPECT_THAT(call.description, AllOf(HasSubstr(name_of(map)), HasSubstr(name_of(dtype_of<T>))));
    // Batch, output, filters, kernel, channels of a group.
    EXPECT_EQ(call.flops, 2.0 * 2 * 3 * 3 * 4 * 3 * 2 * (6.0 / static_cast<double>(g.groups)));
    EXPECT_GT(call.seconds, 0);
  }
}

TEST(KernelObserver, SeesEachConvolutionOnce) {
  Conv2dGeometry grouped = geometry;
  grouped.groups = 2;
  for (const Backend b : {Backend::automatic, Backend::native, Backend::onednn}) {
    if (b == Backend::onednn && !kernels::has_onednn) continue;
    SCOPED_TRACE(name_of(b));
    const ForcedBackend forced(b);
    expect_trio_observed<float>(geometry);
    if (b != Backend::onednn) {
      expect_trio_observed<float>(grouped);
      expect_trio_observed<double>(grouped);
      expect_trio_observed<bfloat16>(grouped);
    }
  }
}

TEST(KernelObserver, SeesEachMatrixMultiplicationOnce) {
  const std::vector<float> a(5 * 3, 1.0f), b(3 * 7, 1.0f);
  std::vector<float> c(5 * 7);
  Observed observed;
  kernels::gemm<float>(5, 7, 3, {a.data(), 3}, {b.data(), 7}, c.data(), 7);
  ASSERT_EQ(observed.calls.size(), 1u);
  EXPECT_STREQ(observed.calls[0].kind, "matmul");
  EXPECT_STREQ(observed.calls[0].implementation, choose(product(DType::f32)).name);
  EXPECT_EQ(observed.calls[0].flops, 2.0 * 5 * 7 * 3);
  EXPECT_GT(observed.calls[0].seconds, 0);
}

TEST(KernelObserver, OfAKernelMadeOfOthersSeesTheOuterOne) {
  Observed observed;
  {
    const kernels::KernelTimer outer("outer");
    run_trio<float>(geometry);
  }
  run_trio<float>(geometry);
  std::vector<std::string> kinds;
  for (const KernelCall& call : observed.calls) kinds.push_back(call.kind);
  EXPECT_THAT(kinds, ElementsAre("outer", "conv2d", "conv2d_grad_input", "conv2d_grad_weight"));
}

TEST(KernelObserver, ThatComputesDoesNotObserveItself) {
  int calls = 0;
  kernels::set_kernel_observer([&](const KernelCall&) {
    ++calls;
    run_trio<float>(geometry);
  });
  run_trio<float>(geometry);
  kernels::set_kernel_observer({});
  EXPECT_EQ(calls, 3);
}

TEST(KernelObserver, SeesNothingOnceItIsRemoved) {
  Observed observed;
  run_trio<float>(geometry);
  kernels::set_kernel_observer({});
  EXPECT_EQ(kernels::kernel_observer(), nullptr);
  run_trio<float>(geometry);
  EXPECT_EQ(observed.calls.size(), 3u);
}

}  // namespace
}  // namespace wisp::testing
