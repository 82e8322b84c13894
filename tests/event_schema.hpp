// What the description says of an event's data, held against the data.
//
// Errors   a member that is not described, or one that is missing, fails the test
// Threads  any
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "net/openapi.hpp"

namespace reprise {

inline void expect_described_event(const std::string& kind, const std::string& data) {
  using nlohmann::json;
  static const json description = json::parse(openapi_text());
  const json& stream =
      description["paths"]["/events"]["get"]["responses"]["200"]["content"]["text/event-stream"];
  ASSERT_TRUE(stream["x-event-data"].contains(kind)) << kind;
  const std::string schema_at = stream["x-event-data"][kind]["$ref"];
  const json& schema = description[json::json_pointer{schema_at.substr(1)}];
  const json told = json::parse(data);
  for (const auto& member : told.items()) {
    EXPECT_TRUE(schema["properties"].contains(member.key())) << kind << ": " << member.key();
  }
  for (const std::string needed : schema["required"]) {
    EXPECT_TRUE(told.contains(needed)) << kind << ": " << needed;
  }
}

}  // namespace reprise
