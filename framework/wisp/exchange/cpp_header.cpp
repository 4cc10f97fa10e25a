#include <wisp/exchange/cpp_header.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>

#include <cpp_header_code.h>
#include <fmt/ranges.h>

#include <wisp/exchange/fold_norms.h>
#include <wisp/io/atomic_file.h>

namespace wisp {
namespace {

using nn::Trace;
using nn::TracedOp;
using Sides = std::vector<std::int64_t>;

constexpr std::size_t numbers_in_line = 9;

[[noreturn]] void refuse(const TracedOp& op, const std::string& why) { nn::detail::refuse("save_cpp_header", op, why); }

// The statements that compute a trace, and the numbers that they need.
class Code {
 public:
  explicit Code(const Trace& trace) : trace_(trace) {}

  std::string statements() {
    std::string text;
    for (const TracedOp& op : trace_.ops) {
      if (op.outputs.size() != 1) refuse(op, "which has several results");
      text += fmt::format("  const Numbers {} = {};\n", name(op.outputs[0]), expression(op));
    }
    return text;
  }

  std::string name(std::size_t value) const { return fmt::format("v{}", value); }
  const std::vector<Tensor>& constants() const { return constants_; }

 private:
  // Adds the constant's numbers behind the others; the expression of where they begin.
  std::string constant(std::size_t value) {
    return value == Trace::none ? "nullptr" : put(trace_.values[value].tensor);
  }

  std::string put(const Tensor& tensor) {
    const std::string text = fmt::format("weights() + {}", count_);
    constants_.push_back(tensor);
    count_ += tensor.numel();
    return text;
  }

  std::string input(const TracedOp& op, std::size_t i) {
    if (trace_.values[op.inputs[i]].is_constant) refuse(op, "with a constant, which is not exported to headers");
    return name(op.inputs[i]);
  }

  const Shape& shape(std::size_t value) const { return trace_.shape(value); }

  std::string expression(const TracedOp& op) {
    static const std::map<std::string, std::string> functions{
        {"relu", "relu"}, {"sigmoid", "sigmoid"}, {"tanh", "[](float x) { return std::tanh(x); }"}};
    static const std::map<std::string, char> operators{{"add", '+'}, {"sub", '-'}, {"mul", '*'}};
    if (const auto found = functions.find(op.op); found != functions.end())
      return fmt::format("map({}, {})", input(op, 0), found->second);
    if (const auto found = operators.find(op.op); found != operators.end()) {
      if (shape(op.inputs[0]) != shape(op.inputs[1])) refuse(op, "of two shapes, which is not exported to headers");
      return fmt::format("map({}, {}, [](float a, float b) {{ return a {} b; }})", input(op, 0), input(op, 1),
                         found->second);
    }
    if (op.op == "reshape") return input(op, 0);
    if (op.op != "leaky_relu" && shape(op.inputs[0]).rank() > 0 && shape(op.inputs[0])[0] != 1)
      refuse(op, "of several samples, which is not exported to headers");
    if (op.op == "leaky_relu")
      return fmt::format("map({}, [](float x) {{ return x > 0 ? x : {:#}f * x; }})", input(op, 0),
                         static_cast<float>(attribute<double>(op, "negative_slope")));
    if (op.op == "conv2d" || op.op == "conv_transpose2d") {
      const Shape& weight = shape(op.inputs[1]);
      return fmt::format("{}({}, {}, {}, {})", op.op, input(op, 0), constant(op.inputs[1]), constant(op.inputs[2]),
                         geometry(op, {weight[2], weight[3]}, attribute<std::int64_t>(op, "groups")));
    }
    if (op.op == "max_pool2d")
      return fmt::format("max_pool2d({}, {})", input(op, 0), geometry(op, attribute<Sides>(op, "kernel_size"), 1));
    if (op.op == "linear" && shape(op.inputs[0]).rank() == 2)
      return fmt::format("linear({}, {}, {}, {})", input(op, 0), constant(op.inputs[1]), constant(op.inputs[2]),
                         shape(op.outputs[0])[1]);
    if (op.op == "batch_norm" && !attribute<bool>(op, "training")) return batch_norm(op);
    refuse(op, "which is not exported to headers");
  }

  std::string geometry(const TracedOp& op, const Sides& kernel, std::int64_t groups) const {
    const Shape &in = shape(op.inputs[0]), &out = shape(op.outputs[0]);
    const Sides &stride = attribute<Sides>(op, "stride"), &padding = attribute<Sides>(op, "padding"),
                &dilation = attribute<Sides>(op, "dilation");
    const Sides numbers{in[1],     out[1],    groups,    in[2],      in[3],      out[2],      out[3],     kernel[0],
                        kernel[1], stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1]};
    return fmt::format("{{{}}}", fmt::join(numbers, ", "));
  }

  std::string batch_norm(const TracedOp& op) {
    const std::int64_t channels = shape(op.inputs[0])[1];
    const auto [scale, offset] = detail::affine_of_norm(trace_, op, Tensor::zeros({channels}, DType::f64));
    const std::string factors = put(scale), summands = put(offset);
    return fmt::format("affine({}, {}, {}, {})", input(op, 0), factors, summands, channels);
  }

  const Trace& trace_;
  std::vector<Tensor> constants_;
  std::int64_t count_ = 0;
};

void write_text(AtomicFile& file, std::string_view text) { file.write(std::as_bytes(std::span(text))); }

// The shortest digits that read back as the same float.
void write_numbers(AtomicFile& file, const std::vector<float>& numbers) {
  fmt::memory_buffer text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    check(std::isfinite(numbers[i]), "save_cpp_header: a weight is {}, finite ones are expected", numbers[i]);
    fmt::format_to(std::back_inserter(text), "{:#}f,", numbers[i]);
    if (i % numbers_in_line == numbers_in_line - 1 || i + 1 == numbers.size()) text.push_back('\n');
    if (text.size() < 65536 && i + 1 < numbers.size()) continue;  // not the whole text at once
    write_text(file, {text.data(), text.size()});
    text.clear();
  }
}

void check_name(const std::string& name) {
  const auto is_part = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  check(!name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
            std::all_of(name.begin(), name.end(), is_part),
        "save_cpp_header: a namespace has letters, digits and _, given \"{}\"", name);
}

std::string head(const CppHeaderOptions& options, std::int64_t input_size, std::int64_t output_size) {
  const std::string guard = "WISP_" + options.namespace_name + "_H";
  return fmt::format(R"({}#ifndef {}
#define {}

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

namespace {} {{

inline constexpr int input_size = {}, output_size = {};

)",
                     options.comment, guard, guard, options.namespace_name, input_size, output_size);
}

}  // namespace

void save_cpp_header(const std::string& path, nn::Module& module, const Tensor& sample,
                     const CppHeaderOptions& options) {
  check_name(options.namespace_name);
  check(sample.defined() && sample.rank() >= 1 && sample.dim(0) == 1 && sample.dtype() == DType::f32,
        "save_cpp_header: the sample must be f32 with a first extent of 1");
  const Trace trace = fold_norms(nn::trace(module, {sample}));
  check(trace.outputs.size() == 1 && !trace.values[trace.outputs[0]].is_constant,
        "save_cpp_header: the network has {} results, one that follows from its input is expected",
        trace.outputs.size());
  Code code(trace);
  const std::string statements = code.statements();
  AtomicFile file(path);
  write_text(file, head(options, sample.numel(), trace.shape(trace.outputs[0]).numel()));
  write_text(file, embedded::cpp_header_inc);
  write_text(
      file,
      fmt::format("\ninline const float* weights();\n\n// Of input_size numbers; output has room for "
                  "output_size.\ninline void forward(const float* input, float* output) {{\n  const Numbers "
                  "{}(input, input + input_size);\n{}  std::copy({}.begin(), {}.end(), output);\n}}\n\n",
                  code.name(trace.inputs[0]), statements, code.name(trace.outputs[0]), code.name(trace.outputs[0])));
  write_text(file, options.more);
  write_text(file, "inline const float* weights() {\n  static const float numbers[] = {\n");
  for (const Tensor& constant : code.constants()) write_numbers(file, constant.to(DType::f32).values<float>());
  if (code.constants().empty()) write_text(file, "0.0f\n");
  write_text(file, fmt::format("  }};\n  return numbers;\n}}\n\n}}  // namespace {}\n", options.namespace_name));
  write_text(file, "\n#endif\n");
  file.commit();
}

}  // namespace wisp
