#include <apps/tconv/explain/restoration.h>

#include <algorithm>

#include <Eigen/QR>

#include <wisp/ops/conv2d.h>
#include <wisp/ops/convolution_matrix.h>

namespace wisp::apps {
namespace {

std::optional<std::int64_t> rank_of(const Tensor& weight, Size2d input, const Conv2dOptions& options, std::int64_t m,
                                    std::int64_t n) {
  constexpr std::int64_t most_entries = 1 << 21, most_rank = 1000;
  if (m * n > most_entries || std::min(m, n) > most_rank) return std::nullopt;
  const std::vector<double> values = convolution_matrix(weight, input, options).values<double>();
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::ColPivHouseholderQR<Matrix>(Eigen::Map<const Matrix>(values.data(), m, n)).rank();
}

std::string numbers(std::int64_t count) { return count == 1 ? "1 number" : fmt::format("{} numbers", count); }

}  // namespace

Restoration restore(const Problem& p) {
  Restoration r;
  const Tensor big = conv_transpose2d(p.input.tensor(), p.whole_weight, {}, p.layer.options);
  const Tensor small = conv2d(big, p.whole_weight, {}, p.layer.conv2d());
  const Size2d size(big.dim(1), big.dim(2));
  ConvTranspose2dOptions back = p.layer.options;
  back.output_padding =
      conv_transpose2d_output_padding({small.dim(1), small.dim(2)}, size, p.layer.kernel, p.layer.options);
  r.before = Image(big);
  r.between = Image(small);
  r.after = Image(conv_transpose2d(small, p.whole_weight, {}, back));
  r.n = static_cast<std::int64_t>(r.before.values.size());
  r.m = static_cast<std::int64_t>(r.between.values.size());
  r.rank = rank_of(p.whole_weight, size, p.layer.conv2d(), r.m, r.n);
  return r;
}

std::string Restoration::verdict() const {
  std::string text =
      fmt::format("The convolution is a {} x {} matrix C: it makes {} of {}.", m, n, numbers(m), numbers(n));
  const bool lossy = rank ? *rank < n : m < n;
  if (rank) text += fmt::format(" Its rank is {}, {} x has values ({}).", *rank, lossy ? "less than" : "as many as", n);
  if (lossy)
    text += " Different x give the same C x, so nothing can bring every x back: C has no inverse.";
  else if (rank)
    text += " So x could be computed from C x by solving equations.";
  if (values_come_back()) return text + " The values of this x do come back: here C\u1d40C x = x, which is rare.";
  return text + " C transposed does not bring these values back; it only spreads C x over the old size.";
}

}  // namespace wisp::apps
