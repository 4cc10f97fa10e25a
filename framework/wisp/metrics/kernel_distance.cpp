#include <wisp/metrics/kernel_distance.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>

namespace wisp::metrics {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Rows rows_of(const Tensor& features) {
  using Given = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const Given>(features.data<float>(), features.dim(0), features.dim(1)).cast<double>();
}

constexpr std::int64_t block_size = 256;

auto block(const Rows& rows, std::int64_t index) {
  const std::int64_t begin = index * block_size;
  return rows.middleRows(begin, std::min(block_size, rows.rows() - begin));
}

// k of every row of a block of a with every row of a block of b.
Rows kernel(const Rows& a, std::int64_t i, const Rows& b, std::int64_t j) {
  Rows values = block(a, i) * block(b, j).transpose();
  values = (values.array() / static_cast<double>(a.cols()) + 1).cube();
  return values;
}

// The mean of k(a_i, a_j) over i != j. k is symmetric: the blocks above the diagonal count twice.
double mean_within(const Rows& a) {
  const std::int64_t blocks = divide_up(a.rows(), block_size);
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t i = 0; i < blocks; ++i)
    for (std::int64_t j = i; j < blocks; ++j) pairs.emplace_back(i, j);
  std::vector<double> sums(pairs.size());
  parallel_for(static_cast<std::int64_t>(pairs.size()), 1, [&](std::int64_t at, std::int64_t) {
    const auto [i, j] = pairs[at];
    Rows values = kernel(a, i, a, j);
    if (i == j) values.diagonal().setZero();
    sums[at] = values.sum() * (i == j ? 1 : 2);
  });
  const double count = static_cast<double>(a.rows());
  return std::accumulate(sums.begin(), sums.end(), 0.0) / (count * (count - 1));
}

// The mean of k(a_i, b_j).
double mean_between(const Rows& a, const Rows& b) {
  const std::int64_t columns = divide_up(b.rows(), block_size), pairs = divide_up(a.rows(), block_size) * columns;
  std::vector<double> sums(static_cast<std::size_t>(pairs));
  parallel_for(pairs, 1,
               [&](std::int64_t at, std::int64_t) { sums[at] = kernel(a, at / columns, b, at % columns).sum(); });
  return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(a.rows()) / static_cast<double>(b.rows());
}

}  // namespace

double kernel_distance(const Tensor& x, const Tensor& y) {
  detail::check_features("kernel_distance", x, y, 2);
  const Rows a = rows_of(x), b = rows_of(y);
  return mean_within(a) + mean_within(b) - 2 * mean_between(a, b);
}

}  // namespace wisp::metrics
