// A server of the Open Inference Protocol, version 2, over HTTP, that takes nothing but what the
// specification says of a request.
//
// Shapes   one model, "cats", with what its metadata say; it answers with what a test says. Models
//          that it does not have are 404, requests of another form 400, both {"error": "..."}; as
//          NVIDIA Triton answers, where a test says so
// Threads  the server's own; the script is read there
// Owns     the server
// Source   github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md;
//          github.com/triton-inference-server, server and core
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "net/http_limits.hpp"
#include "tests/http_server_support.hpp"

namespace reprise {

struct inference_script {
  nlohmann::json inputs =
      nlohmann::json::parse(R"([{"name":"image","datatype":"BYTES","shape":[-1]}])");
  nlohmann::json outputs = nlohmann::json::parse(
      R"([{"name":"label","datatype":"BYTES","shape":[-1]},
          {"name":"score","datatype":"FP32","shape":[-1]}])");
  std::atomic<bool> ready = true;
  std::atomic<unsigned> triton = 0;  // of what it does not know or has not loaded: 400 or 404
  // Of the first element of the input: status and the outputs, or the whole body where that is a
  // text.
  std::function<std::pair<unsigned, nlohmann::json>(const std::string& element)> infer =
      [](const std::string&) {
        return std::pair{200U, nlohmann::json::parse(R"([
            {"name":"label","datatype":"BYTES","shape":[1],"data":["cat"]},
            {"name":"score","datatype":"FP32","shape":[1],"data":[0.75]}])")};
      };
};

// It starts when its URL is asked for: what is set of the script before that it sees.
class inference_server {
 public:
  explicit inference_server(inference_script& script) : script_{script} {}
  [[nodiscard]] std::string url();

 private:
  void start();
  [[nodiscard]] api_response unknown(const std::string& model, bool is_readiness) const;
  [[nodiscard]] api_response readiness() const;
  [[nodiscard]] api_response metadata() const;

  inference_script& script_;
  std::unique_ptr<http_test_server> server_;
};

}  // namespace reprise
