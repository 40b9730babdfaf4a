// What is measured between two masks: overlap, depth, gap, contact, shares of holes.
#pragma once

#include "box_pairs.h"
#include "inscribed_square.h"

namespace maskaudit {

// Pixels between two masks up to which they count as close.
constexpr std::int64_t max_gap = 2;
// Columns or rows from a pixel to one that far apart.
constexpr std::int64_t max_reach = max_gap + 1;

// Two masks that overlap or come close; in pixels.
struct MaskPair {
  std::int64_t a, b;
  std::int64_t intersection;        // shared pixels
  std::int64_t depth;               // side of the largest square of shared pixels
  std::int64_t gap;                 // pixels between the two, as a king moves: 0 = they overlap or are neighbours
  std::int64_t contact;             // unit pixel edges with a on one side and b on the other; 0 where they overlap
  double hole_share_a, hole_share_b;  // share of the hole pixels of a that b covers, and the other way around
};

// How close two masks lie that share no pixel.
struct Closeness {
  std::int64_t gap;  // max_reach where it is more than max_gap
  std::int64_t contact;
};
Closeness measure_closeness(RunSpan a, RunSpan b);

// What is known of the masks of one image.
struct ImageMasks {
  MaskList masks;
  MaskList holes;
  std::vector<MaskBox> boxes;
  std::vector<std::uint64_t> hashes;

  void clear() {
    masks.clear();
    holes.clear();
    boxes.clear();
    hashes.clear();
  }
};

// Which pairs of a mask were not measured, because n masks upon each other have n * n pairs.
enum class LeftOut : std::uint8_t {
  nothing = 0,
  copies = 1,  // it is one of many copies of one mask: the first stands for them all
  unlike = 2,  // its image has too many pairs: only its most similar partners were looked at
};

// Copies of one mask in one image up to which each makes pairs of its own.
constexpr std::size_t max_copies = 50;
// Pairs of close boxes in one image up to which all are measured: so many, or so many a mask.
constexpr std::size_t max_pairs = 10'000, max_pairs_a_mask = 20;

// Measures the pairs of one image after the other; keeps scratch memory, so one is needed for each thread.
class PairMeasurer {
 public:
  // Appends every pair of masks that overlap or lie at most max_gap pixels apart, sorted. `first` is the number
  // of the image's first mask; `left_out` has a place for each of the image's masks.
  void measure(const ImageMasks& image, std::int64_t first, std::vector<MaskPair>& pairs, LeftOut* left_out);

 private:
  void leave_out_copies(const ImageMasks& image, LeftOut* left_out);
  void measure_overlap(RunSpan a, RunSpan b, MaskPair& pair);

  std::vector<MaskBox> boxes_;       // of the masks that make pairs
  std::vector<std::size_t> by_hash_;
  BoxPairFinder box_pairs_;
  InscribedSquare square_;
  RunList shared_;
};

// Adds columns named as in the pairs table.
void add_pair_columns(Table& table, std::vector<std::vector<MaskPair>>&& parts);

}  // namespace maskaudit
