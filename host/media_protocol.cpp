#include "host/media_protocol.hpp"

#include <cstring>
#include <string_view>

#include "host/little_endian.hpp"

namespace reprise::media {
namespace {

constexpr std::size_t header_bytes = 8;

enum class kind : std::uint32_t { second = 1, progress = 2, end = 3, failed = 4 };

void put_header(std::vector<std::byte>& bytes, kind sent, std::size_t length) {
  put_little_endian(bytes, static_cast<std::uint32_t>(sent), 4);
  put_little_endian(bytes, length, 4);
}

struct encoder {
  std::vector<std::byte>& bytes;

  void operator()(const sampled_second& sent) const {
    put_header(bytes, kind::second, 8 + sent.bits.size());
    put_little_endian(bytes, sent.number, 8);
    bytes.insert(bytes.end(), sent.bits.begin(), sent.bits.end());
  }
  void operator()(const progress& sent) const {
    put_header(bytes, kind::progress, 16);
    put_little_endian(bytes, sent.done_us, 8);
    put_little_endian(bytes, sent.total_us, 8);
  }
  void operator()(const film_end& sent) const {
    put_header(bytes, kind::end, 32);
    put_little_endian(bytes, sent.seconds, 8);
    put_little_endian(bytes, sent.packets_damaged, 8);
    put_little_endian(bytes, sent.timestamps_repaired, 8);
    put_little_endian(bytes, sent.missing_us, 8);
  }
  void operator()(const failed& sent) const {
    const std::string_view text = std::string_view{sent.text}.substr(0, text_bytes_max);
    put_header(bytes, kind::failed, 4 + text.size());
    put_little_endian(bytes, static_cast<std::uint32_t>(sent.why), 4);
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    bytes.insert(bytes.end(), first, first + text.size());
  }
};

// False if the body is not one of that kind.
bool decode(std::uint64_t sent, std::span<const std::byte> body, message& read) {
  if (sent == static_cast<std::uint32_t>(kind::second) && body.size() == 8 + fingerprint_bytes) {
    sampled_second second{.number = get_little_endian(body, 0, 8)};
    std::memcpy(second.bits.data(), body.data() + 8, second.bits.size());
    read = second;
    return true;
  }
  if (sent == static_cast<std::uint32_t>(kind::progress) && body.size() == 16) {
    read = progress{get_little_endian(body, 0, 8), get_little_endian(body, 8, 8)};
    return true;
  }
  if (sent == static_cast<std::uint32_t>(kind::end) && body.size() == 32) {
    read = film_end{get_little_endian(body, 0, 8), get_little_endian(body, 8, 8),
                    get_little_endian(body, 16, 8), get_little_endian(body, 24, 8)};
    return true;
  }
  if (sent == static_cast<std::uint32_t>(kind::failed) && body.size() >= 4) {
    const std::uint64_t why = get_little_endian(body, 0, 4);
    if (why < 1 || why > 3) return false;
    const auto* text = reinterpret_cast<const char*>(body.data());
    read = failed{static_cast<reason>(why), std::string{text + 4, text + body.size()}};
    return true;
  }
  return false;
}

}  // namespace

std::vector<std::byte> encode(const message& sent) {
  std::vector<std::byte> bytes;
  std::visit(encoder{bytes}, sent);
  return bytes;
}

void message_reader::append(std::span<const std::byte> bytes) {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

outcome<bool> message_reader::next(message& read) {
  const std::span<const std::byte> left = std::span{pending_}.subspan(taken_);
  if (left.size() < header_bytes) return false;
  const std::uint64_t length = get_little_endian(left, 4, 4);
  if (length > message_bytes_max) {
    return failure{errc::helper_failed, "reprise-media sent a message of impossible length"};
  }
  if (left.size() < header_bytes + length) return false;
  if (!decode(get_little_endian(left, 0, 4), left.subspan(header_bytes, length), read)) {
    return failure{errc::helper_failed, "reprise-media sent a message that is none of its own"};
  }
  taken_ += header_bytes + length;
  return true;
}

}  // namespace reprise::media
