// Folders of pictures as data sets, after torchvision's ImageFolder.
#pragma once

#include <cstdint>
#include <string>

#include <wisp/data/dataset.h>

namespace wisp {

/// The least height and width of a picture that is taken.
inline constexpr std::int64_t least_picture_size = 8;

/// Whether the folder holds pictures for training, as load_picture_folder looks for them: files in it and in the
/// folders in it whose names end in .png, .jpg, .jpeg or .bmp, in either case. Throws IoError when a folder cannot be
/// read.
bool has_pictures(const std::string& folder);

/// Loads these pictures, each cropped to the square in its middle and resized to size x size pixels. Where all of them
/// are grey the images have one channel, else three. Where all lie in folders in the folder, and at least 2 of these
/// hold pictures, each folder is a class, numbered by its name in alphabetical order.
///
/// A folder with folders `train` and `test` in it stands for one of these; others have no test images. Classes are
/// numbered over both, so that a class has one number; the note names those without pictures, which keep theirs.
///
/// Pictures that read_image cannot read, or that are smaller than least_picture_size, are left out, and the data set's
/// note counts them, and names the first with the reasons. So it does with the folders that are not looked into: those
/// in the folders in the folder, and those beside `train` and `test`. The images are kept in the cache folder
/// (wisp/io/cache.h) and read from there until a picture's name, size, time of change or permissions are others, or
/// there are more or fewer.
///
/// Throws IoError when there are no pictures, none that can be used, no test images, or the images need more than
/// 4 GiB; Error when size is outside [1, 4096].
ImageDataset load_picture_folder(const std::string& folder, Split split, std::int64_t size);

}  // namespace wisp
