// Modules in words, as PyTorch prints them: fmt::print("{}", network).
#pragma once

#include <concepts>
#include <string>

#include <fmt/format.h>

#include <wisp/nn/module.h>

namespace wisp::nn {

/// "ReLU()", "Linear(in_features=3, out_features=2, bias=True)", and where there are children a line for each,
/// indented:
///   Sequential(
///     (0): ReLU()
///   )
std::string to_string(const Module& module);

/// The same on one line, without names: "Residual(Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1)), ReLU())". A layer
/// with options does not show its children.
std::string one_line(const Module& module);

}  // namespace wisp::nn

template <std::derived_from<wisp::nn::Module> M>
struct fmt::formatter<M> : fmt::formatter<std::string> {
  auto format(const M& module, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(wisp::nn::to_string(module), context);
  }
};
