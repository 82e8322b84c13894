#include "host/feature_importance.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "host/helper_process.hpp"
#include "host/json_text.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr const char* program = "reprise-train";
constexpr std::size_t sent_bytes_min = 64 * 1024;

outcome<void> check_table(const training_table& table, const train::header& head) {
  if (table.rows < training_rows_min) {
    return failure{errc::data_insufficient,
                   "a training takes " + std::to_string(training_rows_min) +
                       " labelled videos at least; there are " + std::to_string(table.rows)};
  }
  if (table.labels < 2) {
    return failure{errc::data_insufficient, "all videos have one label: there is nothing to tell"};
  }
  return train::check(head);
}

failure failure_of(const train::failed& said, const training_limits& limits) {
  switch (said.why) {
    case train::reason::indistinct:
      return {errc::data_insufficient, "no feature tells the labels apart"};
    case train::reason::memory:
      return {errc::helper_failed, std::string{program} + " needs more than its limit of " +
                                       std::to_string(limits.memory_bytes_max >> 20) + " MiB"};
    case train::reason::request:
    case train::reason::library:
      break;
  }
  return {errc::helper_failed, std::string{program} + ": " + printable(said.text)};
}

failure unlike_announced(const training_table& table, std::uint32_t rows) {
  return {errc::parameter_out_of_range, "a training of " + std::to_string(table.rows) +
                                            " rows was given " + std::to_string(rows)};
}

// The whole request, in pieces of some rows.
outcome<void> send_table(helper_process& helper, const training_table& table,
                         const train::header& head, const training_limits& limits) {
  std::vector<std::byte> bytes = train::encode(head);
  std::uint32_t rows = 0;
  const auto take = [&](std::uint32_t label, std::span<const double> features) -> outcome<void> {
    if (++rows > table.rows) return unlike_announced(table, rows);
    if (label >= table.labels || features.size() != table.features) {
      return failure{errc::parameter_out_of_range,
                     "row " + std::to_string(rows) + " is not of the table announced"};
    }
    const outcome<void> made = train::append_row(bytes, label, features);
    if (!made || bytes.size() < sent_bytes_min) return made;
    const outcome<void> sent = helper.write(bytes, limits.silence_max);
    bytes.clear();
    return sent;
  };
  if (const outcome<void> visited = table.visit(take); !visited) return visited.error();
  if (rows != table.rows) return unlike_announced(table, rows);
  if (const outcome<void> sent = helper.write(bytes, limits.silence_max); !sent) {
    return sent.error();
  }
  helper.close_input();
  return {};
}

// All that it says. It may be silent for as long as its whole run.
outcome<std::vector<std::byte>> hear(helper_process& helper, const training_limits& limits) {
  std::vector<std::byte> said;
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const outcome<std::size_t> got = helper.read(buffer, limits.run_max);
    if (!got) return got.error();
    if (*got == 0) return said;
    said.insert(said.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
    if (said.size() > train::reply_bytes_max) {
      return failure{errc::helper_failed, std::string{program} + " says more than any answer"};
    }
  }
}

}  // namespace

outcome<std::vector<double>> feature_gains(const training_table& table, train::model model,
                                           std::uint64_t seed, const training_limits& limits,
                                           const cancel_signal* cancel) {
  const train::header head{model, table.rows, table.features, table.labels, seed};
  if (const outcome<void> checked = check_table(table, head); !checked) return checked.error();
  outcome<helper_process> helper =
      helper_process::start(helper_path(program), {memory_argument(limits.memory_bytes_max)},
                            {.has_input = true,
                             .priority = thread_priority::lowest,
                             .run_max = limits.run_max,
                             .cancel = cancel});
  if (!helper) return helper.error();
  const outcome<void> sent = send_table(*helper, table, head, limits);
  // A helper that reads no more may have said why.
  if (!sent && sent.error().code != errc::output_closed) return sent.error();
  const outcome<std::vector<std::byte>> said = hear(*helper, limits);
  if (!said) return said.error();
  if (const outcome<void> ended = helper->finish(limits.silence_max); !ended) return ended.error();
  outcome<train::reply> reply = train::decode_reply(*said, table.features);
  if (!reply) return reply.error();
  if (const auto* wrong = std::get_if<train::failed>(&*reply)) return failure_of(*wrong, limits);
  if (!sent) return failure{errc::helper_failed, std::string{program} + " did not read all rows"};
  return std::get<train::gains>(std::move(*reply));
}

std::vector<std::size_t> greatest_gains(std::span<const double> gains, std::size_t top) {
  std::vector<std::size_t> order(gains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return gains[a] > gains[b]; });
  order.resize(std::min(top, order.size()));
  return order;
}

std::string importance_json(train::model model, std::span<const double> gains, std::size_t top) {
  std::string out = R"({"model":")" + std::string{to_string(model)} + R"(","features":[)";
  for (const std::size_t feature : greatest_gains(gains, top)) {
    if (out.back() == '}') out += ',';
    out += R"({"feature":)";
    append_number(out, static_cast<std::int64_t>(feature));
    out += R"(,"gain":)";
    append_number(out, gains[feature]);
    out += '}';
  }
  return out + "]}";
}

}  // namespace reprise
