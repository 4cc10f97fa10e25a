// Losses: bce_with_logits, mse_loss, cross_entropy, l1_loss. bf16 is computed in f32; shapes must be equal, nothing
// broadcasts in silence.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// What becomes of the losses of the single elements.
enum class Reduction { none, mean, sum };

/// Binary cross entropy on logits: t softplus(-x) + (1 - t) softplus(x) for targets t in [0, 1]; a term whose weight is
/// 0 takes no part. Gradients: g (sigmoid(x) - t), -g x. Throws Error when the shapes or dtypes differ.
Tensor bce_with_logits(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// (x - t)^2. Throws Error when the shapes or dtypes differ.
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// -log softmax(x)[target] along dimension 1 (dimension 0 of a vector) for input (N,C,...) or (C) and target i64
/// (N,...) or scalar with class numbers in [0, C). Throws Error on other shapes, dtypes or class numbers.
Tensor cross_entropy(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// |x - t|. Gradients: g sign(x - t), -g sign(x - t), 0 where x = t. Throws Error when the shapes or dtypes differ.
Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

}  // namespace wisp
