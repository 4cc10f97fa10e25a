// mnist: trains the judge that reads digits, and tests it. See `mnist --help`.
#include <filesystem>
#include <system_error>

#include <apps/common/compute_options.h>
#include <apps/common/run_command_line.h>
#include <apps/mnist/train.h>
#include <wisp/core/error.h>
#include <wisp/core/parallel.h>
#include <wisp/core/version.h>

namespace {

using namespace wisp::apps;

void add_train(CLI::App& app, MnistTrainOptions& o, ComputeOptions& compute, int& threads) {
  CLI::App* command = app.add_subcommand("train", "Train a judge on a folder of labelled images");
  o.data = WISP_DEFAULT_DATA;
  o.out = "judge.safetensors";
  command->add_option("--data", o.data, "Folder of IDX files, gzipped or not")->capture_default_str();
  command->add_flag("--transpose", o.transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  const CLI::Option* out =
      command->add_option("--out", o.out, "File for the judge; one that is there is replaced when it is named")
          ->capture_default_str();
  command->add_option("--epochs", o.epochs, "Times that every image is seen")->capture_default_str();
  command->add_option("--batch", o.batch, "Images per step")->capture_default_str();
  command->add_option("--lr", o.lr, "Adam's learning rate at the start")->capture_default_str();
  command->add_option("--seed", o.seed, "Seed of weights, order and distortions")->capture_default_str();
  command->add_option("--threads", threads, "Number of threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_flag("--quiet", o.quiet, "No progress on stderr");
  add_compute_options(*command, compute);
  command->callback([&, out] {
    std::error_code ignored;
    wisp::check(out->count() > 0 || !std::filesystem::exists(o.out, ignored),
                "train: {} is there already: --out {} replaces it, another --out keeps it", o.out, o.out);
    o.bf16 = apply_compute_options(compute);
    wisp::set_num_threads(threads);
    train_judge(o);
  });
}

void add_test(CLI::App& app, MnistTestOptions& o, ComputeOptions& compute) {
  CLI::App* command = app.add_subcommand("test", "Print how many of the test images a judge reads right");
  o.data = WISP_DEFAULT_DATA;
  o.judge = WISP_DEFAULT_JUDGE;
  command->add_option("--data", o.data, "Folder of IDX files, gzipped or not")->capture_default_str();
  command->add_flag("--transpose", o.transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
  command->add_option("--judge", o.judge, "File that `mnist train` wrote")->capture_default_str();
  command->add_flag("--json", o.json, "Print JSON");
  add_compute_options(*command, compute);
  command->callback([&] {
    o.bf16 = apply_compute_options(compute);
    test_judge(o);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The judge that reads digits", "mnist");
  app.set_version_flag("--version", wisp::version());
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // an option given again replaces the first
  MnistTrainOptions train_options;
  MnistTestOptions test_options;
  ComputeOptions train_compute, test_compute;
  int threads = wisp::num_threads();
  add_train(app, train_options, train_compute, threads);
  add_test(app, test_options, test_compute);
  const int exit_code = 0;
  return run_command_line(app, argc, argv, exit_code);
}
