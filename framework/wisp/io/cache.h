// The cache folder: what takes a while to compute, kept for the next time.
//
// It is $XDG_CACHE_HOME/wisp, or ~/.cache/wisp. It can be deleted at any time; one that cannot be read or written is
// done without.
#pragma once

#include <functional>
#include <string>

#include <wisp/io/safetensors.h>

namespace wisp {

/// The file of that name in the cache folder, with ".safetensors" behind it; "" where there is no place for one.
std::string cache_path(const std::string& name);

/// What the cache holds under that name if it can be read and `fits` agrees; else what `compute` returns, which then
/// takes its place. `fits` disagrees also by throwing; what `compute` throws is passed on.
Safetensors cached(const std::string& name, const std::function<bool(const Safetensors&)>& fits,
                   const std::function<Safetensors()>& compute);

}  // namespace wisp
