// What one mask looks like: size, box, parts, holes, perimeter, hull, hash.
#pragma once

#include "component_gaps.h"
#include "components.h"
#include "hull.h"

namespace maskaudit {

// The tight box of a mask; zeros for a mask without pixels.
struct MaskBox {
  std::int64_t x = 0, y = 0, w = 0, h = 0;
};

// In pixels; zeros for a mask without pixels.
struct MaskShape {
  std::int64_t area = 0;
  MaskBox box;
  PartSizes parts;                        // 8-connected
  PartGaps part_gaps;
  PartSizes holes;                        // 4-connected
  std::int64_t perimeter = 0;             // unit pixel edges, holes included
  double hull_area = 0;                   // of the pixel squares
  std::uint64_t hash = 0;                 // of the pixels; 0 = none
};

std::int64_t count_pixels(RunSpan runs);
MaskBox find_box(RunSpan runs);

// Hashes the pixels of a mask: the sum over its runs of a 64-bit mix (the finaliser of SplitMix64; Steele et
// al., 2014) of each run's place and length. 0 for a mask without pixels, and only for one.
std::uint64_t hash_pixels(RunSpan runs);

// Measures one mask after the other; keeps scratch memory, so one is needed for each thread.
class ShapeMeasurer {
 public:
  // Appends the pixels of the mask's holes to `holes`.
  MaskShape measure(RunSpan runs, RunList& holes);

 private:
  double measure_hull(RunSpan runs);
  void measure_parts(RunSpan runs, MaskShape& shape);

  ComponentLabeler labeler_;
  PartCounter counter_;
  ComponentGaps gaps_;
  HoleFinder hole_finder_;
  HullArea hull_;
  std::vector<ColumnExtent> columns_;
};

// Adds columns named as in the instances table.
void add_shape_columns(Table& table, const std::vector<MaskShape>& shapes);

}  // namespace maskaudit
