// Unwinding through signal frames: exceptions thrown by handlers of faults, backtraces from within handlers, and both in
// threads. libgcc knows the frames by the bytes of their trampolines.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <execinfo.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

struct Fault {
    int signal, code;
    void* address;
};

struct Counted {
    static int alive;
    Counted() { alive++; }
    ~Counted() { alive--; }
};
int Counted::alive;

void thrower(int signal, siginfo_t* info, void*)
{
    throw Fault{signal, info->si_code, info->si_addr};
}

void plain_thrower(int signal)
{
    throw std::runtime_error("plain " + std::to_string(signal));
}

void handle(int signal, void (*handler)(int, siginfo_t*, void*))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(signal, &action, nullptr);
}

__attribute__((noinline)) int load(volatile int* from)
{
    Counted here;
    return *from;
}

__attribute__((noinline)) int divide(volatile int a, volatile int b)
{
    Counted here;
    return a / b;
}

void faults_become_exceptions(const char* where)
{
    volatile int* const nowhere = reinterpret_cast<volatile int*>(0x1234);
    for (int i = 0; i < 3; i++) {
        try {
            load(nowhere);
        } catch (const Fault& fault) {
            printf("%s: signal %d code %d at %p, %d left\n", where, fault.signal, fault.code, fault.address,
                   Counted::alive);
        }
        try {
            divide(i, 0);
        } catch (const Fault& fault) {
            printf("%s: signal %d code %d, %d left\n", where, fault.signal, fault.code, Counted::alive);
        }
    }
}

int depth_in_handler;

__attribute__((noinline)) void look_back(int, siginfo_t*, void*)
{
    void* frames[32];
    depth_in_handler = backtrace(frames, 32);
}

__attribute__((noinline)) int deep(int n)
{
    if (n == 0) raise(SIGUSR1);
    const int below = n == 0 ? 0 : deep(n - 1);
    asm volatile("" ::: "memory");
    return below + n;
}

void* thread(void*)
{
    faults_become_exceptions("thread");
    return nullptr;
}

}  // namespace

int main()
{
    handle(SIGSEGV, thrower);
    handle(SIGFPE, thrower);
    faults_become_exceptions("main");

    struct sigaction plain;
    memset(&plain, 0, sizeof plain);
    plain.sa_handler = plain_thrower;
    plain.sa_flags = SA_NODEFER;
    sigaction(SIGSEGV, &plain, nullptr);
    try {
        load(nullptr);
    } catch (const std::runtime_error& error) {
        puts(error.what());
    }
    handle(SIGSEGV, thrower);

    handle(SIGUSR1, look_back);
    deep(0);
    const int shallow = depth_in_handler;
    deep(6);
    printf("six more frames are %d more\n", depth_in_handler - shallow);

    pthread_t one;
    pthread_create(&one, nullptr, thread, nullptr);
    pthread_join(one, nullptr);
    return 0;
}
