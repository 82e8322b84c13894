#include "host/library/training_rows.hpp"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

#include "host/little_endian.hpp"
#include "host/sha256.hpp"

namespace reprise {

// One reading of the library.
class row_gatherer {
 public:
  row_gatherer(video_reader& from, const video_filter& filter, const cancel_signal* cancel,
               const gathering_limits& limits)
      : from_{from}, filter_{filter}, cancel_{cancel}, limits_{limits} {}

  // Nothing where the library has changed meanwhile.
  outcome<std::optional<training_rows>> read(std::unique_ptr<staging_file> file, bool in_pages) {
    const auto revision = from_.revision();
    if (!revision) return revision.error();
    training_rows made{static_cast<std::int64_t>(*revision), video_staging{std::move(file)}};
    const std::size_t page =
        in_pages ? limits_.page_videos : std::numeric_limits<std::size_t>::max();
    for (bool more = true; more;) {
      const auto seen = read_page(made.staged_, page);
      if (!seen) return seen.error();
      more = *seen == page;
      if (!in_pages) break;
      const auto now = from_.revision();
      if (!now) return now.error();
      if (*now != *revision) return std::optional<training_rows>{};
    }
    if (const auto finished = made.staged_.finish(); !finished) return finished.error();
    if (smallest_.size() > limits_.rows_max) made.hash_limit_ = smallest_.top();
    if (const auto counted = made.count(); !counted) return counted.error();
    return std::optional{std::move(made)};
  }

 private:
  outcome<std::size_t> read_page(video_staging& into, std::size_t page) {
    std::size_t seen = 0;
    outcome<void> staged;
    const auto take = [&](const video& each) {
      staged = consider(into, each);
      after_ = each.content_id;
      return staged && ++seen < page;
    };
    const auto visited = from_.visit(filter_, std::string{after_}, take);
    if (!visited) return visited.error();
    if (!staged) return staged.error();
    return seen;
  }

  // Whoever is among the smallest of those seen so far may stay among them.
  outcome<void> consider(video_staging& into, const video& seen) {
    if (cancel_ != nullptr && cancel_->cancelled()) {
      return failure{errc::stopping, "the training was given up"};
    }
    const sha256_digest digest = sha256_of(seen.content_id);
    const auto hash = get_little_endian(digest, 0, sizeof(std::uint64_t));
    if (smallest_.size() > limits_.rows_max) {
      if (hash >= smallest_.top()) return {};
      smallest_.pop();
    }
    smallest_.push(hash);
    return into.add(hash, seen);
  }

  video_reader& from_;
  const video_filter& filter_;
  const cancel_signal* cancel_;
  const gathering_limits& limits_;
  std::string after_;
  std::priority_queue<std::uint64_t> smallest_;  // one more than rows_max: the first one left out
};

outcome<training_rows> training_rows::gather(video_reader& from,
                                             const std::optional<std::string>& tvshow,
                                             const std::string& directory,
                                             const cancel_signal* cancel,
                                             const gathering_limits& limits) {
  const video_filter filter{.tvshow = tvshow};
  for (int attempt = 1;; ++attempt) {
    auto file = make_staging_file(directory);
    if (!file) return file.error();
    row_gatherer reading{from, filter, cancel, limits};
    auto made = reading.read(std::move(*file), attempt <= limits.attempts_max);
    if (!made) return made.error();
    if (*made) return {boost::system::in_place_value, std::move(**made)};
  }
}

outcome<void> training_rows::count() {
  label_counter counter;
  video row;
  staged_.rewind();
  for (;;) {
    const auto more = next(row);
    if (!more) return more.error();
    if (!*more) break;
    if (const auto added = counter.add(row.actual_label, row.actual_label); !added) {
      return added.error();
    }
    ++rows_;
  }
  labels_ = counter.finish().labels;
  return {};
}

outcome<bool> training_rows::next(video& into) {
  for (std::uint64_t hash = 0;;) {
    const auto more = staged_.next(hash, into);
    if (!more || !*more || !hash_limit_ || hash < *hash_limit_) return more;
  }
}

training_table training_rows::table() {
  const auto visit = [this](const row_taker& take) -> outcome<void> {
    staged_.rewind();
    video row;
    for (;;) {
      const auto more = next(row);
      if (!more) return more.error();
      if (!*more) return {};
      const auto at = std::lower_bound(labels_.begin(), labels_.end(), row.actual_label);
      const auto label = static_cast<std::uint32_t>(at - labels_.begin());
      if (const auto taken = take(label, row.features); !taken) return taken.error();
    }
  };
  return {rows_, static_cast<std::uint32_t>(features_count),
          static_cast<std::uint32_t>(labels_.size()), visit};
}

}  // namespace reprise
