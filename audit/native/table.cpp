#include "table.h"

#include <exception>

namespace maskaudit {
namespace {
thread_local std::string last_error;
}

void remember_error(const char* message) { last_error = message; }

}  // namespace maskaudit

using maskaudit::Table;

MASKAUDIT_API const char* maskaudit_error() { return maskaudit::last_error.c_str(); }

MASKAUDIT_API std::int64_t maskaudit_table_width(const Table* table) {
  return static_cast<std::int64_t>(table->columns().size());
}

MASKAUDIT_API const char* maskaudit_column_name(const Table* table, std::int64_t column) {
  return table->columns()[static_cast<std::size_t>(column)].name.c_str();
}

MASKAUDIT_API const char* maskaudit_column_type(const Table* table, std::int64_t column) {
  return table->columns()[static_cast<std::size_t>(column)].type;
}

MASKAUDIT_API std::int64_t maskaudit_column_size(const Table* table, std::int64_t column) {
  return static_cast<std::int64_t>(table->columns()[static_cast<std::size_t>(column)].size);
}

MASKAUDIT_API void* maskaudit_column_data(const Table* table, std::int64_t column) {
  return table->columns()[static_cast<std::size_t>(column)].data;
}

MASKAUDIT_API void maskaudit_table_free(Table* table) { delete table; }
