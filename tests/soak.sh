#!/usr/bin/env bash
# The long runs: half of the time comparing the engines with the reference on seeds never tried
# before, half fuzzing the readers. The last results stand in bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=$1
cmake --preset release >/dev/null
cmake --build build --target match_tests | tail -n 1
begin=$(date +%s)
seed=$begin
rounds=0
while [ $(($(date +%s) - begin)) -lt $((seconds / 2)) ]; do
  REPRISE_TEST_FIRST_SEED=$seed REPRISE_TEST_SEEDS=20 build/tests/match_tests \
    --gtest_filter='*CpuMatcher.Equals*' --gtest_brief=1 | tail -n 1
  seed=$((seed + 20))
  rounds=$((rounds + 1))
done
echo "soak: $rounds rounds of 20 seeds for each test and kernel, from seed $begin, equal to the" \
  "reference"

CC=clang CXX=clang++ cmake -G Ninja -B build/fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DREPRISE_FUZZ=ON -DREPRISE_CUDA=OFF -DREPRISE_BENCH=OFF -DREPRISE_HELPERS=OFF >/dev/null
cmake --build build/fuzz --target answer_fuzz http_fuzz recording_fuzz settings_fuzz | tail -n 1
corpora=$(mktemp -d)
trap 'rm -rf "$corpora"' EXIT
for target in answer http recording settings; do
  cp -r "tests/fuzz/corpus/$target" "$corpora"
  echo "soak: fuzzing $target"
  "build/fuzz/tests/${target}_fuzz" -max_total_time=$((seconds / 8)) -max_len=65536 \
    -print_final_stats=1 "$corpora/$target" 2>&1 |
    grep -E '^stat::(number_of_executed_units|peak_rss)|ERROR|SUMMARY'
done
echo "soak: done"
