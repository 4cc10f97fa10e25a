#include <apps/tconv/explain/presets.h>

#include <fmt/ranges.h>

#include <apps/common/standard_streams.h>
#include <apps/tconv/commands.h>

namespace wisp::apps {

const std::vector<Preset>& presets() {
  static const std::string zero_to_three = "0 1; 2 3";
  static const std::vector<Preset> list = {
      {"2x2-stride-1", "2x2 times 2x2: the copies of the kernel overlap", {{}, zero_to_three, zero_to_three}},
      {"2x2-stride-2",
       "2x2 times 2x2 at stride 2: the copies lie side by side",
       {{.stride = "2"}, zero_to_three, zero_to_three}},
      {"padding-1", "padding 1 cuts the border off: 2x2 becomes 1x1", {{.padding = "1"}, zero_to_three, zero_to_three}},
      {"4-2-4",
       "kernel 3: 2x2 becomes 4x4; there and back, 4x4 to 2x2 to 4x4, the size returns, the values do not",
       {{.input = "2", .kernel = "3"}}},
      {"5-3-5",
       "kernel 3, stride 2, padding 1: 3x3 becomes 5x5; there and back, 5x5 to 3x3 to 5x5",
       {{.input = "3", .kernel = "3", .stride = "2", .padding = "1"}}},
      {"3-6",
       "kernel 3 of ones, stride 2, padding 1, output_padding 1, two input channels: 3x3 becomes 6x6",
       {{.input = "3", .kernel = "3", .stride = "2", .padding = "1", .output_padding = "1"},
        "1 2 3; 4 5 6; 7 8 9 | 9 8 7; 6 5 4; 3 2 1",
        "1 1 1; 1 1 1; 1 1 1 | 1 1 1; 1 1 1; 1 1 1",
        2}},
      {"stride-2-kernel-3",
       "stride 2 does not divide kernel 3: a checkerboard",
       {{.input = "4", .kernel = "3", .stride = "2"}}},
      {"uneven-4-7",
       "kernel 3, stride 2, padding 1: 4x4 becomes 7x7, unevenly covered",
       {{.input = "4", .kernel = "3", .stride = "2", .padding = "1"}}},
      {"dcgan-1-4",
       "the DCGAN's first layer, 100 to 256 channels: 1x1 becomes 4x4",
       {{.input = "1", .kernel = "4"}, {}, {}, 100, 256}},
      {"dcgan-4-7",
       "its second, 256 to 128 channels: 4x4 becomes 7x7, unevenly covered",
       {{.input = "4", .kernel = "3", .stride = "2", .padding = "1"}, {}, {}, 256, 128}},
      {"dcgan-7-14",
       "its third, 128 to 64 channels: 7x7 becomes 14x14, evenly covered",
       {{.input = "7", .kernel = "4", .stride = "2", .padding = "1"}, {}, {}, 128, 64}},
      {"dcgan-14-28",
       "its last, 64 channels to the image: 14x14 becomes 28x28",
       {{.input = "14", .kernel = "4", .stride = "2", .padding = "1"}, {}, {}, 64, 1}},
  };
  return list;
}

const Preset& find_preset(const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  fail("--preset {} is not known, valid are {}", name, fmt::join(names, ", "));
}

void add_presets(CLI::App& app) {
  app.add_subcommand("presets", "List the worked examples of explain --preset")->callback([] {
    for (const Preset& preset : presets()) print_output("{:<18} {}\n", preset.name, preset.about);
  });
}

}  // namespace wisp::apps
