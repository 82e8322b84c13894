// What the descriptions of pictures and of faces are made of: blocks of numbers that say how light,
// colour and edges lie in a small picture.
//
// Shapes   small [rows, columns] of one float a pixel, 0 to 255. low_frequencies: `count` numbers,
//          coarse to fine. edge_directions [grid, grid, directions]. Each block has length 1, less
//          where the picture is nearly flat: so the noise of a flat picture tells nothing
// Errors   none; asserted: low_frequencies wants a square of an even side, edge_directions a grid
//          that divides the side
// Threads  pure
// Source   N. Ahmed et al., Discrete Cosine Transform, 1974; N. Dalal, B. Triggs, Histograms of
//          Oriented Gradients for Human Detection, CVPR 2005
#pragma once

#include <opencv2/core.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace reprise::sight {

using numbers = std::vector<double>;

// Cosine coefficients in zigzag order behind the mean, which is left out.
[[nodiscard]] numbers low_frequencies(const cv::Mat& small, std::size_t count);

// How strong edges of each direction are in each cell of a grid, less the mean of all. Directions
// are those of a line: 0 to 180 degrees.
[[nodiscard]] numbers edge_directions(const cv::Mat& small, int grid, int directions);

// To length 1 where it is well above `floor` long; what is all noise becomes shorter than it is.
void make_unit(numbers& block, double floor);

void append(numbers& all, const numbers& block, double weight);

}  // namespace reprise::sight
