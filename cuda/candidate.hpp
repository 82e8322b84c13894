// The score of one candidate, from the planes of its channel: what a thread of a kernel computes.
//
// Shapes   a candidate is a slot of the row's ring
// Threads  pure, but that the agreements of the row's tick are written by whoever scores it
// Agrees   equals the reference exactly: tests/cuda_matcher_test.cpp
// Source   the rule, docs/design.md; docs/gpu.md
#pragma once

#include <cstdint>

#include "cuda/device_agreement.hpp"
#include "cuda/device_batch.hpp"

namespace reprise {

struct alignas(16) suffix_chunk {
  std::uint32_t word[chunk_words];
};

REPRISE_HOST_DEVICE inline suffix_chunk load_chunk(const std::uint32_t* from) noexcept {
  return *reinterpret_cast<const suffix_chunk*>(from);
}

// The agreement of two suffixes, whose chunks lie `stride_a` words apart, or those of a ring.
template <std::uint32_t words_max>
REPRISE_HOST_DEVICE inline std::uint32_t suffix_agreement(const std::uint32_t* a,
                                                          std::uint32_t stride_a,
                                                          const std::uint32_t* b,
                                                          const rule& by) noexcept {
  const std::uint32_t words = suffix_words_of(by);
  weighted_count<words_max> counted{by.bits};
  std::uint32_t w = 0;
  REPRISE_DEVICE_UNROLL
  for (; w + 8 <= words; w += 8) {
    std::uint32_t m[8];
    REPRISE_DEVICE_UNROLL
    for (std::uint32_t half = 0; half < 2; ++half) {
      const std::uint32_t chunk = w / chunk_words + half;
      const suffix_chunk mine = load_chunk(a + chunk * stride_a);
      const suffix_chunk theirs = load_chunk(b + chunk * suffix_stride);
      REPRISE_DEVICE_UNROLL
      for (std::uint32_t i = 0; i < chunk_words; ++i) {
        m[half * chunk_words + i] = ~(mine.word[i] ^ theirs.word[i]);
      }
    }
    counted.add_eight(m);
  }
  for (; w < words; ++w) {
    const std::uint32_t mine = a[w / chunk_words * stride_a + w % chunk_words];
    counted.add(~(mine ^ b[suffix_word(w)]));
  }
  return counted.value();
}

REPRISE_HOST_DEVICE inline bool is_candidate(const query_row& row, std::uint32_t slot,
                                             std::uint32_t prefix) noexcept {
  const std::uint32_t lag = lag_of(row.slot, slot, row.planes.slots);
  return prefix == row.ids[0] && lag >= row.least_lag && lag <= row.greatest_lag;
}

// Whether the earlier prefixes of the run are equal, too. Loads that do not wait for one another.
REPRISE_HOST_DEVICE inline bool is_unbroken(const query_row& row, std::uint32_t slot,
                                            const rule& by) noexcept {
  const std::uint32_t* const prefixes = prefix_plane(row.planes);
  bool unbroken = true;
  REPRISE_DEVICE_UNROLL
  for (std::uint32_t i = 1; i < run_max; ++i) {
    if (i >= by.run) break;
    const std::uint32_t prefix = prefixes[slot_back(slot, i, row.planes.slots)];
    unbroken = unbroken && prefix != 0 && prefix == row.ids[i];
  }
  return unbroken;
}

// An agreement of the run that was kept when its tick was scored, or is computed again.
template <std::uint32_t words_max>
REPRISE_HOST_DEVICE inline std::uint32_t earlier_agreement(const query_row& row, std::uint32_t slot,
                                                           std::uint32_t back,
                                                           const rule& by) noexcept {
  const channel_planes& planes = row.planes;
  const std::uint32_t candidate = slot_back(slot, back, planes.slots);
  if (back <= row.earlier) {
    return agreement_plane(planes, plane_back(row.plane, back, by.run))[candidate];
  }
  const std::uint32_t asking = slot_back(row.slot, back, planes.slots);
  return suffix_agreement<words_max>(suffix_of(planes, asking, by), suffix_stride,
                                     suffix_of(planes, candidate, by), by);
}

// The match score of a candidate whose newest agreement is known; 0 where the run is broken. The
// product is match_score()'s, and fits as that does.
template <std::uint32_t words_max>
REPRISE_HOST_DEVICE inline score_value run_score(const query_row& row, std::uint32_t slot,
                                                 std::uint32_t newest, const rule& by) noexcept {
  if (!is_unbroken(row, slot, by)) return 0;
  score_value score = newest;
  if (row.earlier + 1 == by.run) {  // the usual case
    std::uint32_t kept[run_max];
    REPRISE_DEVICE_UNROLL
    for (std::uint32_t i = 1; i < run_max; ++i) {
      if (i >= by.run) break;
      const std::uint32_t plane = plane_back(row.plane, i, by.run);
      kept[i] = agreement_plane(row.planes, plane)[slot_back(slot, i, row.planes.slots)];
    }
    REPRISE_DEVICE_UNROLL
    for (std::uint32_t i = 1; i < run_max; ++i) {
      if (i >= by.run) break;
      score *= kept[i];
    }
    return score;
  }
  REPRISE_DEVICE_NO_UNROLL
  for (std::uint32_t i = 1; i < by.run; ++i)
    score *= earlier_agreement<words_max>(row, slot, i, by);
  return score;
}

// The whole score of any slot, 0 where it is no candidate. Reads the newest agreement where it was
// kept already: after the scoring of the row's tick.
template <std::uint32_t words_max>
REPRISE_HOST_DEVICE inline score_value slot_score(const query_row& row, std::uint32_t slot,
                                                  const rule& by) noexcept {
  if (!is_candidate(row, slot, prefix_plane(row.planes)[slot])) return 0;
  const std::uint32_t newest =
      row.keeps != 0
          ? agreement_plane(row.planes, row.plane)[slot]
          : suffix_agreement<words_max>(suffix_of(row.planes, row.slot, by), suffix_stride,
                                        suffix_of(row.planes, slot, by), by);
  return run_score<words_max>(row, slot, newest, by);
}

}  // namespace reprise
