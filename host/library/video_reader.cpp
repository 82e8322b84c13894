#include <algorithm>
#include <limits>

#include "host/hex.hpp"
#include "host/library/video_store.hpp"
#include "host/match/assert.hpp"
#include "host/store/statement_run.hpp"

namespace reprise {
namespace {

constexpr char videos_list = 'v';

// As those of state_codec.hpp: lower-case hex of the list's letter and its last key.
std::string encode_cursor(const std::string& content_id) {
  const std::string key = videos_list + content_id;
  std::string cursor;
  append_hex(cursor, std::as_bytes(std::span{key}));
  return cursor;
}

std::optional<std::string> decode_cursor(const std::string& cursor) {
  if (cursor.size() % 2 != 0 || cursor.size() / 2 > content_id_bytes_max + 1) return {};
  std::string key(cursor.size() / 2, '\0');
  if (decode_hex(cursor, std::as_writable_bytes(std::span{key})) != cursor.size()) return {};
  if (!key.starts_with(videos_list) || content_id_fault(key.substr(1))) return {};
  key.erase(0, 1);
  if (encode_cursor(key) != cursor) return {};  // upper case
  return key;
}

// Of video_reading_tables' columns; its features are read apart.
video video_at(const sqlite::cursor& row) {
  video read;
  read.content_id = row.text(1);
  read.actual_label = row.text(2);
  read.predicted_label = row.text(3);
  if (!row.is_null(4)) read.tvshow = row.text(4);
  return read;
}

sqlite::cursor start(video_reading_tables& on, const video_filter& filter, const std::string& after,
                     std::int64_t limit) {
  if (filter.tvshow && filter.label) {
    return on.of_both.select(after, limit, *filter.tvshow, *filter.label);
  }
  if (filter.tvshow) return on.of_tvshow.select(after, limit, *filter.tvshow);
  if (filter.label) return on.of_label.select(after, limit, *filter.label);
  return on.all.select(after, limit);
}

// The number in the first row.
outcome<std::uint64_t> number_of(sqlite::connection& db, sqlite::statement& of) {
  auto row = of.select();
  const auto there = row.next();
  if (!there) return there.error();
  if (!*there) return malformed_row(db);
  return static_cast<std::uint64_t>(row.integer(0));
}

class library_video_reader final : public video_reader {
 public:
  explicit library_video_reader(library_file& file) : file_{file} {}

  outcome<std::optional<video>> get(const std::string& content_id) override {
    return file_.read([&](library_reading& on) -> outcome<std::optional<video>> {
      auto row = on.videos.get.select(content_id);
      const auto there = row.next();
      if (!there) return there.error();
      if (!*there) return std::optional<video>{};
      video read = video_at(row);
      const auto features = read_features(on.db, on.videos.features, row.integer(0));
      if (!features) return features.error();
      read.features = *features;
      return std::optional{std::move(read)};
    });
  }

  outcome<page<video_entry>> list(const video_filter& filter, std::uint32_t limit,
                                  const std::optional<std::string>& cursor) override {
    REPRISE_ASSERT(limit > 0);
    std::string after;
    if (cursor) {
      auto decoded = decode_cursor(*cursor);
      if (!decoded) return failure{errc::usage, "the cursor is none of this list"};
      after = std::move(*decoded);
    }
    return file_.read([&](library_reading& on) -> outcome<page<video_entry>> {
      page<video_entry> made;
      // One more row than asked for says that there is a next page.
      auto row = start(on.videos, filter, after, std::int64_t{limit} + 1);
      for (;;) {
        const auto more = row.next();
        if (!more) return more.error();
        if (!*more) return made;
        if (made.items.size() == limit) {
          made.next = encode_cursor(made.items.back().content_id);
          return made;
        }
        made.items.push_back(video_at(row).entry());
      }
    });
  }

  outcome<void> visit(const video_filter& filter, const std::string& after,
                      const std::function<bool(const video&)>& take) override {
    return file_.read([&](library_reading& on) -> outcome<void> {
      auto row = start(on.videos, filter, after, std::numeric_limits<std::int64_t>::max());
      for (;;) {
        const auto more = row.next();
        if (!more) return more.error();
        if (!*more) return {};
        video read = video_at(row);
        const auto features = read_features(on.db, on.videos.features, row.integer(0));
        if (!features) return features.error();
        read.features = *features;
        if (!take(read)) return {};
      }
    });
  }

  outcome<label_counts> counts(const std::optional<std::string>& tvshow) override {
    return file_.read([&](library_reading& on) -> outcome<label_counts> {
      label_counter counter;
      auto row = tvshow ? on.videos.labels_of_tvshow.select(*tvshow) : on.videos.labels.select();
      for (;;) {
        const auto more = row.next();
        if (!more) return more.error();
        if (!*more) return counter.finish();
        if (const auto added = counter.add(row.text(0), row.text(1)); !added) return added.error();
      }
    });
  }

  outcome<std::uint64_t> count() override {
    return file_.read([](library_reading& on) { return number_of(on.db, on.videos.count); });
  }
  outcome<std::uint64_t> revision() override {
    return file_.read([](library_reading& on) { return number_of(on.db, on.videos.revision); });
  }

 private:
  library_file& file_;
};

}  // namespace

std::unique_ptr<video_reader> make_video_reader(library_file& on) {
  return std::make_unique<library_video_reader>(on);
}

}  // namespace reprise
