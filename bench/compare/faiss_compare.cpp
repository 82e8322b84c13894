// reprise-compare: the same days asked of FAISS and of the CPU engine, in one run, on one thread.
//
//   reprise/tick         the CPU engine, the whole rule: a second is searched for and joins
//   faiss_hash/tick      IndexBinaryHash, b = 63: the ten nearest, then the second is added
//   faiss_hash/add       its add alone, while a day is filled in
//   faiss_hash/hit       its search alone, of seconds that the index holds
//   faiss_flat/search    IndexBinaryFlat: the ten nearest of a full day
//   flat_popcnt/search   the loop of IndexBinaryFlat with the popcount instruction, which a FAISS
//                        built for every x86-64, as Debian's is, does without
//
// Only reprise/tick answers the question that the rule asks. What the others leave out:
//
//   IndexBinaryHash  no weights (all bits count alike), no exact prefix (63 of its 256 bits stand
//                    for it), no expiry (what leaves the window stays, and so does its memory), no
//                    run of five (it finds single seconds), no bound (a still day is one bucket)
//   IndexBinaryFlat  no weights, no prefix at all, no run of five; an expiry that moves every
//                    vector, not timed here
//
//   reprise-compare [--quick] [--json]
#include <faiss/Index.h>
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/utils/hamming.h>
#include <omp.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "bench/compare/rows.hpp"
#include "bench/content.hpp"
#include "bench/sizes.hpp"
#include "host/match/cpu_matcher.hpp"

namespace reprise::bench {
namespace {

constexpr int prefix_hash_bits = 63;  // a key of IndexBinaryHash is a signed integer of 64 bits
constexpr std::uint32_t warm_seconds = 8;
constexpr content_kind kinds[] = {content_kind::random, content_kind::adverts, content_kind::still};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "reprise-compare: %s\n", what);
  std::exit(1);
}

// A full window, a few seconds more, and the seconds that are timed.
struct day_seconds {
  explicit day_seconds(content_kind kind_) : kind{kind_} {
    day_content content{kind, chosen.window_seconds, 1};
    fingerprint_bits before{};
    for (std::uint32_t i = 0; i < timed_begin + timed_count(); ++i) {
      fingerprints.push_back(content.next());
      fingerprint_bits& change = changes.emplace_back(fingerprints.back());
      for (std::size_t byte = 0; byte < change.size(); ++byte) change[byte] ^= before[byte];
      before = fingerprints.back();
    }
  }
  // A whole day; of the still one, which takes longest and does not vary, a few seconds.
  [[nodiscard]] std::uint32_t timed_count() const {
    return kind == content_kind::still ? chosen.rounds : chosen.window_seconds;
  }
  [[nodiscard]] std::uint32_t chunk() const {
    return kind == content_kind::still ? 1 : chunk_seconds;
  }
  [[nodiscard]] const std::uint8_t* change(std::uint32_t second) const {
    return reinterpret_cast<const std::uint8_t*>(changes[second].data());
  }
  [[nodiscard]] std::string row(const char* what) const {
    return what + std::string{"/"} + std::string{name_of(kind)};
  }

  content_kind kind;
  std::uint32_t timed_begin = chosen.window_seconds + warm_seconds;
  std::vector<fingerprint_bits> fingerprints, changes;
};

struct nearest {
  static constexpr int count = 10;
  std::int32_t distances[count];
  std::int64_t seconds[count];

  void ask(const faiss::IndexBinary& index, const std::uint8_t* change) {
    index.search(1, change, count, distances, seconds);
  }
};

row reprise_tick(const day_seconds& day) {
  const auto engine = std::move(*make_cpu_matcher(rule{}, {.threads = 1}));
  const channel_id id = engine
                            ->add_channel({.window_seconds = chosen.window_seconds,
                                           .threshold = threshold_of_similarity(0.8, rule{})})
                            .value();
  std::uint64_t matches = 0;
  const auto step = [&](std::uint32_t second) {
    tick taken{id, second, day.fingerprints[second]};
    taken.search = second >= chosen.window_seconds;
    tick_result answer;
    engine->step({&taken, 1}, {&answer, 1});
    matches += answer.best.size();
  };
  for (std::uint32_t second = 0; second < day.timed_begin; ++second) step(second);
  row timed = time_seconds(day.row("reprise/tick"), day.timed_count(), day.chunk(),
                           [&](std::uint32_t i) { step(day.timed_begin + i); });
  require((matches == 0) == (day.kind == content_kind::random), "the engine's matches are wrong");
  return timed;
}

void hash_rows(const day_seconds& day, std::vector<row>& rows) {
  faiss::IndexBinaryHash index{1024, prefix_hash_bits};
  const auto add = [&](std::uint32_t second) { index.add(1, day.change(second)); };
  const row added =
      time_seconds(day.row("faiss_hash/add"), chosen.window_seconds, chunk_seconds, add);
  for (std::uint32_t second = chosen.window_seconds; second < day.timed_begin; ++second) {
    add(second);
  }

  nearest found;
  if (day.kind == content_kind::adverts) {
    std::vector<std::uint32_t> held;
    for (std::uint32_t i = 0; i < day.timed_count(); ++i) {
      const std::uint32_t second = day.timed_begin + i;
      found.ask(index, day.change(second));
      if (found.seconds[0] < 0) continue;
      const auto earlier = static_cast<std::size_t>(found.seconds[0]);
      require(day.changes[earlier] == day.changes[second], "IndexBinaryHash is wrong");
      held.push_back(second);
    }
    require(!held.empty(), "no second of the adverts was found");
    rows.push_back(added);
    rows.push_back(time_seconds(day.row("faiss_hash/hit"), static_cast<std::uint32_t>(held.size()),
                                chunk_seconds,
                                [&](std::uint32_t i) { found.ask(index, day.change(held[i])); }));
  }
  rows.push_back(time_seconds(day.row("faiss_hash/tick"), day.timed_count(), day.chunk(),
                              [&](std::uint32_t i) {
                                found.ask(index, day.change(day.timed_begin + i));
                                add(day.timed_begin + i);
                              }));
}

// As IndexBinaryFlat has it for this width, inlined here so that the attribute reaches the counts.
[[gnu::target("popcnt"), gnu::flatten]] void search_with_popcnt(const std::uint8_t* query,
                                                                const faiss::IndexBinaryFlat& index,
                                                                nearest& found) {
  const faiss::HammingComputerDefault computer{query, index.code_size};
  faiss::maxheap_heapify(nearest::count, found.distances, found.seconds);
  const std::uint8_t* codes = index.xb.data();
  for (std::int64_t i = 0; i < index.ntotal; ++i, codes += index.code_size) {
    const std::int32_t distance = computer.hamming(codes);
    if (distance < found.distances[0]) {
      faiss::maxheap_replace_top(nearest::count, found.distances, found.seconds, distance, i);
    }
  }
  faiss::maxheap_reorder(nearest::count, found.distances, found.seconds);
}

std::int32_t least_distance(const day_seconds& day, std::uint32_t query) {
  std::int32_t least = std::numeric_limits<std::int32_t>::max();
  for (std::uint32_t second = 0; second < chosen.window_seconds; ++second) {
    std::int32_t distance = 0;
    for (std::size_t byte = 0; byte < 128; ++byte) {
      distance += std::popcount(
          static_cast<std::uint8_t>(day.change(second)[byte] ^ day.change(query)[byte]));
    }
    least = std::min(least, distance);
  }
  return least;
}

void flat_rows(const day_seconds& day, std::vector<row>& rows) {
  faiss::IndexBinaryFlat index{1024};
  index.add(chosen.window_seconds, day.change(0));
  nearest found, counted;
  found.ask(index, day.change(day.timed_begin));
  require(found.distances[0] == least_distance(day, day.timed_begin), "IndexBinaryFlat is wrong");
  rows.push_back(time_seconds(day.row("faiss_flat/search"), chosen.rounds, 1, [&](std::uint32_t i) {
    found.ask(index, day.change(day.timed_begin + i));
  }));
  if (__builtin_cpu_supports("popcnt") == 0) return;
  rows.push_back(
      time_seconds(day.row("flat_popcnt/search"), chosen.rounds, 1, [&](std::uint32_t i) {
        search_with_popcnt(day.change(day.timed_begin + i), index, counted);
      }));
  require(std::memcmp(found.distances, counted.distances, sizeof(found.distances)) == 0,
          "the loop with the popcount instruction is wrong");
}

std::vector<row> all_rows() {
  std::vector<row> rows;
  for (const content_kind kind : kinds) {
    const day_seconds day{kind};
    rows.push_back(reprise_tick(day));
    hash_rows(day, rows);
    flat_rows(day, rows);
  }
  return rows;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  using namespace reprise::bench;
  bool as_json = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      chosen = quick;
    } else if (std::strcmp(argv[i], "--json") == 0) {
      as_json = true;
    } else {
      std::fputs("usage: reprise-compare [--quick] [--json]\n", stderr);
      return 2;
    }
  }
  omp_set_num_threads(1);
  const std::string faiss_version = std::to_string(FAISS_VERSION_MAJOR) + "." +
                                    std::to_string(FAISS_VERSION_MINOR) + "." +
                                    std::to_string(FAISS_VERSION_PATCH);
  const std::vector<row> rows = all_rows();
  if (as_json) {
    print_json(rows, faiss_version);
  } else {
    print_table(rows, faiss_version);
  }
  return 0;
}
