#include "net/export_stream.hpp"

#include <utility>

#include "host/hex.hpp"
#include "host/json_text.hpp"

namespace reprise {
namespace {

class export_stream final : public body_stream {
 public:
  export_stream(const api_link& core, live_service& service, export_span span,
                recording_format format, seconds_block first)
      : core_{core}, service_{service}, span_{span}, format_{format}, block_{std::move(first)} {}

  net::awaitable<std::optional<std::string>> next() override {
    if (ended_) co_return std::nullopt;
    if (!block_) {
      auto read = co_await read_block(core_, service_, span_);
      if (!read) fail();
      block_ = std::move(*read);
    }
    std::string text = text_of(*block_);
    ended_ = is_last(*block_);
    if (!ended_) span_.from = block_->back().time + 1;
    block_.reset();
    if (text.empty()) co_return std::nullopt;
    co_return text;
  }

 private:
  [[noreturn]] static void fail() {
    throw boost::system::system_error{net::error::connection_aborted, "the export broke off"};
  }

  std::string text_of(const seconds_block& block) {
    constexpr std::size_t line_bytes_about = 300;
    const bool raw = format_ == recording_format::raw;
    std::string text;
    text.reserve(block.size() * (raw ? fingerprint_bytes : line_bytes_about));
    for (const recorded_second& each : block) {
      if (raw) {
        if (expected_ && each.time != *expected_) fail();
        expected_ = each.time + 1;
        text.append(reinterpret_cast<const char*>(each.bits.data()), each.bits.size());
      } else {
        text += "{\"time\": ";
        append_number(text, each.time);
        text += ", \"bits\": \"";
        append_hex(text, each.bits);
        text += "\"}\n";
      }
    }
    // A raw span ends with a fingerprint: whoever made it has seen one there.
    if (raw && is_last(block) && expected_ && *expected_ != span_.to) fail();
    return text;
  }

  const api_link& core_;
  live_service& service_;
  export_span span_;
  recording_format format_;
  std::optional<seconds_block> block_;
  std::optional<std::int64_t> expected_;  // of a raw export
  bool ended_ = false;
};

}  // namespace

net::awaitable<outcome<seconds_block>> read_block(const api_link& core, live_service& service,
                                                  export_span span) {
  return core.ask_for<seconds_block>([&service, span](done<seconds_block> done) {
    service.read_history(span.channel, span.from, span.to, export_block_seconds, std::move(done));
  });
}

std::shared_ptr<body_stream> make_export_stream(const api_link& core, live_service& service,
                                                export_span span, recording_format format,
                                                seconds_block first) {
  return std::make_shared<export_stream>(core, service, span, format, std::move(first));
}

}  // namespace reprise
