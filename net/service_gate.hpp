// Who may ask the service: where it listens, and with which keys.
//
// Errors   make: configuration_invalid (no key, and not only loopback listened to)
// Threads  one at a time; the API's executor once that runs
// Owns     its copy of the keys
// Source   security, docs/design.md
#pragma once

#include <string>
#include <vector>

#include "host/failure.hpp"
#include "host/store/state_store.hpp"
#include "net/listen_address.hpp"
#include "net/router.hpp"

namespace reprise {

class service_gate {
 public:
  service_gate() = default;
  // `listen` is an address that parse_listen_address() reads.
  [[nodiscard]] static outcome<service_gate> make(const std::string& listen,
                                                  std::vector<stored_key> keys);

  [[nodiscard]] const listen_address& listens() const noexcept { return listens_; }
  // Whether who was let in before may be let in no more.
  [[nodiscard]] bool take_keys(std::vector<stored_key> keys);
  // Before the first key is made everybody on this machine may ask, and nobody from elsewhere. When
  // the last one is revoked nobody may.
  [[nodiscard]] bool is_keyless() const noexcept { return listens_.loopback && keys_.empty(); }
  // Notes in the request whose key is good.
  [[nodiscard]] key_verdict judge(api_request& asked) const;

 private:
  [[nodiscard]] bool has_valid_key() const;

  listen_address listens_;
  std::vector<stored_key> keys_;
};

}  // namespace reprise
