// The heap. It grows by sbrk and is cut into blocks that lie one after another:
//
//     block -> | size | flags |   4 bytes; size counts the whole block and is a multiple of 16
//              | memory ...   |   what malloc returns, aligned to 16. A free block keeps its list links here...
//              | size         |   ...and its size again in its last word, for the block behind it
//
// Free neighbours are always merged, so no two free blocks touch. The heap ends with a header of size 0. Free blocks
// hang in lists by size ("bins"): one list for each size up to 512 bytes, above that four for each power of two.
// Requests of 128 KiB and more are mapped on their own and go back to the kernel at once.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    kAlignment = 16,
    kHeader = sizeof(unsigned),
    kSmallestBlock = 16,
    kExactLimit = 512,  // below: bins of one size
    kExactBins = kExactLimit / kAlignment,
    kBins = 64,  // the last one takes all that is larger
    kMappedFrom = 128 * 1024,
    kGrowBy = 32 * 1024,     // the heap grows by at least this
    kTrimFrom = 256 * 1024,  // a free tail of this size is given back...
    kTrimKeeps = 64 * 1024,  // ...but for this much
    kPageSize = 4096,
};

enum { kUsed = 1, kPreviousUsed = 2, kMapped = 4, kFlags = 7 };

struct block {
    unsigned head;                  // size and flags
    struct block *next, *previous;  // of its bin, while it is free
};

static struct block* bins[kBins];
static unsigned long long filled_bins;  // bit n: bins[n] is not empty
static char* heap_end;                  // just behind the final header

static size_t size_of(const struct block* block)
{
    return block->head & ~(unsigned)kFlags;
}

static struct block* behind(struct block* block)
{
    return (struct block*)((char*)block + size_of(block));
}

static void* memory_of(struct block* block)
{
    return (char*)block + kHeader;
}

static struct block* block_of(void* memory)
{
    return (struct block*)((char*)memory - kHeader);
}

// The size of the block in front, which must be free: its last word.
static struct block* in_front(struct block* block)
{
    return (struct block*)((char*)block - ((unsigned*)block)[-1]);
}

static unsigned bin_for(size_t size)
{
    if (size < kExactLimit) return size / kAlignment;
    const unsigned power = 31 - (unsigned)__builtin_clz(size);  // 9 or more: 512 is 2^9
    const unsigned bin = kExactBins + (power - 9) * 4 + ((size >> (power - 2)) & 3);
    return bin < kBins ? bin : kBins - 1;
}

static void put_into_bin(struct block* block)
{
    const unsigned bin = bin_for(size_of(block));
    block->previous = NULL;
    block->next = bins[bin];
    if (block->next) block->next->previous = block;
    bins[bin] = block;
    filled_bins |= 1ULL << bin;
}

static void take_out_of_bin(struct block* block)
{
    const unsigned bin = bin_for(size_of(block));
    if (block->next) block->next->previous = block->previous;
    if (block->previous)
        block->previous->next = block->next;
    else if (!(bins[bin] = block->next))
        filled_bins &= ~(1ULL << bin);
}

// Marks the block free for its neighbours, merges it with those that are free, and files it.
static struct block* release(struct block* block)
{
    size_t size = size_of(block);
    struct block* next = behind(block);
    if (!(next->head & kUsed)) {
        take_out_of_bin(next);
        size += size_of(next);
    }
    if (!(block->head & kPreviousUsed)) {
        block = in_front(block);
        take_out_of_bin(block);
        size += size_of(block);
    }
    block->head = size | kPreviousUsed;  // no two free blocks touch
    next = behind(block);
    next->head &= ~(unsigned)kPreviousUsed;
    ((unsigned*)next)[-1] = size;
    put_into_bin(block);
    return block;
}

// Cuts a used block down to `size` where the rest is worth a block of its own.
static void split(struct block* block, size_t size)
{
    const size_t rest = size_of(block) - size;
    if (rest < kSmallestBlock) return;
    block->head = size | (block->head & kFlags);
    struct block* second = behind(block);
    second->head = rest | kUsed | kPreviousUsed;
    release(second);
}

static void use(struct block* block, size_t size)
{
    take_out_of_bin(block);
    block->head |= kUsed;
    behind(block)->head |= kPreviousUsed;
    split(block, size);
}

static struct block* find_free(size_t size)
{
    unsigned bin = bin_for(size);
    // A bin of several sizes may hold blocks that are too small; all blocks of the bins above are large enough.
    if (bin >= kExactBins) {
        for (struct block* block = bins[bin]; block; block = block->next)
            if (size_of(block) >= size) return block;
        if (++bin == kBins) return NULL;
    }
    const unsigned long long candidates = filled_bins >> bin << bin;
    return candidates ? bins[__builtin_ctzll(candidates)] : NULL;
}

// Takes memory from sbrk. Where it continues the heap, the old final header becomes the new block's header. Where it
// does not (the first time, or someone else moved the break), the block begins 4 bytes before an aligned address and
// counts as having a used block in front.
static struct block* grow_heap(size_t size)
{
    size_t more = (size + kAlignment + kGrowBy - 1) & -(size_t)kGrowBy;
    char* start = sbrk(0);
    if (start != heap_end) more += -(uintptr_t)start & (kAlignment - 1);  // so that the heap ends aligned
    if (sbrk((intptr_t)more) != start) return NULL;

    struct block* block = (struct block*)(start - kHeader);
    unsigned previous = kPreviousUsed;
    if (start == heap_end)
        previous = block->head & kPreviousUsed;
    else
        block = (struct block*)((((uintptr_t)start + kHeader + kAlignment - 1) & -(uintptr_t)kAlignment) -
                                kHeader);
    heap_end = start + more;
    struct block* final = (struct block*)(heap_end - kHeader);
    final->head = kUsed;
    block->head = (unsigned)((char*) final - (char*)block) | kUsed | previous;
    return release(block);
}

// Gives the end of a free block back to the kernel if the block is the heap's last and large.
static void trim_heap(struct block* block)
{
    const size_t size = size_of(block);
    if (size < kTrimFrom || (char*)behind(block) + kHeader != heap_end || sbrk(0) != heap_end) return;
    const size_t surplus = (size - kTrimKeeps) & -(size_t)kPageSize;
    take_out_of_bin(block);
    if (sbrk(-(intptr_t)surplus) != (void*)-1) {
        block->head = (size - surplus) | (block->head & kFlags);
        heap_end -= surplus;
        behind(block)->head = kUsed;
        ((unsigned*)behind(block))[-1] = size - surplus;
    }
    put_into_bin(block);
}

// A mapping of its own: 12 bytes unused, the header, the memory.
static void* map_block(size_t size)
{
    const size_t mapped = (size + kAlignment + kPageSize - 1) & -(size_t)kPageSize;
    char* start = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    struct block* block = (struct block*)(start + kAlignment - kHeader);
    block->head = mapped | kUsed | kMapped;
    return memory_of(block);
}

static char* start_of_mapping(struct block* block)
{
    return (char*)block + kHeader - kAlignment;
}

__noreturn static void complain(const char* what)
{
    write(STDERR_FILENO, what, strlen(what));
    abort();
}

static size_t block_size_for(size_t size)
{
    return (size + kHeader + kAlignment - 1) & -(size_t)kAlignment;
}

void* malloc(size_t size)
{
    if (size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    if (size >= kMappedFrom) return map_block(size);
    const size_t needed = block_size_for(size);
    struct block* block = find_free(needed);
    if (!block) block = grow_heap(needed);
    if (!block) return NULL;
    use(block, needed);
    return memory_of(block);
}

void free(void* memory)
{
    if (!memory) return;
    const int kept_errno = errno;
    struct block* block = block_of(memory);
    if (block->head & kMapped) {
        munmap(start_of_mapping(block), size_of(block));
    } else {
        if (!(block->head & kUsed)) complain("free(): this block is free already\n");
        trim_heap(release(block));
    }
    errno = kept_errno;
}

size_t malloc_usable_size(void* memory)
{
    if (!memory) return 0;
    const struct block* block = block_of(memory);
    return size_of(block) - (block->head & kMapped ? kAlignment : kHeader);
}

void* calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void* memory = malloc(bytes);
    if (memory && !(block_of(memory)->head & kMapped)) memset(memory, 0, bytes);
    return memory;
}

// Lets a used block swallow the free one behind it, if that is enough for `size`.
static int grow_in_place(struct block* block, size_t size)
{
    struct block* next = behind(block);
    if ((next->head & kUsed) || size_of(block) + size_of(next) < size) return 0;
    take_out_of_bin(next);
    block->head += size_of(next);
    behind(block)->head |= kPreviousUsed;
    return 1;
}

static void* remap(struct block* block, size_t size)
{
    const size_t mapped = (size + kAlignment + kPageSize - 1) & -(size_t)kPageSize;
    if (size < kMappedFrom) return NULL;
    char* start = mremap(start_of_mapping(block), size_of(block), mapped, MREMAP_MAYMOVE);
    if (start == MAP_FAILED) return NULL;
    block = (struct block*)(start + kAlignment - kHeader);
    block->head = mapped | kUsed | kMapped;
    return memory_of(block);
}

static void* move(void* memory, size_t size)
{
    void* moved = malloc(size);
    if (!moved) return NULL;
    const size_t old_size = malloc_usable_size(memory);
    memcpy(moved, memory, old_size < size ? old_size : size);
    free(memory);
    return moved;
}

void* realloc(void* memory, size_t size)
{
    if (!memory) return malloc(size);
    if (size > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    struct block* block = block_of(memory);
    if (block->head & kMapped) {
        void* remapped = remap(block, size);
        return remapped ? remapped : move(memory, size);
    }
    const size_t needed = block_size_for(size);
    if (needed > size_of(block) && !grow_in_place(block, needed)) return move(memory, size);
    split(block, needed);
    return memory;
}

void* reallocarray(void* memory, size_t count, size_t size)
{
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes)) return realloc(memory, bytes);
    errno = ENOMEM;
    return NULL;
}

// Takes a block that is large enough wherever it lies and gives back what is in front of the aligned address.
void* memalign(size_t alignment, size_t size)
{
    if (alignment <= kAlignment) return malloc(size);
    if (size > PTRDIFF_MAX - alignment - kMappedFrom || (alignment & (alignment - 1))) {
        errno = alignment & (alignment - 1) ? EINVAL : ENOMEM;
        return NULL;
    }
    const size_t needed = block_size_for(size);
    struct block* block = find_free(needed + alignment);
    if (!block) block = grow_heap(needed + alignment);
    if (!block) return NULL;
    use(block, needed + alignment);

    char* aligned = (char*)(((uintptr_t)memory_of(block) + alignment - 1) & -(uintptr_t)alignment);
    if (aligned != memory_of(block)) {
        struct block* second = block_of(aligned);
        const size_t in_front_size = (size_t)((char*)second - (char*)block);
        second->head = (size_of(block) - in_front_size) | kUsed | kPreviousUsed;
        block->head = in_front_size | (block->head & kFlags);
        release(block);  // clears kPreviousUsed of the second
        block = second;
    }
    split(block, needed);
    return aligned;
}

void* aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void** memory, size_t alignment, size_t size)
{
    if (alignment < sizeof(void*) || (alignment & (alignment - 1))) return EINVAL;
    const int kept_errno = errno;
    void* aligned = memalign(alignment, size);
    errno = kept_errno;
    if (!aligned) return ENOMEM;
    *memory = aligned;
    return 0;
}
