// A confusion matrix as a heat map in SVG, to be put into an HTML page.
//
// Shapes   rows are actual labels, columns predicted ones, both named; a cell's colour is its share
//          of its row, its number is written into it where there is room, and its title says it in
//          words. Classes, which the page's style defines: heat, on (text on a dark cell)
// Errors   none; asserted: the matrix is square and has a label
// Threads  pure
#pragma once

#include <string>

#include "host/library/report_page.hpp"

namespace reprise {

void append_heat_map(std::string& out, const confusion_matrix& shown);

}  // namespace reprise
