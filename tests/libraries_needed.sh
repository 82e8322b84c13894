#!/usr/bin/env bash
# Programs that use a card must start on machines without one: none may be linked with a library of
# CUDA or of its driver.
#
#   tests/libraries_needed.sh PROGRAM...
set -euo pipefail
failed=0
for program in "$@"; do
  needed=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  if [ -z "$needed" ]; then
    echo "FAILED: $program: it needs no library at all, not even libc"
    failed=1
  fi
  if grep -E '^lib(cuda|cudart|nv[a-z]|cu(blas|fft|rand|solver|sparse))' <<<"$needed"; then
    echo "FAILED: $program needs the above"
    failed=1
  fi
done
exit $failed
