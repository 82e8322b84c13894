# reprise_embed(TARGET FILE HEADER SYMBOL): FILE's bytes as a char array reprise::embedded::SYMBOL
# in HEADER, which is made anew when FILE changes. An array, since compilers bound string literals.
#
# As a script (cmake -P) it makes one such header: INPUT, OUTPUT, SYMBOL.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  get_filename_component(name "${INPUT}" NAME)
  file(WRITE "${OUTPUT}" "// ${name}, as an array. Made by reprise_embed.cmake.
#pragma once

namespace reprise::embedded {

inline constexpr char ${SYMBOL}[] = {${bytes}};

}  // namespace reprise::embedded
")
  return()
endif()

set(REPRISE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(reprise_embed target file header symbol)
  set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(output ${PROJECT_BINARY_DIR}/embedded/${header})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol}
      -P ${REPRISE_EMBED_SCRIPT}
    DEPENDS ${input} ${REPRISE_EMBED_SCRIPT}
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/embedded)
endfunction()
