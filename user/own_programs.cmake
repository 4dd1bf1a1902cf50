# program-words: how scripts/build-program builds a program that is not in this tree, one word a line behind its kind.
# Not freestanding, as the programs of this tree are: a main without a return ends with 0, as everywhere.

set(_words ${CMAKE_CURRENT_BINARY_DIR}/program-words)
set(_text "")
function(add_words kind)
    foreach(word IN LISTS ARGN)
        string(APPEND _text "${kind} ${word}\n")
    endforeach()
    set(_text ${_text} PARENT_SCOPE)
endfunction()

separate_arguments(_linker_words NATIVE_COMMAND "${CMAKE_EXE_LINKER_FLAGS}")
list(REMOVE_ITEM _linker_words "")
add_words(compiler ${_compiler})
add_words(compile ${_compile} -idirafter ${_compiler_headers})
add_words(compile-unix ${_compile_unix} -isystem ${CMAKE_CURRENT_SOURCE_DIR}/libc/include
          -isystem ${CMAKE_CURRENT_BINARY_DIR}/include -I${_top})
add_words(compile-unix-c ${_compile_c})
add_words(compile-unix-c++ ${_compile_cxx})
add_words(compile-xv6 ${_compile_xv6})
add_words(link ${_linker_words} ${_link})
add_words(link-unix ${_link_unix})
add_words(link-xv6 ${_link_xv6})
add_words(first-unix ${CMAKE_CURRENT_BINARY_DIR}/crt0.o)
add_words(first-xv6 ${CMAKE_CURRENT_BINARY_DIR}/xv6_mark.o)
add_words(library-unix $<TARGET_FILE:user_shared> $<TARGET_FILE:libc> ${FAULTLINE_COMPILER_RUNTIME})
add_words(library-xv6 $<TARGET_FILE:xv6> ${FAULTLINE_COMPILER_RUNTIME})
file(GENERATE OUTPUT ${_words} CONTENT "${_text}")
