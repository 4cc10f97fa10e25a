// The layers that Wisp has, by the names that PyTorch prints.
#pragma once

#include <typeindex>
#include <utility>
#include <vector>

#include <wisp/nn/description.h>

namespace wisp::nn {

/// The class of each and what is known of it. A layer that is not in this list prints, and cannot be cloned or saved.
std::vector<std::pair<std::type_index, ModuleType>> layer_types();

}  // namespace wisp::nn
