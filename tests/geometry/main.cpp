// geometry_test [--geometries N] [--seed S] [--only INDEX]: GoogleTest's own options, and which geometries to try.
#include <gtest/gtest.h>

#include <limits>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <apps/common/decimal.h>
#include <tests/geometry/run.h>
#include <wisp/core/diagnostics.h>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  wisp::testing::Run& run = wisp::testing::run;
  const std::int64_t most = std::int64_t{1} << 32;
  CLI::App app("The convolution family on random geometries", "geometry_test");
  app.add_option("--geometries", run.geometries, "How many")
      ->check(CLI::Range(std::int64_t{1}, most))
      ->capture_default_str();
  app.add_option("--seed", run.seed, "Of the geometries and their operands")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str();
  app.add_option("--only", run.only, "Index of the one geometry to try")->check(CLI::Range(std::int64_t{0}, most - 1));
  wisp::apps::read_decimal_numbers(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    wisp::say("geometry_test: {}; see --help", error.what());
    return 2;
  }
  const int exit_code = RUN_ALL_TESTS();
  if (!::testing::GTEST_FLAG(list_tests))
    fmt::print("geometries {}, seed {}\n", run.only ? 1 : run.geometries, run.seed);
  return exit_code;
}
