#include "host/strict_json.hpp"

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/printable.hpp"

namespace reprise {
namespace {

using nlohmann::json;

constexpr int number_overflow = 406;  // how nlohmann_json calls 1e999

// Goes over the text and tells how far the parser has read: its handlers are not told.
class counted_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  counted_iterator(const char* at, const char** reached) : at_{at}, reached_{reached} {}
  reference operator*() const { return *at_; }
  counted_iterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  friend bool operator==(const counted_iterator& a, const counted_iterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the document and refuses on the way what the parser alone would take.
class strict_builder {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  strict_builder(const char* begin, const char** reached) : begin_{begin}, reached_{reached} {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  // Only -0 comes as 0: other whole numbers without a minus are unsigned.
  bool number_integer(number_integer_t value) { return value == 0 ? add(-0.0) : add(value); }
  bool number_unsigned(number_unsigned_t value) { return add(value); }
  bool number_float(number_float_t value, const string_t&) { return add(value); }
  bool string(string_t& value) { return add(std::move(value)); }
  bool binary(binary_t&) { return malformed("binary"); }
  bool start_object(std::size_t) { return open(json::object()); }
  bool start_array(std::size_t) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    if (open_.back().value->contains(name)) {
      return malformed("the name \"" + printable(name) + "\" is there twice");
    }
    open_.back().name = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    if (error.id == number_overflow) return refuse_number();
    const std::string_view what = error.what();
    const std::size_t from = what.find("syntax error");
    return malformed(from == what.npos ? "syntax error" : printable(what.substr(from)));
  }

  json document;
  std::optional<failure> failed;

 private:
  struct level {
    json* value;
    std::string name;  // of the member that comes
  };

  bool malformed(const std::string& what) {
    const auto read = static_cast<std::size_t>(*reached_ - begin_);
    const bool is_cut = what.find("unexpected end of input") != what.npos;
    const std::size_t offset = read == 0 || is_cut ? read : read - 1;
    failed = failure{errc::json_malformed, "at byte " + std::to_string(offset) + ": " + what};
    return false;
  }
  bool refuse_number() {
    failed = failure{errc::out_of_range, "the number is too great", pointer()};
    return false;
  }
  // Of the value that comes.
  [[nodiscard]] std::string pointer() const {
    std::string made;
    for (const level& each : open_) {
      if (each.value->is_array()) {
        (made += '/') += std::to_string(index_of(each));
      } else {
        made += json_pointer_step(each.name);
      }
    }
    return made;
  }
  // An open child stands in its array already.
  [[nodiscard]] std::size_t index_of(const level& in) const {
    return in.value->size() - (&in == &open_.back() ? 0 : 1);
  }
  json* place(json value) {
    if (open_.empty()) {
      document = std::move(value);
      return &document;
    }
    const level& in = open_.back();
    if (in.value->is_array()) {
      in.value->push_back(std::move(value));
      return &in.value->back();
    }
    return &((*in.value)[in.name] = std::move(value));
  }
  bool add(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json value) {
    if (open_.size() == json_depth_max) {
      return malformed("more than " + std::to_string(json_depth_max) + " levels");
    }
    open_.push_back({place(std::move(value)), {}});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const char* begin_;
  const char** reached_;
  std::vector<level> open_;
};

failure malformed_at(std::size_t offset, std::string_view what) {
  return {errc::json_malformed, "at byte " + std::to_string(offset) + ": " + std::string{what}};
}

}  // namespace

outcome<json> parse_strict_json(std::string_view text) {
  // nlohmann_json skips a byte order mark, and takes a NUL for the end.
  if (text.starts_with("\xef\xbb\xbf")) return malformed_at(0, "a byte order mark");
  if (const auto nul = text.find('\0'); nul != text.npos) return malformed_at(nul, "a NUL byte");
  const char* reached = text.data();
  strict_builder builder{text.data(), &reached};
  const counted_iterator begin{text.data(), &reached};
  const counted_iterator end{text.data() + text.size(), &reached};
  if (!json::sax_parse(begin, end, &builder)) return *builder.failed;
  return {boost::system::in_place_value, std::move(builder.document)};
}

std::string json_pointer_step(std::string_view name) {
  std::string made = "/";
  for (const char letter : name) {
    if (letter == '~') {
      made += "~0";
    } else if (letter == '/') {
      made += "~1";
    } else {
      made += letter;
    }
  }
  return made;
}

}  // namespace reprise
