// What every public function does with arguments of any shape and extent: it answers or throws wisp::Error.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <wisp/autograd/backward.h>
#include <wisp/core/tensor.h>
#include <wisp/ops/reduction.h>

namespace wisp::testing {

/// Numbers beyond what any option takes, and those it does take. Products of them exceed 2^63.
inline const std::vector<std::int64_t> extremes = {std::numeric_limits<std::int64_t>::min(),
                                                   -(std::int64_t{1} << 31),
                                                   -1,
                                                   0,
                                                   1,
                                                   2,
                                                   3,
                                                   std::int64_t{1} << 31,
                                                   std::int64_t{1} << 60,
                                                   std::numeric_limits<std::int64_t>::max()};

/// The same without 2^31: what would ask for gigabytes that there may be.
inline const std::vector<std::int64_t> extreme_sizes = {
    std::numeric_limits<std::int64_t>::min(), -1, 0, 1, 2, 3, std::int64_t{1} << 60,
    std::numeric_limits<std::int64_t>::max()};

inline const std::vector<double> extreme_numbers = {std::numeric_limits<double>::quiet_NaN(),
                                                    std::numeric_limits<double>::infinity(),
                                                    -std::numeric_limits<double>::infinity(),
                                                    -1e300,
                                                    -1,
                                                    0,
                                                    1e-310,
                                                    0.5,
                                                    1,
                                                    1e300};

inline const std::vector<int> extreme_dims = {std::numeric_limits<int>::min(), -6, -5, -2, -1, 0, 1, 2, 4, 5, 8,
                                              std::numeric_limits<int>::max()};

/// Every shape of rank 0 to 5 with extents from `extents`.
inline std::vector<Shape> all_shapes(const std::vector<std::int64_t>& extents, int most_rank = 5) {
  std::vector<std::vector<std::int64_t>> lists = {{}};
  for (std::size_t at = 0; at < lists.size(); ++at)
    if (static_cast<int>(lists[at].size()) < most_rank)
      for (const std::int64_t extent : extents) {
        lists.push_back(lists[at]);
        lists.back().push_back(extent);
      }
  std::vector<Shape> shapes;
  for (const auto& list : lists) shapes.emplace_back(list);
  return shapes;
}

/// Shapes that hold nothing and have extents that overflow when they are multiplied or added.
inline const std::vector<Shape> huge_and_empty = {
    {0, std::int64_t{1} << 60},       {std::int64_t{1} << 60, 0},
    {0, std::int64_t{1} << 62},       {0, 1, std::int64_t{1} << 31, std::int64_t{1} << 31},
    {std::int64_t{1} << 60, 0, 1, 1}, {0, std::int64_t{1} << 60, 1}};

/// Numbers from 1 up to 3 and down again, as a leaf that requires grad where its dtype can.
inline Tensor sample(const Shape& shape, DType dtype = DType::f32) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0 + static_cast<double>(i % 3);
  Tensor x = Tensor::from(shape, values).to(dtype);
  return is_floating(dtype) ? x.set_requires_grad(true) : x;
}

inline void expect_gradients(const std::string& what, const Tensor& result, const Tensors& inputs) {
  if (!result.defined() || !is_floating(result.dtype()) || !result.requires_grad()) return;
  try {
    const Tensors grads = grad({sum(result)}, {inputs}, {.allow_unused = true});
    for (std::size_t i = 0; i < inputs.size(); ++i)
      EXPECT_TRUE(!grads[i].defined() || grads[i].shape() == inputs[i].shape()) << what;
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << " has an answer and no gradient: " << error.what();
  }
}

/// call(inputs) must return or throw Error, in one line; what it returns has gradients of its inputs.
inline void survive(const std::string& what, const Tensors& inputs, const std::function<Tensor(const Tensors&)>& call) {
  std::string name = what;
  for (const Tensor& input : inputs) name += input.defined() ? fmt::format(" {}", input.shape()) : " undefined";
  try {
    const Tensor result = call(inputs);
    Tensors leaves;
    for (const Tensor& input : inputs)
      if (input.defined() && input.requires_grad()) leaves.push_back(input);
    expect_gradients(name, result, leaves);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_TRUE(!message.empty() && message.find('\n') == std::string::npos) << name << ": " << message;
  } catch (const std::bad_alloc&) {  // more than there is
  } catch (const std::exception& error) {
    ADD_FAILURE() << name << ": not an Error: " << error.what();
  }
}

/// The same for what takes no tensor and returns none.
inline void survive(const std::string& what, const std::function<void()>& call) {
  survive(what, {}, [&](const Tensors&) {
    call();
    return Tensor{};
  });
}

}  // namespace wisp::testing
