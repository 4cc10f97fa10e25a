#include <wisp/data/picture_folder.h>

#include <chrono>

#include <gmock/gmock.h>

#include <tests/pictures.h>
#include <wisp/data/data_loader.h>
#include <wisp/data/picture_files.h>
#include <wisp/io/safetensors.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::ThrowsMessage;

namespace fs = std::filesystem;

class PictureFolder : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& bytes) const {
    fs::create_directories(fs::path(folder / name).parent_path());
    write_bytes(folder / name, bytes);
  }
  ImageDataset load(std::int64_t size = 8, Split split = Split::train) const {
    return load_picture_folder(folder.path(), split, size, cache.path());
  }
  bool has_pictures() const { return !detail::find_pictures(folder.path(), Split::train).names.empty(); }
  // The first bytes of the images, (N, C, size, size).
  std::vector<int> shades() const {
    const ImageDataset dataset = load();
    const std::vector<std::uint8_t> pixels = dataset.images.values<std::uint8_t>();
    std::vector<int> result;
    for (std::size_t at = 0; at < pixels.size(); at += pixels.size() / static_cast<std::size_t>(dataset.images.dim(0)))
      result.push_back(pixels[at]);
    return result;
  }
  std::vector<int> labels() const {
    const Tensor values = load().labels;
    if (!values.defined()) return {};
    const std::vector<std::uint8_t> bytes = values.values<std::uint8_t>();
    return {bytes.begin(), bytes.end()};
  }
  void expect_rejected(std::initializer_list<std::string> words, Split split = Split::train) const {
    for (const std::string& word : words)
      EXPECT_THAT([&] { load(8, split); }, ThrowsMessage<IoError>(AllOf(HasSubstr(word), Not(HasSubstr("\n")))));
  }

  const TemporaryFolder folder, cache;
};

TEST_F(PictureFolder, TheSquareInTheMiddle) {
  const Painter paint = [](std::int64_t y, std::int64_t x, std::int64_t c) { return (y * 20 + x * 3 + c * 100) % 256; };
  add("high.png", png_of(13, 8, 3, paint));
  add("wide.png", png_of(8, 11, 3, paint));
  const Tensor images = load(8).images;
  ASSERT_EQ(images.shape(), (Shape{2, 3, 8, 8}));
  std::vector<std::uint8_t> expected;
  for (const auto& [top, left] : {std::pair{2, 0}, std::pair{0, 1}})
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) expected.push_back(static_cast<std::uint8_t>(paint(top + y, left + x, c)));
  EXPECT_EQ(images.values<std::uint8_t>(), expected);
}

// Half the size of a slope that rises by 10 a pixel is one that rises by 20: pixel i lies over pixels 2 i and 2 i + 1.
TEST_F(PictureFolder, Resizes) {
  add("slope.png", png_of(16, 16, 3, [](std::int64_t y, std::int64_t x, std::int64_t c) {
        return static_cast<int>(c == 0 ? 10 * x : c == 1 ? 10 * y : 77);
      }));
  const std::vector<std::uint8_t> pixels = load(8).images.values<std::uint8_t>();
  for (std::size_t y = 1; y < 7; ++y)
    for (std::size_t x = 1; x < 7; ++x) {
      EXPECT_EQ(pixels[8 * y + x], 20 * x + 5);
      EXPECT_EQ(pixels[64 + 8 * y + x], 20 * y + 5);
      EXPECT_EQ(pixels[128 + 8 * y + x], 77);
    }
  EXPECT_EQ(load(32).images.shape(), (Shape{1, 3, 32, 32}));
}

TEST_F(PictureFolder, GreyWhereAllAreGrey) {
  add("a.png", png_of(8, 8, {40}));
  add("b.png", png_of(8, 8, {50, 50, 50}));
  EXPECT_EQ(load().images.shape(), (Shape{2, 1, 8, 8}));
  EXPECT_THAT(shades(), ElementsAre(40, 50));
  add("c.png", png_of(8, 8, {60, 60, 61}));
  const Tensor images = load().images;
  EXPECT_EQ(images.shape(), (Shape{3, 3, 8, 8}));
  const std::vector<std::uint8_t> pixels = images.values<std::uint8_t>();
  EXPECT_THAT(std::vector(pixels.begin(), pixels.begin() + 3 * 64), Each(40));
  EXPECT_EQ(pixels.back(), 61);
}

TEST_F(PictureFolder, FilesThatCount) {
  EXPECT_FALSE(has_pictures());
  add("notes.txt", "no picture");
  add(".hidden.png", png_of(8, 8, {1}));
  add("some/deeper/a.png", png_of(8, 8, {2}));
  EXPECT_FALSE(has_pictures());
  expect_rejected({folder.path(), "no pictures"});
  add("B.JPG", grey_jpeg());
  add("a.png", png_of(8, 8, {10}));
  add("c.Jpeg", grey_jpeg());
  EXPECT_TRUE(has_pictures());
  const ImageDataset dataset = load();
  EXPECT_THAT(shades(), ElementsAre(137, 10, 137));
  EXPECT_EQ(dataset.note, folder.path() + ": 1 folder is left out: some/deeper");
  EXPECT_FALSE(dataset.labels.defined());
}

TEST_F(PictureFolder, FoldersAreLabels) {
  add("dogs/1.png", png_of(8, 8, {10}));
  EXPECT_THAT(labels(), IsEmpty()) << "one folder is no classes";
  add("cats/2.png", png_of(8, 8, {20}));
  add("cats/1.png", png_of(8, 8, {30}));
  add("eels/1.png", png_of(8, 8, {40}));
  EXPECT_THAT(shades(), ElementsAre(30, 20, 10, 40));
  EXPECT_THAT(labels(), ElementsAre(0, 0, 1, 2));
  add("cats/2.png", "no picture");
  EXPECT_THAT(shades(), ElementsAre(30, 10, 40));
  EXPECT_THAT(labels(), ElementsAre(0, 1, 2)) << "labels stay with their pictures";
  add("0.png", png_of(8, 8, {50}));
  EXPECT_THAT(labels(), IsEmpty()) << "one has none";
}

TEST_F(PictureFolder, TrainAndTest) {
  add("train/ants/1.png", png_of(8, 8, {10}));
  add("train/bees/1.png", png_of(8, 8, {20}));
  EXPECT_FALSE(has_pictures()) << "without a folder test, train is a folder like others";
  add("test/ants/1.png", png_of(8, 8, {30}));
  EXPECT_TRUE(has_pictures());
  EXPECT_THAT(shades(), ElementsAre(10, 20));
  EXPECT_THAT(labels(), ElementsAre(0, 1));
  EXPECT_EQ(load(8, Split::test).images.values<std::uint8_t>()[0], 30);
  fs::remove_all(folder / "test");
  expect_rejected({folder.path(), "folders train and test"}, Split::test);
}

TEST_F(PictureFolder, FoldersThatAreLeftOutAreNamed) {
  add("train/a/1.png", png_of(8, 8, {10}));
  add("train/a/small/1.png", png_of(8, 8, {10}));
  add("test/a/1.png", png_of(8, 8, {20}));
  EXPECT_EQ(load().note, folder / "train: 1 folder is left out: a/small");
  EXPECT_EQ(load(8, Split::test).note, "");
  add("validation/a/1.png", png_of(8, 8, {30}));
  EXPECT_EQ(load(8, Split::test).note, folder / "test: 1 folder is left out: ../validation");
  for (const char* name : {"b\nc", "d", "e"}) fs::create_directories(fs::path(folder / "train/a") / name);
  add("train/a/2.png", "no picture");
  EXPECT_THAT(load().note, AllOf(HasSubstr("1 of 2 pictures cannot be used"),
                                 HasSubstr("; 5 folders are left out: a/b\\nc, a/d, a/e, and 2 more")));
}

// torchvision raises where one is empty; here the note says it.
TEST_F(PictureFolder, ClassesAreNumberedOverBothSplits) {
  for (const char* name : {"train/a", "train/c", "test/a", "test/b", "test/c"})
    add(std::string(name) + "/1.png", png_of(8, 8, {10}));
  for (const bool is_there : {false, true}) {
    if (is_there) fs::create_directories(folder / "train/b");
    EXPECT_THAT(labels(), ElementsAre(0, 2));
    EXPECT_THAT(load(8, Split::test).labels.values<std::uint8_t>(), ElementsAre(0, 1, 2));
    EXPECT_THAT(load().class_names, ElementsAre("a", "b", "c"));
    EXPECT_EQ(load().note, folder / "train: no pictures are here of class 1 (b), of 3");
    EXPECT_EQ(load(8, Split::test).note, "");
    EXPECT_EQ(class_count(load()), 3);
    EXPECT_THAT(empty_classes(load()), ElementsAre(1));
  }
  add("train/b/1.png", "no picture");
  EXPECT_THAT(load().note, AllOf(HasSubstr("1 of 3 pictures cannot be used"), HasSubstr("of class 1 (b)")));
  add("train/b/1.png", png_of(9, 9, {10}));
  EXPECT_THAT(labels(), ElementsAre(0, 1, 2));
  EXPECT_EQ(load().note, "");
}

TEST_F(PictureFolder, ANewEmptyFolderIsNoticedThoughThePicturesAreCached) {
  add("b/1.png", png_of(8, 8, {10}));
  add("c/1.png", png_of(8, 8, {20}));
  EXPECT_THAT(labels(), ElementsAre(0, 1));
  fs::create_directories(folder / "a");
  EXPECT_THAT(labels(), ElementsAre(1, 2));
  EXPECT_THAT(load().note, HasSubstr("of class 0 (a)"));
}

TEST_F(PictureFolder, MoreThan256Classes) {
  const std::string png = png_of(8, 8, {10});
  for (int i = 0; i < 300; ++i) add(std::to_string(1000 + i) + "/1.png", png);
  for (int again = 0; again < 2; ++again) {  // the second time from the cache
    const ImageDataset dataset = load();
    ASSERT_TRUE(dataset.labels.defined());
    const std::vector<std::int64_t> numbers = dataset.labels.values<std::int64_t>();
    for (std::int64_t i = 0; i < 300; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(class_count(dataset), 300);
    EXPECT_EQ(DataLoader(dataset, {.batch_size = 300}).batch(0, 0).labels.values<std::int64_t>(), numbers);
  }
}

TEST_F(PictureFolder, CorruptPicturesAreCountedByName) {
  const std::string good = png_of(9, 9, {1, 2, 3});
  add("a.png", good.substr(0, good.size() / 2));
  add("b.png", good);
  add("c.jpg", "A letter, not a picture.");
  EXPECT_EQ(load().images.dim(0), 1);
  EXPECT_THAT(load().note, AllOf(HasSubstr(folder.path()), HasSubstr("2 of 3 pictures cannot be used"),
                                 HasSubstr("a.png: offset"), HasSubstr("cut short"), HasSubstr("c.jpg: offset"),
                                 Not(HasSubstr("b.png")), Not(HasSubstr("more"))));
  add("d\n\xe9.png", huge_png());  // its last letter in Latin-1
  add("e.png", png_of(1, 1, {5}));
  add("f.png", "");
  EXPECT_THAT(load().note, AllOf(HasSubstr("5 of 6 pictures"), HasSubstr(R"(d\n\xe9.png)"), HasSubstr("20000 x 20000"),
                                 HasSubstr("and 2 more"), Not(HasSubstr("e.png")), Not(HasSubstr("\n"))));
}

TEST_F(PictureFolder, NoPictureCanBeUsed) {
  add("a.png", png_of(1, 1, {5}));
  expect_rejected({folder.path(), "1 of 1 pictures", "a.png", "1 x 1", "8 x 8"});
  add("a.png", png_of(20, 7, {5}));
  expect_rejected({"7 x 20"});
  add("a.png", huge_png());
  expect_rejected({"a.png", "20000 x 20000"});
  add("b.png", "");
  expect_rejected({"2 of 2 pictures", "a.png", "b.png", "empty"});
  EXPECT_THAT(cache.names(), IsEmpty());
}

TEST_F(PictureFolder, BoundsAndMistakes) {
  EXPECT_THAT([&] { load_picture_folder(folder / "nowhere", Split::train, 8); },
              ThrowsMessage<IoError>(HasSubstr(folder / "nowhere")));
  for (int i = 0; i < 86; ++i) add(std::to_string(i) + ".png", "");
  EXPECT_THAT([&] { load(4096); }, ThrowsMessage<IoError>(AllOf(HasSubstr("86 pictures"), HasSubstr("4294967296"))));
  EXPECT_THAT([&] { load(0); }, ThrowsMessage<Error>(HasSubstr("size is 0")));
  EXPECT_THAT([&] { load(4097); }, ThrowsMessage<Error>(HasSubstr("size is 4097")));
}

class CachedPictures : public PictureFolder {
 protected:
  CachedPictures() {
    add("a.png", png_of(8, 8, {10}));
    add("b.png", png_of(8, 8, {20}));
    add("c.png", "no picture");
    expected = shades();
    mark();
  }

  // Changes the cached images, so that one sees where they come from.
  void mark() const {
    ASSERT_EQ(cache.names().size(), 1u) << "another state of the folder takes the place of the one before";
    Safetensors content = read_safetensors(file());
    content.tensors.at("images").mutable_data<std::uint8_t>()[0] = 99;
    write_safetensors(file(), content);
    EXPECT_EQ(shades()[0], 99) << "the cache is not used";
  }

  std::string file() const { return cache / cache.names()[0]; }

  std::vector<int> expected;
};

TEST_F(CachedPictures, NotesAndLabelsAreKept) {
  EXPECT_THAT(load().note, HasSubstr("1 of 3 pictures cannot be used: c.png"));
  fs::create_directories(folder / "x");
  fs::create_directories(folder / "y");
  fs::rename(folder / "a.png", folder / "x/a.png");
  fs::rename(folder / "b.png", folder / "y/b.png");
  fs::remove(folder / "c.png");
  EXPECT_THAT(labels(), ElementsAre(0, 1));
  mark();
  EXPECT_THAT(labels(), ElementsAre(0, 1));
  EXPECT_EQ(load().note, "");
}

TEST_F(CachedPictures, WhichFilesAreUsedIsMadeAnewWhereItDoesNotFit) {
  for (const auto& used : std::vector<std::vector<std::uint8_t>>{{1, 1, 1}, {1, 0, 0}, {1, 1}}) {
    Safetensors content = read_safetensors(file());
    content.tensors["used"] = Tensor::from({static_cast<std::int64_t>(used.size())}, used);
    write_safetensors(file(), content);
    EXPECT_EQ(shades(), expected);
    mark();
  }
}

TEST_F(CachedPictures, AnotherSizeIsAnotherCache) {
  EXPECT_EQ(load(16).images.shape(), (Shape{2, 1, 16, 16}));
  EXPECT_EQ(cache.names().size(), 2u);
  EXPECT_EQ(shades()[0], 99);
}

TEST_F(CachedPictures, AddedFiles) {
  add("d.png", png_of(8, 8, {30}));
  EXPECT_THAT(shades(), ElementsAre(10, 20, 30));
  mark();
}

TEST_F(CachedPictures, RemovedFiles) {
  fs::remove(folder / "b.png");
  EXPECT_THAT(shades(), ElementsAre(10));
  mark();
}

TEST_F(CachedPictures, RenamedFiles) {
  fs::rename(folder / "a.png", folder / "z.png");
  EXPECT_THAT(shades(), ElementsAre(20, 10));
}

TEST_F(CachedPictures, FilesOfAnotherSize) {
  const auto time = fs::last_write_time(folder / "a.png");
  add("a.png", png_of(8, 8, {10}) + "x");
  fs::last_write_time(folder / "a.png", time);
  EXPECT_EQ(shades(), expected);
}

TEST_F(CachedPictures, FilesOfAnotherTime) {
  fs::last_write_time(folder / "a.png", fs::last_write_time(folder / "a.png") + std::chrono::seconds(1));
  EXPECT_EQ(shades(), expected);
}

TEST_F(CachedPictures, FilesOfOtherPermissions) {
  fs::permissions(folder / "a.png", fs::perms::owner_read);
  EXPECT_EQ(shades(), expected) << "what could not be read may be readable now";
}

TEST_F(CachedPictures, ADamagedCacheIsMadeAnew) {
  Safetensors content = read_safetensors(file());
  content.tensors["images"] = Tensor::zeros({2, 8, 7}, DType::u8);
  write_safetensors(file(), content);
  EXPECT_EQ(shades(), expected);
  mark();
  content = read_safetensors(file());
  content.metadata.erase("note");
  write_safetensors(file(), content);
  EXPECT_EQ(shades(), expected);
  write_bytes(file(), "x");
  EXPECT_EQ(shades(), expected);
}

}  // namespace
}  // namespace wisp::testing
