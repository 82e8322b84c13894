// Image sessions where memory is refused: what it was for fails, and nothing else.
#include "tests/allocation_count.hpp"
#include "tests/session_routes_support.hpp"

namespace reprise {
namespace {

// Passes on what is posted, and lets it have no memory in one piece while it refuses.
class refusing_executor final : public executor {
 public:
  explicit refusing_executor(executor& to) : to_{to} {}
  void post(task run) override {
    to_.post([this, run = std::move(run)] {
      std::optional<refused_memory> from;
      if (refuses) from.emplace(1'024);
      run();
    });
  }

  bool refuses = true;

 private:
  executor& to_;
};

// A face whose numbers take 32 KiB.
std::string wide_face() {
  std::string face = "[[1";
  for (std::size_t i = 1; i < encoding_numbers_max; ++i) face += ",1";
  return face + "]]";
}

class SessionMemory : public SessionCalls {};

TEST_F(SessionMemory, FailAPictureAloneWhoseEncodingsMemoryIsRefusedFor) {
  const std::string key = make_key();
  {
    will_answer(200, wide_face());
    const refused_memory from{encoding_numbers_max * sizeof(double)};
    expect_refused(encode(key, jpeg_of("a")), 503, "capacity_exhausted");
  }
  EXPECT_TRUE(summary(key).empty());
  will_answer(200, wide_face());
  EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U);
}

TEST_F(SessionMemory, FailAPictureAloneWhoseStoredEncodingsMemoryIsRefusedFor) {
  will_answer(200, wide_face());
  EXPECT_EQ(encode(make_key(), jpeg_of("a")).status, 200U);
  refusing_executor thread{world.time};
  session_desk cold{cold_parts(thread), {}};
  const auto refused = run(cold.encode(sent_picture_of(jpeg_of("a"))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::host_memory);
  thread.refuses = false;
  const auto answer = run(cold.encode(sent_picture_of(jpeg_of("a"))));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->end, encoder_end::encoded);
  EXPECT_EQ(exchange.asked.size(), 1U);
}

TEST_F(SessionMemory, TryAnExpiryAgainThatMemoryWasRefusedFor) {
  for (std::int64_t i = 0; i < session_writing_tables::step_rows_max; ++i) (void)make_key();
  session_options options;
  options.limits.keep_seconds = 60;
  world.run_for(std::chrono::seconds{61});
  refusing_executor thread{world.time};
  session_desk_parts logging = cold_parts(thread);
  std::vector<std::string> logged;
  logging.log = [&](log_level, std::string_view what, std::initializer_list<log_field>) {
    logged.emplace_back(what);
  };
  session_desk cold{logging, options};
  const auto left = [&] {
    return jobs.read([](jobs_reading& on) { return on.sessions.totals(); })->sessions;
  };
  cold.start();
  world.run_for(std::chrono::seconds{1});
  EXPECT_EQ(logged, std::vector<std::string>{
                        "old image sessions cannot be removed, tried again and again"});
  EXPECT_EQ(left(), session_writing_tables::step_rows_max) << "nothing is removed by half";
  thread.refuses = false;
  world.run_for(session_desk::expire_each);
  EXPECT_EQ(left(), 0);
}

}  // namespace
}  // namespace reprise
