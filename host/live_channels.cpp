// Channels that are made, changed and removed, each in its name's turn.
#include <utility>

#include "host/channel_name.hpp"
#include "host/live_service_parts.hpp"

namespace reprise {
namespace {

failure too_many_turns() {
  return {errc::overloaded, "too many requests wait for this channel"};
}

failure refused_by_engine(errc code) {
  if (code == errc::parameter_out_of_range) {
    return {errc::out_of_range, "the engine does not take these settings"};
  }
  return {errc::host_memory, "there is no memory for another channel"};
}

}  // namespace

void joined_service::put_channel(std::string name, channel_settings settings,
                                 done<put_answer> done) {
  if (is_refused_by_phase(done)) return;
  if (!is_channel_name(name)) {
    return refuse(done, {errc::field_invalid, "this is no channel's name", "/name"});
  }
  if (const auto wrong = out_of_range(core_.settings_of(settings))) {
    return refuse(done, {errc::out_of_range,
                         std::string{wrong->name} + " must be " + std::string{wrong->expected},
                         std::string{"/"}.append(wrong->name)});
  }
  const auto in_turn = [this, name, settings = std::move(settings), done] {
    const auto then = [this, name, done](outcome<put_answer> answered) {
      core_.turns.leave(name);
      done(std::move(answered));
    };
    channel_lane* lane = core_.lane(name);
    if (lane != nullptr) {
      change_channel(*lane, settings, then);
    } else {
      add_channel(name, settings, then);
    }
  };
  if (!core_.turns.try_enter(name, in_turn)) refuse(done, too_many_turns());
}

void joined_service::add_channel(const std::string& name, channel_settings settings,
                                 done<put_answer> asker) {
  if (core_.lanes.size() + adding_ >= core_.options.channels_max) {
    return refuse(asker, {errc::host_memory, "there are as many channels as there may be"});
  }
  ++adding_;
  const auto done = [this, asker = std::move(asker)](outcome<put_answer> answered) {
    --adding_;
    asker(std::move(answered));
  };
  const engine_slot slot = core_.next_slot++;
  const search_settings searched_by = core_.settings_of(settings);
  core_.add_slot({slot, searched_by},
                 [=, this, settings = std::move(settings)](const result<std::string>& backend) {
                   if (!backend) return done(refused_by_engine(backend.error()));
                   pipeline_.write_state<stored_channel>(
                       [name, settings, now = core_.link.tick()](state_writer& writer) {
                         return writer.add_channel(name, settings, now);
                       },
                       [=, this, backend = *backend](outcome<stored_channel> added) {
                         if (!added) {
                           core_.ask_engine(
                               [slot](live_engine& engine) {
                                 engine.remove(slot);
                                 return true;
                               },
                               [](bool) {});
                           return done(added.error());
                         }
                         channel_lane& lane = add_lane(*added);
                         lane.slot = slot;
                         lane.searched_by = searched_by;
                         lane.entry->loaded = true;
                         lane.entry->engine = backend;
                         lane.matched_through = -1;  // whatever comes is to be searched
                         if (core_.settings_of(settings) != searched_by) {
                           lane.mark_dirty(core_.link.steady());
                         }
                         done(put_answer{true});
                       });
                 });
}

void joined_service::change_channel(channel_lane& lane, channel_settings settings,
                                    done<put_answer> done) {
  const channel_number number = lane.entry->number;
  pipeline_.write_state<void>(
      [number, settings](state_writer& writer) { return writer.change_channel(number, settings); },
      [this, number, settings, done](const outcome<void>& changed) {
        if (!changed) return done(changed.error());
        channel_lane& of = *core_.lane(number);
        core_.book.change(*of.entry, settings);
        // A history that is being loaded may be by the old settings: it is loaded once more.
        if (of.loading || core_.settings_of(settings) != of.searched_by) {
          of.mark_dirty(core_.link.steady() - history_loader::settle_max);
        }
        done(put_answer{false});
      });
}

void joined_service::remove_channel(std::string name, done<void> done) {
  if (is_refused_by_phase(done)) return;
  const auto in_turn = [this, name, done] {
    channel_lane* lane = core_.lane(name);
    if (lane == nullptr) {
      core_.turns.leave(name);
      return refuse(done, {errc::not_found, "there is no such channel"});
    }
    const channel_number number = lane->entry->number;
    pipeline_.write_state<void>(
        [number](state_writer& writer) { return writer.remove_channel(number); },
        [this, name, number, done](outcome<void> removed) {
          if (removed) erase_channel(number);
          core_.turns.leave(name);
          done(std::move(removed));
        });
  };
  if (!core_.turns.try_enter(name, in_turn)) refuse(done, too_many_turns());
}

// What is still on its way finds no lane, and ends there.
void joined_service::erase_channel(channel_number number) {
  channel_lane& lane = *core_.lane(number);
  for (auto& [time, caller] : lane.callers) {
    refuse(caller, {errc::not_found, "the channel was removed"});
  }
  core_.ask_engine(
      [slot = lane.slot, lost = lane.lost_slot](live_engine& engine) {
        engine.remove(slot);
        engine.remove(lost);
        return true;
      },
      [](bool) {});
  core_.parts.deliveries.forget(number);
  core_.book.erase(*lane.entry);
  core_.lanes.erase(number);
  pipeline_.forget(number);
}

}  // namespace reprise
