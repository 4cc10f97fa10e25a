// gather: elements chosen by an index.
#pragma once

#include <wisp/core/tensor.h>

namespace wisp {

/// y[i][j][k] = input[i][index[i][j][k]][k] for dim = 1, likewise for other ranks and dimensions; any dtype. y has the
/// shape of the index, i64, which may be smaller than the input but for `dim`, where it may have any extent. Gradient:
/// g added up at the places chosen, 0 elsewhere: what was not chosen takes no part, infinite or not. Throws Error for
/// an index of another dtype or rank, larger than the input, or outside [0, extent of dim). As torch.gather.
Tensor gather(const Tensor& input, int dim, const Tensor& index);

}  // namespace wisp
