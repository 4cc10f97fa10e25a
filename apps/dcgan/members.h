// The members of a recipe and of a run's settings as text: on the command line, in metadata and in config.json.
#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/common/json_text.h>
#include <apps/common/metadata.h>
#include <models/dcgan.h>
#include <models/gan_loss.h>
#include <wisp/io/json.h>
#include <wisp/kernels/backend.h>
#include <wisp/kernels/conv_algorithm.h>
#include <wisp/optim/lr_schedule.h>

namespace wisp::apps {

/// What Autocast computes in.
enum class Precision { f32, bf16 };
/// What training does when something goes wrong.
enum class OnAlarm { warn, stop };

/// How often checkpoints are written: after so many steps, or so many minutes, or (both 0) every epoch.
struct CheckpointInterval {
  std::int64_t steps = 0;
  double minutes = 0;
};

/// The command-line option of a member: "--lr-g" of "lr_g".
std::string option_of(std::string member);

/// Numbers so that they read back the same; choices by their names; "0" for a number that is not there.
std::string text_of(Precision precision);
std::string text_of(OnAlarm on_alarm);
std::string text_of(const CheckpointInterval& interval);
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_enum_v<T>)
    return name_of(value);
  else
    return fmt::format("{}", value);
}
inline std::string text_of(const std::optional<double>& value) { return text_of(value.value_or(0)); }

/// Sets `value` to what the text of the member `name` says. Throws Error, saying what is valid, for any other text.
void read_text(const char* name, const std::string& text, models::GanLoss& value);
void read_text(const char* name, const std::string& text, models::Norm& value);
void read_text(const char* name, const std::string& text, optim::LRSchedule& value);
void read_text(const char* name, const std::string& text, Backend& value);
void read_text(const char* name, const std::string& text, ConvAlgorithm& value);
void read_text(const char* name, const std::string& text, Precision& value);
void read_text(const char* name, const std::string& text, OnAlarm& value);
void read_text(const char* name, const std::string& text, CheckpointInterval& value);
template <class T>
void read_text(const char* name, const std::string& text, T& value) {
  value = read_metadata<T>({{name, text}}, name);
}
inline void read_text(const char* name, const std::string& text, std::optional<double>& value) {
  read_text(name, text, value.emplace());
}

/// Numbers, true and false as they are, all else as text.
template <class T>
nlohmann::json json_of(const T& value) {
  if constexpr (std::is_arithmetic_v<T>)
    return value;
  else
    return to_json_text(text_of(value));
}
inline nlohmann::json json_of(const std::optional<double>& value) { return value.value_or(0); }

/// The other way. Throws Error naming the member and the value that does not fit.
template <class T>
void read_json_of(const nlohmann::json& json, const char* name, T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    read_json(json, name, value);
  } else {
    std::string text;
    read_json(json, name, text);
    read_text(name, from_json_text(text), value);
  }
}

}  // namespace wisp::apps
