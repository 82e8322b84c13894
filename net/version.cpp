#include "net/version.hpp"

namespace reprise {
namespace {

#ifdef __clang__
constexpr const char compiler[] = "clang " __clang_version__;
#else
constexpr const char compiler[] = "gcc " __VERSION__;
#endif

}  // namespace

std::string version_line() {
  return "reprise " REPRISE_VERSION "\n";
}

std::string version_json() {
  std::string text = "{\"name\":\"reprise\",\"version\":\"" REPRISE_VERSION "\",\"compiler\":\"";
  text.append(compiler).append("\",\"cuda\":").append(REPRISE_WITH_CUDA ? "true" : "false");
  return text.append("}\n");
}

}  // namespace reprise
