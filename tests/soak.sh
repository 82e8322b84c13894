#!/usr/bin/env bash
# The long runs, each with a verdict line. Their last results stand in docs/testing.md.
#
# usage: tests/soak.sh [KIND...]; KIND: match, fuzz, day, kill, simulate (default: all)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly fuzz_targets="answer csv events http inference multipart picture recording settings"
seconds=${REPRISE_SOAK_SECONDS:-600}
seed=${REPRISE_SOAK_SEED:-$(date +%s)}
failed=0

build() {
  cmake --preset release >/dev/null
  cmake --build build --target "$@" | tail -n 1
}

# verdict NAME WHAT COMMAND...: runs it, and says how it went.
verdict() {
  local name=$1 what=$2
  shift 2
  if "$@"; then
    echo "soak: $name: clean: $what"
  else
    echo "soak: $name: FAILED: $what"
    failed=1
  fi
}

# Half of the time for one, half for the other: seeds never tried before, inputs never made before.
random_matches() {
  local begin at
  begin=$(date +%s)
  at=$seed
  rounds=0
  while [ $(($(date +%s) - begin)) -lt $((seconds / 2)) ]; do
    REPRISE_TEST_FIRST_SEED=$at REPRISE_TEST_SEEDS=20 build/tests/match_tests \
      --gtest_filter='*CpuMatcher.Equals*' --gtest_brief=1 || return 1
    at=$((at + 20))
    rounds=$((rounds + 1))
  done
}

fuzzing() {
  local corpora=$1 target
  for target in $fuzz_targets; do
    cp -r "tests/fuzz/corpus/$target" "$corpora"
    echo "soak: fuzzing $target"
    "build/fuzz/tests/${target}_fuzz" -max_total_time=$((seconds / 16)) -max_len=65536 \
      -print_final_stats=1 "$corpora/$target" 2>&1 |
      grep -E '^stat::(number_of_executed_units|peak_rss)|ERROR|SUMMARY' || return 1
  done
}

# one_test PROGRAM FILTER SIZE: a test in its long form.
one_test() {
  REPRISE_SOAK=$3 REPRISE_SOAK_SEED=$seed "build/tests/$1" --gtest_filter="$2" --gtest_brief=1
}

run_kind() {
  case "$1" in
    match)
      build match_tests
      verdict match "engines against the reference, seeds from $seed for $((seconds / 2)) s" \
        random_matches
      ;;
    fuzz)
      CC=clang CXX=clang++ cmake -G Ninja -B build/fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DREPRISE_FUZZ=ON -DREPRISE_CUDA=OFF -DREPRISE_BENCH=OFF -DREPRISE_HELPERS=OFF >/dev/null
      cmake --build build/fuzz --target $(printf "%s_fuzz " $fuzz_targets) | tail -n 1
      corpora=$(mktemp -d)
      trap 'rm -rf "$corpora"' EXIT
      verdict fuzz \
        "$fuzz_targets, $((seconds / 16)) s each" \
        fuzzing "$corpora"
      ;;
    day)
      build day_tests
      for channels in 8 50; do
        verdict day "a simulated day of $channels channels, seed $seed" \
          one_test day_tests 'SimulatedDay.Reports*' "$channels"
      done
      ;;
    kill)
      build served_tests
      verdict kill "500 kills, seed $seed" one_test served_tests 'KilledService.*' 500
      verdict kill "200 kills with predictions in flight, seed $seed" \
        one_test served_tests 'KilledPredictions.*' 200
      ;;
    simulate)
      build served_tests
      verdict simulate "500 channels for five minutes under every fault, seed $seed" \
        one_test served_tests 'SimulateRun.*' 500
      ;;
    *)
      echo "soak: $1: not one of match, fuzz, day, kill, simulate" >&2
      exit 2
      ;;
  esac
}

[ $# -gt 0 ] || set -- match fuzz day kill simulate
for kind in "$@"; do
  run_kind "$kind"
done
exit "$failed"
