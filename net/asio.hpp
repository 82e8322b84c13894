// Asio as we use it: `net::`, and the completion token that gives errors as values.
//
// Source   https://www.boost.org/doc/libs/1_81_0/doc/html/boost_asio.html
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>

namespace reprise {

namespace net = boost::asio;
using boost::system::error_code;

// co_await x.async_read_some(buffer, as_result) gives std::tuple<error_code, std::size_t>.
inline constexpr auto as_result = net::as_tuple(net::use_awaitable);

}  // namespace reprise
