// A picture as a form brings it: read as it comes, hashed, and judged by what its file says of
// itself, with nothing decoded.
//
// Errors   the answer to give: those of multipart_field.hpp, 415 for another type of file among
//          them; 413 body_too_large beyond picture_bytes_max; 400 picture_invalid, with what
//          host/picture_header.hpp finds; 503 overloaded where the room is used up
// Threads  the API's executor
// Source   uploads, docs/design.md
#pragma once

#include <memory>

#include "net/api_types.hpp"
#include "net/sent_picture.hpp"

namespace reprise {

// Of a whole request: the picture, and what a form puts around it.
inline constexpr std::size_t picture_form_bytes_max = picture_bytes_max + (64 << 10);

// From the form's field `file`. The request's body outlives the call.
[[nodiscard]] net::awaitable<answer_or<picture_ptr>> read_picture(
    const api_request& request, request_body& body, std::shared_ptr<picture_room> room);

}  // namespace reprise
