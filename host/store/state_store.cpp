#include "host/store/state_store.hpp"

#include "host/store/state_reader.hpp"
#include "host/store/state_writer.hpp"

namespace reprise {

std::string_view to_string(delivery_state state) noexcept {
  switch (state) {
    case delivery_state::waiting:
      return "waiting";
    case delivery_state::delivered:
      return "delivered";
    case delivery_state::expired:
      return "expired";
    case delivery_state::dropped_overflow:
      return "dropped_overflow";
    case delivery_state::sink_disabled:
      return "sink_disabled";
    case delivery_state::channel_deleted:
      return "channel_deleted";
  }
  return "unknown";
}

outcome<state_files> open_state(const std::string& directory, const std::string& vfs) {
  const std::string path = directory + "/state.db";
  auto writer = open_state_writer(path, vfs);
  if (!writer) return writer.error();
  auto reader = open_state_reader(path, vfs);
  if (!reader) return reader.error();
  return state_files{std::move(*writer), std::move(*reader)};
}

}  // namespace reprise
