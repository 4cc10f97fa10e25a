# wisp_embed_files(TARGET HEADER FILE...): makes HEADER, which holds each FILE's text as a std::string_view constant in
# namespace wisp::embedded, named after the file: explain.css becomes explain_css. TARGET can include HEADER.
# A FILE's path is absolute, or relative to the folder of the CMakeLists.txt.
function(wisp_embed_files target header)
  set(folder ${CMAKE_BINARY_DIR}/embedded/${target})
  set(files)
  foreach(file ${ARGN})
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  add_custom_command(OUTPUT ${folder}/${header}
                     COMMAND ${CMAKE_COMMAND} -D OUTPUT=${folder}/${header} -D "FILES=${files}"
                             -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files_script.cmake
                     DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files_script.cmake VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${header})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
