#include "table.h"

#include <exception>

namespace maskaudit {
namespace {
thread_local std::string last_error;
}

void remember_error(const char* message) { last_error = message; }

const char* Table::describe() {
  description_.clear();
  for (const Column& column : columns_) {
    description_ += column.name + ' ' + column.type + ' ' + std::to_string(column.size) + ' ' +
                    std::to_string(reinterpret_cast<std::uintptr_t>(column.data)) + '\n';
  }
  return description_.c_str();
}

}  // namespace maskaudit

using maskaudit::Table;

MASKAUDIT_API const char* maskaudit_error() { return maskaudit::last_error.c_str(); }

// One line a column: name, type, size and address of its first element. One text instead of four calls a column: a
// call from Python costs a microsecond, and a large scan reads some hundred thousand columns.
MASKAUDIT_API const char* maskaudit_table_columns(Table* table) { return table->describe(); }

MASKAUDIT_API void maskaudit_table_free(Table* table) { delete table; }
