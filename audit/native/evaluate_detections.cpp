// COCO's average precision: detections matched and counted, category by category.
#include "detections.h"
#include "table.h"
#include "threads.h"

#include <numeric>

namespace {

using maskaudit::MatchCandidates;
using std::int64_t;
using std::size_t;
using std::uint8_t;

// What is evaluated. Ranges are ranges of areas; maxima are the detections of an image that recall is given for, in
// ascending order: beyond the last, detections are left out.
struct Task {
  MatchCandidates candidates;
  const int64_t *category, *image;  // of each detection
  const uint8_t *is_ignored;        // (ranges, labels)
  const uint8_t *is_crowd;          // (labels)
  const uint8_t *is_outside;        // (ranges, detections)
  const int64_t* n_labels_of;       // (ranges, categories) that count
  const double *threshold, *recall_at;
  const int64_t* most;
  int64_t n_detections, n_labels, n_images, n_ranges, n_categories, n_thresholds, n_recalls, n_maxima;
  bool counts_recall;
  double least;
};

// Where results go; each category writes its own places.
struct Results {
  std::vector<int64_t> label;     // (thresholds, detections) in the first range
  std::vector<double> precision;  // (ranges, categories, thresholds, recalls)
  std::vector<double> recall;     // (ranges, maxima, categories, thresholds)
};

// Memory of a thread. A number that is raised for every use marks what is taken, so that nothing has to be cleared.
struct Scratch {
  std::vector<int64_t> rows, place, n_of_image, image_mark, taken;
  std::vector<double> reached, best;
  int64_t mark = 0;
};

// Lists the detections of a category that take part, best first, and how many better ones each has in its image.
void list_detections(const Task& task, const int64_t* first, const int64_t* last, Scratch& scratch) {
  scratch.image_mark.resize(static_cast<size_t>(task.n_images));
  scratch.n_of_image.resize(static_cast<size_t>(task.n_images));
  scratch.rows.clear();
  scratch.place.clear();
  ++scratch.mark;
  for (; first < last; ++first) {
    const size_t image = static_cast<size_t>(task.image[*first]);
    if (scratch.image_mark[image] != scratch.mark) {
      scratch.image_mark[image] = scratch.mark;
      scratch.n_of_image[image] = 0;
    }
    const int64_t place = scratch.n_of_image[image]++;
    if (place >= task.most[task.n_maxima - 1]) continue;
    scratch.rows.push_back(*first);
    scratch.place.push_back(place);
  }
}

void evaluate_category(const Task& task, int64_t category, Scratch& scratch, Results& results) {
  const size_t n = scratch.rows.size();
  scratch.taken.resize(static_cast<size_t>(task.n_labels));
  std::vector<int64_t> counted(static_cast<size_t>(task.n_maxima));
  for (int64_t range = 0; range < task.n_ranges; ++range) {
    const int64_t labels = task.n_labels_of[range * task.n_categories + category];
    const uint8_t* is_ignored = task.is_ignored + range * task.n_labels;
    const uint8_t* is_outside = task.is_outside + range * task.n_detections;
    if (labels == 0 && range > 0) continue;  // nothing is averaged; of the first range the matches are wanted
    for (int64_t layer = 0; layer < task.n_thresholds; ++layer) {
      const int64_t mark = ++scratch.mark;
      double n_right = 0, n_wrong = 0;
      scratch.reached.clear();
      scratch.best.clear();
      std::fill(counted.begin(), counted.end(), 0);
      for (size_t k = 0; k < n; ++k) {
        const int64_t row = scratch.rows[k];
        const int64_t label = choose_label(
            task.candidates, row, task.threshold[layer], is_ignored,
            [&](int64_t candidate) { return scratch.taken[static_cast<size_t>(candidate)] == mark; });
        if (label >= 0 && !task.is_crowd[label]) scratch.taken[static_cast<size_t>(label)] = mark;
        if (range == 0) results.label[static_cast<size_t>(layer * task.n_detections + row)] = label;
        // What is neither right nor wrong does not count: matched to an ignored label, or unmatched and out of range.
        if (label < 0) {
          n_wrong += !is_outside[row];
        } else if (!is_ignored[label]) {
          // Precision peaks, and recall rises, only here: the curve needs no other points.
          n_right += 1;
          scratch.best.push_back(n_right / (n_right + n_wrong + task.least));
          scratch.reached.push_back(n_right / static_cast<double>(labels));
          if (task.counts_recall)
            for (int64_t m = 0; m < task.n_maxima; ++m)
              counted[static_cast<size_t>(m)] += scratch.place[k] < task.most[m];
        }
      }
      if (labels == 0) continue;
      // The largest precision from each point on, so that the curve never rises with recall.
      const size_t n_points = scratch.best.size();
      for (size_t k = n_points; k-- > 1;) scratch.best[k - 1] = std::max(scratch.best[k - 1], scratch.best[k]);
      const int64_t curve = ((range * task.n_categories + category) * task.n_thresholds + layer) * task.n_recalls;
      size_t at = 0;
      for (int64_t k = 0; k < task.n_recalls; ++k) {
        while (at < n_points && scratch.reached[at] < task.recall_at[k]) ++at;
        results.precision[static_cast<size_t>(curve + k)] = at < n_points ? scratch.best[at] : 0.0;
      }
      if (!task.counts_recall) continue;
      for (int64_t m = 0; m < task.n_maxima; ++m)
        results.recall[static_cast<size_t>(((range * task.n_maxima + m) * task.n_categories + category) *
                                               task.n_thresholds + layer)] =
            static_cast<double>(counted[static_cast<size_t>(m)]) / static_cast<double>(labels);
    }
  }
}

}  // namespace

// Columns: label, (n_thresholds, n_detections) the label of each detection over all areas, -1 = none; precision,
// (n_ranges, n_categories, n_thresholds, n_recalls); recall, (n_ranges, n_maxima, n_categories, n_thresholds), empty
// unless counts_recall; -1 where there are no labels. order lists the detections that take part, best first; candidate
// pairs are of one category.
MASKAUDIT_API maskaudit::Table* maskaudit_evaluate_detections(
    const int64_t* order, int64_t n_used, const int64_t* start, const int64_t* label, const double* iou,
    const int64_t* category, const int64_t* image, int64_t n_detections, int64_t n_images, const uint8_t* is_ignored,
    const uint8_t* is_crowd, int64_t n_labels, const uint8_t* is_outside, const int64_t* n_labels_of, int64_t n_ranges,
    int64_t n_categories, const double* threshold, int64_t n_thresholds, const double* recall_at, int64_t n_recalls,
    const int64_t* most, int64_t n_maxima, int64_t counts_recall, double least, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const Task task{{start, label, iou}, category, image, is_ignored, is_crowd, is_outside, n_labels_of, threshold,
                    recall_at, most, n_detections, n_labels, n_images, n_ranges, n_categories, n_thresholds, n_recalls,
                    n_maxima, counts_recall != 0, least};
    const auto size = [](int64_t a, int64_t b, int64_t c, int64_t d) { return static_cast<size_t>(a * b * c * d); };
    Results results{std::vector<int64_t>(size(n_thresholds, n_detections, 1, 1), -1),
                    std::vector<double>(size(n_ranges, n_categories, n_thresholds, n_recalls), -1.0),
                    std::vector<double>(counts_recall ? size(n_ranges, n_maxima, n_categories, n_thresholds) : 0, -1.0)};
    // Counting brings the detections of a category together, in their order.
    std::vector<int64_t> first(static_cast<size_t>(n_categories) + 1), sorted(static_cast<size_t>(n_used));
    for (int64_t k = 0; k < n_used; ++k) ++first[static_cast<size_t>(category[order[k]]) + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<int64_t> next(first.begin(), first.end() - 1);
    for (int64_t k = 0; k < n_used; ++k)
      sorted[static_cast<size_t>(next[static_cast<size_t>(category[order[k]])]++)] = order[k];
    std::vector<Scratch> scratch(static_cast<size_t>(std::max<int64_t>(n_threads, 1)));
    maskaudit::for_each_item(n_categories, static_cast<int>(n_threads), [&](int thread, int64_t item) {
      Scratch& memory = scratch[static_cast<size_t>(thread)];
      list_detections(task, sorted.data() + first[static_cast<size_t>(item)],
                      sorted.data() + first[static_cast<size_t>(item) + 1], memory);
      evaluate_category(task, item, memory, results);
    });
    table.add("label", std::move(results.label));
    table.add("precision", std::move(results.precision));
    table.add("recall", std::move(results.recall));
  });
}
