#include "tests/fuzz/inference_fuzz.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "host/base64.hpp"
#include "host/library/video.hpp"
#include "host/match/assert.hpp"
#include "host/predictions/inference_protocol.hpp"

namespace reprise {
namespace {

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char each) {
    return static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
  });
}

void check_base64(const std::string& bytes) {
  std::vector<std::byte> read;
  if (const auto fault = decode_base64(bytes, read)) {
    REPRISE_ASSERT(*fault <= bytes.size());
    return;
  }
  std::string written;
  append_base64(written, read);
  REPRISE_ASSERT(written == bytes);
}

void check_answer(const inference_model& model, const std::string& bytes) {
  const auto read = read_inference_answer(model, bytes);
  if (!read) {
    REPRISE_ASSERT(is_line(read.error().what));
    return;
  }
  REPRISE_ASSERT(!label_fault(read->label));
  REPRISE_ASSERT(read->score >= 0);
  REPRISE_ASSERT(read->score <= 1);
}

void check_metadata(const std::string& bytes, const std::vector<std::string>& labels) {
  const auto model = read_inference_metadata(bytes, labels);
  if (!model) {
    REPRISE_ASSERT(is_line(model.error().what));
    return;
  }
  const std::string request = inference_request(*model, "id", {});
  REPRISE_ASSERT(nlohmann::json::accept(request));
  check_answer(*model, bytes);
}

}  // namespace

void check_inference(const std::string& bytes) {
  check_base64(bytes);
  check_metadata(bytes, {});
  check_metadata(bytes, {"cat", "dog"});
  check_answer({.input = "i", .label_output = "label", .score_output = "score"}, bytes);
  check_answer({.input = "i", .score_output = "score", .labels = {"cat", "dog"}}, bytes);
  REPRISE_ASSERT(is_line(inference_error(bytes)));
}

}  // namespace reprise
