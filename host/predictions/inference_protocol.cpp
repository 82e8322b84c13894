#include "host/predictions/inference_protocol.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "host/base64.hpp"
#include "host/json_text.hpp"
#include "host/library/video.hpp"
#include "host/predictions/distribution.hpp"
#include "host/short_line.hpp"
#include "host/strict_json.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

constexpr std::size_t error_bytes_max = 300, name_bytes_max = 100;

const json* member(const json& of, const char* name) {
  if (!of.is_object()) return nullptr;
  const auto at = of.find(name);
  return at == of.end() ? nullptr : &*at;
}

std::string text_member(const json& of, const char* name) {
  const json* const at = member(of, name);
  return at != nullptr && at->is_string() ? at->get<std::string>() : std::string{};
}

bool is_real(const std::string& type) {
  return type == "FP32" || type == "FP64";
}

failure unfit(std::string_view expected) {
  return {errc::configuration_invalid, "the model has not " + std::string{expected}};
}

failure garbled(std::string_view why) {
  return {errc::data_malformed, "the server's answer " + std::string{why}};
}

// Of one picture: every dimension is 1, or may be.
std::optional<std::size_t> rank_of_one(const json& tensor) {
  const json* const shape = member(tensor, "shape");
  if (shape == nullptr || !shape->is_array()) return {};
  const bool fits = std::all_of(shape->begin(), shape->end(), [](const json& each) {
    return each.is_number_integer() && (each == 1 || each == -1);
  });
  return fits ? std::optional{shape->size()} : std::nullopt;
}

// How many numbers the answer to one picture holds, where the shape tells that: a first dimension
// that may vary is that of pictures, unless there is no other.
std::optional<std::uint64_t> count_of_one(const json& tensor) {
  const json* const shape = member(tensor, "shape");
  if (shape == nullptr || !shape->is_array() || shape->empty()) return {};
  constexpr std::uint64_t count_max = 1'000'000'000;  // more are more than any labels
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < shape->size(); ++i) {
    const json& each = (*shape)[i];
    if (i == 0 && each == -1 && shape->size() > 1) continue;
    if (!each.is_number_unsigned() || each == 0U) return {};
    count = std::min(count * std::min(each.get<std::uint64_t>(), count_max), count_max);
  }
  return count;
}

// The elements of a tensor, which may be nested as its shape is, in row-major order.
void flatten(const json& data, std::vector<const json*>& into) {
  if (!data.is_array()) {
    into.push_back(&data);
    return;
  }
  for (const json& each : data) flatten(each, into);
}

outcome<std::vector<const json*>> elements_of(const json& answer, const std::string& output,
                                              bool is_text) {
  const json* const outputs = member(answer, "outputs");
  if (outputs == nullptr || !outputs->is_array()) return garbled("has no outputs");
  for (const json& each : *outputs) {
    if (text_member(each, "name") != output) continue;
    const std::string type = text_member(each, "datatype");
    const json* const data = member(each, "data");
    if (data == nullptr || (is_text ? type != "BYTES" : !is_real(type))) break;
    std::vector<const json*> elements;
    flatten(*data, elements);
    return elements;
  }
  return garbled("lacks the output " + short_line(output, name_bytes_max) +
                 " in the form of its metadata");
}

outcome<std::vector<double>> numbers_of(const json& answer, const std::string& output) {
  const auto elements = elements_of(answer, output, false);
  if (!elements) return elements.error();
  std::vector<double> numbers;
  for (const json* each : *elements) {
    if (!each->is_number()) return garbled("has a score that is no number");
    numbers.push_back(each->get<double>());
  }
  return numbers;
}

outcome<classification> best_of(const inference_model& model, std::vector<double> scores) {
  if (scores.size() != model.labels.size()) {
    return garbled("has " + std::to_string(scores.size()) + " scores for " +
                   std::to_string(model.labels.size()) + " labels");
  }
  make_distribution(scores);
  const auto best = std::max_element(scores.begin(), scores.end());
  return classification{model.labels[static_cast<std::size_t>(best - scores.begin())], *best};
}

}  // namespace

outcome<inference_model> read_inference_metadata(std::string_view text,
                                                 std::vector<std::string> labels) {
  const auto parsed = parse_strict_json(text);
  if (!parsed) return failure{errc::configuration_invalid, "the model's metadata is no JSON"};
  inference_model made{.labels = std::move(labels)};
  const json* const inputs = member(*parsed, "inputs");
  const auto rank = inputs != nullptr && inputs->is_array() && inputs->size() == 1
                        ? rank_of_one(inputs->front())
                        : std::nullopt;
  if (!rank || *rank < 1 || *rank > 2 || text_member(inputs->front(), "datatype") != "BYTES") {
    return unfit("one input of type BYTES and shape [1] or [1, 1]");
  }
  made.input = text_member(inputs->front(), "name");
  made.nested = *rank == 2;
  const json* const outputs = member(*parsed, "outputs");
  std::vector<std::string> texts, reals;
  std::optional<std::uint64_t> scores;  // of the last of reals
  for (const json& each : outputs != nullptr && outputs->is_array() ? *outputs : json::array()) {
    const std::string type = text_member(each, "datatype");
    if (type == "BYTES") texts.push_back(text_member(each, "name"));
    if (!is_real(type)) continue;
    reals.push_back(text_member(each, "name"));
    scores = count_of_one(each);
  }
  if (made.labels.empty()) {
    if (texts.size() != 1 || reals.size() > 1) {
      return unfit("one output of type BYTES and at most one of type FP32 or FP64");
    }
    made.label_output = texts.front();
  } else if (reals.size() != 1) {
    return unfit("one output of type FP32 or FP64");
  } else if (scores.value_or(made.labels.size()) != made.labels.size()) {
    return failure{errc::configuration_invalid, "the model has " + std::to_string(*scores) +
                                                    " scores for " +
                                                    std::to_string(made.labels.size()) + " labels"};
  }
  if (!reals.empty()) made.score_output = reals.front();
  return made;
}

std::string inference_request(const inference_model& model, std::string_view id,
                              std::span<const std::byte> picture) {
  std::string text = "{\"id\":";
  append_json_string(text, id);
  text += ",\"inputs\":[{\"name\":";
  append_json_string(text, model.input);
  text.append(",\"shape\":").append(model.nested ? "[1,1]" : "[1]");
  text += ",\"datatype\":\"BYTES\",\"data\":[\"";
  append_base64(text, picture);
  text += "\"]}],\"outputs\":[";
  const char* between = "";
  for (const auto& output : {model.label_output, model.score_output}) {
    if (!output) continue;
    text.append(std::exchange(between, ",")).append("{\"name\":");
    append_json_string(text, *output);
    text += '}';
  }
  return text += "]}";
}

outcome<classification> read_inference_answer(const inference_model& model, std::string_view text) {
  const auto parsed = parse_strict_json(text);
  if (!parsed) return garbled("is no JSON");
  std::vector<double> scores;
  if (model.score_output) {
    auto numbers = numbers_of(*parsed, *model.score_output);
    if (!numbers) return numbers.error();
    if (numbers->empty()) return garbled("has no score");
    scores = std::move(*numbers);
  }
  if (!model.label_output) return best_of(model, std::move(scores));
  const auto elements = elements_of(*parsed, *model.label_output, true);
  if (!elements) return elements.error();
  if (elements->empty() || !elements->front()->is_string()) return garbled("has no label");
  std::string label = elements->front()->get<std::string>();
  if (label_fault(label)) return garbled("has a label that is empty, too long or no text");
  const auto score = share_of(scores.empty() ? 1 : scores.front());
  if (!score) return garbled("has a score outside 0 to 1");
  return classification{std::move(label), *score};
}

std::string inference_error(std::string_view text) {
  const auto parsed = parse_strict_json(text);
  if (!parsed) return {};
  return short_line(text_member(*parsed, "error"), error_bytes_max);
}

}  // namespace reprise
