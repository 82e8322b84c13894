#include "net/api_routes.hpp"

#include <memory>

#include "net/analysis_routes.hpp"
#include "net/channel_routes.hpp"
#include "net/delivery_event_routes.hpp"
#include "net/delivery_routes.hpp"
#include "net/event_route.hpp"
#include "net/fingerprint_routes.hpp"
#include "net/health_routes.hpp"
#include "net/match_routes.hpp"
#include "net/metrics_route.hpp"
#include "net/moving_average_route.hpp"
#include "net/openapi.hpp"
#include "net/prediction_routes.hpp"
#include "net/report_route.hpp"
#include "net/session_routes.hpp"
#include "net/video_import_route.hpp"
#include "net/video_routes.hpp"

namespace reprise {

std::vector<route> make_api_routes(const api_parts& parts) {
  const auto changes = std::make_shared<channel_changes>(parts.core.api());
  std::vector<route> table;
  add_report_route(table, parts, changes);
  add_channel_routes(table, parts, changes);
  add_fingerprint_routes(table, parts);
  add_match_routes(table, parts);
  add_event_route(table, parts);
  add_delivery_routes(table, parts);
  add_video_routes(table, parts);
  add_video_import_route(table, parts);
  add_analysis_routes(table, parts);
  add_delivery_event_routes(table, parts);
  add_moving_average_route(table, parts);
  add_prediction_routes(table, parts);
  add_session_routes(table, parts);
  add_health_routes(table, parts);
  add_metrics_route(table, parts);
  add_openapi_route(table);
  return table;
}

}  // namespace reprise
