#include <apps/dcgan/members.h>

#include <algorithm>

#include <apps/common/decimal.h>

namespace wisp::apps {
namespace {

constexpr std::int64_t most_steps = 1'000'000'000;

// The choice of that name among two.
template <class T>
T one_of(const char* name, const std::string& text, T first, T second) {
  if (text == text_of(first)) return first;
  check(text == text_of(second), "train: {} must be {} or {}, given {}", option_of(name), text_of(first),
        text_of(second), quote(text));
  return second;
}

}  // namespace

std::string option_of(std::string member) {
  std::replace(member.begin(), member.end(), '_', '-');
  return "--" + member;
}

std::string text_of(Precision precision) { return precision == Precision::bf16 ? "bf16" : "f32"; }
std::string text_of(OnAlarm on_alarm) { return on_alarm == OnAlarm::stop ? "stop" : "warn"; }

std::string text_of(const CheckpointInterval& interval) {
  if (interval.minutes > 0) return fmt::format("{}m", interval.minutes);
  return interval.steps > 0 ? text_of(interval.steps) : "epoch";
}

void read_text(const char*, const std::string& text, models::GanLoss& value) { value = models::gan_loss_of(text); }
void read_text(const char*, const std::string& text, models::Norm& value) { value = models::norm_of(text); }
void read_text(const char*, const std::string& text, optim::LRSchedule& value) { value = optim::lr_schedule_of(text); }
void read_text(const char*, const std::string& text, Backend& value) { value = backend_of(text); }
void read_text(const char*, const std::string& text, ConvAlgorithm& value) { value = conv_algorithm_of(text); }

void read_text(const char* name, const std::string& text, Precision& value) {
  value = one_of(name, text, Precision::f32, Precision::bf16);
}

void read_text(const char* name, const std::string& text, OnAlarm& value) {
  value = one_of(name, text, OnAlarm::warn, OnAlarm::stop);
}

void read_text(const char*, const std::string& text, CheckpointInterval& value) {
  value = {};
  if (text == "epoch") return;
  if (text.ends_with('m'))
    value.minutes = decimal<double>(text.substr(0, text.size() - 1)).value_or(0);
  else
    value.steps = decimal<std::int64_t>(text).value_or(0);
  check((1 <= value.steps && value.steps <= most_steps) || (0 < value.minutes && value.minutes <= 1e9),
        "train: --checkpoint-every must be epoch, a number of steps such as 500, or of minutes such as 5m, given {}",
        quote(text));
}

}  // namespace wisp::apps
