// How many pixels of a mask lie on the four lines along the sides of a box.
#include "runs.h"
#include "threads.h"

namespace {

struct SidePixels {
  std::int64_t left = 0, right = 0, top = 0, bottom = 0;
};

struct SideLines {
  std::int64_t left, right, top, bottom;  // columns and rows of pixels
};

SidePixels count_side_pixels(const std::int32_t* x, const std::int32_t* y0, const std::int32_t* y1, std::int64_t first,
                             std::int64_t end, const SideLines& line) {
  SidePixels pixels;
  for (std::int64_t run = first; run < end; ++run) {
    const std::int64_t length = y1[run] - y0[run];
    if (x[run] == line.left) pixels.left += length;
    if (x[run] == line.right) pixels.right += length;
    pixels.top += y0[run] <= line.top && line.top < y1[run];
    pixels.bottom += y0[run] <= line.bottom && line.bottom < y1[run];
  }
  return pixels;
}

}  // namespace

// lines: (n_masks, 4), the columns left and right, the rows top and bottom; they may lie anywhere.
// Columns: pixels, (n_masks, 4) in the same order.
MASKAUDIT_API maskaudit::Table* maskaudit_count_side_pixels(const int64_t* start, const int32_t* x, const int32_t* y0,
                                                            const int32_t* y1, const int64_t* lines, int64_t n_masks,
                                                            int64_t n_threads) {
  return maskaudit::guarded([&](maskaudit::Table& table) {
    std::vector<int64_t> pixels(4 * static_cast<std::size_t>(n_masks));
    constexpr int64_t block = 256;  // masks handed out together
    maskaudit::for_each_item((n_masks + block - 1) / block, static_cast<int>(n_threads), [&](int, int64_t item) {
      for (int64_t mask = item * block; mask < std::min(n_masks, (item + 1) * block); ++mask) {
        const std::size_t at = 4 * static_cast<std::size_t>(mask);
        const SideLines line{lines[at], lines[at + 1], lines[at + 2], lines[at + 3]};
        const SidePixels found = count_side_pixels(x, y0, y1, start[mask], start[mask + 1], line);
        pixels[at] = found.left, pixels[at + 1] = found.right;
        pixels[at + 2] = found.top, pixels[at + 3] = found.bottom;
      }
    });
    table.add("pixels", std::move(pixels));
  });
}
