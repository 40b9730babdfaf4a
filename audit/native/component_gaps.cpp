#include "component_gaps.h"

#include <algorithm>
#include <array>
#include <limits>

namespace maskaudit {
namespace {

using std::int64_t;
using std::size_t;

// Share of a mask's pixels from which on a part counts; so a mask has at most ten that do.
constexpr double large_share = 0.1;
// Blocks that are united into the next larger block.
constexpr size_t fan = 8;

}  // namespace

// Counts the pixels between boxes, as a king moves; 0 where they touch or overlap.
int64_t ComponentGaps::gap_between(const Box& a, const Box& b) {
  const int64_t across = std::max(a.left, b.left) - std::min(a.right, b.right);
  const int64_t down = std::max(a.top, b.top) - std::min(a.bottom, b.bottom);
  return std::max<int64_t>(std::max(across, down), 0);
}

void ComponentGaps::grow_box(Box& box, const Box& other) {
  box.left = std::min(box.left, other.left);
  box.right = std::max(box.right, other.right);
  box.top = std::min(box.top, other.top);
  box.bottom = std::max(box.bottom, other.bottom);
}

// Adds larger and larger blocks to the runs of a part.
void ComponentGaps::grow_tree(BlockTree& tree) {
  while (tree.back().size() > 1) {
    const std::vector<Box>& below = tree.back();
    std::vector<Box> blocks;
    for (size_t first = 0; first < below.size(); first += fan) {
      Box block = below[first];
      for (size_t at = first + 1; at < std::min(first + fan, below.size()); ++at) {
        grow_box(block, below[at]);
      }
      blocks.push_back(block);
    }
    tree.push_back(std::move(blocks));
  }
}

// Looks for runs in two blocks that lie nearer than `nearest`: only blocks that may hold some are split, the
// nearest first. Without that, two parts of a million runs each would have to be compared run by run.
void ComponentGaps::search(Block fixed, Block split, int64_t& nearest) {
  if (fixed.level > split.level) std::swap(fixed, split);
  if (split.level == 0) {
    nearest = std::min(nearest, gap_between(fixed.box(), split.box()));
    return;
  }
  const std::vector<Box>& below = (*split.tree)[split.level - 1];
  const size_t first = split.number * fan, count = std::min(fan, below.size() - first);
  std::array<std::pair<int64_t, size_t>, fan> blocks;
  for (size_t at = 0; at < count; ++at) {  // sorted as they come: there are eight at most
    size_t place = at;
    const int64_t gap = gap_between(fixed.box(), below[first + at]);
    for (; place > 0 && blocks[place - 1].first > gap; --place) blocks[place] = blocks[place - 1];
    blocks[place] = {gap, first + at};
  }
  for (size_t at = 0; at < count && blocks[at].first < nearest; ++at) {
    search(fixed, {split.tree, split.level - 1, blocks[at].second}, nearest);
  }
}

int64_t ComponentGaps::measure_gap(const BlockTree& a, const BlockTree& b) {
  int64_t nearest = std::numeric_limits<int64_t>::max();
  search({&a, a.size() - 1, 0}, {&b, b.size() - 1, 0}, nearest);
  return nearest;
}

// Grows the spanning tree by the nearest part, again and again (Prim's algorithm); returns its longest edge.
int64_t ComponentGaps::find_widest(size_t n_parts) {
  std::vector<int64_t> distance(n_parts, std::numeric_limits<int64_t>::max());
  std::vector<bool> inside(n_parts, false);
  int64_t widest = 0;
  for (size_t last = 0, step = 1; step < n_parts; ++step) {
    inside[last] = true;
    size_t nearest = 0;
    int64_t least = std::numeric_limits<int64_t>::max();
    for (size_t part = 0; part < n_parts; ++part) {
      if (inside[part]) continue;
      distance[part] = std::min(distance[part], measure_gap(trees_[last], trees_[part]));
      if (distance[part] < least) {
        least = distance[part];
        nearest = part;
      }
    }
    widest = std::max(widest, least);
    last = nearest;
  }
  return widest;
}

// Small parts are taken as their boxes: they are many where a mask is noise, and hardly larger than that.
int64_t ComponentGaps::find_farthest() {
  int64_t farthest = 0;
  BlockTree lone_box(1, std::vector<Box>(1));
  for (const Box& small_part : small_parts_) {
    lone_box[0][0] = small_part;
    int64_t nearest = std::numeric_limits<int64_t>::max();
    for (const BlockTree& large_part : trees_) nearest = std::min(nearest, measure_gap(lone_box, large_part));
    farthest = std::max(farthest, nearest);
  }
  return farthest;
}

PartGaps ComponentGaps::measure(RunSpan runs, ComponentLabeler& labeler, const std::vector<int64_t>& part_pixels,
                               int64_t area) {
  size_t n_large = 0;
  tree_of_leader_.assign(runs.size(), -1);
  for (size_t run = 0; run < runs.size(); ++run) {
    if (part_pixels[run] > 0 && static_cast<double>(part_pixels[run]) >= large_share * static_cast<double>(area)) {
      tree_of_leader_[run] = static_cast<std::int32_t>(n_large++);
    }
  }
  if (n_large == 0) return {};
  trees_.assign(n_large, BlockTree(1));
  small_parts_.clear();
  box_of_leader_.assign(runs.size(), -1);
  for (size_t run = 0; run < runs.size(); ++run) {
    const size_t leader = labeler.leader(run);
    const Box strip{runs[run].x, runs[run].x + 1, runs[run].y0, runs[run].y1};
    if (tree_of_leader_[leader] >= 0) {
      trees_[static_cast<size_t>(tree_of_leader_[leader])][0].push_back(strip);
    } else if (box_of_leader_[leader] >= 0) {
      grow_box(small_parts_[static_cast<size_t>(box_of_leader_[leader])], strip);
    } else {
      box_of_leader_[leader] = static_cast<std::int32_t>(small_parts_.size());
      small_parts_.push_back(strip);
    }
  }
  for (BlockTree& tree : trees_) grow_tree(tree);
  return {n_large < 2 ? 0 : find_widest(n_large), find_farthest()};
}

}  // namespace maskaudit
