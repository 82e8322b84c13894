// What the commands that read the library share: its options, and output that stands under its name
// when it is complete.
//
// Errors   usage: an output over the library itself; those of library_place.hpp, output_file.hpp
// Threads  one at a time
// Owns     the library and the output file, until it is destroyed
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/library/library_place.hpp"
#include "host/library/video_store.hpp"
#include "host/output_file.hpp"
#include "net/configuration_options.hpp"
#include "net/option_values.hpp"

namespace reprise {

class videos_output {
 public:
  void declare(option_set& options) {
    options.add_value("-o,--output", "FILE", output_,
                      "Where it goes, all or none (default: standard output)");
    configuration_.declare(options);
    options.add_value("--tvshow", "SHOW", tvshow_, "Only videos of this TV show");
  }

  [[nodiscard]] outcome<void> open() {
    if (tvshow_) {
      if (const auto fault = label_fault(*tvshow_)) {
        return failure{errc::usage, "--tvshow: " + *fault};
      }
    }
    const auto read = configuration_.read();
    if (!read) return read.error();
    const std::string& directory = read->made.data.dir;
    if (output_ && is_output_of(*output_, library_path(directory))) {
      return failure{errc::usage, *output_ + ": is the library itself"};
    }
    auto opened = open_library_to_read(directory);
    if (!opened) return opened.error();
    library_ = std::move(*opened);
    reader_ = make_video_reader(*library_);
    if (!output_) return {};
    auto created = create_output_file(*output_);
    if (!created) return created.error();
    file_ = std::move(*created);
    return {};
  }

  // Once it is open.
  [[nodiscard]] video_reader& reader() { return *reader_; }
  [[nodiscard]] byte_sink& sink(const process_streams& streams) {
    return file_ ? *file_ : streams.output;
  }

  [[nodiscard]] const std::optional<std::string>& tvshow() const noexcept { return tvshow_; }
  // Where the output goes to the same terminal, it is progress enough.
  [[nodiscard]] bool shows_progress(const process_streams& streams) const noexcept {
    return streams.messages_terminal && (output_ || !streams.output_terminal);
  }

 private:
  configuration_options configuration_;
  std::optional<std::string> output_, tvshow_;
  std::unique_ptr<library_file> library_;
  std::unique_ptr<video_reader> reader_;
  std::unique_ptr<byte_sink> file_;
};

}  // namespace reprise
