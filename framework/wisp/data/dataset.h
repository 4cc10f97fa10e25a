// ImageDataset: images, and perhaps their labels, in memory.
#pragma once

#include <string>
#include <vector>

#include <wisp/core/tensor.h>

namespace wisp {

struct ImageDataset {
  Tensor images = {};  ///< u8 (N, C, H, W)
  Tensor labels = {};  ///< u8 (N), i64 where there are more than 256 classes, or undefined
  /// A sentence for the user about what was left out; "" where nothing was.
  std::string note = {};
  /// The name of each class, where classes have names: that of its folder, or, where load_idx_classes gives the classes
  /// other numbers than the file, the label in the file.
  std::vector<std::string> class_names = {};
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

/// The same with labels that number the classes from 0 on. Where the labels of the training images leave numbers out
/// (1 to 26, or 3 and 7), they are numbered in order, the note says so, and class_names hold the labels. Test labels
/// get the same numbers; those that no training image has come behind the others, and the note names them.
ImageDataset load_idx_classes(const std::string& folder, Split split, bool transpose = false);

/// How many classes the labels number: one for each name, or one more than the largest label; 0 without labels.
std::int64_t class_count(const ImageDataset& dataset);

/// The classes below class_count of which there is no image, in order; none without labels.
std::vector<std::int64_t> empty_classes(const ImageDataset& dataset);

/// "pppppppp-ssssssss-llllllll", each eight hexadecimal digits, tells data sets apart: the CRC-32 of the pixels in
/// memory order, of the images' dtype and shape, and, where there are labels, of these and of the classes' names.
std::string checksum(const ImageDataset& dataset);

/// Whether these are checksums of the same data. `then` may be the beginning of a checksum: without the digits of the
/// labels, where these did not matter, or of the pixels alone, as old checkpoints and judges hold it.
bool is_same_data(const std::string& now, const std::string& then);

}  // namespace wisp
