#include "net/service_gate.hpp"

#include <algorithm>
#include <utility>

#include "net/api_keys.hpp"

namespace reprise {

outcome<service_gate> service_gate::make(const std::string& listen, std::vector<stored_key> keys) {
  service_gate made;
  made.listens_ = *parse_listen_address(listen);
  made.keys_ = std::move(keys);
  if (made.listens_.loopback || made.has_valid_key()) return made;
  return failure{errc::configuration_invalid,
                 "server.listen = " + listen +
                     ": beyond loopback a key is needed: make one with reprise keys create"};
}

bool service_gate::has_valid_key() const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [](const stored_key& key) { return !key.revoked_at; });
}

bool service_gate::take_keys(std::vector<stored_key> keys) {
  const bool narrows = is_keyless() ? !keys.empty() : takes_access(keys_, keys);
  keys_ = std::move(keys);
  return narrows;
}

key_verdict service_gate::judge(api_request& asked) const {
  if (is_keyless()) return key_verdict::good;
  const key_judgement judged = check_key(asked, keys_);
  if (judged.key != nullptr) asked.key_id = judged.key->id;
  return judged.verdict;
}

}  // namespace reprise
