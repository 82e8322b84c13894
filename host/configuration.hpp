// The configuration of the service, whole and checked. How it is read: net/configuration_file.hpp.
//
// Threads  immutable once made; shared
// Source   configuration, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/engine.hpp"

namespace reprise {

struct configuration {
  struct {
    std::string listen = "127.0.0.1:8080";
  } server;
  struct {
    std::string dir = "./reprise-data";
    std::int64_t matches_keep_seconds = 604'800;
    std::int64_t repeats_keep_seconds = 2'592'000;
    std::int64_t deliveries_keep_seconds = 604'800;
  } data;
  struct {
    engine_kind backend = engine_kind::automatic;
    bool standby = false;               // the CPU runs along with every device
    std::int64_t memory_bytes_max = 0;  // of the host, for histories; 0: what the machine allows
  } engine;
  struct {
    std::vector<std::string> allow;  // networks, "127.0.0.0/8"
    std::string ca_file;             // empty: the system's authorities alone
  } egress;
  struct {
    std::uint32_t deadline_ms = 800;
  } poll;
  struct {
    std::int64_t import_bytes_max = std::int64_t{1} << 30;  // of one upload of videos
    std::int64_t import_rows_max = 250'000;                 // of one file of videos
  } library;
  struct {
    std::vector<std::uint32_t> windows = {10};   // minutes; those that are kept, and told
    std::int64_t events_keep_seconds = 604'800;  // behind their receipt
    bool own_reports = true;                     // are delivery events, too
  } moving_averages;
  channel_defaults defaults;
};

}  // namespace reprise
