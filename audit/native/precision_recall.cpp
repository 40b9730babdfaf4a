// The curve of precision over recall of many categories.
#include "table.h"

#include <algorithm>

using std::int64_t;

// Columns: precision, (n_categories, n_recalls): the largest that is reached at that recall or a higher one; 0 where
// none is, or a category has no labels. is_right says of the detections of one category after the other, best first,
// whether they are right; those of a category are at start[category] and after.
MASKAUDIT_API maskaudit::Table* maskaudit_interpolate_precision(
    const std::uint8_t* is_right, const int64_t* start, const int64_t* n_labels, int64_t n_categories,
    const double* recall_at, int64_t n_recalls, double least) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<double> precision(static_cast<std::size_t>(n_categories * n_recalls)), best;
    for (int64_t category = 0; category < n_categories; ++category) {
      if (n_labels[category] <= 0) continue;
      // Precision peaks, and recall rises, only at right detections.
      best.clear();
      double n_wrong = 0;
      for (int64_t k = start[category]; k < start[category + 1]; ++k) {
        if (!is_right[k]) {
          ++n_wrong;
          continue;
        }
        const double n_right = static_cast<double>(best.size() + 1);
        best.push_back(n_right / (n_right + n_wrong + least));
      }
      for (std::size_t k = best.size(); k-- > 1;) best[k - 1] = std::max(best[k - 1], best[k]);
      std::size_t at = 0;
      for (int64_t k = 0; k < n_recalls; ++k) {
        while (at < best.size() &&
               static_cast<double>(at + 1) / static_cast<double>(n_labels[category]) < recall_at[k])
          ++at;
        if (at < best.size()) precision[static_cast<std::size_t>(category * n_recalls + k)] = best[at];
      }
    }
    table.add("precision", std::move(precision));
  });
}
