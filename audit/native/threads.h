// Shares the images of a call between threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace maskaudit {

// Calls work(thread, item) for every item in [0, items); thread is below n_threads, so that each thread can
// keep scratch memory of its own. Items are handed out one by one, because images differ in size a
// thousandfold. Results must be stored by item: the order of calls is not fixed. The first exception ends the
// loop and is thrown here.
template <class Work>
void for_each_item(std::int64_t items, int n_threads, Work&& work) {
  n_threads = static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(n_threads, items)));
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_lock;
  auto loop = [&](int thread) {
    try {
      for (std::int64_t item; (item = next.fetch_add(1)) < items;) work(thread, item);
    } catch (...) {
      std::lock_guard<std::mutex> hold(failure_lock);
      if (!failure) failure = std::current_exception();
      next.store(items);
    }
  };
  if (n_threads == 1) {
    loop(0);
  } else {
    std::vector<std::thread> helpers;
    try {
      for (int thread = 1; thread < n_threads; ++thread) helpers.emplace_back(loop, thread);
    } catch (...) {
      // No more threads are to be had: those that run, and this one, do all the work.
    }
    loop(0);
    for (auto& helper : helpers) helper.join();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace maskaudit
