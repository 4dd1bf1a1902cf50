// Arenas, growing buffers and malloc that does not fail (see arena.h).
#include "arena.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_SIZE = 4000, ALIGNMENT = sizeof(void*) };

struct arena_chunk {
    struct arena_chunk* older;
    size_t capacity;
    size_t used;
    char memory[];
};

void* allocate(size_t size)
{
    return reallocate(NULL, size);
}

void* reallocate(void* memory, size_t size)
{
    static const char message[] = "sh: out of memory\n";
    void* result = realloc(memory, size ? size : 1);
    if (!result) {
        if (write(2, message, sizeof message - 1) < 0) _exit(3);
        _exit(2);
    }
    return result;
}

char* copy_string(const char* text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(allocate(size), text, size);
}

struct arena* arena_create(void)
{
    struct arena* arena = allocate(sizeof *arena);
    *arena = (struct arena){.references = 1};
    return arena;
}

void arena_reference(struct arena* arena)
{
    arena->references++;
}

void arena_unreference(struct arena* arena)
{
    if (--arena->references > 0) return;
    arena_release(arena, (struct arena_mark){NULL, 0});
    free(arena->spare);
    free(arena);
}

static void add_chunk(struct arena* arena, size_t size)
{
    struct arena_chunk* chunk = arena->spare;
    if (chunk && size <= chunk->capacity) {
        arena->spare = NULL;
    } else {
        const size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk = allocate(sizeof *chunk + capacity);
        chunk->capacity = capacity;
    }
    chunk->used = 0;
    chunk->older = arena->newest;
    arena->newest = chunk;
}

void* arena_allocate(struct arena* arena, size_t size)
{
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!arena->newest || arena->newest->capacity - arena->newest->used < size) add_chunk(arena, size);
    void* memory = arena->newest->memory + arena->newest->used;
    arena->newest->used += size;
    return memory;
}

char* arena_copy(struct arena* arena, const char* text, size_t length)
{
    char* copy = arena_allocate(arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

struct arena_mark arena_mark(struct arena* arena)
{
    struct arena_chunk* chunk = arena->newest;
    return (struct arena_mark){chunk, chunk ? chunk->used : 0};
}

void arena_release(struct arena* arena, struct arena_mark mark)
{
    while (arena->newest != mark.chunk) {
        struct arena_chunk* chunk = arena->newest;
        arena->newest = chunk->older;
        if (arena->spare) {
            free(chunk);
        } else {
            arena->spare = chunk;
        }
    }
    if (arena->newest) arena->newest->used = mark.used;
}

static void grow(struct buffer* buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 32;
    while (capacity < needed)
        capacity *= 2;
    if (buffer->arena) {
        char* data = arena_allocate(buffer->arena, capacity);
        if (buffer->length) memcpy(data, buffer->data, buffer->length);
        buffer->data = data;
    } else {
        buffer->data = reallocate(buffer->data, capacity);
    }
    buffer->capacity = capacity;
}

void buffer_append(struct buffer* buffer, const char* text, size_t length)
{
    if (buffer->length + length + 1 > buffer->capacity) grow(buffer, buffer->length + length + 1);
    memcpy(buffer->data + buffer->length, text, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_append_char(struct buffer* buffer, char c)
{
    if (buffer->length + 2 > buffer->capacity) grow(buffer, buffer->length + 2);
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = '\0';
}

void buffer_append_string(struct buffer* buffer, const char* text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_clear(struct buffer* buffer)
{
    buffer->length = 0;
    if (buffer->data) buffer->data[0] = '\0';
}

void buffer_free(struct buffer* buffer)
{
    if (!buffer->arena) free(buffer->data);
    *buffer = (struct buffer){.arena = buffer->arena};
}

const char* buffer_string(const struct buffer* buffer)
{
    return buffer->data ? buffer->data : "";
}
