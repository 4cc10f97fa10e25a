// What is made once per problem and kept: a bounded cache, the least recently used entry goes first. Each thread has
// its own, so no entry is ever used by two threads.
#pragma once

#include <cstddef>
#include <list>
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
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
    entries_.emplace_front(key, make());
    try {
      places_[key] = entries_.begin();
    } catch (...) {  // no memory
      entries_.pop_front();
      throw;
    }
    if (entries_.size() > capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    return entries_.front().second;
  }

 private:
  std::size_t capacity_;
  std::list<std::pair<Key, Value>> entries_;  // most recently used first
  std::map<Key, typename std::list<std::pair<Key, Value>>::iterator> places_;
};

}  // namespace wisp::kernels::onednn
