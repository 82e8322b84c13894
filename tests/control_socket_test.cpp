#include "net/control_socket.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace reprise {
namespace {

class ControlSocket : public ::testing::Test {
 protected:
  ControlSocket() : folder_{(std::filesystem::temp_directory_path() / "reprise-XXXXXX").string()} {
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
  }
  ~ControlSocket() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void serve(const std::string& directory) {
    auto made = make_control_server(
        context_, directory,
        [](const std::string& request, const std::function<void(std::string)>& answer) {
          answer("<" + request + ">");
        });
    ASSERT_TRUE(made) << made.error().what;
    server_ = std::move(*made);
    thread_ = std::thread{[this] { context_.run(); }};
  }

  std::string folder_;
  net::io_context context_;
  std::unique_ptr<control_server> server_;
  std::thread thread_;
};

TEST_F(ControlSocket, AnswersALineWithALine) {
  serve(folder_);
  for (int i = 0; i < 20; ++i) {
    const auto answer = ask_control(folder_, "hello " + std::to_string(i));
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(*answer, "<hello " + std::to_string(i) + ">");
  }
  const std::string longest(control_line_bytes_max / 2, 'x');
  EXPECT_EQ(ask_control(folder_, longest)->size(), longest.size() + 2);
}

TEST_F(ControlSocket, SaysWhereNoServiceListens) {
  EXPECT_EQ(ask_control(folder_, "x").error().code, errc::not_found);
  EXPECT_EQ(ask_control(folder_ + "/none", "x").error().code, errc::not_found);
}

TEST_F(ControlSocket, CanBeOpenedByItsOwnerAlone) {
  serve(folder_);
  struct ::stat found {};
  ASSERT_EQ(::stat((folder_ + "/control").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(ControlSocket, ReplacesThatOfADeadProcess) {
  std::ofstream{folder_ + "/control"} << "left behind";
  serve(folder_);
  EXPECT_TRUE(ask_control(folder_, "x"));
}

TEST_F(ControlSocket, WorksInADirectoryWithALongName) {
  std::string deep = folder_;
  for (int i = 0; i < 4; ++i) deep += "/" + std::string(60, 'd');
  std::filesystem::create_directories(deep);
  serve(deep);
  EXPECT_EQ(*ask_control(deep, "x"), "<x>");
}

}  // namespace
}  // namespace reprise
