// update_bn: running statistics for weights that were not trained as they are, such as averaged ones.
#pragma once

#include <wisp/nn/module.h>

namespace wisp::nn {

/// Sets the running statistics of every BatchNorm in `module` to their plain mean over `batches`, each of which goes
/// through the module in training mode; the mode is then what it was. After torch.optim.swa_utils.update_bn (Izmailov
/// et al., "Averaging weights leads to wider optima", arXiv 1803.05407, section 3.2). Where the module throws, its
/// buffers are what they were, too.
void update_bn(const Tensors& batches, Module& module);

}  // namespace wisp::nn
