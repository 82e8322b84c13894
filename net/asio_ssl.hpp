// Asio's TLS as we use it, for the few files that speak it: apart, because it is slow to compile.
//
// Source   https://www.boost.org/doc/libs/1_81_0/doc/html/boost_asio/overview/ssl.html
#pragma once

#include <boost/asio/ssl.hpp>

#include "net/asio.hpp"
