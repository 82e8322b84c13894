#include "tests/inference_server.hpp"

namespace reprise {
namespace {

using nlohmann::json;

api_response answer(unsigned status, const json& body) {
  api_response made;
  made.status = status;
  made.body = body.is_string() ? body.get<std::string>() : body.dump();
  return made;
}

api_response refuse(unsigned status, const std::string& why) {
  return answer(status, {{"error", why}});
}

// What is wrong with one tensor of a request; empty where it is what the metadata say.
std::string fault_of(const json& tensor, const json& wanted) {
  for (const auto& [name, value] : tensor.items()) {
    if (name != "name" && name != "shape" && name != "datatype" && name != "parameters" &&
        name != "data") {
      return "unknown field " + name;
    }
  }
  if (tensor.at("name") != wanted.at("name")) return "unknown input";
  if (tensor.at("datatype") != wanted.at("datatype")) return "wrong datatype";
  const json &shape = tensor.at("shape"), &expected = wanted.at("shape");
  if (!shape.is_array() || shape.size() != expected.size()) return "wrong rank";
  std::size_t elements = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!shape[i].is_number_unsigned()) return "a dimension that is no number";
    if (expected[i] != -1 && expected[i] != shape[i]) return "wrong dimension";
    elements *= shape[i].get<std::size_t>();
  }
  const json& data = tensor.at("data");
  if (!data.is_array() || data.size() != elements) return "wrong number of elements";
  for (const json& each : data) {
    if (!each.is_string()) return "an element of BYTES that is no string";
  }
  return "";
}

std::string fault_of(const json& request, const inference_script& script) {
  for (const auto& [name, value] : request.items()) {
    if (name != "id" && name != "parameters" && name != "inputs" && name != "outputs") {
      return "unknown field " + name;
    }
  }
  if (request.contains("id") && !request["id"].is_string()) return "an id that is no string";
  const json& inputs = request.at("inputs");
  if (!inputs.is_array() || inputs.size() != script.inputs.size()) return "wrong inputs";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (auto fault = fault_of(inputs[i], script.inputs[i]); !fault.empty()) return fault;
  }
  for (const json& each : request.value("outputs", json::array())) {
    bool known = false;
    for (const json& output : script.outputs) known = known || output["name"] == each.at("name");
    if (!known) return "unknown output";
  }
  return "";
}

api_response infer(const api_request& asked, const inference_script& script) {
  const std::string* type = asked.header("Content-Type");
  if (type == nullptr || *type != "application/json") return refuse(400, "no JSON");
  json request;
  try {
    request = json::parse(asked.body);
    if (auto fault = fault_of(request, script); !fault.empty()) return refuse(400, fault);
  } catch (const json::exception& failed) {
    return refuse(400, failed.what());
  }
  const auto [status, outputs] = script.infer(request["inputs"][0]["data"][0]);
  if (outputs.is_string()) return answer(status, outputs);
  json body{{"model_name", "cats"}, {"outputs", outputs}};
  if (request.contains("id")) body["id"] = request["id"];
  return answer(status, body);
}

}  // namespace

// Triton says nothing beside the status of whether a model is ready.
api_response inference_server::unknown(const std::string& model, bool is_readiness) const {
  if (script_.triton == 0) return refuse(404, "there is no such model");
  if (is_readiness) return answer(400, "");
  return refuse(script_.triton, "Request for unknown model: '" + model + "' is not found");
}

api_response inference_server::readiness() const {
  if (script_.ready) return answer(200, json::object());
  return script_.triton == 0 ? refuse(400, "still loading") : answer(400, "");
}

api_response inference_server::metadata() const {
  if (script_.triton != 0 && !script_.ready) {
    return refuse(script_.triton, "Request for unknown model: 'cats' has no available versions");
  }
  return answer(200, {{"name", "cats"},
                      {"versions", {"1"}},
                      {"platform", "test"},
                      {"inputs", script_.inputs},
                      {"outputs", script_.outputs}});
}

std::string inference_server::url() {
  if (!server_) start();
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

void inference_server::start() {
  std::vector<route> routes;
  const auto add = [&](std::string_view method, std::string_view pattern, auto handler) {
    route made{.method = method, .pattern = pattern, .access = route_access::open};
    if (method == "POST") made.body_bytes_max = 4'000'000;
    const bool is_readiness = pattern.ends_with("/ready");
    made.handle = answering([this, handler, is_readiness](const api_request& asked) {
      const std::string& model = *asked.parameter("model");
      return model == "cats" ? handler(asked) : unknown(model, is_readiness);
    });
    routes.push_back(std::move(made));
  };
  add("GET", "/v2/models/{model}/ready", [this](const api_request&) { return readiness(); });
  add("GET", "/v2/models/{model}", [this](const api_request&) { return metadata(); });
  add("POST", "/v2/models/{model}/infer",
      [this](const api_request& asked) { return infer(asked, script_); });
  server_ = std::make_unique<http_test_server>(http_limits{}, std::move(routes));
}

}  // namespace reprise
