// malloc under stress: random sizes, contents checked before each free.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { kSlots = 300, kSteps = 60000 };

struct slot {
    unsigned char* memory;
    size_t size;
    unsigned char seed;
};

static unsigned next_random(void)
{
    static unsigned state = 12345;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// Mostly small, sometimes a page or more, seldom what is mapped on its own.
static size_t random_size(void)
{
    const unsigned kind = next_random() % 100;
    return next_random() % (kind < 70 ? 200 : kind < 95 ? 5000 : kind < 99 ? 60000 : 300000);
}

static void write_pattern(struct slot* slot)
{
    slot->seed = (unsigned char)next_random();
    for (size_t i = 0; i < slot->size; i++)
        slot->memory[i] = (unsigned char)(slot->seed + i * 3);
}

static int is_intact(const struct slot* slot, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (slot->memory[i] != (unsigned char)(slot->seed + i * 3)) return 0;
    return 1;
}

static int resize(struct slot* slot)
{
    const size_t old_size = slot->size, new_size = random_size();
    unsigned char* moved = realloc(slot->memory, new_size ? new_size : 1);
    if (!moved) return 1;
    slot->memory = moved;
    slot->size = new_size;
    const int intact = is_intact(slot, old_size < new_size ? old_size : new_size);
    write_pattern(slot);
    return !intact;
}

static void stress(void)
{
    static struct slot slots[kSlots];
    int damaged = 0, misaligned = 0;
    for (int step = 0; step < kSteps; step++) {
        struct slot* slot = &slots[next_random() % kSlots];
        if (slot->memory && next_random() % 4 == 0) {
            damaged += resize(slot);
        } else if (slot->memory) {
            damaged += !is_intact(slot, slot->size);
            free(slot->memory);
            slot->memory = NULL;
        } else {
            slot->size = random_size();
            slot->memory = malloc(slot->size);
            if (slot->memory) write_pattern(slot);
        }
        misaligned += (uintptr_t)slot->memory % 16 != 0;
    }
    for (int i = 0; i < kSlots; i++) {
        damaged += slots[i].memory && !is_intact(&slots[i], slots[i].size);
        free(slots[i].memory);
        slots[i].memory = NULL;
    }
    CHECK_EQUAL(damaged, 0);
    CHECK_EQUAL(misaligned, 0);
}

static void zeroed(void)
{
    int dirty = 0;
    for (size_t size = 1; size < 300000; size = size * 3 + 1) {
        unsigned char* memory = malloc(size);
        memset(memory, 0xff, size);
        free(memory);
        memory = calloc(size, 1);
        for (size_t i = 0; i < size; i++)
            dirty += memory[i] != 0;
        free(memory);
    }
    CHECK_EQUAL(dirty, 0);
}

static void limits(void)
{
    volatile size_t huge = SIZE_MAX;  // volatile, so that the compiler does not warn
    errno = 0;
    CHECK(!malloc(huge) && errno == ENOMEM);
    CHECK(!calloc(huge / 2, 4));
    CHECK(!reallocarray(NULL, huge / 2, 4));
    free(NULL);
    void* memory = malloc(0);
    CHECK(memory != NULL);
    free(memory);
}

static void aligned(void)
{
    for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
        void *memory = NULL, *other = malloc(40);
        CHECK_EQUAL(posix_memalign(&memory, alignment, 1000), 0);
        CHECK_EQUAL((uintptr_t)memory % alignment, 0);
        memset(memory, 1, 1000);
        free(other);
        free(memory);
    }
    void* memory;
    CHECK_EQUAL(posix_memalign(&memory, 24, 8), EINVAL);
}

// What is freed is used again: after the first round the break does not move.
static void reuse(void)
{
    char* ends[2];
    for (int round = 0; round < 2; round++) {
        void* blocks[100];
        for (int i = 0; i < 100; i++)
            blocks[i] = malloc((size_t)(i * 37 + 1));
        ends[round] = sbrk(0);
        for (int i = 0; i < 100; i += 2)
            free(blocks[i]);
        for (int i = 1; i < 100; i += 2)
            free(blocks[i]);
    }
    CHECK(ends[0] == ends[1]);
}

const struct test heap_tests[] = {{"malloc stress", stress}, {"calloc", zeroed},
                                  {"malloc limits", limits}, {"memalign", aligned},
                                  {"malloc reuse", reuse},   {NULL, NULL}};
