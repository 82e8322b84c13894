// Commands of two words, with a program made up of a group and a plain command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/command_line.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

using testing::HasSubstr;

class telling_command final : public command {
 public:
  explicit telling_command(std::string_view name) : name_{name} {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::string_view summary() const noexcept override { return "Tell its name"; }
  [[nodiscard]] std::string_view example() const noexcept override { return "reprise tell x"; }
  void declare(option_set& options) override {
    options.add_value("--label", "TEXT", label_, "What to tell besides");
    options.add_list("--more", "TEXT", words_, "What to tell in the end");
    if (name_ == "tell") options.add_arguments("WORD", words_, "What to tell");
  }
  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    if (label_ == "bad") return failure{errc::usage, "--label bad: must be good"};
    std::string told = std::string{name_} + " " + label_.value_or("-");
    for (const std::string& word : words_) told += " " + word;
    if (auto written = streams.output.write(told); !written) return written.error();
    return 0;
  }

 private:
  std::string_view name_;
  std::optional<std::string> label_;
  std::vector<std::string> words_;
};

struct told {
  int status = 0;
  std::string output;
  std::string messages;
};

told run_words(std::vector<const char*> words) {
  words.insert(words.begin(), "reprise");
  std::unique_ptr<command> commands[] = {std::make_unique<telling_command>("tell"),
                                         std::make_unique<telling_command>("keys create"),
                                         std::make_unique<telling_command>("keys list")};
  const command_group groups[] = {{"keys", "Make, list and revoke keys"}};
  told got;
  memory_sink output{got.output}, messages{got.messages};
  got.status = run_program({"version", "{}", commands, groups}, words,
                           {.output = output, .messages = messages});
  return got;
}

TEST(CommandGroup, RunsTheCommandThatItsTwoWordsName) {
  EXPECT_EQ(run_words({"keys", "create", "--label", "a"}).output, "keys create a");
  EXPECT_EQ(run_words({"keys", "list"}).output, "keys list -");
  EXPECT_EQ(run_words({"tell", "x"}).output, "tell - x");
}

TEST(CommandGroup, ListsItsCommandsInItsHelpAndItselfInTheProgramsHelp) {
  const std::string all = run_words({"--help"}).output;
  EXPECT_THAT(all, HasSubstr("Make, list and revoke keys"));
  EXPECT_THAT(all, Not(HasSubstr("create")));
  const told group = run_words({"keys", "--help"});
  EXPECT_EQ(group.status, 0);
  EXPECT_THAT(group.output, HasSubstr("create"));
  EXPECT_THAT(group.output, HasSubstr("list"));
  EXPECT_THAT(run_words({"keys", "create", "--help"}).output, HasSubstr("--label TEXT"));
}

TEST(CommandGroup, SaysWhatIsMissingOrWrongUnderItsWords) {
  const told none = run_words({"keys"});
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.messages, "reprise: keys: a command is needed; reprise keys --help lists them\n");
  const told unknown = run_words({"keys", "bogus"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.messages,
            "reprise: keys: there is no command keys bogus; reprise keys --help lists them\n");
  EXPECT_EQ(run_words({"bogus"}).messages,
            "reprise: there is no command bogus; reprise --help lists them\n");
  EXPECT_EQ(run_words({"keys", "--bogus"}).messages,
            "reprise: keys: The following argument was not expected: --bogus\n");
  EXPECT_EQ(run_words({"keys", "list", "create"}).status, 2);
  EXPECT_EQ(run_words({"keys", "list", "tell"}).status, 2);
  EXPECT_EQ(run_words({"list"}).status, 2);
  EXPECT_EQ(run_words({"keys", "list", "--label", "bad"}).messages,
            "reprise: keys list: --label bad: must be good\n");
  EXPECT_EQ(run_words({"--version", "keys", "list"}).status, 2);
}

TEST(CommandLineOptions, TakesAListsValuesOneByOne) {
  EXPECT_EQ(run_words({"keys", "list", "--more", "a,b", "--more", "[c]"}).output,
            "keys list - a,b [c]");
  EXPECT_EQ(run_words({"keys", "list", "--more", "a", "b"}).status, 2);
  EXPECT_EQ(run_words({"keys", "list", "--more"}).status, 2);
}

TEST(CommandGroup, LeavesTheNamesOfOtherCommandsToArguments) {
  EXPECT_EQ(run_words({"tell", "keys", "tell", "list"}).output, "tell - keys tell list");
}

}  // namespace
}  // namespace reprise
