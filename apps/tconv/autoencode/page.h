// The page of `tconv autoencode`, and its pictures as PNG files.
#pragma once

#include <string>
#include <vector>

#include <apps/tconv/autoencode/errors.h>
#include <models/autoencoder.h>

namespace wisp::apps {

/// What the page shows.
struct AutoencodeReport {
  nn::Sequential& model;              ///< trained
  const std::vector<double>& losses;  ///< of every step
  std::int64_t batch;                 ///< images per step
  std::int64_t train_images;
  std::int64_t test_images;
  RestorationErrors errors;
  Tensor pictures;  ///< f32 (K, 1, H, W) in [0, 1]: those shown, named 0, 1, ...
};

/// The files of a page with `count` pictures, as paths in its folder.
std::vector<std::string> autoencode_files(const nn::Sequential& model, std::int64_t count);

/// Writes them; the folders must exist. Puts the network in evaluation mode. Throws IoError, and Error before anything
/// is written when a layer gives numbers that are not finite.
void write_autoencode_page(const std::string& out, const AutoencodeReport& report);

}  // namespace wisp::apps
