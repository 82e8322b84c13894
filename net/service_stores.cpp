#include "net/service_stores.hpp"

#include <utility>

namespace reprise {

outcome<service_stores> open_stores(const std::string& directory) {
  service_stores opened;
  auto held = data_directory::hold(directory);
  if (!held) return held.error();
  opened.directory = std::move(*held);
  auto history = open_history(directory);
  if (!history) return history.error();
  opened.history = std::move(*history);
  auto state = open_state(directory);
  if (!state) return state.error();
  opened.state = std::move(*state);
  return {boost::system::in_place_value, std::move(opened)};
}

}  // namespace reprise
