// POST /videos/batch/csv: labelled videos as a file of CSV, taken as it comes and imported in one
// transaction.
//
// Shapes   {"inserted","present","replaced","skipped","refused","errors":[{"line","reason"}]}, the
//          first refusals_told_max refused rows
// Errors   422 rows_refused, with the same: nothing was imported. 422 data_malformed: the file is
//          no CSV of videos; 415: it is compressed; those of multipart_field.hpp; overloaded
// Threads  the API's executor; the file is read on the uploads' and merged on the writer's
// Source   the library around the matcher and uploads, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_video_import_route(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
