// What the commands that draw have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace wisp::apps {

/// Adds --checkpoint, which must be given, and --raw: the generator that load_generator takes.
inline void add_generator(CLI::App& command, std::string& checkpoint, bool& raw) {
  command
      .add_option("--checkpoint", checkpoint,
                  "checkpoint.safetensors of a run, or a generator's state dict from PyTorch")
      ->required();
  command.add_flag("--raw", raw, "Take the generator as it was trained, not the averaged one");
}

/// Adds --seed and --label: the noise, and the class where the generator has any.
inline void add_noise(CLI::App& command, std::int64_t& seed, std::optional<std::int64_t>& label,
                      const std::string& default_label) {
  command.add_option("--seed", seed, "Seed of the noise")->capture_default_str();
  command.add_option("--label", label,
                     "Class to draw, with a generator of train --conditional (default: " + default_label + ")");
}

/// Adds --data and --transpose.
inline void add_images(CLI::App& command, std::string& data, bool& transpose, const std::string& help) {
  data = WISP_DEFAULT_DATA;
  command.add_option("--data", data, help)->capture_default_str();
  command.add_flag("--transpose", transpose, "Exchange rows and columns of IDX files' images: for EMNIST");
}

}  // namespace wisp::apps
