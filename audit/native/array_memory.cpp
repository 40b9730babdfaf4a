// The memory of large numpy arrays: files without a name, so that arrays of a step need no more memory than
// the machine can spare.
//
// numpy asks a handler for the memory of every array (NEP 49, "Data allocation strategies"). This one takes small
// blocks from the C library, and maps large ones from files that are gone with them: the system writes their pages
// to disk where memory is short. Arrays know their handler, so one may be freed long after another was set.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>

#include "table.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace {

// As in numpy's ndarraytypes.h, version 1. They are written down here so that the core needs no header of numpy.
struct Allocator {
  void* context;
  void* (*malloc)(void* context, std::size_t size);
  void* (*calloc)(void* context, std::size_t count, std::size_t size);
  void* (*realloc)(void* context, void* memory, std::size_t size);
  void (*free)(void* context, void* memory, std::size_t size);
};
struct Handler {
  char name[127];
  std::uint8_t version;
  Allocator allocator;
};

constexpr std::size_t kPage = 4096;

std::mutex mutex;
std::string folder;
std::size_t least_bytes = 0;

// Never destroyed: arrays may be freed while the process ends.
std::unordered_map<void*, std::size_t>& mapped_blocks() {
  static auto* blocks = new std::unordered_map<void*, std::size_t>;
  return *blocks;
}

#if !defined(_WIN32)

int open_nameless() {
  mkdir(folder.c_str(), 0777);  // nearly always it is there
#if defined(O_TMPFILE)
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) return file;
#endif
  std::string path = folder + "/array-XXXXXX";
  const int named = mkstemp(path.data());
  if (named >= 0) unlink(path.c_str());
  return named;
}

// Returns null where there is no room: the caller takes memory then.
void* map_block(std::size_t size) {
  const std::lock_guard<std::mutex> lock(mutex);
  const int file = open_nameless();
  if (file < 0) return nullptr;
  // Room is reserved now: a disk that is full later would end the process at the first write.
#if defined(__linux__)
  const bool has_room = posix_fallocate(file, 0, static_cast<off_t>(size)) == 0;
#else
  const bool has_room = ftruncate(file, static_cast<off_t>(size)) == 0;
#endif
  void* block = has_room ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (block == MAP_FAILED) return nullptr;
  mapped_blocks()[block] = size;
  return block;
}

// The size of a block that is mapped; 0 for one of the C library, which never begins on a page.
std::size_t mapped_size(void* memory) {
  if (reinterpret_cast<std::uintptr_t>(memory) % kPage != 0) return 0;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto place = mapped_blocks().find(memory);
  return place == mapped_blocks().end() ? 0 : place->second;
}

void free_block(void*, void* memory, std::size_t) {
  const std::size_t size = mapped_size(memory);
  if (size == 0) {
    std::free(memory);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex);
    mapped_blocks().erase(memory);
  }
  munmap(memory, size);
}

#else

void* map_block(std::size_t) { return nullptr; }
std::size_t mapped_size(void*) { return 0; }
void free_block(void*, void* memory, std::size_t) { std::free(memory); }

#endif

void* allocate(void*, std::size_t size) {
  void* block = size >= least_bytes ? map_block(size) : nullptr;
  return block != nullptr ? block : std::malloc(size);
}

void* allocate_zeros(void*, std::size_t count, std::size_t size) {
  // A file that nobody has written to reads as zeros.
  void* block = size > 0 && count >= least_bytes / size && count < SIZE_MAX / size ? map_block(count * size) : nullptr;
  return block != nullptr ? block : std::calloc(count, size);
}

void* reallocate(void* context, void* memory, std::size_t size) {
  const std::size_t old_size = mapped_size(memory);
  if (old_size == 0) return std::realloc(memory, size);
  void* moved = allocate(context, size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, old_size < size ? old_size : size);
  free_block(context, memory, old_size);
  return moved;
}

Handler handler = {"maskaudit_files", 1, {nullptr, allocate, allocate_zeros, reallocate, free_block}};

}  // namespace

// Returns numpy's handler of memory (PyDataMem_Handler). Arrays of at least so many bytes that are made from now
// on lie in files in this folder.
MASKAUDIT_API void* maskaudit_array_memory(const char* files_folder, std::int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex);
  folder = files_folder;
  least_bytes = bytes < 1 ? 1 : static_cast<std::size_t>(bytes);
  return &handler;
}

// Lets go of the pages of all large arrays; what is looked at next is loaded again.
MASKAUDIT_API void maskaudit_release_arrays() {
#if !defined(_WIN32)
  const std::lock_guard<std::mutex> lock(mutex);
  for (const auto& [block, size] : mapped_blocks()) madvise(block, size, MADV_DONTNEED);
#endif
}

// Gives memory back to the system that the C library keeps for later: many small blocks were freed at once.
MASKAUDIT_API void maskaudit_trim_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
