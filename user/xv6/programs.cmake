# The library of xv6, and the programs by it. They see user/xv6's headers only, are linked at 0 by xv6.ld, start at main
# and carry the mark by which the kernel knows them.

set(_xv6 ${CMAKE_CURRENT_LIST_DIR})
# As xv6 compiles its programs; newer compilers refuse what some of the published ones do with integers and pointers.
set(_compile_xv6 -std=gnu11 -ffreestanding -fno-builtin -fno-strict-aliasing -fno-omit-frame-pointer -Wno-unused-parameter
    -Wno-sign-compare -Wno-error=int-conversion -Wno-error=incompatible-pointer-types
    -Wno-error=implicit-function-declaration -I${_xv6})
set(_link_xv6 -Wl,-T,${_xv6}/xv6.ld -Wl,--gc-sections)
# One segment that can be written and executed is what xv6 has: the linker need not warn of it.
execute_process(COMMAND ${CMAKE_LINKER} --help OUTPUT_VARIABLE _linker_options ERROR_QUIET)
if(_linker_options MATCHES "no-warn-rwx-segments")
    list(APPEND _link_xv6 -Wl,--no-warn-rwx-segments)
endif()

file(GLOB _xv6_sources CONFIGURE_DEPENDS ${_xv6}/src/*.c)
add_library(xv6 STATIC ${_xv6_sources})
target_include_directories(xv6 PRIVATE ${_top})
target_include_directories(xv6 SYSTEM PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR}/libc/include ${CMAKE_CURRENT_BINARY_DIR}/include)
target_compile_options(xv6 PRIVATE ${_compile} -ffunction-sections -fdata-sections -std=gnu11 -ffreestanding -fno-builtin -fno-strict-aliasing
    "SHELL:-idirafter ${_compiler_headers}" $<$<BOOL:${FAULTLINE_WERROR}>:-Werror>
    $<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)
add_dependencies(xv6 syscall_stubs)

add_library(xv6_mark OBJECT ${_xv6}/src/mark.S)
target_compile_options(xv6_mark PRIVATE -m32)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/xv6_mark.o
                   COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:xv6_mark> ${CMAKE_CURRENT_BINARY_DIR}/xv6_mark.o
                   DEPENDS xv6_mark $<TARGET_OBJECTS:xv6_mark>
                   COMMENT "")
add_custom_target(xv6_mark_file ALL DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/xv6_mark.o)

# xv6_program(NAME SOURCES...): /xv6/NAME
function(xv6_program name)
    set(target user_xv6_${name})
    add_executable(${target} ${ARGN} $<TARGET_OBJECTS:xv6_mark>)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} SUFFIX "" LINK_DEPENDS ${_xv6}/xv6.ld
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/xv6)
    target_compile_options(${target} PRIVATE ${_compile} ${_compile_xv6}
        "SHELL:-idirafter ${_compiler_headers}" $<$<BOOL:${FAULTLINE_WERROR}>:-Werror>)
    target_link_options(${target} PRIVATE ${_link} ${_link_xv6})
    target_link_libraries(${target} PRIVATE xv6 ${FAULTLINE_COMPILER_RUNTIME})
    stage_program(${target} xv6 ${name})
    set(_staged_files ${_staged_files} PARENT_SCOPE)
endfunction()

file(GLOB _xv6_entries LIST_DIRECTORIES true CONFIGURE_DEPENDS ${_xv6}/programs/*)
foreach(_entry IN LISTS _xv6_entries)
    get_filename_component(_name ${_entry} NAME_WE)
    set(_sources ${_entry})
    if(IS_DIRECTORY ${_entry})
        file(GLOB _sources CONFIGURE_DEPENDS ${_entry}/*.c)
    endif()
    xv6_program(${_name} ${_sources})
endforeach()

# The slide on skipping the guard page, once more with what compilers have against it.
xv6_program(skipprobed ${_xv6}/programs/skipguard.c)
target_compile_options(user_xv6_skipprobed PRIVATE -fstack-clash-protection)
