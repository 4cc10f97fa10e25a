#include <apps/dcgan/evaluate/evaluator.h>

#include <wisp/io/checksum.h>

namespace wisp::apps {

Evaluator::Evaluator(const std::string& judge_path, const std::string& data_folder, const std::string& data_checksum,
                     const models::DcganOptions& model, bool transpose)
    : judge_(load_judge(judge_path)) {
  check_readable(model, "the generator");
  check_same_images(judge_, data_folder, data_checksum, transpose);
  real_ = load_test_images(judge_, data_folder, transpose);
}

std::string Evaluator::reference_checksum() const { return checksum(Tensors{real_.images}); }

Figures Evaluator::operator()(const Tensor& images) {
  return figures_of(real_, judge_images(judge_, images, "the generator"));
}

}  // namespace wisp::apps
