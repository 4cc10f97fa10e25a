// The names of picture files that are written.
#pragma once

#include <string>

namespace wisp {

/// Throws Error, which begins with `where` (the function or the option), when the path's ending, such as .jpg, stands
/// for another format than the one that is written, whose ending is `ending`: ".png", say, in either case. A name
/// without an ending is valid.
void check_picture_name(const std::string& where, const std::string& path, const std::string& ending);

}  // namespace wisp
