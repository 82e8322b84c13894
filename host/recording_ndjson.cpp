#include <simdjson.h>

#include <cctype>
#include <utility>

#include "host/hex.hpp"
#include "host/line_reader.hpp"
#include "host/match/rule.hpp"
#include "host/recording_formats.hpp"

namespace reprise {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

static_assert(line_padding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view object_expected = "an object of \"time\" and \"bits\"";
constexpr std::string_view time_expected = "\"time\" to be an integer from 0 to 9007199254740991";
constexpr std::string_view bits_expected = "\"bits\" to be 256 hex digits";
static_assert(time_max == 9'007'199'254'740'991);

bool is_space(char byte) noexcept {
  return byte == ' ' || byte == '\t' || byte == '\r';
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class ndjson_reader final : public recording_reader {
 public:
  ndjson_reader(std::unique_ptr<byte_source> source, std::string name)
      : lines_{std::move(source), name}, name_{std::move(name)} {}

  [[nodiscard]] outcome<bool> next(recorded_second& read) override {
    std::string_view line;
    do {
      const auto more = lines_.next(line);
      if (!more) return more.error();
      if (!*more) return at_end();
    } while (trimmed(line).empty());
    if (auto parsed = parse(line, read); !parsed) return parsed.error();
    if (read.time <= newest_) {
      return lines_.malformed("a time after " + std::to_string(newest_), std::to_string(read.time));
    }
    newest_ = read.time;
    return true;
  }

  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return lines_.bytes_read(); }

 private:
  outcome<bool> at_end() const {
    if (newest_ >= 0) return false;
    return failure{errc::data_malformed, name_ + ": expected a recording, found no second in it"};
  }

  failure not_json(error_code error, std::string_view line) const {
    if (error == simdjson::UTF8_ERROR) return lines_.malformed("UTF-8", "other bytes");
    return lines_.malformed(object_expected, quoted(trimmed(line)));
  }

  outcome<void> parse(std::string_view line, recorded_second& read) {
    const simdjson::padded_string_view padded{line.data(), line.size(),
                                              line.size() + simdjson::SIMDJSON_PADDING};
    ondemand::document document;
    ondemand::object object;
    if (auto error = parser_.iterate(padded).get(document)) return not_json(error, line);
    if (auto error = document.get_object().get(object)) return not_json(error, line);
    bool has_time = false, has_bits = false;
    for (auto field : object) {
      std::string_view key;
      ondemand::value value;
      if (auto error = field.unescaped_key().get(key)) return not_json(error, line);
      if (auto error = field.value().get(value)) return not_json(error, line);
      if (key != "time" && key != "bits") {
        return lines_.malformed("\"time\" and \"bits\" alone", "the field " + quoted(key));
      }
      bool& has = key == "time" ? has_time : has_bits;
      if (std::exchange(has, true)) {
        return lines_.malformed("each field once", quoted(key) + " twice");
      }
      auto parsed = key == "time" ? parse_time(value, read) : parse_bits(value, read);
      if (!parsed) return parsed;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return lines_.malformed("one object a line", "more behind it");
    }
    if (!has_time) return lines_.malformed("the field \"time\"", "none");
    if (!has_bits) return lines_.malformed("the field \"bits\"", "none");
    return {};
  }

  outcome<void> parse_time(ondemand::value& value, recorded_second& read) const {
    const std::string_view token = trimmed(value.raw_json_token());
    if (value.get_int64().get(read.time) != simdjson::SUCCESS || read.time < 0 ||
        read.time > time_max) {
      return lines_.malformed(time_expected, quoted(token));
    }
    return {};
  }

  outcome<void> parse_bits(ondemand::value& value, recorded_second& read) const {
    const std::string_view token = trimmed(value.raw_json_token());
    std::string_view digits;
    if (value.get_string().get(digits) != simdjson::SUCCESS) {
      return lines_.malformed(bits_expected, quoted(token));
    }
    if (digits.size() != 2 * fingerprint_bytes) {
      return lines_.malformed(bits_expected, std::to_string(digits.size()) + " characters");
    }
    const std::size_t decoded = decode_hex(digits, read.bits);
    if (decoded != digits.size()) {
      return lines_.malformed(bits_expected, quoted(digits.substr(decoded, 1)) + " as number " +
                                                 std::to_string(decoded + 1));
    }
    return {};
  }

  line_reader lines_;
  std::string name_;
  ondemand::parser parser_{line_bytes_max};
  std::int64_t newest_ = -1;
};

}  // namespace

std::unique_ptr<recording_reader> make_ndjson_reader(std::unique_ptr<byte_source> source,
                                                     std::string name) {
  return std::make_unique<ndjson_reader>(std::move(source), std::move(name));
}

}  // namespace reprise
