// Small classifiers in the ONNX format, written byte by byte: the mean of each colour plane, then
// one output a label, then a softmax if asked for.
//
// Shapes   input [1, 3, side, side] red, green, blue; output k is the sum of plane means times
//          weights[k]
// Errors   none
// Source   onnx.proto3 of the Open Neural Network Exchange; protocol buffers' wire format
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

struct onnx_model {
  std::vector<std::array<float, 3>> weights;
  bool softmax = true;
  std::uint64_t side = 8;

  [[nodiscard]] std::string bytes() const {
    std::string graph = node("GlobalAveragePool", {"image"}, "means");
    graph += node("Flatten", {"means"}, "flat", whole_attribute("axis", 1));
    graph += node("Gemm", {"flat", "weights", "bias"}, softmax ? "sums" : "shares",
                  whole_attribute("transB", 1));
    if (softmax) graph += node("Softmax", {"sums"}, "shares", whole_attribute("axis", 1));
    graph += field(2, std::string{"classifier"});
    std::vector<float> all;
    for (const auto& each : weights) all.insert(all.end(), each.begin(), each.end());
    graph += field(5, tensor("weights", {weights.size(), 3}, all));
    graph += field(5, tensor("bias", {weights.size()}, std::vector<float>(weights.size(), 0)));
    graph += field(11, value("image", {1, 3, side, side}));
    graph += field(12, value("shares", {1, weights.size()}));
    return field(1, 7) + field(8, field(1, std::string{}) + field(2, 11)) + field(7, graph);
  }

 private:
  static std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    return bytes += static_cast<char>(value);
  }
  static std::string field(std::uint64_t number, std::uint64_t value) {
    return varint(number << 3) + varint(value);
  }
  static std::string field(std::uint64_t number, const std::string& bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
  }
  static std::string whole_attribute(const std::string& name, std::uint64_t value) {
    constexpr std::uint64_t type_int = 2;
    return field(5, field(1, name) + field(3, value) + field(20, type_int));
  }
  static std::string node(const std::string& type, const std::vector<std::string>& inputs,
                          const std::string& output, const std::string& attributes = {}) {
    std::string body;
    for (const std::string& each : inputs) body += field(1, each);
    body += field(2, output) + field(3, "make_" + output) + field(4, type) + attributes;
    return field(1, body);
  }
  static std::string tensor(const std::string& name, const std::vector<std::uint64_t>& sides,
                            const std::vector<float>& numbers) {
    constexpr std::uint64_t type_float = 1;
    std::string body;
    for (const std::uint64_t side_of : sides) body += field(1, side_of);
    std::string raw;
    for (const float number : numbers) {
      const auto bits = std::bit_cast<std::uint32_t>(number);
      for (int shift = 0; shift < 32; shift += 8) raw += static_cast<char>(bits >> shift & 0xff);
    }
    return body + field(2, type_float) + field(8, name) + field(9, raw);
  }
  static std::string value(const std::string& name, const std::vector<std::uint64_t>& sides) {
    constexpr std::uint64_t type_float = 1;
    std::string shape;
    for (const std::uint64_t side_of : sides) shape += field(1, field(1, side_of));
    return field(1, name) + field(2, field(1, field(1, type_float) + field(2, shape)));
  }
};

}  // namespace reprise
