# Run by wisp_embed_files: writes OUTPUT from FILES.
set(text "#pragma once\n#include <string_view>\n\nnamespace wisp::embedded {\n")
foreach(file ${FILES})
  file(READ ${file} content)
  # A page in one file has no source maps beside it.
  string(REGEX REPLACE "(//|/\\*)# sourceMappingURL=[^\n]*" "" content "${content}")
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  string(APPEND text "inline constexpr std::string_view ${identifier} = R\"embedded(${content})embedded\";\n")
endforeach()
string(APPEND text "}  // namespace wisp::embedded\n")
file(WRITE ${OUTPUT} "${text}")
