// qsort as heapsort: in place, never worse than n log n, no stack to overflow; and binary search.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static void swap(const struct array* array, size_t a, size_t b)
{
    char *left = element(array, a), *right = element(array, b);
    size_t size = array->size;
    for (; size >= sizeof(uint32_t);
         size -= sizeof(uint32_t), left += sizeof(uint32_t), right += sizeof(uint32_t)) {
        uint32_t x, y;
        memcpy(&x, left, sizeof(x)), memcpy(&y, right, sizeof(y));
        memcpy(left, &y, sizeof(y)), memcpy(right, &x, sizeof(x));
    }
    for (; size; size--, left++, right++) {
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

void qsort(void* base, size_t count, size_t size, comparison compare)
{
    const struct array array = {base, size, compare};
    if (count < 2 || size == 0) return;
    for (size_t root = count / 2; root-- > 0;)
        sink(&array, root, count);
    for (size_t end = count - 1; end > 0; end--) {
        swap(&array, 0, end);
        sink(&array, 0, end);
    }
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
