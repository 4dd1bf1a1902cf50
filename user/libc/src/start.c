// From the kernel's stack image to main: sets up environ and the auxiliary vector, runs C++ constructors, calls main.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

int errno;
char** environ;
char* program_invocation_name;
char* program_invocation_short_name;

static const unsigned long* auxiliary_vector;

int main(int argc, char** argv, char** envp);
__noreturn void __libc_start(long* stack);

typedef void (*constructor)(int argc, char** argv, char** envp);
extern const constructor __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const constructor __init_array_end[] __attribute__((weak, visibility("hidden")));

static void name_the_program(char* path)
{
    char* slash = strrchr(path, '/');
    program_invocation_name = path;
    program_invocation_short_name = slash ? slash + 1 : path;
}

void __libc_start(long* stack)
{
    const int argc = (int)stack[0];
    char** argv = (char**)(stack + 1);
    environ = argv + argc + 1;

    char** after_environment = environ;
    while (*after_environment)
        after_environment++;
    auxiliary_vector = (const unsigned long*)(after_environment + 1);

    name_the_program(argc > 0 ? argv[0] : (char*)"");
    for (const constructor* each = __init_array_start; each < __init_array_end; each++)
        (*each)(argc, argv, environ);
    exit(main(argc, argv, environ));
}

unsigned long getauxval(unsigned long type)
{
    for (const unsigned long* pair = auxiliary_vector; pair[0] != AT_NULL; pair += 2)
        if (pair[0] == type) return pair[1];
    errno = ENOENT;
    return 0;
}
