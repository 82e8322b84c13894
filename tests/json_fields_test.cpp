#include "host/json_fields.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "host/strict_json.hpp"

namespace reprise {
namespace {

using nlohmann::json;

TEST(JsonFields, GiveEachKindOfValue) {
  const json body = json::parse(
      R"({"t":"x","b":false,"i":-3,"r":2,"rs":[1,2.5],"ts":["a","b"],"m":{"B":"2","A":"1"}})");
  json_fields fields{body};
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_EQ(fields.boolean("b"), false);
  EXPECT_EQ(fields.integer("i", -3, 5), -3);
  EXPECT_EQ(fields.real("r", 0, 2), 2.0);
  EXPECT_EQ(fields.reals("rs", 2, 2), (std::vector{1.0, 2.5}));
  EXPECT_EQ(fields.texts("ts", 2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(fields.text_map("m", 2), (std::vector<header_field>{{"A", "1"}, {"B", "2"}}));
  EXPECT_FALSE(fields.finish());
}

TEST(JsonFields, TakeMinusZeroForAWholeNumberAndKeepItsSignElse) {
  const json body = parse_strict_json(R"({"i":-0,"j":-0,"r":-0})").value();
  json_fields fields{body};
  EXPECT_EQ(fields.integer("i", 0, 1), 0);
  EXPECT_TRUE(std::signbit(fields.real("r", 0, 1).value()));
  EXPECT_FALSE(fields.integer("j", 1, 2));
  EXPECT_EQ(fields.finish()->code, errc::out_of_range);
}

TEST(JsonFields, TakeAbsentOptionalFieldsForNothing) {
  const json body = json::object();
  json_fields fields{body};
  EXPECT_FALSE(fields.text("t"));
  EXPECT_FALSE(fields.integer("i", 0, 1));
  EXPECT_FALSE(fields.text_map("m", 1));
  EXPECT_FALSE(fields.finish());
}

struct refused_body {
  const char* body;
  errc code;
  const char* field;
};

class RefusedFields : public testing::TestWithParam<refused_body> {};

TEST_P(RefusedFields, TellTheCodeAndThePointer) {
  const json body = json::parse(GetParam().body);
  json_fields fields{body};
  (void)fields.text("t", field_need::required, 4);
  (void)fields.boolean("b");
  (void)fields.integer("i", 0, 100);
  (void)fields.real("r", 0, 1);
  (void)fields.reals("rs", 1, 2);
  (void)fields.texts("ts", 2);
  (void)fields.text_map("m", 2);
  const auto failed = fields.finish();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, GetParam().code);
  EXPECT_EQ(failed->field, GetParam().field);
}

TEST(JsonFields, TellTheOnlyCountThatIsGood) {
  const json body = json::parse(R"({"rs":[1]})");
  json_fields fields{body};
  (void)fields.reals("rs", 2, 2);
  EXPECT_EQ(fields.finish()->what, "/rs has 1 numbers; their count must be 2");
}

constexpr auto invalid = errc::field_invalid;
constexpr auto outside = errc::out_of_range;

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedFields,
    testing::Values(refused_body{"[]", invalid, ""}, refused_body{"3", invalid, ""},
                    refused_body{"{}", invalid, "/t"}, refused_body{R"({"t":1})", invalid, "/t"},
                    refused_body{R"({"t":null})", invalid, "/t"},
                    refused_body{R"({"t":"12345"})", outside, "/t"},
                    refused_body{R"({"t":"","b":0})", invalid, "/b"},
                    refused_body{R"({"t":"","i":"7"})", invalid, "/i"},
                    refused_body{R"({"t":"","i":-1})", outside, "/i"},
                    refused_body{R"({"t":"","i":101})", outside, "/i"},
                    refused_body{R"({"t":"","i":1.5})", outside, "/i"},
                    refused_body{R"({"t":"","i":18446744073709551615})", outside, "/i"},
                    refused_body{R"({"t":"","i":18446744073709551616})", outside, "/i"},
                    refused_body{R"({"t":"","r":true})", invalid, "/r"},
                    refused_body{R"({"t":"","r":1.01})", outside, "/r"},
                    refused_body{R"({"t":"","rs":7})", invalid, "/rs"},
                    refused_body{R"({"t":"","rs":[]})", outside, "/rs"},
                    refused_body{R"({"t":"","rs":[1,2,3]})", outside, "/rs"},
                    refused_body{R"({"t":"","rs":[1,"2"]})", invalid, "/rs/1"},
                    refused_body{R"({"t":"","ts":["a",2]})", invalid, "/ts/1"},
                    refused_body{R"({"t":"","ts":["a","b","c"]})", outside, "/ts"},
                    refused_body{R"({"t":"","m":[]})", invalid, "/m"},
                    refused_body{R"({"t":"","m":{"a/b":1}})", invalid, "/m/a~1b"},
                    refused_body{R"({"t":"","m":{"a":"","b":"","c":""}})", outside, "/m"},
                    refused_body{R"({"t":"","x":1})", invalid, "/x"}));

TEST(JsonFields, NameTheFieldThatMayBeMeant) {
  const json body = json::parse(R"({"thresold":1})");
  json_fields fields{body};
  (void)fields.real("threshold");
  (void)fields.text("source_url");
  const auto failed = fields.finish();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->what, "/thresold is unknown; is \"threshold\" meant?");
}

TEST(JsonFields, KeepTheFirstOfSeveralErrors) {
  const json body = json::parse(R"({"a":1,"b":2})");
  json_fields fields{body, "/items/3"};
  (void)fields.text("b");
  (void)fields.text("a");
  fields.refuse(errc::out_of_range, "c", "is late");
  EXPECT_TRUE(fields.failed());
  EXPECT_EQ(fields.finish()->field, "/items/3/b");
}

TEST(JsonFields, StandWhereTheCallerPutsThem) {
  const json body = json::object();
  json_fields fields{body, "/items/0"};
  (void)fields.value("a", field_need::required);
  EXPECT_EQ(fields.finish()->field, "/items/0/a");
}

}  // namespace
}  // namespace reprise
