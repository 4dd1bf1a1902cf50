// malloc: one list of free pieces in the order of their addresses. Memory is taken from the first that is large enough;
// pieces that touch are joined when one is freed.
#include "user/xv6/user.h"

// In front of every piece. Two words, so that what follows is aligned to 8 bytes.
struct piece {
    struct piece* next;  // while it is free
    uint size;           // in bytes, this header included
};

enum { kGrowth = 32 * 1024 };  // least bytes asked of the kernel at a time

static struct piece* first_free;

static int touches(const struct piece* low, const struct piece* high)
{
    return (const char*)low + low->size == (const char*)high;
}

static void join_with_next(struct piece* piece)
{
    struct piece* const next = piece->next;
    if (!next || !touches(piece, next)) return;
    piece->size += next->size;
    piece->next = next->next;
}

static void insert(struct piece* piece)
{
    struct piece* before = 0;
    struct piece* after = first_free;
    for (; after && after < piece; after = after->next)
        before = after;
    piece->next = after;
    join_with_next(piece);
    if (before) {
        before->next = piece;
        join_with_next(before);
    } else {
        first_free = piece;
    }
}

static int grow(uint size)
{
    const uint bytes = size < kGrowth ? kGrowth : size;
    if ((int)bytes < 0) return 0;  // sbrk takes an int
    const uint start = (uint)sbrk(0);
    const uint gap = -start & 7;  // the program may have moved the heap's end to any byte
    if (gap && sbrk((int)gap) == (char*)-1) return 0;
    struct piece* const piece = (struct piece*)sbrk((int)bytes);
    if (piece == (struct piece*)-1) return 0;
    piece->size = bytes;
    insert(piece);
    return 1;
}

// Takes `size` bytes off the beginning of the first free piece that has them: what is left of the last one joins with what
// the heap grows by next.
static struct piece* take(uint size)
{
    struct piece** link = &first_free;
    while (*link && (*link)->size < size)
        link = &(*link)->next;
    struct piece* const piece = *link;
    if (!piece) return 0;
    if (piece->size - size < 2 * sizeof(struct piece)) {
        *link = piece->next;
        return piece;
    }
    struct piece* const rest = (struct piece*)((char*)piece + size);
    rest->next = piece->next;
    rest->size = piece->size - size;
    *link = rest;
    piece->size = size;
    return piece;
}

void* malloc(uint bytes)
{
    const uint size = (bytes + sizeof(struct piece) + 7) & ~7u;
    if (size < bytes) return 0;
    struct piece* taken = take(size);
    if (!taken && grow(size)) taken = take(size);
    return taken ? taken + 1 : 0;
}

void free(void* memory)
{
    if (memory) insert((struct piece*)memory - 1);
}
