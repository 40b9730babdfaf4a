// How far apart the parts of one mask lie.
#pragma once

#include "components.h"

namespace maskaudit {

// Pixels between parts, counted as a king moves. A part is large with at least a tenth of the mask's pixels.
struct PartGaps {
  // The longest edge of the minimum spanning tree over the large parts; 0 where there are fewer than two.
  std::int64_t between_large = 0;
  // From the small part that lies farthest out, as a box, to the nearest large part; 0 where either is missing.
  std::int64_t to_small = 0;
};

// Measures the gaps between the parts of a mask. Keeps scratch memory.
class ComponentGaps {
 public:
  PartGaps measure(RunSpan runs, ComponentLabeler& labeler, const std::vector<std::int64_t>& part_pixels,
                   std::int64_t area);

 private:
  struct Box {
    std::int32_t left, right, top, bottom;  // right and bottom are the first outside
  };
  // The boxes of a part's runs, then of larger and larger blocks of neighbouring runs, up to one block.
  using BlockTree = std::vector<std::vector<Box>>;
  struct Block {
    const BlockTree* tree;
    std::size_t level, number;
    const Box& box() const { return (*tree)[level][number]; }
  };

  static std::int64_t gap_between(const Box& a, const Box& b);
  static void grow_tree(BlockTree& tree);
  static void search(Block fixed, Block split, std::int64_t& nearest);
  static std::int64_t measure_gap(const BlockTree& a, const BlockTree& b);
  static void grow_box(Box& box, const Box& other);
  std::int64_t find_widest(std::size_t n_parts);
  std::int64_t find_farthest();

  std::vector<BlockTree> trees_;
  std::vector<Box> small_parts_;
  std::vector<std::int32_t> tree_of_leader_, box_of_leader_;
};

}  // namespace maskaudit
