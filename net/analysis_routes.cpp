#include "net/analysis_routes.hpp"

#include <memory>
#include <utility>

#include "host/feature_importance.hpp"
#include "host/json_text.hpp"
#include "net/http_text.hpp"
#include "net/route_values.hpp"
#include "net/video_routes.hpp"

namespace reprise {
namespace {

constexpr std::string_view importance_path = "/videos/analysis/feature-importance";

struct importance_request {
  training_key key;
  std::size_t top = features_count;
  std::optional<std::int64_t> revision;
};

outcome<importance_request> importance_asked(const api_request& request) {
  importance_request asked;
  if (const std::string* name = request.asked("model")) {
    const auto model = train::parse_model(*name);
    if (!model) return failure{errc::field_invalid, "model must be gbm or forest", "model"};
    asked.key.model = *model;
  }
  const auto top = integer_asked(request, "top");
  if (!top) return top.error();
  if (*top) {
    if (**top < 1 || **top > static_cast<std::int64_t>(features_count)) {
      return failure{errc::out_of_range, "top must be from 1 to 256", "top"};
    }
    asked.top = static_cast<std::size_t>(**top);
  }
  const auto tvshow = label_asked(request, "tvshow");
  if (!tvshow) return tvshow.error();
  asked.key.tvshow = tvshow->value_or("");
  const auto revision = integer_asked(request, "revision");
  if (!revision) return revision.error();
  asked.revision = *revision;
  return asked;
}

// Where what was asked for can be asked for again, as long as it takes.
std::string url_of(const importance_request& asked, std::int64_t revision) {
  std::string url{importance_path};
  url.append("?model=").append(to_string(asked.key.model)).append("&top=");
  append_number(url, static_cast<std::int64_t>(asked.top));
  if (!asked.key.tvshow.empty()) url.append("&tvshow=").append(percent_encoded(asked.key.tvshow));
  append_number(url += "&revision=", revision);
  return url;
}

class analysis_routes {
 public:
  explicit analysis_routes(library_desk& desk) : desk_{desk} {}

  net::awaitable<api_response> confusion(api_request request) {
    return compared(std::move(request), [](const label_counts& counts) -> outcome<std::string> {
      const auto made = make_confusion_matrix(counts);
      if (!made) return made.error();
      return json_of(*made);
    });
  }
  net::awaitable<api_response> performance(api_request request) {
    return compared(std::move(request), [](const label_counts& counts) -> outcome<std::string> {
      const auto made = make_performance_metrics(counts);
      if (!made) return made.error();
      return json_of(*made);
    });
  }
  net::awaitable<api_response> importance(api_request request);

 private:
  using comparison = outcome<std::string> (*)(const label_counts&);
  net::awaitable<api_response> compared(api_request request, comparison compare);

  library_desk& desk_;
};

net::awaitable<api_response> analysis_routes::compared(api_request request, comparison compare) {
  const auto tvshow = label_asked(request, "tvshow");
  if (!tvshow) co_return problem_of(tvshow.error(), request.request_id);
  const auto look = [&desk = desk_, tvshow = *tvshow, compare]() -> outcome<std::string> {
    const auto counts = desk.shown().counts(tvshow);
    if (!counts) return counts.error();
    return compare(*counts);
  };
  auto text = co_await desk_.to_reader().ask(look);
  if (!text) co_return problem_of(text.error(), request.request_id);
  co_return json_answer(200, std::move(*text));
}

net::awaitable<api_response> analysis_routes::importance(api_request request) {
  const auto asked = importance_asked(request);
  if (!asked) co_return problem_of(asked.error(), request.request_id);
  const auto now =
      co_await desk_.to_reader().ask([&desk = desk_] { return desk.shown().revision(); });
  if (!now) co_return problem_of(now.error(), request.request_id);
  const auto newest = static_cast<std::int64_t>(*now);
  const std::int64_t revision = asked->revision.value_or(newest);
  if (revision < 0 || revision > newest) {
    const failure beyond{errc::out_of_range, "revision must be from 0 to " + std::to_string(newest),
                         "revision"};
    co_return problem_of(beyond, request.request_id);
  }
  const auto learnt = co_await desk_.learn(asked->key, revision);
  if (!learnt) co_return problem_of(learnt.error(), request.request_id);
  if (*learnt) {
    co_return json_answer(200, importance_json(asked->key.model, (*learnt)->gains, asked->top));
  }
  const std::string url = url_of(*asked, revision);
  std::string body = R"({"status":"training","url":)";
  append_json_string(body, url);
  auto answer = json_answer(202, std::move(body += '}'));
  answer.headers.push_back({"Location", url});
  co_return answer;
}

}  // namespace

void add_analysis_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<analysis_routes>(parts.library);
  const auto add = [&](std::string_view pattern, auto member) {
    add_route(table, "GET", pattern, made, member).while_loading = true;
  };
  add("/videos/analysis/confusion-matrix", &analysis_routes::confusion);
  add("/videos/analysis/performance-metrics", &analysis_routes::performance);
  add(importance_path, &analysis_routes::importance);
}

}  // namespace reprise
