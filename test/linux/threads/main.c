// What all parts use, and the program that some of them exec.
#include "threads.h"

#include <stddef.h>

const char* program;
volatile sig_atomic_t handled_by;

int self_tid(void)
{
    return (int)syscall(SYS_gettid);
}

pthread_t start(void* (*run)(void*), void* argument)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

void* join(pthread_t thread)
{
    void* result;
    check(pthread_join(thread, &result) == 0);
    return result;
}

void start_all(pthread_t* threads, int count, void* (*run)(void*))
{
    for (long i = 0; i < count; i++)
        threads[i] = start(run, (void*)i);
}

void join_all(const pthread_t* threads, int count)
{
    for (int i = 0; i < count; i++)
        join(threads[i]);
}

void* sleep_for_ever(void* argument)
{
    if (argument) *(volatile int*)argument = self_tid();
    for (;;)
        pause();
    return NULL;
}

void* spin_for_ever(void* argument)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    if (argument) *(volatile int*)argument = 1;
    for (;;)
        ;
    return NULL;
}

int start_sleeper(void)
{
    static volatile int tid;
    tid = 0;
    start(sleep_for_ever, (void*)&tid);
    while (!tid)
        sched_yield();
    return tid;
}

ssize_t read_file(const char* path, char* text, size_t room)
{
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    const ssize_t size = read(fd, text, room - 1);
    close(fd);
    text[size < 0 ? 0 : size] = 0;
    return size;
}

char state_of(const char* path)
{
    char text[512];
    return read_file(path, text, sizeof text) > 0 ? strrchr(text, ')')[2] : '?';
}

long number_in(const char* path, const char* name)
{
    char text[2048];
    check(read_file(path, text, sizeof text) > 0);
    const char* at = strstr(text, name);
    return at ? strtol(at + strlen(name), NULL, 0) : -1;
}

long threads_now(void)
{
    return number_in("/proc/self/status", "Threads:");
}

void note_thread(int signal)
{
    (void)signal;
    handled_by = self_tid();
}

void install(int signal, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    check(sigaction(signal, &action, NULL) == 0);
}

static int tell_who_we_are(void)
{
    printf("%d %d %ld\n", (int)getpid(), self_tid(), threads_now());
    return 0;
}

int main(int argc, char** argv)
{
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "--tell") == 0) return tell_who_we_are();
    if (argc == 2 && strcmp(argv[1], "--nothing") == 0) return 0;
    return run_parts(argc, argv);
}
