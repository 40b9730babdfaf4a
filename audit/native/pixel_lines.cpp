// Do the pixels of a mask show two objects? Straight lines of many directions are laid through it, and both sides
// of each and the band between them are compared.
//
// Two objects that touch differ in brightness, or are parted by a darker band (a valley). Everything is in units of
// the mask's contrast to its surroundings, positive towards the mask. audit/geometry/pixel_lines.py says what the
// columns mean.
#include "line_sums.h"
#include "runs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace maskaudit {
namespace {

constexpr int n_angles = 12, ring_width = 3, margin = 4;
constexpr std::size_t most_points = 240;    // of a larger mask every n-th pixel is looked at
constexpr int least_points = 12;
constexpr int least_core = 16;              // a smaller core is replaced by the whole mask
constexpr double farthest_offset = 0.55;    // of the half width, from the centre
constexpr double least_side = 0.18;         // share of the pixels on the smaller side of a line
constexpr double least_contrast = 4;        // grey levels
constexpr double band_by_diameter = 0.04;   // half width of the band over the root of the area, at least a pixel
constexpr int least_ring = 5, least_band = 3, least_beside = 5;

// Where a mask and its neighbours lie in a window of the picture.
struct Window {
  std::int64_t x, y, width, height;
  std::vector<std::uint8_t> inside, other, near, scratch;
  std::size_t size() const { return static_cast<std::size_t>(width * height); }
};

struct Point {
  double x, y, value;
};

enum Feature { share, step, share_by_step, valley, valley_by_spread, contrast, cut_valley, cut_step, n_features };
constexpr std::array<const char*, n_features> names = {
    "line_share", "line_step", "line_share_by_step", "line_valley", "line_valley_by_spread",
    "pixel_contrast", "cut_valley", "cut_step"};

// Marks what either marks.
void unite(std::uint8_t* to, const std::uint8_t* from, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) to[k] = static_cast<std::uint8_t>(to[k] | from[k]);
}

// Marks what lies within `reach` cells of what is marked, corners included: whole rows at a time.
void dilate(std::vector<std::uint8_t>& cells, std::vector<std::uint8_t>& scratch, std::int64_t width,
            std::int64_t height, std::int64_t reach) {
  scratch = cells;
  for (std::int64_t row = 0; row < width * height; row += width)
    for (std::int64_t k = 1; k <= std::min(reach, width - 1); ++k) {
      unite(scratch.data() + row + k, cells.data() + row, width - k);
      unite(scratch.data() + row, cells.data() + row + k, width - k);
    }
  cells = scratch;
  for (std::int64_t k = 1; k <= std::min(reach, height - 1); ++k) {
    unite(cells.data() + k * width, scratch.data(), (height - k) * width);
    unite(cells.data(), scratch.data() + k * width, (height - k) * width);
  }
}

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

static_assert(most_points <= LineSums::most_points, "the points of a mask can be counted");

class Lines {
 public:
  Lines(const RunColumns& runs, std::int64_t n_masks, const float* grey, std::int64_t height, std::int64_t width)
      : runs_(runs), grey_(grey), height_(height), width_(width), painted_(static_cast<std::size_t>(height * width)) {
    for (std::int64_t mask = 0; mask < n_masks; ++mask) {
      runs_.load(mask, list_);
      for (const Run& run : list_)
        for (std::int64_t y = run.y0; y < run.y1; ++y)
          painted_[static_cast<std::size_t>(y * width + run.x)] = 1;
    }
  }

  // Measures a mask, or with b >= 0 two masks with the slit between them closed.
  void measure(std::int64_t a, std::int64_t b, const float* cut, float* features) {
    std::fill(features, features + n_features, 0.0f);
    if (!open_window(a, b)) return;
    const double background = measure_background();
    collect_pixels();
    const double difference = median(values_) - background;
    const double unit = std::max(std::abs(difference), least_contrast) * (difference >= 0 ? 1 : -1);
    if (!choose_points(background, unit)) return;
    features[contrast] = static_cast<float>(difference / 64);
    compare_lines(features);
    compare_cut(cut, background, unit, features);
  }

 private:
  std::size_t at(std::int64_t x, std::int64_t y) const { return static_cast<std::size_t>(y * window_.width + x); }

  float grey_at(std::int64_t x, std::int64_t y) const {
    return grey_[(window_.y + y) * width_ + window_.x + x];
  }

  void draw(std::vector<std::uint8_t>& cells) const {
    cells.assign(window_.size(), 0);
    for (const Run& run : list_)
      for (std::int64_t y = run.y0; y < run.y1; ++y) cells[at(run.x - window_.x, y - window_.y)] = 1;
  }

  // Paints the window with the mask and its neighbours; false for a mask without pixels.
  bool open_window(std::int64_t a, std::int64_t b) {
    std::int64_t x0 = width_, y0 = height_, x1 = 0, y1 = 0;
    for (const std::int64_t mask : {a, b}) {
      if (mask < 0) continue;
      runs_.load(mask, list_);
      for (const Run& run : list_) {
        x0 = std::min<std::int64_t>(x0, run.x);
        x1 = std::max<std::int64_t>(x1, run.x + 1);
        y0 = std::min<std::int64_t>(y0, run.y0);
        y1 = std::max<std::int64_t>(y1, run.y1);
      }
    }
    if (x1 <= x0) return false;
    window_.x = std::max<std::int64_t>(x0 - margin, 0);
    window_.y = std::max<std::int64_t>(y0 - margin, 0);
    window_.width = std::min(x1 + margin, width_) - window_.x;
    window_.height = std::min(y1 + margin, height_) - window_.y;
    runs_.load(a, list_);
    draw(window_.inside);
    std::vector<std::uint8_t>& second = window_.near;
    second.clear();
    if (b >= 0) {
      runs_.load(b, list_);
      draw(second);
    }
    window_.other.resize(window_.size());
    for (std::int64_t y = 0; y < window_.height; ++y)
      for (std::int64_t x = 0; x < window_.width; ++x) {
        const bool is_own = window_.inside[at(x, y)] || (b >= 0 && second[at(x, y)]);
        window_.other[at(x, y)] =
            painted_[static_cast<std::size_t>((window_.y + y) * width_ + window_.x + x)] && !is_own;
      }
    if (b >= 0) close_slit(second);
    return true;
  }

  // Every free cell that neighbours both masks becomes part of the union.
  void close_slit(std::vector<std::uint8_t>& second) {
    std::vector<std::uint8_t> first_grown = window_.inside, second_grown = second;
    dilate(first_grown, window_.scratch, window_.width, window_.height, 1);
    dilate(second_grown, window_.scratch, window_.width, window_.height, 1);
    for (std::size_t cell = 0; cell < window_.size(); ++cell)
      window_.inside[cell] |= second[cell] | (first_grown[cell] & second_grown[cell] & !window_.other[cell]);
  }

  // The median of what lies around the mask; of its neighbours too where nothing else does.
  double measure_background() {
    window_.near = window_.inside;
    dilate(window_.near, window_.scratch, window_.width, window_.height, ring_width);
    for (const bool with_others : {false, true}) {
      values_.clear();
      for (std::int64_t y = 0; y < window_.height; ++y)
        for (std::int64_t x = 0; x < window_.width; ++x)
          if (window_.near[at(x, y)] && !window_.inside[at(x, y)] && (with_others || !window_.other[at(x, y)]))
            values_.push_back(grey_at(x, y));
      if (values_.size() >= least_ring || (with_others && !values_.empty())) return median(values_);
    }
    return 0;
  }

  bool is_core(std::int64_t x, std::int64_t y) const {
    if (x < 1 || y < 1 || x > window_.width - 2 || y > window_.height - 2) return false;
    const std::uint8_t* cell = window_.inside.data() + at(x, y);
    int n_inside = 0;
    for (const std::int64_t row : {-window_.width, std::int64_t{0}, window_.width})
      n_inside += cell[row - 1] + cell[row] + cell[row + 1];
    return n_inside == 9;
  }

  // Lists the pixels of the mask.
  void collect_pixels() {
    inner_.clear();
    values_.clear();
    for (std::int64_t x = 0; x < window_.width; ++x)
      for (std::int64_t y = 0; y < window_.height; ++y)
        if (window_.inside[at(x, y)]) {
          inner_.push_back({static_cast<double>(x), static_cast<double>(y), grey_at(x, y)});
          values_.push_back(grey_at(x, y));
        }
  }

  // Chooses the pixels that lines are laid through, in units of the contrast; false where they are too few. Those
  // of the outermost layer are left out where enough remain: they are half background.
  bool choose_points(double background, double unit) {
    core_.clear();
    for (const Point& point : inner_)
      if (is_core(static_cast<std::int64_t>(point.x), static_cast<std::int64_t>(point.y))) core_.push_back(point);
    const std::vector<Point>& chosen = core_.size() < least_core ? inner_ : core_;
    area_ = static_cast<double>(chosen.size());
    const std::size_t size = chosen.size(), wanted = std::min<std::size_t>(size, most_points);
    points_.clear();
    if (wanted < least_points) return false;
    for (std::size_t k = 0; k < wanted; ++k) {
      const Point& point = chosen[k * (size - 1) / (wanted - 1)];
      points_.x.push_back(point.x);
      points_.y.push_back(point.y);
      points_.value.push_back((point.value - background) / unit);
    }
    return true;
  }

  void compare_lines(float* features) {
    Sums all;
    double x = 0, y = 0, squares = 0;
    for (std::size_t k = 0; k < points_.size(); ++k) {
      const double value = points_.value[k];
      x += points_.x[k];
      y += points_.y[k];
      all.add(value);
      squares += value * value;
    }
    x /= all.number;
    y /= all.number;
    const double mean = all.mean(), variance = std::max(squares / all.number - mean * mean, 0.0) + 1e-4;
    const double half_band = std::max(1.0, band_by_diameter * std::sqrt(area_));
    double best_share = 0, best_valley = -1;
    features[valley] = -1;
    for (int angle = 0; angle < n_angles; ++angle) {
      sums_.sum(points_, x, y, direction_of_turns(angle / (2.0 * n_angles)), half_band, farthest_offset);
      Sums behind;
      // From the last line to the first: what lies behind one lies behind all before it.
      for (int line = n_lines - 1; line >= 0; --line) {
        const auto k = static_cast<std::size_t>(line);
        behind.number += sums_.between[k + 1].number;
        behind.total += sums_.between[k + 1].total;
        const Sums before = all.without(behind);
        if (std::min(behind.number, before.number) < least_side * all.number) continue;
        const double jump = std::abs(behind.mean() - before.mean());
        const double explained = behind.number * before.number / (all.number * all.number) * jump * jump / variance;
        if (explained > best_share) {
          best_share = explained;
          features[share] = static_cast<float>(explained);
          features[step] = static_cast<float>(jump);
          features[share_by_step] = static_cast<float>(explained * std::min(jump, 2.0));
        }
        const Sums band{sums_.band_before[k].number + sums_.band_behind[k].number,
                        sums_.band_before[k].total + sums_.band_behind[k].total};
        const Sums far = behind.without(sums_.band_behind[k]), near = before.without(sums_.band_before[k]);
        if (band.number < least_band || std::min(far.number, near.number) < least_beside) continue;
        const double depth = std::min(far.mean(), near.mean()) - band.mean();
        if (depth > best_valley) {
          best_valley = depth;
          features[valley] = static_cast<float>(depth);
          features[valley_by_spread] = static_cast<float>(depth / (0.05 + std::sqrt(variance)));
        }
      }
    }
  }

  // The same along the best cut of the form, where there is one.
  void compare_cut(const float* cut, double background, double unit, float* features) {
    const double x0 = cut[0] - static_cast<double>(window_.x), y0 = cut[1] - static_cast<double>(window_.y);
    const double x1 = cut[2] - static_cast<double>(window_.x), y1 = cut[3] - static_cast<double>(window_.y);
    const double length = std::sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
    if (length < 1) return;
    const double normal_x = (y1 - y0) / length, normal_y = (x0 - x1) / length;
    const double middle_x = (x0 + x1) / 2, middle_y = (y0 + y1) / 2;
    values_.clear();
    behind_.clear();
    Sums band;
    for (Point point : inner_) {
      point.value = (point.value - background) / unit;
      const double away = (point.x - middle_x) * normal_x + (point.y - middle_y) * normal_y;
      const double along = (point.y - middle_y) * normal_x - (point.x - middle_x) * normal_y;
      if (std::abs(away) <= 1 && std::abs(along) <= length / 2 + 1) {
        band.add(point.value);
      } else if (std::abs(away) > 1.5) {
        (away > 0 ? behind_ : values_).push_back(static_cast<float>(point.value));
      }
    }
    if (band.number < 2 || values_.size() < 4 || behind_.size() < 4) return;
    const double before = median(values_), behind = median(behind_);
    features[cut_valley] = static_cast<float>(std::min(before, behind) - band.mean());
    features[cut_step] = static_cast<float>(std::abs(before - behind));
  }

  RunColumns runs_;
  const float* grey_;
  std::int64_t height_, width_;
  std::vector<std::uint8_t> painted_;
  RunList list_;
  Window window_;
  std::vector<Point> inner_, core_;
  LinePoints points_;
  std::vector<float> values_, behind_;
  LineSums sums_;
  double area_ = 0;
};

}  // namespace
}  // namespace maskaudit

// Columns: see `names`, (n_items) each. Item k is mask a[k], or its union with b[k] where that is not negative;
// cuts: (n_items, 4) the ends of the best cut, image pixels, all equal where there is none.
MASKAUDIT_API maskaudit::Table* maskaudit_pixel_lines(
    const std::int64_t* start, const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1,
    std::int64_t n_masks, const std::int64_t* a, const std::int64_t* b, const float* cuts, std::int64_t n_items,
    const float* grey, std::int64_t height, std::int64_t width) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    using namespace maskaudit;
    Lines lines({x, y0, y1, start}, n_masks, grey, height, width);
    std::array<std::vector<float>, n_features> columns;
    for (auto& column : columns) column.resize(static_cast<std::size_t>(n_items));
    std::array<float, n_features> features;
    for (std::int64_t item = 0; item < n_items; ++item) {
      lines.measure(a[item], b[item], cuts + 4 * item, features.data());
      for (std::size_t k = 0; k < n_features; ++k) columns[k][static_cast<std::size_t>(item)] = features[k];
    }
    for (std::size_t k = 0; k < n_features; ++k) table.add(names[k], std::move(columns[k]));
  });
}
