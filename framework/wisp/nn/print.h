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

}  // namespace wisp::nn

template <std::derived_from<wisp::nn::Module> M>
struct fmt::formatter<M> : fmt::formatter<std::string> {
  auto format(const M& module, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(wisp::nn::to_string(module), context);
  }
};
