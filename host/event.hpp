// What the service tells those who watch it: one event, as its JSON text.
//
// Shapes   kind: tick, match, repeat_opened, repeat_closed, channel, delivery, moving_average,
//          prediction;
//          data: one line of JSON, an object with "channel" where the event is of one
// Errors   none: publish never waits, whatever its listeners do
// Threads  publish on the core executor
#pragma once

#include <string>
#include <string_view>

namespace reprise {

struct event {
  std::string_view kind;  // of static storage
  std::string channel;    // empty: of none
  std::string data;
};

class event_sink {
 public:
  virtual void publish(event told) = 0;
  // Whether anybody listens: what costs time to format may be left out.
  [[nodiscard]] virtual bool heard() const noexcept = 0;

 protected:
  ~event_sink() = default;
};

}  // namespace reprise
