// reprise-service-bench: the live service's figures, each beside its bound and the ceiling of the
// same run. The service is a process of its own; what it polls and posts to is this one.
//
//   reprise-service-bench                    every row, production size: half an hour
//   reprise-service-bench --quick            the same code, few channels: a check of answers
//   reprise-service-bench --row push --json  load, hanging, push, restart, encode, predict,
//                                            library
//   reprise-service-bench --channels 200 --seconds 60 --row load
//
// Exits with 1 where an answer was wrong, or a bound was missed without --quick.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/service/rows.hpp"
#include "host/number.hpp"
#include "host/printable.hpp"

namespace reprise::bench {

const figure* bench_row::find(std::string_view figure_name) const {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const figure& each) { return each.name == figure_name; });
  return found == figures.end() ? nullptr : &*found;
}

namespace {

using nlohmann::ordered_json;

constexpr std::string_view row_names[] = {"load",   "hanging", "push",   "restart",
                                          "encode", "predict", "library"};
constexpr const char* usage =
    "usage: reprise-service-bench [--row load|hanging|push|restart|encode|predict|library]...\n"
    "         [--channels N] [--seconds N] [--quick] [--json] [--program FILE]\n";

struct bench_options {
  row_options rows;
  std::vector<std::string> chosen;
  bool json = false;
};

// Beside this program lies the one that it measures.
std::string program_beside() {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  return (own.parent_path() / "reprise").string();
}

std::optional<bench_options> read_arguments(int argc, char** argv) {
  bench_options made;
  made.rows.program = program_beside();
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick" || name == "--json") {
      (name == "--quick" ? made.rows.quick : made.json) = true;
      continue;
    }
    if (++i == argc) return {};
    const std::string_view value = argv[i];
    const auto number = parse_integer(value);
    const bool counts = number && *number >= 1 && *number <= 20'000;
    if (name == "--program") {
      made.rows.program = value;
    } else if (name == "--row" && std::count(std::begin(row_names), std::end(row_names), value)) {
      made.chosen.emplace_back(value);
    } else if (name == "--channels" && counts) {
      made.rows.channels = static_cast<std::uint32_t>(*number);
    } else if (name == "--seconds" && counts) {
      made.rows.seconds = *number;
    } else {
      return {};
    }
  }
  if (made.chosen.empty()) made.chosen.assign(std::begin(row_names), std::end(row_names));
  return made;
}

outcome<bench_row> run_row(const std::string& name, const bench_options& options,
                           const std::vector<bench_row>& done) {
  if (name == "push") return run_push_row(options.rows);
  if (name == "restart") return run_restart_row(options.rows);
  if (name == "encode") return run_encode_row(options.rows);
  if (name == "predict") return run_predict_row(options.rows);
  if (name == "library") return run_library_row(options.rows);
  const auto calm = std::find_if(done.begin(), done.end(),
                                 [](const bench_row& each) { return each.name == "load"; });
  return run_load_row(options.rows, name == "hanging", calm == done.end() ? nullptr : &*calm);
}

bool is_met(const figure& of) {
  if (!of.bound) return true;
  return of.bound_is_least ? of.value >= *of.bound : of.value <= *of.bound;
}

std::string text_of(const bench_row& row) {
  std::string text = row.name;
  for (const auto& [name, value] : row.parameters) text += fmt::format(" {}={}", name, value);
  text += '\n';
  for (const figure& each : row.figures) {
    text += fmt::format("  {:40} {:>12.6g}", each.name, each.value);
    if (each.bound) {
      text += fmt::format("  {} {:g}: {}", each.bound_is_least ? "at least" : "at most",
                          *each.bound, is_met(each) ? "met" : "MISSED");
    }
    if (each.ceiling) {
      text += fmt::format("  (ceiling {:.4g}, {:.2f} of it: {})", *each.ceiling,
                          each.value / *each.ceiling, each.ceiling_of);
    }
    text += '\n';
  }
  return text + (row.wrong.empty() ? "" : "  WRONG: " + row.wrong + '\n');
}

ordered_json json_of(const bench_row& row) {
  ordered_json made{{"name", row.name}, {"right", row.wrong.empty()}};
  if (!row.wrong.empty()) made["wrong"] = row.wrong;
  for (const auto& [name, value] : row.parameters) made["parameters"][name] = value;
  for (const figure& each : row.figures) {
    ordered_json told{{"name", each.name}, {"value", each.value}};
    if (each.bound) {
      told[each.bound_is_least ? "at_least" : "at_most"] = *each.bound;
      told["met"] = is_met(each);
    }
    if (each.ceiling) {
      told["ceiling"] = *each.ceiling;
      told["ratio"] = each.value / *each.ceiling;
      told["ceiling_of"] = each.ceiling_of;
    }
    made["figures"].push_back(std::move(told));
  }
  return made;
}

ordered_json machine() {
  std::ifstream processors{"/proc/cpuinfo"}, load{"/proc/loadavg"};
  std::string line, model;
  while (model.empty() && std::getline(processors, line)) {
    if (line.starts_with("model name")) model = line.substr(line.find(':') + 2);
  }
  double busy = 0;
  load >> busy;
  return {
      {"processor", model}, {"cores", std::thread::hardware_concurrency()}, {"load_before", busy}};
}

int run(const bench_options& options) {
  ordered_json told{{"version", REPRISE_VERSION},
                    {"commit", REPRISE_COMMIT},
                    {"quick", options.rows.quick},
                    {"machine", machine()}};
  if (!options.json) std::cout << told.dump() << '\n' << std::flush;
  std::vector<bench_row> done;
  bool good = true;
  for (const std::string& name : options.chosen) {
    const auto row = run_row(name, options, done);
    if (!row) {
      std::cerr << "reprise-service-bench: " << name << ": " << printable(row.error().what) << '\n';
      return exit_status(row.error().code);
    }
    if (!options.json) std::cout << text_of(*row) << std::flush;
    told["rows"].push_back(json_of(*row));
    const bool met = std::all_of(row->figures.begin(), row->figures.end(), is_met);
    good = good && row->wrong.empty() && (met || options.rows.quick);
    done.push_back(*row);
  }
  if (options.json) std::cout << told.dump(2) << '\n';
  return good ? 0 : 1;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  const auto options = reprise::bench::read_arguments(argc, argv);
  if (!options) {
    std::cerr << reprise::bench::usage;
    return 2;
  }
  return reprise::bench::run(*options);
}
