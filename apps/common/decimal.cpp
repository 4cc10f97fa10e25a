#include <apps/common/decimal.h>

#include <cstdint>

#include <fmt/format.h>

namespace wisp::apps {
namespace {

// Without the zeros in front, at which CLI11 would read on in octal.
template <class T>
std::string whole_number(const std::string& text, const char* range) {
  const std::optional<T> value = decimal<T>(text);
  if (!value) throw CLI::ValidationError(fmt::format("must be a whole number from {}, given \"{}\"", range, text));
  return fmt::to_string(*value);
}

std::string real_number(const std::string& text) {
  if (!decimal<double>(text))
    throw CLI::ValidationError(fmt::format("must be a finite number such as 0.5 or 1e-3, given \"{}\"", text));
  return text;
}

}  // namespace

void read_decimal_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name().substr(0, option->get_type_name().find(':'));
    // Validators run from the first on: this one before those of the option.
    if (type == "INT")
      option->transform([](const std::string& text) { return whole_number<std::int64_t>(text, "-2^63 to 2^63 - 1"); });
    else if (type == "UINT")
      option->transform([](const std::string& text) { return whole_number<std::uint64_t>(text, "0 to 2^64 - 1"); });
    else if (type == "FLOAT")
      option->transform(real_number);
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) read_decimal_numbers(*command);
}

}  // namespace wisp::apps
