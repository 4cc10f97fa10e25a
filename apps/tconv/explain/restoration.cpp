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

bool fits(const Layer& layer) {
  try {
    conv2d_output_size(layer.input, layer.kernel, layer.conv2d());
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Restoration restore(const Problem& p) {
  const bool forward = fits(p.layer);
  Restoration r;
  r.before = forward ? p.input : p.output;
  // The kernel as the convolution's weight: (filters, channels, kh, kw), from x's channels to the other side's.
  const Tensor weight = forward ? p.weight.permute({1, 0, 2, 3}) : p.weight;
  const Size2d size(r.before.height, r.before.width);
  const Tensor small = conv2d(r.before.tensor(), weight, {}, p.layer.conv2d());
  r.between = Image(small);
  ConvTranspose2dOptions back = p.layer.options;
  back.output_padding =
      conv_transpose2d_output_padding({small.dim(1), small.dim(2)}, size, p.layer.kernel, p.layer.options);
  r.after = Image(conv_transpose2d(small, weight, {}, back));
  r.n = static_cast<std::int64_t>(r.before.values.size());
  r.m = static_cast<std::int64_t>(r.between.values.size());
  r.rank = rank_of(weight, size, p.layer.conv2d(), r.m, r.n);
  return r;
}

std::string Restoration::verdict() const {
  const std::string size = fmt::format("The convolution is a {} x {} matrix C: {} numbers become {}.", m, n, n, m);
  if (!rank) return size + " It is too large to compute its rank here. C transposed is not its inverse.";
  const std::string known = fmt::format("{} Its rank is {}", size, *rank);
  return *rank < n ? fmt::format(
                         "{}, less than the {} values of x: different x give the same C x, so no layer whatever can "
                         "bring x back. C transposed only spreads C x over the old size.",
                         known, n)
                   : fmt::format(
                         "{}, as many as x has values: x could be computed from C x by solving equations. C transposed "
                         "does not do that; it is not the inverse.",
                         known);
}

}  // namespace wisp::apps
