#include <wisp/ops/one_hot.h>

#include <vector>

#include <wisp/core/class_numbers.h>

namespace wisp {

Tensor one_hot(const Tensor& labels, std::int64_t num_classes) {
  check(num_classes >= 1, "one_hot: num_classes must be at least 1, given {}", num_classes);
  check_classes("one_hot", labels, num_classes);
  const std::vector<std::int64_t> classes = labels.values<std::int64_t>();
  std::vector<std::int64_t> extents(labels.shape().begin(), labels.shape().end());
  extents.push_back(num_classes);
  std::vector<std::int64_t> values(classes.size() * static_cast<std::size_t>(num_classes), 0);
  for (std::size_t i = 0; i < classes.size(); ++i)
    values[i * static_cast<std::size_t>(num_classes) + static_cast<std::size_t>(classes[i])] = 1;
  return Tensor::from(Shape(extents), values);
}

}  // namespace wisp
