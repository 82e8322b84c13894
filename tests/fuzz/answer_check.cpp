#include <algorithm>
#include <string_view>

#include "host/match/assert.hpp"
#include "net/answer_reader.hpp"
#include "tests/fuzz/answer_fuzz.hpp"

namespace reprise {
namespace {

using state = answer_reader::state;

// In pieces, then closed. `used`: how many bytes were taken before the end.
state read_pieces(answer_reader& reader, std::string_view bytes, std::size_t piece,
                  std::size_t& used) {
  state now = state::more;
  used = 0;
  while (now == state::more && used < bytes.size()) {
    const auto room = reader.room();
    REPRISE_ASSERT(!room.empty());
    const std::size_t count = std::min({piece, bytes.size() - used, room.size()});
    std::copy_n(bytes.data() + used, count, room.data());
    used += count;
    now = reader.take(count);
  }
  return now == state::more ? reader.close() : now;
}

void check_mode(std::string_view bytes, bool body_wanted) {
  answer_reader slow{body_wanted}, fast{body_wanted};
  std::size_t used = 0, used_fast = 0;
  const state ended = read_pieces(slow, bytes, 1, used);
  REPRISE_ASSERT(ended != state::more);
  REPRISE_ASSERT(used <= exchange_bytes_max);
  // What the slow one left unread is leftover to the fast one.
  const state again = read_pieces(fast, bytes.substr(0, used), bytes.size() + 1, used_fast);
  REPRISE_ASSERT(ended == again);
  if (ended == state::failed) {
    // The words may differ: a head that is cut and wrong is both.
    REPRISE_ASSERT(slow.failed().what.find('\n') == std::string::npos);
    return;
  }
  const exchange_answer left = slow.answer(), right = fast.answer();
  REPRISE_ASSERT(left.status == right.status);
  REPRISE_ASSERT(left.status >= 200);
  REPRISE_ASSERT(left.body == right.body);
  REPRISE_ASSERT(left.body.size() < used);
  REPRISE_ASSERT(left.frame_time == right.frame_time);
  REPRISE_ASSERT(left.retry_after == right.retry_after);
  REPRISE_ASSERT(slow.keeps_alive() == fast.keeps_alive());
}

}  // namespace

void check_answer(const std::string& bytes) {
  check_mode(bytes, true);
  check_mode(bytes, false);
}

}  // namespace reprise
