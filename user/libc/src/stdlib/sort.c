// qsort: a merge sort, which keeps the order of equal elements; where there is no memory for it, a heapsort, which
// needs none. Neither is ever worse than n log n. And binary search.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/src/string/word.h"

typedef int (*comparison)(const void*, const void*);

struct array {
    char* base;
    size_t size;  // of one element, in bytes
    comparison compare;
};

static char* element(const struct array* array, size_t index)
{
    return array->base + index * array->size;
}

static void copy(char* to, const char* from, size_t size)
{
    if (size == sizeof(word))
        *(word*)to = *(const word*)from;  // most arrays are of pointers or numbers
    else
        memcpy(to, from, size);
}

// Merges the sorted [0, middle) and [middle, count). The left half moves to `spare`, so that the front is free.
static void merge(const struct array* array, size_t middle, size_t count, char* spare)
{
    const size_t size = array->size;
    char *to = array->base, *right = element(array, middle), *left = spare;
    char *const right_end = element(array, count), *const left_end = spare + middle * size;
    memcpy(spare, array->base, middle * size);
    while (left < left_end && right < right_end) {
        char** smaller = array->compare(left, right) <= 0 ? &left : &right;
        copy(to, *smaller, size);
        *smaller += size;
        to += size;
    }
    memcpy(to, left, (size_t)(left_end - left));  // what is left of the right half is in its place
}

static void merge_sort(const struct array* array, size_t count, char* spare)
{
    if (count < 2) return;
    const size_t middle = count / 2;
    const struct array right = {element(array, middle), array->size, array->compare};
    merge_sort(array, middle, spare);
    merge_sort(&right, count - middle, spare);
    if (array->compare(element(array, middle - 1), right.base) > 0) merge(array, middle, count, spare);
}

static void swap(const struct array* array, size_t a, size_t b)
{
    char *left = element(array, a), *right = element(array, b);
    for (size_t size = array->size; size; size--, left++, right++) {
        const char kept = *left;
        *left = *right;
        *right = kept;
    }
}

// Lets the element at `root` sink until no child is larger. The heap is elements [0, count).
static void sink(const struct array* array, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && array->compare(element(array, child), element(array, child + 1)) < 0)
            child++;
        if (array->compare(element(array, root), element(array, child)) >= 0) return;
        swap(array, root, child);
    }
}

static void heap_sort(const struct array* array, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sink(array, root, count);
    for (size_t end = count - 1; end > 0; end--) {
        swap(array, 0, end);
        sink(array, 0, end);
    }
}

void qsort(void* base, size_t count, size_t size, comparison compare)
{
    enum { kSmall = 1024 };
    char small[kSmall];
    const struct array array = {base, size, compare};
    if (count < 2 || size == 0) return;
    const size_t spare_size = count / 2 * size;
    char* spare = spare_size <= kSmall ? small : malloc(spare_size);
    if (spare)
        merge_sort(&array, count, spare);
    else
        heap_sort(&array, count);
    if (spare != small) free(spare);
}

void* bsearch(const void* key, const void* base, size_t count, size_t size, comparison compare)
{
    const char* low = base;
    while (count > 0) {
        const char* middle = low + count / 2 * size;
        const int order = compare(key, middle);
        if (order == 0) return (void*)middle;
        if (order > 0) {
            low = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
