// A library of test_dynamic.py's own: data, bss and thread-local data that the dynamic linker has to set up.
int library_data[2000] = {5, [1999] = 6};
char library_zeroes[10000];
int library_constructed;
static __thread int of_thread = 8;

int library_of_thread(void)
{
    return of_thread;
}

__attribute__((constructor)) static void construct(void)
{
    library_constructed = 1;
}
