// dcgan export: what the files hold, and that another program computes the same images from them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include <onnx/onnx_pb.h>

#include <apps/dcgan/network_file.h>
#include <wisp/autograd/grad_mode.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/conv2d.h>
#include <wisp/ops/activation.h>
#include <wisp/ops/arithmetic.h>

#include <tests/apps/program.h>
#include <tests/apps/tiny_checkpoint.h>

namespace wisp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A checkpoint with a generator, an averaged one and a discriminator, whose norms do something: statistics and weights
// differ from channel to channel.
class Export : public ::testing::Test {
 protected:
  Export() { write_checkpoint({5, 2, 28, 1}); }

  void write_checkpoint(const models::DcganOptions& options) { write_tiny_checkpoint(checkpoint, options); }
  Outcome export_to(const std::string& options, const std::string& file) {
    return run(folder, "dcgan export --checkpoint " + checkpoint + " --out " + file + " " + options);
  }
  void export_well(const std::string& options) {
    const Outcome outcome = export_to(options, out);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "");
  }
  // The file's images of this noise, as Wisp computes them.
  std::vector<float> images(const Tensor& z) {
    const NoGrad guard;
    return apps::load_generator(checkpoint).network(z).values<float>();
  }
  // Compiles the exported header with `options` and runs it with `arguments`.
  int compile_and_run(const std::string& options, const std::string& arguments) {
    const std::string program = folder / "program";
    return std::system(
        fmt::format(
            "{} -std=c++17 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Werror -o {} {} && {} {}",
            WISP_CXX_COMPILER, program, options, program, arguments)
            .c_str());
  }

  const TemporaryFolder folder;
  const std::string checkpoint = folder / "checkpoint.safetensors", out = folder / "out";
};

std::vector<float> as_floats(const std::string& bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

TEST_F(Export, SafetensorsHoldTheStateDict) {
  const Safetensors whole = read_safetensors(checkpoint);
  const std::initializer_list<std::pair<std::string, std::string>> cases = {
      {"", "generator_ema."}, {"--raw", "generator."}, {"--network discriminator", "discriminator."}};
  for (const auto& [options, prefix] : cases) {
    export_well("--format safetensors " + options);
    const Safetensors file = read_safetensors(out);
    std::size_t expected = 0;
    for (const auto& [name, tensor] : whole.tensors) {
      if (!name.starts_with(prefix)) continue;
      ++expected;
      ASSERT_TRUE(file.tensors.contains(name.substr(prefix.size()))) << name;
      const Tensor& written = file.tensors.at(name.substr(prefix.size()));
      EXPECT_EQ(written.shape(), tensor.shape()) << name;
      ASSERT_EQ(written.dtype(), tensor.dtype()) << name;
      if (tensor.dtype() == DType::f32) {
        EXPECT_EQ(written.values<float>(), tensor.values<float>()) << name;
      }
    }
    EXPECT_EQ(file.tensors.size(), expected);
    EXPECT_TRUE(file.metadata.empty());
  }
  EXPECT_EQ(read_safetensors(checkpoint).tensors.at("generator.1.num_batches_tracked").dtype(), DType::i64);
}

// Exporting what was exported gives the same file.
TEST_F(Export, ReadsItsOwnFiles) {
  export_well("--format safetensors");
  ASSERT_EQ(
      run(folder, "dcgan export --format safetensors --checkpoint " + out + " --out " + (folder / "again")).exit_code,
      0);
  EXPECT_TRUE(read_bytes(out) == read_bytes(folder / "again"));
}

TEST_F(Export, TheHeaderComputesTheSameImages) {
  for (const models::DcganOptions& options : {models::DcganOptions{5, 2, 28, 1},
                                              {3, 1, 64, 3},
                                              {5, 2, 28, 1, models::Norm::batch, 2},
                                              {.latent = 5, .base_channels = 2, .classes = 3}}) {
    write_checkpoint(options);
    export_well("--format header");
    Rng rng(11);
    const Tensor z = Tensor::randn({4, options.inputs(), 1, 1}, rng);
    const std::vector<float> noise = z.values<float>();
    write_bytes(folder / "noise", {reinterpret_cast<const char*>(noise.data()), noise.size() * sizeof(float)});
    ASSERT_EQ(compile_and_run(fmt::format("-DEXPORTED_GENERATOR='\"{}\"' {}", out,
                                          WISP_SOURCE_DIR "/tests/apps/exported_generator_main.cpp"),
                              fmt::format("<{} >{}", folder / "noise", folder / "images")),
              0);
    EXPECT_THAT(as_floats(read_bytes(folder / "images")), ::testing::Pointwise(::testing::FloatNear(1e-5f), images(z)));
  }
}

TEST_F(Export, TheHeaderDrawsAGrid) {
  for (const std::int64_t channels : {1, 3}) {
    write_checkpoint({5, 2, 28, channels});
    export_well("--format header");
    ASSERT_EQ(compile_and_run("-x c++ -DWISP_GENERATOR_MAIN " + out, "7 >" + (folder / "digits")), 0);
    const std::string header = std::string(channels == 1 ? "P5" : "P6") + "\n242 242\n255\n";
    const std::string grid = read_bytes(folder / "digits");
    EXPECT_TRUE(grid.starts_with(header));
    EXPECT_EQ(grid.size(), header.size() + 242 * 242 * static_cast<std::size_t>(channels));
    EXPECT_EQ(std::system((folder / "program 8 >" + (folder / "other")).c_str()), 0);
    EXPECT_FALSE(read_bytes(folder / "other") == grid) << "another seed";
    EXPECT_NE(std::system((folder / "program x 2>/dev/null >/dev/null").c_str()), 0);
  }
}

TEST_F(Export, TheHeadersGridHasAColumnForEachClass) {
  write_checkpoint({.latent = 5, .base_channels = 2, .classes = 3});
  export_well("--format header");
  ASSERT_EQ(compile_and_run("-x c++ -DWISP_GENERATOR_MAIN " + out, "7 >" + (folder / "digits")), 0);
  EXPECT_TRUE(read_bytes(folder / "digits").starts_with("P5\n92 242\n255\n"));
}

onnx::ModelProto read_onnx(const std::string& path) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(read_bytes(path)));
  return model;
}

std::vector<std::string> types_of(const onnx::GraphProto& graph) {
  std::vector<std::string> types;
  for (const onnx::NodeProto& node : graph.node()) types.push_back(node.op_type());
  return types;
}

std::vector<std::int64_t> attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const onnx::AttributeProto& attribute : node.attribute())
    if (attribute.name() == name) return {attribute.ints().begin(), attribute.ints().end()};
  return {};
}

// "N" for the free extent.
std::vector<std::string> extents(const onnx::ValueInfoProto& value) {
  std::vector<std::string> result;
  for (const auto& extent : value.type().tensor_type().shape().dim())
    result.push_back(extent.has_dim_param() ? extent.dim_param() : std::to_string(extent.dim_value()));
  return result;
}

TEST_F(Export, ClassesGoWithTheNetworks) {
  write_checkpoint({.latent = 5, .base_channels = 2, .classes = 3});
  export_well("--format safetensors");
  EXPECT_EQ(apps::load_generator(out).options.classes, 3);
  export_well("--format onnx");
  EXPECT_THAT(extents(read_onnx(out).graph().input(0)), ElementsAre("N", "8", "1", "1"));
  export_well("--format onnx --network discriminator");
  EXPECT_THAT(extents(read_onnx(out).graph().output(0)), ElementsAre("N", "3", "1", "1"));
}

// Every node's inputs are the graph's input, an initializer, or the output of a node before it.
void expect_connected(const onnx::GraphProto& graph) {
  std::set<std::string> known{graph.input(0).name()};
  for (const onnx::TensorProto& tensor : graph.initializer()) EXPECT_TRUE(known.insert(tensor.name()).second);
  for (const onnx::NodeProto& node : graph.node()) {
    for (const std::string& input : node.input()) EXPECT_TRUE(known.contains(input)) << node.name() << ": " << input;
    for (const std::string& output : node.output()) EXPECT_TRUE(known.insert(output).second) << output;
  }
  EXPECT_TRUE(known.contains(graph.output(0).name()));
}

TEST_F(Export, OnnxGenerator) {
  export_well("--format onnx");
  const onnx::ModelProto model = read_onnx(out);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.opset_import(0).domain(), "");
  const onnx::GraphProto& graph = model.graph();
  EXPECT_THAT(types_of(graph), ElementsAre("ConvTranspose", "Relu", "ConvTranspose", "Relu", "ConvTranspose", "Relu",
                                           "ConvTranspose", "Tanh"));
  ASSERT_EQ(graph.input_size(), 1);
  EXPECT_EQ(graph.input(0).name(), "z");
  EXPECT_THAT(extents(graph.input(0)), ElementsAre("N", "5", "1", "1"));
  ASSERT_EQ(graph.output_size(), 1);
  EXPECT_EQ(graph.output(0).name(), "image");
  EXPECT_THAT(extents(graph.output(0)), ElementsAre("N", "1", "28", "28"));
  expect_connected(graph);
  EXPECT_THAT(attribute(graph.node(2), "kernel_shape"), ElementsAre(3, 3));
  EXPECT_THAT(attribute(graph.node(2), "strides"), ElementsAre(2, 2));
  EXPECT_THAT(attribute(graph.node(2), "pads"), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(attribute(graph.node(0), "pads"), ElementsAre(0, 0, 0, 0));
  ASSERT_EQ(graph.initializer_size(), 8);
  EXPECT_THAT(std::vector<std::int64_t>(graph.initializer(2).dims().begin(), graph.initializer(2).dims().end()),
              ElementsAre(8, 4, 3, 3));
}

// conv_transpose2d with the folded weight and bias is the first convolution and its BatchNorm.
TEST_F(Export, OnnxFoldsBatchNorm) {
  export_well("--format onnx");
  const onnx::GraphProto graph = read_onnx(out).graph();
  const Tensor weight = Tensor::from({5, 8, 4, 4}, as_floats(graph.initializer(0).raw_data()));
  const Tensor bias = Tensor::from({8}, as_floats(graph.initializer(1).raw_data()));
  const nn::Sequential network = apps::load_generator(checkpoint).network;
  Rng rng(11);
  const Tensor z = Tensor::randn({3, 5, 1, 1}, rng);
  const NoGrad guard;
  EXPECT_THAT(conv_transpose2d(z, weight, bias).values<float>(),
              ::testing::Pointwise(::testing::FloatNear(1e-4f), network[1](network[0](z)).values<float>()));
}

TEST_F(Export, OnnxDiscriminator) {
  export_well("--format onnx --network discriminator");
  const onnx::GraphProto graph = read_onnx(out).graph();
  EXPECT_THAT(types_of(graph), ElementsAre("Conv", "LeakyRelu", "Conv", "LeakyRelu", "Conv", "LeakyRelu", "Conv"));
  EXPECT_THAT(extents(graph.input(0)), ElementsAre("N", "1", "28", "28"));
  EXPECT_EQ(graph.output(0).name(), "logits");
  EXPECT_THAT(extents(graph.output(0)), ElementsAre("N", "1", "1", "1"));
  EXPECT_EQ(graph.node(1).attribute(0).f(), 0.2f);
  expect_connected(graph);
}

// The graph's convolutions one after another are the discriminator in evaluation mode. The vectors are three times too
// long: what counts is what they give, not the largest singular value.
TEST_F(Export, OnnxDividesSpectrallyNormalisedWeights) {
  const models::DcganOptions options{5, 2, 28, 3, models::Norm::spectral, 0, 1};
  write_checkpoint(options);
  export_well("--format onnx --network discriminator");
  const onnx::GraphProto graph = read_onnx(out).graph();
  EXPECT_THAT(types_of(graph), ElementsAre("Conv", "LeakyRelu", "Conv", "LeakyRelu", "Conv", "LeakyRelu", "Add", "Conv",
                                           "LeakyRelu", "Conv", "LeakyRelu", "Add", "Conv"));
  expect_connected(graph);
  Rng rng(11);
  nn::Sequential network = models::dcgan_discriminator(options, rng);
  network.load_state_dict(apps::load_discriminator(checkpoint).network.state_dict());
  network.eval();
  const NoGrad guard;
  const Tensor image = Tensor::randn({3, 3, 28, 28}, rng);
  Tensor x = image;
  std::map<std::string, Tensor> values;
  for (const onnx::TensorProto& t : graph.initializer())
    values[t.name()] =
        Tensor::from(Shape(std::vector<std::int64_t>(t.dims().begin(), t.dims().end())), as_floats(t.raw_data()));
  values[graph.input(0).name()] = image;
  for (const onnx::NodeProto& node : graph.node()) {
    const auto in = [&](int i) { return values.at(node.input(i)); };
    if (node.op_type() == "Conv")
      x = conv2d(in(0), in(1), in(2), {.stride = attribute(node, "strides")[0], .padding = attribute(node, "pads")[0]});
    else
      x = node.op_type() == "Add" ? in(0) + in(1) : leaky_relu(in(0), 0.2);
    values[node.output(0)] = x;
  }
  const std::vector<float> logits = network(image).values<float>();
  for (std::size_t i = 0; i < logits.size(); ++i)
    EXPECT_NEAR(x.values<float>()[i], logits[i], 1e-4 * std::abs(logits[i])) << i;
}

TEST_F(Export, OnnxSaysAGroupNormInOperatorsOfItsOwn) {
  write_checkpoint({5, 2, 28, 1, models::Norm::group});
  export_well("--format onnx --network discriminator");
  const onnx::GraphProto graph = read_onnx(out).graph();
  EXPECT_THAT(types_of(graph), ::testing::Contains("InstanceNormalization").Times(2));
  EXPECT_THAT(extents(graph.output(0)), ElementsAre("N", "1", "1", "1"));
  expect_connected(graph);
}

// The commands under "Weights anywhere", in a folder that holds what they read.
TEST_F(Export, ReadmeCommands) {
  const std::string readme = read_bytes(WISP_SOURCE_DIR "/README.md"), fence = "```\n";
  const std::size_t begin = readme.find(fence, readme.find("## Weights anywhere")) + fence.size();
  const std::string commands = readme.substr(begin, readme.find(fence, begin) - begin);
  ASSERT_THAT(commands, HasSubstr("dcgan export"));
  write_bytes(folder / "commands.sh", "set -e\n" + commands);
  std::filesystem::create_directories(folder / "runs/mine");
  std::filesystem::copy_file(checkpoint, folder / "runs/mine/checkpoint.safetensors");
  export_well("--format safetensors");
  std::filesystem::rename(out, folder / "from_pytorch.safetensors");
  std::filesystem::create_directories(folder / "build/release");
  std::filesystem::create_directory_symlink(WISP_BIN_DIR, folder / "build/release/bin");
  ASSERT_EQ(std::system(fmt::format("cd {} && sh commands.sh", folder.path()).c_str()), 0);
  for (const char* name : {"generator.safetensors", "generator.onnx", "digits.pgm", "digits.png"})
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

TEST_F(Export, BadOptions) {
  expect_rejected(export_to("--format pdf", out), {"--format", "safetensors, onnx or header", "pdf"});
  expect_rejected(export_to("", out), {"--format"});
  expect_rejected(export_to("--format onnx --network critic", out), {"--network", "critic"});
  expect_rejected(export_to("--format header --network discriminator", out), {"header", "discriminator"});
  expect_rejected(export_to("--format onnx --network discriminator --raw", out), {"--raw", "discriminator"});
  expect_rejected(run(folder, "dcgan export --format onnx --out " + out), {"--checkpoint"});
  expect_rejected(run(folder, "dcgan export --format onnx --checkpoint " + (folder / "nowhere") + " --out " + out),
                  {"nowhere"});
  for (const std::string format : {"safetensors", "onnx", "header"}) {
    expect_rejected(export_to("--format " + format, folder.path()), {folder.path(), "directory"});
    expect_rejected(export_to("--format " + format, folder / "no/out"), {"no/out"});
    expect_rejected(export_to("--format " + format, "''"), {"--out", "\"\""});
    const std::string before = read_bytes(checkpoint);
    expect_rejected(export_to("--format " + format, checkpoint), {"--out", "--checkpoint"});
    EXPECT_TRUE(read_bytes(checkpoint) == before);
    expect_rejected(run(folder, "dcgan export --format " + format + " --checkpoint " + checkpoint + " --out " + out,
                        "trap '' XFSZ; ulimit -f 8;"),
                    {"out"});
  }
  EXPECT_THAT(folder.names(), ElementsAre("checkpoint.safetensors", "stderr.txt", "stdout.txt"));
}

TEST_F(Export, BadFiles) {
  const Safetensors good = read_safetensors(checkpoint);
  const auto rejects = [&](const Safetensors& content, const std::string& options,
                           std::initializer_list<std::string> words) {
    write_safetensors(checkpoint, content);
    for (const std::string format : {"onnx", "header"}) {
      if (format == "header" && options != "") continue;
      expect_rejected(export_to("--format " + format + " " + options, out), words);
      EXPECT_FALSE(std::filesystem::exists(out));
    }
  };
  Safetensors changed = good;
  changed.tensors.erase("generator_ema.9.weight");
  rejects(changed, "", {"checkpoint.safetensors", "convolutions"});
  changed = good;
  changed.tensors.at("generator_ema.4.running_var") = Tensor::full({4}, -1.0);
  rejects(changed, "", {"layer 3", "finite"});
  write_bytes(checkpoint, "garbage, and more of it");
  expect_rejected(export_to("--format onnx", out), {"checkpoint.safetensors"});
}

}  // namespace
}  // namespace wisp::testing
