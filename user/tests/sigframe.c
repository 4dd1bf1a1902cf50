// What a handler's frame holds, and that one which a program forges gives it nothing: alternate stacks, registers, FPU
// state, the way back.
#include "signal_parts.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// ---- Stacks ----

static char* other_stack;

static volatile int on_other;

static void where(int signal)
{
    char here;
    note(signal);
    on_other = &here >= other_stack && &here < other_stack + 65536;
}

static void overflow_handler(int signal, siginfo_t* info, void* context)
{
    where(signal);
    last_info = *info;
    (void)context;
    siglongjmp(escape, 1);
}

static int recurse(int n)
{
    volatile char room[4000];
    room[0] = (char)n;
    return n < 0 ? 0 : recurse(n + 1) + room[0];
}

PART(a_stack_overflow_is_caught_on_the_other_stack)
{
    other_stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const stack_t stack = {.ss_sp = other_stack, .ss_size = 65536};
    check(sigaltstack(&stack, NULL) == 0);
    handle_info(SIGSEGV, overflow_handler, SA_ONSTACK);
    for (int i = 1; i <= 3; i++) {
        if (sigsetjmp(escape, 1) == 0) recurse(0);
        check(caught == i && on_other && last_info.si_code == SEGV_MAPERR);
    }
}

static volatile int change, nested_on_other;

static void inside(int signal)
{
    stack_t now, off = {.ss_flags = SS_DISABLE};
    where(signal);
    check(sigaltstack(NULL, &now) == 0 && now.ss_flags == SS_ONSTACK);
    change = sigaltstack(&off, NULL) == -1 ? errno : 0;
    if (signal == SIGUSR1) kill(getpid(), SIGUSR2);  // stays on the same stack
    nested_on_other = on_other;
}

PART(sigaltstack_follows_its_rules)
{
    stack_t old, stack = {.ss_size = 65536};
    check(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
    other_stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack.ss_sp = other_stack;
    check(sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &old) == 0);
    check(old.ss_sp == other_stack && old.ss_size == 65536 && old.ss_flags == 0);
    handle(SIGUSR1, inside, SA_ONSTACK);
    handle(SIGUSR2, inside, SA_ONSTACK);
    kill(getpid(), SIGUSR1);
    check(caught == 2 && on_other && change == EPERM && nested_on_other);
    handle(SIGUSR1, where, 0);
    kill(getpid(), SIGUSR1);
    check(caught == 3 && !on_other);  // without SA_ONSTACK
    stack.ss_size = 100;
    check_errno(sigaltstack(&stack, NULL), ENOMEM);
    stack.ss_size = 65536;
    stack.ss_flags = 16;
    check_errno(sigaltstack(&stack, NULL), EINVAL);
    stack.ss_flags = SS_DISABLE;
    check(sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
    handle(SIGUSR1, where, SA_ONSTACK);
    kill(getpid(), SIGUSR1);
    check(caught == 4 && !on_other);
}

static int status_after(void (*run)(void))
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        run();
        _exit(99);
    }
    return status_of(pid);
}

static void no_stack_for_the_handler(void)
{
    handle(SIGUSR1, note, 0);
    __asm__ volatile("mov $0x1000, %%esp\n\tmov $37, %%eax\n\tmov $10, %%ecx\n\tint $0x80" : : "b"(getpid()));
    for (;;)
        ;
}

static void handler_nowhere(void)
{
    handle(SIGUSR1, (void (*)(int))0x1000, 0);
    kill(getpid(), SIGUSR1);
}

static void handler_in_the_kernel(void)
{
    handle(SIGUSR1, (void (*)(int))0xc0101000, 0);
    kill(getpid(), SIGUSR1);
}

static void fault_again(int signal)
{
    (void)signal;
    *(volatile char*)0x1234 = 1;
}

static void fault_in_its_own_handler(void)
{
    handle(SIGSEGV, fault_again, 0);
    *(volatile char*)0x1234 = 1;
}

static void fault_while_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    *(volatile char*)0x1234 = 1;
}

static void fault_while_blocked(void)
{
    handle(SIGSEGV, note, 0);
    block(SIGSEGV);
    *(volatile char*)0x1234 = 1;
}

PART(what_cannot_be_handled_kills)
{
    check((status_after(no_stack_for_the_handler) & 0x7f) == SIGSEGV);
    check((status_after(handler_nowhere) & 0x7f) == SIGSEGV);
    check((status_after(handler_in_the_kernel) & 0x7f) == SIGSEGV);
    check((status_after(fault_in_its_own_handler) & 0x7f) == SIGSEGV);
    check((status_after(fault_while_ignored) & 0x7f) == SIGSEGV);
    check((status_after(fault_while_blocked) & 0x7f) == SIGSEGV);
}

PART(siglongjmp_out_of_a_thousand_faults)
{
    handle_info(SIGSEGV, jump_out, 0);
    for (int i = 0; i < 1000; i++) {
        caught = 0;
        if (sigsetjmp(escape, 1) == 0) *(volatile char*)(uintptr_t)(0x1000 + i) = 1;
        check(caught == 1 && last_info.si_addr == (void*)(uintptr_t)(0x1000 + i));
    }
}

// ---- Registers ----

static int has_sse(void)
{
    unsigned eax = 1, ebx, ecx, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    return edx >> 25 & 1;
}

static void spoil(int signal)
{
    static const float garbage[4] __attribute__((aligned(16))) = {9, 8, 7, 6};
    unsigned mxcsr = 0x1f80 | 0x6000;
    unsigned short control = 0x0c7f;
    note(signal);
    if (has_sse())
        __asm__ volatile("movaps %0, %%xmm0\n\tmovaps %0, %%xmm3\n\tmovaps %0, %%xmm7\n\tldmxcsr %1"
                         :
                         : "m"(garbage), "m"(mxcsr));
    __asm__ volatile("fninit\n\tfld1\n\tfldpi\n\tfldl2e\n\tfldcw %0\n\tstd\n\tstc" : : "m"(control) : "cc");
    __asm__ volatile("cld");
}

PART(floating_point_state_survives_handlers)
{
    const float in[4] __attribute__((aligned(16))) = {1.5f, 2.5f, 3.5f, 4.5f};
    float out[4] __attribute__((aligned(16)));
    double value = 1234.5678, back;
    unsigned short control = 0x077f, control_after;
    unsigned mxcsr = 0x1f80 | 0x2000, mxcsr_after = mxcsr;
    int pid = getpid(), answer;
    handle(SIGUSR1, spoil, 0);
    for (int i = 1; i <= 100; i++) {
        if (has_sse()) __asm__ volatile("ldmxcsr %1\n\tmovaps %0, %%xmm3" : : "m"(in), "m"(mxcsr));
        __asm__ volatile("fninit\n\tfldcw %2\n\tfldl %3\n\tint $0x80\n\tfstpl %1\n\tfnstcw %4"
                         : "=a"(answer), "=m"(back)
                         : "m"(control), "m"(value), "m"(control_after), "a"(37), "b"(pid), "c"(SIGUSR1)
                         : "memory");
        if (has_sse()) __asm__ volatile("movaps %%xmm3, %0\n\tstmxcsr %1" : "=m"(out), "=m"(mxcsr_after));
        __asm__ volatile("fninit");
        check(answer == 0 && caught == i && back == value && control_after == control &&
              mxcsr_after == mxcsr);
        check(!has_sse() || memcmp(in, out, sizeof(in)) == 0);
    }
}

static volatile unsigned short control_in_handler;
static volatile unsigned flags_in_handler;

static void look(int signal)
{
    unsigned short control;
    unsigned flags;
    note(signal);
    __asm__ volatile("fnstcw %0\n\tpushf\n\tpop %1" : "=m"(control), "=r"(flags));
    control_in_handler = control;
    flags_in_handler = flags;
}

PART(a_handler_starts_with_a_fresh_fpu_and_clear_direction)
{
    unsigned short odd = 0x0c7f;
    int pid = getpid(), answer;
    unsigned flags;
    handle(SIGUSR1, look, 0);
    __asm__ volatile("fninit\n\tfldcw %2\n\tstd\n\tint $0x80\n\tpushf\n\tcld\n\tpop %1\n\tfninit"
                     : "=a"(answer), "=r"(flags)
                     : "m"(odd), "a"(37), "b"(pid), "c"(SIGUSR1)
                     : "memory");
    check(answer == 0 && caught == 1 && control_in_handler == 0x037f);
    check((flags_in_handler & 0x400) == 0 && (flags & 0x400) != 0);
}

// All registers through a million rounds while a timer interrupts every millisecond.
PART(general_registers_survive_asynchronous_handlers)
{
    handle(SIGALRM, spoil, SA_RESTART);
    const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    const long long end = now_ns() + 2000000000LL, late = end + 100000000000LL;
    while (now_ns() < end || (caught <= 100 && now_ns() < late)) {
        unsigned wrong = 1;
        __asm__ volatile("push %%ebp\n\t"
                         "mov $0x11111111, %%eax\n\tmov $0x22222222, %%ebx\n\tmov $0x33333333, %%edx\n\t"
                         "mov $0x44444444, %%esi\n\tmov $0x55555555, %%edi\n\tmov $0x66666666, %%ebp\n\t"
                         "mov $200000, %%ecx\n"
                         "1:\tcmp $0x11111111, %%eax\n\tjne 2f\n\tcmp $0x22222222, %%ebx\n\tjne 2f\n\t"
                         "cmp $0x33333333, %%edx\n\tjne 2f\n\tcmp $0x44444444, %%esi\n\tjne 2f\n\t"
                         "cmp $0x55555555, %%edi\n\tjne 2f\n\tcmp $0x66666666, %%ebp\n\tjne 2f\n\t"
                         "dec %%ecx\n\tjnz 1b\n\txor %%eax, %%eax\n\tjmp 3f\n"
                         "2:\tmov $1, %%eax\n"
                         "3:\tpop %%ebp"
                         : "=a"(wrong)
                         :
                         : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
        check(!wrong);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    check(caught > 100);
}

// ---- Forged frames ----

static volatile unsigned forged_eflags, forged_cs, forged_ss, forged_eip;

static void forge(int signal, siginfo_t* info, void* context)
{
    (void)info;
    note(signal);
    int* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
    if (forged_eflags) registers[REG_EFL] = (int)forged_eflags;
    if (forged_cs) registers[REG_CS] = (int)forged_cs;
    if (forged_ss) registers[REG_SS] = (int)forged_ss;
    if (forged_eip) registers[REG_EIP] = (int)forged_eip;
}

PART(a_forged_frame_gives_no_flags)
{
    unsigned flags, answer;
    const int pid = getpid();
    handle_info(SIGUSR1, forge, 0);
    forged_eflags = 0x003f7fd7 & ~0x100u & ~0x20000u;  // IOPL 3, NT, all but TF and VM; IF clear below
    for (int i = 0; i < 2; i++) {
        __asm__ volatile("int $0x80\n\tpushf\n\tcld\n\tpop %1"
                         : "=a"(answer), "=r"(flags)
                         : "a"(37), "b"(pid), "c"(SIGUSR1)
                         : "memory", "cc");
        check((flags & 0x3000) == 0);     // no I/O privilege
        check((flags & 0x200) == 0x200);  // interrupts on
        check((flags & 0x4000) == 0);     // no nested task
        forged_eflags = 0x20002;          // virtual 8086 mode, interrupts off
    }
    check(caught == 2);
}

static void go_to_forged_cs(void)
{
    handle_info(SIGUSR1, forge, 0);
    kill(getpid(), SIGUSR1);
}

PART(a_forged_frame_gives_no_segments)
{
    static const unsigned selectors[] = {0x08, 0x10, 0x60, 0x68, 0x63,   0x6b, 0x20,
                                         0x28, 0x80, 0x88, 0xf8, 0xfff8, 0x7,  0x3};
    for (unsigned i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
        forged_cs = selectors[i];
        forged_ss = 0;
        int status = status_after(go_to_forged_cs);
        check((status & 0x7f) == SIGSEGV || (status & 0x7f) == SIGBUS || (status & 0x7f) == SIGILL ||
              status == 99 << 8);
        forged_ss = selectors[i];
        forged_cs = 0;
        status = status_after(go_to_forged_cs);
        check((status & 0x7f) == SIGSEGV || (status & 0x7f) == SIGBUS || (status & 0x7f) == SIGILL ||
              status == 99 << 8);
    }
    forged_cs = forged_ss = 0;
    static const unsigned addresses[] = {0x80100000, 0xc0000000, 0xfffff000, 0xffffffff};
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        forged_eip = addresses[i];
        const int status = status_after(go_to_forged_cs);
        check((status & 0x7f) == SIGSEGV);
    }
    // The child's own frame is as it should be: still alive and well.
    forged_eip = 0;
    check(status_after(go_to_forged_cs) == 99 << 8);
}

static void sigreturn_without_frame(void)
{
    __asm__ volatile("mov $0x2000, %%esp\n\tmov $173, %%eax\n\tint $0x80" : : : "memory");
}

static void old_sigreturn_without_frame(void)
{
    __asm__ volatile("mov $0x2000, %%esp\n\tmov $119, %%eax\n\tint $0x80" : : : "memory");
}

static void sigreturn_in_the_kernel(void)
{
    __asm__ volatile("mov $0xfffffff0, %%esp\n\tmov $173, %%eax\n\tint $0x80" : : : "memory");
}

static unsigned char noise[4096] __attribute__((aligned(16)));

static void sigreturn_from_noise(void)
{
    __asm__ volatile("mov %0, %%esp\n\tmov $173, %%eax\n\tint $0x80" : : "r"(noise + 64) : "memory");
}

static void old_sigreturn_from_noise(void)
{
    __asm__ volatile("mov %0, %%esp\n\tmov $119, %%eax\n\tint $0x80" : : "r"(noise + 64) : "memory");
}

PART(sigreturn_from_rubbish_kills_only_the_program)
{
    check((status_after(sigreturn_without_frame) & 0x7f) == SIGSEGV);
    check((status_after(old_sigreturn_without_frame) & 0x7f) == SIGSEGV);
    check((status_after(sigreturn_in_the_kernel) & 0x7f) == SIGSEGV);
    srand(7);
    for (int round = 0; round < 60; round++) {
        for (unsigned i = 0; i < sizeof(noise); i++)
            noise[i] = (unsigned char)rand();
        const int status = status_after(round % 2 ? sigreturn_from_noise : old_sigreturn_from_noise);
        check(WIFSIGNALED(status));
    }
}

static void forge_fpu(int signal, siginfo_t* info, void* context)
{
    (void)info;
    note(signal);
    unsigned char* image = ((ucontext_t*)context)->uc_mcontext.fpregs;
    check(image);
    for (int i = 0; i < 112 + 288; i++)
        image[i] = (unsigned char)(rand() | (i >= 112 + 24 && i < 112 + 28 ? 0xff : 0));  // MXCSR: all bits
}

static void return_with_a_forged_fpu(void)
{
    handle_info(SIGUSR1, forge_fpu, 0);
    kill(getpid(), SIGUSR1);
}

// The FPU image that a handler hands back may hold anything. Some kernels refuse it, others mend it.
PART(a_forged_fpu_image_harms_only_the_program)
{
    for (int i = 1; i <= 50; i++) {
        srand((unsigned)i);
        const int status = status_after(return_with_a_forged_fpu);
        check(status == 99 << 8 || (status & 0x7f) == SIGSEGV || (status & 0x7f) == SIGFPE);
    }
}

// ---- What the frame shows of the FPU ----

struct legacy {  // struct _libc_fpstate
    unsigned control, status, tags, ip, cs, data, ds;
    unsigned char st[8][10];
    unsigned short short_status, magic;
    unsigned char image[512];
};

static struct legacy shown;
static int change_fpu;

static void look_at_fpu(int signal, siginfo_t* info, void* context)
{
    (void)info;
    note(signal);
    struct legacy* state = (struct legacy*)((ucontext_t*)context)->uc_mcontext.fpregs;
    check(state && (uintptr_t)state->image % 16 == 0);
    shown = *state;
    if (!change_fpu) return;
    state->control = (state->control & ~0xc00u) | 0x400;  // round down
    memset(state->image + 160 + 3 * 16, 0x5a, 16);        // xmm3
    *(unsigned*)(state->image + 24) = 0x1f80 | 0x4000;    // MXCSR: round up
}

PART(the_frame_shows_x87_and_sse_registers)
{
    static const float in[4] __attribute__((aligned(16))) = {1.5f, 2.5f, 3.5f, 4.5f};
    int pid = getpid(), answer;
    long double top;
    if (!has_sse()) return;
    handle_info(SIGUSR1, look_at_fpu, 0);
    __asm__ volatile("fninit\n\tfldpi\n\tfldz\n\tfld1\n\tmovaps %1, %%xmm3\n\tint $0x80\n\tfninit"
                     : "=a"(answer)
                     : "m"(in), "a"(37), "b"(pid), "c"(SIGUSR1)
                     : "memory");
    check(answer == 0 && caught == 1);
    check((shown.control & 0xffff) == 0x37f && (shown.status >> 11 & 7) == 5);
    check((shown.tags & 0xffff) == 0x13ff);  // valid, zero, valid, five empty ones: 7 is pi, 6 zero, 5 one
    check(shown.magic == 0 && shown.short_status == (shown.status & 0xffff));
    memcpy(&top, shown.st[0], 10);
    check(top == 1.0L);
    memcpy(&top, shown.st[2], 10);
    check(top > 3.14L && top < 3.15L);
    check(memcmp(shown.image + 160 + 3 * 16, in, 16) == 0);
    check(*(unsigned*)(shown.image + 24) == 0x1f80 && shown.image[4] == 0xe0);
}

PART(what_a_handler_changes_in_the_fpu_frame_comes_back)
{
    int pid = getpid(), answer;
    unsigned short control;
    unsigned mxcsr, xmm[4];
    double kept;
    if (!has_sse()) return;
    handle_info(SIGUSR1, look_at_fpu, 0);
    change_fpu = 1;
    for (int i = 0; i < 2; i++) {  // with x87 registers in use, and without
        if (i == 0)
            __asm__ volatile(
                "fninit\n\tfldpi\n\tint $0x80\n\tfstpl %1\n\tfnstcw %2\n\tstmxcsr %3\n\tmovups %%xmm3, %4"
                : "=a"(answer), "=m"(kept), "=m"(control), "=m"(mxcsr), "=m"(xmm)
                : "a"(37), "b"(pid), "c"(SIGUSR1)
                : "memory");
        else
            __asm__ volatile("fninit\n\tint $0x80\n\tfnstcw %1\n\tstmxcsr %2\n\tmovups %%xmm3, %3"
                             : "=a"(answer), "=m"(control), "=m"(mxcsr), "=m"(xmm)
                             : "a"(37), "b"(pid), "c"(SIGUSR1)
                             : "memory");
        __asm__ volatile("fninit");
        check(answer == 0 && control == 0x77f && mxcsr == (0x1f80 | 0x4000));
        check(xmm[0] == 0x5a5a5a5a && xmm[3] == 0x5a5a5a5a);
        check(kept > 3.14 && kept < 3.15);
    }
}

// ---- The frame's other parts ----

enum {
    kGs,
    kFs,
    kEs,
    kDs,
    kEdi,
    kEsi,
    kEbp,
    kEsp,
    kEbx,
    kEdx,
    kEcx,
    kEax,
    kTrap,
    kErr,
    kEip,
    kCs,
    kEfl,
    kUesp,
    kSs
};

PART(the_frame_shows_every_register)
{
    handle_info(SIGILL, jump_out, 0);
    caught = 0;
    if (sigsetjmp(escape, 1) == 0) {
        __asm__ volatile("mov $0xa1, %%eax\n\tmov $0xb1, %%ebx\n\tmov $0xc1, %%ecx\n\tmov $0xd1, %%edx\n\t"
                         "mov $0xe1, %%esi\n\tmov $0xf1, %%edi\n\tstc\n\tud2"
                         :
                         :
                         : "eax", "ebx", "ecx", "edx", "esi", "edi", "cc");
    }
    const int* r = last_context.uc_mcontext.gregs;
    check(r[kEax] == 0xa1 && r[kEbx] == 0xb1 && r[kEcx] == 0xc1 && r[kEdx] == 0xd1);
    check(r[kEsi] == 0xe1 && r[kEdi] == 0xf1 && r[kEsp] == r[kUesp]);
    check(r[kTrap] == 6 && r[kErr] == 0 && (r[kEfl] & 1) && (r[kEfl] & 0x200));
    check(memcmp((void*)r[kEip], "\x0f\x0b", 2) == 0 && last_info.si_addr == (void*)r[kEip]);
    check((r[kCs] & 3) == 3 && (r[kSs] & 3) == 3 && (r[kDs] & 3) == 3 && r[kEs] == r[kDs]);
    check(last_context.uc_link == NULL);
}

static void block_in_frame(int signal, siginfo_t* info, void* context)
{
    (void)info;
    note(signal);
    sigaddset(&((ucontext_t*)context)->uc_sigmask, SIGUSR2);
    sigaddset(&((ucontext_t*)context)->uc_sigmask, 60);
    sigaddset(&((ucontext_t*)context)->uc_sigmask, SIGKILL);
}

PART(the_mask_in_the_frame_is_the_one_that_returns)
{
    sigset_t now;
    handle_info(SIGUSR1, block_in_frame, 0);
    kill(getpid(), SIGUSR1);
    check(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
    check(sigismember(&now, SIGUSR2) && sigismember(&now, 60) && !sigismember(&now, SIGKILL));
    check(!sigismember(&now, SIGUSR1));
}

static unsigned char trampoline[8];

static void look_at_return(int signal)
{
    note(signal);
    memcpy(trampoline, __builtin_return_address(0), sizeof(trampoline));
}

// Unwinders know a signal frame by the code that its return address points to.
PART(without_a_restorer_the_way_back_has_the_bytes_that_unwinders_know)
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void* restorer;
        unsigned long mask[2];
    } action = {look_at_return, 0, NULL, {0, 0}};
    check(syscall(174, SIGUSR1, &action, NULL, 8) == 0);
    kill(getpid(), SIGUSR1);
    check(caught == 1 && memcmp(trampoline, "\x58\xb8\x77\0\0\0\xcd\x80", 8) == 0);
    action.flags = SA_SIGINFO;
    check(syscall(174, SIGUSR1, &action, NULL, 8) == 0);
    kill(getpid(), SIGUSR1);
    check(caught == 2 && memcmp(trampoline, "\xb8\xad\0\0\0\xcd\x80", 7) == 0);
}

#define SS_AUTODISARM_FLAG (1u << 31)
static stack_t stack_in_handler;

static void ask_for_stack(int signal)
{
    note(signal);
    check(sigaltstack(NULL, &stack_in_handler) == 0);
}

static void ask_with_info(int signal, siginfo_t* info, void* context)
{
    (void)info, (void)context;
    ask_for_stack(signal);
}

PART(a_stack_that_disarms_itself_comes_back)
{
    static char room[65536];
    stack_t stack = {.ss_sp = room, .ss_flags = (int)SS_AUTODISARM_FLAG, .ss_size = sizeof(room)}, now;
    check(sigaltstack(&stack, NULL) == 0);
    handle(SIGUSR1, ask_for_stack, SA_ONSTACK);
    handle_info(SIGUSR2, ask_with_info, SA_ONSTACK);
    kill(getpid(), SIGUSR2);
    check(caught == 1 && stack_in_handler.ss_flags == SS_DISABLE && stack_in_handler.ss_size == 0);
    check(sigaltstack(NULL, &now) == 0);
    check(now.ss_sp == room && now.ss_size == sizeof(room) && (unsigned)now.ss_flags == SS_AUTODISARM_FLAG);
    stack.ss_flags = 4;
    check_errno(sigaltstack(&stack, NULL), EINVAL);
}

static void nest(int signal)
{
    note(signal);
    kill(getpid(), signal);
}

static void nest_until_the_stack_is_full(void)
{
    static char room[65536];
    const stack_t stack = {.ss_sp = room + 16384, .ss_size = 32768};
    memset(room, 0x77, 16384);
    check(sigaltstack(&stack, NULL) == 0);
    handle(SIGUSR1, nest, SA_ONSTACK | SA_NODEFER);
    kill(getpid(), SIGUSR1);
}

PART(frames_that_do_not_fit_the_other_stack_kill)
{
    check((status_after(nest_until_the_stack_is_full) & 0x7f) == SIGSEGV);
}

// ---- Frames with anything in them ----

static unsigned random_state;

static unsigned any(void)
{
    random_state = random_state * 1103515245 + 12345;
    return random_state >> 8;
}

// A word that a careful program would not write.
static unsigned nasty(void)
{
    const unsigned values[] = {
        0,          1,          3,          0x10,   0x23,   0x2b,       0x33,       0x60,       0x68,
        0x73,       0x7b,       0xd8,       0xffff, 0x1000, 0x7fffffff, 0x80000000, 0x80100000, 0xbfffffff,
        0xc0000000, 0xfffff000, 0xffffffff, 0x3000, 0x4000, 0x20000,    0x100,      0x40000,    0x200000};
    return any() % 4 == 0 ? any() << 8 ^ any() : values[any() % (sizeof(values) / sizeof(values[0]))];
}

static void spoil_frame(int signal, siginfo_t* info, void* context)
{
    (void)info;
    note(signal);
    unsigned* words = (unsigned*)context;
    unsigned char* fpu = (unsigned char*)((ucontext_t*)context)->uc_mcontext.fpregs;
    const unsigned changes = 1 + any() % 6;
    for (unsigned i = 0; i < changes; i++)
        words[any() % 29] = nasty();  // flags, stack, registers, mask
    if (any() % 2 == 0 && fpu)
        for (unsigned i = 0; i < 40; i++)
            fpu[any() % 400] = (unsigned char)any();
}

static void return_to_a_spoiled_frame(void)
{
    const struct rlimit second = {1, 1};
    setrlimit(RLIMIT_CPU, &second);
    handle_info(SIGUSR1, spoil_frame, 0);
    unsigned flags;
    kill(getpid(), SIGUSR1);
    __asm__ volatile("pushf\n\tpop %0" : "=r"(flags));
    unsigned short cs;
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    _exit((flags & 0x3000) == 0 && (flags & 0x200) && (cs & 3) == 3 ? 0 : 77);
}

PART(no_frame_gives_more_rights_or_harms_the_kernel)
{
    for (unsigned round = 0; round < 300; round++) {
        random_state = round * 7919 + 1;
        const int status = status_after(return_to_a_spoiled_frame);
        check(status != 77 << 8);
    }
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
