// The pictures and numbers on the page of `tconv upsample`, as HTML.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/upsample/comparison.h>
#include <apps/tconv/upsample/pictures.h>

namespace wisp::apps {

/// Where the restored pictures, but the one with the zeros, differ most from the last of them: a square.
Window most_different(const UpsampleComparison& comparison);

/// The class of an <img> with the picture: large ones are shown smoothly where they do not fit; in small ones pixels
/// are squares.
const char* image_class(const Tensor& picture);

/// A row for each method.
std::string error_rows(const UpsampleComparison& comparison);

/// The detail in the original and in the restored pictures.
std::string detail_figures(const UpsampleComparison& comparison, const Window& detail);

/// The restored pictures and what each method does.
std::string restored_figures(const UpsampleComparison& comparison);

/// The two kernels, drawn to one scale.
std::string kernel_figures(const UpsampleComparison& comparison);

/// Every method's enlarged picture.
std::string enlarged_figures(const UpsampleComparison& comparison, const std::vector<Tensor>& pictures);

}  // namespace wisp::apps
