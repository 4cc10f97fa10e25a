// The tensors of one network in a safetensors file.
#pragma once

#include <map>
#include <string>

#include <models/dcgan.h>
#include <wisp/io/safetensors.h>
#include <wisp/nn/module.h>

namespace wisp::apps {

/// Hands out tensors by PyTorch's key and checks them; messages have the names that the file gives them.
class NetworkTensors {
 public:
  /// The tensors whose names begin with `prefix`.
  NetworkTensors(const Safetensors& file, std::string prefix);

  /// The weights of the convolutions by their place in the network, those of residual blocks not counted: the tensors
  /// of rank 4 with the key that models::weight_key gives to any norm.
  const std::map<std::size_t, Tensor>& convolutions() const { return convolutions_; }
  /// The number of residual blocks from that place on.
  std::int64_t blocks_from(std::size_t place) const;
  /// The key of the weight of the convolution called `name`; name.weight where there is none.
  std::string weight_key(const std::string& name) const;
  bool contains(const std::string& key) const { return tensors_.contains(key); }

  /// Turns weights with spectral normalisation, of a generator, into those that it uses in evaluation mode. PyTorch's
  /// rows are a transposed convolution's second axis, and the first of the others, which are in residual blocks.
  void normalize_weights();

  /// Counts the tensor in and makes it f32, unless i64 is expected. Throws Error when it is missing or has another
  /// shape or a dtype that holds no such numbers.
  void expect(const std::string& key, const Shape& shape, DType dtype = DType::f32);
  /// expect() for the weight of the convolution called `name` and, where the norm is spectral, its singular vectors.
  void expect_weight(models::Norm norm, const std::string& name, const Shape& shape);
  /// expect() for the tensors of the BatchNorm2d or GroupNorm called `name`.
  void expect_norm(models::Norm norm, const std::string& name, std::int64_t channels);
  /// What has been expected. Throws Error when the file has more.
  nn::StateDict take_all();

  /// "tensor main.0.weight is f32 100x256x4x4", to begin a message.
  std::string describe(const std::string& key) const;

 private:
  std::string prefix_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::size_t, Tensor> convolutions_;
  nn::StateDict expected_;
};

/// Where the network that is called `names`, the best first, lies in the file: the first of those prefixes that occurs;
/// else the only prefix with a tensor 0.weight, or what it is called with spectral normalisation, those in `others` and
/// what lies inside of another one not counted. Throws Error when there is none or more.
std::string find_network(const Safetensors& file, const std::vector<std::string>& names,
                         const std::vector<std::string>& others);

}  // namespace wisp::apps
