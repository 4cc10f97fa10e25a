#include <wisp/ops/one_hot.h>

#include <algorithm>
#include <vector>

#include <wisp/autograd/recorder.h>
#include <wisp/ops/arguments.h>

namespace wisp {

Tensor one_hot(const Tensor& labels, std::int64_t num_classes) {
  constexpr std::int64_t largest = std::int64_t{1} << 59;  // numbers of 8 bytes
  check(num_classes >= 1, "one_hot: num_classes must be at least 1, given {}", num_classes);
  std::vector<std::int64_t> classes;
  {
    const autograd::RecorderPause pause;
    check_classes("one_hot", labels, num_classes);
    classes = labels.values<std::int64_t>();
  }
  std::vector<std::int64_t> extents(labels.shape().begin(), labels.shape().end());
  extents.push_back(num_classes);
  check(labels.rank() < Shape::max_rank && num_classes <= largest / std::max<std::int64_t>(labels.numel(), 1),
        "one_hot: {} labels of {} classes are too many numbers for a tensor", labels.shape(), num_classes);
  Tensor result = Tensor::zeros({labels.numel(), num_classes}, DType::i64);
  std::int64_t* const rows = result.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < classes.size(); ++i) rows[static_cast<std::int64_t>(i) * num_classes + classes[i]] = 1;
  return autograd::as_one_op("one_hot", {labels}, {{"num_classes", num_classes}},
                             [&] { return result.reshape(Shape(extents)); });
}

}  // namespace wisp
