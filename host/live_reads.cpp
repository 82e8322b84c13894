// What others read of the stores and write into the state: no tick passes here.
#include <algorithm>
#include <utility>

#include "host/gap_account.hpp"
#include "host/live_service_parts.hpp"

namespace reprise {

void joined_service::read_gaps(channel_number channel, done<gap_counts> done) {
  const channel_lane* lane = core_.lane(channel);
  if (lane == nullptr) {
    return core_.link.post([done = std::move(done)] {
      done(failure{errc::not_found, "the channel is not there any more"});
    });
  }
  const gap_span within = gap_span_of(*lane->entry, core_.link.tick(),
                                      core_.settings_of(lane->entry->settings).window_seconds);
  read<gap_counts>(
      [&reader = *core_.parts.history_at.reader, within] { return count_gaps(reader, within); },
      std::move(done));
}

void joined_service::read_history(channel_number channel, std::int64_t from, std::int64_t to,
                                  std::size_t count_max, done<std::vector<recorded_second>> done) {
  read<std::vector<recorded_second>>(
      [&reader = *core_.parts.history_at.reader, channel, from, to, count_max] {
        outcome<std::vector<recorded_second>> got{std::vector<recorded_second>{}};
        if (auto failed = reader.read(channel, from, to, count_max, *got); !failed) {
          got = failed.error();
        }
        return got;
      },
      std::move(done));
}

void joined_service::read_matches(channel_number channel, page_request asked,
                                  done<page<match_row>> done) {
  read<page<match_row>>([&reader = *core_.parts.state_at.reader, channel,
                         asked = std::move(asked)] { return reader.matches(channel, asked); },
                        std::move(done));
}

void joined_service::read_repeats(channel_number channel, page_request asked,
                                  done<page<repeat>> done) {
  read<page<repeat>>([&reader = *core_.parts.state_at.reader, channel,
                      asked = std::move(asked)] { return reader.repeats(channel, asked); },
                     std::move(done));
}

void joined_service::read_deliveries(std::optional<delivery_state> state, page_request asked,
                                     done<page<delivery>> done) {
  read<page<delivery>>([&reader = *core_.parts.state_at.reader, state,
                        asked = std::move(asked)] { return reader.deliveries(state, asked); },
                       std::move(done));
}

void joined_service::read_waiting(std::int64_t after, std::size_t count_max,
                                  done<std::vector<delivery>> done) {
  read<std::vector<delivery>>([&reader = *core_.parts.state_at.reader, after,
                               count_max] { return reader.waiting(after, count_max); },
                              std::move(done));
}

void joined_service::read_waiting_of(std::string sink_url, channel_number channel,
                                     std::size_t count_max, done<std::vector<delivery>> done) {
  read<std::vector<delivery>>(
      [&reader = *core_.parts.state_at.reader, sink_url = std::move(sink_url), channel, count_max] {
        return reader.waiting_of(sink_url, channel, count_max);
      },
      std::move(done));
}

void joined_service::read_outbox(done<outbox_figures> done) {
  read<outbox_figures>([&reader = *core_.parts.state_at.reader] { return reader.outbox(); },
                       std::move(done));
}

void joined_service::read_delivery(std::int64_t id, done<std::optional<delivery>> done) {
  read<std::optional<delivery>>(
      [&reader = *core_.parts.state_at.reader, id] { return reader.delivery_of(id); },
      std::move(done));
}

void joined_service::change_deliveries(std::vector<outcome_change> changed, done<void> done) {
  pipeline_.write_state<void>(
      [changed = std::move(changed)](state_writer& writer) { return writer.change(changed); },
      std::move(done));
}

void joined_service::add_key(stored_key added, done<void> done) {
  if (keys_.size() + keys_coming_ >= keys_max) {
    return refuse(std::move(done), {errc::overloaded, "there are as many keys as there may be"});
  }
  ++keys_coming_;
  pipeline_.write_state<void>([added](state_writer& writer) { return writer.add_key(added); },
                              [this, added, done = std::move(done)](outcome<void> stored) {
                                --keys_coming_;
                                if (stored) keys_.push_back(added);
                                done(std::move(stored));
                              });
}

void joined_service::revoke_key(std::string id, done<bool> done) {
  const std::int64_t now = core_.link.tick();
  pipeline_.write_state<bool>(
      [id, now](state_writer& writer) { return writer.revoke_key(id, now); },
      [this, id, now, done = std::move(done)](outcome<bool> revoked) {
        if (revoked && *revoked) {
          for (stored_key& key : keys_) {
            if (key.id == id && !key.revoked_at) key.revoked_at = now;
          }
        }
        done(std::move(revoked));
      });
}

}  // namespace reprise
