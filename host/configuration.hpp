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

enum class predictor_kind { library, onnx, http };

struct prediction_settings {
  predictor_kind predictor = predictor_kind::library;
  std::uint32_t neighbours = 5;  // of a library, that vote
  std::string model;             // onnx: its file; http: its name at the server
  std::string labels;            // a file, one a line
  std::uint32_t input_width = 224;
  std::uint32_t input_height = 224;
  std::vector<double> mean = {0.0};  // taken off each channel: one number, or red, green, blue
  double scale = 1.0 / 255;          // times what is left
  std::string url;                   // http: the server
  std::uint32_t deadline_ms = 10'000;
  std::uint32_t workers = 2;
  std::int64_t jobs_max = 10'000;
  std::int64_t jobs_bytes_max = std::int64_t{2} << 30;
  std::uint32_t tries_max = 5;
  std::int64_t keep_seconds = 604'800;  // predictions that have ended
  friend bool operator==(const prediction_settings&, const prediction_settings&) = default;
};

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
  struct {
    std::string url = "http://127.0.0.1:8090/v1/selfie";
    std::int64_t deadline_ms = 5'000;  // of a picture, tries and waits with it
    std::int64_t retries = 2;
    std::int64_t calls_max = 4;      // at once
    std::int64_t waiting_max = 256;  // for them
    std::int64_t breaker_failures = 5;
    std::int64_t breaker_pause_ms = 5'000;
    std::int64_t faces_max = 6;  // of a picture
  } encoder;
  struct {
    std::int64_t keep_seconds = 86'400;  // behind their last use
    std::int64_t images_max = 5;         // of a session
    std::int64_t sessions_max = 100'000;
    std::int64_t pictures_max = 100'000;  // whose encodings are kept; more where sessions have them
    std::int64_t pictures_keep_seconds = 2'592'000;     // behind their last use
    std::int64_t cache_bytes = std::int64_t{64} << 20;  // of encodings, before the database
  } sessions;
  prediction_settings predictions;
  channel_defaults defaults;
};

}  // namespace reprise
