// What walks through detections in descending order of score: COCO's matching, and non-maximum suppression.
#include "detections.h"
#include "table.h"
#include "threads.h"

#include <numeric>

using std::int64_t;
using std::uint8_t;

// Columns: label, (n_layers, n_detections) the label of each detection, -1 = none. order lists the detections that
// take part, best first; the first takes what it likes.
MASKAUDIT_API maskaudit::Table* maskaudit_match_detections(
    const int64_t* order, int64_t n_used, const int64_t* start, const int64_t* label, const double* iou,
    int64_t n_detections, const uint8_t* ignored, const uint8_t* iscrowd, int64_t n_labels, const double* threshold,
    int64_t n_layers, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::MatchCandidates candidates{start, label, iou};
    std::vector<int64_t> matched(static_cast<std::size_t>(n_layers * n_detections), -1);
    maskaudit::for_each_item(n_layers, static_cast<int>(n_threads), [&](int, int64_t layer) {
      std::vector<uint8_t> taken(static_cast<std::size_t>(n_labels));
      const auto is_taken = [&](int64_t candidate) { return taken[static_cast<std::size_t>(candidate)] != 0; };
      for (int64_t k = 0; k < n_used; ++k) {
        const int64_t chosen =
            choose_label(candidates, order[k], threshold[layer], ignored + layer * n_labels, is_taken);
        if (chosen < 0) continue;
        matched[static_cast<std::size_t>(layer * n_detections + order[k])] = chosen;
        if (!iscrowd[chosen]) taken[static_cast<std::size_t>(chosen)] = 1;  // a crowd region has room for all
      }
    });
    table.add("label", std::move(matched));
  });
}

// Columns: kept, (n) 1 where no kept object of lower rank conflicts with it.
MASKAUDIT_API maskaudit::Table* maskaudit_greedy_nms(
    const int64_t* rank, int64_t n, const int64_t* a, const int64_t* b, int64_t n_pairs) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    // Counting sort by the rank of the better object: when its turn comes, its own fate is known.
    std::vector<int64_t> start(static_cast<std::size_t>(n) + 1), order(static_cast<std::size_t>(n_pairs));
    const auto turn = [&](int64_t k) { return static_cast<std::size_t>(std::min(rank[a[k]], rank[b[k]])); };
    for (int64_t k = 0; k < n_pairs; ++k) ++start[turn(k) + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    for (int64_t k = 0; k < n_pairs; ++k) order[static_cast<std::size_t>(start[turn(k)]++)] = k;
    std::vector<uint8_t> kept(static_cast<std::size_t>(n), 1);
    for (const int64_t k : order) {
      const bool a_is_better = rank[a[k]] < rank[b[k]];
      const int64_t better = a_is_better ? a[k] : b[k], worse = a_is_better ? b[k] : a[k];
      if (kept[static_cast<std::size_t>(better)]) kept[static_cast<std::size_t>(worse)] = 0;
    }
    table.add("kept", std::move(kept));
  });
}
