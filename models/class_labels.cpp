#include <models/class_labels.h>

#include <vector>

#include <wisp/ops/arithmetic.h>
#include <wisp/ops/one_hot.h>
#include <wisp/ops/reduction.h>
#include <wisp/ops/slice.h>

namespace wisp::models {
namespace {

// (N, classes, 1, 1) in the dtype of x, which is (N, ...).
Tensor one_hot_like(const Tensor& x, const Tensor& labels, std::int64_t classes) {
  check(labels.defined() && labels.rank() == 1 && labels.dim(0) == x.dim(0),
        "class labels: {} of them are expected, one per image, given {}", x.dim(0),
        labels.defined() ? fmt::format("{}", labels.shape()) : "none");
  return one_hot(labels, classes).to(x.dtype()).reshape({labels.dim(0), classes, 1, 1});
}

}  // namespace

Tensor with_labels(const Tensor& noise, const Tensor& labels, std::int64_t classes) {
  return classes == 0 ? noise : cat({noise, one_hot_like(noise, labels, classes)}, 1);
}

Tensor classes_in_turn(std::int64_t count, std::int64_t classes, std::int64_t first) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back((first + i) % classes);
  return Tensor::from({count}, labels);
}

Tensor logits_of_labels(const Tensor& outputs, const Tensor& labels) {
  const std::int64_t classes = outputs.dim(1);
  return classes == 1 ? outputs : sum(outputs * one_hot_like(outputs, labels, classes), {1}, true);
}

}  // namespace wisp::models
