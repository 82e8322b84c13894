#include "host/library/heat_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "host/html_text.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

// Of what is drawn, in pixels; letters of 11 are at most some 7.2 wide, those of a wide font.
constexpr double letter_px = 7.2;
constexpr double letters_slope = 0.71;  // names over columns rise by 45 degrees
constexpr int gap_px = 8;
constexpr int title_px = 16;
constexpr int numbered_cell_px_min = 30;

bool begins_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

// Characters of three bytes and more are for the most part twice as wide as letters.
std::size_t width_of(char first_byte) noexcept {
  return static_cast<unsigned char>(first_byte) >= 0xe0 ? 2 : 1;
}

struct drawn_name {
  std::string text;
  std::size_t width = 0;
};

drawn_name cut(const std::string& name) {
  std::size_t width = 0, kept = name.size();
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!begins_character(name[i])) continue;
    // One is left for the dots, which may not be needed.
    if (width + width_of(name[i]) >= drawn_characters_max && kept == name.size()) kept = i;
    width += width_of(name[i]);
  }
  if (width <= drawn_characters_max) return {name, width};
  return {name.substr(0, kept) + "\xe2\x80\xa6", drawn_characters_max};
}

// "9999", "12k", "3M": at most four letters up to a billion.
std::string short_count(std::uint64_t count) {
  constexpr std::uint64_t plain_max = 9'999;
  if (count <= plain_max) return std::to_string(count);
  if (count < 1'000'000) return std::to_string(count / 1'000) + "k";
  if (count < 1'000'000'000) return std::to_string(count / 1'000'000) + "M";
  return std::to_string(count / 1'000'000'000) + "G";
}

// The matrix as it is drawn: where there are too many labels, those of few videos are one.
confusion_matrix fold(const confusion_matrix& all) {
  const std::size_t count = all.labels.size();
  if (count <= heat_labels_max) return all;
  std::vector<std::uint64_t> support(count);
  for (std::size_t i = 0; i < count; ++i) {
    support[i] = std::accumulate(all.matrix[i].begin(), all.matrix[i].end(), std::uint64_t{0});
  }
  std::vector<std::size_t> kept(count);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  std::stable_sort(kept.begin(), kept.end(),
                   [&](std::size_t a, std::size_t b) { return support[a] > support[b]; });
  kept.resize(heat_labels_max);
  std::sort(kept.begin(), kept.end());

  std::vector<std::size_t> place(count, heat_labels_max);
  confusion_matrix made;
  for (const std::size_t each : kept) {
    place[each] = made.labels.size();
    made.labels.push_back(all.labels[each]);
  }
  made.labels.push_back(std::to_string(count - heat_labels_max) + " other labels");
  made.matrix.assign(made.labels.size(), std::vector<std::uint64_t>(made.labels.size()));
  for (std::size_t actual = 0; actual < count; ++actual) {
    for (std::size_t predicted = 0; predicted < count; ++predicted) {
      made.matrix[place[actual]][place[predicted]] += all.matrix[actual][predicted];
    }
  }
  return made;
}

int cell_px(std::size_t labels_count) noexcept {
  if (labels_count <= 8) return 56;
  if (labels_count <= 16) return 40;
  if (labels_count <= 24) return numbered_cell_px_min;
  return labels_count <= 60 ? 14 : 10;
}

class heat_map {
 public:
  heat_map(std::string& out, const confusion_matrix& shown) : out_{out}, shown_{fold(shown)} {
    const std::size_t count = shown_.labels.size();
    cell_ = cell_px(count);
    std::size_t widest = 0;
    for (const std::string& label : shown_.labels) {
      names_.push_back(cut(label));
      widest = std::max(widest, names_.back().width);
    }
    const double letters = static_cast<double>(widest) * letter_px;
    left_ = title_px + gap_px + static_cast<int>(letters);
    slant_ = static_cast<int>(letters * letters_slope) + gap_px;
    top_ = title_px + gap_px + slant_;
    side_ = cell_ * static_cast<int>(count);
  }

  void append() {
    const int width = left_ + side_ + slant_, height = top_ + side_ + gap_px;
    add(R"(<svg width="{}" height="{}" viewBox="0 0 {} {}" font-size="11" role="group" )"
        R"(aria-labelledby="heat-title heat-words">)"
        "\n<title id=\"heat-title\">Confusion matrix of {} labels</title>\n"
        "<desc id=\"heat-words\">A row for each actual label, a column for each predicted one; the "
        "stronger a cell's colour, the greater its share of its row.</desc>\n",
        width, height, width, height, shown_.labels.size());
    add("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">predicted</text>\n", left_ + side_ / 2,
        title_px - 4);
    add("<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"middle\">actual</text>\n",
        title_px - 4, top_ + side_ / 2);
    add(R"(<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>)"
        "\n",
        left_, top_, side_, side_);
    for (std::size_t i = 0; i < names_.size(); ++i) append_names(i);
    for (std::size_t i = 0; i < names_.size(); ++i) append_row(i);
    out_ += "</svg>\n";
  }

 private:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
  }

  [[nodiscard]] int at(std::size_t index) const { return cell_ * static_cast<int>(index); }

  void append_names(std::size_t i) {
    const int font = std::min(11, cell_ - 1), middle = at(i) + cell_ / 2;
    add(R"(<text x="{}" y="{}" font-size="{}" text-anchor="end">)", left_ - gap_px / 2,
        top_ + middle + font / 3, font);
    append_name(i);
    add("<text transform=\"translate({} {}) rotate(-45)\" font-size=\"{}\">",
        left_ + middle + font / 3, top_ - gap_px / 2, font);
    append_name(i);
  }

  void append_name(std::size_t i) {
    append_html(out_ += "<title>", shown_.labels[i]);
    append_html(out_ += "</title>", names_[i].text);
    out_ += "</text>\n";
  }

  // Cells of nothing are the frame's.
  void append_row(std::size_t actual) {
    const auto& row = shown_.matrix[actual];
    const std::uint64_t sum = std::accumulate(row.begin(), row.end(), std::uint64_t{0});
    for (std::size_t predicted = 0; predicted < row.size(); ++predicted) {
      if (row[predicted] > 0) append_cell(actual, predicted, row[predicted], sum);
    }
  }

  void append_cell(std::size_t actual, std::size_t predicted, std::uint64_t count,
                   std::uint64_t sum) {
    // The palest cell can still be told from an empty one.
    constexpr double palest = 0.1, darkened = 0.55;
    const double share = static_cast<double>(count) / static_cast<double>(sum);
    const int x = left_ + at(predicted), y = top_ + at(actual);
    append_html(out_ += "<g><title>actual ", names_[actual].text);
    append_html(out_ += ", predicted ", names_[predicted].text);
    add(": {} of {} ({:.1f} %)</title>", count, sum, 100 * share);
    add(R"(<rect class="heat" x="{}" y="{}" width="{}" height="{}" fill-opacity="{:.3f}"/>)", x, y,
        cell_, cell_, palest + (1 - palest) * share);
    if (cell_ >= numbered_cell_px_min) {
      add(R"(<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>)",
          share > darkened ? "on" : "off", x + cell_ / 2, y + cell_ / 2 + 4, short_count(count));
    }
    out_ += "</g>\n";
  }

  std::string& out_;
  confusion_matrix shown_;
  std::vector<drawn_name> names_;
  int cell_ = 0;  // a side of it; below, where the cells begin and how wide all of them are
  int left_ = 0;
  int top_ = 0;
  int side_ = 0;
  int slant_ = 0;  // how high, and how far beyond the last column, the slanted names reach
};

}  // namespace

void append_heat_map(std::string& out, const confusion_matrix& shown) {
  REPRISE_ASSERT(!shown.labels.empty());
  REPRISE_ASSERT(shown.matrix.size() == shown.labels.size());
  heat_map{out, shown}.append();
}

}  // namespace reprise
