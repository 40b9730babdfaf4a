// The one way in which results leave the library: a table of named columns, owned by the library.
//
// Kernels do not know beforehand how many runs or pairs they will find, so they fill vectors and hand
// the table to Python, which looks at the columns in place and frees the table with its last array.
#pragma once

#include <cstdint>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(_WIN32)
#define MASKAUDIT_API extern "C" __declspec(dllexport)
#else
#define MASKAUDIT_API extern "C" __attribute__((visibility("default")))
#endif

namespace maskaudit {

// Codes of element types, numpy's type strings without byte order: "i4" is int32.
template <class T>
constexpr const char* type_code() {
  if constexpr (std::is_same_v<T, std::int8_t>) return "i1";
  else if constexpr (std::is_same_v<T, std::uint8_t>) return "u1";
  else if constexpr (std::is_same_v<T, std::int16_t>) return "i2";
  else if constexpr (std::is_same_v<T, std::uint16_t>) return "u2";
  else if constexpr (std::is_same_v<T, std::int32_t>) return "i4";
  else if constexpr (std::is_same_v<T, std::uint32_t>) return "u4";
  else if constexpr (std::is_same_v<T, std::int64_t>) return "i8";
  else if constexpr (std::is_same_v<T, std::uint64_t>) return "u8";
  else if constexpr (std::is_same_v<T, float>) return "f4";
  else {
    static_assert(std::is_same_v<T, double>, "a type that numpy reads");
    return "f8";
  }
}

class Table {
 public:
  // Moves a finished vector into the table.
  template <class T>
  void add(std::string name, std::vector<T> values) {
    auto kept = std::make_shared<std::vector<T>>(std::move(values));
    columns_.push_back({std::move(name), type_code<T>(), kept->size(), kept->data(), kept});
  }

  // What Python has to know of the columns, as text that lives as long as the table.
  const char* describe();

 private:
  struct Column {
    std::string name;  // without blanks
    const char* type;
    std::size_t size;
    void* data;
    std::shared_ptr<void> owner;
  };
  std::vector<Column> columns_;
  std::string description_;
};

// Runs a kernel; an exception (memory is out, say) becomes a message and no table.
void remember_error(const char* message);

template <class Kernel>
Table* guarded(Kernel&& kernel) {
  try {
    auto table = std::make_unique<Table>();
    kernel(*table);
    return table.release();
  } catch (const std::exception& error) {
    remember_error(error.what());
  } catch (...) {
    remember_error("an unknown C++ exception");
  }
  return nullptr;
}

}  // namespace maskaudit
