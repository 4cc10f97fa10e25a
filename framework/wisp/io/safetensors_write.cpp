#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <wisp/core/text.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/safetensors.h>
#include <wisp/io/safetensors_format.h>

namespace wisp {
namespace {

using namespace safetensors;
using Item = std::pair<const std::string, Tensor>;

// Wider dtypes first, names in order within a dtype.
std::vector<const Item*> data_order(const std::map<std::string, Tensor>& tensors) {
  std::vector<const Item*> order;
  for (const Item& item : tensors) {
    check(item.first != metadata_key, "write_safetensors: the name \"{}\" is reserved for metadata", metadata_key);
    check(item.second.defined(), "write_safetensors: tensor {} is undefined", quote(item.first));
    order.push_back(&item);
  }
  std::stable_sort(order.begin(), order.end(), [](const Item* a, const Item* b) {
    return size_of(a->second.dtype()) > size_of(b->second.dtype());
  });
  return order;
}

const char* file_name_of(DType dtype) {
  return std::find_if(file_dtypes.begin(), file_dtypes.end(), [=](const FileDType& row) { return row.dtype == dtype; })
      ->name;
}

std::string make_header(const std::vector<const Item*>& order, const Metadata& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  std::uint64_t offset = 0;
  for (const Item* item : order) {
    const Tensor& tensor = item->second;
    const std::uint64_t end = offset + static_cast<std::uint64_t>(tensor.numel()) * size_of(tensor.dtype());
    header[item->first] = {{"dtype", file_name_of(tensor.dtype())},
                           {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    fail("write_safetensors: a tensor's name or a metadata text is not valid UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  check(text.size() <= max_header_bytes, "write_safetensors: the header has {} bytes, at most {} are valid",
        text.size(), max_header_bytes);
  return text;
}

void write_numbers(AtomicFile& file, const Tensor& tensor) {
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    if (is_row_major(tensor.shape())) {
      file.write(std::as_bytes(std::span(tensor.data<T>(), static_cast<std::size_t>(tensor.numel()))));
    } else {
      const std::vector<T> numbers = tensor.values<T>();
      file.write(std::as_bytes(std::span(numbers)));
    }
  });
}

}  // namespace

void write_safetensors(const std::string& path, const Safetensors& content) {
  const std::vector<const Item*> order = data_order(content.tensors);
  const std::string header = make_header(order, content.metadata);
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const Item* item : order) write_numbers(file, item->second);
  file.commit();
}

}  // namespace wisp
