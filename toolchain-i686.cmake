# Finds a compiler for 32-bit x86: a bare-metal i686-elf gcc, Debian's i686-linux-gnu gcc, or clang.
# Nothing of the host's C library is used, so any of them will do; the first that is there is taken.
# FAULTLINE_TOOLCHAIN=i686-elf|i686-linux-gnu|clang forces one.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # there is no C library to link a test program with

set(FAULTLINE_TOOLCHAIN "$ENV{FAULTLINE_TOOLCHAIN}" CACHE STRING "i686-elf, i686-linux-gnu or clang; empty: whichever is there")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FAULTLINE_TOOLCHAIN)
if(FAULTLINE_TOOLCHAIN)
    set(_candidates ${FAULTLINE_TOOLCHAIN})
else()
    set(_candidates i686-elf i686-linux-gnu clang)
endif()

foreach(_candidate IN LISTS _candidates)
    if(_candidate STREQUAL "clang")
        find_program(FAULTLINE_CLANGXX NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14)
        find_program(FAULTLINE_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
        if(FAULTLINE_CLANGXX AND FAULTLINE_CLANG)
            set(CMAKE_C_COMPILER ${FAULTLINE_CLANG})
            set(CMAKE_CXX_COMPILER ${FAULTLINE_CLANGXX})
            # The linux-gnu triple only because clang's driver for bare i686-elf hands linking to the host's gcc.
            set(CMAKE_C_COMPILER_TARGET i686-linux-gnu)
            set(CMAKE_CXX_COMPILER_TARGET i686-linux-gnu)
            set(CMAKE_ASM_COMPILER_TARGET i686-linux-gnu)
            find_program(FAULTLINE_LLD NAMES ld.lld)
            if(FAULTLINE_LLD)
                set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")
            endif()
            break()
        endif()
    else()
        find_program(FAULTLINE_GXX_${_candidate} ${_candidate}-g++)
        find_program(FAULTLINE_GCC_${_candidate} ${_candidate}-gcc)
        if(FAULTLINE_GXX_${_candidate} AND FAULTLINE_GCC_${_candidate})
            set(CMAKE_C_COMPILER ${FAULTLINE_GCC_${_candidate}})
            set(CMAKE_CXX_COMPILER ${FAULTLINE_GXX_${_candidate}})
            break()
        endif()
    endif()
endforeach()

if(NOT CMAKE_CXX_COMPILER)
    message(FATAL_ERROR
        "No compiler for 32-bit x86 was found (looked for: ${_candidates}).\n"
        "  Debian, Ubuntu:  scripts/setup, or  apt install g++-i686-linux-gnu\n"
        "  Fedora:          dnf install clang lld\n"
        "  Arch:            pacman -S clang lld\n"
        "  macOS:           brew install i686-elf-gcc")
endif()

set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
foreach(_language IN ITEMS C CXX ASM)
    set(CMAKE_${_language}_FLAGS_INIT "-m32 -march=i686")
endforeach()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
