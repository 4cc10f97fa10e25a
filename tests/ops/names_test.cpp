// An error is in the name of the op that was called, whatever that op is made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>

#include <tests/message_of.h>
#include <tests/ops/op_table.h>
#include <wisp/wisp.h>

namespace wisp::testing {
namespace {

// A call with one of its arguments replaced, the others being right.
using Attempt = std::function<void(const Tensor&)>;

const Tensor image = Tensor::ones({2, 3, 4, 4}), matrix = Tensor::ones({2, 3}), vector = Tensor::ones({3});
const Tensor filters = Tensor::ones({3, 3, 2, 2}), line = Tensor::ones({1, 3}), pair = Tensor::ones({2});
const Tensor classes = Tensor::zeros({2}, DType::i64), index = Tensor::zeros({2, 1}, DType::i64);

// By the op's name; optional tensors may be undefined and are in the second list.
struct Calls {
  std::vector<Attempt> needed;
  std::vector<Attempt> optional = {};
};

// What is no row of the op table, and calls that its samples do not make.
std::map<std::string, Calls> make_table() {
  std::map<std::string, Calls> t;
  t["add"] = {{[](const Tensor& x) { x + 1.0; }}};
  t["sub"] = {{[](const Tensor& x) { 1.0 - x; }}};
  t["mul"] = {{[](const Tensor& x) { x* x; }}};
  t["div"] = {{[](const Tensor& x) { 1.0 / x; }}};
  t["sign"] = {{[](const Tensor& x) { sign(x); }}};
  t["autocast"] = {{[](const Tensor& x) { autocast(x); }}};
  t["leaky_relu"] = {{[](const Tensor& x) { leaky_relu(x, 0.0); }, [](const Tensor& x) { leaky_relu(x, 0.1); },
                      [](const Tensor& x) { leaky_relu(x, -0.1); }}};
  t["leaky_relu_backward"] = {{[](const Tensor& x) { leaky_relu_backward(x, matrix, 0.1); },
                               [](const Tensor& x) { leaky_relu_backward(matrix, x, 0.0); }}};
  t["converted"] = {{[](const Tensor& x) { detail::converted(x, DType::bf16); }}};
  t["cross_entropy"] = {
      {[](const Tensor& x) { cross_entropy(x, classes); }, [](const Tensor& x) { cross_entropy(matrix, x); }}};
  t["one_hot"] = {{[](const Tensor& x) { one_hot(x, 3); }}};
  t["gather"] = {{[](const Tensor& x) { gather(x, 1, index); }, [](const Tensor& x) { gather(matrix, 1, x); },
                  [](const Tensor& x) { gather(x, 4, index); }}};
  t["argmax"] = {{[](const Tensor& x) { argmax(x, 1); }}};
  t["sum_to"] = {{[](const Tensor& x) { sum_to(x, {3}); }, [](const Tensor& x) { sum_to(x, {2, 7}); }}};
  t["softmax"] = {{[](const Tensor& x) { softmax(x, -3); }}};
  t["log_softmax"] = {{[](const Tensor& x) { log_softmax(x, -3); }}};
  t["broadcast_to"] = {{[](const Tensor& x) { broadcast_to(x, {2, 3}); }}};
  t["sum"] = {{[](const Tensor& x) { sum(x, {0, -1, 0}); }}};
  t["reshape"] = {{[](const Tensor& x) { reshape(x, {3, -1}); }}};
  t["permute"] = {{[](const Tensor& x) { permute(x, {1, 0}); }}};
  t["flip"] = {{[](const Tensor& x) { flip(x, {1}); }}};
  t["narrow"] = {{[](const Tensor& x) { narrow(x, 1, 2, 2); }}};
  t["cat"] = {{[](const Tensor& x) { cat({x, matrix}, 1); }, [](const Tensor& x) { cat({matrix, x}, 0); }}};
  t["pad2d"] = {{[](const Tensor& x) { pad2d(x, {.left = 1, .top = -3}); },
                 [](const Tensor& x) { pad2d(x, {.left = 4}, PaddingMode::reflect); },
                 [](const Tensor& x) { pad2d(x, {.left = 5}, PaddingMode::circular); }}};
  t["linear"] = {{[](const Tensor& x) { linear(x, matrix); }, [](const Tensor& x) { linear(matrix, x); }},
                 {[](const Tensor& x) { linear(matrix, matrix, x); }}};
  t["conv2d"] = {{[](const Tensor& x) { conv2d(x, filters); }, [](const Tensor& x) { conv2d(image, x); }},
                 {[](const Tensor& x) { conv2d(image, filters, x); }}};
  t["conv_transpose2d"] = {
      {[](const Tensor& x) { conv_transpose2d(x, filters); }, [](const Tensor& x) { conv_transpose2d(image, x); }},
      {[](const Tensor& x) { conv_transpose2d(image, filters, x); }}};
  t["convolution_matrix"] = {{[](const Tensor& x) { convolution_matrix(x, 4); },
                              [](const Tensor& x) { convolution_matrix(x, 1); },
                              [](const Tensor& x) { convolution_matrix(x, 4, {.stride = 0}); },
                              [](const Tensor& x) { convolution_matrix(x, 4, {.padding = -1}); }}};
  t["max_pool2d"] = {{[](const Tensor& x) { max_pool2d(x, 2); }}};
  t["avg_pool2d"] = {{[](const Tensor& x) { avg_pool2d(x, 2); }}};
  t["upsample_nearest2d"] = {{[](const Tensor& x) { upsample_nearest2d(x, 2); }}};
  t["upsample_bilinear2d"] = {{[](const Tensor& x) { upsample_bilinear2d(x, 2); }}};
  t["bilinear_kernel"] = {{}, {[](const Tensor&) { bilinear_kernel(3, 2, 2); }}};
  t["batch_norm"] = {{[](const Tensor& x) { batch_norm(x, {}, {}, {}, {}, true); },
                      [](const Tensor& x) { batch_norm(image, x, vector); }},
                     {[](const Tensor& x) { batch_norm(image, {}, {}, x, {}, true); }}};
  t["batch_norm_leaky_relu"] = {
      {[](const Tensor& x) { batch_norm_leaky_relu(x, {}, {}, {}, {}, true, 0.1, 1e-5, 0.2); },
       [](const Tensor& x) { batch_norm_leaky_relu(image, vector, x, {}, {}, false, 0.1, 1e-5, 0.2); }},
      {[](const Tensor& x) { batch_norm_leaky_relu(image, {}, {}, x, {}, true, 0.1, 1e-5, -1); }}};
  t["group_norm"] = {
      {[](const Tensor& x) { group_norm(x, 3); }},
      {[](const Tensor& x) { group_norm(image, 3, x); }, [](const Tensor& x) { group_norm(image, 3, vector, x); }}};
  t["row_shape"] = {{[](const Tensor& x) { row_shape(x); }}};
  t["power_iteration"] = {
      {[](const Tensor& x) { power_iteration(x, line); }, [](const Tensor& x) { power_iteration(matrix, x); }}};
  t["spectral_norm"] = {{[](const Tensor& x) {
                           spectral_norm(x, {pair, line});
                         },
                         [](const Tensor& x) {
                           spectral_norm(matrix, {x, line});
                         },
                         [](const Tensor& x) {
                           spectral_norm(matrix, {pair, x});
                         }}};
  return t;
}

// The samples of the op table with one input replaced, which is needed when every sample of the op has it.
void add_row(const OpRow& row, Calls& calls) {
  for (const Sample& sample : row.samples)
    for (const auto& [replaced, shape] : sample.inputs) {
      const bool needed = std::ranges::all_of(row.samples, [name = replaced](const Sample& other) {
        return std::ranges::find(other.inputs, name, &std::pair<std::string, Shape>::first) != other.inputs.end();
      });
      (needed ? calls.needed : calls.optional).push_back([&row, &sample, name = replaced](const Tensor& x) {
        Arguments arguments{{}, sample.options};
        for (const auto& [input, extents] : sample.inputs)
          arguments.tensors[input] = input == name ? x : Tensor::ones(extents);
        row.call(arguments);
      });
    }
}

// Rows whose call looks at the extents of its inputs before the op does are tried by hand alone.
std::map<std::string, Calls> with_op_table(std::map<std::string, Calls> calls) {
  const std::set<std::string> by_hand = {"batch_norm", "batch_norm_leaky_relu", "cross_entropy",
                                         "gather",     "leaky_relu_backward",   "spectral_norm"};
  for (const auto& [name, row] : op_table())
    if (!by_hand.contains(name)) add_row(row, calls[name]);
  return calls;
}

TEST(Names, AnErrorBeginsWithTheNameOfTheOpThatWasCalled) {
  std::vector<Tensor> bad{Tensor()};
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::u8, DType::i64})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{3}, Shape{5}, Shape{2, 3}, Shape{3, 2}, Shape{7, 7},
                               Shape{2, 0}, Shape{2, 3, 4}, Shape{2, 3, 4, 4}, Shape{1, 5, 2, 3}, Shape{2, 3, 1, 2, 2}})
      if (shape.rank() > 0 || dtype == DType::f32) bad.push_back(Tensor::full(shape, 4, dtype));
  for (const auto& [op, calls] : with_op_table(make_table()))
    for (const auto* list : {&calls.needed, &calls.optional})
      for (std::size_t i = 0; i < list->size(); ++i)
        for (const Tensor& x : bad) {
          if (op == "row_shape" && x.defined() && x.rank() == 0) continue;
          const std::string message = message_of([&] { (*list)[i](x); });
          const bool must_fail = !x.defined() && list == &calls.needed;
          EXPECT_TRUE(message.starts_with(op + ":") || (!must_fail && message == "no error"))
              << op << ", call " << i << " with "
              << (x.defined() ? fmt::format("{} {}", name_of(x.dtype()), x.shape()) : "an undefined tensor") << ": "
              << message;
        }
}

TEST(Names, AResultThatIsTooLargeIsToldInTheNameOfTheOp) {
  constexpr std::int64_t huge = std::int64_t{1} << 31;
  const Tensor pixels = Tensor::ones({1, 1, 3, 3}), kernel = Tensor::ones({1, 1, 2, 2});
  const std::vector<std::pair<std::string, std::function<void()>>> calls = {
      {"pad2d",
       [&] {
         pad2d(pixels, {huge, huge, huge, huge});
       }},
      {"pad2d",
       [&] {
         pad2d(Tensor::ones({0, 3}), {huge, huge, huge, huge});
       }},
      {"upsample_nearest2d", [&] { upsample_nearest2d(pixels, huge); }},
      {"upsample_bilinear2d", [&] { upsample_bilinear2d(pixels, huge); }},
      {"bilinear_kernel", [] { bilinear_kernel(huge, huge, 1); }},
      {"conv2d", [&] { conv2d(pixels, kernel, {}, {.padding = huge}); }},
      {"conv_transpose2d", [&] { conv_transpose2d(pixels, kernel, {}, {.stride = huge}); }},
      {"convolution_matrix", [&] { convolution_matrix(kernel, huge); }},
      {"BatchNorm1d", [&] { nn::BatchNorm1d(huge * huge); }},
      {"GroupNorm", [&] { nn::GroupNorm(1, huge * huge); }}};
  for (const auto& [op, call] : calls) EXPECT_THAT(message_of(call), ::testing::StartsWith(op + ": "));
}

TEST(Names, AnUndefinedTensorIsToldInTheNameOfWhatWasCalled) {
  Tensor undefined, one = Tensor::ones({1}).set_requires_grad(true);
  const std::vector<std::pair<std::string, std::function<void()>>> calls = {
      {"grad", [&] { grad({undefined}, {one}); }},
      {"grad", [&] { grad({one}, {undefined}); }},
      {"backward", [&] { undefined.backward(); }},
      {"backward", [&] { one.backward({.inputs = {undefined}}); }},
      {"copy_", [&] { one.copy_(undefined); }},
      {"copy_", [&] { undefined.copy_(one); }},
      {"set_data", [&] { one.set_data(undefined); }},
      {"set_requires_grad", [&] { undefined.set_requires_grad(true); }},
      {"detach", [&] { undefined.detach(); }},
      {"clone", [&] { undefined.clone(); }},
      {"alias", [&] { undefined.alias({1}); }},
      {"item", [&] { undefined.item<float>(); }},
      {"ema_update", [&] { optim::ema_update({undefined}, {one}, 0.5); }},
      {"ema_update", [&] { optim::ema_update({one}, {undefined}, 0.5); }},
      {"clip_grad_norm_", [&] { nn::clip_grad_norm_({undefined}, 1); }},
      {"grad_norm", [&] { nn::grad_norm({undefined}); }},
      {"fan_in", [&] { nn::init::fan_in(undefined); }},
      {"SGD", [&] {
         optim::SGD({one}, {.momentum = 0.5}).load_state_dict({{"0.momentum_buffer", undefined}});
       }}};
  for (const auto& [op, call] : calls) EXPECT_THAT(message_of(call), ::testing::StartsWith(op + ": "));
}

// What is declared in the headers of ops/ is in the op table or in that above.
TEST(Names, AllOpsAreTried) {
  const std::map<std::string, Calls> table = with_op_table(make_table());
  const std::regex declaration("^(Tensor|Shape|SingularVectors) ([a-z0-9_]+)\\(const Tensor");
  int found = 0;
  for (const auto& file : std::filesystem::directory_iterator(WISP_SOURCE_DIR "/framework/wisp/ops")) {
    if (file.path().extension() != ".h") continue;
    std::ifstream stream(file.path());
    bool in_detail = false;  // helpers, no ops
    for (std::string text; std::getline(stream, text);) {
      if (text.find("namespace detail") != text.npos) in_detail = text.starts_with("namespace");
      if (std::smatch match; !in_detail && std::regex_search(text, match, declaration)) {
        ++found;
        EXPECT_TRUE(table.contains(match[2])) << match[2] << " of " << file.path();
      }
    }
  }
  EXPECT_GT(found, 40);
}

}  // namespace
}  // namespace wisp::testing
