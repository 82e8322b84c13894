// The keys of a data directory, for those who manage them: through the service that holds the
// directory, or in its files where none does.
//
// Errors   io_failed; what the service answers with
// Threads  one at a time; calls block
// Owns     the directory, where no service holds it
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/failure.hpp"
#include "host/live_service.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

class key_book {
 public:
  virtual ~key_book() = default;
  [[nodiscard]] virtual outcome<void> add(const stored_key& added) = 0;
  [[nodiscard]] virtual outcome<std::vector<stored_key>> list() = 0;
  // Whether there was such a key that was not revoked before.
  [[nodiscard]] virtual outcome<bool> revoke(const std::string& id, std::int64_t now) = 0;
};

enum class missing_directory { is_made, is_refused };

[[nodiscard]] outcome<std::unique_ptr<key_book>> open_key_book(const std::string& directory,
                                                               missing_directory one);

// The service's side: a request of such a book, and its answer. On the core executor.
void answer_key_request(live_service& service, const std::string& request,
                        std::function<void(std::string)> answer);

}  // namespace reprise
