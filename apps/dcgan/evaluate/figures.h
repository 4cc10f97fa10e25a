// The judge's figures: how good generated images are, in numbers. Definitions and sources: docs/quality.md.
#pragma once

#include <cstdint>
#include <vector>

#include <apps/dcgan/evaluate/reference.h>

namespace wisp::apps {

/// How many images an evaluation in training draws, and the seed of their noise: those of `dcgan evaluate`.
inline constexpr std::int64_t judged_count = 10'000;
inline constexpr std::uint64_t judged_seed = 1;

/// Those that are compared with the real images' distribution.
struct Figures {
  double fid = 0;
  double kid = 0;
  double is = 0;
  double digit_kl = 0;
  double precision = 0, recall = 0, density = 0, coverage = 0;
  double confident = 0;
  double checkerboard = 0;
};

/// Calls visit(name, figure) for every figure.
template <class F, class Visit>
void visit_figures(F& f, const Visit& visit) {
  visit("fid", f.fid);
  visit("kid", f.kid);
  visit("is", f.is);
  visit("digit_kl", f.digit_kl);
  visit("precision", f.precision);
  visit("recall", f.recall);
  visit("density", f.density);
  visit("coverage", f.coverage);
  visit("confident", f.confident);
  visit("checkerboard", f.checkerboard);
}

/// An image's reach, for precision and the like, goes to its neighbour of this number.
inline constexpr int neighbours = 5;

/// A mean and a standard deviation.
struct Spread {
  double mean = 0;
  double sd = 0;
};

/// What real images get in the place of generated ones: sets of `count` training images, or a fifth of them where
/// those are too few, against the real ones. Five sets that share no image.
struct Floor {
  Spread fid;
  Spread digit_kl;
};

/// The generated images against the real ones; precision and the like on equally many of both. Throws Error for fewer
/// than 2 images.
Figures figures_of(const JudgedImages& real, const JudgedImages& generated);

/// The share of the images that lie nearer to a training image, pixel by pixel, than 99 % of the real ones do: 0.01 is
/// to be expected, 1 means copies. Only the first 2,000 are looked at.
double memorisation(const Reference& reference, const JudgedImages& generated);

/// See Floor.
Floor floor_of(const Reference& reference, std::int64_t count);

}  // namespace wisp::apps
