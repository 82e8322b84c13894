#include "net/plain_client.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url.hpp>

#include "host/printable.hpp"
#include "net/asio.hpp"

namespace reprise {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using answer_parser = http::response_parser<http::buffer_body>;

constexpr std::size_t piece_bytes = 65'536;

struct target {
  std::string host, port, path;
  [[nodiscard]] std::string name() const { return host + ":" + port; }
};

outcome<target> target_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->scheme_id() != boost::urls::scheme::http || parsed->has_userinfo() ||
      parsed->host().empty()) {
    return failure{errc::usage, printable(url) + ": must be a URL http://HOST[:PORT]/..."};
  }
  target made{parsed->host_address(), "80", std::string{parsed->encoded_target()}};
  if (parsed->has_port() && !parsed->port().empty()) made.port = std::string{parsed->port()};
  if (made.path.empty() || made.path.front() == '?') made.path.insert(0, "/");
  return made;
}

}  // namespace

class plain_client::connection final {
 public:
  // Sends and reads the header. A kept connection that turns out to have ended is made anew, once,
  // unless the request is one that must not be made twice.
  outcome<unsigned> begin(const plain_request& request) {
    const auto to = target_of(request.url);
    if (!to) return to.error();
    const bool kept =
        stream_ && to->name() == name_ && parser_ && parser_->is_done() && parser_->keep_alive();
    timeout_ = request.timeout;
    if (kept) {
      const error_code failed = exchange(request, *to);
      if (!failed) return parser_->get().result_int();
      if (request.method == "POST" || failed == beast::error::timeout) return told(failed);
    }
    if (const error_code failed = connect(*to)) return told(failed);
    if (const error_code failed = exchange(request, *to)) return told(failed);
    return parser_->get().result_int();
  }

  // The next bytes of the body; 0 at its end.
  outcome<std::size_t> read(std::span<char> into) {
    while (!parser_->is_done()) {
      parser_->get().body().data = into.data();
      parser_->get().body().size = into.size();
      error_code failed = run([this](auto handler) {
        http::async_read(*stream_, buffer_, *parser_, std::move(handler));
      });
      if (failed == http::error::need_buffer) failed = {};
      if (failed) return told(failed);
      const std::size_t read = into.size() - parser_->get().body().size;
      if (read > 0) return read;
    }
    return std::size_t{0};
  }

 private:
  failure told(error_code why) {
    stream_.reset();
    const std::string text = why == beast::error::timeout ? "no answer in time" : why.message();
    return {errc::io_failed, printable(name_) + ": " + text};
  }

  // Runs one asynchronous step to its end: waiting calls of Beast know no timeouts.
  template <typename Start>
  error_code run(Start start) {
    error_code result;
    stream_->expires_after(timeout_);
    start([&result](error_code failed, auto&&...) { result = failed; });
    io_.restart();
    io_.run();
    return result;
  }

  error_code connect(const target& to) {
    name_ = to.name();
    buffer_.clear();
    stream_.emplace(io_);
    net::ip::tcp::resolver resolver{io_};
    error_code failed;
    const auto found = resolver.resolve(to.host, to.port, failed);
    if (failed) return failed;
    return run([&](auto handler) { stream_->async_connect(found, std::move(handler)); });
  }

  error_code exchange(const plain_request& request, const target& to) {
    http::request<http::string_body> sent;
    sent.method_string(request.method);
    sent.target(to.path);
    sent.set(http::field::host, to.port == "80" ? to.host : to.name());
    for (const header_field& field : request.headers) sent.set(field.name, field.value);
    if (!request.content_type.empty()) sent.set(http::field::content_type, request.content_type);
    sent.body() = request.body;
    sent.prepare_payload();
    error_code failed =
        run([&](auto handler) { http::async_write(*stream_, sent, std::move(handler)); });
    if (failed) return failed;
    parser_.emplace();
    parser_->body_limit(boost::none);
    if (request.method == "HEAD") parser_->skip(true);
    return run([&](auto handler) {
      http::async_read_header(*stream_, buffer_, *parser_, std::move(handler));
    });
  }

  net::io_context io_{1};
  std::optional<beast::tcp_stream> stream_;
  std::string name_ = {};  // host and port
  beast::flat_buffer buffer_{piece_bytes};
  std::optional<answer_parser> parser_;
  std::chrono::milliseconds timeout_{};
};

plain_client::plain_client() : connection_{std::make_unique<connection>()} {}
plain_client::~plain_client() = default;

outcome<plain_stream> plain_client::open(const plain_request& request) {
  class body_source final : public byte_source {
   public:
    explicit body_source(connection& from) : from_{from} {}
    [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
      return from_.read(into);
    }

   private:
    connection& from_;
  };
  const auto status = connection_->begin(request);
  if (!status) return status.error();
  return plain_stream{*status, std::make_unique<body_source>(*connection_)};
}

outcome<plain_answer> plain_client::send(const plain_request& request) {
  const auto status = connection_->begin(request);
  if (!status) return status.error();
  plain_answer answer{*status, {}};
  std::array<char, 16'384> piece;
  for (;;) {
    const auto read = connection_->read(piece);
    if (!read) return read.error();
    if (*read == 0) return answer;
    if (answer.body.size() + *read > request.answer_bytes_max) {
      connection_ = std::make_unique<connection>();
      return failure{errc::io_failed, printable(request.url) + ": an answer of more than " +
                                          std::to_string(request.answer_bytes_max) + " bytes"};
    }
    answer.body.append(piece.data(), *read);
  }
}

}  // namespace reprise
