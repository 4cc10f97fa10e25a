// The files of `tconv upsample`: pictures, and the page that shows them.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/upsample/comparison.h>

namespace wisp::apps {

/// index.html, original.png, downsampled.png, and METHOD.png and METHOD_restored.png for every method.
std::vector<std::string> upsample_files();

/// Writes these files into an existing folder. The page takes about 5 MB at most: of large pictures it shows a part.
/// Returns the page's path. Throws IoError.
std::string write_upsample_page(const std::string& folder, const UpsampleComparison& comparison);

}  // namespace wisp::apps
