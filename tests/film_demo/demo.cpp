#include "tests/film_demo/demo.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>

#include "host/recording.hpp"
#include "tests/film_demo/broadcast.hpp"
#include "tests/film_demo/judge.hpp"

namespace reprise::film_demo {
namespace {

constexpr const char* anew_quality = "28";
constexpr std::int64_t broadcast_seconds_min = 900;

// One broadcast, as the programs saw it.
struct seen_broadcast {
  second_map seconds;
  std::vector<found_repeat> found;
};

outcome<second_map> read_recording(const std::string& file) {
  const auto reader = open_recording(file, {});
  if (!reader) return reader.error();
  second_map seconds;
  recorded_second read;
  for (;;) {
    const auto more = (*reader)->next(read);
    if (!more) return more.error();
    if (!*more) return seconds;
    seconds.emplace(read.time, read.bits);
  }
}

outcome<seen_broadcast> look(const demo_options& options, const std::string& video,
                             const std::string& recording) {
  const auto made = run({options.reprise, "fingerprint", video, "-o", recording});
  if (!made) return made.error();
  const auto printed = run({options.reprise, "scan", recording, "--repeats"});
  if (!printed) return printed.error();
  auto found = parse_repeats(*printed);
  if (!found) return found.error();
  auto seconds = read_recording(recording);
  if (!seconds) return seconds.error();
  return seen_broadcast{std::move(*seconds), std::move(*found)};
}

std::string clock_of(std::int64_t second) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(second / 60 % 100),
                static_cast<int>(second % 60));
  return text;
}

std::string seen_at(const found_repeat* found) {
  if (found == nullptr) return "-";
  char text[48];
  std::snprintf(text, sizeof text, "%s-%s %5.1f %%", clock_of(found->start).c_str(),
                clock_of(found->end).c_str(), 100 * found->similarity);
  return text;
}

struct tally {
  std::size_t due = 0;
  std::size_t joined = 0;
  std::size_t anew = 0;
};

// The table of repeats beside the schedule. A start before the one that is due is right only where
// the reference has it, too: the clips before were the same.
tally print_table(const std::vector<clip>& clips, const std::vector<scheduled_repeat>& due,
                  const seen_broadcast& joined, const seen_broadcast& anew,
                  const std::vector<found_repeat>& reference) {
  std::printf("clip      due at       repeats      | found in the playout | encoded anew, crf %s\n",
              anew_quality);
  tally counted;
  for (const scheduled_repeat& one : due) {
    const found_repeat* const at = find_repeat(joined.found, one);
    const found_repeat* const again = find_repeat(anew.found, one);
    ++counted.due;
    const bool exact = at != nullptr &&
                       ((at->start == one.start && at->end == one.end) || contains(reference, *at));
    if (exact) ++counted.joined;
    if (again != nullptr) ++counted.anew;
    std::printf("%-9s %s-%s  %s-%s  | %-20s | %s\n", clips[one.clip].name.c_str(),
                clock_of(one.start).c_str(), clock_of(one.end).c_str(),
                clock_of(one.start - one.lag).c_str(), clock_of(one.end - one.lag).c_str(),
                seen_at(at).c_str(), seen_at(again).c_str());
  }
  return counted;
}

// Repeats found that nobody scheduled, printed: pictures that are alike in other places of the
// films, or content that repeats itself. Right only where the reference finds them in the clips'
// own fingerprints.
struct unscheduled {
  std::size_t explained = 0;
  std::size_t unexplained = 0;
};

unscheduled judge_others(const std::vector<scheduled_repeat>& due, const seen_broadcast& joined,
                         const std::vector<found_repeat>& reference) {
  unscheduled counted;
  std::printf("\nfound in the playout, not scheduled: the same pictures elsewhere in the films\n");
  for (const found_repeat& found : joined.found) {
    bool scheduled = false;
    for (const scheduled_repeat& one : due) {
      scheduled = scheduled || (find_repeat({found}, one) != nullptr);
    }
    if (scheduled) continue;
    const bool explained = contains(reference, found);
    ++(explained ? counted.explained : counted.unexplained);
    std::printf("          %s-%s  %s-%s  | %s\n", clock_of(found.start).c_str(),
                clock_of(found.end).c_str(), clock_of(found.start - found.lag).c_str(),
                clock_of(found.end - found.lag).c_str(),
                explained ? "so does the reference" : "UNEXPLAINED");
  }
  return counted;
}

outcome<void> save(const demo_options& options, const std::string& recording,
                   const std::vector<clip>& clips, const schedule& broadcast) {
  if (options.save.empty()) return {};
  std::error_code wrong;
  std::filesystem::create_directories(options.save, wrong);
  if (!wrong) {
    std::filesystem::copy_file(recording, options.save + "/broadcast.ndjson",
                               std::filesystem::copy_options::overwrite_existing, wrong);
  }
  std::ofstream file{options.save + "/schedule.json"};
  file << schedule_json(clips, broadcast, options.seed);
  file.close();
  if (!wrong && file) return {};
  return failure{errc::io_failed, options.save + ": could not be written"};
}

void print_share(const char* what, std::size_t part, std::size_t all) {
  const double share = all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
  std::printf("%-58s %4zu of %4zu, %5.1f %%\n", what, part, all, share);
}

struct materials {
  std::vector<clip> clips;
  schedule broadcast;
  second_map alone;  // the clips' own fingerprints, laid out
  seen_broadcast joined;
  seen_broadcast anew;
};

outcome<materials> build(const demo_options& options, const scratch_folder& scratch) {
  auto clips = choose_clips(options.films);
  if (!clips) return clips.error();
  materials made{.clips = std::move(*clips)};
  made.broadcast = make_schedule(made.clips, options.seed);
  if (made.broadcast.seconds < broadcast_seconds_min) {
    return failure{errc::data_malformed, options.films + ": too few films for 15 minutes"};
  }
  std::printf("film-demo: seed %llu; %zu clips of the films in %s; %s min of broadcast\n",
              static_cast<unsigned long long>(options.seed), made.clips.size(),
              options.films.c_str(), clock_of(made.broadcast.seconds).c_str());
  std::fflush(stdout);
  if (const auto encoded = encode_clips(scratch, made.clips); !encoded) return encoded.error();
  auto alone = lay_out(scratch, made.clips, made.broadcast);
  if (!alone) return alone.error();
  made.alone = std::move(*alone);
  const auto joined = join(scratch, made.broadcast);
  if (!joined) return joined.error();
  const auto anew = encode_anew(scratch, *joined, anew_quality);
  if (!anew) return anew.error();
  auto saw = look(options, *joined, scratch.file("broadcast.ndjson"));
  if (!saw) return saw.error();
  made.joined = std::move(*saw);
  auto saw_anew = look(options, *anew, scratch.file("anew.ndjson"));
  if (!saw_anew) return saw_anew.error();
  made.anew = std::move(*saw_anew);
  if (const auto saved =
          save(options, scratch.file("broadcast.ndjson"), made.clips, made.broadcast);
      !saved) {
    return saved.error();
  }
  return made;
}

}  // namespace

outcome<bool> run_demo(const demo_options& options) {
  const auto began = std::chrono::steady_clock::now();
  const scratch_folder scratch;
  const auto made = build(options, scratch);
  if (!made) return made.error();
  const auto reference = reference_repeats(made->alone);
  if (!reference) return reference.error();
  const auto due = repeats_of(made->clips, made->broadcast);
  const tally counted = print_table(made->clips, due, made->joined, made->anew, *reference);
  const unscheduled others = judge_others(due, made->joined, *reference);

  survival changes;
  changes.add(changes_of(made->joined.seconds), changes_of(made->anew.seconds), 0);
  std::printf("\n");
  print_share("scheduled repeats found in the playout", counted.joined, counted.due);
  print_share("repeats nobody scheduled that the reference explains", others.explained,
              others.explained + others.unexplained);
  print_share("scheduled repeats found in the broadcast encoded anew", counted.anew, counted.due);
  print_share("change-vector prefixes that survived encoding anew", changes.equal,
              changes.compared);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  const bool right = counted.joined == counted.due && others.unexplained == 0;
  std::printf("verdict: %s, in %.0f s (seed %llu)\n", right ? "PASS" : "FAIL", taken.count(),
              static_cast<unsigned long long>(options.seed));
  return right;
}

}  // namespace reprise::film_demo
