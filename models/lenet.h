// LeNet-5: a network that reads handwritten digits.
//
// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the
// IEEE 86(11), 1998, section II.B.
#pragma once

#include <wisp/core/rng.h>
#include <wisp/nn/sequential.h>

namespace wisp::models {

/// (N, 1, 28, 28) -> logits (N, 10), in today's form: Conv2d(1, 6, 5, padding 2), Conv2d(6, 16, 5), each with ReLU and
/// MaxPool2d(2), then Linear 400-120-84-10 with ReLU between; PyTorch's default initialisation. The paper has images of
/// 32 x 32 in place of the padding, tanh, trained subsampling, only some of the connections from 6 to 16 channels, and
/// ends in distances to drawn digits.
nn::Sequential lenet(Rng& rng);

}  // namespace wisp::models
