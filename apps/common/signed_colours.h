// Numbers as colours, the same on every page.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp::apps {

/// Maps (C, H, W), f32 or f64, as pictures (C, 3, H, W), u8: 0 and NaN are black, `largest` bright orange, -largest
/// bright blue; beyond that nothing gets brighter. All is black where `largest` is 0 or NaN.
Tensor signed_colours(const Tensor& maps, double largest);

/// The largest magnitude in x; NaN where there is one, 0 where there is nothing.
double largest_magnitude(const Tensor& x);

}  // namespace wisp::apps
