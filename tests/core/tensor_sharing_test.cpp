// Who shares numbers with whom, and how writes are counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include <wisp/core/tensor.h>

namespace wisp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Sharing, CopiesOfAHandleAreTheSameTensor) {
  Tensor a = Tensor::zeros({2});
  const Tensor b = a;
  a.mutable_data<float>()[1] = 3;
  EXPECT_TRUE(a.is(b));
  EXPECT_THAT(b.values<float>(), ElementsAre(0, 3));
  EXPECT_FALSE(a.is(Tensor::zeros({2})));
}

TEST(Sharing, DetachSharesNumbersButIsAnotherTensor) {
  Tensor a = Tensor::zeros({2, 3}).set_requires_grad(true);
  const Tensor b = a.detach();
  EXPECT_FALSE(b.is(a));
  EXPECT_FALSE(b.requires_grad());
  EXPECT_EQ(a.storage(), b.storage());
}

TEST(Sharing, AliasKeepsTheMemoryOrder) {
  const Tensor x = Tensor::from({1, 2, 1, 3}, {0.f, 1.f, 2.f, 3.f, 4.f, 5.f});
  const Tensor flat = x.alias({6});
  EXPECT_THAT(flat.values<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(flat.storage(), x.storage());
  EXPECT_THROW(x.alias({5}), Error);
}

TEST(Sharing, CopyWritesIntoTheSameStorage) {
  Tensor to = Tensor::zeros({1, 2, 2, 1});
  const Tensor alias = to.detach();
  const std::uint64_t id = to.storage()->id;
  to.copy_(Tensor::from({1, 2, 2, 1}, {1.f, 2.f, 3.f, 4.f}));
  EXPECT_EQ(to.storage()->id, id);
  EXPECT_THAT(alias.values<float>(), ElementsAre(1, 2, 3, 4));
}

TEST(Sharing, CopyOntoItselfChangesNothing) {
  Tensor x = Tensor::from({3}, {1.f, 2.f, 3.f});
  x.copy_(x);
  EXPECT_THAT(x.values<float>(), ElementsAre(1, 2, 3));
}

TEST(Sharing, CopyNeedsTheSameShapeAndDType) {
  Tensor x = Tensor::zeros({2, 3});
  EXPECT_THAT([&] { x.copy_(Tensor::zeros({3, 2})); }, ThrowsMessage<Error>(AllOf(HasSubstr("2x3"), HasSubstr("3x2"))));
  EXPECT_THAT(
      [&] {
        x.copy_(Tensor::zeros({2, 3}, DType::f64));
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("f32"), HasSubstr("f64"))));
}

TEST(Sharing, SetDataReachesEveryHandle) {
  Tensor x = Tensor::zeros({2}).set_requires_grad(true);
  const Tensor handle = x, before = x.detach();
  x.set_data(Tensor::from({2}, {1.0, 2.0}));
  EXPECT_EQ(handle.dtype(), DType::f64);
  EXPECT_THAT(handle.values<double>(), ElementsAre(1, 2));
  EXPECT_TRUE(handle.requires_grad());
  EXPECT_THAT(before.values<float>(), ElementsAre(0, 0));  // another tensor: keeps its numbers
}

TEST(Sharing, SetDataNeedsTheSameShape) { EXPECT_THROW(Tensor::zeros({2}).set_data(Tensor::zeros({2, 1})), Error); }

TEST(Version, EveryWriteCounts) {
  Tensor x = Tensor::empty({2});
  const std::uint64_t start = x.storage()->version;
  x.mutable_data<float>();
  EXPECT_EQ(x.storage()->version, start + 1);
  x.copy_(Tensor::zeros({2}));
  EXPECT_EQ(x.storage()->version, start + 2);
}

TEST(Version, ReadingDoesNotCount) {
  const Tensor x = Tensor::ones({1});
  const std::uint64_t version = x.storage()->version;
  x.data<float>();
  x.values<float>();
  x.item<float>();
  EXPECT_EQ(x.storage()->version, version);
}

TEST(Version, IsSharedByAliases) {
  Tensor x = Tensor::ones({4});
  const Tensor square = x.reshape({2, 2}), detached = x.detach();
  const std::uint64_t version = x.storage()->version;
  x.mutable_data<float>();
  EXPECT_EQ(square.storage()->version, version + 1);
  EXPECT_EQ(detached.storage()->version, version + 1);
}

TEST(StorageId, IsNeverUsedTwiceEvenWhenTheMemoryIs) {
  std::set<std::uint64_t> ids;
  std::set<const void*> blocks;
  for (int i = 0; i < 50; ++i) {
    const Tensor x = Tensor::empty({17});  // freed at once: the allocator hands out the same block again
    ids.insert(x.storage()->id);
    blocks.insert(x.storage()->data);
  }
  EXPECT_EQ(ids.size(), 50u);
  EXPECT_LT(blocks.size(), 50u);
}

}  // namespace
}  // namespace wisp
