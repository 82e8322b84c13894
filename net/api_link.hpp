// How a coroutine of the API asks what lives on the core executor, another thread, and gets the
// answer where it runs.
//
// Shapes   ask(f): f() runs on the core; its value comes back as outcome<R>, an outcome<R> of f as
//          itself. ask_for<R>(f): f(done) runs on the core, which answers by done(outcome<R>) then
//          or later. A question is put when ask is called, even if its answer is never awaited
// Errors   stopping, when `done` is destroyed without an answer, or when the coroutine is
//          cancelled. ask: host_memory, when f() throws std::bad_alloc
// Threads  ask: the API's executor, which is one thread or a strand. link_gate: post() from any
//          thread, close() on the API's
// Owns     nothing of the coroutine goes to the core: that side has the question and a weak
//          reference, so an answer to a coroutine that has ended is dropped. `f` must likewise own
//          what it captures, or refer to what outlives the core's last task
//
// A question that captures more than references and numbers is named before it is asked: g++ 12
// destroys a closure twice that is made inside a co_await expression (bug 107288). Others do not
// compile.
//
// The gate must be closed before the API's io_context is destroyed; answers are dropped from then
// on.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "host/executor.hpp"
#include "host/failure.hpp"
#include "host/live_service.hpp"
#include "host/within_memory.hpp"
#include "net/asio.hpp"

namespace reprise {

// The way into the API's executor for threads that may live longer than it.
class link_gate {
 public:
  explicit link_gate(net::any_io_executor api) : api_{std::move(api)} {}
  link_gate(const link_gate&) = delete;
  link_gate& operator=(const link_gate&) = delete;

  template <typename Task>
  void post(Task&& run) {
    const std::lock_guard lock{mutex_};
    if (api_) net::post(*api_, std::forward<Task>(run));
  }
  void close() {
    const std::lock_guard lock{mutex_};
    api_.reset();
  }

 private:
  std::mutex mutex_;
  std::optional<net::any_io_executor> api_;
};

namespace link_detail {

// The API's half of a question: destroyed there, with the coroutine.
template <typename R>
struct pending {
  explicit pending(const net::any_io_executor& api)
      : wake{api, net::steady_timer::time_point::max()} {}
  net::steady_timer wake;
  std::optional<outcome<R>> given;
};

// The core's half. Its last copy may be destroyed on any thread.
template <typename R>
class reply {
 public:
  reply(std::shared_ptr<link_gate> gate, const std::shared_ptr<pending<R>>& to)
      : gate_{std::move(gate)}, to_{to} {}
  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;
  ~reply() {
    if (!given_) give(failure{errc::stopping, "the service is stopping"});
  }
  void give(outcome<R> answer) {
    REPRISE_ASSERT(!given_);
    given_ = true;
    gate_->post([to = std::move(to_), answer = std::move(answer)]() mutable {
      const auto asker = to.lock();
      if (!asker) return;
      asker->given = std::move(answer);
      asker->wake.cancel();
    });
  }

 private:
  std::shared_ptr<link_gate> gate_;
  std::weak_ptr<pending<R>> to_;
  bool given_ = false;
};

template <typename R>
net::awaitable<outcome<R>> answer_to(std::shared_ptr<pending<R>> asked) {
  if (!asked->given) (void)co_await asked->wake.async_wait(as_result);
  if (!asked->given) co_return failure{errc::stopping, "the request was given up"};
  co_return std::move(*asked->given);
}

template <typename T>
struct unwrapped {
  using type = T;
};
template <typename T>
struct unwrapped<outcome<T>> {
  using type = T;
};

template <typename Question>
concept safe_question = std::is_lvalue_reference_v<Question> ||
    std::is_trivially_copyable_v<std::remove_cvref_t<Question>>;

}  // namespace link_detail

class api_link {
 public:
  api_link(executor& core, net::any_io_executor api)
      : core_{core}, api_{api}, gate_{std::make_shared<link_gate>(std::move(api))} {}
  api_link(const api_link&) = delete;
  api_link& operator=(const api_link&) = delete;
  ~api_link() { gate_->close(); }

  template <typename R, typename Question>
  requires link_detail::safe_question<Question>
  [[nodiscard]] net::awaitable<outcome<R>> ask_for(Question&& asking) const {
    std::decay_t<Question> question{std::forward<Question>(asking)};
    auto asked = std::make_shared<link_detail::pending<R>>(api_);
    auto reply = std::make_shared<link_detail::reply<R>>(gate_, asked);
    core_.post([question = std::move(question), reply = std::move(reply)]() mutable {
      question(done<R>{
          [reply = std::move(reply)](outcome<R> answer) { reply->give(std::move(answer)); }});
    });
    return link_detail::answer_to<R>(std::move(asked));
  }

  template <typename Question>
  requires link_detail::safe_question<Question>
  [[nodiscard]] auto ask(Question&& asking) const {
    using question_type = std::decay_t<Question>;
    using answer = std::invoke_result_t<question_type&>;
    using R = typename link_detail::unwrapped<answer>::type;
    auto answering = [question = question_type{std::forward<Question>(asking)}](
                         const done<R>& done) mutable { done(within_memory<R>(question)); };
    return ask_for<R>(answering);
  }

  [[nodiscard]] const std::shared_ptr<link_gate>& gate() const noexcept { return gate_; }
  [[nodiscard]] const net::any_io_executor& api() const noexcept { return api_; }

 private:
  executor& core_;
  net::any_io_executor api_;
  std::shared_ptr<link_gate> gate_;
};

}  // namespace reprise
