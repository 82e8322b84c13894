// Certificates for tests, made when they are needed: an authority, and servers that it vouches for.
//
// Errors   throws where OpenSSL refuses
// Threads  any
#pragma once

#include <memory>
#include <string>

#include "net/asio_ssl.hpp"

namespace reprise {

struct test_certificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

struct certificate_wish {
  std::string name = "test";
  std::string alternative = {};  // "DNS:cam.example,IP:127.0.0.1"
  bool authority = false;
  long valid_from_seconds = -3'600;  // from now
  long valid_until_seconds = 3'600;
};

// Signed by `issuer`; without one by itself.
[[nodiscard]] test_certificate make_certificate(const certificate_wish& wish,
                                                const test_certificate* issuer);

[[nodiscard]] std::shared_ptr<net::ssl::context> make_server_context(
    const test_certificate& certificate);

}  // namespace reprise
