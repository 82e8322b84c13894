#include "net/channel_routes.hpp"

#include <array>
#include <utility>

#include "host/channel_name.hpp"
#include "host/gap_account.hpp"
#include "net/channel_json.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> json_body = {"application/json"};
constexpr std::array<std::string_view, 2> patch_body = {"application/merge-patch+json",
                                                        "application/json"};

class channel_routes {
 public:
  channel_routes(const api_parts& parts, std::shared_ptr<channel_changes> changes)
      : parts_{parts}, changes_{std::move(changes)} {}

  net::awaitable<api_response> list(api_request request);
  net::awaitable<api_response> put(api_request request);
  net::awaitable<api_response> get(api_request request);
  net::awaitable<api_response> patch(api_request request);
  net::awaitable<api_response> erase(api_request request);

 private:
  struct view {
    channel_entry entry;
    channel_defaults defaults;
  };
  struct patched_settings {
    channel_settings whole;
    channel_settings new_urls;  // and nothing else
  };
  net::awaitable<outcome<patched_settings>> patched(std::string name, std::string patch) const;
  net::awaitable<outcome<view>> find(std::string name) const;
  net::awaitable<outcome<void>> judge(channel_settings settings) const;
  net::awaitable<outcome<put_answer>> store(std::string name, channel_settings settings) const;
  net::awaitable<api_response> shown(unsigned status, std::string name, std::string id) const;

  const api_parts& parts_;
  std::shared_ptr<channel_changes> changes_;
};

net::awaitable<outcome<channel_routes::view>> channel_routes::find(std::string name) const {
  const auto look = [&parts = parts_, name = std::move(name)]() -> outcome<view> {
    const channel_entry* entry = parts.service.book().find(name);
    if (entry == nullptr) return no_such_channel(parts.service, name);
    return view{*entry, parts.defaults};
  };
  return parts_.core.ask(look);
}

net::awaitable<outcome<channel_routes::patched_settings>> channel_routes::patched(
    std::string name, std::string patch) const {
  const auto found = co_await find(std::move(name));
  if (!found) co_return found.error();
  const channel_settings& before = found->entry.settings;
  auto settings = patch_channel_settings(before, patch, found->defaults);
  if (!settings) co_return settings.error();
  patched_settings made{std::move(*settings), {}};
  if (made.whole.source_url != before.source_url) made.new_urls.source_url = made.whole.source_url;
  if (made.whole.reporting_url != before.reporting_url) {
    made.new_urls.reporting_url = made.whole.reporting_url;
  }
  co_return made;
}

net::awaitable<outcome<void>> channel_routes::judge(channel_settings settings) const {
  if (auto judged = co_await judge_url(parts_, settings.source_url, "/source_url"); !judged) {
    co_return judged;
  }
  co_return co_await judge_url(parts_, settings.reporting_url, "/reporting_url");
}

net::awaitable<outcome<put_answer>> channel_routes::store(std::string name,
                                                          channel_settings settings) const {
  const auto put = [&service = parts_.service, name = std::move(name),
                    settings = std::move(settings)](done<put_answer> done) {
    service.put_channel(name, settings, std::move(done));
  };
  return parts_.core.ask_for<put_answer>(put);
}

net::awaitable<api_response> channel_routes::shown(unsigned status, std::string name,
                                                   std::string id) const {
  auto found = co_await find(std::move(name));
  if (!found) co_return problem_of(found.error(), id);
  auto question = [&service = parts_.service, number = found->entry.number](done<gap_counts> done) {
    service.read_gaps(number, std::move(done));
  };
  const auto gaps = co_await parts_.core.ask_for<gap_counts>(std::move(question));
  if (gaps) count_gaps_of(found->entry, *gaps);  // else what was counted last
  std::string body;
  append_channel(body, found->entry, found->defaults);
  auto answer = json_answer(status, std::move(body));
  if (status == 201) answer.headers.push_back({"Location", "/channels/" + found->entry.name});
  co_return answer;
}

net::awaitable<api_response> channel_routes::list(api_request request) {
  const auto asked = page_asked(request);
  if (!asked) co_return problem_of(asked.error(), request.request_id);
  const std::string behind = asked->cursor.value_or("");
  if (asked->cursor && !is_channel_name(behind)) {
    co_return problem_of(as_paging_fault({errc::usage, {}, {}}), request.request_id);
  }
  struct page_of_channels {
    std::vector<channel_entry> entries;
    channel_defaults defaults;
  };
  const std::size_t limit = asked->limit;
  const auto list = [&parts = parts_, behind, limit] {
    page_of_channels made{{}, parts.defaults};
    for (const channel_entry* each : parts.service.book().list(behind, limit + 1)) {
      made.entries.push_back(*each);
    }
    return made;
  };
  auto listed = co_await parts_.core.ask(list);
  if (!listed) co_return problem_of(listed.error(), request.request_id);
  const bool more = listed->entries.size() > limit;
  if (more) listed->entries.pop_back();
  page_text text;
  for (const channel_entry& each : listed->entries) {
    append_channel(text.next_item(), each, listed->defaults);
  }
  std::optional<std::string> next;
  if (more) next = listed->entries.back().name;
  co_return json_answer(200, text.finish(next));
}

net::awaitable<api_response> channel_routes::get(api_request request) {
  auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  co_return co_await shown(200, std::move(*name), request.request_id);
}

net::awaitable<api_response> channel_routes::put(api_request request) {
  const auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  const auto defaults = co_await parts_.core.ask([&parts = parts_] { return parts.defaults; });
  if (!defaults) co_return problem_of(defaults.error(), request.request_id);
  auto settings = parse_channel_settings(request.body, *defaults);
  if (!settings) co_return problem_of(settings.error(), request.request_id);
  if (const auto judged = co_await judge(*settings); !judged) {
    co_return problem_of(judged.error(), request.request_id);
  }
  auto turn = co_await changes_->take_turn(*name);
  if (!turn) co_return problem_of({errc::stopping, "given up", {}}, request.request_id);
  const auto stored = co_await store(*name, std::move(*settings));
  turn.reset();
  if (!stored) co_return problem_of(stored.error(), request.request_id);
  co_return co_await shown(stored->created ? 201 : 200, *name, request.request_id);
}

// Looking up a name may take long: that is done before the turn, on what the channel is then; URLs
// that the patch does not set are not its business.
net::awaitable<api_response> channel_routes::patch(api_request request) {
  const auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  auto settings = co_await patched(*name, request.body);
  if (!settings) co_return problem_of(settings.error(), request.request_id);
  if (const auto judged = co_await judge(std::move(settings->new_urls)); !judged) {
    co_return problem_of(judged.error(), request.request_id);
  }
  auto turn = co_await changes_->take_turn(*name);
  if (!turn) co_return problem_of({errc::stopping, "given up", {}}, request.request_id);
  settings = co_await patched(*name, request.body);
  if (!settings) co_return problem_of(settings.error(), request.request_id);
  const auto stored = co_await store(*name, std::move(settings->whole));
  turn.reset();
  if (!stored) co_return problem_of(stored.error(), request.request_id);
  co_return co_await shown(200, *name, request.request_id);
}

net::awaitable<api_response> channel_routes::erase(api_request request) {
  const auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  const auto turn = co_await changes_->take_turn(*name);
  if (!turn) co_return problem_of({errc::stopping, "given up", {}}, request.request_id);
  const auto remove = [&service = parts_.service, name = *name](done<void> done) {
    service.remove_channel(name, std::move(done));
  };
  const auto erased = co_await parts_.core.ask_for<void>(remove);
  if (!erased) co_return problem_of(erased.error(), request.request_id);
  co_return json_answer(204, {});
}

}  // namespace

net::awaitable<std::optional<channel_changes::turn>> channel_changes::take_turn(std::string name) {
  std::erase_if(gates_, [](const auto& each) { return each.second.expired(); });
  auto& known = gates_[std::move(name)];
  auto taken = known.lock();
  if (taken == nullptr) known = taken = std::make_shared<gate>(api_, 1);
  const auto [error] = co_await taken->async_send(error_code{}, as_result);
  if (error) co_return std::nullopt;
  co_return turn{std::move(taken)};
}

failure no_such_channel(const live_service& service, std::string_view name) {
  if (service.phase().word == "starting") return {errc::loading, "the channels are being read", {}};
  return {errc::not_found, "there is no channel " + std::string{name}, {}};
}

net::awaitable<outcome<void>> judge_url(const api_parts& parts, std::string url,
                                        std::string field) {
  if (url.empty()) co_return outcome<void>{};
  const auto judge = [&parts, url = std::move(url)](done<void> done) {
    parts.judge_url(url, std::move(done));
  };
  auto judged = co_await parts.core.ask_for<void>(judge);
  if (judged) co_return judged;
  failure failed = judged.error();
  failed.field = std::move(field);
  co_return failed;
}

net::awaitable<outcome<channel_number>> number_of(const api_parts& parts, std::string name) {
  const auto look = [&parts, name = std::move(name)]() -> outcome<channel_number> {
    const channel_entry* entry = parts.service.book().find(name);
    if (entry == nullptr) return no_such_channel(parts.service, name);
    return entry->number;
  };
  return parts.core.ask(look);
}

void add_channel_routes(std::vector<route>& table, const api_parts& parts,
                        std::shared_ptr<channel_changes> changes) {
  const auto made = std::make_shared<channel_routes>(parts, std::move(changes));
  constexpr std::string_view one = "/channels/{name}";
  add_route(table, "GET", "/channels", made, &channel_routes::list);
  add_route(table, "GET", one, made, &channel_routes::get);
  add_route(table, "DELETE", one, made, &channel_routes::erase);
  route& put = add_route(table, "PUT", one, made, &channel_routes::put);
  put.body_bytes_max = channel_body_bytes_max;
  put.content_types = json_body;
  route& patch = add_route(table, "PATCH", one, made, &channel_routes::patch);
  patch.body_bytes_max = channel_body_bytes_max;
  patch.content_types = patch_body;
}

}  // namespace reprise
