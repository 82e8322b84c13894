# Compiler and linker options of every target: baseline x86-64, hardening, and warnings as errors.
# A kernel asks for its instruction set by a target attribute on the function, never by a flag here.
add_library(reprise_options INTERFACE)
add_library(reprise::options ALIAS reprise_options)
target_compile_options(reprise_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-march=x86-64 -fstack-protector-strong -fno-omit-frame-pointer>)
target_link_options(reprise_options INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_definitions(reprise_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
endif()
if(REPRISE_SANITIZE)
  # Instrumented code hides from g++ what is initialised, and which of Asio's own operators a
  # coroutine's frame is deleted by: these warnings are for the other presets.
  target_compile_options(reprise_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${REPRISE_SANITIZE} -fno-sanitize-recover=all
    -Wno-maybe-uninitialized -Wno-mismatched-new-delete>)
  target_link_options(reprise_options INTERFACE -fsanitize=${REPRISE_SANITIZE})
endif()
if(REPRISE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "REPRISE_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(reprise_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(reprise_options INTERFACE -fsanitize=address,undefined)
endif()

add_library(reprise_warnings INTERFACE)
add_library(reprise::warnings ALIAS reprise_warnings)
target_compile_options(reprise_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wconversion -Wnon-virtual-dtor>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${REPRISE_WARNINGS_ARE_ERRORS}>>:-Werror>)

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
