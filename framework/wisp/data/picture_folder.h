// Folders of pictures as data sets, after torchvision's ImageFolder.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/data/dataset.h>

namespace wisp {

/// Loads the pictures in a folder and in the folders in it: the files whose names end in .png, .jpg, .jpeg or .bmp, in
/// either case. Each is cropped to the square in its middle and resized to size x size pixels. Where all of them are
/// grey the images have one channel, else three. Where all lie in folders in the folder, and at least 2 of these hold
/// pictures, each folder is a class, numbered by its name in alphabetical order.
///
/// Where there are folders `train` and `test` in the folder, the pictures are looked for in that of the split; other
/// folders have no test images. Classes are numbered over both splits, so that a class has the same number in each; the
/// note names those without pictures in this one.
///
/// Pictures that read_image cannot read, or that are smaller than 8 x 8 pixels, are left out, and the data set's
/// note counts them, and names the first with the reasons. So it does with the folders that are not looked into: those
/// in the folders in the folder, and those beside `train` and `test`.
///
/// Decoding takes a while. Where a cache folder is named, the images are kept there in a file, and read from it until a
/// picture gets another name, size, time of change or permissions, or there are more or fewer pictures (see cached()).
///
/// Throws IoError when there are no pictures, none that can be used, no test images, or the images need more than
/// 4 GiB; Error when size is outside [1, 4096].
ImageDataset load_picture_folder(const std::string& folder, Split split, std::int64_t size,
                                 const std::string& cache_folder = "");

}  // namespace wisp
