#include "net/client_exchange.hpp"

#include <utility>

#include "net/answer_reader.hpp"
#include "net/request_text.hpp"

namespace reprise {
namespace {

// The system has run out of something, and not the peer.
bool is_shortage(error_code failed) {
  return failed == boost::system::errc::too_many_files_open ||
         failed == boost::system::errc::too_many_files_open_in_system ||
         failed == boost::system::errc::no_buffer_space ||
         failed == boost::system::errc::not_enough_memory ||
         failed == boost::system::errc::address_not_available;  // no port is free
}

}  // namespace

client_exchange::client_exchange(client_state& shared, exchange_request request)
    : shared_{shared}, request_{std::move(request)} {}

void client_exchange::expire() noexcept {
  expired_ = true;
  if (open_) open_->abort();
}

net::awaitable<exchange_result> client_exchange::run() {
  auto url = parse_url(request_.url);
  if (!url) co_return exchange_failure{gap_reason::connect, url.error().what};
  url_ = std::move(*url);
  auto text = write_request(request_, url_);
  if (!text) co_return text.error();
  text_ = std::move(*text);
  resolved addresses = co_await look_up();
  if (!expired_ && !addresses) {
    co_return failed(addresses.error().reason, addresses.error().what);
  }
  exchange_result result = failed(gap_reason::timeout, {});
  if (!expired_) result = co_await ask(std::move(*addresses));
  if (expired_) {
    close();
    result = failed(gap_reason::timeout, {});
  }
  co_return result;
}

net::awaitable<resolved> client_exchange::look_up() {
  // Shared, because the answer may come when this exchange is long gone.
  struct lookup_wait {
    std::optional<resolved> answer;
    std::optional<net::steady_timer> wake;
  };
  const auto waiting = std::make_shared<lookup_wait>();
  shared_.names.resolve(url_.host, request_.deadline, [waiting](resolved answer) {
    waiting->answer = std::move(answer);
    if (waiting->wake) waiting->wake->cancel();
  });
  if (!waiting->answer) {
    waiting->wake.emplace(shared_.io, net::steady_timer::time_point::max());
    co_await waiting->wake->async_wait(as_result);
  }
  co_return std::move(*waiting->answer);
}

net::awaitable<exchange_result> client_exchange::ask(std::vector<net::ip::address> addresses) {
  generation_ = shared_.generation;
  open_ = take_idle(addresses);
  if (open_) {
    ++shared_.reused;
    conversation held = co_await converse();
    // A kept connection may die just as it is used. Whoever got the request twice can tell: a GET
    // asks for the same, a report has its id.
    if (held.result || held.begun || expired_) co_return std::move(held.result);
    close();
  }
  std::optional<exchange_failure> refused;
  for (const net::ip::address& address : addresses) {
    refused = co_await open(address);
    if (expired_) co_return failed(gap_reason::timeout, {});
    if (!refused) break;
    close();
    if (refused->reason == gap_reason::overload) break;
  }
  if (refused) co_return std::move(*refused);
  conversation held = co_await converse();
  co_return std::move(held.result);
}

std::unique_ptr<connection> client_exchange::take_idle(
    const std::vector<net::ip::address>& addresses) {
  for (const net::ip::address& address : addresses) {
    auto idle = shared_.pool.take(key_of(address));
    if (!idle) continue;
    address_ = address;
    return idle;
  }
  return nullptr;
}

net::awaitable<std::optional<exchange_failure>> client_exchange::open(net::ip::address address) {
  step_ = "connecting";
  address_ = address;
  if (shared_.open_count >= shared_.connections_max && !shared_.pool.drop_oldest()) {
    co_return failed(gap_reason::overload, "too many connections are open");
  }
  open_ = std::make_unique<connection>(shared_.io, shared_.open_count);
  ++shared_.opened;
  const error_code refused = co_await open_->connect({address, url_.port});
  if (refused || expired_) {
    shared_.names.distrust(url_.host, address);
    co_return connect_failed(refused);
  }
  if (!url_.tls) co_return std::nullopt;
  step_ = "in the TLS handshake";
  const error_code untrusted = co_await open_->handshake(shared_.tls, url_.host);
  if (untrusted) co_return failed(gap_reason::tls, open_->handshake_failure(untrusted));
  co_return std::nullopt;
}

net::awaitable<client_exchange::conversation> client_exchange::converse() {
  step_ = "sending";
  if (const error_code broken = co_await open_->write(text_)) {
    co_return conversation{failed(gap_reason::connect, broken.message())};
  }
  step_ = "waiting for the answer";
  answer_reader reader{!request_.post || request_.answer_wanted, request_.answer_bytes_max};
  auto state = answer_reader::state::more;
  while (state == answer_reader::state::more) {
    const auto [broken, count] = co_await open_->read_some(reader.room());
    if (expired_) co_return conversation{failed(gap_reason::timeout, {}), reader.begun()};
    if (count > 0) {
      step_ = "reading the answer";
      state = reader.take(count);
    } else if (broken == net::error::eof) {
      state = reader.close();
    } else {
      co_return conversation{failed(gap_reason::connect, broken.message()), reader.begun()};
    }
  }
  if (state == answer_reader::state::failed) {
    const bool begun = reader.begun();
    close();
    co_return conversation{failed(reader.failed().reason, reader.failed().what), begun};
  }
  exchange_answer answer = reader.answer();
  answer.received = shared_.core.clock().steady();
  if (reader.keeps_alive() && generation_ == shared_.generation && open_->is_quiet()) {
    shared_.pool.keep(key_of(address_), std::move(open_), answer.received);
  }
  open_ = nullptr;
  co_return conversation{std::move(answer), true};
}

connection_key client_exchange::key_of(const net::ip::address& address) const {
  return {url_.tls, url_.host, url_.port, address};
}

exchange_failure client_exchange::failed(gap_reason reason, std::string_view what) const {
  std::string text = url_.authority;
  if (!address_.is_unspecified() && address_.to_string() != url_.host) {
    text.append(" (").append(address_.to_string()).append(")");
  }
  text.append(": ");
  if (reason == gap_reason::timeout) {
    text.append("the deadline passed while ").append(step_);
  } else {
    text.append(what);
  }
  return {reason, std::move(text)};
}

exchange_failure client_exchange::connect_failed(error_code failed_code) const {
  const gap_reason reason = is_shortage(failed_code) ? gap_reason::overload : gap_reason::connect;
  return failed(reason, failed_code.message());
}

// Not in good order: the peer may still be sending what nobody will read.
void client_exchange::close() noexcept {
  if (open_) open_->abort();
  open_ = nullptr;
}

}  // namespace reprise
