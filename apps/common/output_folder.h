// Where a program writes its files.
#pragma once

#include <string>

namespace wisp::apps {

/// Creates the folder and those above it where they are missing. Throws IoError when that cannot be done.
void make_folder(const std::string& path);

}  // namespace wisp::apps
