// What walks through detections in descending order of score: COCO's matching, and non-maximum suppression.
#include "table.h"
#include "threads.h"

#include <numeric>

using std::int64_t;
using std::uint8_t;

// Columns: label, (n_layers, n_detections) the label of each detection, -1 = none. Candidate pairs of a detection
// lie together, in ascending order of preference, and detections in the order in which they choose. A detection
// takes the best free label that reaches the layer's threshold, one that is ignored only where there is no other.
MASKAUDIT_API maskaudit::Table* maskaudit_match_detections(
    const int64_t* label, const int64_t* detection, const double* iou, int64_t n_pairs, const uint8_t* ignored,
    const uint8_t* iscrowd, int64_t n_labels, const double* threshold, int64_t n_layers, int64_t n_detections,
    int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> matched(static_cast<std::size_t>(n_layers * n_detections), -1);
    maskaudit::for_each_item(n_layers, static_cast<int>(n_threads), [&](int, int64_t layer) {
      std::vector<uint8_t> taken(static_cast<std::size_t>(n_labels));
      const uint8_t* is_ignored = ignored + layer * n_labels;
      for (int64_t first = 0, end; first < n_pairs; first = end) {
        for (end = first + 1; end < n_pairs && detection[end] == detection[first];) ++end;
        int64_t chosen = -1;
        for (int64_t k = end - 1; k >= first && iou[k] >= threshold[layer]; --k) {
          if (taken[static_cast<std::size_t>(label[k])]) continue;
          if (chosen < 0) chosen = label[k];
          if (!is_ignored[label[k]]) {
            chosen = label[k];
            break;
          }
        }
        if (chosen < 0) continue;
        matched[static_cast<std::size_t>(layer * n_detections + detection[first])] = chosen;
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

// Columns: precision, (n_ranges, n_categories, n_thresholds, n_recalls); recall, (n_ranges, n_maxima, n_categories,
// n_thresholds); -1 where there are no labels. row lists the detections of each category, best first; place says
// how many better ones of its image and category a detection has. What is neither right nor wrong does not count.
MASKAUDIT_API maskaudit::Table* maskaudit_accumulate_detections(
    const int64_t* row, const int64_t* category_start, int64_t n_categories, const int64_t* place,
    const uint8_t* is_right, const uint8_t* is_wrong, int64_t n_detections, const int64_t* n_labels,
    int64_t n_ranges, int64_t n_thresholds, const double* recall_at, int64_t n_recalls, const int64_t* most,
    int64_t n_maxima, double least, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const auto size = [](int64_t a, int64_t b, int64_t c, int64_t d) { return static_cast<std::size_t>(a * b * c * d); };
    std::vector<double> precision(size(n_ranges, n_categories, n_thresholds, n_recalls), -1.0);
    std::vector<double> recall(size(n_ranges, n_maxima, n_categories, n_thresholds), -1.0);
    maskaudit::for_each_item(n_ranges * n_categories, static_cast<int>(n_threads), [&](int, int64_t item) {
      thread_local std::vector<double> reached, best;
      const int64_t range = item / n_categories, category = item % n_categories, labels = n_labels[item];
      if (labels == 0) return;
      const int64_t first = category_start[category], n = category_start[category + 1] - first;
      reached.resize(static_cast<std::size_t>(n));
      best.resize(static_cast<std::size_t>(n));
      for (int64_t layer = 0; layer < n_thresholds; ++layer) {
        const uint8_t* right = is_right + (range * n_thresholds + layer) * n_detections;
        const uint8_t* wrong = is_wrong + (range * n_thresholds + layer) * n_detections;
        double n_right = 0, n_wrong = 0;
        for (int64_t k = 0; k < n; ++k) {
          n_right += right[row[first + k]];
          n_wrong += wrong[row[first + k]];
          best[static_cast<std::size_t>(k)] = n_right / (n_right + n_wrong + least);
          reached[static_cast<std::size_t>(k)] = n_right / static_cast<double>(labels);
        }
        // The largest precision from each place on, so that the curve never rises with recall.
        for (int64_t k = n - 1; k > 0; --k)
          best[static_cast<std::size_t>(k - 1)] = std::max(best[static_cast<std::size_t>(k - 1)], best[static_cast<std::size_t>(k)]);
        double* curve = &precision[size(range * n_categories + category, n_thresholds, n_recalls, 1) +
                                   size(layer, n_recalls, 1, 1)];
        for (int64_t k = 0, at = 0; k < n_recalls; ++k) {
          while (at < n && reached[static_cast<std::size_t>(at)] < recall_at[k]) ++at;
          curve[k] = at < n ? best[static_cast<std::size_t>(at)] : 0.0;
        }
        for (int64_t m = 0; m < n_maxima; ++m) {
          int64_t counted = 0;
          for (int64_t k = first; k < first + n; ++k) counted += place[row[k]] < most[m] && right[row[k]];
          recall[size(range * n_maxima + m, n_categories, n_thresholds, 1) + size(category, n_thresholds, 1, 1) +
                 static_cast<std::size_t>(layer)] = static_cast<double>(counted) / static_cast<double>(labels);
        }
      }
    });
    table.add("precision", std::move(precision));
    table.add("recall", std::move(recall));
  });
}
