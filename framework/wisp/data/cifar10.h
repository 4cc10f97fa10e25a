// CIFAR-10: 60,000 colour pictures of 32 x 32 pixels in ten classes, as its binary files.
//
// Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
// https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version". A file is a row of records without a header: a byte
// with the label, 0 to 9, then 1,024 bytes each of red, green and blue, line by line.
#pragma once

#include <string>

#include <wisp/data/dataset.h>

namespace wisp {

/// Loads data_batch_1.bin to data_batch_5.bin, or for Split::test test_batch.bin: images (N, 3, 32, 32) with labels.
/// Throws IoError when one of the files is missing, empty, no multiple of 3,073 bytes or larger than 64 MiB, or has a
/// label above 9.
ImageDataset load_cifar10(const std::string& folder, Split split);

}  // namespace wisp
