// Growing and shrinking masks by a square of 2 radius + 1 pixels a side.
#pragma once

#include "runs.h"

namespace maskaudit {

// Leaves the pixels whose whole square lies in the mask.
void erode(RunList& mask, int radius, RunList& scratch);

// Adds the pixels whose square meets the mask; coordinates may become negative.
void dilate(RunList& mask, int radius, RunList& scratch);

// Cuts off what lies outside of an image.
void clip(RunList& mask, int height, int width);

}  // namespace maskaudit
