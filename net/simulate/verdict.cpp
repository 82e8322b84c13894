#include "net/simulate/verdict.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace reprise::simulate {
namespace {

std::string listed(const std::vector<std::int64_t>& times) {
  std::string text = "[";
  for (const std::int64_t time : times) {
    if (text.size() > 1) text += ',';
    text += std::to_string(time);
  }
  return text + "]";
}

class channel_judge {
 public:
  channel_judge(const channel_evidence& evidence, matcher& exact)
      : evidence_{evidence}, exact_{exact} {
    judged_.name = evidence.name;
  }

  outcome<channel_verdict> judge() {
    const auto added = exact_.add_channel(evidence_.settings);
    if (!added) return failure{added.error(), evidence_.name + ": its search settings"};
    for (const recorded_second& second : evidence_.exported) judge_second(second, *added);
    exact_.remove_channel(*added);
    judge_reports_left();
    if (evidence_.reports != nullptr) {
      judged_.counts.duplicates = evidence_.reports->duplicates;
      judged_.counts.contradictions = evidence_.reports->contradictions;
      judged_.counts.out_of_order = evidence_.reports->out_of_order;
      if (judged_.counts.contradictions > 0) find("reports contradict each other");
      if (judged_.counts.out_of_order > 0) find("reports came out of order");
    }
    if (evidence_.account) judge_account(*evidence_.account);
    return std::move(judged_);
  }

 private:
  void judge_second(const recorded_second& second, channel_id channel) {
    ++judged_.counts.fingerprints;
    if (evidence_.served && second.time >= evidence_.served_from &&
        !evidence_.served(second.time, second.bits)) {
      ++judged_.counts.not_served;
      find("tick " + std::to_string(second.time) + ": a fingerprint that was not served for it");
    }
    const tick asked[] = {{.channel = channel, .time = second.time, .fingerprint = second.bits}};
    tick_result answer[1];
    exact_.step(asked, answer);
    if (answer[0].error) {
      find("tick " + std::to_string(second.time) + ": exported out of order");
      ++judged_.counts.not_accounted;
      return;
    }
    if (second.time < evidence_.from || second.time >= evidence_.to) return;
    std::vector<std::int64_t> owed;
    for (const match& one : answer[0].best) owed.push_back(second.time - one.lag_seconds);
    if (!owed.empty() || evidence_.report_empty) judge_owed(second.time, owed);
  }

  void judge_owed(std::int64_t time, const std::vector<std::int64_t>& owed) {
    ++judged_.counts.owed;
    owed_.push_back(time);
    const received_report* const report = received_at(time);
    if (report == nullptr) {
      ++judged_.counts.missing;
      find("tick " + std::to_string(time) + ": no report, but " + listed(owed) + " is owed");
    } else if (report->match_times != owed) {
      ++judged_.counts.wrong_times;
      find("tick " + std::to_string(time) + ": reported " + listed(report->match_times) + ", but " +
           listed(owed) + " is owed");
    } else {
      ++judged_.counts.correct;
    }
  }

  // Reports that nothing in the export calls for.
  void judge_reports_left() {
    if (evidence_.reports == nullptr) return;
    const auto& received = evidence_.reports->by_time;
    for (auto at = received.lower_bound(evidence_.from);
         at != received.end() && at->first < evidence_.to; ++at) {
      ++judged_.counts.received;
      if (std::binary_search(owed_.begin(), owed_.end(), at->first)) continue;
      ++judged_.counts.false_reports;
      find("tick " + std::to_string(at->first) + ": reported " + listed(at->second.match_times) +
           ", but nothing is owed");
    }
  }

  void judge_account(const gap_account& account) {
    judged_.counts.gaps = account.gaps;
    const auto gaps = std::accumulate(account.gaps.begin(), account.gaps.end(), std::uint64_t{0});
    if (!account.last) return not_accounted("no tick was taken");
    const std::int64_t last = *account.last;
    if (last < account.last_least || last > account.last_most) {
      not_accounted("its last tick is " + std::to_string(last) + ", not within " +
                    std::to_string(account.last_least) + " to " +
                    std::to_string(account.last_most));
    }
    const std::uint64_t absent = account.gaps[static_cast<std::size_t>(gap_reason::absent)];
    if (absent > 0) not_accounted(std::to_string(absent) + " ticks were lost without a reason");
    const std::vector<recorded_second>& exported = evidence_.exported;
    const auto taken = static_cast<std::int64_t>(exported.size() + gaps);
    const std::int64_t first = last + 1 - taken;
    const std::int64_t first_most =
        exported.empty() ? account.first_most : std::min(account.first_most, exported.front().time);
    if (!exported.empty() && exported.back().time > last) {
      not_accounted("a fingerprint behind its last tick " + std::to_string(last));
    }
    if (first >= account.first_least && first <= first_most) return;
    not_accounted(std::to_string(exported.size()) + " fingerprints and " + std::to_string(gaps) +
                  " gaps up to tick " + std::to_string(last) + " do not reach back to " +
                  std::to_string(account.first_least) + " to " + std::to_string(first_most));
  }

  void not_accounted(const std::string& what) {
    judged_.counts.not_accounted = 1;
    find(what);
  }

  const received_report* received_at(std::int64_t time) const {
    if (evidence_.reports == nullptr) return nullptr;
    const auto found = evidence_.reports->by_time.find(time);
    return found == evidence_.reports->by_time.end() ? nullptr : &found->second;
  }

  void find(std::string what) {
    if (judged_.findings.size() < findings_max) judged_.findings.push_back(std::move(what));
  }

  const channel_evidence& evidence_;
  matcher& exact_;
  channel_verdict judged_;
  std::vector<std::int64_t> owed_;  // increasing
};

}  // namespace

bool verdict_counts::clean() const noexcept {
  return missing + false_reports + wrong_times + contradictions + out_of_order + not_served +
             not_accounted ==
         0;
}

verdict_counts& verdict_counts::operator+=(const verdict_counts& added) noexcept {
  for (const auto member :
       {&verdict_counts::fingerprints, &verdict_counts::owed, &verdict_counts::received,
        &verdict_counts::correct, &verdict_counts::missing, &verdict_counts::false_reports,
        &verdict_counts::wrong_times, &verdict_counts::duplicates, &verdict_counts::contradictions,
        &verdict_counts::out_of_order, &verdict_counts::not_served,
        &verdict_counts::not_accounted}) {
    this->*member += added.*member;
  }
  for (std::size_t reason = 0; reason < gap_reasons; ++reason) gaps[reason] += added.gaps[reason];
  return *this;
}

outcome<channel_verdict> judge(const channel_evidence& evidence, matcher& exact) {
  return channel_judge{evidence, exact}.judge();
}

void simulation_verdict::add(channel_verdict judged) {
  ++channels;
  counts += judged.counts;
  if (judged.counts.clean()) {
    ++channels_clean;
  } else if (unclean.size() < channels_told_max) {
    unclean.push_back(std::move(judged));
  }
}

bool simulation_verdict::clean() const noexcept {
  return counts.clean() && counts.fingerprints > 0 && sink.malformed == 0 && sink.overflowed == 0 &&
         sink.ids_reused == 0;
}

double simulation_verdict::recall() const noexcept {
  if (counts.owed == 0) return 1;
  return static_cast<double>(counts.correct) / static_cast<double>(counts.owed);
}

}  // namespace reprise::simulate
