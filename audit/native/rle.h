// COCO's compressed run-length strings.
#pragma once

#include <cstdint>
#include <vector>

namespace maskaudit {

// Values of audit.geometry.rle.StringFault.
enum class RleFault : std::uint8_t { ok = 0, empty = 1, charset = 2, varint = 3, truncated = 4 };

// Appends the runs of one string to counts; where it is faulty, counts is left as it was.
RleFault decode_rle_string(const std::uint8_t* text, std::int64_t length, std::vector<std::int64_t>& counts);

}  // namespace maskaudit
