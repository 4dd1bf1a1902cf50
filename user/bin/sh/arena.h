// Memory of the shell, three ways.
//   Arenas: syntax trees and expanded words live in chunks that are given back all at once, so
//           that no path (least of all an error path) has to free them piece by piece.
//   Buffers: strings that grow.
//   allocate()/copy_string(): plain malloc that cannot fail, for what outlives a command.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk* newest;
    struct arena_chunk* spare;  // one empty chunk kept, so that a loop does not malloc each round
    int references;             // trees only: functions keep the tree that they were defined in
};

struct arena_mark {
    struct arena_chunk* chunk;
    size_t used;
};

struct arena* arena_create(void);
void arena_reference(struct arena* arena);
void arena_unreference(struct arena* arena);  // the last reference frees it
void* arena_allocate(struct arena* arena, size_t size);
char* arena_copy(struct arena* arena, const char* text, size_t length);
struct arena_mark arena_mark(struct arena* arena);
void arena_release(struct arena* arena, struct arena_mark mark);  // all that came after the mark

struct buffer {
    struct arena* arena;  // where the characters live; null: malloc
    char* data;           // always ends in NUL once something was appended
    size_t length;
    size_t capacity;
};

void buffer_append(struct buffer* buffer, const char* text, size_t length);
void buffer_append_char(struct buffer* buffer, char c);
void buffer_append_string(struct buffer* buffer, const char* text);
void buffer_clear(struct buffer* buffer);
void buffer_free(struct buffer* buffer);
const char* buffer_string(const struct buffer* buffer);  // "" where nothing was appended

void* allocate(size_t size);
void* reallocate(void* memory, size_t size);
char* copy_string(const char* text);
