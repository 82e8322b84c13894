// /inference/image and /predictions: pictures are taken in, and later told what they show.
//
// Shapes   POST /inference/image: {"name","data"}, the picture's file in base64, fewer than
//          prediction_image_bytes bytes of any content type: 202 {"uuid"} once it is durable.
//          GET /predictions/{uuid}: as append_prediction(); a list is ordered from the newest
// Errors   413: the picture is too great; 400 picture_invalid: it is none, or claims too much;
//          field_invalid: the base64, with the place; overloaded: the queue is full; not_found;
//          501 helper_missing on all of them where nothing can be predicted
// Threads  the API's executor
// Source   the library around the matcher, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

inline constexpr std::size_t prediction_image_bytes = 1'000'000;
inline constexpr std::size_t prediction_name_bytes_max = 1'024;

void add_prediction_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
