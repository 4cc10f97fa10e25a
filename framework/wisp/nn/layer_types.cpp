#include <wisp/nn/activation.h>
#include <wisp/nn/batch_norm.h>
#include <wisp/nn/conv2d.h>
#include <wisp/nn/description.h>
#include <wisp/nn/group_norm.h>
#include <wisp/nn/linear.h>
#include <wisp/nn/pooling.h>
#include <wisp/nn/residual.h>
#include <wisp/nn/spectral_norm.h>

namespace wisp::nn {
namespace {

// A layer with a function that makes one of a description.
template <class Layer>
std::pair<std::type_index, ModuleType> described(const char* name) {
  return {typeid(Layer), {name, Layer::make}};
}

// A layer whose constructor takes its options, which are members of it.
template <class Layer, class... Member>
std::pair<std::type_index, ModuleType> with_members(const char* name, const Names<Member...>& names = {},
                                                    Member Layer::*... members) {
  return {typeid(Layer), detail::module_type<Layer, Member...>(name, names, members...)};
}

// A part of a layer: nobody but that layer makes one.
template <class Part>
std::pair<std::type_index, ModuleType> part(const char* name) {
  return {typeid(Part), {name}};
}

}  // namespace

std::vector<std::pair<std::type_index, ModuleType>> detail::layer_types() {
  return {described<AvgPool2d>("AvgPool2d"),
          described<BatchNorm1d>("BatchNorm1d"),
          described<BatchNorm2d>("BatchNorm2d"),
          described<Conv2d>("Conv2d"),
          described<ConvTranspose2d>("ConvTranspose2d"),
          described<Flatten>("Flatten"),
          described<GroupNorm>("GroupNorm"),
          with_members("LeakyReLU", {"negative_slope"}, &LeakyReLU::negative_slope),
          described<Linear>("Linear"),
          described<MaxPool2d>("MaxPool2d"),
          with_members<ReLU>("ReLU"),
          described<Residual>("Residual"),
          described<Sequential>("Sequential"),
          with_members<Sigmoid>("Sigmoid"),
          with_members<Tanh>("Tanh"),
          described<SpectralNorm<Conv2d>>("ParametrizedConv2d"),
          described<SpectralNorm<Linear>>("ParametrizedLinear"),
          part<detail::Parametrizations>("ModuleDict"),
          part<detail::ParametrizedWeight>("ParametrizationList"),
          part<SpectralNormWeight>("_SpectralNorm")};
}

}  // namespace wisp::nn
