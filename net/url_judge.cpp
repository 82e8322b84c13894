#include "net/url_judge.hpp"

#include <utility>

#include "net/url.hpp"

namespace reprise {

std::function<void(const std::string& url, done<void> done)> make_url_judge(resolver& names,
                                                                            scheduler& core) {
  return [&names, &core](const std::string& url, done<void> done) {
    const auto checked = parse_url(url);
    if (!checked) return done(checked.error());
    names.resolve(checked->host, core.clock().steady() + url_judge_wait_max,
                  [done = std::move(done)](const resolved& found) {
                    if (!found && found.error().reason == gap_reason::blocked) {
                      return done(failure{errc::url_blocked, found.error().what});
                    }
                    done(outcome<void>{});
                  });
  };
}

}  // namespace reprise
