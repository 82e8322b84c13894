// The Open Inference Protocol as texts: what a model must say of itself, the question, the answer.
#include "host/predictions/inference_protocol.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

using json = nlohmann::json;

const std::string picture_input = R"({"name":"image","datatype":"BYTES","shape":[-1]})";

std::string metadata(const std::string& inputs, const std::string& outputs) {
  return R"({"name":"m","versions":["1"],"platform":"p","inputs":[)" + inputs + R"(],"outputs":[)" +
         outputs + "]}";
}

std::string output(const std::string& name, const std::string& type) {
  return R"({"name":")" + name + R"(","datatype":")" + type + R"(","shape":[-1]})";
}

std::string refusal(const std::string& text, std::vector<std::string> labels = {}) {
  const auto model = read_inference_metadata(text, std::move(labels));
  EXPECT_FALSE(model) << text;
  if (model) return "";
  EXPECT_EQ(model.error().code, errc::configuration_invalid);
  return model.error().what;
}

inference_model labelling() {
  return read_inference_metadata(
             metadata(picture_input, output("label", "BYTES") + "," + output("score", "FP32")), {})
      .value();
}

inference_model scoring() {
  return read_inference_metadata(metadata(picture_input, output("scores", "FP64")),
                                 {"cat", "dog", "fish"})
      .value();
}

std::string answer(const std::string& outputs) {
  return R"({"model_name":"m","model_version":"1","id":"u","outputs":[)" + outputs + "]}";
}
std::string labels_out(const std::string& data) {
  return R"({"name":"label","shape":[1],"datatype":"BYTES","data":)" + data + "}";
}
std::string score_out(const std::string& data) {
  return R"({"name":"score","shape":[1],"datatype":"FP32","data":)" + data + "}";
}
std::string scores_out(const std::string& data) {
  return R"({"name":"scores","shape":[1,3],"datatype":"FP64","data":)" + data + "}";
}

std::string fault(const inference_model& model, const std::string& text) {
  const auto read = read_inference_answer(model, text);
  EXPECT_FALSE(read) << text;
  if (read) return "";
  EXPECT_EQ(read.error().code, errc::data_malformed);
  return read.error().what;
}

TEST(InferenceProtocol, AsksWithThePictureInBase64) {
  const std::string picture = "\xff\xd8picture";
  const auto asked =
      json::parse(inference_request(labelling(), "u-1", std::as_bytes(std::span{picture})));
  EXPECT_EQ(asked, json::parse(R"({"id":"u-1",
      "inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["/9hwaWN0dXJl"]}],
      "outputs":[{"name":"label"},{"name":"score"}]})"));
  const auto nested = read_inference_metadata(
      metadata(R"({"name":"i","datatype":"BYTES","shape":[-1,1]})", output("o", "BYTES")), {});
  ASSERT_TRUE(nested);
  EXPECT_EQ(json::parse(inference_request(*nested, "u", {}))["inputs"][0]["shape"], (json{1, 1}));
}

TEST(InferenceProtocol, TakesALabelAndItsScore) {
  EXPECT_EQ(read_inference_answer(labelling(),
                                  answer(labels_out(R"(["cat"])") + "," + score_out("[0.25]")))
                .value(),
            (classification{"cat", 0.25}));
  EXPECT_EQ(read_inference_answer(
                labelling(), answer(score_out("[[1]]") + "," + labels_out(R"([["cat","dog"]])")))
                .value(),
            (classification{"cat", 1}))
      << "in any order, and nested as the shape is";
  EXPECT_EQ(read_inference_answer(labelling(),
                                  answer(labels_out(R"(["cat"])") + "," + score_out("[1.0000001]")))
                .value(),
            (classification{"cat", 1}))
      << "rounded";
  const auto bare =
      read_inference_metadata(metadata(picture_input, output("label", "BYTES")), {}).value();
  EXPECT_EQ(read_inference_answer(bare, answer(labels_out(R"(["cat"])"))).value(),
            (classification{"cat", 1}))
      << "who gives no score is sure";
}

TEST(InferenceProtocol, TakesTheGreatestOfScoresByOurLabels) {
  EXPECT_EQ(read_inference_answer(scoring(), answer(scores_out("[0.25,0.5,0.25]"))).value(),
            (classification{"dog", 0.5}));
  EXPECT_EQ(read_inference_answer(scoring(), answer(scores_out("[0,1,1]"))).value().label, "dog")
      << "of equal ones the first";
  EXPECT_EQ(read_inference_answer(scoring(), answer(scores_out("[1.0000001,0,-1e-9]"))).value(),
            (classification{"cat", 1}))
      << "shares, but for their rounding";
  const auto soft = read_inference_answer(scoring(), answer(scores_out("[[-1,2,7]]"))).value();
  EXPECT_EQ(soft.label, "fish");
  EXPECT_NEAR(soft.score, 0.99298, 1e-5);
  EXPECT_EQ(read_inference_answer(scoring(), answer(scores_out("[1e300,0,-1e300]"))).value(),
            (classification{"cat", 1}));
}

TEST(InferenceProtocol, RefusesAModelOfAnotherForm) {
  const std::string input = "the model has not one input of type BYTES and shape [1] or [1, 1]";
  const std::string good = output("label", "BYTES");
  EXPECT_EQ(refusal("{}"), input);
  EXPECT_EQ(refusal(metadata("", good)), input);
  EXPECT_EQ(refusal(metadata(picture_input + "," + picture_input, good)), input);
  EXPECT_EQ(refusal(metadata(R"({"name":"i","datatype":"FP32","shape":[1]})", good)), input);
  EXPECT_EQ(refusal(metadata(R"({"name":"i","datatype":"BYTES","shape":[3]})", good)), input);
  EXPECT_EQ(refusal(metadata(R"({"name":"i","datatype":"BYTES","shape":[1,1,1]})", good)), input);
  EXPECT_EQ(refusal(metadata(R"({"name":"i","datatype":"BYTES","shape":[]})", good)), input);
  EXPECT_EQ(refusal("[]"), input);
  EXPECT_EQ(refusal("garbage"), "the model's metadata is no JSON");
  const std::string outputs =
      "the model has not one output of type BYTES and at most one of type FP32 or FP64";
  EXPECT_EQ(refusal(metadata(picture_input, output("scores", "FP32"))), outputs);
  EXPECT_EQ(refusal(metadata(picture_input, good + "," + good)), outputs);
  EXPECT_EQ(refusal(metadata(picture_input, good), {"cat"}),
            "the model has not one output of type FP32 or FP64");
}

TEST(InferenceProtocol, ComparesTheScoresOfTheModelWithOurLabels) {
  const auto shaped = [](const std::string& shape) {
    return metadata(picture_input, R"({"name":"scores","datatype":"FP32","shape":)" + shape + "}");
  };
  for (const char* shape : {"[2]", "[-1,2]", "[1,2]", "[1,2,1,1]", "[-1]", "[-1,-1]", "[1,-1]"}) {
    EXPECT_TRUE(read_inference_metadata(shaped(shape), {"cat", "dog"})) << shape;
  }
  for (const char* shape : {"[3]", "[-1,3]", "[1,3]", "[3,1]", "[-1,1,3]"}) {
    EXPECT_EQ(refusal(shaped(shape), {"cat", "dog"}), "the model has 3 scores for 2 labels");
  }
  EXPECT_EQ(refusal(shaped("[9223372036854775807,9223372036854775807]"), {"cat", "dog"}),
            "the model has 1000000000 scores for 2 labels");
  EXPECT_TRUE(read_inference_metadata(shaped("[1]"), {"cat"}));
  EXPECT_EQ(refusal(shaped("[2]"), {"cat"}), "the model has 2 scores for 1 labels");
}

TEST(InferenceProtocol, RefusesAnAnswerOfAnotherForm) {
  const auto model = labelling();
  const std::string label = labels_out(R"(["cat"])"),
                    lacks = "the server's answer lacks the output ";
  EXPECT_EQ(fault(model, "garbage"), "the server's answer is no JSON");
  EXPECT_EQ(fault(model, "[1]"), "the server's answer has no outputs");
  EXPECT_EQ(fault(model, answer(label)), lacks + "score in the form of its metadata");
  EXPECT_EQ(fault(model, answer(score_out("[1]"))), lacks + "label in the form of its metadata");
  const inference_model odd{.input = "i", .label_output = "a\nb"};
  EXPECT_EQ(fault(odd, answer("")), lacks + "a\\x0ab in the form of its metadata");
  EXPECT_EQ(fault(model, answer(label + "," + score_out("[]"))),
            "the server's answer has no score");
  EXPECT_EQ(fault(model, answer(label + "," + score_out(R"(["1"])"))),
            "the server's answer has a score that is no number");
  EXPECT_EQ(fault(model, answer(label + "," + score_out("[1.5]"))),
            "the server's answer has a score outside 0 to 1");
  for (const char* data : {"[]", "[7]", "null"}) {
    EXPECT_EQ(fault(model, answer(labels_out(data) + "," + score_out("[1]"))),
              "the server's answer has no label");
  }
  for (const char* data : {R"([""])", R"(["a\nb"])"}) {
    EXPECT_EQ(fault(model, answer(labels_out(data) + "," + score_out("[1]"))),
              "the server's answer has a label that is empty, too long or no text");
  }
  EXPECT_EQ(fault(scoring(), answer(scores_out("[1,0]"))),
            "the server's answer has 2 scores for 3 labels");
}

TEST(InferenceProtocol, TellsWhatTheServerSaysOfItsRefusal) {
  EXPECT_EQ(inference_error(R"({"error":"no such\nmodel"})"), "no such\\x0amodel");
  EXPECT_EQ(inference_error(R"({"error":7})"), "");
  EXPECT_EQ(inference_error("<html>"), "");
  EXPECT_EQ(inference_error("{\"error\":\"" + std::string(5'000, 'x') + "\"}").size(), 300U);
  const std::string wide = "x" + std::string(298, 'x') + "\xe2\x82\xac";
  EXPECT_EQ(inference_error("{\"error\":\"" + wide + "\"}"), wide.substr(0, 299));
}

}  // namespace
}  // namespace reprise
