#include <wisp/autograd/anomaly.h>

#include <algorithm>
#include <cmath>

namespace wisp {
namespace {

thread_local bool detecting = false;

bool has_nan(const Tensor& tensor) {
  if (!tensor.defined() || !is_floating(tensor.dtype())) return false;
  return visit_floating_dtype("detect_anomaly", tensor.dtype(), [&]<class T>(T) {
    const T* const values = tensor.data<T>();
    return std::any_of(values, values + tensor.numel(), [](T value) { return std::isnan(convert<double>(value)); });
  });
}

}  // namespace

DetectAnomaly::DetectAnomaly(bool enabled) : detecting_(detecting, enabled) {}

void autograd::check_anomaly(const char* what, const char* op, const Tensors& inputs, const Tensors& results) {
  if (!detecting) return;
  for (std::size_t i = 0; i < results.size(); ++i)
    check(!has_nan(results[i]), "detect_anomaly: {}{} gives NaN (result {} of {}, {}); {}", what, op, i + 1,
          results.size(), results[i].defined() ? results[i].shape() : Shape{},
          std::any_of(inputs.begin(), inputs.end(), has_nan) ? "NaN went in" : "no NaN went in");
}

}  // namespace wisp
