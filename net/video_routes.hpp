// /videos and /videos/{content_id}: the labelled videos.
//
// Errors   those of host/library/video_json.hpp and video_store.hpp
// Threads  the API's executor
// Source   the library around the matcher, docs/design.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

// A label or a tvshow of the query: field_invalid where it can be none.
[[nodiscard]] outcome<std::optional<std::string>> label_asked(const api_request& request,
                                                              std::string_view name);

void add_video_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
