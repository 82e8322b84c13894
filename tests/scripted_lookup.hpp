// Name lookups that answer as a test says, on a scheduler of the test's.
//
// Threads  the scheduler's
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/executor.hpp"
#include "net/name_lookup.hpp"

namespace reprise {

class scripted_lookup final : public name_lookup {
 public:
  explicit scripted_lookup(executor& core) : core_{core} {}

  void start(std::string name, bool known, std::function<void(lookup_result)> done) override {
    ++asked;
    asked_known += known ? 1 : 0;
    if (hanging) {
      hung.push_back(std::move(done));
      return;
    }
    core_.post([answer = answer_to(name), done = std::move(done)] { done(answer); });
  }

  // The answers to a name take turns; the last one stays.
  void script(const std::string& name, std::vector<std::vector<std::string>> answers) {
    answers_[name] = std::move(answers);
    turn_[name] = 0;
  }
  void alternate(bool on) { alternating_ = on; }
  static lookup_result addresses(const std::vector<std::string>& texts) {
    std::vector<net::ip::address> made;
    for (const std::string& text : texts) made.push_back(net::ip::make_address(text));
    return made;
  }

  std::size_t asked = 0, asked_known = 0;
  bool hanging = false;
  bool failing = false;
  std::vector<std::function<void(lookup_result)>> hung;

 private:
  lookup_result answer_to(const std::string& name) {
    const auto found = answers_.find(name);
    if (failing || found == answers_.end()) return lookup_failure{"no such name"};
    std::size_t& turn = turn_[name];
    const std::size_t count = found->second.size();
    const std::size_t now = alternating_ ? turn % count : std::min(turn, count - 1);
    ++turn;
    return addresses(found->second[now]);
  }

  executor& core_;
  std::map<std::string, std::vector<std::vector<std::string>>> answers_;
  std::map<std::string, std::size_t> turn_;
  bool alternating_ = false;
};

}  // namespace reprise
