#include <wisp/nn/print.h>

#include <vector>

#include <fmt/ranges.h>

#include <wisp/core/text.h>

namespace wisp::nn {
namespace {

std::string options_text(const Options& options) {
  std::vector<std::string> shown;
  for (const auto& [name, value, printed] : options) {
    if (printed == Printed::not_at_all) continue;
    const std::string text = printable(to_string(value));
    shown.push_back(printed == Printed::with_name ? name + "=" + text : text);
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

void append(std::string& text, const Module& module, std::size_t indent) {
  const std::string options = options_text(module.options()), margin(indent + 2, ' ');
  text += module.type() + "(";
  if (module.named_children().empty()) {
    text += options + ")";
    return;
  }
  text += "\n";
  if (!options.empty()) text += margin + options + "\n";
  for (const auto& [name, child] : module.named_children()) {
    text += fmt::format("{}({}): ", margin, name);
    append(text, *child, indent + 2);
    text += "\n";
  }
  text += std::string(indent, ' ') + ")";
}

}  // namespace

std::string one_line(const Module& module) {
  std::string inside = options_text(module.options());
  if (inside.empty())
    for (const auto& [name, child] : module.named_children()) inside += (inside.empty() ? "" : ", ") + one_line(*child);
  return module.type() + "(" + inside + ")";
}

std::string to_string(const Module& module) {
  std::string text;
  append(text, module, 0);
  return text;
}

}  // namespace wisp::nn
