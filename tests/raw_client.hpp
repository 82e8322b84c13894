// A blocking TCP client for tests: it sends any bytes, and reads answers without judging them.
//
// Errors   every wait ends after a generous time, as a failure of the test
// Threads  one
// Owns     its socket
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace reprise {

struct raw_answer {
  int status = 0;                              // 0: the connection ended without one
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // chunks joined
  bool whole = false;                          // all of the body came

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
  }
};

class raw_client {
 public:
  // `receive_bytes`: a small buffer, so that a client which does not read is soon felt.
  explicit raw_client(std::uint16_t port, int receive_bytes = 0);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  // Connects later: a socket that is there already needs no descriptor.
  explicit raw_client() : raw_client{0} {}
  void connect(std::uint16_t port);
  // From 127.0.0.`own`: another peer of the same machine.
  void connect_from(std::uint8_t own, std::uint16_t port);

  // False where the server has closed.
  bool send(std::string_view bytes);
  void end_sending();
  void reset();  // an abrupt end
  raw_answer answer(bool without_body = false);
  std::string line();                   // to LF, without it and its CR
  std::string some(std::size_t count);  // less only at the end
  // Whether nothing more comes but the end.
  bool ends();

 private:
  bool fill();

  int socket_ = -1;
  std::string pending_;
};

}  // namespace reprise
