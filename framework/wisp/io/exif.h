// EXIF: how a camera was held.
#pragma once

#include <string_view>

namespace wisp::detail {

/// The orientation, 1 to 8, that a TIFF structure as in EXIF names in its first directory: 1 is upright; 2, 3 and 4 are
/// mirrored, upside down and both; 5 to 8 the same turned by 90 degrees. 1 where it names none or is damaged.
/// Source: CIPA DC-008 (Exif 2.32), 4.6.
int orientation_in(std::string_view tiff);

}  // namespace wisp::detail
