// Runs the real program and gathers what it prints.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace reprise {

struct program_run {
  int status = -1;  // 128 + the signal that ended it
  std::string output;
  std::string messages;
};

// `environment` adds to ours, in which REPRISE_KERNEL is not set.
program_run run_reprise(const std::vector<std::string>& arguments, const std::string& input = {},
                        const std::map<std::string, std::string>& environment = {});

// As above, with standard output opened anew on `output_path`.
program_run run_reprise_into(const std::string& output_path,
                             const std::vector<std::string>& arguments);

// Its standard output is a pipe whose reader has gone.
program_run run_reprise_unread(const std::vector<std::string>& arguments,
                               const std::string& input = {});

// How else the program can be run. One that prints nothing and does not end within the patience is
// killed, which fails the test.
enum class stream_kind { pipe, unread, terminal, path };
struct program_setting {
  std::string input = {};
  // Standard input stays open behind `input` until this says so of what has been printed.
  std::function<bool(const program_run&)> input_ends = {};
  // Once this says so of what has been printed, the program is interrupted as by Ctrl-C.
  std::function<bool(const program_run&)> interrupts = {};
  std::map<std::string, std::string> environment = {};
  stream_kind output = stream_kind::pipe;
  stream_kind messages = stream_kind::pipe;  // a pipe or a terminal
  std::string output_path = {};
  int patience_ms = 20'000;
};
program_run run_reprise_so(const std::vector<std::string>& arguments,
                           const program_setting& setting);

// A path of tests/data.
std::string data_path(const std::string& name);

// A folder of this test alone, removed behind it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  // The path of a new file that holds `text`.
  std::string file(const std::string& name, const std::string& text) const;
  std::string path;
};

}  // namespace reprise
