// ReadGuard: is asked before numbers of a tensor are taken out of it.
#pragma once

#include <functional>

#include <wisp/core/scoped_value.h>
#include <wisp/core/tensor.h>

namespace wisp::detail {

/// While it lives, Tensor::item() and values() on this thread call `before` with their name and the tensor; what it
/// throws comes out of them. An empty one allows all, also where there is another.
class ReadGuard {
 public:
  using Before = std::function<void(const char* method, const Tensor& tensor)>;

  explicit ReadGuard(Before before);

 private:
  const Before before_;
  ScopedValue<const Before*> innermost_;
};

}  // namespace wisp::detail
