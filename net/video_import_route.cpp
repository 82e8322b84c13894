#include "net/video_import_route.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "host/library/import_json.hpp"
#include "net/multipart_field.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> form_body = {"multipart/form-data"};
// What clients take a file of CSV for.
constexpr std::array<std::string_view, 5> file_types = {"text/csv", "application/csv", "text/plain",
                                                        "application/vnd.ms-excel",
                                                        "application/octet-stream"};
constexpr std::size_t step_bytes = 262'144;  // go to the uploads' executor at once

// What compressed files begin with: gzip, zip, zstd, xz, bzip2.
constexpr std::array<std::string_view, 5> compressed_marks = {
    "\x1f\x8b", "PK\x03\x04", "\x28\xb5\x2f\xfd", "\xfd\x37zXZ", "BZh"};

outcome<import_policy> policy_asked(const api_request& request) {
  import_policy asked;
  if (const std::string* conflict = request.asked("on_conflict")) {
    if (*conflict == "skip") {
      asked.on_conflict = conflict_policy::skip;
    } else if (*conflict == "replace") {
      asked.on_conflict = conflict_policy::replace;
    } else if (*conflict != "error") {
      return failure{errc::field_invalid, "on_conflict must be error, skip or replace",
                     "on_conflict"};
    }
  }
  if (const std::string* mode = request.asked("mode")) {
    if (*mode == "partial") {
      asked.mode = import_mode::partial;
    } else if (*mode != "whole") {
      return failure{errc::field_invalid, "mode must be whole or partial", "mode"};
    }
  }
  return asked;
}

api_response answer_of(const import_report& report, std::string_view request_id) {
  if (report.imported) return json_answer(200, json_of(report));
  const std::uint64_t count = report.refused.count();
  const std::string detail = (count == 1 ? "1 row was" : std::to_string(count) + " rows were") +
                             " refused; nothing was imported";
  api_response made = problem(422, "rows_refused", detail, {}, request_id);
  made.body.back() = ',';  // the report's members stand beside the problem's
  made.body.append(json_of(report), 1);
  return made;
}

// A body, and why it broke off.
class watched_body final : public request_body {
 public:
  explicit watched_body(request_body& body) : body_{body} {}
  net::awaitable<outcome<std::optional<std::string>>> next() override {
    auto piece = co_await body_.next();
    if (!piece) why_ = piece.error().what;
    co_return piece;
  }
  [[nodiscard]] const std::optional<std::string>& why() const noexcept { return why_; }

 private:
  request_body& body_;
  std::optional<std::string> why_;
};

// An upload on its way, and what there is to tell of it.
class video_upload {
 public:
  video_upload(library_desk& desk, std::string request_id)
      : desk_{desk},
        id_{std::move(request_id)},
        begun_{desk.now()},
        read_{std::make_shared<reading_state>(desk)} {}

  net::awaitable<api_response> run(api_request request, request_body& body, import_policy policy);

 private:
  struct reading_state {
    explicit reading_state(library_desk& desk) : share{desk} {}
    library_desk::staged_share share;
    std::optional<video_import> import;
    std::optional<staged_videos> staged;
  };

  net::awaitable<answer_or<void>> read_file(api_request request, request_body& body);
  net::awaitable<answer_or<void>> read_step(std::string piece);
  net::awaitable<outcome<void>> finish_reading();
  net::awaitable<outcome<import_report>> merge(import_policy policy);
  api_response failed(const failure& why);
  void tell(const import_report* report, std::string_view why) const;

  library_desk& desk_;
  std::string id_;
  steady_time begun_;
  std::shared_ptr<reading_state> read_;
  std::uint64_t bytes_ = 0;
  import_end end_ = import_end::failed;
  std::string why_;
};

net::awaitable<api_response> video_upload::run(api_request request, request_body& body,
                                               import_policy policy) {
  auto read = co_await read_file(std::move(request), body);
  api_response answer;
  std::optional<import_report> report;
  if (!read) {
    answer = read.error();
  } else if (auto merged = co_await merge(policy)) {
    report = std::move(*merged);
    end_ = report->imported ? import_end::imported : import_end::refused;
    answer = answer_of(*report, id_);
  } else {
    answer = failed(merged.error());
  }
  tell(report ? &*report : nullptr, why_);
  desk_.leave_to_uploads(std::move(read_));
  co_return answer;
}

// All of it, to its end: nothing is known to be good before.
net::awaitable<answer_or<void>> video_upload::read_file(api_request request, request_body& body) {
  watched_body watched{body};
  multipart_field file{request, watched, "file", file_types};
  std::string gathered;
  for (;;) {
    auto piece = co_await file.next();
    if (!piece) {
      end_ = watched.why() ? import_end::aborted : import_end::refused;
      why_ = watched.why().value_or("the form is no good");
      co_return piece.error();
    }
    if (desk_.now() - begun_ > library_desk::upload_time_max) {
      end_ = import_end::aborted;
      why_ = "it took too long";
      const std::string minutes = std::to_string(library_desk::upload_time_max.count());
      co_return problem(408, "request_timeout",
                        "an upload has " + minutes + " minutes: send it in parts", {}, id_);
    }
    if (*piece) {
      bytes_ += (*piece)->size();
      gathered += **piece;
      if (gathered.size() < step_bytes) continue;
    }
    auto taken = co_await read_step(std::exchange(gathered, {}));
    if (!taken) co_return taken.error();
    if (!*piece) break;
  }
  if (const auto finished = co_await finish_reading(); !finished) {
    co_return failed(finished.error());
  }
  co_return answer_or<void>{};
}

net::awaitable<answer_or<void>> video_upload::read_step(std::string piece) {
  const bool is_first = bytes_ == piece.size();
  const bool is_compressed =
      is_first && std::any_of(compressed_marks.begin(), compressed_marks.end(),
                              [&](std::string_view mark) { return piece.starts_with(mark); });
  if (is_compressed) {
    end_ = import_end::refused;
    why_ = "the file is compressed";
    co_return problem(415, "unsupported_media_type",
                      "the file is compressed: files are taken as they are", {}, id_);
  }
  const auto take = [&desk = desk_, read = read_, piece = std::move(piece)]() -> outcome<void> {
    if (desk.cancelled().cancelled()) return failure{errc::stopping, "the service is stopping"};
    if (!read->import) {
      auto begun = video_import::begin(desk.directory(), desk.import_rows_max());
      if (!begun) return begun.error();
      read->import.emplace(std::move(*begun));
    }
    const auto done = read->import->read(piece);
    read->share.hold(read->import->bytes());
    return done;
  };
  const auto taken = co_await desk_.to_uploads().ask(take);
  if (!taken) co_return failed(taken.error());
  co_return answer_or<void>{};
}

net::awaitable<outcome<void>> video_upload::finish_reading() {
  const auto finish = [read = read_]() -> outcome<void> {
    auto staged = read->import->finish();
    if (!staged) return staged.error();
    read->share.hold(staged->rows.bytes());
    read->staged.emplace(std::move(*staged));
    return {};
  };
  return desk_.to_uploads().ask(finish);
}

net::awaitable<outcome<import_report>> video_upload::merge(import_policy policy) {
  const auto merge = [&desk = desk_, read = read_, policy] {
    return desk.videos().merge(*read->staged, policy, &desk.cancelled());
  };
  return desk_.to_writer().ask(merge);
}

api_response video_upload::failed(const failure& why) {
  const bool is_data = why.code == errc::data_malformed || why.code == errc::out_of_range;
  end_ = is_data ? import_end::refused : import_end::failed;
  why_ = why.what;
  return problem_of(why, id_);
}

void video_upload::tell(const import_report* report, std::string_view why) const {
  const std::chrono::duration<double> took = desk_.now() - begun_;
  desk_.figures().note_import(end_, report, bytes_, took);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const import_report none;
  const import_report& counts = report == nullptr ? none : *report;
  desk_.log()(end_ == import_end::failed ? log_level::error : log_level::info, "an import ended",
              {{"request_id", id_},
               {"result", std::string{to_string(end_)}},
               {"inserted", std::to_string(counts.inserted)},
               {"present", std::to_string(counts.present)},
               {"replaced", std::to_string(counts.replaced)},
               {"skipped", std::to_string(counts.skipped)},
               {"refused", std::to_string(counts.refused.count())},
               {"bytes", std::to_string(bytes_)},
               {"milliseconds", std::to_string(milliseconds)},
               {"why", std::string{why}}});
}

net::awaitable<api_response> import_videos(library_desk& desk, api_request request,
                                           request_body& body) {
  const auto policy = policy_asked(request);
  if (!policy) co_return problem_of(policy.error(), request.request_id);
  const auto place = desk.take_place();
  if (!place) co_return problem_of(place.error(), request.request_id);
  video_upload begun{desk, request.request_id};
  co_return co_await begun.run(std::move(request), body, *policy);
}

}  // namespace

void add_video_import_route(std::vector<route>& table, const api_parts& parts) {
  route& added = table.emplace_back();
  added.method = "POST";
  added.pattern = "/videos/batch/csv";
  added.while_loading = true;
  added.body_bytes_max = parts.library.import_bytes_max();
  added.content_types = form_body;
  added.handle_body = [&desk = parts.library](api_request request,
                                              request_body& body) -> net::awaitable<api_response> {
    return import_videos(desk, std::move(request), body);
  };
}

}  // namespace reprise
