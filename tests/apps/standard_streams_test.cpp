// Standard output that cannot be written is a failure, diagnostics that cannot be written are none, and no file gets
// the number of a stream that was closed. Every program and every command.
#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <tests/apps/tiny_checkpoint.h>
#include <tests/apps/tiny_data.h>
#include <wisp/io/file_descriptor.h>
#include <wisp/io/png.h>

namespace wisp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

// A pipe that nobody reads any more, as descriptor 4.
std::string broken_pipe(const TemporaryFolder& folder) {
  const std::string name = folder / "pipe";
  return "rm -f " + name + "; mkfifo " + name + "; exec 3<>" + name + " 4>" + name + " 3<&-;";
}

class StandardStreams : public ::testing::Test {
 protected:
  // Images of both splits, all of class 0 or 1, networks and a judge's worth of training, made once.
  static void SetUpTestSuite() {
    folder = std::make_unique<TemporaryFolder>();
    data = *folder / "data";
    write_tiny_data(data);
    std::vector<std::uint8_t> labels(40);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i % 2;
    write_idx(data + "/train-labels-idx1-ubyte", Tensor::from({40}, labels));
    for (const char* kind : {"images-idx3", "labels-idx1"})
      fs::copy_file(data + "/train-" + kind + "-ubyte", data + "/t10k-" + kind + "-ubyte");
    write_tiny_checkpoint(checkpoint(), {5, 2, 28, 1});
    write_png(*folder / "picture.png", Tensor::full({16, 16}, 9, DType::u8));
    ASSERT_EQ(run(*folder, train("run")).exit_code, 0);
    ASSERT_EQ(run(*folder, mnist_train()).exit_code, 0);
  }
  static void TearDownTestSuite() { folder.reset(); }

  static std::string checkpoint() { return *folder / "checkpoint.safetensors"; }
  static std::string judge() { return *folder / "judge.safetensors"; }
  static std::string train(const std::string& name) {
    return "dcgan train --evaluate-every 0 --steps 12 --base-channels 2 --latent 4 --batch 8 --threads 1 --data " +
           data + " --out " + (*folder / name);
  }
  static std::string mnist_train() {
    return "mnist train --epochs 1 --batch 20 --threads 1 --data " + data + " --out " + judge();
  }

  // What only prints is quick; the others are everything else that prints.
  static std::vector<std::string> printing() {
    std::vector<std::string> commands{"tconv shape --input 4 --kernel 3", "tconv shape --json --input 4 --kernel 3",
                                      "tconv presets"};
    for (const char* program : {"dcgan", "mnist", "tconv", "bench"})
      for (const char* option : {" --help", " --version"}) commands.push_back(std::string(program) + option);
    for (const char* command : {"dcgan train", "mnist test", "tconv explain", "bench step"})
      commands.push_back(std::string(command) + " --help");
    return commands;
  }
  static std::vector<std::string> working() {
    const std::string out = *folder / "out", bench = " --seconds 0.001 --threads 1 --json";
    return {"tconv explain --preset 3-6 --out " + out,
            "tconv upsample --steps 1 --image " + (*folder / "picture.png") + " --out " + out,
            "tconv autoencode --quiet --steps 1 --batch 8 --threads 1 --data " + data + " --out " + out,
            "dcgan features --checkpoint " + checkpoint() + " --out " + out,
            "dcgan evaluate --count 20 --data " + data + " --judge " + judge() + " --checkpoint " + checkpoint(),
            "dcgan evaluate --json --count 20 --data " + data + " --judge " + judge() + " --checkpoint " + checkpoint(),
            "dcgan report " + (*folder / "run"),
            "dcgan serve --port 0 --threads 1 --checkpoint " + checkpoint(),
            "mnist test --data " + data + " --judge " + judge(),
            "mnist test --json --data " + data + " --judge " + judge(),
            mnist_train() + " --quiet",
            "bench gemm --size 16" + bench,
            "bench sample" + bench};
  }
  static std::string settings() { return "export OMP_NUM_THREADS=1 XDG_CACHE_HOME=" + (*folder / "cache") + ";"; }
  static Outcome redirected(const std::string& command, const std::string& redirections,
                            const std::string& before = "") {
    return run_redirected(*folder, command, redirections, settings() + before);
  }

  static inline std::unique_ptr<TemporaryFolder> folder;
  static inline std::string data;
};

TEST_F(StandardStreams, OutputThatIsLostIsAFailure) {
  std::vector<std::string> commands = printing();
  for (const std::string& command : commands) {
    SCOPED_TRACE(command);
    EXPECT_EQ(run(*folder, command).exit_code, 0);
    expect_rejected(redirected(command, ">&-"), {"cannot write to standard output"});
  }
  const std::vector<std::string> more = working();
  commands.insert(commands.end(), more.begin(), more.end());
  for (const std::string& command : commands) {
    SCOPED_TRACE(command);
    expect_rejected(redirected(command, ">/dev/full"), {"cannot write to standard output", "No space left"});
  }
}

TEST_F(StandardStreams, ACommandThatPrintsNothingNeedsNoOutput) {
  for (const char* redirection : {">/dev/full", ">&-", ">&- 2>&- <&-"}) {
    fs::remove(*folder / "grid.png");
    EXPECT_EQ(redirected("dcgan sample --checkpoint " + checkpoint() + " --out " + (*folder / "grid.png"), redirection)
                  .exit_code,
              0);
    EXPECT_THAT(read_bytes(*folder / "grid.png"), StartsWith("\x89PNG"));
  }
}

// 128 and the number of SIGPIPE, and nothing said, as of any program before `head`.
TEST_F(StandardStreams, AReaderThatHasGone) {
  for (const std::string& command : printing()) {
    const Outcome gone = redirected(command, ">&4", broken_pipe(*folder));
    EXPECT_EQ(gone.exit_code, 141) << command;
    EXPECT_EQ(gone.err, "") << command;
  }
  expect_rejected(redirected("tconv presets", ">&4", "trap '' PIPE; " + broken_pipe(*folder)),
                  {"cannot write to standard output", "Broken pipe"});
}

TEST_F(StandardStreams, DiagnosticsThatAreLostChangeNothing) {
  const std::string expected = read_bytes(*folder / "run/checkpoint.safetensors");
  for (const char* lost : {"2>/dev/full", "2>&-", "2>&4", ">&- 2>&- <&-"}) {
    SCOPED_TRACE(lost);
    fs::remove_all(*folder / "again");
    EXPECT_EQ(redirected(train("again"), lost, broken_pipe(*folder)).exit_code, 0);
    EXPECT_EQ(read_bytes(*folder / "again/checkpoint.safetensors"), expected);
    EXPECT_THAT(read_bytes(*folder / "again/lock"), StartsWith("process "));
    EXPECT_EQ(read_bytes(*folder / "again/lock").find('\n'), std::string::npos) << "progress was written into it";
    EXPECT_TRUE(fs::exists(*folder / "again/report.html"));
  }
  for (const char* lost : {"2>/dev/full", "2>&4"}) {
    SCOPED_TRACE(lost);
    EXPECT_EQ(redirected(mnist_train(), std::string(lost) + " >/dev/null", broken_pipe(*folder)).exit_code, 0);
    EXPECT_EQ(
        redirected("tconv autoencode --steps 2 --batch 8 --threads 1 --data " + data + " --out " + (*folder / "out"),
                   std::string(lost) + " >/dev/null", broken_pipe(*folder))
            .exit_code,
        0);
    EXPECT_EQ(redirected("dcgan sample --checkpoint " + checkpoint() + " --out " + (*folder / "grid.png"), lost,
                         "export WISP_VERBOSE=1;" + broken_pipe(*folder))
                  .exit_code,
              0);
  }
}

TEST_F(StandardStreams, AnErrorThatNobodySeesIsOne) {
  for (const char* program : {"dcgan", "mnist", "tconv", "bench"})
    for (const char* lost : {"2>/dev/full", "2>&-", "2>&4", ">/dev/full 2>/dev/full"})
      EXPECT_EQ(redirected(std::string(program) + " --frobnicate", lost, broken_pipe(*folder)).exit_code, 2) << lost;
}

// Every command that writes one file, through the shell's pipes and into its files.
TEST_F(StandardStreams, AFileOnStandardOutput) {
  for (const std::string& command :
       {"dcgan sample --count 3 --checkpoint " + checkpoint() + " --out ",
        "dcgan sample --count 3 --checkpoint " + checkpoint() + " --idx ",
        "dcgan interpolate --rows 1 --steps 3 --checkpoint " + checkpoint() + " --out ",
        "dcgan interpolate --rows 1 --steps 3 --checkpoint " + checkpoint() + " --gif ",
        "dcgan export --format safetensors --checkpoint " + checkpoint() + " --out ",
        "dcgan export --format onnx --checkpoint " + checkpoint() + " --out ",
        "dcgan export --format header --checkpoint " + checkpoint() + " --out ",
        "dcgan report " + (*folder / "run") + " --out ",
        "mnist train --quiet --epochs 1 --batch 20 --threads 1 --data " + data + " --out "}) {
    SCOPED_TRACE(command);
    ASSERT_EQ(run(*folder, command + (*folder / "file"), settings()).exit_code, 0);
    const std::string expected = read_bytes(*folder / "file");
    const Outcome piped = redirected(command + "/dev/stdout", "| cat");
    EXPECT_TRUE(piped.out == expected) << piped.err;
    const Outcome file = redirected(command + "/dev/stdout", "");
    EXPECT_EQ(file.exit_code, 0) << file.err;
    EXPECT_TRUE(file.out == expected) << file.out.size() << " bytes, not " << expected.size();
  }
}

TEST_F(StandardStreams, AFileOnAnyDescriptor) {
  const std::string sample = "dcgan sample --count 3 --checkpoint " + checkpoint() + " --out ", file = *folder / "kept";
  ASSERT_EQ(run(*folder, sample + (*folder / "file")).exit_code, 0);
  const std::string expected = read_bytes(*folder / "file");
  fs::create_symlink("/dev/fd/1", *folder / "link");
  for (const std::string& name : {std::string("/dev/fd/1"), std::string("/proc/self/fd/1"), *folder / "link"})
    EXPECT_TRUE(redirected(sample + name, "| cat").out == expected) << name;
  EXPECT_TRUE(fs::is_symlink(*folder / "link"));
  // What the file holds already stays, and who opened it goes on behind what was written.
  write_bytes(file, "before ");
  EXPECT_EQ(redirected(sample + "/dev/fd/5", "5>>" + file).exit_code, 0);
  EXPECT_TRUE(read_bytes(file) == "before " + expected);
  const Outcome among =
      run(*folder, sample + "/dev/stdout", "among() { printf 'first '; \"$@\"; printf ' last'; }; among");
  EXPECT_TRUE(among.out == "first " + expected + " last") << among.err;
  expect_rejected(run(*folder, sample + "/dev/fd/9"), {"/dev/fd/9"});
}

TEST_F(StandardStreams, ANamedPipe) {
  const std::string pipe = *folder / "named";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const FileDescriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_EQ(run(*folder, "dcgan sample --count 1 --checkpoint " + checkpoint() + " --out " + pipe).exit_code, 0);
  char start[4] = {};
  EXPECT_EQ(::read(reader.get(), start, sizeof start), 4);
  EXPECT_EQ(std::string(start, 4), "\x89PNG");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(StandardStreams, AFullDeviceAsTheFile) {
  expect_rejected(redirected("dcgan sample --checkpoint " + checkpoint() + " --out /dev/stdout", ">/dev/full"),
                  {"/dev/stdout", "No space left"});
  expect_rejected(redirected("dcgan sample --checkpoint " + checkpoint() + " --out /dev/stdout", ">&-"),
                  {"/dev/stdout"});
}

TEST_F(StandardStreams, NoFolder) {
  for (const std::string& command :
       {std::string("tconv explain --preset 3-6"), "tconv upsample --steps 1 --image " + (*folder / "picture.png"),
        "tconv autoencode --quiet --steps 1 --batch 8 --data " + data, "dcgan features --checkpoint " + checkpoint(),
        "dcgan train --steps 1 --batch 8 --quiet --data " + data}) {
    const Outcome outcome = redirected(command + " --out /dev/stdout", "| cat");
    EXPECT_EQ(outcome.out, "") << command;
    EXPECT_THAT(outcome.err, HasSubstr("/dev/stdout")) << command;
    EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  }
}

}  // namespace
}  // namespace wisp::testing
