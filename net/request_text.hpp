// Writes the one request that an exchange sends.
//
// Errors   framing: a header that is no header, or one that only we may set
// Threads  pure
// Source   RFC 9110, RFC 9112
#pragma once

#include <string>

#include <boost/system/result.hpp>

#include "net/http_exchange.hpp"
#include "net/url.hpp"

namespace reprise {

[[nodiscard]] boost::system::result<std::string, exchange_failure> write_request(
    const exchange_request& request, const checked_url& url);

}  // namespace reprise
