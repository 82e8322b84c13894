// The picture fingerprint: 1024 bits of the mean picture of one second. It stands in for the neural
// network that a user would have, so that films can be tried without one.
//
// Shapes   in: the mean luma picture of one second; out: 128 bytes, bit i in byte i/8, most
//          significant bit first. Bits 0..255 are 32 coarse decisions, each 8 times over: whether
//          one of the 16 lowest frequencies is above -8, and whether it is above 8. Bits 256..1023
//          are the signs of the 768 lowest frequencies, lowest first
// Threads  pure
// Agrees   the same picture gives the same bits; a bit within rounding of its border may differ
//          between processors
// Source   docs/fingerprints.md; what survives re-encoding: bench/README.md, "Fingerprints of real
//          video"
//
// An exact prefix survives only where no decision crosses its border, so the prefix asks few
// questions (32), of values that compression hardly moves (means over a quarter of the picture or
// more and a whole second), with borders away from zero, where such values crowd.
#pragma once

#include "host/media/luma_picture.hpp"
#include "host/recording.hpp"

namespace reprise {

[[nodiscard]] std::array<std::byte, fingerprint_bytes> picture_fingerprint(
    const luma_picture& mean);

}  // namespace reprise
