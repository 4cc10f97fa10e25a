# wisp_embed_files(TARGET HEADER FILE...): makes HEADER, which holds each FILE's text as a std::string_view constant in
# namespace wisp::apps::embedded, named after the file: explain.css becomes explain_css. TARGET can include HEADER.
function(wisp_embed_files target header)
  set(folder ${CMAKE_BINARY_DIR}/embedded/${target})
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  add_custom_command(OUTPUT ${folder}/${header}
                     COMMAND ${CMAKE_COMMAND} -D OUTPUT=${folder}/${header} -D "FILES=${files}"
                             -P ${PROJECT_SOURCE_DIR}/cmake/embed_files_script.cmake
                     DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_files_script.cmake VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${header})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
