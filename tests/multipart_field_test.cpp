// The one file of a form: what is given of it, and what is answered instead.
#include "net/multipart_field.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

// A body in pieces, with a failure behind them where one is given.
class given_body final : public request_body {
 public:
  explicit given_body(std::deque<std::string> pieces, bool fails = false)
      : pieces_{std::move(pieces)}, fails_{fails} {}
  net::awaitable<outcome<std::optional<std::string>>> next() override {
    if (pieces_.empty()) {
      if (fails_) co_return failure{errc::data_malformed, "the body ended early"};
      co_return std::optional<std::string>{};
    }
    std::optional<std::string> piece{std::move(pieces_.front())};
    pieces_.pop_front();
    co_return piece;
  }

 private:
  std::deque<std::string> pieces_;
  bool fails_;
};

struct read_field {
  std::string data;
  multipart_part part;
  std::optional<api_response> refused;
};

net::awaitable<void> read_all(multipart_field& field, read_field& into) {
  for (;;) {
    auto piece = co_await field.next();
    if (!piece) {
      into.refused = piece.error();
      co_return;
    }
    if (!*piece) break;
    EXPECT_FALSE((*piece)->empty());
    into.data += **piece;
  }
  into.part = field.part();
}

constexpr std::string_view csv[] = {"text/csv"};

read_field read(given_body body, std::span<const std::string_view> types = csv,
                const std::string& content_type = "multipart/form-data; boundary=b") {
  api_request request;
  request.headers = {{"content-type", content_type}};
  request.request_id = "id-1";
  multipart_field field{request, body, "file", types};
  read_field into;
  net::io_context context;
  bool done = false;
  net::co_spawn(context, read_all(field, into), [&](std::exception_ptr thrown) {
    EXPECT_FALSE(thrown);
    done = true;
  });
  context.run();
  EXPECT_TRUE(done);
  return into;
}

std::string part(const std::string& parameters, const std::string& type = {}) {
  return "--b\r\nContent-Disposition: form-data; " + parameters +
         (type.empty() ? "" : "\r\nContent-Type: " + type) + "\r\n\r\n1,2\r\n";
}

const std::string file = "name=\"file\"; filename=\"a.csv\"";
const std::string close = "--b--\r\n";

void expect_refused(const read_field& read, unsigned status, const char* code,
                    const char* field = "") {
  ASSERT_TRUE(read.refused);
  EXPECT_EQ(read.refused->status, status);
  const auto body = nlohmann::json::parse(read.refused->body);
  EXPECT_EQ(body["code"], code) << body;
  EXPECT_EQ(body.value("field", ""), field) << body;
  EXPECT_EQ(body["request_id"], "id-1");
}

TEST(MultipartField, GivesTheFileInWhateverPiecesItComes) {
  const std::string form = part(file, "text/csv") + close;
  for (std::size_t size : {std::size_t{1}, std::size_t{10}, form.size()}) {
    std::deque<std::string> pieces;
    for (std::size_t at = 0; at < form.size(); at += size) pieces.push_back(form.substr(at, size));
    const read_field got = read(given_body{pieces});
    EXPECT_FALSE(got.refused);
    EXPECT_EQ(got.data, "1,2");
    EXPECT_EQ(got.part.filename, "a.csv");
    EXPECT_EQ(got.part.content_type, "text/csv");
  }
}

TEST(MultipartField, TakesAnyTypeWhereNoneIsListedAndAFileWithoutOne) {
  EXPECT_FALSE(read(given_body{{part(file, "image/png") + close}}, {}).refused);
  EXPECT_FALSE(read(given_body{{part(file) + close}}).refused);
  expect_refused(read(given_body{{part(file, "image/png") + close}}), 415, "unsupported_media_type",
                 "file");
}

TEST(MultipartField, WantsTheOneFileAndNothingElse) {
  expect_refused(read(given_body{{close}}), 422, "invalid_field", "file");
  expect_refused(read(given_body{{part("name=other") + close}}), 422, "invalid_field", "other");
  expect_refused(read(given_body{{part("name=o; filename=a") + close}}), 422, "invalid_field", "o");
  expect_refused(read(given_body{{part(file) + part("name=note") + close}}), 422, "invalid_field",
                 "note");
  expect_refused(read(given_body{{part(file) + part(file) + close}}), 422, "invalid_field", "file");
  expect_refused(read(given_body{{part("name=file") + close}}), 422, "invalid_field", "file");
}

TEST(MultipartField, RefusesAFormThatIsNone) {
  const given_body good{{part(file) + close}};
  expect_refused(read(good, csv, "multipart/form-data"), 400, "bad_multipart");
  expect_refused(read(good, csv, "multipart/form-data; boundary=c"), 400, "bad_multipart");
  expect_refused(read(given_body{{part(file)}}), 400, "bad_multipart");
  expect_refused(read(given_body{{part(file) + close, "more"}}), 400, "bad_multipart");
}

TEST(MultipartField, TellsThatTheBodyBroke) {
  const read_field got = read(given_body{{part(file) + close}, true});
  EXPECT_EQ(got.data, "1,2");
  expect_refused(got, 422, "data_malformed");
}

}  // namespace
}  // namespace reprise
