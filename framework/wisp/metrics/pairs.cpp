#include <wisp/metrics/pairs.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>

#include <wisp/core/parallel.h>

namespace wisp::metrics::detail {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// |a - b|^2 in double, sixteen sums at a time, so that they can be vectorised.
double squared_distance(const float* a, const float* b, std::int64_t width) {
  constexpr std::int64_t lanes = 16;
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= width; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const double difference = static_cast<double>(a[i + lane]) - static_cast<double>(b[i + lane]);
      sums[lane] += difference * difference;
    }
  double total = 0;
  for (; i < width; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    total += difference * difference;
  }
  for (std::int64_t half = lanes / 2; half > 0; half /= 2)
    for (std::int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return total + sums[0];
}

std::vector<double> norms(const char* op, const Tensor& rows) {
  std::vector<double> all(static_cast<std::size_t>(rows.dim(0)));
  for (std::int64_t i = 0; i < rows.dim(0); ++i) {
    all[i] = Eigen::Map<const Eigen::VectorXf>(rows.data<float>() + i * rows.dim(1), rows.dim(1)).cast<double>().norm();
    check(all[i] < 1e18, "{}: the norm of a row must be below 1e18, given {}", op, all[i]);
  }
  return all;
}

}  // namespace

Pairs::Pairs(const char* op, const Tensor& queries, const Tensor& references)
    : queries_(queries),
      references_(references),
      query_norms_(norms(op, queries)),
      reference_norms_(norms(op, references)),
      largest_reference_(*std::max_element(reference_norms_.begin(), reference_norms_.end())) {}

void Pairs::visit_rough_squares(std::int64_t first, std::int64_t last, const Visit& visit) const {
  constexpr std::int64_t block = 512;
  const std::int64_t width = queries_.dim(1), count = last - first;
  const Eigen::Map<const Rows> a(queries_.data<float>() + first * width, count, width);
  Rows squares;
  for (std::int64_t start = 0; start < references_.dim(0); start += block) {
    const std::int64_t columns = std::min(block, references_.dim(0) - start);
    const Eigen::Map<const Rows> b(references_.data<float>() + start * width, columns, width);
    squares.noalias() = a * b.transpose();
    for (std::int64_t i = first; i < last; ++i) {
      const std::span<float> row(squares.data() + (i - first) * columns, static_cast<std::size_t>(columns));
      const double square = query_norms_[i] * query_norms_[i];
      for (std::int64_t j = 0; j < columns; ++j) {
        const double both = square + reference_norms_[start + j] * reference_norms_[start + j];
        row[j] = static_cast<float>(both - 2.0 * row[j]);
      }
      visit(i, start, row);
    }
  }
}

double Pairs::slack(std::int64_t i) const {
  const double reach = query_norms_[i] + largest_reference_;
  return static_cast<double>(queries_.dim(1) + 8) *
         (std::numeric_limits<float>::epsilon() / 2 * reach * reach + std::numeric_limits<float>::min());
}

float Pairs::distance(std::int64_t i, std::int64_t j) const {
  const std::int64_t width = queries_.dim(1);
  const float* a = queries_.data<float>() + i * width;
  return static_cast<float>(std::sqrt(squared_distance(a, references_.data<float>() + j * width, width)));
}

}  // namespace wisp::metrics::detail
