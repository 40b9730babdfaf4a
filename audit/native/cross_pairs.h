// Masks of two sets against each other, image by image: which overlap, and by how many pixels.
#pragma once

#include "mask_columns.h"

namespace maskaudit {

// One side of a comparison; all arrays hold one entry a mask.
struct MaskSide {
  RunColumns runs;
  const std::int64_t* image;        // ascending
  const std::int64_t* surrounding;  // (n, 4) xywh: whole pixels that hold both the mask's box and the declared one
  const double* box;                // (n, 4) xywh: what box IoU is measured of
  const std::uint8_t* iscrowd;
  std::int64_t count;
  std::vector<std::uint8_t> plain;

  void look() {
    plain.resize(static_cast<std::size_t>(count));
    for (std::int64_t k = 0; k < count; ++k)
      plain[static_cast<std::size_t>(k)] = has_one_run_a_column(look_at(runs, k));
  }
  std::int64_t left(std::int64_t k) const { return surrounding[4 * k]; }
  std::int64_t right(std::int64_t k) const { return surrounding[4 * k] + surrounding[4 * k + 2]; }
  std::int64_t top(std::int64_t k) const { return surrounding[4 * k + 1]; }
  std::int64_t bottom(std::int64_t k) const { return surrounding[4 * k + 1] + surrounding[4 * k + 3]; }
};

struct PairList {
  std::vector<std::int64_t> a, b, intersection;
  std::vector<double> box_iou;

  // Adds the columns a, b, intersection, box_iou of lists that follow each other.
  static void add_columns(Table& table, std::vector<PairList>&& parts);
};

// Measures the masks [a, end_a) of one side against [b, end_b) of the other; of one set only a < b.
void measure_image(const MaskSide& one, std::int64_t a, std::int64_t end_a, const MaskSide& two, std::int64_t b,
                   std::int64_t end_b, bool is_inner, PairList& pairs);

}  // namespace maskaudit
