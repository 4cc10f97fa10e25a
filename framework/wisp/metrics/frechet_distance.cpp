#include <wisp/metrics/frechet_distance.h>

#include <algorithm>
#include <limits>

#include <Eigen/Eigenvalues>

#include <wisp/core/parallel.h>
#include <wisp/metrics/features.h>

namespace wisp::metrics {
namespace {

using Matrix = Eigen::MatrixXd;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void check_gaussian(const Gaussian& gaussian) {
  constexpr const char* op = "frechet_distance";
  const Tensor &mean = gaussian.mean, &covariance = gaussian.covariance;
  check(mean.dtype() == DType::f64 && mean.rank() == 1 && mean.dim(0) >= 1, "{}: a mean must be f64 (D), given {} {}",
        op, name_of(mean.dtype()), mean.shape());
  check(covariance.dtype() == DType::f64 && covariance.shape() == Shape{mean.dim(0), mean.dim(0)},
        "{}: the covariance to a mean of {} must be f64 {}x{}, given {} {}", op, mean.dim(0), mean.dim(0), mean.dim(0),
        name_of(covariance.dtype()), covariance.shape());
  detail::check_finite(op, mean);
  detail::check_finite(op, covariance);
}

Eigen::Map<const Eigen::VectorXd> mean_of(const Gaussian& gaussian) {
  return {gaussian.mean.data<double>(), gaussian.mean.dim(0)};
}

Eigen::Map<const Matrix> covariance_of(const Gaussian& gaussian) {
  return {gaussian.covariance.data<double>(), gaussian.mean.dim(0), gaussian.mean.dim(0)};
}

// F of shape (D, rank) with F F^T = covariance: C^1/2 up to a rotation, which changes no singular value below.
Matrix factor(const Eigen::Map<const Matrix>& covariance) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(covariance);
  const Eigen::VectorXd& values = solver.eigenvalues();  // ascending
  const Eigen::Index size = values.size();
  const double rounding =
      static_cast<double>(size) * std::numeric_limits<double>::epsilon() * values.cwiseAbs().maxCoeff();
  const Eigen::Index rank = (values.array() > rounding).count();
  return solver.eigenvectors().rightCols(rank) * values.tail(rank).cwiseSqrt().asDiagonal();
}

// The sum of the singular values: [[0, A], [A^T, 0]] has them as eigenvalues, each with either sign.
double nuclear_norm(const Matrix& a) {
  Matrix both = Matrix::Zero(a.rows() + a.cols(), a.rows() + a.cols());
  both.bottomLeftCorner(a.cols(), a.rows()) = a.transpose();  // the solver reads the lower half
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(both, Eigen::EigenvaluesOnly);
  return solver.eigenvalues().cwiseAbs().sum() / 2;
}

}  // namespace

Gaussian fit_gaussian(const Tensor& features) {
  detail::check_features("fit_gaussian", features, 2);
  const std::int64_t count = features.dim(0), width = features.dim(1);
  const Eigen::Map<const Rows> rows(features.data<float>(), count, width);
  Gaussian gaussian{Tensor::empty({width}, DType::f64), Tensor::empty({width, width}, DType::f64)};
  Eigen::Map<Eigen::VectorXd> mean(gaussian.mean.mutable_data<double>(), width);
  Eigen::Map<Matrix> covariance(gaussian.covariance.mutable_data<double>(), width, width);

  constexpr std::int64_t grain = 32;  // columns a thread takes at a time
  Matrix centred(count, width);
  parallel_for(width, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t columns = end - begin;
    centred.middleCols(begin, columns) = rows.middleCols(begin, columns).cast<double>();
    mean.segment(begin, columns) = centred.middleCols(begin, columns).colwise().mean();
    centred.middleCols(begin, columns).rowwise() -= mean.segment(begin, columns).transpose();
  });
  parallel_for(width, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t columns = end - begin;
    covariance.middleCols(begin, columns).noalias() = centred.transpose() * centred.middleCols(begin, columns);
    covariance.middleCols(begin, columns) /= static_cast<double>(count - 1);
  });
  covariance = Matrix(covariance.selfadjointView<Eigen::Lower>());  // the halves round differently
  return gaussian;
}

double frechet_distance(const Gaussian& a, const Gaussian& b) {
  check_gaussian(a);
  check_gaussian(b);
  check(a.mean.dim(0) == b.mean.dim(0), "frechet_distance: both must have one width, given {} and {}", a.mean.dim(0),
        b.mean.dim(0));
  const Matrix cross = factor(covariance_of(a)).transpose() * factor(covariance_of(b));
  const double overlap = cross.size() == 0 ? 0 : nuclear_norm(cross);
  const double distance =
      (mean_of(a) - mean_of(b)).squaredNorm() + covariance_of(a).trace() + covariance_of(b).trace() - 2 * overlap;
  return std::max(distance, 0.0);
}

}  // namespace wisp::metrics
