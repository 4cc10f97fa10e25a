#include <wisp/core/class_numbers.h>

#include <vector>

namespace wisp {

void check_classes(const char* op, const Tensor& labels, std::int64_t num_classes) {
  check(labels.defined(), "{}: labels are undefined, class numbers are needed", op);
  check(labels.dtype() == DType::i64, "{}: labels must hold class numbers as i64, given {}", op,
        name_of(labels.dtype()));
  const std::vector<std::int64_t> classes = labels.values<std::int64_t>();
  for (std::size_t i = 0; i < classes.size(); ++i)
    check(0 <= classes[i] && classes[i] < num_classes, "{}: class {} at position {}, valid are 0 to {}", op, classes[i],
          i, num_classes - 1);
}

}  // namespace wisp
