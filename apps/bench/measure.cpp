#include <apps/bench/measure.h>

#include <algorithm>

namespace wisp::apps {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Timing summary(const std::vector<double>& seconds) {
  return {median(seconds), *std::min_element(seconds.begin(), seconds.end())};
}

}  // namespace wisp::apps
