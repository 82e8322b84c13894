#include "net/upload.hpp"

#include <memory>

#include "host/byte_stream.hpp"
#include "host/match/rule.hpp"
#include "host/recording_formats.hpp"

namespace reprise {
namespace {

outcome<std::vector<recorded_second>> read_all(std::unique_ptr<recording_reader> reader) {
  std::vector<recorded_second> all;
  for (;;) {
    recorded_second read;
    const auto more = reader->next(read);
    if (!more) return more.error();
    if (!*more) return all;
    all.push_back(read);
  }
}

}  // namespace

outcome<std::vector<recorded_second>> read_ndjson_upload(const std::string& body) {
  return read_all(make_ndjson_reader(make_text_source(body), "body"));
}

outcome<std::vector<recorded_second>> read_raw_upload(const std::string& body, std::int64_t start) {
  if (body.empty() || body.size() % fingerprint_bytes != 0) {
    return failure{errc::data_malformed,
                   "body: expected a multiple of 128 bytes and not none, found " +
                       std::to_string(body.size())};
  }
  return read_all(make_raw_reader(make_text_source(body), "body", start));
}

}  // namespace reprise
