// Scores of generated images from what a classifier makes of them. `probabilities` is f32 (N, K): a row is
// p(y | image) over K classes, as softmax gives it. Every function throws Error on another dtype or rank, no rows,
// numbers outside [0, 1], or a row whose sum differs from 1 by more than 1e-3.
#pragma once

#include <vector>

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// exp(mean over images of KL(p(y | image) || p(y))), p(y) the mean of the rows: 1 when every image looks alike to the
/// classifier, K when it is sure of every image and finds all classes equally often. 0 log 0 counts as 0.
/// Source: Salimans et al., "Improved techniques for training GANs", arXiv 1606.03498, section 4.
double inception_score(const Tensor& probabilities);

/// The share of images whose most probable class is k, for each k; the first of several equally probable.
std::vector<double> class_histogram(const Tensor& probabilities);

/// The share of images whose most probable class, the first of several, is their label, i64 (N). Throws Error on
/// labels that are not one per row of class numbers in [0, K).
double label_accuracy(const Tensor& probabilities, const Tensor& labels);

/// The sum of p' log(p' / q') over classes, where p' = (p + smoothing) / (1 + K smoothing) and q' alike: from 0, for
/// p = q, up, and finite also where q has an empty class. The default is what half an image more in every class makes
/// of the histogram of 10,000 (Krichevsky, Trofimov, "The performance of universal encoding", 1981). Throws Error when
/// p and q differ in length or are empty, on shares that are negative or not finite, or when smoothing is not above 0.
double kl_divergence(const std::vector<double>& p, const std::vector<double>& q, double smoothing = 5e-5);

/// The share of images whose largest probability is at least `threshold`, rounded to f32. Throws Error when it is not
/// in [0, 1].
double confident_share(const Tensor& probabilities, double threshold = 0.95);

}  // namespace wisp::metrics
