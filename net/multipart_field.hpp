// The one file that a form brings, read from a request as it comes.
//
// Shapes   a form with one part: a file of the name that is asked for, of one of the content types
//          (any, where none is listed). A part that says no type is taken: many clients say none
// Errors   the answer to give: 400 bad_multipart, 422 invalid_field (the file is missing, comes
//          twice, is no file, or there is another field) and 415; what is wrong with the body.
//          Nothing is known to be good before next() gave nothing
// Threads  the API's executor; one next() at a time. The request's body outlives it
// Owns     the piece that was read last
// Source   RFC 7578; uploads, docs/design.md
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/api_types.hpp"
#include "net/multipart_reader.hpp"

namespace reprise {

class multipart_field {
 public:
  // The texts are of static storage.
  multipart_field(const api_request& request, request_body& body, std::string_view name,
                  std::span<const std::string_view> content_types = {});

  // Bytes of the file; nothing behind the last, when the form has ended, too.
  net::awaitable<answer_or<std::optional<std::string>>> next();
  // Of the file; known once next() has given anything good.
  [[nodiscard]] const multipart_part& part() const noexcept { return part_; }

 private:
  net::awaitable<void> read_more();
  void begin(multipart_part part);
  void refuse_field(std::string_view detail, std::string_view field);

  request_body& body_;
  std::string_view name_;
  std::span<const std::string_view> content_types_;
  std::string request_id_;
  multipart_reader reader_;
  std::deque<multipart_event> events_;
  multipart_part part_;
  std::optional<api_response> refusal_;
  bool found_ = false;
  bool ended_ = false;
};

}  // namespace reprise
