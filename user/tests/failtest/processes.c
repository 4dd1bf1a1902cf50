// Fork, exec, sessions, groups, ends, and tracing.
#include "failtest.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

static void fork_and_tell(int n)
{
    fail_nth(n);
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    const int left = fail_nth(0);
    if (pid < 0) _exit((errno == ENOMEM || errno == EAGAIN) && left == 0 ? kReported : kWrong);
    check_child(pid);
    _exit(left > 0 ? kCountLeft : 0);
}

PART(fork_fails)
{
    // Tables in several places, a shared mapping and a file's, so that there is something to copy.
    for (unsigned long i = 0; i < 3; i++) {
        char* const memory = mmap((void*)(0x20000000 + i * 0x1000000), kPage, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory[0] = 1;
    }
    char* const shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 1;
    fail_in_child("fork", fork_and_tell);
}

// The new program goes on counting (main): its own faults may meet the failure, too.
static void exec_and_tell(int n)
{
    static char big[3 * kPage];
    memset(big, 'x', sizeof big - 1);
    char* const arguments[] = {"failtest", "--executed", big, NULL};
    char* const environment[] = {"A=1", NULL};
    fail_nth(n);
    execve("/tests/failtest", arguments, environment);
    const int error = errno;
    _exit(fail_nth(0) == 0 && error == ENOMEM ? kReported : kWrong);  // the old program still runs
}

static void exec_script_and_tell(int n)
{
    char* const arguments[] = {"/root/failtest.sh", NULL};
    fail_nth(n);
    execve("/root/failtest.sh", arguments, arguments);
    const int error = errno;
    _exit(fail_nth(0) == 0 && error == ENOMEM ? kReported : kWrong);
}

PART(exec_script_fails)
{
    static const char text[] = "#!/tests/failtest --executed\n";
    const int script = open("/root/failtest.sh", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    check(script >= 0 && write(script, text, sizeof text - 1) == sizeof text - 1 && close(script) == 0);
    fail_in_child("exec_script", exec_script_and_tell);
    unlink("/root/failtest.sh");
}

PART(exec_fails)
{
    fail_in_child("exec", exec_and_tell);
}

static void setsid_and_tell(int n)
{
    fail_nth(n);
    const pid_t session = setsid();
    const int error = errno, left = fail_nth(0);
    if (session < 0) _exit(error == ENOMEM && left == 0 ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(session_fails)
{
    fail_in_child("setsid", setsid_and_tell);
}

// ---- Exec of a program with an interpreter ----

// A program of one page whose interpreter is this one: the kernel maps both, and starts the latter.
static const char interpreted[] = "/root/failtest.dynamic";

struct elf_head {
    unsigned char ident[16];
    unsigned short type, machine;
    unsigned version, entry, segments_at, sections_at, flags;
    unsigned short size, segment_size, segments, section_size, sections, names;
};
struct elf_segment {
    unsigned type, offset, address, physical, file_size, memory_size, rights, alignment;
};

static void write_interpreted(void)
{
    static const char interpreter[] = "/tests/failtest";
    static struct {
        struct elf_head head;
        struct elf_segment segments[2];
        char interpreter[sizeof interpreter];
    } image;
    const unsigned where = offsetof(__typeof__(image), interpreter);
    image.head = (struct elf_head){
        {0x7f, 'E', 'L', 'F', 1, 1, 1}, 2, 3, 1, 0x30000000, sizeof image.head, 0, 0, sizeof image.head,
        sizeof image.segments[0],       2, 0, 0, 0};
    image.segments[0] = (struct elf_segment){3, where, 0, 0, sizeof interpreter, sizeof interpreter, 4, 1};
    image.segments[1] = (struct elf_segment){1, 0, 0x30000000, 0x30000000, sizeof image, 3 * kPage, 7, kPage};
    memcpy(image.interpreter, interpreter, sizeof interpreter);
    const int file = open(interpreted, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    check(file >= 0 && write(file, &image, sizeof image) == sizeof image && close(file) == 0);
}

static void exec_interpreted_and_tell(int n)
{
    char* const arguments[] = {"failtest", "--executed", NULL};
    fail_nth(n);
    execve(interpreted, arguments, arguments + 2);
    const int error = errno;
    _exit(fail_nth(0) == 0 && error == ENOMEM ? kReported : kWrong);
}

PART(exec_interpreted_fails)
{
    write_interpreted();
    fail_in_child("exec_interpreted", exec_interpreted_and_tell);
    unlink(interpreted);
}

// ---- An end needs no memory ----

// The first allocations after the count begins fail while the process gives back what it has.
static void end_and_tell(int n)
{
    int ends[2];
    char* const memory = mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memory[kPage] = 1;
    const int file = open("/root/failtest.end", O_RDWR | O_CREAT, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_start = 10, .l_len = 10};
    check(pipe(ends) == 0 && file >= 0 && unlink("/root/failtest.end") == 0 &&
          fcntl(file, F_SETLK, &lock) == 0);
    check(write(file, "x", 1) == 1 && write(ends[1], "x", 1) == 1);
    if (n == 8) _exit(kCountLeft);
    fail_nth(n);
    _exit(0);
}
PART(end_does_not_fail)
{
    fail_in_child("end", end_and_tell);
}

// ---- Groups, and tracing ----

static int try_setgroups(void)
{
    static gid_t groups[32];
    for (int i = 0; i < 32; i++)
        groups[i] = (gid_t)i * 3;
    return (int)syscall(SYS_setgroups32, 32, groups);
}
static void drop_groups(void)
{
    check(syscall(SYS_setgroups32, 0, NULL) == 0);
}
FAILS(setgroups, try_setgroups, drop_groups, 0);

static pid_t tracee;
static char far_bytes[3 * kPage];

static void stay(void)
{
    for (;;)
        pause();
}

static int try_attach(void)
{
    if (ptrace(PTRACE_ATTACH, tracee, 0, 0) != 0) return -1;
    int status;
    check(waitpid(tracee, &status, 0) == tracee && WIFSTOPPED(status));
    return 0;
}
static void detach(void)
{
    check(ptrace(PTRACE_DETACH, tracee, 0, 0) == 0);
}

static int try_registers(void)
{
    static char state[512];
    struct iovec area = {state, sizeof state};
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tracee, 0, (long)&registers) != 0) return -1;
    return (int)ptrace(PTRACE_GETREGSET, tracee, 1, (long)&area);
}
// Pages that the tracee shares with its parent are copied for another's write; pages that it never touched are made.
static void poke_and_tell(int n)
{
    tracee = fork();
    if (tracee == 0) stay();
    check(try_attach() == 0);
    errno = 0;  // and errno's page is the caller's own again
    fail_nth(n);
    int failed = ptrace(PTRACE_POKEDATA, tracee, (long)far_bytes, 7) != 0;
    if (!failed) failed = ptrace(PTRACE_PEEKDATA, tracee, (long)(far_bytes + kPage), 0) == -1 && errno != 0;
    const int error = errno, left = fail_nth(0);
    kill(tracee, SIGKILL);
    check(status_of(tracee) == SIGKILL);
    if (failed) _exit(error == EIO && left == 0 ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}

static void far_copy_and_tell(int n)
{
    static char own[kPage];
    struct iovec here = {own, sizeof own}, there = {far_bytes, sizeof far_bytes};
    tracee = fork();
    if (tracee == 0) stay();
    memset(own, 1, sizeof own);
    fail_nth(n);
    const int failed = syscall(SYS_process_vm_writev, tracee, &here, 1, &there, 1, 0) < 0;
    const int error = errno, left = fail_nth(0);
    kill(tracee, SIGKILL);
    check(status_of(tracee) == SIGKILL);
    if (failed) _exit((error == EFAULT || error == ENOMEM) && left == 0 ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}

PART(ptrace_fails)
{
    tracee = fork();
    if (tracee == 0) stay();
    fail_call("attach", (struct call){try_attach, detach, 0});
    check(try_attach() == 0);
    fail_call("registers", (struct call){try_registers, NULL, 0});
    kill(tracee, SIGKILL);
    status_of(tracee);
    memset(far_bytes, 1, kPage);
    fail_in_child("peek_poke", poke_and_tell);
    fail_in_child("far_copy", far_copy_and_tell);
}
