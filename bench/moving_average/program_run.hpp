// Runs of other programs, with what they took.
//
// Errors   io_failed where a program cannot be started or does not end with status 0
// Threads  waits for the program
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise::bench {

// Its standard output goes to the file `output`, which is emptied or made. The wall time in
// seconds, from before it is started until it has ended.
[[nodiscard]] outcome<double> time_program(const std::vector<std::string>& words,
                                           const std::string& output);

// What it prints, of a few KB.
[[nodiscard]] outcome<std::string> output_of_program(const std::vector<std::string>& words);

// Its standard input is what `make` gives, piece by piece, until it gives an empty one; its output
// goes nowhere. The most memory that it has had resident, in bytes, when it had read all of it.
[[nodiscard]] outcome<double> peak_bytes_of_program(const std::vector<std::string>& words,
                                                    const std::function<std::string()>& make);

}  // namespace reprise::bench
