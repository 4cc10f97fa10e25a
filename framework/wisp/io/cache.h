// Results that take a while to compute, kept in a folder for the next time.
#pragma once

#include <functional>
#include <string>

#include <wisp/io/safetensors.h>

namespace wisp {

/// What FOLDER/NAME.safetensors holds, if it can be read and `fits` returns true for it; else what `compute` returns,
/// which then takes its place. `fits` may throw instead of returning false. What `compute` throws is passed on. A
/// folder that cannot be read or written is done without, and so is "".
Safetensors cached(const std::string& folder, const std::string& name,
                   const std::function<bool(const Safetensors&)>& fits, const std::function<Safetensors()>& compute);

}  // namespace wisp
