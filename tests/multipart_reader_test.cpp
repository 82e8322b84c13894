// Forms as clients send them, and as nobody should.
#include "net/multipart_reader.hpp"

#include <gtest/gtest.h>

#include "net/header_parameters.hpp"

namespace reprise {
namespace {

using kind = multipart_event::kind;

struct read_part {
  multipart_part head;
  std::string data;
  bool ended = false;
};
struct read_form {
  std::vector<read_part> parts;
  bool all_ended = false;
  std::string refusal;
};

read_form read(std::string_view bytes, std::string_view boundary = "b") {
  read_form form;
  multipart_reader reader{boundary};
  for (const multipart_event& each : reader.take(bytes)) {
    if (each.what == kind::part_begun) form.parts.push_back({each.part, {}});
    if (each.what == kind::data) form.parts.back().data += each.data;
    if (each.what == kind::part_ended) form.parts.back().ended = true;
    if (each.what == kind::all_ended) form.all_ended = true;
  }
  reader.end();
  if (reader.state() == reading::refused) {
    EXPECT_EQ(reader.refusal().status, 400u);
    EXPECT_EQ(reader.refusal().code, "bad_multipart");
    form.refusal = reader.refusal().detail;
  }
  return form;
}

std::string part(const std::string& head, const std::string& data = "x") {
  return "--b\r\n" + head + "\r\n\r\n" + data + "\r\n";
}

const std::string disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"";
const std::string close = "--b--\r\n";

// The head of the one part that has this disposition.
multipart_part head_of(const std::string& parameters) {
  const read_form form = read(part("Content-Disposition: form-data; " + parameters) + close);
  EXPECT_EQ(form.refusal, "") << parameters;
  return form.parts.empty() ? multipart_part{} : form.parts[0].head;
}

TEST(MultipartReader, GivesAFileAsCurlSendsIt) {
  const std::string boundary = "------------------------d74496d66958873e";
  const read_form form = read("--" + boundary +
                                  "\r\nContent-Disposition: form-data; name=\"file\"; "
                                  "filename=\"data.csv\"\r\nContent-Type: text/csv\r\n\r\n"
                                  "a,b\r\n1,2\n\r\n--" +
                                  boundary + "--\r\n",
                              boundary);
  EXPECT_EQ(form.refusal, "");
  ASSERT_EQ(form.parts.size(), 1u);
  EXPECT_EQ(form.parts[0].head.name, "file");
  EXPECT_EQ(form.parts[0].head.filename, "data.csv");
  EXPECT_EQ(form.parts[0].head.content_type, "text/csv");
  EXPECT_EQ(form.parts[0].data, "a,b\r\n1,2\n");
  EXPECT_TRUE(form.parts[0].ended);
  EXPECT_TRUE(form.all_ended);
}

TEST(MultipartReader, GivesPartsInOrderUpToEight) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    const std::string digit = std::to_string(i);
    bytes += part("Content-Disposition: form-data; name=" + digit, digit);
  }
  const read_form form = read(bytes + close);
  EXPECT_EQ(form.refusal, "");
  ASSERT_EQ(form.parts.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(form.parts[i].head.name, std::to_string(i));
    EXPECT_EQ(form.parts[i].data, std::to_string(i));
    EXPECT_FALSE(form.parts[i].head.filename);
  }
  EXPECT_EQ(read(bytes + part(disposition) + close).refusal, "more than 8 parts");
}

TEST(MultipartReader, KeepsWhatOnlyLooksLikeABoundary) {
  const std::string data = "\r\n--a\r\n--\r\r\n-\r\n--\r\nb";
  const read_form form = read(part(disposition, data) + close);
  EXPECT_EQ(form.refusal, "");
  ASSERT_EQ(form.parts.size(), 1u);
  EXPECT_EQ(form.parts[0].data, data);
}

TEST(MultipartReader, TakesAnEmptyFileAndAnEmptyForm) {
  EXPECT_EQ(read(part(disposition, "") + close).parts.at(0).data, "");
  EXPECT_TRUE(read(close).all_ended);
  EXPECT_EQ(read("--b--").refusal, "");
}

TEST(MultipartReader, UnderstandsNamesAsClientsWriteThem) {
  EXPECT_EQ(head_of("name=file").name, "file");
  EXPECT_EQ(head_of("NAME=\"a\\\"b\\\\c\"").name, "a\"b\\c");
  EXPECT_EQ(head_of("name=\"a%22b\"").name, "a\"b");
  EXPECT_EQ(head_of("name=f; filename=\"100%25%0D%0a.csv\"").filename, "100%25\r\n.csv");
  EXPECT_EQ(head_of("name=f; filename=\"C:\\dir\\a.csv\"").filename, "C:\\dir\\a.csv");
  EXPECT_EQ(head_of("name=f; filename=\"a;b=c.csv\" ").filename, "a;b=c.csv");
  EXPECT_EQ(head_of("name=f; filename=\"\xc3\xbc.csv\"").filename, "\xc3\xbc.csv");
  EXPECT_EQ(head_of("name=f; filename*=UTF-8''%c3%bc.csv").filename, "\xc3\xbc.csv");
  EXPECT_EQ(head_of("name=f; filename=\"\"").filename, "");
}

TEST(MultipartReader, ReadsTheTypeWithoutItsParameters) {
  const read_form form = read(part(disposition + "\r\nContent-Type: Text/CSV; charset=utf-8\r\n"
                                                 "Content-Transfer-Encoding: BINARY\r\nX: y") +
                              close);
  EXPECT_EQ(form.refusal, "");
  EXPECT_EQ(form.parts.at(0).head.content_type, "text/csv");
  EXPECT_EQ(read(part(disposition) + close).parts.at(0).head.content_type, "");
}

TEST(MultipartReader, BoundsTheHeadOfEachPart) {
  const std::string field = "\r\nX: " + std::string(8192 - disposition.size() - 2 - 5 - 2, 'y');
  EXPECT_EQ(read(part(disposition + field) + part(disposition + field) + close).refusal, "");
  EXPECT_EQ(read(part(disposition + field + "y") + close).refusal,
            "a part's head of more than 8192 bytes");
  std::string fields = disposition;
  for (int i = 0; i < 15; ++i) fields += "\r\nX: y";
  EXPECT_EQ(read(part(fields) + part(fields) + close).refusal, "");
  EXPECT_EQ(read(part(fields + "\r\nX: y") + close).refusal,
            "a part with more than 16 header fields");
}

struct bad_form {
  std::string bytes;
  const char* refusal;
};

class BadForm : public testing::TestWithParam<bad_form> {};

TEST_P(BadForm, IsRefused) {
  EXPECT_EQ(read(GetParam().bytes).refusal, GetParam().refusal) << GetParam().bytes;
}

const char* const no_encoding = "parts are taken as they are, without a Content-Transfer-Encoding";
const char* const no_form_data = "a part's Content-Disposition must be form-data, once";

INSTANTIATE_TEST_SUITE_P(
    Rows, BadForm,
    testing::Values(
        bad_form{"", "the form is not closed"},
        bad_form{part(disposition), "the form is not closed"},
        bad_form{part(disposition) + "--b-", "the form is not closed"},
        bad_form{part(disposition) + "--b--\r", "the form is not closed"},
        bad_form{"hello\r\n" + part(disposition) + close, "the form must begin with its boundary"},
        bad_form{"\r\n" + part(disposition) + close, "the form must begin with its boundary"},
        bad_form{"--c\r\n" + part(disposition) + close, "the form must begin with its boundary"},
        bad_form{part(disposition) + close + "bye", "bytes behind the end of the form"},
        bad_form{"--b \r\n", "a boundary with something behind it"},
        bad_form{part(disposition, "x\r\n--bx") + close, "a boundary with something behind it"},
        bad_form{part("X: y") + close, "a part without a Content-Disposition"},
        bad_form{part("Content-Disposition: form-data") + close, "a part without a name"},
        bad_form{part("Content-Disposition: form-data; name=\"\"") + close,
                 "a part without a name"},
        bad_form{part("Content-Disposition: attachment; name=a") + close, no_form_data},
        bad_form{part("Content-Disposition: form-data; name=\"a") + close, no_form_data},
        bad_form{part("Content-Disposition: form-data; name=a; name=b") + close, no_form_data},
        bad_form{part("Content-Disposition: form-data; name=\"a\"b") + close, no_form_data},
        bad_form{part(disposition + "\r\n" + disposition) + close, no_form_data},
        bad_form{part("Content-Disposition: form-data; name=f; filename*=latin1''a") + close,
                 "a filename* that is not of UTF-8"},
        bad_form{part("Content-Disposition: form-data; name=a;\r\n x=b") + close,
                 "a bad header field of a part"},
        bad_form{part(disposition + "\r\nX y") + close, "a bad header field of a part"},
        bad_form{part(disposition + "\r\nX: \n") + close, "a control character in a part's head"},
        bad_form{part(disposition + "\r\nContent-Type: multipart/mixed; boundary=c") + close,
                 "a multipart within a part"},
        bad_form{part(disposition + "\r\nContent-Type: a/b\r\nContent-Type: a/b") + close,
                 "a bad Content-Type of a part"},
        bad_form{part(disposition + "\r\nContent-Transfer-Encoding: base64") + close, no_encoding},
        bad_form{part(disposition + "\r\nContent-Transfer-Encoding: quoted-printable") + close,
                 no_encoding}));

TEST(MultipartReader, TakesTheEncodingsThatChangeNothing) {
  for (const char* each : {"binary", "8bit", "7bit"}) {
    const std::string field = std::string{"\r\nContent-Transfer-Encoding: "} + each;
    EXPECT_EQ(read(part(disposition + field) + close).refusal, "") << each;
  }
}

TEST(MultipartBoundary, IsReadFromTheContentType) {
  const std::string type = "multipart/form-data; boundary=";
  const std::string longest(70, 'x');
  EXPECT_EQ(multipart_boundary(type + "abc"), "abc");
  EXPECT_EQ(multipart_boundary(type + longest), longest);
  EXPECT_EQ(multipart_boundary(type + "\"a b:?='()+_,-./\""), "a b:?='()+_,-./");
  EXPECT_EQ(multipart_boundary(type + "a; charset=utf-8"), "a");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data;Boundary=a"), "a");
  for (const std::string& bad : {std::string{"multipart/form-data"}, type, type + longest + "x",
                                 type + "\"\"", type + "\"a \"", type + "a$", type + "a;boundary=b",
                                 std::string{"multipart/mixed; boundary=a"}, std::string{}}) {
    EXPECT_FALSE(multipart_boundary(bad)) << bad;
  }
}

}  // namespace
}  // namespace reprise
