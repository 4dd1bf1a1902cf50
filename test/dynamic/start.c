// What a dynamically linked program finds when it starts: test_dynamic.py builds it position-independent, at a fixed
// place, and with its libraries inside. Prints `name: value` lines, the last of which says whether all checks held.
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

extern char _end[], __ehdr_start[], edata[];
extern void _start(void);

static int wrong;
static char zeroes[3 * 4096 + 123];
static int data[2000] = {1, 2, 3, [1999] = 4};
static int constructed;
static __thread int of_thread = 7;
static void* const pointers[] = {data, zeroes, &constructed};  // needs relocation, then is read-only (RELRO)

#ifdef WITH_LIBRARY
extern int library_data[2000], library_constructed;
extern char library_zeroes[10000];
int library_of_thread(void);
#endif

__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}

static void check(int holds, const char* what)
{
    if (holds) return;
    printf("wrong: %s\n", what);
    wrong++;
}

static int all_zero(const char* from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (from[i] != 0) return 0;
    return 1;
}

static void check_contents(void)
{
    check(data[0] == 1 && data[2] == 3 && data[1999] == 4 && data[1000] == 0, "data");
    check(all_zero(zeroes, sizeof zeroes), "bss");
    check(all_zero(_end, (size_t)(-(uintptr_t)_end % 4096)), "rest of the last page");
    check(constructed == 1, "constructor");
    check(pointers[0] == data && pointers[1] == zeroes, "relocation");
    check(of_thread == 7, "thread-local data");
#ifdef WITH_LIBRARY
    check(library_data[0] == 5 && library_data[1999] == 6, "the library's data");
    check(all_zero(library_zeroes, sizeof library_zeroes), "the library's bss");
    check(library_constructed == 1 && library_of_thread() == 8,
          "the library's constructor and thread-local data");
#endif
}

static void check_auxiliary_vector(const char* name)
{
    const ElfW(Ehdr)* self = (const void*)__ehdr_start;
    const ElfW(Phdr)* headers = (const void*)getauxval(AT_PHDR);
    const unsigned char* random = (const void*)getauxval(AT_RANDOM);
    check((const char*)headers == (const char*)self + self->e_phoff, "AT_PHDR");
    check(getauxval(AT_PHNUM) == self->e_phnum && getauxval(AT_PHENT) == sizeof *headers,
          "AT_PHNUM, AT_PHENT");
    check(getauxval(AT_ENTRY) == (uintptr_t)_start, "AT_ENTRY");
    check(strcmp((const char*)getauxval(AT_EXECFN), name) == 0, "AT_EXECFN");
    check(strcmp((const char*)getauxval(AT_PLATFORM), "i686") == 0, "AT_PLATFORM");
    check(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_CLKTCK) == 100, "AT_PAGESZ, AT_CLKTCK");
    check(getauxval(AT_FLAGS) == 0 && getauxval(AT_SECURE) == 0, "AT_FLAGS, AT_SECURE");
    check(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid(), "AT_UID, AT_EGID");
    check((getauxval(AT_HWCAP) & 1) != 0 && getauxval(AT_MINSIGSTKSZ) >= 2048, "AT_HWCAP, AT_MINSIGSTKSZ");
    check(random && !all_zero((const char*)random, 16), "AT_RANDOM");
    const char* base = (const char*)getauxval(AT_BASE);
#ifdef ALONE
    check(base == 0, "AT_BASE of a program without interpreter");
#else
    check(base && memcmp(base, ELFMAG, SELFMAG) == 0, "AT_BASE");
#endif
    printf("base: %lx\nentry: %lx\n", getauxval(AT_BASE), getauxval(AT_ENTRY));
}

// The file that a line of /proc/self/maps names for an address.
static void check_maps(const void* address, const char* wanted)
{
    char line[512], name[256];
    FILE* maps = fopen("/proc/self/maps", "r");
    int found = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long first, end;
        name[0] = 0;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %255s", &first, &end, name) < 2) continue;
        if (first <= (uintptr_t)address && (uintptr_t)address < end) found = strcmp(name, wanted) == 0;
    }
    if (maps) fclose(maps);
    check(found, wanted);
}

static void check_heap(void)
{
    char* start = sbrk(0);
    check(sbrk(300 << 20) == start, "a heap of 300 MiB");
    start[(300 << 20) - 1] = 1;
    check(start[0] == 0 && sbrk(-(300 << 20)) != (void*)-1, "heap");
    printf("heap: %lx\n", (unsigned long)start);
}

static int status_of(void (*act)(void))
{
    int status = -1;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        act();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

static void write_relro(void)
{
    *(void* volatile*)&pointers[0] = NULL;
}

static void write_text(void)
{
    *(volatile char*)write_text = 0;
}

static void write_data(void)
{
    data[0] = 99;
    constructed = 5;
}

static void* run_thread(void* argument)
{
    of_thread += *(int*)argument;
    return (void*)(intptr_t)of_thread;
}

static void check_threads(void)
{
    pthread_t threads[4];
    int numbers[4];
    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        check(pthread_create(&threads[i], NULL, run_thread, &numbers[i]) == 0, "pthread_create");
    }
    for (int i = 0; i < 4; i++) {
        void* result = NULL;
        pthread_join(threads[i], &result);
        check((intptr_t)result == 7 + i, "thread-local data of a thread");
    }
    check(of_thread == 7, "thread-local data after threads");
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "calm") == 0) {  // again, without aslr=1
        check(personality(ADDR_NO_RANDOMIZE) != -1, "personality");
        execl("/proc/self/exe", argv[0], "calmed", (char*)NULL);
        return 1;
    }
    char executable[256] = "";
    check(readlink("/proc/self/exe", executable, sizeof executable - 1) > 0, "/proc/self/exe");
    const int direct = argc > 1 && strcmp(argv[1], "direct") == 0;  // ld-linux.so.2 was told to run us
    const int calmed = argc > 1 && strcmp(argv[1], "calmed") == 0;
    check_contents();
    const int by_script = argc > 1 && argv[1][0] == '/';  // the script's name is what was executed
    if (!direct) check_auxiliary_vector(calmed ? "/proc/self/exe" : argv[by_script]);
    if (calmed) check((personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0, "personality inherited");
    // In the other policies' layout files are copied, not mapped.
    if (!getenv("POLICY")) {
        check_maps((const void*)main, direct ? argv[0] : executable);
        check_maps(argv, "[stack]");
        if (!direct) check_heap();
        check(WIFSIGNALED(status_of(write_relro)), "RELRO");
        check(WIFSIGNALED(status_of(write_text)), "text is read-only");
    }
    check(status_of(write_data) == 0 && data[0] == 1 && constructed == 1, "a child's data is its own");
    check_threads();
    printf("exe: %s\nstack: %lx\nmapping: %lx\n", executable, (unsigned long)argv,
           (unsigned long)malloc(1 << 20));
    puts(wrong ? "result: wrong" : "result: right");
    return wrong;
}
