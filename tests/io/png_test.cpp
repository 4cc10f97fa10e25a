#include <wisp/io/png.h>

#include <cmath>
#include <limits>
#include <memory_resource>
#include <new>

#include <gmock/gmock.h>

#include <wisp/io/image.h>

#include <tests/temporary_folder.h>

namespace wisp::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// One pixel of a grid: its first channel.
int pixel(const Tensor& grid, std::int64_t y, std::int64_t x) {
  return grid.data<std::uint8_t>()[(y * grid.dim(1) + x) * grid.dim(2)];
}

TEST(ToU8, RoundsToNearestAndClamps) {
  const Tensor values = Tensor::from<float>({9}, {-1, 1, 0, -2, 2, -infinity, infinity, nan, 0.25f});
  EXPECT_THAT(to_u8(values).values<std::uint8_t>(), ElementsAre(0, 255, 128, 0, 255, 0, 255, 0, 159));
  const Tensor doubles = Tensor::from<double>({4}, {0.4, 0.5, 10.6, 300});
  EXPECT_THAT(to_u8(doubles, {0, 255}).values<std::uint8_t>(), ElementsAre(0, 1, 11, 255));
}

TEST(ToU8, InvertsTheScalingOfEveryByte) {
  std::vector<float> scaled;
  for (int byte = 0; byte < 256; ++byte) scaled.push_back(static_cast<float>(byte) / 127.5f - 1);
  const std::vector<std::uint8_t> bytes = to_u8(Tensor::from({256}, scaled)).values<std::uint8_t>();
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(bytes[i], i);
}

TEST(ToU8, KeepsShapeAndLogicalOrder) {
  std::vector<float> numbers(2 * 3 * 2 * 4);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  const Tensor bytes = to_u8(Tensor::from({2, 3, 2, 4}, numbers), {0, 255});
  EXPECT_EQ(bytes.shape(), (Shape{2, 3, 2, 4}));
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(bytes.values<std::uint8_t>()[i], i);
}

TEST(ToU8, Mistakes) {
  const Tensor x = Tensor::zeros({1});
  EXPECT_THAT([&] { to_u8(x, {1, 1}); }, ThrowsMessage<Error>(AllOf(HasSubstr("to_u8"), HasSubstr("[1, 1]"))));
  EXPECT_THAT([&] { to_u8(x, {1, -1}); }, ThrowsMessage<Error>(HasSubstr("value_range")));
  EXPECT_THAT([&] { to_u8(x, {nan, 1}); }, ThrowsMessage<Error>(HasSubstr("value_range")));
  EXPECT_THAT([&] { to_u8(x, {0, infinity}); }, ThrowsMessage<Error>(HasSubstr("value_range")));
  EXPECT_THAT([&] { to_u8(Tensor::zeros({1}, DType::i64)); }, ThrowsMessage<Error>(HasSubstr("i64")));
}

TEST(MakeGrid, PlacesImagesAsTorchvision) {
  // Five 2x3 images in rows of two: 3 rows and 2 columns, each cell preceded by a padding of 1.
  std::vector<std::uint8_t> numbers(5 * 2 * 3);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i + 1);
  const Tensor grid = make_grid(Tensor::from({5, 1, 2, 3}, numbers), {.nrow = 2, .padding = 1, .pad_value = 1});
  EXPECT_EQ(grid.shape(), (Shape{10, 9, 1}));
  const std::vector<std::uint8_t> expected = {255, 255, 255, 255, 255, 255, 255, 255, 255,  //
                                              255, 1,   2,   3,   255, 7,   8,   9,   255,  //
                                              255, 4,   5,   6,   255, 10,  11,  12,  255,  //
                                              255, 255, 255, 255, 255, 255, 255, 255, 255,  //
                                              255, 13,  14,  15,  255, 19,  20,  21,  255,  //
                                              255, 16,  17,  18,  255, 22,  23,  24,  255,  //
                                              255, 255, 255, 255, 255, 255, 255, 255, 255,  //
                                              255, 25,  26,  27,  255, 255, 255, 255, 255,  //
                                              255, 28,  29,  30,  255, 255, 255, 255, 255,  //
                                              255, 255, 255, 255, 255, 255, 255, 255, 255};
  EXPECT_EQ(grid.values<std::uint8_t>(), expected);
}

TEST(MakeGrid, DefaultsAreTorchvisions) {
  const Tensor grid = make_grid(Tensor::ones({64, 1, 28, 28}));
  EXPECT_EQ(grid.shape(), (Shape{8 * 30 + 2, 8 * 30 + 2, 1}));
  EXPECT_EQ(pixel(grid, 1, 1), 0);
  EXPECT_EQ(pixel(grid, 2, 2), 255);
  EXPECT_EQ(pixel(grid, 29, 29), 255);
  EXPECT_EQ(pixel(grid, 30, 30), 0);
  EXPECT_EQ(pixel(grid, 239, 239), 255);
  EXPECT_EQ(pixel(grid, 240, 240), 0);
  EXPECT_EQ(make_grid(Tensor::ones({3, 1, 28, 28})).shape(), (Shape{32, 3 * 30 + 2, 1}));
}

TEST(MakeGrid, ASingleImageHasNoPadding) {
  const Tensor grid = make_grid(Tensor::ones({1, 1, 2, 5}));
  EXPECT_EQ(grid.shape(), (Shape{2, 5, 1}));
  EXPECT_THAT(grid.values<std::uint8_t>(), Each(255));
}

TEST(MakeGrid, ColoursAndRange) {
  // One 1x2 image: red, green, blue planes.
  const Tensor image = Tensor::from<double>({1, 3, 1, 2}, {0, 1, 0.2, 0.4, 2, -1});
  EXPECT_THAT(make_grid(image, {.value_range = {0, 1}}).values<std::uint8_t>(), ElementsAre(0, 51, 255, 255, 102, 0));
  const Tensor padded = make_grid(Tensor::zeros({2, 3, 1, 1}), {.padding = 1, .pad_value = 0.5});
  EXPECT_EQ(padded.shape(), (Shape{3, 5, 3}));
  EXPECT_EQ(pixel(padded, 0, 0), 128);
}

TEST(MakeGrid, Mistakes) {
  const Tensor ok = Tensor::zeros({2, 1, 2, 2});
  for (const Shape& shape : {Shape{2, 2, 2, 2}, Shape{1, 2, 2}, Shape{0, 1, 2, 2}, Shape{1, 1, 0, 2}})
    EXPECT_THAT([&] { make_grid(Tensor::zeros(shape)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("make_grid"), HasSubstr(shape.to_string()))));
  EXPECT_THAT([&] { make_grid(ok, {.nrow = 0}); }, ThrowsMessage<Error>(HasSubstr("nrow is 0")));
  EXPECT_THAT([&] { make_grid(ok, {.padding = -1}); }, ThrowsMessage<Error>(HasSubstr("padding is -1")));
  EXPECT_THAT([&] { make_grid(ok, {.pad_value = 1.5}); }, ThrowsMessage<Error>(HasSubstr("pad_value is 1.5")));
  EXPECT_THAT([&] { make_grid(ok, {.pad_value = nan}); }, ThrowsMessage<Error>(HasSubstr("pad_value")));
  EXPECT_THAT([&] { make_grid(ok, {.value_range = {1, 0}}); }, ThrowsMessage<Error>(HasSubstr("value_range")));
  EXPECT_THAT([&] { make_grid(ok, {.padding = 2'000'000'000}); }, ThrowsMessage<Error>(HasSubstr("at most")));
  EXPECT_THAT([&] { make_grid(Tensor::zeros({1, 1, 2, 2}, DType::i64)); }, ThrowsMessage<Error>(HasSubstr("i64")));
}

// Width, height, channels and pixels of a file, decoded by libpng.
std::pair<std::vector<std::int64_t>, std::vector<std::uint8_t>> decode(const std::string& path) {
  const Tensor image = read_image(path);
  return {{image.dim(2), image.dim(1), image.dim(0)}, image.permute({1, 2, 0}).values<std::uint8_t>()};
}

TEST(WritePng, DecodesToTheSamePixels) {
  const TemporaryFolder folder;
  for (const Shape& shape : {Shape{37, 53}, Shape{37, 53, 1}, Shape{37, 53, 3}, Shape{1, 1, 3}}) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape.numel()));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i / 7 + 3 * i);
    write_png(folder / "a.png", Tensor::from(shape, bytes));
    const auto [geometry, pixels] = decode(folder / "a.png");
    const int channels = shape.rank() == 2 ? 1 : static_cast<int>(shape[2]);
    EXPECT_THAT(geometry, ElementsAre(shape[1], shape[0], channels));
    EXPECT_EQ(pixels, bytes);
  }
}

TEST(WritePng, SameImageSameBytes) {
  const TemporaryFolder folder;
  const Tensor image = Tensor::full({20, 30, 3}, 7, DType::u8);
  write_png(folder / "a.png", image);
  write_png(folder / "b.png", image);
  EXPECT_EQ(read_bytes(folder / "a.png"), read_bytes(folder / "b.png"));
  EXPECT_THAT(folder.names(), ElementsAre("a.png", "b.png"));
}

// Memory that ends with the allocation of this number, and notes what is not given back.
class EndingMemory : public std::pmr::memory_resource {
 public:
  explicit EndingMemory(int allocations) : left_(allocations), before_(std::pmr::set_default_resource(this)) {}
  ~EndingMemory() override { std::pmr::set_default_resource(before_); }
  std::size_t in_use() const { return in_use_; }

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (left_-- == 0) throw std::bad_alloc();
    void* memory = std::pmr::new_delete_resource()->allocate(size, alignment);
    in_use_ += size;
    return memory;
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    in_use_ -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  int left_;
  std::size_t in_use_ = 0;
  std::pmr::memory_resource* before_;
};

TEST(EncodePng, WhereMemoryEnds) {
  std::vector<std::uint8_t> bytes(60 * 60);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i / 7);
  const Tensor image = Tensor::from({60, 60}, bytes);
  const std::vector<std::byte> expected = encode_png(image);
  int failures = 0;
  for (bool ended = true; ended; failures += ended) {
    EndingMemory memory(failures);
    try {
      EXPECT_EQ(encode_png(image), expected);
      ended = false;
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(memory.in_use(), 0u);
  }
  EXPECT_GT(failures, 5);
}

TEST(WritePng, Mistakes) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.png";
  for (const Shape& shape : {Shape{4}, Shape{2, 2, 2}, Shape{0, 3}, Shape{1, 1, 2, 2}})
    EXPECT_THAT([&] { write_png(path, Tensor::zeros(shape, DType::u8)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("encode_png"), HasSubstr(shape.to_string()))));
  EXPECT_THAT([&] { write_png(path, Tensor::zeros({2, 2})); }, ThrowsMessage<Error>(HasSubstr("f32, expected u8")));
  EXPECT_THAT(
      [&] {
        write_png(path, Tensor::empty({1, 1 << 24}, DType::u8));
      },
      ThrowsMessage<Error>(HasSubstr("too large")));
  EXPECT_THAT(
      [&] {
        write_png(folder / "no/a.png", Tensor::zeros({2, 2}, DType::u8));
      },
      ThrowsMessage<IoError>(HasSubstr("No such file or directory")));
  EXPECT_TRUE(folder.names().empty());
}

TEST(SaveImage, WritesTheGrid) {
  const TemporaryFolder folder;
  const Tensor images = Tensor::from<float>({2, 1, 1, 2}, {-1, 1, 1, -1});
  save_image(images, folder / "a.png", {.padding = 1});
  const auto [geometry, pixels] = decode(folder / "a.png");
  EXPECT_THAT(geometry, ElementsAre(7, 3, 1));
  EXPECT_THAT(pixels, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

}  // namespace
}  // namespace wisp::testing
