// How well the rims of two masks agree, for many pairs of masks: boundary IoU. Rims live in scratch memory, for some
// pairs at a time, since nobody but the pairs needs them.
#include "mask_columns.h"
#include "square_morphology.h"

namespace {

using maskaudit::RunColumns;
using maskaudit::RunList;
using std::int32_t;
using std::int64_t;

// Pairs handed out together. Pairs of one mask lie side by side, so that few rims are made twice.
constexpr int64_t block = 64;

// The rims of the masks of one side of some pairs, each made once.
class Rims {
 public:
  void make(const RunColumns& masks, const int64_t* number, const int64_t* width, int64_t n_pairs) {
    chosen_.clear();
    for (int64_t pair = 0; pair < n_pairs; ++pair) chosen_.push_back({number[pair], width[pair]});
    std::sort(chosen_.begin(), chosen_.end(), comes_before);
    chosen_.erase(std::unique(chosen_.begin(), chosen_.end(),
                              [](const Chosen& a, const Chosen& b) { return a.number == b.number; }),
                  chosen_.end());
    rims_.clear();
    area_.clear();
    for (const Chosen& mask : chosen_) {
      masks.load(mask.number, whole_);
      inside_ = whole_;
      maskaudit::erode(inside_, static_cast<int>(mask.width), scratch_);
      maskaudit::subtract(whole_, inside_, scratch_);
      int64_t pixels = 0;
      for (const maskaudit::Run& run : scratch_) pixels += run.y1 - run.y0;
      rims_.append(scratch_);
      area_.push_back(pixels);
    }
  }
  // Where the rim of a mask lies.
  std::size_t find(int64_t number) const {
    const auto place = std::lower_bound(chosen_.begin(), chosen_.end(), Chosen{number, 0}, comes_before);
    return static_cast<std::size_t>(place - chosen_.begin());
  }
  maskaudit::RunSpan operator[](std::size_t place) const { return rims_[place]; }
  int64_t area(std::size_t place) const { return area_[place]; }

 private:
  struct Chosen {
    int64_t number, width;
  };
  static bool comes_before(const Chosen& a, const Chosen& b) { return a.number < b.number; }

  std::vector<Chosen> chosen_;
  maskaudit::MaskList rims_;
  std::vector<int64_t> area_;
  RunList whole_, inside_, scratch_;
};

}  // namespace

// Columns: iou, of the rims of masks a of one set and b of another; 0 where neither has pixels. All pairs of a mask
// have one width.
MASKAUDIT_API maskaudit::Table* maskaudit_measure_boundary_iou(
    const int64_t* start_1, const int32_t* x_1, const int32_t* y0_1, const int32_t* y1_1,
    const int64_t* start_2, const int32_t* x_2, const int32_t* y0_2, const int32_t* y1_2,
    const int64_t* a, const int64_t* b, const int64_t* width, int64_t n_pairs, int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    const RunColumns first{x_1, y0_1, y1_1, start_1}, second{x_2, y0_2, y1_2, start_2};
    std::vector<double> iou(static_cast<std::size_t>(n_pairs));
    const int threads = static_cast<int>(n_threads);
    std::vector<Rims> of_first(static_cast<std::size_t>(std::max(threads, 1))), of_second(of_first.size());
    maskaudit::for_each_item((n_pairs + block - 1) / block, threads, [&](int thread, int64_t item) {
      Rims &rims_a = of_first[static_cast<std::size_t>(thread)], &rims_b = of_second[static_cast<std::size_t>(thread)];
      const int64_t begin = item * block, end = std::min(n_pairs, begin + block);
      rims_a.make(first, a + begin, width + begin, end - begin);
      rims_b.make(second, b + begin, width + begin, end - begin);
      for (int64_t pair = begin; pair < end; ++pair) {
        const std::size_t one = rims_a.find(a[pair]), two = rims_b.find(b[pair]);
        const int64_t common = maskaudit::count_shared_pixels(rims_a[one], rims_b[two]);
        const int64_t whole = rims_a.area(one) + rims_b.area(two) - common;
        iou[static_cast<std::size_t>(pair)] =
            static_cast<double>(common) / static_cast<double>(std::max<int64_t>(whole, 1));
      }
    });
    table.add("iou", std::move(iou));
  });
}
