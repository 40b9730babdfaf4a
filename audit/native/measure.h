// Cuts masks that are sorted by image into portions for threads.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// Masks [begin, end) of one image.
struct ImageRange {
  std::int64_t begin, end;
};

// Returns portions of whole images, of some hundred masks or one image each.
std::vector<std::vector<ImageRange>> split_images(const std::int64_t* image, std::int64_t n_masks);

}  // namespace maskaudit
