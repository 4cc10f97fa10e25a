// The convolutions of a DCGAN training step.
#pragma once

#include <string>
#include <vector>

#include <models/dcgan.h>
#include <wisp/kernels/conv2d_implementations.h>

namespace wisp::apps {

/// One of the three maps of one layer.
struct StepConvolution {
  std::string layer;               ///< e.g. "D2 64x14x14 -> 128x7x7, kernel 4"
  const char* pass;                ///< "forward", "data gradient" or "weight gradient"
  kernels::Conv2dProblem problem;  ///< the generator's forward is the map grad_input, its data gradient conv2d
  int calls;                       ///< in a training step
};

/// All maps of all layers of both networks. A step (models/gan_step.h) runs G once and back to its weights; D forward
/// three times (real, fake, for G), back to its weights twice, and back to its input only for G.
std::vector<StepConvolution> step_convolutions(const models::DcganOptions& model, std::int64_t batch, DType dtype);

/// Floating-point operations of the convolutions of a step.
double step_flops(const models::DcganOptions& model, std::int64_t batch);

}  // namespace wisp::apps
