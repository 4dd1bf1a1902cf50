// Several processes compute with x87 and SSE registers at once; each keeps its own values through preemption and signals.
#include "report.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static volatile double disturbed;

static void disturb(int signal)
{
    (void)signal;
    disturbed = disturbed * 1.5 + 2.25;  // uses the FPU in the middle of the other's computation
}

static int has_sse(void)
{
    unsigned eax = 1, ebx, ecx, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    return edx >> 25 & 1;
}

__attribute__((noinline)) static int registers_survive(unsigned tag)
{
    unsigned in[4] __attribute__((aligned(16))) = {tag, tag + 1, tag + 2, tag + 3},
                   out[4] __attribute__((aligned(16)));
    double value = tag * 1.25, back;
    if (has_sse()) __asm__ volatile("movaps %0, %%xmm5" : : "m"(in));
    __asm__ volatile("fldl %0" : : "m"(value));
    for (volatile int i = 0; i < 300000; i++)
        ;
    __asm__ volatile("fstpl %0" : "=m"(back));
    if (!has_sse()) return back == value;
    __asm__ volatile("movaps %%xmm5, %0" : "=m"(out));
    return back == value && memcmp(in, out, sizeof(in)) == 0;
}

int main(void)
{
    int status;
    for (unsigned child = 1; child <= 4; child++) {
        if (fork() != 0) continue;
        signal(SIGALRM, disturb);
        const time_t end = time(NULL) + 3;
        while (time(NULL) < end) {
            check(registers_survive(child * 1000));
            check(kill(getpid(), SIGALRM) == 0);
            alarm(1);
        }
        _exit(0);
    }
    while (wait(&status) > 0)
        check(status == 0);
    puts("fpu: kept");
    return 0;
}
