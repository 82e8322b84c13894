#!/usr/bin/env bash
# What the compiler makes of the scoring kernel, without a card: no register goes to memory, and its
# hot loop has the loads and the population counts that docs/gpu.md reckons with.
#
#   tests/resource_report.sh NVCC FOLDER [ARCHITECTURE]
#
# Prints registers, shared memory, and how many warps the registers leave room for; FOLDER keeps the
# PTX and the report.
set -euo pipefail
nvcc=$1 folder=$2 architecture=${3:-90}
source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$folder"
ptx=$folder/score_kernel.ptx report=$folder/score_kernel.report

"$nvcc" -std=c++20 -O3 -DNDEBUG -arch="compute_$architecture" -I"$source_root" -ptx -o "$ptx" \
  "$source_root/cuda/score_kernel.cu"
"$(dirname "$nvcc")/ptxas" -v -arch="sm_$architecture" -o "$folder/score_kernel.cubin" "$ptx" \
  >"$report" 2>&1

# 65,536 registers a multiprocessor from sm_80 to sm_120, given out eight a thread; 64 warps at most on
# sm_80, 90 and 100.
awk -v architecture="$architecture" '
  FNR == NR { if (/^\.maxntid/) threads = $2 + 0; next }
  /Compiling entry function/ { kernel = /ILb1E/ ? "tuned" : "generic" }
  /bytes stack frame/ {
    stack = $1; stores = $5; loads = $9
    if (stack + stores + loads > 0) { print "FAILED: " kernel " kernel:" $0; bad = 1 }
  }
  /Used [0-9]+ registers/ {
    ++kernels
    match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5) + 0
    shared = 0
    if (match($0, /[0-9]+ bytes smem/)) shared = substr($0, RSTART, RLENGTH - 11) + 0
    given = int((registers + 7) / 8) * 8
    blocks = int(65536 / (given * threads))
    if (blocks * threads > 2048) blocks = int(2048 / threads)
    printf "sm_%s %s kernel: %d registers, %d bytes of shared memory, %d of stack, %d spilled; ", \
      architecture, kernel, registers, shared, stack, stores + loads
    printf "%d blocks of %d threads: %d of 64 warps, %.1f %%\n", \
      blocks, threads, blocks * threads / 32, blocks * threads / 2048 * 100
  }
  END {
    if (kernels != 2) { print "FAILED: " kernels + 0 " kernels in the report, not 2"; bad = 1 }
    exit bad
  }' "$ptx" "$report"

# Straight pieces of the tuned kernel: one that counts more than a few bits is the agreement of one
# candidate, all 24 words of it: 24 counts for the coarse part of the weights, 25 for the fine one.
awk '
  function piece_ends() {
    if (counts >= 16) {
      ++agreements
      if (counts != 49 || wide < 6 || narrow > 0) {
        printf "FAILED: an agreement of %d counts, %d loads of 16 bytes from memory", counts, wide
        printf " and %d from shared memory, %d narrower ones\n", wide_shared, narrow
        bad = 1
      }
    } else {
      others += wide
    }
    counts = wide = wide_shared = narrow = 0
  }
  /\.entry/ { piece_ends(); tuned = /ILb1E/ }
  !tuned { next }
  /^[^ \t].*:/ || /[ \t]bra/ { piece_ends() }
  /popc\.b32/ { ++counts }
  /ld\.shared\.v4\.[ub]32/ { ++wide_shared; next }
  /ld(\.global)?(\.nc)?(\.[A-Z0-9a-z:_]+)*\.v4\.[ub]32/ { ++wide; next }
  /ld(\.global)?(\.nc)?\.[usb](8|16|32|64)/ { ++narrow }
  END {
    piece_ends()
    if (agreements == 0) { print "FAILED: no agreement in the tuned kernel"; bad = 1 }
    if (others == 0) { print "FAILED: prefixes are not read 16 bytes at a time"; bad = 1 }
    if (!bad) {
      printf "tuned kernel: 49 population counts a candidate in each of %d places, ", agreements
      printf "suffixes and prefixes read 16 bytes at a time\n"
    }
    exit bad
  }' "$ptx"
