// Corners that an outline keeps when it is simplified (Ramer, 1972; Douglas and Peucker, 1973): few where a mask is
// made of straight stretches, however it is stored.
#include "components.h"
#include "runs.h"
#include "threads.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace maskaudit {
namespace {

using std::int32_t;
using std::int64_t;

struct Pixel {
  int32_t x, y;
};

// The eight neighbours, clockwise from the one to the right.
constexpr std::array<Pixel, 8> neighbours{{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}};
constexpr std::size_t most_points = 16384;          // of one outline; a longer one is thinned
constexpr int64_t most_pixels = int64_t{1} << 26;   // of a box that is looked at

class CornerCounter {
 public:
  int64_t count(RunSpan runs, double tolerance) {
    if (runs.empty() || !paint(runs)) return 0;
    labeler_.label(runs, Corners::connect);
    int64_t corners = 0;
    for (std::size_t run = 0; run < runs.size(); ++run) {
      // The first pixel of a part lies on its outer outline, with nothing of the part left of it.
      if (labeler_.leader(run) != run) continue;
      trace({runs[run].x - left_, runs[run].y0 - top_});
      corners += simplify(tolerance);
    }
    return corners;
  }

 private:
  bool paint(RunSpan runs) {
    left_ = runs.front().x;
    width_ = runs.back().x - left_ + 1;
    top_ = runs[0].y0;
    int32_t bottom = runs[0].y1;
    for (const Run& run : runs) {
      top_ = std::min(top_, run.y0);
      bottom = std::max(bottom, run.y1);
    }
    height_ = bottom - top_;
    if (static_cast<int64_t>(width_) * height_ > most_pixels) return false;
    const auto pixels = static_cast<std::size_t>(width_ + 2) * static_cast<std::size_t>(height_ + 2);
    pixels_.assign(pixels, 0);
    for (const Run& run : runs) {
      std::uint8_t* const column = pixels_.data() + place_of({run.x - left_, 0});
      std::fill(column + (run.y0 - top_), column + (run.y1 - top_), std::uint8_t{1});
    }
    for (std::size_t direction = 0; direction < 8; ++direction) {
      const Pixel step = neighbours[direction];
      steps_[direction] = steps_[direction + 8] = static_cast<std::ptrdiff_t>(step.x) * (height_ + 2) + step.y;
    }
    return true;
  }

  // Where a pixel of the box lies; a rim of free pixels around it spares asking whether a neighbour is inside.
  std::ptrdiff_t place_of(Pixel pixel) const {
    return static_cast<std::ptrdiff_t>(pixel.x + 1) * (height_ + 2) + pixel.y + 1;
  }

  // Walks once around a part, pixel by pixel (Moore's neighbourhood), until it leaves the first pixel as before.
  void trace(Pixel start) {
    outline_.assign(1, start);
    Pixel here = start;
    std::size_t from = 4, first_step = 8;  // entered from the left, where nothing is
    while (true) {
      const std::uint8_t* const pixel = pixels_.data() + place_of(here);
      std::size_t turn = 1;
      while (turn <= 8 && pixel[steps_[from + turn]] == 0) ++turn;
      if (turn > 8) return;  // a single pixel
      const std::size_t step = (from + turn) % 8;
      if (here.x == start.x && here.y == start.y) {
        if (first_step == 8) {
          first_step = step;
        } else if (step == first_step) {
          outline_.pop_back();  // the start, reached again
          return;
        }
      }
      here = {here.x + neighbours[step].x, here.y + neighbours[step].y};
      outline_.push_back(here);
      // The next search begins behind the background pixel that was looked at last.
      from = (step + (step % 2 == 0 ? 6 : 5)) % 8;
    }
  }

  // Counts the corners that are needed so that the outline nowhere lies farther off than `tolerance`.
  int64_t simplify(double tolerance) {
    const std::size_t thin = outline_.size() / most_points + 1;
    if (thin > 1) {
      std::size_t kept = 0;
      for (std::size_t at = 0; at < outline_.size(); at += thin) outline_[kept++] = outline_[at];
      outline_.resize(kept);
    }
    if (outline_.size() < 3) return static_cast<int64_t>(outline_.size());
    std::size_t far = 0;
    int64_t farthest = -1;
    for (std::size_t at = 0; at < outline_.size(); ++at) {
      const int64_t dx = outline_[at].x - outline_[0].x, dy = outline_[at].y - outline_[0].y;
      if (dx * dx + dy * dy > farthest) {
        farthest = dx * dx + dy * dy;
        far = at;
      }
    }
    outline_.push_back(outline_[0]);
    int64_t corners = 2;
    stack_.assign({{0, far}, {far, outline_.size() - 1}});
    while (!stack_.empty()) {
      const auto [first, last] = stack_.back();
      stack_.pop_back();
      const auto [corner, distance] = farthest_from_chord(first, last);
      if (distance <= tolerance) continue;
      ++corners;
      stack_.push_back({first, corner});
      stack_.push_back({corner, last});
    }
    return corners;
  }

  std::pair<std::size_t, double> farthest_from_chord(std::size_t first, std::size_t last) const {
    const Pixel a = outline_[first], b = outline_[last];
    const int64_t dx = b.x - a.x, dy = b.y - a.y;
    std::size_t corner = first;
    int64_t most = 0;
    // Whole numbers do to find the farthest: roots and quotients grow with them.
    const auto keep_farthest = [&](auto&& measure) {
      for (std::size_t at = first + 1; at < last; ++at) {
        const int64_t distance = measure(int64_t{outline_[at].x - a.x}, int64_t{outline_[at].y - a.y});
        corner = distance > most ? at : corner;
        most = std::max(most, distance);
      }
    };
    if (dx == 0 && dy == 0) {
      keep_farthest([](int64_t px, int64_t py) { return px * px + py * py; });
      return {corner, std::sqrt(static_cast<double>(most))};
    }
    keep_farthest([&](int64_t px, int64_t py) { return std::abs(dx * py - dy * px); });
    return {corner, static_cast<double>(most) / std::sqrt(static_cast<double>(dx * dx + dy * dy))};
  }

  int32_t left_ = 0, top_ = 0, width_ = 0, height_ = 0;
  std::vector<std::uint8_t> pixels_;  // column by column, with a rim of one free pixel
  std::array<std::ptrdiff_t, 16> steps_{};  // from a pixel to its neighbours, twice around
  ComponentLabeler labeler_;
  std::vector<Pixel> outline_;
  std::vector<std::pair<std::size_t, std::size_t>> stack_;
};

}  // namespace
}  // namespace maskaudit

// Columns: corners, (n_masks).
MASKAUDIT_API maskaudit::Table* maskaudit_count_corners(const int64_t* start, const int32_t* x, const int32_t* y0,
                                                        const int32_t* y1, int64_t n_masks, double tolerance,
                                                        int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const maskaudit::RunColumns masks{x, y0, y1, start};
    std::vector<int64_t> corners(static_cast<std::size_t>(n_masks));
    std::vector<maskaudit::CornerCounter> counters(static_cast<std::size_t>(n_threads));
    std::vector<maskaudit::RunList> runs(static_cast<std::size_t>(n_threads));
    constexpr int64_t masks_a_part = 64;
    maskaudit::for_each_item((n_masks + masks_a_part - 1) / masks_a_part, static_cast<int>(n_threads),
                             [&](int thread, int64_t part) {
                               const auto worker = static_cast<std::size_t>(thread);
                               const int64_t stop = std::min(n_masks, (part + 1) * masks_a_part);
                               for (int64_t mask = part * masks_a_part; mask < stop; ++mask) {
                                 masks.load(mask, runs[worker]);
                                 corners[static_cast<std::size_t>(mask)] = counters[worker].count(runs[worker], tolerance);
                               }
                             });
    table.add("corners", std::move(corners));
  });
}
