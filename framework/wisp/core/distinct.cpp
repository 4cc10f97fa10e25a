#include <wisp/core/distinct.h>

#include <algorithm>
#include <utility>

namespace wisp {

void check_distinct(const char* op, const char* what, const Tensors& tensors) {
  std::vector<std::pair<std::uint64_t, std::size_t>> places;  // storage, position
  places.reserve(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    check(tensors[i].defined(), "{}: {} {} is undefined", op, what, i);
    places.emplace_back(tensors[i].storage()->id, i);
  }
  std::sort(places.begin(), places.end());
  const auto twice =
      std::adjacent_find(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == places.end()) return;
  const std::size_t first = twice->second, second = (twice + 1)->second;
  fail("{}: {} {} ({}) {} {} {}, each may be given once", op, what, second, tensors[second].shape(),
       tensors[first].is(tensors[second]) ? "is the same as" : "shares its numbers with", what, first);
}

}  // namespace wisp
