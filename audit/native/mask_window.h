// A window of a picture around a mask: what the mask, its neighbours and the picture look like in it.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

using Cells = std::vector<std::uint8_t>;  // of a window, row by row: 1 or 0

struct MaskWindow {
  std::int64_t x, y, width, height;
  Cells inside, other, near, core, scratch;
  std::vector<float> luma;  // 0 to 255
  std::size_t size() const { return static_cast<std::size_t>(width * height); }
};

// Marks what lies within `reach` cells of what is marked, corners included: whole rows at a time.
void dilate(Cells& cells, Cells& scratch, std::int64_t width, std::int64_t height, std::int64_t reach);

// Marks the cells whose eight neighbours are all marked; those at the window's border are none.
void erode(const Cells& cells, Cells& scratch, std::int64_t width, std::int64_t height, Cells& core);

// Takes out of some cells what is marked in others.
void subtract_cells(Cells& cells, const Cells& marked);

// How bright pixels look (ITU-R BT.601), added up from red to blue; one channel stands for three equal ones.
void weigh_channels(const std::uint8_t* pixels, std::int64_t n_pixels, std::int64_t channels, float* luma);

}  // namespace maskaudit
