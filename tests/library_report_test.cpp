// The report page, as text: a browser would show it, but none is there to be asked.
#include "host/library/report_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace reprise {
namespace {

const std::string hostile = "<script>alert(1)</script>\"'&<img src=x onerror=y>";
const std::string hostile_shown =
    "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img src=x onerror=y&gt;";

library_report report_of(const label_counter& counter) {
  const label_counts counts = counter.finish();
  library_report made{.made_at = 1'700'000'000,
                      .videos = 7,
                      .matrix = make_confusion_matrix(counts).value(),
                      .metrics = make_performance_metrics(counts).value(),
                      .features = {{17, 0.75}, {3, 0.25}}};
  return made;
}

library_report small_report(const std::string& first = "advert",
                            const std::string& second = "promo") {
  label_counter counter;
  EXPECT_TRUE(counter.add(first, first, 3));
  EXPECT_TRUE(counter.add(first, second, 1));
  EXPECT_TRUE(counter.add(second, second, 2));
  return report_of(counter);
}

// `count` labels, all right but for one video of each.
library_report wide_report(std::size_t count) {
  label_counter counter;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string label = "label " + std::to_string(1'000 + i);
    EXPECT_TRUE(counter.add(label, label, 1 + i));
    EXPECT_TRUE(counter.add(label, "label 1000", 1));
  }
  return report_of(counter);
}

std::size_t count_of(const std::string& text, const std::string& searched) {
  std::size_t count = 0;
  for (std::size_t at = text.find(searched); at != std::string::npos;
       at = text.find(searched, at + searched.size())) {
    ++count;
  }
  return count;
}

void expect_has(const std::string& page, const std::string& searched) {
  EXPECT_NE(page.find(searched), std::string::npos) << searched;
}

// Every tag is one of those that the page is made of, each is closed by the one that belongs to it,
// and no text has a bare < or >.
void expect_balanced(const std::string& page) {
  static const std::regex tag{
      R"tag(<(/?)([a-z0-9]+)((?:\s[^<>"]*"[^"<>]*")*)(/?)\s*>|<!DOCTYPE html>)tag"};
  static const std::vector<std::string> known = {
      "html", "head",   "meta",  "title",   "style", "body",  "h1",    "h2", "p",
      "bdi",  "div",    "table", "caption", "thead", "tbody", "tfoot", "tr", "th",
      "td",   "strong", "svg",   "desc",    "g",     "rect",  "text"};
  std::vector<std::string> open;
  std::size_t behind = 0;
  for (std::sregex_iterator each{page.begin(), page.end(), tag}, end; each != end; ++each) {
    const auto at = static_cast<std::size_t>(each->position());
    EXPECT_EQ(page.substr(behind, at - behind).find_first_of("<>"), std::string::npos)
        << page.substr(behind, at - behind);
    behind = at + static_cast<std::size_t>(each->length());
    const std::string name = (*each)[2];
    if (name.empty()) continue;
    EXPECT_NE(std::find(known.begin(), known.end(), name), known.end()) << name;
    if ((*each)[1].length() > 0) {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    } else if ((*each)[4].length() == 0 && name != "meta") {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(page.substr(behind), "\n");
}

TEST(ReportPage, IsOneWholeDocumentForEveryKindOfReport) {
  library_report shown = small_report();
  expect_balanced(report_page(shown));
  shown.features.clear();
  shown.why_no_features = "reprise-train is <not> installed";
  shown.tvshow = hostile;
  expect_balanced(report_page(shown));
  expect_balanced(report_page(small_report(hostile, "\"")));
  expect_balanced(report_page(wide_report(60)));
  expect_balanced(report_page(wide_report(150)));
}

TEST(ReportPage, SaysWhenAndOfWhatItIs) {
  library_report shown = small_report();
  expect_has(report_page(shown),
             "<p>2023-11-14 22:13:20 UTC. 7 videos, the whole library; 2 labels.</p>");
  shown.tvshow = "News & <Views>";
  shown.videos = 1;
  expect_has(report_page(shown), "1 video, of the TV show <bdi>News &amp; &lt;Views&gt;</bdi>");
}

TEST(ReportPage, NeedsNothingElseAndRunsNothing) {
  library_report shown = small_report(hostile, "javascript:alert(1)");
  shown.tvshow = hostile;
  const std::string page = report_page(shown);
  expect_has(page,
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'\">");
  for (const char* never : {"<script", "<img", "<link", "<iframe", "href", "url(", "@import",
                            "src=\"", "http:", "https:", "<foreignObject", "<use"}) {
    EXPECT_EQ(page.find(never), std::string::npos) << never;
  }
  expect_has(page, "prefers-color-scheme: dark");
}

TEST(ReportPage, ShowsHostileLabelsAsText) {
  const std::string page = report_page(small_report(hostile, "\xe2\x80\xaeodd"));
  EXPECT_EQ(page.find(hostile.substr(0, 8)), std::string::npos);
  // In the table, and as the whole name of its row and its column.
  EXPECT_EQ(count_of(page, hostile_shown), 3U);
  expect_has(page, "<bdi>" + hostile_shown + "</bdi>");
  expect_has(page, "<bdi>\xe2\x80\xaeodd</bdi>");
}

TEST(ReportPage, ShowsTheMetricsInATable) {
  const std::string page = report_page(small_report());
  expect_has(page, "Accuracy <strong>0.8333</strong>");
  expect_has(page, "<th scope=\"col\">Support</th>");
  expect_has(page,
             "<tr><th scope=\"row\"><bdi>advert</bdi></th><td>1.0000</td><td>0.7500</td>"
             "<td>0.8571</td><td>4</td></tr>");
  expect_has(page,
             "<tr><th scope=\"row\"><bdi>promo</bdi></th><td>0.6667</td><td>1.0000</td>"
             "<td>0.8000</td><td>2</td></tr>");
  expect_has(page, "<bdi>macro mean</bdi></th><td>0.8333</td>");
  expect_has(page, "<bdi>micro mean</bdi></th><td>0.8333</td>");
  expect_has(page, "<bdi>weighted mean</bdi></th><td>0.8889</td>");
}

TEST(HeatMap, ColoursCellsByTheirShareOfTheRow) {
  const std::string page = report_page(small_report());
  expect_has(page, ">Confusion matrix of 2 labels</title>");
  expect_has(page, "<title>actual advert, predicted advert: 3 of 4 (75.0 %)</title>");
  expect_has(page, "<title>actual advert, predicted promo: 1 of 4 (25.0 %)</title>");
  // 0.1 and nine tenths of the share.
  for (const char* opacity : {"0.775", "0.325", "1.000"}) {
    EXPECT_EQ(count_of(page, "fill-opacity=\"" + std::string{opacity} + "\""), 1U) << opacity;
  }
  EXPECT_EQ(count_of(page, "class=\"heat\""), 3U + 2U);  // and two bars
  EXPECT_EQ(count_of(page, "class=\"on\""), 2U);
  EXPECT_EQ(count_of(page, "class=\"off\""), 1U);
}

TEST(HeatMap, WritesNumbersOnlyWhereThereIsRoom) {
  const std::string narrow = report_page(wide_report(24)), wide = report_page(wide_report(25));
  EXPECT_EQ(count_of(narrow, "class=\"on\"") + count_of(narrow, "class=\"off\""), 24U + 23U);
  EXPECT_EQ(count_of(wide, "class=\"on\"") + count_of(wide, "class=\"off\""), 0U);
  EXPECT_EQ(count_of(wide, "<title>actual "), 25U + 24U);
  // Names stay readable: every row and column has its own.
  EXPECT_EQ(count_of(report_page(wide_report(60)), "<title>label 1059</title>label 1059</text>"),
            2U);
}

TEST(HeatMap, ShortensCountsThatHaveNoRoom) {
  label_counter counter;
  ASSERT_TRUE(counter.add("a", "a", 9'999));
  ASSERT_TRUE(counter.add("a", "b", 10'000));
  ASSERT_TRUE(counter.add("b", "a", 1'999'999));
  ASSERT_TRUE(counter.add("b", "b", 3'000'000'000));
  const std::string page = report_page(report_of(counter));
  for (const char* shown : {">9999<", ">10k<", ">1M<", ">3G<", ": 10000 of 19999 "}) {
    expect_has(page, shown);
  }
}

// The counts stay what they are in all; the rarest labels, which come first here, are one.
TEST(HeatMap, DrawsTheMostFrequentLabelsAndTheOthersAsOne) {
  const std::string page = report_page(wide_report(heat_labels_max + 3));
  expect_has(page, ">Confusion matrix of 101 labels</title>");
  EXPECT_EQ(count_of(page, "<title>label 1002</title>"), 0U);
  EXPECT_EQ(count_of(page, "<title>label 1003</title>"), 2U);
  EXPECT_EQ(count_of(page, "<title>3 other labels</title>"), 2U);
  // Of the three: 1 + 2 + 3 right ones, and three taken for the first, which is one of them.
  expect_has(page, "actual 3 other labels, predicted 3 other labels: 9 of 9 (100.0 %)");
  expect_has(page, "actual label 1102, predicted 3 other labels: 1 of 104 (1.0 %)");
}

TEST(HeatMap, CutsLongNamesAtACharacter) {
  std::string wide;
  for (int i = 0; i < 50; ++i) wide += "\xe9\x9f\xb3";
  const std::string page = report_page(small_report(std::string(200, 'x'), wide));
  expect_has(page, "</title>" + std::string(23, 'x') + "\xe2\x80\xa6</text>");
  expect_has(page, "</title>" + wide.substr(0, 3 * 11) + "\xe2\x80\xa6</text>");
  expect_has(page, "<title>" + wide + "</title>");
  const std::string whole(24, 'y');
  expect_has(report_page(small_report(whole, "z")), "</title>" + whole + "</text>");
}

TEST(FeatureBars, AreAsLongAsTheirGains) {
  const std::string page = report_page(small_report());
  expect_has(page, ">The 2 most important features</title>");
  expect_has(page, "learnt by the model gbm");
  expect_has(page, "<g><title>feature 17: 0.75</title>");
  expect_has(page, "width=\"420.0\" height=\"16\"/>");
  expect_has(page, "width=\"140.0\" height=\"16\"/>");
  EXPECT_LT(page.find(">feature 17<"), page.find(">feature 3<"));
}

TEST(FeatureBars, AreLeftOutWithTheirReason) {
  library_report shown = small_report();
  shown.features.clear();
  shown.why_no_features = "reprise-train is <not> installed";
  const std::string page = report_page(shown);
  expect_has(page, "<p>They are left out: reprise-train is &lt;not&gt; installed.</p>");
  EXPECT_EQ(page.find("bars-title"), std::string::npos);
}

}  // namespace
}  // namespace reprise
