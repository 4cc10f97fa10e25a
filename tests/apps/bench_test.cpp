// bench reports what its documentation promises, on the smallest work; no test depends on how fast the machine is.
#include <gtest/gtest.h>

#include <wisp/kernels/registry.h>
#include <nlohmann/json.hpp>

#include <tests/apps/program.h>

namespace wisp::testing {
namespace {

using nlohmann::json;

// What `bench COMMAND --json` printed, which must be one JSON object with these keys.
json report(const std::string& command, std::initializer_list<const char*> keys) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder, "bench " + command + " --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  json result = json::parse(outcome.out, nullptr, false);
  EXPECT_TRUE(result.is_object()) << outcome.out;
  for (const char* key : keys) EXPECT_TRUE(result.contains(key)) << key << " is missing in " << outcome.out;
  return result;
}

TEST(Bench, Gemm) {
  const json r = report("gemm --size 32 --seconds 0.001", {"cpu", "threads", "precision", "size", "ms", "peak_gflops"});
  EXPECT_EQ(r["size"], 32);
  EXPECT_NEAR(r["gflops"].get<double>() / r["peak_gflops"].get<double>(), r["share_of_peak"].get<double>(), 1e-9);
}

TEST(Bench, StepBreakdownAddsUp) {
  for (const std::string precision : {"f32", "bf16"}) {
    const json r = report("step --batch 2 --seconds 0.01 --threads 1 --backend native --precision " + precision,
                          {"images_per_second", "ms", "precision", "backend", "threads", "cpu", "peak_rss_mb",
                           "image_size", "batch", "breakdown"});
    EXPECT_EQ(r["precision"], precision);
    EXPECT_EQ(r["backend"], "native");
    EXPECT_EQ(r["threads"], 1);
    EXPECT_EQ(r["batch"], 2);
    double sum = 0;
    for (const auto& [kind, ms] : r["breakdown"].items()) {
      EXPECT_GE(ms.get<double>(), 0) << kind;
      sum += ms.get<double>();
    }
    EXPECT_NEAR(sum, r["ms"].get<double>(), 1e-6 * sum);
    for (const char* kind : {"conv2d", "conv2d_grad_input", "conv2d_grad_weight", "other"})
      EXPECT_TRUE(r["breakdown"].contains(kind)) << kind;
    EXPECT_NEAR(r["images_per_second"].get<double>() * r["ms"].get<double>(), 2e3, 1e-3);
  }
}

TEST(Bench, Sample) {
  const json r = report("sample --seconds 0.001", {"precision", "backend", "threads", "latency_1_ms", "latency_64_ms"});
  EXPECT_NEAR(r["images_per_second_64"].get<double>() * r["latency_64_ms"].get<double>(), 64e3, 1e-2);
}

TEST(Bench, Startup) {
  const json r = report("startup --runs 1 --batch 2 --precision bf16 --backend native",
                        {"first_step_ms", "peak_rss_mb", "threads", "image_size"});
  EXPECT_EQ(r["precision"], "bf16");
  EXPECT_EQ(r["backend"], "native");
}

// Every map of every layer has the chosen implementation once and its bare matrix product once.
TEST(SlowBench, Layers) {
  const json r = report("layers --batch 2 --seconds 0.001", {"cpu", "threads", "image_size", "batch", "precisions"});
  ASSERT_EQ(r["precisions"].size(), kernels::has_fast_bf16() ? 2 : 1);
  for (const json& part : r["precisions"]) {
    int chosen = 0, gemms = 0;
    for (const json& row : part["rows"]) {
      chosen += row["chosen"].get<bool>();
      gemms += row["implementation"] == "bare gemm";
    }
    EXPECT_EQ(chosen, 8 * 3) << "four layers of each network, three maps";
    EXPECT_EQ(gemms, 8 * 3);
    const json& step = part["step"];
    double chosen_ms = 0;
    for (const json& row : part["rows"])
      if (row["chosen"]) chosen_ms += row["calls"].get<double>() * row["ms"].get<double>();
    EXPECT_NEAR(step["convolutions_ms"].get<double>(), chosen_ms, 1e-9 * chosen_ms);
    EXPECT_NEAR(step["convolutions_ms"].get<double>() / step["gemms_ms"].get<double>(), step["ratio"].get<double>(),
                1e-9);
  }
}

TEST(Bench, TheModelIsThatOfTheRecipe) {
  for (const std::string model : {"classic", "residual"}) {
    const std::string options = " --batch 2 --seconds 0.001 --threads 1 --precision f32 --model " + model;
    const json step = report("step" + options, {"model", "breakdown"});
    EXPECT_EQ(step["model"], model);
    EXPECT_EQ(step["breakdown"].contains("spectral_norm"), model == "residual");
  }
}

TEST(SlowBench, Tables) {
  const TemporaryFolder folder;
  for (const char* command :
       {"gemm --size 32 --seconds 0.001", "layers --precision f32 --batch 2 --seconds 0.001",
        "step --batch 2 --seconds 0.01", "sample --seconds 0.001", "startup --runs 1 --batch 2"}) {
    const Outcome outcome = run(folder, std::string("bench ") + command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find(" ms"), std::string::npos) << outcome.out;
  }
}

TEST(Bench, BadOptions) {
  const TemporaryFolder folder;
  for (const std::string command : {"gemm", "layers", "step", "sample", "startup"}) {
    expect_rejected(run(folder, "bench " + command + " --precision f16"), {"--precision", "f16"});
    expect_rejected(run(folder, "bench " + command + " --backend abacus"), {"abacus", "native"});
    expect_rejected(run(folder, "bench " + command, "WISP_BACKEND=abacus"), {"WISP_BACKEND", "abacus"});
    expect_rejected(run(folder, "bench " + command, "WISP_CONV=fft"), {"WISP_CONV", "fft", "winograd"});
    expect_rejected(run(folder, "bench " + command + " --threads 0"), {"--threads", "0"});
    if (command != "gemm") expect_rejected(run(folder, "bench " + command + " --model new"), {"--model", "new"});
  }
  for (const std::string command : {"layers", "step", "sample", "startup"})
    expect_rejected(run(folder, "bench " + command + " --algorithm fft"), {"fft", "im2col", "winograd"});
  for (const std::string command : {"layers", "step", "sample", "startup"})
    expect_rejected(run(folder, "bench " + command + " --image-size 30"), {"--image-size", "30"});
  for (const std::string command : {"gemm", "layers", "step", "sample"})
    for (const std::string seconds : {"0", "-1", "nan", "long"})
      expect_rejected(run(folder, "bench " + command + " --seconds=" + seconds), {"--seconds"});
  expect_rejected(run(folder, "bench step --batch 0"), {"--batch", "0"});
  expect_rejected(run(folder, "bench startup --runs 0"), {"--runs", "0"});
}

}  // namespace
}  // namespace wisp::testing
