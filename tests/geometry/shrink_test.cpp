// The random geometries have every edge they are meant to have, and a failing one shrinks to the least that fails.
#include <gtest/gtest.h>

#include <map>

#include <tests/geometry/shrink.h>

namespace wisp::testing {
namespace {

using Predicate = std::function<bool(const Conv2dGeometry&)>;

TEST(RandomGeometry, HasEveryEdge) {
  const auto some_axis = [](bool (*has)(const Conv2dAxis&)) -> Predicate {
    return [has](const Conv2dGeometry& g) { return has(g.height) || has(g.width); };
  };
  const std::map<std::string, Predicate> edges = {
      {"not square", [](const Conv2dGeometry& g) { return g.height.input != g.width.input; }},
      {"groups", [](const Conv2dGeometry& g) { return g.groups > 1 && g.channels > g.groups; }},
      {"depthwise", [](const Conv2dGeometry& g) { return g.groups > 1 && g.channels == g.groups; }},
      {"dilation", some_axis([](const Conv2dAxis& a) { return a.dilation > 1 && a.kernel > 1; })},
      {"stride 4", some_axis([](const Conv2dAxis& a) { return a.stride == 4 && a.output > 1; })},
      {"stride beyond the kernel", some_axis([](const Conv2dAxis& a) { return a.stride > a.kernel && a.output > 1; })},
      {"kernel above 5", some_axis([](const Conv2dAxis& a) { return a.kernel > 5; })},
      {"padding beyond the kernel",
       some_axis([](const Conv2dAxis& a) { return a.padding > a.dilation * (a.kernel - 1) + 1; })},
      {"output_padding", some_axis([](const Conv2dAxis& a) { return output_padding(a) > 0; })},
      {"outputs left out", some_axis([](const Conv2dAxis& a) { return output_padding(a) >= a.stride; })},
      {"1x1 image", [](const Conv2dGeometry& g) { return g.height.input == 1 && g.width.input == 1; }},
      {"1x1 output", [](const Conv2dGeometry& g) { return g.height.output == 1 && g.width.output == 1; }},
      {"400 pixels", [](const Conv2dGeometry& g) { return g.height.output * g.width.output >= 400; }},
      {"33 channels", [](const Conv2dGeometry& g) { return g.channels == 33; }},
      {"33 filters", [](const Conv2dGeometry& g) { return g.filters == 33; }},
      {"batch 3", [](const Conv2dGeometry& g) { return g.batch == 3; }},
  };
  std::map<std::string, int> count;
  Rng rng(31);
  for (int i = 0; i < 2000; ++i) {
    const Conv2dGeometry g = random_geometry(rng);
    ASSERT_TRUE(is_valid(g)) << describe(g);
    for (const auto& [name, has] : edges) count[name] += has(g);
  }
  for (const auto& edge : edges) EXPECT_GE(count[edge.first], 10) << edge.first;
}

// Failures of which the least is known.
TEST(Shrink, FindsTheLeastGeometryThatFails) {
  struct Case {
    Predicate fails;
    Conv2dGeometry least;
  };
  const Conv2dAxis one{1, 1, 1, 1, 0, 1};
  const std::vector<Case> cases = {
      {[](const Conv2dGeometry&) { return true; }, {1, 1, 1, 1, one, one}},
      {[](const Conv2dGeometry& g) { return g.groups > 1 && g.filters / g.groups > 2; }, {1, 2, 6, 2, one, one}},
      {[](const Conv2dGeometry& g) { return g.channels > 16 && g.batch > 1; }, {2, 17, 1, 1, one, one}},
      {[](const Conv2dGeometry& g) { return g.height.stride > 1 && g.height.output > 1 && g.height.padding == 0; },
       {1, 1, 1, 1, {3, 2, 1, 2, 0, 1}, one}},
      {[](const Conv2dGeometry& g) { return g.width.dilation > 1 && g.width.kernel > 1 && g.width.padding > 0; },
       {1, 1, 1, 1, one, {1, 1, 2, 1, 1, 2}}},
      {[](const Conv2dGeometry& g) {
         return output_padding(g.height) > output_padding(g.width) && g.height.padding == 0;
       },
       {1, 1, 1, 1, {2, 1, 1, 1, 0, 1}, one}},
  };
  Rng rng(32);
  for (int i = 0; i < 500; ++i) {
    const Conv2dGeometry g = random_geometry(rng);
    for (const Case& c : cases) {
      if (!c.fails(g)) continue;
      const Conv2dGeometry least = shrink(g, [&](const Conv2dGeometry& candidate) {
        EXPECT_TRUE(is_valid(candidate)) << describe(candidate);
        return c.fails(candidate);
      });
      ASSERT_EQ(describe(least), describe(c.least)) << "from " << describe(g);
    }
  }
}

}  // namespace
}  // namespace wisp::testing
