# Where GoogleTest and Google Benchmark come from, and whether tests and benchmarks are built.
#
# REPRISE_TEST_DEPS names a folder with unpacked Debian packages (its usr/ tree), for machines where
# nothing can be installed. AUTO builds what has its library.
if(REPRISE_TEST_DEPS)
  get_filename_component(unpacked "${REPRISE_TEST_DEPS}" ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
  set(configurations ${unpacked}/usr/lib/x86_64-linux-gnu/cmake)
  if(NOT EXISTS ${configurations}/GTest OR NOT EXISTS ${configurations}/benchmark)
    message(FATAL_ERROR "REPRISE_TEST_DEPS: ${unpacked} must hold the unpacked packages libgtest-dev, "
      "libgmock-dev, libbenchmark-dev and libbenchmark1debian (dpkg -x PACKAGE ${unpacked})")
  endif()
  set(GTest_DIR ${configurations}/GTest CACHE PATH "GoogleTest" FORCE)
  set(benchmark_DIR ${configurations}/benchmark CACHE PATH "Google Benchmark" FORCE)
endif()

macro(reprise_build_where_found option package)
  if(${option} STREQUAL "AUTO")
    find_package(${package} QUIET)
    if(${package}_FOUND)
      set(${option} ON)
    else()
      set(${option} OFF)
      message(STATUS "${option} is AUTO, and there is no ${package}: left out")
    endif()
  endif()
endmacro()
reprise_build_where_found(REPRISE_TESTS GTest)
reprise_build_where_found(REPRISE_BENCH benchmark)
