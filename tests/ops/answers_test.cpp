// Every op of the table that says its answer in another way gives it.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <tests/ops/op_table.h>
#include <wisp/autograd/backward.h>

namespace wisp::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> points = {-infinity, -30, -3, -1, -0.5, -0.0, 0, 0.5, 1, 2, 30, infinity, nan};

bool is_close(double a, double b, double tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::isfinite(b) && std::abs(a - b) <= tolerance * (1 + std::abs(b));
}

// The answer is rounded to the dtype of what is compared with it.
void expect_close(const std::string& what, const Arguments& at, const Tensor& actual, const Tensor& expected) {
  ASSERT_TRUE(actual.defined() && actual.shape() == expected.shape()) << what;
  const double tolerance = actual.dtype() == DType::f64 ? 1e-12 : 1e-5;
  const auto a = actual.to(DType::f64).values<double>(),
             b = expected.to(actual.dtype()).to(DType::f64).values<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!is_close(a[i], b[i], tolerance)) {
      std::string of;
      for (const auto& [name, x] : at.tensors)
        if (x.shape() == actual.shape()) of += fmt::format(" {} {}", name, x.to(DType::f64).values<double>()[i]);
      ADD_FAILURE() << what << " " << at.options.dump() << name_of(actual.dtype()) << of << ": " << a[i]
                    << " instead of " << b[i];
    }
}

// The call with `given`, which holds what the f64 of `arguments` are in another dtype, against the answer to those.
void expect_answer(const OpRow& row, const Sample& sample, const Arguments& arguments, DType dtype) {
  Arguments given = arguments;
  Tensors inputs;
  for (const auto& [name, shape] : sample.inputs) {
    inputs.push_back(arguments[name].detach().to(dtype).set_requires_grad(true));
    given.tensors[name] = inputs.back();
  }
  const Tensor y = row.call(given);
  expect_close("value", arguments, y, row.answer(arguments));
  if (!row.is_elementwise()) return;
  ASSERT_EQ(row.slopes.size(), inputs.size());
  const Tensors grads = grad({y}, inputs, {.grad_outputs = {Tensor::ones(y.shape(), dtype)}});
  for (std::size_t i = 0; i < inputs.size(); ++i)
    expect_close("slope of " + sample.inputs[i].first, arguments, grads[i], row.slopes[i](arguments));
}

// The sample with every point, or every pair of points where there are two inputs, in place of what it has.
Arguments at_all_points(const Sample& sample) {
  Arguments arguments{{}, sample.options};
  std::size_t repeats = 1;
  for (const auto& [name, shape] : sample.inputs) {
    std::vector<double> values;
    const auto count = static_cast<std::size_t>(std::pow(points.size(), sample.inputs.size()));
    for (std::size_t i = 0; i < count; ++i) values.push_back(points[i / repeats % points.size()]);
    arguments.tensors[name] = Tensor::from({static_cast<std::int64_t>(count)}, values);
    repeats *= points.size();
  }
  return arguments;
}

class Answers : public ::testing::TestWithParam<std::string> {};

TEST_P(Answers, AreThoseOfTheTable) {
  const OpRow& row = op_table().at(GetParam());
  Rng rng(77);
  for (const Sample& sample : row.samples) {
    expect_answer(row, sample, arguments_of(sample, rng), DType::f64);
    if (!row.is_elementwise()) continue;
    for (const DType dtype : {DType::f64, DType::f32}) expect_answer(row, sample, at_all_points(sample), dtype);
  }
}

std::vector<std::string> answered() {
  std::vector<std::string> names;
  for (const auto& [name, row] : op_table())
    if (row.answer) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Ops, Answers, ::testing::ValuesIn(answered()), [](const auto& test) { return test.param; });

TEST(Answers, EveryOpHasOne) {
  std::set<std::string> has = {"convolution_matrix"};  // convolution_matrix_test.cpp compares it with conv2d
  for (const std::string& name : answered()) has.insert(name);
  for (const auto& file : std::filesystem::recursive_directory_iterator(WISP_SOURCE_DIR "/tests/golden"))
    if (file.path().filename() == "ops.json") {
      std::ifstream stream(file.path());
      const nlohmann::json golden = nlohmann::json::parse(stream);
      for (const auto& definition : golden.at("cases")) has.insert(definition.at("op"));
    }
  for (const auto& [name, row] : op_table())
    EXPECT_TRUE(has.contains(name)) << name << " has neither an answer in its row nor a golden case";
}

}  // namespace
}  // namespace wisp::testing
