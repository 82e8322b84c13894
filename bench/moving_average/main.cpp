// reprise-moving-average-bench: moving averages of made-up events, beside pandas, in one run.
//
//   pass      the bytes in memory to rows in memory, on one thread: reading, averaging, writing
//   averaging the same from events that have been read already
//   command   `reprise moving-average` as a process, from a file to a file, its start included
//   lines     the ceiling: the ends of the same lines found by memchr, nothing else
//   pandas    read_json by lines, then resample and rolling (pandas_average.py), each apart;
//             without the start of Python. Left out where python3-pandas is not installed
//   memory    the most that the command has resident, of events through a pipe
//
//   reprise-moving-average-bench [--quick] [--json]
//
// Exits with 1 where an answer was wrong, or a bound was missed without --quick.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/moving_average/made_events.hpp"
#include "bench/moving_average/program_run.hpp"
#include "bench/samples.hpp"
#include "host/line_reader.hpp"
#include "host/moving_average/average_row.hpp"
#include "host/moving_average/event_averages.hpp"

namespace reprise::bench {
namespace {

using nlohmann::ordered_json;
using std::chrono::minutes;

constexpr double pass_bytes_a_second_min = 400e6;
constexpr double peak_bytes_max = 50e6;
constexpr double difference_max = 1e-9;  // pandas adds doubles
constexpr minutes window{10};

struct bench_sizes {
  std::vector<std::size_t> events;
  std::size_t memory_events;
};
const bench_sizes production{{1'000, 10'000, 100'000, 1'000'000}, 10'000'000};
const bench_sizes quick{{1'000, 5'000}, 20'000};

class text_sink final : public byte_sink {
 public:
  [[nodiscard]] outcome<void> write(std::span<const char> written) override {
    text.append(written.data(), written.size());
    return {};
  }
  [[nodiscard]] outcome<void> finish() override { return {}; }
  std::string text;
};

std::string rows_of(std::string_view events) {
  text_sink sink;
  const auto done = average_events(make_text_source(events), "events", sink, {.window = window});
  return done ? std::move(sink.text) : "failed: " + done.error().what;
}

struct read_event {
  event_time time;
  duration_sum duration;
};

std::vector<read_event> read_events(const std::string& text) {
  std::vector<read_event> read;
  line_reader lines{make_text_source(text), "events"};
  delivery_event_parser parser;
  delivery_event event;
  std::string_view line;
  for (auto more = lines.next(line); more && *more; more = lines.next(line)) {
    if (!parser.parse(line, event)) read.push_back({event.time, event.duration});
  }
  return read;
}

// The rows of events that have been read, as average_events() makes them.
std::string averaged_rows(const std::vector<read_event>& events) {
  std::string rows;
  sliding_average average{window};
  average_row_writer writer;
  auto date = std::chrono::floor<minutes>(events.front().time);
  const auto write_before = [&](event_minute end) {
    for (; date < end; date += minutes{1}) writer.append(rows, date, average.mean_at(date));
  };
  for (const read_event& event : events) {
    write_before(minute_of(event.time));
    average.add(minute_of(event.time), event.duration);
  }
  write_before(minute_of(events.back().time) + minutes{1});
  return rows;
}

std::size_t count_lines(const std::string& text) {
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();
       (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) !=
       nullptr;
       ++at) {
    ++count;
  }
  return count;
}

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

template <typename Work>
double median_seconds(std::size_t rounds, Work&& work) {
  samples timed;
  for (std::size_t i = 0; i < rounds; ++i) timed.time(work);
  return timed.median();
}

class bench {
 public:
  bench(bool is_quick, std::string folder)
      : sizes_{is_quick ? quick : production}, folder_{std::move(folder)} {
    std::error_code failed;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
    program_ = (own.parent_path() / "reprise").string();
    has_pandas_ = output_of_program({"/usr/bin/python3", "-c",
                                     "import importlib.util as u, sys\n"
                                     "sys.exit(u.find_spec('pandas') is None)"})
                      .has_value();
  }

  [[nodiscard]] outcome<void> run(ordered_json& told) {
    told["version"] = REPRISE_VERSION;
    told["commit"] = REPRISE_COMMIT;
    told["window_minutes"] = window.count();
    for (const std::size_t count : sizes_.events) {
      if (auto ran = run_size(count, told["rows"].emplace_back()); !ran) return ran;
    }
    for (const auto& [minutes_back, count] :
         {std::pair{std::uint32_t{10}, sizes_.events.front()},
          std::pair{std::uint32_t{10}, sizes_.memory_events},
          std::pair{window_minutes_max, sizes_.memory_events}}) {
      auto ran = run_memory(minutes_back, count, told["memory"].emplace_back());
      if (!ran) return ran;
    }
    return {};
  }

  [[nodiscard]] const std::vector<std::string>& wrong() const noexcept { return wrong_; }
  [[nodiscard]] const std::vector<std::string>& missed() const noexcept { return missed_; }

 private:
  outcome<void> run_size(std::size_t count, ordered_json& row) {
    std::string events;
    event_maker maker;
    for (std::size_t i = 0; i < count; ++i) maker.append_next(events);
    const std::string file = folder_ + "/events.json", averages = folder_ + "/averages.json";
    std::ofstream{file, std::ios::binary} << events;
    const std::size_t rounds = std::clamp<std::size_t>(1'000'000 / count, 7, 101);
    row = {{"events", count}, {"bytes", events.size()}, {"rounds", rounds}};

    std::size_t lines = 0;
    std::string rows;
    row["lines_seconds"] = median_seconds(rounds, [&] { lines = count_lines(events); });
    row["pass_seconds"] = median_seconds(rounds, [&] { rows = rows_of(events); });
    const auto read = read_events(events);
    std::string averaged_alone;
    row["averaging_seconds"] =
        median_seconds(rounds, [&] { averaged_alone = averaged_rows(read); });
    const std::size_t command_rounds = std::min<std::size_t>(rounds, 15);
    std::vector<double> taken;
    for (std::size_t i = 0; i < command_rounds; ++i) {
      const auto seconds = time_program(command_words(file, window.count()), averages);
      if (!seconds) return seconds.error();
      taken.push_back(*seconds);
    }
    std::sort(taken.begin(), taken.end());
    row["command_seconds"] = taken[taken.size() / 2];
    require(lines == count && rows == text_of(averages) && rows == averaged_alone,
            fmt::format("{} events: the ways do not agree", count));
    const double speed = static_cast<double>(events.size()) / row["pass_seconds"].get<double>();
    if (speed < pass_bytes_a_second_min) missed_.push_back(fmt::format("{} events: speed", count));
    if (!has_pandas_) return {};
    return run_pandas(count, file, averages, row["pandas"]);
  }

  outcome<void> run_pandas(std::size_t count, const std::string& file, const std::string& averages,
                           ordered_json& told) {
    const auto printed =
        output_of_program({"/usr/bin/python3", REPRISE_PANDAS_AVERAGE, file,
                           std::to_string(window.count()), averages, count > 10'000 ? "3" : "7"});
    if (!printed) return printed.error();
    // json.dumps writes Infinity, which is none of JSON's, where the dates differ.
    told = ordered_json::parse(*printed, nullptr, false);
    require(!told.is_discarded() && told["greatest_difference"].get<double>() <= difference_max,
            fmt::format("{} events: pandas has other averages", count));
    return {};
  }

  outcome<void> run_memory(std::uint32_t minutes_back, std::size_t count, ordered_json& row) {
    event_maker maker;
    std::size_t left = count;
    const auto peak = peak_bytes_of_program(command_words("-", minutes_back), [&] {
      std::string piece;
      for (std::size_t i = 0; i < 1'000 && left > 0; ++i, --left) maker.append_next(piece);
      return piece;
    });
    if (!peak) return peak.error();
    if (*peak > peak_bytes_max) missed_.push_back(fmt::format("{} events: memory", count));
    row = {{"events", count}, {"window_minutes", minutes_back}, {"peak_bytes", *peak}};
    return {};
  }

  [[nodiscard]] std::vector<std::string> command_words(const std::string& input,
                                                       std::int64_t minutes_back) const {
    return {program_, "moving-average", "--input_file",
            input,    "--window_size",  std::to_string(minutes_back)};
  }

  void require(bool holds, std::string what) {
    if (!holds) wrong_.push_back(std::move(what));
  }

  const bench_sizes& sizes_;
  std::string folder_, program_;
  bool has_pandas_ = false;
  std::vector<std::string> wrong_, missed_;
};

void print_table(const ordered_json& told) {
  fmt::print("{:>9} {:>7} {:>9} {:>6} {:>9} {:>6} {:>9} {:>9} {:>10} {:>10} {:>9} {:>7}\n",
             "events", "MB", "pass_ms", "MB/s", "lines_ms", "part", "avg_ms", "cmd_ms",
             "pd_read_ms", "pd_calc_ms", "pd/cmd", "pd_MB");
  for (const ordered_json& row : told["rows"]) {
    const auto ms = [](const ordered_json& of, const char* name) {
      return of[name].get<double>() * 1e3;
    };
    const double bytes = row["bytes"].get<double>(), pass = ms(row, "pass_seconds"),
                 lines = ms(row, "lines_seconds"), command = ms(row, "command_seconds");
    fmt::print("{:>9} {:>7.2f} {:>9.3f} {:>6.0f} {:>9.3f} {:>6.3f} {:>9.3f} {:>9.2f}",
               row["events"].get<std::size_t>(), bytes / 1e6, pass, bytes / pass / 1e3, lines,
               lines / pass, ms(row, "averaging_seconds"), command);
    if (row.contains("pandas")) {
      const ordered_json& pandas = row["pandas"];
      const double read = ms(pandas, "read_seconds");
      const double compute = ms(pandas, "resample_seconds") + ms(pandas, "roll_seconds");
      fmt::print(" {:>10.1f} {:>10.2f} {:>9.1f} {:>7.0f}", read, compute,
                 (read + compute) / command, pandas["peak_bytes"].get<double>() / 1e6);
    }
    fmt::print("\n");
  }
  for (const ordered_json& row : told["memory"]) {
    fmt::print("memory: {} events, window of {} minutes: {:.1f} MB\n",
               row["events"].get<std::size_t>(), row["window_minutes"].get<std::uint32_t>(),
               row["peak_bytes"].get<double>() / 1e6);
  }
}

int run(bool is_quick, bool json) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "reprise-moving-average-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    std::perror(folder.c_str());
    return exit_status(errc::io_failed);
  }
  bench running{is_quick, folder};
  ordered_json told;
  const auto ran = running.run(told);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!ran) {
    fmt::print(stderr, "reprise-moving-average-bench: {}\n", ran.error().what);
    return exit_status(ran.error().code);
  }
  if (json) {
    fmt::print("{}\n", told.dump(2));
  } else {
    print_table(told);
  }
  for (const std::string& each : running.wrong()) fmt::print(stderr, "WRONG: {}\n", each);
  if (!is_quick) {
    for (const std::string& each : running.missed()) fmt::print(stderr, "MISSED: {}\n", each);
  }
  return running.wrong().empty() && (is_quick || running.missed().empty()) ? 0 : 1;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  bool is_quick = false, json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument != "--quick" && argument != "--json") {
      fmt::print(stderr, "usage: reprise-moving-average-bench [--quick] [--json]\n");
      return 2;
    }
    (argument == "--quick" ? is_quick : json) = true;
  }
  return reprise::bench::run(is_quick, json);
}
