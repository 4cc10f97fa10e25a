// Blocks of im2col(x) in memory, and their way back: what surrounds the matrix multiplications. One group.
#pragma once

#include <wisp/core/dtype.h>
#include <wisp/kernels/native/im2col.h>
#include <wisp/kernels/native/regions.h>

namespace wisp::kernels::onednn {

/// Writes rows [begin, begin + count) of im2col(x): columns is count x taps.
template <class T>
void im2col(const Conv2dGeometry& geometry, const T* x, std::int64_t begin, std::int64_t count, T* columns);

/// The adjoint, as a gather: every element of `region` of x becomes the sum of the columns
/// that hold it, 0 where there is none. `columns` is outputs.count() x taps, in float; `outputs` hold at least those
/// that meet the region.
template <class T>
void col2im(const Conv2dGeometry& geometry, const native::Region& region, const native::Region& outputs,
            const float* columns, T* x);

}  // namespace wisp::kernels::onednn
