// The program `film-demo`: repeats found in real films, as an exact table with a verdict.
//
//     film-demo [--seed N] [--films DIR] [--save DIR]   build a broadcast, find its repeats, judge
//     film-demo --survival DIR                          what survives re-encoding, see survival.hpp
//
// Exit 0 as it should be, 1 not, 2 usage. Needs the ffmpeg program, and by default the films of
// Debian's package planetblupi-common.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "host/number.hpp"
#include "tests/film_demo/demo.hpp"
#include "tests/film_demo/survival.hpp"

namespace {

int usage() {
  std::fputs("usage: film-demo [--seed N] [--films DIR] [--save DIR] | --survival DIR\n", stderr);
  return 2;
}

int tell(const reprise::failure& failed) {
  std::fprintf(stderr, "film-demo: %s\n", failed.what.c_str());
  return reprise::exit_status(failed.code);
}

// The helper programs are this one's neighbours, and reprise lies two folders up.
std::string own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

}  // namespace

int main(int count, char** values) {
  using namespace reprise;
  const std::string folder = own_folder();
  setenv("REPRISE_LIBEXEC", folder.c_str(), 0);
  film_demo::demo_options options;
  options.reprise = folder + "/../../bin/reprise";
  std::string survival;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name{values[i]};
    if (i + 1 == count) return usage();
    const std::string value{values[i + 1]};
    if (name == "--survival") survival = value;
    if (name == "--films") options.films = value;
    if (name == "--save") options.save = value;
    if (name == "--seed") {
      const auto seed = parse_integer(value);
      if (!seed || *seed < 0) return usage();
      options.seed = static_cast<std::uint64_t>(*seed);
    }
    if (name != "--survival" && name != "--films" && name != "--save" && name != "--seed") {
      return usage();
    }
  }
  if (!survival.empty()) {
    const auto measured = film_demo::measure_survival(survival);
    return measured ? 0 : tell(measured.error());
  }
  const auto as_it_should_be = film_demo::run_demo(options);
  if (!as_it_should_be) return tell(as_it_should_be.error());
  return *as_it_should_be ? 0 : 1;
}
