#include <apps/dcgan/run.h>

#include <csignal>
#include <limits>

#include <apps/common/progress.h>
#include <apps/common/stopwatch.h>
#include <apps/dcgan/preview.h>
#include <apps/dcgan/watch.h>
#include <wisp/core/diagnostics.h>
#include <wisp/data/batch_stream.h>

namespace wisp::apps {
namespace {

volatile std::sig_atomic_t received_signal = 0;

void on_signal(int signal) {
  received_signal = signal;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

std::string losses_text(const models::GanStepResult& losses) {
  return fmt::format("D {:.3f}  G {:.3f}", losses.d_loss_real + losses.d_loss_fake, losses.g_loss);
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr models::GanMeasures not_measured{nan, nan, nan, nan, nan, nan};

class Run {
 public:
  Run(RunPlan& plan, RunFolder& folder, Training& training, const std::vector<LogRow>& log)
      : plan_(plan),
        settings_(plan.settings),
        folder_(folder),
        training_(training),
        progress_(plan.quiet),
        preview_(plan.preview && !plan.quiet),
        seconds_before_(log.empty() ? 0 : log.back().seconds) {
    for (const LogRow& row : log) watch_.observe(row);
  }

  // Trains to the end; the exit code.
  int train() {
    const std::int64_t batches = plan_.loader.size(), steps = plan_.recipe.schedule.steps,
                       first = training_.steps_done();
    BatchStream stream(plan_.loader, first / batches, first % batches);
    double logged_seconds = 0, saved_seconds = 0;
    std::int64_t logged_step = first;
    for (std::int64_t step = first + 1; step <= steps; ++step) {
      const std::int64_t epoch = (step - 1) / batches + 1;
      const bool epoch_ends = step % batches == 0, ends = step == steps;
      const bool evaluates = plan_.figures && (step % settings_.evaluate_every == 0 || ends);
      const bool logs = step % log_every == 0 || epoch_ends || ends || evaluates;
      const models::GanStepResult result = training_.step(stream.next(), logs);
      const double seconds = clock_.seconds();
      const double rate = static_cast<double>((step - logged_step) * plan_.recipe.batch) / (seconds - logged_seconds);
      LogRow row{step, epoch, step * plan_.recipe.batch, seconds_before_ + seconds, result, rate, {}};
      if (!raise(not_finite_alarm(step, result), true)) {
        if (!logs) row.result.measures = not_measured;
        folder_.log(row);
        return 1;
      }
      bool stops = received_signal != 0, satisfied = false;
      if (logs) {
        if (evaluates) row.figures = evaluate(step);
        satisfied = row.figures && row.figures->fid <= settings_.until_fid;
        folder_.log(row);
        for (const std::string& alarm : watch_.observe(row))
          stops |= !raise(alarm, settings_.on_alarm == OnAlarm::stop);
        logged_step = step;
        logged_seconds = clock_.seconds();
      }
      const auto fraction = [&](std::int64_t n) { return static_cast<double>(n) / static_cast<double>(steps); };
      const ProgressState state{epoch, (step - 1) % batches + 1, batches,        fraction(step), seconds,
                                rate,  losses_text(result),      fraction(first)};
      progress_.update(state);
      const bool last = ends || stops || satisfied;
      if (last || (epoch_ends && epoch % settings_.sample_every == 0)) write_samples(epoch);
      if (last || is_due(step, epoch_ends, seconds - saved_seconds)) {
        if (!save(step)) return 1;
        saved_seconds = seconds;
      }
      if (last || epoch_ends) progress_.finish_epoch(state);
      if (satisfied) return 0;
      if (stops) return received_signal != 0 ? 128 + received_signal : 1;
    }
    return 0;
  }

 private:
  bool is_due(std::int64_t step, bool epoch_ends, double seconds) const {
    const CheckpointInterval& every = settings_.checkpoint_every;
    if (every.steps > 0) return step % every.steps == 0;
    return every.minutes > 0 ? seconds >= 60 * every.minutes : epoch_ends;
  }

  void write_samples(std::int64_t epoch) {
    const Tensor images = training_.samples();
    folder_.write_samples(epoch, images, training_.sample_columns());
    progress_.clear();
    preview_.show(images, training_.sample_columns());
  }

  Figures evaluate(std::int64_t step) {
    const Figures figures = plan_.figures(training_.draw_images(judged_count, judged_seed));
    progress_.clear();
    if (!plan_.quiet)
      say("step {}  FID {:.2f}  precision {:.3f}  coverage {:.3f}", step, figures.fid, figures.precision,
          figures.coverage);
    return figures;
  }

  // False when the networks are past saving: the last checkpoint stays.
  bool save(std::int64_t step) {
    const Safetensors checkpoint = training_.checkpoint();
    if (!is_finite(checkpoint))
      return raise(fmt::format("step {}: a weight is not finite; lower --lr-d and --lr-g", step), true);
    folder_.write_checkpoint(checkpoint, settings_.keep);
    return true;
  }

  // Prints the alarm, if there is one; whether training goes on.
  bool raise(const std::string& alarm, bool stop) {
    if (alarm.empty()) return true;
    progress_.clear();
    say("alarm: {}{}", alarm, stop ? "; training stops" : "");
    return !stop;
  }

  RunPlan& plan_;
  const RunSettings& settings_;
  RunFolder& folder_;
  Training& training_;
  Progress progress_;
  Preview preview_;
  Watch watch_;
  double seconds_before_;
  Stopwatch clock_;
};

}  // namespace

int run(RunPlan& plan, RunFolder& folder, Training& training, const std::vector<LogRow>& log) {
  received_signal = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  for (const std::string& note : plan.notes) say("{}", note);
  return Run(plan, folder, training, log).train();
}

}  // namespace wisp::apps
