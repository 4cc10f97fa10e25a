#include <apps/dcgan/report/repeat.h>

#include <apps/common/json_text.h>
#include <apps/dcgan/recipe.h>
#include <apps/dcgan/run_settings.h>
#include <wisp/core/text.h>
#include <wisp/io/json.h>

namespace wisp::apps {
namespace {

// In Bash's words for what cannot stand in a line of UTF-8 as it is: $'caf\xe9'.
std::string escape_quoted(const std::string& text) {
  std::string word = "$'";
  for (const char c : text) {
    const bool plain = 0x20 <= c && c < 0x7f && c != '\'' && c != '\\';
    word += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return word + "'";
}

// As one word of a shell's command line.
std::string quoted(const std::string& text) {
  if (printable(text) != text) return escape_quoted(text);
  const std::string plain = "-_./:=,+@%";
  bool is_plain = !text.empty();
  for (const char c : text)
    is_plain &= std::isalnum(static_cast<unsigned char>(c)) != 0 || plain.find(c) != std::string::npos;
  if (is_plain) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

std::string option(const std::string& name, const nlohmann::json& value) {
  if (value.is_string())
    return fmt::format(" {} {}", option_of(name), quoted(from_json_text(value.get<std::string>())));
  if (value.is_boolean()) return value.get<bool>() ? fmt::format(" {}", option_of(name)) : "";
  return value.is_number() ? fmt::format(" {} {}", option_of(name), value.dump()) : "";
}

nlohmann::json members_of(const Recipe& recipe) {
  nlohmann::json members = to_json(recipe);
  for (const char* name :
       {"steps", "channels", "classes", "image_size", "data_checksum", "algorithm", "precision", "backend"})
    members.erase(name);  // no options, or such that are always given
  return members;
}

// The members that the config has otherwise.
nlohmann::json differences(const nlohmann::json& config, const std::string& model) {
  nlohmann::json different = nlohmann::json::object();
  const nlohmann::json members = members_of(recipe_named(model));
  for (const auto& [name, value] : members.items())
    if (config.contains(name) && config.at(name) != value) different[name] = config.at(name);
  // Their defaults follow from the loss.
  if (different.contains("loss"))
    for (const char* name : {"penalty", "norm"})
      if (config.contains(name)) different[name] = config.at(name);
  return different;
}

}  // namespace

std::string command_to_repeat(const nlohmann::json& config, const std::string& out) {
  std::string model;
  nlohmann::json different;
  for (const std::string& name : recipe_names()) {
    const nlohmann::json found = differences(config, name);
    if (!model.empty() && found.size() >= different.size()) continue;
    model = name;
    different = found;
  }
  std::string line = "dcgan train --out " + quoted(out);
  if (const auto algorithm = member_or<std::string>(config, "algorithm", "auto"); algorithm != "auto")
    line = "WISP_CONV=" + quoted(algorithm) + " " + line;
  if (model != default_recipe_name(member_or(config, "image_size", Recipe{}.model.image_size)))
    line += " --model " + model;
  for (const auto& [name, value] : different.items()) line += option(name, value);
  if (member_or(config, "classes", std::int64_t{0}) > 0) line += " --conditional";
  const RunSettings defaults = default_settings();
  visit_settings(defaults, [&](const char* name, const auto& value, auto) {
    if (config.contains(name) && config.at(name) != json_of(value)) line += option(name, config.at(name));
  });
  // Its default is that of the kind of data.
  const bool other_data = config.contains("data") && config.at("data") != json_of(defaults.data);
  if (config.contains("image_size") && (other_data || config.at("image_size") != Recipe{}.model.image_size))
    line += option("image_size", config.at("image_size"));
  for (const char* name : {"steps", "threads", "precision", "backend"})
    if (config.contains(name)) line += option(name, config.at(name));
  return line;
}

}  // namespace wisp::apps
