// reprise-library-bench: the library of labelled videos, beside a plain write and sync of the same
// bytes in the same run.
//
//   reprise-library-bench            100,000 videos of 256 features: a minute
//   reprise-library-bench --quick    1,000: a check of answers
//   reprise-library-bench --videos N --directory DIR
//
// stage: CSV in pieces of 64 KiB, read, checked and staged. merge: the staged rows into an empty
// library, durable. again: the same once more, all present. ceiling: as many bytes as the file has,
// written and synced. get: one video by its name.
// Exits with 1 where an answer was wrong.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>

#include "bench/samples.hpp"
#include "host/byte_stream.hpp"
#include "host/library/video_store.hpp"
#include "host/number.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t piece_bytes = 65'536;

struct bench_options {
  std::int64_t videos = 100'000;
  std::string directory = std::filesystem::temp_directory_path();
};

std::string name_of(std::int64_t number) {  // in no order
  return std::string{"clip-"} += std::to_string(number * 7'919 % 1'000'003);
}

video video_of(std::int64_t number, std::mt19937_64& random) {
  std::normal_distribution<double> feature;
  video made;
  made.content_id = name_of(number);
  (made.actual_label = "label-") += std::to_string(number % 10);
  (made.predicted_label = "label-") += std::to_string(number % 11 % 10);
  made.tvshow = std::string{"show-"} += std::to_string(number % 100);
  for (double& each : made.features) each = feature(random);
  return made;
}

// Its size, or nothing.
std::optional<double> write_csv(const std::string& path, std::int64_t videos) {
  std::mt19937_64 random{1};
  const auto file = create_byte_sink(path);
  if (!file) return {};
  double bytes = 0;
  std::string text;
  append_video_header(text);
  for (std::int64_t i = 0; i < videos; ++i) {
    append_video_row(text, video_of(i, random));
    bytes += static_cast<double>(text.size());
    if (!(*file)->write(text)) return {};
    text.clear();
  }
  if (!(*file)->finish()) return {};
  return bytes;
}

std::optional<staged_videos> stage(const std::string& csv, const std::string& directory,
                                   std::int64_t videos) {
  auto import = video_import::begin(directory, static_cast<std::uint64_t>(videos));
  const auto source = open_byte_source(csv);
  if (!import || !source) return {};
  std::string piece(piece_bytes, '\0');
  for (;;) {
    const auto count = (*source)->read(piece);
    if (!count || (*count > 0 && !import->read(std::string_view{piece}.substr(0, *count))))
      return {};
    if (*count > 0) continue;
    auto finished = import->finish();
    return finished ? std::optional{std::move(*finished)} : std::nullopt;
  }
}

struct taken {
  double seconds = 0;
  double cpu_seconds = 0;
};

double cpu_now() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

taken time_of(const std::function<bool()>& work, bool& right) {
  samples timed;
  const double before = cpu_now();
  timed.time([&] { right = work() && right; });
  return {timed.sum(), cpu_now() - before};
}

double peak_megabytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) * 1024 / 1e6;
}

void tell(const char* name, double rows, double bytes, const taken& by) {
  std::printf("  %-8s %8.2f s (processor %6.2f s) %12.0f rows/s %9.1f MB/s\n", name, by.seconds,
              by.cpu_seconds, rows / by.seconds, bytes / 1e6 / by.seconds);
}

bool write_plainly(const std::string& path, std::uint64_t bytes) {
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const std::string block(1 << 20, 'x');
  bool right = file >= 0;
  for (std::uint64_t left = bytes; right && left > 0;) {
    const auto size = std::min<std::uint64_t>(left, block.size());
    right = ::write(file, block.data(), size) == static_cast<ssize_t>(size);
    left -= size;
  }
  right = right && ::fdatasync(file) == 0;
  if (file >= 0) ::close(file);
  ::unlink(path.c_str());
  return right;
}

samples time_gets(video_reader& reader, std::int64_t videos, bool& right) {
  samples timed;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    const std::string name = name_of(i * 104'729 % videos);
    timed.time([&] {
      const auto got = reader.get(name);
      right = right && got && *got;
    });
  }
  return timed;
}

bool run_in(const std::string& directory, std::int64_t videos) {
  const std::string path = directory + "/library.db", csv = directory + "/videos.csv";
  const auto rows = static_cast<double>(videos) * features_count;
  const auto csv_bytes = write_csv(csv, videos);
  library_file file{path, {}};
  bool right = csv_bytes && file.open();
  if (!right) return false;
  const auto writer = make_video_writer(file);
  const auto reader = make_video_reader(file);
  std::optional<staged_videos> staged;
  const auto merged = [&](std::uint64_t import_report::*counted) {
    const auto report = writer->merge(*staged, {});
    return report && report->imported && (*report).*counted == static_cast<std::uint64_t>(videos);
  };
  const taken stage_time = time_of(
      [&] {
        staged = stage(csv, directory, videos);
        return staged.has_value();
      },
      right);
  if (!right) return false;
  const taken merge = time_of([&] { return merged(&import_report::inserted); }, right);
  const taken again = time_of([&] { return merged(&import_report::present); }, right);
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  const taken plain = time_of(
      [&] { return write_plainly(directory + "/plain", static_cast<std::uint64_t>(bytes)); },
      right);
  samples gets = time_gets(*reader, videos, right);
  std::printf("library: %lld videos, %.0f rows, CSV %.1f MB, file %.1f MB, log left %.1f MB\n",
              static_cast<long long>(videos), rows, *csv_bytes / 1e6, bytes / 1e6,
              static_cast<double>(std::filesystem::file_size(path + "-wal")) / 1e6);
  tell("stage", rows, *csv_bytes, stage_time);
  tell("merge", rows, bytes, merge);
  tell("again", rows, bytes, again);
  tell("ceiling", rows, bytes, plain);
  std::printf("  merge takes %.1f times as long as its file's bytes written and synced\n",
              merge.seconds / plain.seconds);
  std::printf("  get      median %.1f us, p99 %.1f us\n", gets.median() * 1e6,
              gets.quantile(0.99) * 1e6);
  std::printf("  peak memory %.1f MB\n", peak_megabytes());
  return right;
}

bool run(const bench_options& chosen) {
  const std::string directory =
      chosen.directory + "/reprise-library-bench-" + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  const bool right = run_in(directory, chosen.videos);
  std::filesystem::remove_all(directory);
  return right;
}

std::optional<bench_options> read_arguments(int argc, char** argv) {
  bench_options made;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick") {
      made.videos = 1'000;
      continue;
    }
    if (++i == argc) return {};
    const auto number = parse_integer(argv[i]);
    if (name == "--directory") {
      made.directory = argv[i];
    } else if (name == "--videos" && number && *number >= 1 && *number <= 1'000'000) {
      made.videos = *number;
    } else {
      return {};
    }
  }
  return made;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  const auto chosen = reprise::bench::read_arguments(argc, argv);
  if (!chosen) {
    std::fputs("usage: reprise-library-bench [--quick] [--videos N] [--directory DIR]\n", stderr);
    return 2;
  }
  const bool right = reprise::bench::run(*chosen);
  if (!right) std::fputs("reprise-library-bench: a wrong answer\n", stderr);
  return right ? 0 : 1;
}
