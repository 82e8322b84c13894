// The picture by which the service learns whether what predicts is at work: a small one of its own
// that every predictor can read, whatever the pictures that were sent are like.
//
// Shapes   96 x 96 pixels of 36 colours, a PNG; as a job of no queue, with the uuid "probe"
// Threads  pure
// Source   the library around the matcher, docs/design.md
#pragma once

#include "host/jobs/job.hpp"

namespace reprise {

[[nodiscard]] taken_job make_probe();

}  // namespace reprise
