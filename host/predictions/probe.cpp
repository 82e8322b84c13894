#include "host/predictions/probe.hpp"

#include <string_view>

#include "host/base64.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

// In Python, with the struct and zlib modules:
//   chunk = lambda name, data: (struct.pack(">I", len(data)) + name + data +
//                               struct.pack(">I", zlib.crc32(name + data)))
//   rows = b"".join(b"\0" + bytes(c for x in range(96) for c in (x // 16 * 48, y // 16 * 48, 128))
//                   for y in range(96))
//   base64.b64encode(b"\x89PNG\r\n\x1a\n" +
//                    chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 96, 8, 2, 0, 0, 0)) +
//                    chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
constexpr std::string_view picture =
    "iVBORw0KGgoAAAANSUhEUgAAAGAAAABgCAIAAABt+uBvAAAA0UlEQVR42u3QQQ3AIAAAsUlCElKQgCQkIWEa7kua"
    "VEG/71vJiGa0oxPd6BMkSJAgQYIECRIkSJAgQYIECXotaKxkRDPa0YluJEiQIEGCBAkSJEiQIEGCBAkS9FzQXMmI"
    "ZrSjE91IkCBBggQJEiRIkCBBggQJEiTouaC9khHNaEcnupEgQYIECRIkSJAgQYIECRIkSNBzQWclI5rRjk50I0GC"
    "BAkSJEiQIEGCBAkSJEiQoOeC7kpGNKMdnehGggQJEiRIkCBBggQJEiRIkCBBjwX9lkrC/mDEHyYAAAAASUVORK5C"
    "YII=";

}  // namespace

taken_job make_probe() {
  std::vector<std::byte> bytes;
  const auto fault = decode_base64(picture, bytes);
  REPRISE_ASSERT(!fault);
  return {.lease = {"probe", 0},
          .name = "probe",
          .image = std::make_shared<const std::vector<std::byte>>(std::move(bytes))};
}

}  // namespace reprise
