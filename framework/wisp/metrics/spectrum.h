// What upsampling leaves in the spectrum of images.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::metrics {

/// The share of the images' energy that lies on the grid an upsampling by 2 leaves, or two of them: the coefficients of
/// the 2-D DFT whose horizontal or vertical frequency is 1/2 (period 2) or 1/4 (period 4) cycles per pixel, over all
/// but those of frequency 0 (the mean of each channel of each image). From 0 to 1: 1 for a checkerboard, 0 for constant
/// images. `images` is (N, C, H, W), u8 or f32, read as they are; the energies of all images are added up.
/// Throws Error on another dtype or rank, when there is no pixel or H or W is no multiple of 4, or on numbers that are
/// not finite.
/// Source: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts", Distill, 2016.
double grid_energy(const Tensor& images);

}  // namespace wisp::metrics
