#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "host/match/assert.hpp"
#include "net/channel_json.hpp"
#include "net/configuration_file.hpp"
#include "net/retry_after.hpp"
#include "net/url.hpp"
#include "tests/fuzz/settings_fuzz.hpp"

namespace reprise {
namespace {

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char each) {
    return static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
  });
}

void check_channel(const std::string& bytes) {
  channel_settings before;
  before.source_url = "http://cam.example/";
  before.source_headers = {{"Authorization", "canary-7"}};
  if (const auto patched = patch_channel_settings(before, bytes, {}); !patched) {
    REPRISE_ASSERT(is_line(patched.error().what));
  } else if (patched->source_headers == before.source_headers) {
    const auto url = parse_url(patched->source_url);
    const bool same = url && !url->tls && url->authority == "cam.example";
    REPRISE_ASSERT(same || bytes.find("canary-7") != std::string::npos);
  }
  const auto read = parse_channel_settings(bytes, {});
  if (!read) {
    REPRISE_ASSERT(is_line(read.error().what));
    return;
  }
  const auto again = patch_channel_settings(*read, "{}", {});
  REPRISE_ASSERT(again.has_value());
  REPRISE_ASSERT(*again == *read);
  channel_entry entry;
  entry.settings = *read;
  std::string shown;
  append_channel(shown, entry, {});
  REPRISE_ASSERT(nlohmann::json::accept(shown));
}

void check_url(const std::string& bytes) {
  const auto read = parse_url(bytes);
  if (!read) {
    REPRISE_ASSERT(is_line(read.error().what));
    return;
  }
  REPRISE_ASSERT(!read->host.empty());
  REPRISE_ASSERT(read->target.starts_with('/'));
  REPRISE_ASSERT(is_line(read->target) && read->target.find(' ') == std::string::npos);
  const auto again = parse_url((read->tls ? "https://" : "http://") + read->authority +
                               (read->target == "/" ? "" : read->target));
  REPRISE_ASSERT(again.has_value());
  REPRISE_ASSERT(again->authority == read->authority);
  REPRISE_ASSERT(again->target == read->target);
  REPRISE_ASSERT(again->port == read->port);
}

void check_retry_after(const std::string& bytes) {
  constexpr std::chrono::hours century{24 * 36'525};
  const auto read = parse_retry_after(bytes, start_of_tick(1'700'000'000));
  if (!read) return;
  REPRISE_ASSERT(*read >= std::chrono::seconds{0});
  REPRISE_ASSERT(*read <= century);
}

// The reader takes a path: the file is one in memory.
void check_configuration(const std::string& bytes) {
  const int file = ::memfd_create("configuration", 0);
  REPRISE_ASSERT(file >= 0);
  REPRISE_ASSERT(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  configuration_places places;
  places.file = "/proc/self/fd/" + std::to_string(file);
  const auto read = read_configuration(places);
  if (!read) {
    REPRISE_ASSERT(is_line(read.error().what));
  } else {
    for (const std::string& warning : read->warnings) REPRISE_ASSERT(is_line(warning));
  }
  ::close(file);
}

}  // namespace

void check_settings(const std::string& bytes) {
  check_channel(bytes);
  check_url(bytes);
  check_retry_after(bytes);
  check_configuration(bytes);
}

}  // namespace reprise
