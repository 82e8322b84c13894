#include "host/match/agreement_kernels.hpp"

#include <algorithm>
#include <array>

namespace reprise {
namespace {

bool has_avx2() noexcept {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("popcnt") != 0;
}

bool has_avx512() noexcept {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bitalg") != 0 &&
         __builtin_cpu_supports("avx512vnni") != 0 && __builtin_cpu_supports("gfni") != 0;
}

}  // namespace

std::span<const agreement_kernel> agreement_kernels() noexcept {
  static const std::array<agreement_kernel, 3> kernels{{
      {"scalar", true, agreement_scan_scalar, agreement_one_scalar, diagonal_filter_scalar},
      {"avx2", has_avx2(), agreement_scan_avx2, agreement_one_popcnt, diagonal_filter_avx2},
      {"avx512", has_avx512(), agreement_scan_avx512, agreement_one_avx512, diagonal_filter_avx512},
  }};
  return kernels;
}

result<agreement_kernel> find_agreement_kernel(std::string_view name) {
  const auto kernels = agreement_kernels();
  const auto found = std::find_if(kernels.rbegin(), kernels.rend(), [name](const auto& kernel) {
    return name.empty() ? kernel.supported : kernel.name == name;
  });
  if (found == kernels.rend() || !found->supported) return errc::kernel_unsupported;
  return *found;
}

}  // namespace reprise
