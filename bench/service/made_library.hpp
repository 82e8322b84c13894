// A made-up library of labelled videos, and its import over HTTP.
//
// Shapes   features are drawn from a normal distribution; of each label one of the first features
//          lies higher, so that there is something to be learnt. Seeded: the same counts give the
//          same bytes
// Errors   io_failed: no answer, or another than 200
// Threads  waits
#pragma once

#include <cstddef>
#include <string>

#include "host/failure.hpp"
#include "net/plain_client.hpp"

namespace reprise::bench {

// As POST /videos/batch/csv takes it.
[[nodiscard]] std::string form_of_videos(std::size_t videos, std::size_t labels);
[[nodiscard]] outcome<std::string> import_form(plain_client& client, const std::string& url,
                                               std::string form);

}  // namespace reprise::bench
