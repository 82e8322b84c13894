// The command `devices` over made-up cards.
#include "net/devices_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "net/command_line.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

device_list two_cards() {
  return {{{.index = 0,
            .name = "NVIDIA H200",
            .compute_major = 9,
            .memory_bytes = 150'754'820'096,
            .memory_free_bytes = 150'000'000'000,
            .day_channels = 12'890,
            .day_channel_bytes = 10'400'000,
            .day_host_bytes = 64'424'509'440},
           {.index = 1,
            .name = "Tesla T4",
            .compute_major = 7,
            .compute_minor = 5,
            .memory_bytes = 16'106'127'360,
            .memory_free_bytes = 16'106'127'360,
            .unusable = "it needs compute 8.0 or later"}},
          ""};
}

std::string devices_told(device_list listed, std::vector<const char*> words) {
  words.insert(words.begin(), {"reprise", "devices"});
  std::unique_ptr<command> commands[] = {
      make_devices_command([listed = std::move(listed)] { return listed; })};
  std::string told, messages;
  memory_sink output{told}, message_output{messages};
  EXPECT_EQ(run_program({"version", "{}", commands, {}}, words,
                        {.output = output, .messages = message_output}),
            0);
  return told;
}

TEST(DevicesCommand, TellsHowManyChannelsFitAndWhatCannotBeUsed) {
  EXPECT_THAT(devices_told(two_cards(), {}),
              EndsWith("cuda 0 NVIDIA H200, compute 9.0, 140.4 GiB of memory, 139.7 GiB free\n"
                       "       12890 channels of a day fit, with 60.0 GiB of host memory\n"
                       "cuda 1 Tesla T4, compute 7.5, 15.0 GiB of memory, 15.0 GiB free\n"
                       "       cannot be used: it needs compute 8.0 or later\n"));
}

TEST(DevicesCommand, TellsTheSameAsJson) {
  const auto told = nlohmann::json::parse(devices_told(two_cards(), {"--json"}));
  EXPECT_EQ(told["cuda"][0]["usable"], true);
  EXPECT_EQ(told["cuda"][0]["day_channels"], 12'890);
  EXPECT_EQ(told["cuda"][0]["day_channel_bytes"], 10'400'000);
  EXPECT_EQ(told["cuda"][0]["day_host_bytes"], 64'424'509'440);
  EXPECT_EQ(told["cuda"][1]["usable"], false);
  EXPECT_EQ(told["cuda"][1]["unusable"], "it needs compute 8.0 or later");
  EXPECT_FALSE(told["cuda"][1].contains("day_channels"));
  EXPECT_FALSE(told.contains("cuda_missing"));
}

TEST(DevicesCommand, SaysWhyThereIsNone) {
  EXPECT_THAT(devices_told({{}, "there is no NVIDIA driver"}, {}),
              HasSubstr("cuda   no device: there is no NVIDIA driver\n"));
  const auto told =
      nlohmann::json::parse(devices_told({{}, "there is no NVIDIA driver"}, {"--json"}));
  EXPECT_EQ(told["cuda_missing"], "there is no NVIDIA driver");
}

}  // namespace
}  // namespace reprise
