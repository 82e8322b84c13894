// Questions of coroutines to another thread. The threads are real; order is forced by what each
// side waits for, never by time.
#include "net/api_link.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "host/worker_thread.hpp"

namespace reprise {
namespace {

// Tasks that wait until they are let go, or dropped, as a core does that ends.
class held_tasks final : public executor {
 public:
  void post(task run) override { tasks.push_back(std::move(run)); }
  void run_all() {
    auto taken = std::exchange(tasks, {});
    for (task& run : taken) run();
  }
  std::vector<task> tasks;
};

template <typename T>
std::optional<outcome<T>> finished(net::io_context& api, net::awaitable<outcome<T>> asked) {
  std::optional<outcome<T>> answer;
  net::co_spawn(api, std::move(asked), [&](std::exception_ptr thrown, outcome<T> given) {
    EXPECT_FALSE(thrown);
    answer = std::move(given);
  });
  api.restart();
  api.run();
  return answer;
}

TEST(ApiLink, RunsTheQuestionOnTheCoreAndResumesOnTheApi) {
  net::io_context api;
  worker_thread core{"core"};
  const api_link link{core, api.get_executor()};
  const auto run = [&]() -> net::awaitable<outcome<bool>> {
    const auto asked_at = co_await link.ask([] { return std::this_thread::get_id(); });
    co_return *asked_at != std::this_thread::get_id();
  };
  const auto elsewhere = finished(api, run());
  ASSERT_TRUE(elsewhere && *elsewhere);
  EXPECT_TRUE(**elsewhere);
}

TEST(ApiLink, HandsOnFailuresAndNothings) {
  net::io_context api;
  worker_thread core{"core"};
  const api_link link{core, api.get_executor()};
  const auto failed = finished(api, link.ask([]() -> outcome<int> {
    return failure{errc::not_found, "no such channel"};
  }));
  ASSERT_TRUE(failed && failed->has_error());
  EXPECT_EQ(failed->error().code, errc::not_found);
  const auto nothing = finished(api, link.ask([] {}));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->has_value());
}

TEST(ApiLink, AnswersAQuestionThatThereIsNoMemoryFor) {
  net::io_context api;
  worker_thread core{"core"};
  const api_link link{core, api.get_executor()};
  const auto value = finished(api, link.ask([]() -> int { throw std::bad_alloc{}; }));
  ASSERT_TRUE(value && value->has_error());
  EXPECT_EQ(value->error().code, errc::host_memory);
  const auto nothing = finished(api, link.ask([] { throw std::bad_alloc{}; }));
  ASSERT_TRUE(nothing && nothing->has_error());
  EXPECT_EQ(nothing->error().code, errc::host_memory);
}

TEST(ApiLink, WaitsForAnswersThatComeLater) {
  net::io_context api;
  held_tasks core;
  const api_link link{core, api.get_executor()};
  done<int> kept;
  auto asked = link.ask_for<int>([&](done<int> done) { kept = std::move(done); });
  core.run_all();
  std::thread later{[&] { std::exchange(kept, {})(7); }};
  const auto answer = finished(api, std::move(asked));
  later.join();
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(**answer, 7);
}

TEST(ApiLink, SaysThatItStopsWhenNobodyAnswers) {
  net::io_context api;
  held_tasks core;
  const api_link link{core, api.get_executor()};
  auto asked = link.ask([] { return 1; });
  core.tasks.clear();  // as an executor does that ends
  const auto answer = finished(api, std::move(asked));
  ASSERT_TRUE(answer && answer->has_error());
  EXPECT_EQ(answer->error().code, errc::stopping);
}

TEST(ApiLink, LetsACancelledCoroutineGoAtOnce) {
  net::io_context api;
  held_tasks core;
  const api_link link{core, api.get_executor()};
  std::optional<errc> code;
  net::cancellation_signal stop;
  net::co_spawn(
      api, link.ask([] { return 1; }),
      net::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, outcome<int> given) {
        if (given.has_error()) code = given.error().code;
      }));
  api.poll();
  EXPECT_FALSE(code);
  stop.emit(net::cancellation_type::terminal);
  api.run();
  EXPECT_EQ(code, errc::stopping);
  core.run_all();  // the answer finds nobody
  api.restart();
  api.run();
}

TEST(ApiLink, DropsAnswersOnceTheApiIsGone) {
  held_tasks core;
  bool resumed = false;
  {
    net::io_context api;
    const api_link link{core, api.get_executor()};
    net::co_spawn(api, link.ask([] { return 1; }),
                  [&](std::exception_ptr, outcome<int>) { resumed = true; });
    api.poll();
  }
  core.run_all();
  EXPECT_FALSE(resumed);
}

TEST(ApiLink, ServesManyCoroutinesAtOnce) {
  net::io_context api;
  worker_thread core{"core"};
  const api_link link{core, api.get_executor()};
  std::int64_t sum = 0;  // of the core
  constexpr int askers = 50, questions = 200;
  int finished_askers = 0;
  const auto run = [&]() -> net::awaitable<void> {
    for (int i = 0; i < questions; ++i) {
      const auto before = co_await link.ask([&sum] { return sum++; });
      EXPECT_TRUE(before.has_value());
    }
    ++finished_askers;
  };
  for (int i = 0; i < askers; ++i) net::co_spawn(api, run(), net::detached);
  api.run();
  core.finish();
  EXPECT_EQ(finished_askers, askers);
  EXPECT_EQ(sum, askers * questions);
}

}  // namespace
}  // namespace reprise
