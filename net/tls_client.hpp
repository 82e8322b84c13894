// What a TLS client of ours asks of a server: version 1.2 or later, a certificate that an authority
// we trust gave to the very host that was asked for.
//
// Errors   make: configuration_invalid where the file of authorities cannot be read
// Threads  one
// Source   RFC 8446, RFC 6125; security, docs/design.md
#pragma once

#include <memory>
#include <string>

#include "host/failure.hpp"
#include "net/asio_ssl.hpp"

namespace reprise {

// `ca_file`: authorities besides the system's, PEM; empty: none.
[[nodiscard]] outcome<std::shared_ptr<net::ssl::context>> make_tls_client(
    const std::string& ca_file);

// Before the handshake: `host` as checked_url has it. False where the system has no memory left.
[[nodiscard]] bool expect_host(SSL* session, const std::string& host);

// Why a handshake failed, for people.
[[nodiscard]] std::string handshake_words(SSL* session, error_code failed);

}  // namespace reprise
