// What a shape looks like cut in two: its concavities, the best cut, and what the parts are like.
#pragma once

#include "tile_moments.h"

namespace maskaudit {

// The two deepest concavities of a shape, on different sides; the deeper first, depth 0 = none.
struct Concavities {
  float depth[2];  // cells behind the convex hull
  float x[2], y[2];
};

// Finds where the outline lies farthest behind the convex hull. The hull is taken as what lies between two
// parallel lines in each of 32 directions: a cell is as deep as the nearest of these lines is away.
Concavities find_concavities(const Tile& tile);

// Two parts of a shape and the seam on which they meet; lengths in cells.
struct Seam {
  float gain;                   // how much more the parts are like ellipses: the whole's misfit less theirs
  float misfit;                 // of the parts, weighted by area
  float share;                  // the smaller part's share of both
  float length;                 // of the seam
  float width;                  // shorter axis of the smaller part
  float notch_low, notch_high;  // how full the surroundings of the seam's ends are: 0.5 = a straight outline
  float x0, y0, x1, y1;         // the seam as a straight line
};

// Measures two parts against the whole. They may leave a slit, and need not be disjoint.
Seam measure_seam(const Tile& whole, const Spans& whole_spans, float whole_misfit, const Tile& part, const Tile& rest);

// Cuts a shape by the straight line that leaves the two most elliptic parts, and returns one of them.
Tile find_best_cut(const Tile& tile, const Spans& spans, const MomentSums& sums, const Concavities& concavities);

// Where a shape is cut best.
struct Cut {
  Concavities concavities;
  Seam seam;
};

// Measures the best cut: that of `find_best_cut`, or the neck between two notches where that one misses it.
Cut measure_best_cut(const Tile& tile, const Spans& spans, const MomentSums& sums, float misfit);

}  // namespace maskaudit
