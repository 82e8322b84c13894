# Decides whether cuda/ is built, and for which architectures. nvcc is looked for on the PATH and in
# /usr/local/cuda, where its installer puts it without touching the PATH.

# The architectures of this machine's cards, as nvcc names them; empty without a card or its driver.
function(reprise_native_architectures into)
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
    OUTPUT_VARIABLE listed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  set(found "")
  if(failed STREQUAL "0")
    string(REGEX MATCHALL "[0-9]+\\.[0-9]+" found "${listed}")
    list(TRANSFORM found REPLACE "\\." "")
    list(REMOVE_DUPLICATES found)
  endif()
  set(${into} "${found}" PARENT_SCOPE)
endfunction()

set(REPRISE_CUDA_FOUND OFF)
if(NOT REPRISE_CUDA STREQUAL "OFF")
  find_program(REPRISE_NVCC nvcc HINTS ENV CUDACXX PATHS /usr/local/cuda/bin)
  if(REPRISE_NVCC)
    set(CMAKE_CUDA_COMPILER ${REPRISE_NVCC} CACHE FILEPATH "nvcc")
    set(CMAKE_CUDA_ARCHITECTURES ${REPRISE_CUDA_ARCHITECTURES})
    if(REPRISE_CUDA_ARCHITECTURES STREQUAL "all")
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100-real 120)  # 120: and PTX, for what comes after
    elseif(REPRISE_CUDA_ARCHITECTURES STREQUAL "native")
      reprise_native_architectures(CMAKE_CUDA_ARCHITECTURES)
      if(NOT CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES 80)
        message(STATUS "This machine shows no card: cuda/ is built for sm_80, and as PTX")
      endif()
    endif()
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(REPRISE_CUDA_FOUND ON)
  elseif(REPRISE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "REPRISE_CUDA is ON, and no nvcc was found")
  endif()
endif()

# A library of .cu files: C++20, and every warning is an error but where that was asked not to be.
# CMake 3.25 does not know this nvcc's C++20 and adds an older -std of its own unless these say otherwise.
function(reprise_cuda_options library)
  set_property(TARGET ${library} PROPERTY CXX_STANDARD)
  set_target_properties(${library} PROPERTIES CUDA_STANDARD_REQUIRED OFF CUDA_EXTENSIONS ON)
  target_compile_options(${library} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 -Xcompiler=-Wall,-Wextra>
    $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${REPRISE_WARNINGS_ARE_ERRORS}>>:
    -Werror=all-warnings -Xcompiler=-Werror>)
endfunction()
