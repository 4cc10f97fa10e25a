// The exponential moving average of parameters, whose generator draws better images than the last step's.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::optim {

/// averaged = decay averaged + (1 - decay) parameters, in place and tensor by tensor. BatchNorm's statistics belong to
/// weights: recompute them for the average (nn::update_bn). Source: Yazici et al., "The unusual effectiveness of
/// averaging in GAN training", arXiv 1806.04498, section 3. Throws Error when the lists or shapes or dtypes differ, an
/// average is the result of an op, shares its numbers with another or with a parameter, or decay is outside [0, 1];
/// nothing has been changed then.
void ema_update(Tensors averaged, const Tensors& parameters, double decay);

/// The decay of step `step`, from 0 on: min(decay, (1 + step) / (10 + step)), so that the first steps do not stay in a
/// young average.
double ema_decay(double decay, std::int64_t step);

}  // namespace wisp::optim
