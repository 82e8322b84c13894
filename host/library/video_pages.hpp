// All videos under a filter, page by page, for whoever takes long over each.
//
// Shapes   in the order of their content_id; a page has 1 to page_videos videos
// Errors   the reader's and the taker's, which end the visit
// Threads  the reader's
// Owns     one page: some 600 KB. Between two pages no state of the library is held, so that its
//          log can be folded: what changes meanwhile is seen or not, each video as a whole
#pragma once

#include <functional>
#include <span>

#include "host/library/video_store.hpp"

namespace reprise {

inline constexpr std::size_t page_videos = 256;

[[nodiscard]] outcome<void> visit_pages(
    video_reader& from, const video_filter& filter,
    const std::function<outcome<void>(std::span<const video>)>& take);

}  // namespace reprise
