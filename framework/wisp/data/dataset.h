// ImageDataset: images, and perhaps their labels, in memory as bytes.
#pragma once

#include <string>

#include <wisp/core/tensor.h>

namespace wisp {

struct ImageDataset {
  Tensor images = {};  ///< u8 (N, C, H, W)
  Tensor labels = {};  ///< u8 (N), or undefined
  /// A sentence for the user about what was left out; "" where nothing was.
  std::string note = {};
};

enum class Split { train, test };

/// Loads MNIST, Fashion-MNIST, KMNIST, EMNIST, ...: from the files in `folder` whose names end in
/// train-images-idx3-ubyte or train-images.idx3-ubyte (Split::test: t10k-images... or test-images...), with .gz or
/// without, and the same with labels and idx1 where there are labels. Of a file and its .gz the plain one is taken.
/// Throws IoError when the folder or the images are missing, several files fit, a file is no valid IDX (see read_idx),
/// there are no images or images without pixels, or the number of labels differs.
///
/// `transpose` exchanges the rows and columns of every image: EMNIST's lie on their side (docs/data.md).
ImageDataset load_idx_folder(const std::string& folder, Split split, bool transpose = false);

/// Eight hexadecimal digits that tell data sets apart: the CRC-32 of the pixels in memory order, and of nothing else.
std::string checksum(const ImageDataset& dataset);

}  // namespace wisp
