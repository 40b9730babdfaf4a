// COCO's average precision: detections matched and counted, category by category.
#include "detections.h"
#include "table.h"
#include "threads.h"

#include <numeric>
#include <stdexcept>

namespace {

using maskaudit::MatchCandidates;
using std::int64_t;
using std::size_t;
using std::uint8_t;

// The layers (IoU thresholds) that something holds for, a bit each.
using Layers = std::uint64_t;

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
  bool counts_all;  // recall and matches too
  double least;
  Layers all_layers;
  std::vector<Layers> reached;  // (pairs) the layers whose threshold a pair reaches
};

// Where results go; each category writes its own places.
struct Results {
  std::vector<int64_t> label;     // (thresholds, detections) in the first range
  std::vector<double> precision;  // (ranges, categories, thresholds, recalls)
  std::vector<double> recall;     // (ranges, maxima, categories, thresholds)
};

// Memory of a thread. A number that is raised for every use marks what is valid, so that nothing has to be cleared.
struct Scratch {
  std::vector<int64_t> rows, place, n_of_image, image_mark, taken_mark;
  std::vector<Layers> taken;  // of each label
  std::vector<std::vector<double>> best;
  std::vector<int64_t> n_wrong, counted;
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

// The layers in which a label is taken.
Layers taken_layers(int64_t label, const Scratch& scratch) {
  const size_t at = static_cast<size_t>(label);
  return scratch.taken_mark[at] == scratch.mark ? scratch.taken[at] : 0;
}

void take_layers(int64_t label, Layers layers, Scratch& scratch) {
  scratch.taken[static_cast<size_t>(label)] = taken_layers(label, scratch) | layers;
  scratch.taken_mark[static_cast<size_t>(label)] = scratch.mark;
}

// Calls visit(layer) for each layer of a set.
template <class Visit>
void for_each_layer(Layers layers, Visit&& visit) {
  for (int64_t layer = 0; layers; ++layer, layers >>= 1)
    if (layers & 1) visit(layer);
}

// Lets a detection choose in all layers at once: calls choose(label, layers) with the labels that it takes, and
// returns the layers in which it finds none. As in choose_label, an ignored label is taken only where no other is free.
template <class Choose>
Layers choose_labels(const Task& task, int64_t detection, const uint8_t* is_ignored, Scratch& scratch, Choose&& choose) {
  const MatchCandidates& candidates = task.candidates;
  Layers open = task.all_layers;
  int64_t first_ignored = -1;
  for (int64_t k = candidates.start[detection + 1] - 1; k >= candidates.start[detection] && open; --k) {
    const int64_t label = candidates.label[k];
    if (is_ignored[label]) {
      first_ignored = k;  // looked at again below, from the best on
      continue;
    }
    const Layers free = open & task.reached[static_cast<size_t>(k)] & ~taken_layers(label, scratch);
    if (!free) continue;
    choose(label, free);
    open &= ~free;
  }
  if (first_ignored < 0) return open;
  for (int64_t k = candidates.start[detection + 1] - 1; k >= first_ignored && open; --k) {
    const int64_t label = candidates.label[k];
    if (!is_ignored[label]) continue;
    const Layers free = open & task.reached[static_cast<size_t>(k)] & ~taken_layers(label, scratch);
    if (!free) continue;
    choose(label, free);
    open &= ~free;
  }
  return open;
}

// Turns the precision at each right detection of a layer into the curve over recall.
void write_curve(const Task& task, std::vector<double>& best, int64_t n_labels, double* curve) {
  // The largest precision from each point on, so that the curve never rises with recall.
  for (size_t k = best.size(); k-- > 1;) best[k - 1] = std::max(best[k - 1], best[k]);
  size_t at = 0;
  for (int64_t k = 0; k < task.n_recalls; ++k) {
    while (at < best.size() && static_cast<double>(at + 1) / static_cast<double>(n_labels) < task.recall_at[k]) ++at;
    curve[k] = at < best.size() ? best[at] : 0.0;
  }
}

void evaluate_range(const Task& task, int64_t range, int64_t category, Scratch& scratch, Results& results) {
  const int64_t n_labels = task.n_labels_of[range * task.n_categories + category];
  const uint8_t* is_ignored = task.is_ignored + range * task.n_labels;
  const uint8_t* is_outside = task.is_outside + range * task.n_detections;
  if (n_labels == 0 && range > 0) return;  // nothing is averaged; of the first range the matches are wanted
  const size_t n_layers = static_cast<size_t>(task.n_thresholds);
  scratch.best.resize(n_layers);
  for (std::vector<double>& best : scratch.best) best.clear();
  scratch.n_wrong.assign(n_layers, 0);
  scratch.counted.assign(static_cast<size_t>(task.n_maxima) * n_layers, 0);
  int64_t wrong_everywhere = 0;
  ++scratch.mark;
  for (size_t at = 0; at < scratch.rows.size(); ++at) {
    const int64_t row = scratch.rows[at];
    const Layers unmatched = choose_labels(task, row, is_ignored, scratch, [&](int64_t label, Layers layers) {
      if (!task.is_crowd[label]) take_layers(label, layers, scratch);  // a crowd region has room for all
      for_each_layer(layers, [&](int64_t layer) {
        if (range == 0 && task.counts_all) results.label[static_cast<size_t>(layer * task.n_detections + row)] = label;
        if (is_ignored[label]) return;  // neither right nor wrong
        // Precision peaks, and recall rises, only here: the curve needs no other points.
        std::vector<double>& best = scratch.best[static_cast<size_t>(layer)];
        const double n_right = static_cast<double>(best.size() + 1);
        const double n_wrong = static_cast<double>(scratch.n_wrong[static_cast<size_t>(layer)] + wrong_everywhere);
        best.push_back(n_right / (n_right + n_wrong + task.least));
        if (!task.counts_all) return;
        for (int64_t m = 0; m < task.n_maxima; ++m)
          scratch.counted[static_cast<size_t>(m * task.n_thresholds + layer)] += scratch.place[at] < task.most[m];
      });
    });
    if (is_outside[row]) continue;
    if (unmatched == task.all_layers) {
      ++wrong_everywhere;
    } else {
      for_each_layer(unmatched, [&](int64_t layer) { ++scratch.n_wrong[static_cast<size_t>(layer)]; });
    }
  }
  if (n_labels == 0) return;
  for (int64_t layer = 0; layer < task.n_thresholds; ++layer) {
    const int64_t curve = ((range * task.n_categories + category) * task.n_thresholds + layer) * task.n_recalls;
    write_curve(task, scratch.best[static_cast<size_t>(layer)], n_labels, &results.precision[static_cast<size_t>(curve)]);
    if (!task.counts_all) continue;
    for (int64_t m = 0; m < task.n_maxima; ++m) {
      const int64_t place = ((range * task.n_maxima + m) * task.n_categories + category) * task.n_thresholds + layer;
      results.recall[static_cast<size_t>(place)] =
          static_cast<double>(scratch.counted[static_cast<size_t>(m * task.n_thresholds + layer)]) /
          static_cast<double>(n_labels);
    }
  }
}

}  // namespace

// Columns: label, (n_thresholds, n_detections) the label of each detection over all areas, -1 = none; precision,
// (n_ranges, n_categories, n_thresholds, n_recalls); recall, (n_ranges, n_maxima, n_categories, n_thresholds); -1 where
// there are no labels. Labels and recall are empty unless counts_all. order lists the detections that take part, best
// first; candidate pairs are of one category.
MASKAUDIT_API maskaudit::Table* maskaudit_evaluate_detections(
    const int64_t* order, int64_t n_used, const int64_t* start, const int64_t* label, const double* iou,
    const int64_t* category, const int64_t* image, int64_t n_detections, int64_t n_images, const uint8_t* is_ignored,
    const uint8_t* is_crowd, int64_t n_labels, const uint8_t* is_outside, const int64_t* n_labels_of, int64_t n_ranges,
    int64_t n_categories, const double* threshold, int64_t n_thresholds, const double* recall_at, int64_t n_recalls,
    const int64_t* most, int64_t n_maxima, int64_t counts_all, double least, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    if (n_thresholds > 64) throw std::length_error("more than 64 thresholds of IoU");
    Task task{{start, label, iou}, category, image, is_ignored, is_crowd, is_outside, n_labels_of, threshold,
              recall_at, most, n_detections, n_labels, n_images, n_ranges, n_categories, n_thresholds, n_recalls,
              n_maxima, counts_all != 0, least, 0, {}};
    task.reached.resize(static_cast<size_t>(start[n_detections]));
    for (int64_t layer = 0; layer < n_thresholds; ++layer) {
      const Layers bit = Layers{1} << layer;
      task.all_layers |= bit;
      for (size_t k = 0; k < task.reached.size(); ++k)
        if (iou[k] >= threshold[layer]) task.reached[k] |= bit;
    }
    const auto size = [](int64_t a, int64_t b, int64_t c, int64_t d) { return static_cast<size_t>(a * b * c * d); };
    Results results{std::vector<int64_t>(counts_all ? size(n_thresholds, n_detections, 1, 1) : 0, -1),
                    std::vector<double>(size(n_ranges, n_categories, n_thresholds, n_recalls), -1.0),
                    std::vector<double>(counts_all ? size(n_ranges, n_maxima, n_categories, n_thresholds) : 0, -1.0)};
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
      memory.taken.resize(static_cast<size_t>(n_labels));
      memory.taken_mark.resize(static_cast<size_t>(n_labels));
      for (int64_t range = 0; range < n_ranges; ++range) evaluate_range(task, range, item, memory, results);
    });
    table.add("label", std::move(results.label));
    table.add("precision", std::move(results.precision));
    table.add("recall", std::move(results.recall));
  });
}
