// Small operations on the cells of a window, written so that many cells are done at a time.
#include "mask_window.h"

#include "wide.h"

#include <algorithm>

namespace maskaudit {
namespace {

// Marks what either marks.
void unite(std::uint8_t* to, const std::uint8_t* from, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) to[k] = static_cast<std::uint8_t>(to[k] | from[k]);
}

}  // namespace

void dilate(Cells& cells, Cells& scratch, std::int64_t width, std::int64_t height, std::int64_t reach) {
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

MASKAUDIT_WIDE void weigh_channels(const std::uint8_t* pixels, std::int64_t n_pixels, std::int64_t channels,
                                   float* luma) {
  if (channels == 1) {
    for (std::int64_t k = 0; k < n_pixels; ++k) {
      const float grey = pixels[k];
      luma[k] = grey * 0.299f + grey * 0.587f + grey * 0.114f;
    }
    return;
  }
  for (std::int64_t k = 0; k < n_pixels; ++k) {
    const float red = pixels[3 * k], green = pixels[3 * k + 1], blue = pixels[3 * k + 2];
    luma[k] = red * 0.299f + green * 0.587f + blue * 0.114f;
  }
}

void erode(const Cells& cells, Cells& scratch, std::int64_t width, std::int64_t height, Cells& core) {
  scratch.assign(cells.size(), 0);
  core.assign(cells.size(), 0);
  for (std::int64_t y = 0; y < height; ++y) {
    const std::uint8_t* row = cells.data() + y * width;
    std::uint8_t* to = scratch.data() + y * width;
    for (std::int64_t x = 1; x < width - 1; ++x) to[x] = static_cast<std::uint8_t>(row[x - 1] & row[x] & row[x + 1]);
  }
  for (std::int64_t y = 1; y < height - 1; ++y) {
    const std::uint8_t* row = scratch.data() + y * width;
    std::uint8_t* to = core.data() + y * width;
    for (std::int64_t x = 0; x < width; ++x) to[x] = static_cast<std::uint8_t>(row[x - width] & row[x] & row[x + width]);
  }
}

void subtract_cells(Cells& cells, const Cells& marked) {
  std::uint8_t* to = cells.data();
  const std::uint8_t* from = marked.data();
  for (std::size_t k = 0; k < cells.size(); ++k) to[k] = static_cast<std::uint8_t>(to[k] & ~from[k]);
}

}  // namespace maskaudit
