#include "host/webhook_id.hpp"

#include <bit>

#include "host/hex.hpp"
#include "host/sha256.hpp"

namespace reprise {
namespace {

constexpr std::size_t id_bytes = 16;

void add_number(sha256& hash, std::uint64_t number) {
  std::array<std::byte, sizeof number> big_endian;
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    big_endian[i] = std::byte(number >> (56 - 8 * i));
  }
  hash.add(big_endian);
}

}  // namespace

std::string webhook_id_of(std::string_view channel, std::int64_t time, const rule& by,
                          const search_settings& settings) {
  sha256 hash;
  // The name alone varies in length; all that follows has eight bytes each.
  add_number(hash, channel.size());
  hash.add(channel);
  add_number(hash, static_cast<std::uint64_t>(time));
  for (const std::uint64_t number :
       {std::uint64_t{by.bits}, std::uint64_t{by.prefix_bits}, std::uint64_t{by.run},
        std::uint64_t{settings.window_seconds}, std::uint64_t{settings.top_k},
        std::uint64_t{settings.min_lag_seconds}, std::bit_cast<std::uint64_t>(settings.threshold),
        static_cast<std::uint64_t>(settings.still)}) {
    add_number(hash, number);
  }
  const sha256_digest digest = hash.finish();
  std::string id = "rpt_";
  append_hex(id, std::span{digest}.first<id_bytes>());
  return id;
}

}  // namespace reprise
