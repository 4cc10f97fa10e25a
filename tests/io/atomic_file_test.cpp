#include <wisp/io/atomic_file.h>

#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <tests/temporary_folder.h>
#include <wisp/core/error.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(AtomicFile, WritesThePartsInOrder) {
  const TemporaryFolder folder;
  const std::string a = "one", b = "", c = raw("t\0o");
  write_file_atomically(folder / "file", {bytes_of(a), bytes_of(b), bytes_of(c)});
  EXPECT_EQ(read_bytes(folder / "file"), raw("onet\0o"));
  EXPECT_THAT(folder.names(), ElementsAre("file"));
}

TEST(AtomicFile, ReplacesAFileAndKeepsItsPermissions) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "a longer content than the new one");
  ::chmod((folder / "file").c_str(), 0640);
  write_file_atomically(folder / "file", bytes_of("new"));
  EXPECT_EQ(read_bytes(folder / "file"), "new");
  struct stat status {};
  ASSERT_EQ(::stat((folder / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFile, TakesOverWhatACrashLeft) {
  const TemporaryFolder folder;
  write_bytes(folder / "file.tmp", "half a file, longer than the whole one");
  write_file_atomically(folder / "file", bytes_of("whole"));
  EXPECT_EQ(read_bytes(folder / "file"), "whole");
  EXPECT_THAT(folder.names(), ElementsAre("file"));
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "old");
  {
    AtomicFile file(folder / "file");
    file.write(bytes_of("new"));
    EXPECT_EQ(read_bytes(folder / "file"), "old");
  }
  EXPECT_EQ(read_bytes(folder / "file"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("file"));
}

TEST(AtomicFile, ASecondWriterIsAnErrorAndDisturbsNothing) {
  const TemporaryFolder folder;
  AtomicFile first(folder / "file");
  first.write(bytes_of("first"));
  EXPECT_THAT([&] { write_file_atomically(folder / "file", bytes_of("second")); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder / "file"), HasSubstr("another process or thread"))));
  first.commit();
  EXPECT_EQ(read_bytes(folder / "file"), "first");
}

TEST(AtomicFile, FollowsASymbolicLink) {
  const TemporaryFolder folder;
  write_bytes(folder / "real", "old");
  std::filesystem::create_symlink("real", folder / "link");
  write_file_atomically(folder / "link", bytes_of("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_bytes(folder / "real"), "new");
}

TEST(AtomicFile, WritesPipesInPlace) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT([&] { write_file_atomically(folder / "pipe", bytes_of("x")); },  // nobody reads: must not wait
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder / "pipe"), HasSubstr("cannot open for writing"))));
  const FileDescriptor reader(::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK));
  write_file_atomically(folder / "pipe", bytes_of("through"));
  char text[8] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof text), 7);
  EXPECT_STREQ(text, "through");
  EXPECT_THAT(folder.names(), ElementsAre("pipe"));
}

// As /dev/stdout does: the file is open already, at a place of its own.
TEST(AtomicFile, WritesWhatThisProcessHasOpenInPlace) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "0123456789");
  FileDescriptor file(::open((folder / "file").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "ab", 2), 2);
  const std::string name = fmt::format("/dev/fd/{}", file.get());
  write_file_atomically(name, bytes_of("cd"));
  std::filesystem::create_symlink(name, folder / "link");
  write_file_atomically(folder / "link", bytes_of("ef"));
  EXPECT_EQ(read_bytes(folder / "file"), "abcdef6789");
  EXPECT_THAT(folder.names(), ElementsAre("file", "link"));

  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reader(ends[0]), writer(ends[1]);
  write_file_atomically(fmt::format("/proc/self/fd/{}", writer.get()), bytes_of("through"));
  char text[8] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof text), 7);
  EXPECT_STREQ(text, "through");
  EXPECT_THROW(write_file_atomically(fmt::format("/dev/fd/{}", reader.get()), bytes_of("x")), IoError);
  EXPECT_THROW(write_file_atomically("/dev/fd/987654", bytes_of("x")), IoError);
  EXPECT_THROW(write_file_atomically("/dev/fd/1x", bytes_of("x")), IoError);
}

TEST(AtomicFile, ALinkToItselfIsAnError) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_THROW(write_file_atomically(folder / "loop", bytes_of("x")), IoError);
}

// Never hand the machine's own /dev/null or /dev/full to these tests as root: code that forgets to look would replace
// it.
TEST(AtomicFile, AFullDevice) {
  const TemporaryFolder folder;
  std::string full = "/dev/full";
  if (::geteuid() == 0) {
    full = folder / "full";
    if (::mknod(full.c_str(), S_IFCHR | 0600, makedev(1, 7)) != 0 || ::access(full.c_str(), W_OK) != 0)
      GTEST_SKIP() << "root may not make a device here: " << os_message();
    if (!FileDescriptor(::open(full.c_str(), O_WRONLY)).is_open()) GTEST_SKIP() << "devices do not work in this folder";
  }
  EXPECT_THAT([&] { write_file_atomically(full, bytes_of("x")); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(full), HasSubstr("No space left on device"))));
  EXPECT_TRUE(std::filesystem::is_character_file(full));
}

TEST(AtomicFile, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "old");
  // A limit on the size of files makes write() fail as a full disk does, with EFBIG.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::uint64_t offset = 0;
  std::string message;
  try {
    write_file_atomically(folder / "file", bytes_of(std::string(100'000, 'x')));
  } catch (const IoError& error) {
    offset = error.offset();
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, AllOf(HasSubstr(folder / "file"), HasSubstr("cannot write: File too large")));
  EXPECT_EQ(offset, 4096u);
  EXPECT_EQ(read_bytes(folder / "file"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("file"));
}

TEST(AtomicFile, ADirectoryIsNoTarget) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { write_file_atomically(folder.path(), bytes_of("x")); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder.path()), HasSubstr("is a directory"))));
  EXPECT_THAT([&] { write_file_atomically(folder / "missing/", bytes_of("x")); },
              ThrowsMessage<IoError>(HasSubstr("without a file name")));
  EXPECT_THAT([] { write_file_atomically("", bytes_of("x")); },
              ThrowsMessage<IoError>(HasSubstr("without a file name")));
  EXPECT_TRUE(folder.names().empty());
}

TEST(AtomicFile, NamesTheFolderThatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { write_file_atomically(folder / "no/file", bytes_of("x")); },
              ThrowsMessage<IoError>(AllOf(HasSubstr(folder / "no/file"), HasSubstr("No such file or directory"))));
}

TEST(AtomicFile, AFolderThatCannotBeWritten) {
  if (::geteuid() == 0) {
    // Root may write everywhere but here.
    EXPECT_THAT([] { write_file_atomically("/proc/wisp", bytes_of("x")); },
                ThrowsMessage<IoError>(AllOf(HasSubstr("/proc/wisp"), HasSubstr("cannot create"))));
    return;
  }
  const TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0500);
  EXPECT_THAT([&] { write_file_atomically(folder / "file", bytes_of("x")); },
              ThrowsMessage<IoError>(HasSubstr("Permission denied")));
  ::chmod(folder.path().c_str(), 0700);
}

TEST(AtomicFile, SomethingElseUnderTheTemporaryName) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "file.tmp");
  EXPECT_THAT([&] { write_file_atomically(folder / "file", bytes_of("x")); },
              ThrowsMessage<IoError>(HasSubstr("cannot create " + folder / "file.tmp")));
  write_bytes(folder / "precious", "keep");
  std::filesystem::create_symlink("precious", folder / "other.tmp");
  EXPECT_THROW(write_file_atomically(folder / "other", bytes_of("x")), IoError);
  EXPECT_EQ(read_bytes(folder / "precious"), "keep");
}

}  // namespace
}  // namespace wisp::testing
