// Weights that PyTorch keeps in parts: weight normalisation, and spectral normalisation under its old names.
#pragma once

#include <wisp/core/tensor.h>
#include <wisp/nn/module.h>

namespace wisp::apps {

/// The tensors with what torch.nn.utils leaves of a weight turned into what Wisp's networks have:
/// - weight_g and weight_v of weight_norm, or parametrizations.weight.original0 and original1, into the weight
///   g v / |v|, where |v| is taken over the axes in which g has extent 1 (all where g is a scalar);
/// - weight_orig, weight_u and weight_v of the old spectral_norm into parametrizations.weight.original, .0._u and
/// .0._v. Throws Error naming the tensor when a part is missing or of a wrong shape, or the weight is there as well.
/// Sources: Salimans, Kingma, "Weight normalization", arXiv 1602.07868; Miyato and others, arXiv 1802.05957.
nn::StateDict join_weight_parts(nn::StateDict tensors);

/// The weight that spectral normalisation uses in evaluation mode: W / (u' M v), where M is W with the axis `dim` as
/// its rows and all others, in order, as its columns. `dim` is the other one of 0 and 1 where u and v fit that alone.
/// Throws Error naming the weight, `name`, when they fit neither.
Tensor spectrally_normalized(const std::string& name, const Tensor& weight, const Tensor& u, const Tensor& v, int dim);

}  // namespace wisp::apps
