#include <models/principal_directions.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Eigenvalues>

namespace wisp::models {

PrincipalDirections principal_directions(const Tensor& responses, std::int64_t count) {
  constexpr const char* op = "principal_directions";
  constexpr std::int64_t widest = 1024;  // the time to solve grows with the cube of the width
  check(responses.dtype() == DType::f32 && responses.rank() == 2 && responses.numel() > 0,
        "{}: responses must be f32 of shape (N, D), given {} {}", op, name_of(responses.dtype()), responses.shape());
  const std::int64_t width = responses.dim(0);
  check(width <= widest, "{}: at most {} latent coordinates are supported, given {}", op, widest, width);
  check(1 <= count && count <= width, "{}: count must be between 1 and {}, given {}", op, width, count);

  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::MatrixXd rows = Eigen::Map<const Rows>(responses.data<float>(), width, responses.dim(1)).cast<double>();
  const Eigen::MatrixXd gram = rows * rows.transpose();
  const double total = gram.trace();  // the sum of all squares, which no float makes overflow a double
  check(std::isfinite(total), "{}: all responses must be finite, given infinity or NaN", op);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);  // eigenvalues ascending

  std::vector<float> directions, shares;
  for (Eigen::Index k = width - 1; k >= width - count; --k) {
    const Eigen::VectorXd direction = solver.eigenvectors().col(k);
    Eigen::Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    const double sign = direction[largest] < 0 ? -1 : 1;
    for (const double number : direction) directions.push_back(static_cast<float>(sign * number));
    shares.push_back(total > 0 ? static_cast<float>(std::max(solver.eigenvalues()[k], 0.0) / total) : 0);
  }
  return {Tensor::from({count, width}, directions), Tensor::from({count}, shares)};
}

}  // namespace wisp::models
