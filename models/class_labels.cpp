#include <models/class_labels.h>

#include <vector>

#include <wisp/ops/arguments.h>
#include <wisp/ops/gather.h>
#include <wisp/ops/one_hot.h>
#include <wisp/ops/slice.h>

namespace wisp::models {
namespace {

// x is (N, ...).
void check_labels(const char* op, const Tensor& x, const Tensor& labels, std::int64_t classes) {
  check(labels.defined() && labels.rank() == 1 && labels.dim(0) == x.dim(0),
        "{}: {} labels are expected, one per image, given {}", op, x.dim(0),
        labels.defined() ? fmt::format("{}", labels.shape()) : "none");
  check_classes(op, labels, classes);
}

void check_vectors(const char* op, const char* name, const Tensor& x) {
  check(x.rank() == 4 && x.dim(2) == 1 && x.dim(3) == 1, "{}: {} must be N x C x 1 x 1, given {}", op, name, x.shape());
}

}  // namespace

Tensor with_labels(const Tensor& noise, const Tensor& labels, std::int64_t classes) {
  check_floating("with_labels", {{"noise", noise}});
  check(classes >= 0, "with_labels: classes must be at least 0, given {}", classes);
  if (classes == 0) return noise;
  check_vectors("with_labels", "noise", noise);
  check_labels("with_labels", noise, labels, classes);
  const Tensor code = one_hot(labels, classes).to(noise.dtype()).reshape({labels.dim(0), classes, 1, 1});
  return cat({noise, code}, 1);
}

Tensor classes_in_turn(std::int64_t count, std::int64_t classes, std::int64_t first) {
  check(count >= 0 && classes >= 1 && first >= 0,
        "classes_in_turn: count and first must be at least 0 and classes at least 1, given {}, {} and {}", count, first,
        classes);
  Tensor labels = Tensor::empty({count}, DType::i64);
  std::int64_t* const out = labels.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) out[i] = (first % classes + i % classes) % classes;
  return labels;
}

Tensor logits_of_labels(const Tensor& outputs, const Tensor& labels) {
  check_floating("logits_of_labels", {{"outputs", outputs}});
  if (outputs.rank() >= 2 && outputs.dim(1) == 1) return outputs;
  check_vectors("logits_of_labels", "outputs", outputs);
  check_labels("logits_of_labels", outputs, labels, outputs.dim(1));
  return gather(outputs, 1, labels.reshape({labels.dim(0), 1, 1, 1}));
}

}  // namespace wisp::models
