#include "host/library/video_pages.hpp"

namespace reprise {

outcome<void> visit_pages(video_reader& from, const video_filter& filter,
                          const std::function<outcome<void>(std::span<const video>)>& take) {
  std::vector<video> page;
  std::string after;
  do {
    page.clear();
    auto visited = from.visit(filter, after, [&](const video& each) {
      page.push_back(each);
      return page.size() < page_videos;
    });
    if (!visited) return visited;
    if (page.empty()) return {};
    if (auto taken = take(page); !taken) return taken;
    after = page.back().content_id;
  } while (page.size() == page_videos);
  return {};
}

}  // namespace reprise
