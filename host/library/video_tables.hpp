// The labelled videos' tables of library.db: the statements that write and read them.
//
// Shapes   a video is one row of `videos` and 256 of `feature_vectors`, by position from 0
// Errors   those of sqlite.hpp; rows that make no sense are io_failed with the file's name
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include "host/library/video.hpp"
#include "host/store/sqlite.hpp"

namespace reprise {

// What became of a video that was to be written.
enum class placing { inserted, present, replaced, differs };

class video_writing_tables {
 public:
  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  // Where another video has its content_id: replaced, or left (differs).
  [[nodiscard]] outcome<placing> place(sqlite::connection& db, const video& placed, bool replaces);
  [[nodiscard]] outcome<bool> remove(const std::string& content_id);  // whether it was there
  // Once in every transaction that changes something.
  [[nodiscard]] outcome<void> raise_revision();

 private:
  struct found_video {
    std::int64_t number = 0;
    bool is_same = false;
  };
  outcome<std::optional<found_video>> find(sqlite::connection& db, const video& wanted);
  outcome<void> put_features(std::int64_t number, const feature_vector& features);

  sqlite::statement find_, features_, insert_, update_, put_features_, remove_, remove_features_,
      revise_;
};

struct video_reading_tables {
  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  sqlite::statement get, features;
  sqlite::statement all, of_tvshow, of_label, of_both;  // pages by content_id
  sqlite::statement labels, labels_of_tvshow, count, revision;
};

// `of` selects the values of a video's features in their order.
[[nodiscard]] outcome<feature_vector> read_features(sqlite::connection& db, sqlite::statement& of,
                                                    std::int64_t number);

}  // namespace reprise
