#include "net/answer_reader.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

using parser = http::response_parser<http::string_body>;

constexpr unsigned informational_max = 1;
constexpr unsigned status_min = 200, status_max = 599;
constexpr std::size_t last_chunk_bytes = 5;  // "0\r\n\r\n"
constexpr std::string_view version_begin = "HTTP/1.";

std::optional<std::string> field_of(const parser::value_type& answer, std::string_view name) {
  const auto found = answer.find({name.data(), name.size()});
  if (found == answer.end()) return {};
  return std::string{found->value()};
}

// What Beast lets pass and a strict reader does not. Empty: nothing.
std::string_view fault_of(const parser::value_type& answer, std::string_view head) {
  if (head.find("\r\n ") != std::string_view::npos ||
      head.find("\r\n\t") != std::string_view::npos) {
    return "a header is folded over several lines";
  }
  if (answer.count(http::field::transfer_encoding) > 1 || answer.count("X-Frame-Time") > 1 ||
      answer.count("Retry-After") > 1) {
    return "a header that may come once came twice";
  }
  const auto encoding = answer.find(http::field::transfer_encoding);
  if (encoding == answer.end()) return {};
  if (answer.version() < 11 || !beast::iequals(encoding->value(), "chunked")) {
    return "the transfer encoding is not chunked";
  }
  return {};
}

bool is_encoded(const parser::value_type& answer) {
  const auto [begin, end] = answer.equal_range(http::field::content_encoding);
  for (auto each = begin; each != end; ++each) {
    if (!beast::iequals(each->value(), "identity")) return true;
  }
  return false;
}

}  // namespace

struct answer_reader::parts {
  parts(bool wanted, std::size_t bytes_max) : body_wanted{wanted}, bytes(bytes_max) {}

  const bool body_wanted;
  std::optional<parser> reading;  // a new one for each message
  std::vector<char> bytes;        // all that came
  std::size_t filled = 0, parsed = 0;
  std::size_t message_begin = 0;
  bool head_seen = false;
  bool body_given_up = false;
  unsigned informational = 0;
  // Taken from the head: a trailer must not change them.
  exchange_answer answer;
  state now = state::more;
  exchange_failure failed;

  [[nodiscard]] std::string too_long() const {
    return "the answer is over " + std::to_string(bytes.size() / 1024) + " KiB";
  }
  void begin_message() {
    reading.emplace();
    reading->header_limit(exchange_bytes_max);  // and all bytes are counted here
    reading->body_limit(boost::none);
    message_begin = parsed;
    head_seen = false;
  }
};

answer_reader::answer_reader(bool body_wanted, std::size_t bytes_max)
    : parts_{new parts{body_wanted, bytes_max}} {
  parts_->begin_message();
}
answer_reader::~answer_reader() = default;

std::span<char> answer_reader::room() noexcept {
  return std::span{parts_->bytes}.subspan(parts_->filled);
}

bool answer_reader::begun() const noexcept {
  return parts_->filled > 0;
}

answer_reader::state answer_reader::take(std::size_t count) {
  REPRISE_ASSERT(parts_->now == state::more);
  REPRISE_ASSERT(count <= room().size());
  parts_->filled += count;
  try {
    return advance();
  } catch (const std::exception&) {  // Beast throws on some trailers
    return fail(gap_reason::framing, "the answer cannot be read");
  }
}

answer_reader::state answer_reader::advance() {
  parts& on = *parts_;
  while (on.parsed < on.filled && !on.reading->is_done()) {
    // Beast looks only at whole heads: what is no HTTP at all would be waited for in vain.
    const std::string_view begin{on.bytes.data() + on.message_begin,
                                 std::min(on.filled - on.message_begin, version_begin.size())};
    if (!version_begin.starts_with(begin)) return fail(gap_reason::framing, "this is not HTTP");
    // What ends a chunked body is at least this long, and Beast 1.81 asserts so.
    if (on.head_seen && on.reading->chunked() && on.filled - on.parsed < last_chunk_bytes) break;
    beast::error_code wrong;
    on.parsed += on.reading->put(
        boost::asio::const_buffer{on.bytes.data() + on.parsed, on.filled - on.parsed}, wrong);
    if (wrong == http::error::need_more) break;
    if (wrong == http::error::header_limit) return fail(gap_reason::too_large, on.too_long());
    if (wrong) return fail(gap_reason::framing, wrong.message());
    if (on.head_seen || !on.reading->is_header_done()) continue;
    on.head_seen = true;
    const state after =
        read_head({on.bytes.data() + on.message_begin, on.parsed - on.message_begin});
    if (after != state::more) return after;
  }
  if (on.reading->is_done()) {
    if (on.parsed < on.filled) return fail(gap_reason::framing, "bytes follow the answer");
    return on.now = state::done;
  }
  if (on.filled < on.bytes.size()) return state::more;
  return on.head_seen ? give_up_body(on.too_long()) : fail(gap_reason::too_large, on.too_long());
}

answer_reader::state answer_reader::read_head(std::string_view head) {
  parts& on = *parts_;
  const auto& message = on.reading->get();
  if (const auto fault = fault_of(message, head); !fault.empty()) {
    return fail(gap_reason::framing, fault);
  }
  on.answer.status = message.result_int();
  if (on.answer.status / 100 == 1 && on.answer.status != 101) {
    if (++on.informational > informational_max) {
      return fail(gap_reason::framing, "more than one 1xx answer");
    }
    on.begin_message();
    return state::more;
  }
  if (on.answer.status < status_min || on.answer.status > status_max) {
    return fail(gap_reason::framing, "the answer's status is none");
  }
  on.answer.frame_time = field_of(message, "X-Frame-Time");
  on.answer.retry_after = field_of(message, "Retry-After");
  if (is_encoded(message) && on.body_wanted) {
    return fail(gap_reason::framing, "the answer has a content encoding");
  }
  const auto length = on.reading->content_length();
  if (!on.reading->is_done() && length && *length > on.bytes.size() - on.parsed)
    return give_up_body(on.too_long());
  return state::more;
}

answer_reader::state answer_reader::close() {
  parts& on = *parts_;
  REPRISE_ASSERT(on.now == state::more);
  if (on.filled == 0) return fail(gap_reason::connect, "closed without an answer");
  beast::error_code wrong;
  if (on.reading->got_some()) {
    on.reading->put_eof(wrong);
    if (!wrong && on.reading->is_done()) return on.now = state::done;
  }
  return fail(gap_reason::connect, "closed in the middle of the answer");
}

answer_reader::state answer_reader::fail(gap_reason reason, std::string_view what) {
  parts_->failed = {reason, std::string{what}};
  return parts_->now = state::failed;
}

answer_reader::state answer_reader::give_up_body(std::string_view what) {
  if (parts_->body_wanted) return fail(gap_reason::too_large, what);
  parts_->body_given_up = true;
  return parts_->now = state::done;
}

exchange_answer answer_reader::answer() const {
  REPRISE_ASSERT(parts_->now == state::done);
  exchange_answer made = parts_->answer;
  if (parts_->body_wanted) made.body = parts_->reading->get().body();
  return made;
}

bool answer_reader::keeps_alive() const noexcept {
  return parts_->now == state::done && !parts_->body_given_up && parts_->reading->keep_alive();
}

const exchange_failure& answer_reader::failed() const noexcept {
  return parts_->failed;
}

}  // namespace reprise
