#!/usr/bin/env bash
# On a machine with a card, in one go: builds the engines, tests them on the card, runs
# compute-sanitizer over them, measures, and prints a table of it all. Needs CMake, g++ and nvcc.
#
#   bench/gpu_node.sh [DEPS]
#
#   DEPS    a folder with the unpacked Debian packages libgtest-dev, libgmock-dev, libbenchmark-dev
#           and libbenchmark1debian; without it those that are installed are taken
#   OUT     where the logs go: steps.log, table.txt, bench.json; build/gpu-node/results
#   REPRISE_TEST_CHANNEL_TICKS, REPRISE_TEST_REFERENCE_TICKS
#           how much is compared on the card: 10,000,000 and 100,000
#   REPRISE_BENCH_SECONDS, REPRISE_NODE_SECONDS
#           what the measurements and what all of it may take: 150 and 470
#
# Exit status 0 if every step did what it should, else 1; a step that fails does not stop the rest.
set -uo pipefail
deps=${1:+$(realpath "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

readonly build=build/gpu-node logs=build/gpu-node-logs
results=${OUT:-$build/results}
rm -rf $logs
mkdir -p "$results" $logs
results=$(cd "$results" && pwd)
export REPRISE_REQUIRE_GPU=1
export REPRISE_TEST_CHANNEL_TICKS=${REPRISE_TEST_CHANNEL_TICKS:-10000000}
export REPRISE_TEST_REFERENCE_TICKS=${REPRISE_TEST_REFERENCE_TICKS:-100000}
readonly bench_seconds=${REPRISE_BENCH_SECONDS:-150} all_seconds=${REPRISE_NODE_SECONDS:-470}

table=()
failed=0

# note STEP SECONDS VERDICT
note() {
  table+=("$(printf '%-22s %7s  %s' "$1" "$2" "$3")")
  printf '%s\n' "${table[-1]}" >&2
}

# keep NAME: the step's log joins the others.
keep() {
  { printf '\n==== %s\n' "$1"; cat "$logs/$1.log"; } >>"$results/steps.log"
}

# step NAME LIMIT_SECONDS COMMAND...: the end of its output is shown if it fails.
step() {
  local name=$1 limit=$2 begun=$SECONDS status=0 verdict
  shift 2
  if ((limit > all_seconds - SECONDS)); then limit=$((all_seconds - SECONDS)); fi
  if ((limit < 1)); then
    note "$name" 0 "FAILED: no time left"
    failed=1
    return 1
  fi
  timeout --kill-after=10 "$limit" "$@" >"$logs/$name.log" 2>&1 || status=$?
  case $status in
    0) verdict=passed ;;
    124 | 137) verdict="FAILED: not done in $limit s" ;;
    *) verdict="FAILED: status $status" ;;
  esac
  note "$name" $((SECONDS - begun)) "$verdict"
  keep "$name"
  [ "$status" = 0 ] && return
  failed=1
  tail -n 15 "$logs/$name.log" >&2
  return 1
}

skip() {
  note "$1" - "skipped: $2"
}

# shellcheck disable=SC2317  # called through bash -c, under a time limit
configure() {
  local generator=()
  command -v ninja >/dev/null && [ ! -e "$build/Makefile" ] && generator=(-G Ninja)
  cmake --preset gpu-node "${generator[@]}" -DREPRISE_TEST_DEPS="$deps" \
    -DREPRISE_WARNINGS_ARE_ERRORS="$1"
}

: >"$results/steps.log"
card=$(nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap \
  --format=csv,noheader 2>/dev/null | head -n 1)
{ echo "${card:-no card}"; git rev-parse HEAD; g++ --version; cmake --version; nproc; free -g; } \
  >$logs/machine.log 2>&1
keep machine

jobs=$(nproc)
export -f configure
export build deps
# A newer compiler warns of more. That is a failure, and no reason to learn nothing of the rest.
step configure 60 bash -c 'configure ON' &&
  ! step build 200 cmake --build $build --parallel "$jobs" &&
  step configure_warned 60 bash -c 'configure OFF' &&
  step build_warned 200 cmake --build $build --parallel "$jobs"

nvcc=$(sed -n 's/^REPRISE_NVCC:FILEPATH=//p' $build/CMakeCache.txt 2>/dev/null)
step resource_report 60 tests/resource_report.sh "$nvcc" $build/resource_report

# tested NAME LIMIT_SECONDS PROGRAM ARGUMENT...
tested() {
  local name=$1 limit=$2 program=$3
  shift 3
  if [ -x "$program" ]; then
    step "$name" "$limit" "$program" "$@"
  else
    skip "$name" "not built: $(basename "$program") needs DEPS"
    failed=1
  fi
}
tested match_tests 120 $build/tests/match_tests --gtest_brief=1
tested cuda_matcher_tests 90 $build/tests/cuda_matcher_tests --gtest_brief=1 \
  --gtest_filter='-DeviceMass.*'
tested gpu_tests 120 $build/tests/gpu_tests --gtest_filter='-DeviceMass.*'
tested bench "$bench_seconds" $build/bin/reprise-bench --benchmark_filter=gpu \
  --benchmark_out="$results/bench.json" --benchmark_out_format=json
tested gpu_mass 150 $build/tests/gpu_tests --gtest_filter='DeviceMass.*'

# It comes with nvcc, and is not always on the PATH.
sanitizer=$(PATH=$PATH:/usr/local/cuda/bin command -v compute-sanitizer)
readonly searches='CudaMatcher.EqualsTheReferenceOnHostileContent:CudaMatcher.AnswersARun*'
for tool in memcheck racecheck; do
  if [ -z "$sanitizer" ]; then
    skip $tool "there is no compute-sanitizer"
  else
    REPRISE_TEST_SEEDS=1 tested $tool 75 "$sanitizer" --tool $tool --error-exitcode 9 \
      $build/tests/gpu_tests --gtest_filter="$searches:CudaMatcher.EqualsTheReferenceForEveryRule"
  fi
done

{
  if [ -s $logs/bench.log ]; then
    grep -vE '^(Run on|CPU Caches|  L[0-9]|Load Average|\*\*\*WARNING|[0-9]{4}-)' $logs/bench.log
    printf '\n'
  fi
  grep -h 'kernel: ' $logs/resource_report.log 2>/dev/null
  grep -h 'no difference' $logs/gpu_mass.log 2>/dev/null
  printf '\n%s\n%-22s %7s  %s\n' "${card:-no card}" step seconds verdict
  printf '%s\n' "${table[@]}"
  printf 'all: %d s, %s; logs in %s\n' "$SECONDS" "$([ $failed = 0 ] && echo passed || echo FAILED)" \
    "$results"
} | tee "$results/table.txt"
exit $failed
