#!/usr/bin/python3
"""One tick of one channel by numpy: the exact rule over a full window, one thread.

  numpy/tick/random   every second new: the prefixes are compared, and nothing is left
  numpy/tick/adverts  29 adverts of 30 s, each broadcast 20 times a day; the rest random
  numpy/tick/still    every change vector zero: all candidates stay until the last step

The contents are made as those of bench/content.hpp, by another random generator: what is timed does
not depend on which bits they are. What it does not do: gaps, rules other than 1024/256/5, more
seconds than it was made for. Every run first checks itself, on a small window, against the rule
written with plain Python integers.

  numpy_compare.py [--quick] [--json]
"""

import argparse
import json
import statistics
import time

import numpy as np

RUN, TOP_K = 5, 10
PREFIX_WORDS, SUFFIX_BYTES, CHANGE_WORDS = 4, 96, 16
AGREEMENT_MAX = 491_904
# A match scores more than this: a similarity of 0.8 or more, as in the other benchmarks.
SCORE_LIMIT = (4 * AGREEMENT_MAX) ** RUN // 5**RUN

# AGREEMENT_TABLE[byte, equal]: what suffix byte `byte` adds where the bits set in `equal` agree.
AGREEMENT_TABLE = (
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.uint64)
    @ (1024 - np.arange(768, dtype=np.uint64)).reshape(SUFFIX_BYTES, 8).T
).T.copy()


class channel:
    """Change vectors stand in columns, so that one word of all candidates is contiguous."""

    def __init__(self, window, changes):
        self.window = window
        self.prefixes = np.ascontiguousarray(changes[:, :PREFIX_WORDS].T)
        suffixes = np.ascontiguousarray(changes[:, PREFIX_WORDS:]).view(np.uint8)
        self.suffixes = np.ascontiguousarray(suffixes.T)
        self.planes = []  # of the newest RUN seconds: agreements by falling lag; None: all are 0

    def tick(self, second):
        """The best matches of this second, as (lag, score). Seconds are taken one after another."""
        self.planes = self.planes[-(RUN - 1) :] + [self.agreements(second)]
        if len(self.planes) < RUN or any(plane is None for plane in self.planes):
            return []
        return self.best(*self.products())

    def agreements(self, second):
        ring = slice(second - self.window, second)
        query, prefixes = self.prefixes[:, second], self.prefixes[:, ring]
        places = np.flatnonzero(prefixes[0] == query[0])
        for word in range(1, PREFIX_WORDS):
            places = places[prefixes[word, places] == query[word]]
        if places.size == 0:
            return None
        plane = np.zeros(self.window, np.uint64)
        suffix = self.suffixes[:, second]
        # Where many are left, reading all columns in order costs less than picking from them.
        if places.size * 10 > self.window:
            plane[places] = weighted_count(self.suffixes[:, ring], suffix)[places]
        else:
            equal = ~(self.suffixes[:, ring][:, places] ^ suffix[:, None])
            plane[places] = AGREEMENT_TABLE[np.arange(SUFFIX_BYTES)[:, None], equal].sum(axis=0)
        return plane

    def products(self):
        """The exact products, of up to 95 bits, in two halves: the lower one has 38 bits."""
        places = np.flatnonzero(np.logical_and.reduce(self.planes))
        a, b, c, d, e = (plane[places] for plane in self.planes)
        large, small = a * b * c, d * e  # 57 and 38 bits
        mask, shift = np.uint64(2**19 - 1), np.uint64(19)
        low = (large & mask) * small
        middle = (large >> shift & mask) * small + (low >> shift)
        high = (large >> shift + shift) * small + (middle >> shift)
        return places, high, (middle & mask) << shift | (low & mask)

    def best(self, places, high, low):
        limit_high, limit_low = (np.uint64(half) for half in divmod(SCORE_LIMIT, 2**38))
        kept = (high > limit_high) | ((high == limit_high) & (low > limit_low))
        # Falling lag to rising: of equal scores the first is the most recent.
        places, high, low = (values[kept][::-1] for values in (places, high, low))
        if places.size > TOP_K:
            least = np.partition(high, -TOP_K)[-TOP_K]
            above, level = np.flatnonzero(high > least), np.flatnonzero(high == least)
            wanted = TOP_K - above.size
            least_low = np.partition(low[level], -wanted)[-wanted]
            ahead, last = level[low[level] > least_low], level[low[level] == least_low]
            taken = np.concatenate([above, ahead, last[: wanted - ahead.size]])
            places, high, low = places[taken], high[taken], low[taken]
        scores = [int(h) << 38 | int(l) for h, l in zip(high, low)]
        found = [(self.window - int(place), score) for place, score in zip(places, scores)]
        return sorted(found, key=lambda match: (-match[1], match[0]))


def weighted_count(columns, query):
    """One table look-up a byte: of what was tried the fastest, before unpackbits and a product."""
    total = np.zeros(columns.shape[1], np.uint64)
    values = np.arange(256, dtype=np.uint8)
    for byte in range(SUFFIX_BYTES):
        total += AGREEMENT_TABLE[byte, ~(values ^ query[byte])].take(columns[byte])
    return total


def plain_best(changes, second, window):
    """The rule as written: bit i of a change vector is bit 1023 - i of an integer."""

    def agreement(x, y):
        if x >> 768 != y >> 768:
            return 0
        return sum(1024 - i for i in range(768) if (x ^ y) >> (767 - i) & 1 == 0)

    found = []
    for lag in range(1, window + 1):
        score = 1
        for back in range(RUN):
            score *= agreement(changes[second - back], changes[second - back - lag])
        if score > SCORE_LIMIT:
            found.append((lag, score))
    return sorted(found, key=lambda match: (-match[1], match[0]))[:TOP_K]


def check_contents(random, seconds):
    periodic = random_changes(random, 7)[np.arange(seconds) % 7]
    for second in range(0, seconds, 3):
        periodic[second, PREFIX_WORDS + second % 12] ^= np.uint64(1 << second % 64)
    # Few are left by the prefix here.
    ends = random_changes(random, seconds)
    ends[:7], ends[-30:] = periodic[:7], periodic[-30:]
    # Few score more, and more score the same than there are places left.
    still = np.zeros_like(periodic)
    still[::20, PREFIX_WORDS] = 1
    return periodic, ends, still


def check():
    """Every match of a few seconds of each content, among them equal scores, against plain_best."""
    window, ticks = 90, 12
    random = np.random.default_rng(1)
    for changes in check_contents(random, window + RUN + ticks):
        plain = [int.from_bytes(change.tobytes(), "big") for change in changes]
        checked, most = channel(window, changes), 0
        for second in range(window, len(changes)):
            found = checked.tick(second)
            if second < window + RUN - 1:
                continue
            expected = plain_best(plain, second, window)
            if found != expected:
                raise SystemExit(f"numpy_compare: wrong at {second}: {found}, not {expected}")
            most = max(most, len(found))
        if most == 0:
            raise SystemExit("numpy_compare: the check has found nothing to check")


def random_changes(random, seconds):
    return random.integers(0, 2**64, (seconds, CHANGE_WORDS), dtype=np.uint64)


def make_changes(kind, window, seconds):
    if kind == "still":
        return np.zeros((seconds, CHANGE_WORDS), np.uint64)
    random = np.random.default_rng(1)
    changes = random_changes(random, seconds)
    if kind == "adverts":
        adverts = random_changes(random, 29 * 30)
        places = window // 30
        plays = random.permutation(places)[: min(places // 2, 29 * 20)]
        day = np.full(window, -1)
        for play, place in enumerate(plays):
            day[place * 30 : place * 30 + 30] = play % 29 * 30 + np.arange(30)
        whole = day[np.arange(seconds) % window]
        changes[whole >= 0] = adverts[whole[whole >= 0]]
    return changes


def measure(kind, window, ticks):
    changes = make_changes(kind, window, window + RUN + ticks)
    searched = channel(window, changes)
    durations, matches = [], 0
    for second in range(window, len(changes)):
        begin = time.perf_counter()
        found = searched.tick(second)
        durations.append(time.perf_counter() - begin)
        matches += len(found)
    if (matches == 0) != (kind == "random"):
        raise SystemExit(f"numpy_compare: {matches} matches of {kind} content")
    timed = durations[RUN:]
    return {
        "name": f"numpy/tick/{kind}",
        "ticks": ticks,
        "mean_ms": statistics.mean(timed) * 1e3,
        "median_ms": statistics.median(timed) * 1e3,
    }


def main():
    parser = argparse.ArgumentParser(description="One tick of one channel by numpy.")
    parser.add_argument("--quick", action="store_true", help="small sizes: a check, no measurement")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    check()
    window = 2_000 if options.quick else 86_400
    # A whole day of adverts, whose ticks differ; some seconds of the others, whose ticks do not.
    ticks = {"random": window // 40, "adverts": window, "still": window // 2_000}
    rows = [measure(kind, window, max(count, 5)) for kind, count in ticks.items()]
    if options.json:
        print(json.dumps({"window_seconds": window, "numpy": np.__version__, "rows": rows}))
        return
    title = f"one channel, numpy {np.__version__}"
    print(f"{title:<32}{'ticks':>8}{'mean_ms':>12}{'median_ms':>12}")
    for row in rows:
        print("{name:<32}{ticks:>8}{mean_ms:>12.3f}{median_ms:>12.3f}".format(**row))


if __name__ == "__main__":
    main()
