// mnist train and mnist test: a judge that reads digits, or any other pictures in MNIST's format.
#pragma once

#include <cstdint>
#include <string>

namespace wisp::apps {

struct MnistTrainOptions {
  std::string data;
  bool transpose = false;  ///< exchange the images' rows and columns, see load_idx_folder
  std::string out;
  std::int64_t epochs = 6;
  std::int64_t batch = 128;
  double lr = 2e-3;  ///< of Adam, at the start; it falls to 0 along a cosine
  std::int64_t seed = 1;
  bool bf16 = false;
  bool quiet = false;
};

/// Trains a judge on the labelled images, whose labels load_idx_classes numbers, and writes it; prints its accuracy on
/// the test images where there are any. Throws Error for options out of range and images without labels, IoError for
/// files.
void train_judge(const MnistTrainOptions& options);

struct MnistTestOptions {
  std::string data;
  bool transpose = false;  ///< as above
  std::string judge;
  bool bf16 = false;
  bool json = false;
};

/// Prints the share of the test images that the judge reads right. Throws as above.
void test_judge(const MnistTestOptions& options);

}  // namespace wisp::apps
