# Decides whether cuda/ is built, and for which architectures. nvcc is looked for on the PATH and in
# /usr/local/cuda, where its installer puts it without touching the PATH.
set(REPRISE_CUDA_FOUND OFF)
if(NOT REPRISE_CUDA STREQUAL "OFF")
  find_program(REPRISE_NVCC nvcc HINTS ENV CUDACXX PATHS /usr/local/cuda/bin)
  if(REPRISE_NVCC)
    set(CMAKE_CUDA_COMPILER ${REPRISE_NVCC} CACHE FILEPATH "nvcc")
    if(REPRISE_CUDA_ARCHITECTURES STREQUAL "all")
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100-real 120)
    else()
      set(CMAKE_CUDA_ARCHITECTURES ${REPRISE_CUDA_ARCHITECTURES})
    endif()
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(REPRISE_CUDA_FOUND ON)
  elseif(REPRISE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "REPRISE_CUDA is ON, and no nvcc was found")
  endif()
endif()

# A library of .cu files: C++20, and every warning is an error.
# CMake 3.25 does not know this nvcc's C++20 and adds an older -std of its own unless these say otherwise.
function(reprise_cuda_options library)
  set_property(TARGET ${library} PROPERTY CXX_STANDARD)
  set_target_properties(${library} PROPERTIES CUDA_STANDARD_REQUIRED OFF CUDA_EXTENSIONS ON)
  target_compile_options(${library} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 -Werror=all-warnings -Xcompiler=-Wall,-Wextra,-Werror>)
endfunction()
