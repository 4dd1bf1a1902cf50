// Fork, exec and setsid.
#include "failtest.h"

#include <fcntl.h>
#include <sys/mman.h>

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
