#include <algorithm>
#include <vector>

#include "host/match/assert.hpp"
#include "net/multipart_reader.hpp"
#include "tests/fuzz/multipart_fuzz.hpp"

namespace reprise {
namespace {

using kind = multipart_event::kind;

struct read_form {
  std::vector<multipart_part> parts;
  std::vector<std::string> data;  // of each
  std::size_t ended = 0;          // parts
  bool all_ended = false;
  std::string refusal;
};

void note(read_form& form, const multipart_event& event) {
  REPRISE_ASSERT(!form.all_ended);
  if (event.what == kind::part_begun) {
    REPRISE_ASSERT(form.parts.size() == form.ended);
    form.parts.push_back(event.part);
    form.data.emplace_back();
  } else if (event.what == kind::data) {
    REPRISE_ASSERT(!event.data.empty());
    REPRISE_ASSERT(form.parts.size() == form.ended + 1);
    form.data.back() += event.data;
  } else if (event.what == kind::part_ended) {
    ++form.ended;
    REPRISE_ASSERT(form.parts.size() == form.ended);
  } else {
    REPRISE_ASSERT(form.parts.size() == form.ended);
    form.all_ended = true;
  }
}

read_form read_in_pieces(const std::string& boundary, std::string_view bytes, std::size_t piece) {
  read_form form;
  multipart_reader reader{boundary};
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    for (const multipart_event& each : reader.take(bytes.substr(0, piece))) note(form, each);
  }
  reader.end();
  REPRISE_ASSERT(reader.state() != reading::more);
  if (reader.state() == reading::refused) {
    form.refusal = reader.refusal().detail;
    REPRISE_ASSERT(!form.refusal.empty());
  } else {
    REPRISE_ASSERT(form.all_ended);
  }
  return form;
}

}  // namespace

void check_multipart(const std::string& bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const auto boundary = multipart_boundary(std::string_view{bytes}.substr(0, line));
  if (!boundary) return;
  REPRISE_ASSERT(!boundary->empty() && boundary->size() <= 70);
  const std::string_view body = std::string_view{bytes}.substr(std::min(line + 1, bytes.size()));
  const read_form whole = read_in_pieces(*boundary, body, body.size() + 1);
  REPRISE_ASSERT(whole.parts.size() <= multipart_reader::parts_max);
  REPRISE_ASSERT(whole.refusal.find('\n') == std::string::npos);
  for (const multipart_part& part : whole.parts) {
    REPRISE_ASSERT(!part.name.empty() && part.name.size() <= multipart_reader::head_bytes_max);
    REPRISE_ASSERT(!part.content_type.starts_with("multipart/"));
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const read_form pieces = read_in_pieces(*boundary, body, piece);
    REPRISE_ASSERT(pieces.refusal == whole.refusal);
    REPRISE_ASSERT(pieces.data == whole.data);
    REPRISE_ASSERT(pieces.ended == whole.ended && pieces.all_ended == whole.all_ended);
    for (std::size_t i = 0; i < whole.parts.size(); ++i) {
      REPRISE_ASSERT(pieces.parts[i].name == whole.parts[i].name);
      REPRISE_ASSERT(pieces.parts[i].filename == whole.parts[i].filename);
      REPRISE_ASSERT(pieces.parts[i].content_type == whole.parts[i].content_type);
    }
  }
}

}  // namespace reprise
