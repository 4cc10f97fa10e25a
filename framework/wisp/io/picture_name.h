// The names of picture files that are written.
#pragma once

#include <string>

namespace wisp {

/// Throws Error, which begins with `where` (the function or the option), when the path's ending, such as .jpg, is
/// that of another kind of pictures than the one that is written, whose ending is `ending`: ".png", say, in either
/// case. Other endings, and none, are valid.
void check_picture_name(const std::string& where, const std::string& path, const std::string& ending);

}  // namespace wisp
