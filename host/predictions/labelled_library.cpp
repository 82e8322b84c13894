#include "host/predictions/labelled_library.hpp"

#include <string>
#include <utility>

#include "host/library/video_pages.hpp"

namespace reprise {

outcome<std::shared_ptr<const labelled_rows>> labelled_library::current() {
  const std::lock_guard lock{mutex_};
  const steady_time begun = clock_.steady();
  if (rows_ && begun < fresh_until_) return rows_;
  const auto revision = from_->revision();
  if (!revision) return revision.error();
  if (rows_ && *revision == revision_) return rows_;
  auto made = read();
  if (!made) return made.error();
  rows_ = std::move(*made);
  count_ = rows_->size();
  revision_ = *revision;
  const steady_time ended = clock_.steady();
  fresh_until_ = ended + (ended - begun) * reading_share_max;
  return rows_;
}

outcome<std::shared_ptr<const labelled_rows>> labelled_library::read() {
  const failure too_many{
      errc::parameter_out_of_range,
      "the library has more videos than the " + std::to_string(videos_max_) + " that are searched"};
  const auto count = from_->count();
  if (!count) return count.error();
  if (*count > videos_max_) return too_many;
  const auto made = std::make_shared<labelled_rows>();
  made->reserve(*count);
  std::uint64_t seen = 0;
  const auto take = [&](std::span<const video> page) -> outcome<void> {
    if (cancel_ != nullptr && cancel_->cancelled()) {
      return failure{errc::stopping, "the service is stopping"};
    }
    seen += page.size();
    if (seen > videos_max_) return too_many;
    for (const video& each : page) (void)made->add(each.actual_label, each.features);
    return {};
  };
  if (const auto visited = visit_pages(*from_, {}, take); !visited) return visited.error();
  return std::shared_ptr<const labelled_rows>{made};
}

}  // namespace reprise
