#include "host/train_protocol.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "host/little_endian.hpp"
#include "host/match/assert.hpp"

namespace reprise::train {
namespace {

constexpr std::uint32_t magic = 0x4e525452;  // "RTRN"
constexpr std::uint32_t version = 1;
constexpr std::size_t header_bytes = 32;
constexpr std::size_t reply_header_bytes = 8;

enum class kind : std::uint32_t { gains = 1, failed = 2 };

failure malformed(const std::string& why) {
  return {errc::data_malformed, why};
}

outcome<void> check_range(const char* named, std::uint32_t number, std::uint32_t least,
                          std::uint32_t most) {
  if (number >= least && number <= most) return {};
  return failure{errc::parameter_out_of_range, "a training takes " + std::to_string(least) +
                                                   " to " + std::to_string(most) + " " + named +
                                                   ", not " + std::to_string(number)};
}

std::uint32_t get_u32(std::span<const std::byte> bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(get_little_endian(bytes, offset, 4));
}

}  // namespace

std::string_view to_string(model named) noexcept {
  return named == model::gbm ? "gbm" : "forest";
}

std::optional<model> parse_model(std::string_view name) noexcept {
  for (const model known : {model::gbm, model::forest}) {
    if (name == to_string(known)) return known;
  }
  return std::nullopt;
}

outcome<void> check(const header& sent) {
  for (const outcome<void>& checked : {check_range("rows", sent.rows, 1, rows_max),
                                       check_range("features", sent.features, 1, features_max),
                                       check_range("labels", sent.classes, 2, classes_max)}) {
    if (!checked) return checked.error();
  }
  return {};
}

std::vector<std::byte> encode(const header& sent) {
  std::vector<std::byte> bytes;
  for (const std::uint32_t field : {magic, version, static_cast<std::uint32_t>(sent.trained),
                                    sent.rows, sent.features, sent.classes}) {
    put_little_endian(bytes, field, 4);
  }
  put_little_endian(bytes, sent.seed, 8);
  return bytes;
}

outcome<void> append_row(std::vector<std::byte>& bytes, std::uint32_t label,
                         std::span<const double> features) {
  constexpr double largest = std::numeric_limits<float>::max();
  put_little_endian(bytes, label, 4);
  for (const double feature : features) {
    if (std::isnan(feature)) return malformed("a feature is no number");
    const auto sent = static_cast<float>(std::clamp(feature, -largest, largest));
    put_little_endian(bytes, std::bit_cast<std::uint32_t>(sent), 4);
  }
  return {};
}

outcome<void> request_reader::take(std::span<const std::byte> bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t taken = 0;
  for (;;) {
    const std::size_t wanted =
        has_header_ ? 4 + 4 * std::size_t{read_.head.features} : header_bytes;
    const std::span<const std::byte> left = std::span{pending_}.subspan(taken);
    if (left.size() < wanted) break;
    const std::span<const std::byte> whole = left.first(wanted);
    const outcome<void> read = has_header_ ? take_row(whole) : take_header(whole);
    if (!read) return read.error();
    taken += wanted;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken));
  return {};
}

outcome<void> request_reader::take_header(std::span<const std::byte> bytes) {
  if (get_u32(bytes, 0) != magic) return malformed("these bytes are no request for a training");
  if (get_u32(bytes, 4) != version) {
    return malformed("the request has version " + std::to_string(get_u32(bytes, 4)) + ", not " +
                     std::to_string(version));
  }
  const std::uint32_t trained = get_u32(bytes, 8);
  if (trained < 1 || trained > 2) return malformed("the request names no model that there is");
  header& head = read_.head;
  head = {static_cast<model>(trained), get_u32(bytes, 12), get_u32(bytes, 16), get_u32(bytes, 20),
          get_little_endian(bytes, 24, 8)};
  if (const outcome<void> checked = check(head); !checked) return malformed(checked.error().what);
  read_.labels.reserve(head.rows);
  read_.features.reserve(std::size_t{head.rows} * head.features);
  has_header_ = true;
  return {};
}

outcome<void> request_reader::take_row(std::span<const std::byte> bytes) {
  const header& head = read_.head;
  const std::string row = "row " + std::to_string(read_.labels.size() + 1);
  if (read_.labels.size() == head.rows) {
    return malformed("there are more than the " + std::to_string(head.rows) + " rows announced");
  }
  const std::uint32_t label = get_u32(bytes, 0);
  if (label >= head.classes) {
    return malformed(row + " has class " + std::to_string(label) + " of " +
                     std::to_string(head.classes));
  }
  read_.labels.push_back(static_cast<float>(label));
  for (std::size_t at = 4; at < bytes.size(); at += 4) {
    const auto feature = std::bit_cast<float>(get_u32(bytes, at));
    if (!std::isfinite(feature)) return malformed(row + " has a feature that is not finite");
    read_.features.push_back(feature);
  }
  return {};
}

outcome<request> request_reader::finish() {
  if (!has_header_) return malformed("the request ends within its header");
  if (!pending_.empty() || read_.labels.size() != read_.head.rows) {
    return malformed("the request ends after " + std::to_string(read_.labels.size()) + " of " +
                     std::to_string(read_.head.rows) + " rows");
  }
  has_header_ = false;
  return std::exchange(read_, {});
}

std::vector<std::byte> encode(const reply& sent) {
  std::vector<std::byte> bytes;
  if (const auto* all = std::get_if<gains>(&sent)) {
    REPRISE_ASSERT(all->size() <= features_max);
    put_little_endian(bytes, static_cast<std::uint32_t>(kind::gains), 4);
    put_little_endian(bytes, 8 * all->size(), 4);
    for (const double gain : *all) {
      put_little_endian(bytes, std::bit_cast<std::uint64_t>(gain), 8);
    }
    return bytes;
  }
  const auto& wrong = std::get<failed>(sent);
  const std::string_view text = std::string_view{wrong.text}.substr(0, text_bytes_max);
  put_little_endian(bytes, static_cast<std::uint32_t>(kind::failed), 4);
  put_little_endian(bytes, 4 + text.size(), 4);
  put_little_endian(bytes, static_cast<std::uint32_t>(wrong.why), 4);
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  bytes.insert(bytes.end(), first, first + text.size());
  return bytes;
}

outcome<reply> decode_reply(std::span<const std::byte> bytes, std::uint32_t features) {
  const failure foreign{errc::helper_failed, "reprise-train gave an answer that is none"};
  if (bytes.size() < reply_header_bytes) return foreign;
  const std::span<const std::byte> body = bytes.subspan(reply_header_bytes);
  if (get_u32(bytes, 4) != body.size()) return foreign;
  const std::uint32_t sent = get_u32(bytes, 0);
  if (sent == static_cast<std::uint32_t>(kind::gains)) {
    if (body.size() != 8 * std::size_t{features}) return foreign;
    gains read;
    for (std::size_t at = 0; at < body.size(); at += 8) {
      const auto gain = std::bit_cast<double>(get_little_endian(body, at, 8));
      if (!(gain >= 0)) return foreign;
      read.push_back(gain);
    }
    const double sum = std::accumulate(read.begin(), read.end(), 0.0);
    if (!(std::abs(sum - 1) <= gains_sum_tolerance)) return foreign;
    return reply{std::move(read)};
  }
  if (sent == static_cast<std::uint32_t>(kind::failed) && body.size() >= 4 &&
      body.size() <= 4 + text_bytes_max) {
    const std::uint32_t why = get_u32(body, 0);
    if (why < 1 || why > 4) return foreign;
    const auto* text = reinterpret_cast<const char*>(body.data());
    return reply{failed{static_cast<reason>(why), std::string{text + 4, text + body.size()}}};
  }
  return foreign;
}

}  // namespace reprise::train
