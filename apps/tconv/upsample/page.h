// The files of `tconv upsample`: pictures, and the page that shows them.
#pragma once

#include <string>

#include <apps/tconv/upsample/comparison.h>

namespace wisp::apps {

/// Writes original.png, downsampled.png, METHOD.png and METHOD_restored.png for every method, and index.html, into an
/// existing folder. Returns the page's path. Throws IoError.
std::string write_upsample_page(const std::string& folder, const UpsampleComparison& comparison);

}  // namespace wisp::apps
