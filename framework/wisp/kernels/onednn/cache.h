// What is made once per problem and kept: a bounded cache, the least recently used entry goes first. Each thread has
// its own, so no entry is ever used by two threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace wisp::kernels::onednn {

template <class Key, class Value>
class Cache {
 public:
  explicit Cache(std::size_t capacity) : capacity_(capacity) {}

  /// The entry of `key`, made by make() when there is none.
  template <class Make>
  Value& get(const Key& key, Make make) {
    auto found = entries_.find(key);
    if (found == entries_.end()) {
      found = entries_.emplace(key, Entry{make(), ++uses_}).first;
      if (entries_.size() > capacity_) entries_.erase(least_recently_used());
    }
    found->second.last_use = ++uses_;
    return found->second.value;
  }

 private:
  struct Entry {
    Value value;
    std::uint64_t last_use;
  };

  auto least_recently_used() const {
    return std::min_element(entries_.begin(), entries_.end(),
                            [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; });
  }

  std::size_t capacity_;
  std::uint64_t uses_ = 0;
  std::map<Key, Entry> entries_;
};

}  // namespace wisp::kernels::onednn
