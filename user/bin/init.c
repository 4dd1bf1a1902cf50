// Process 1. Two lives:
//   init                      an interactive shell on /dev/console, started anew when it ends
//   init run OUTPUT CONTROL   a server of commands for scripts: the protocol is at serve_commands() below
// In both it mounts /proc, turns the swap disk on that a first argument swap=DISK names, and reaps every process whose parent
// died before it.
#include "user/lib/shutdown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t going_down;

static char own_path[] = "PATH=/bin:/demos:/tests";
static char usual_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static char shell_setting[64] = "SHELL=/bin/sh";
static char* environment[] = {own_path,      "HOME=/root", "USER=root", "LOGNAME=root",
                              shell_setting, "TERM=vt100", NULL};

static void no_more_shells(int number)
{
    (void)number;
    going_down = 1;
}

static void complain(const char* what)
{
    fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
}

// In the child: as a program expects to start, whatever init has done to its own signals.
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGNAL_NO_MORE_SHELLS, SIG_DFL);
}

// Waits for `pid`, reaping on the way all others that end. The result is the wait status.
static int reap_until(pid_t pid)
{
    for (;;) {
        int status;
        const pid_t ended = waitpid(-1, &status, 0);
        if (ended == pid) return status;
        if (ended < 0 && errno != EINTR) return 0;
    }
}

// ---- the shell on the console ----

static void print_banner(void)
{
    char line[256];
    FILE* banner = fopen("/etc/motd", "r");
    if (!banner) return;
    while (fgets(line, sizeof line, banner))
        fputs(line, stdout);
    fclose(banner);
    fflush(stdout);
}

static struct termios first_modes;  // the console's, as the kernel made it

static void become_console_shell(void)
{
    reset_signals();
    setsid();
    const struct passwd* root = getpwuid(0);
    const char* shell = root && root->pw_shell[0] ? root->pw_shell : "/bin/sh";
    char name[64];  // the dash says: login shell
    const char* last = strrchr(shell, '/');
    snprintf(name, sizeof name, "-%s", last ? last + 1 : shell);
    char* const arguments[] = {name, NULL};
    snprintf(shell_setting, sizeof shell_setting, "SHELL=%s", shell);
    const int console = open("/dev/console", O_RDWR);
    if (console < 0) {
        complain("/dev/console");
        _exit(127);
    }
    ioctl(console, TIOCSCTTY, 0);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        dup2(console, descriptor);
    if (console > 2) close(console);
    tcsetattr(0, TCSAFLUSH, &first_modes);  // the shell before may have left it raw
    execve(shell, arguments, environment);
    complain(shell);
    _exit(127);
}

static void run_shells(void)
{
    tcgetattr(0, &first_modes);
    for (;;) {
        const pid_t shell = fork();
        if (shell == 0) become_console_shell();
        if (shell < 0) complain("fork");
        const int status = shell < 0 ? 0 : reap_until(shell);
        while (going_down)  // whoever sent the signal ends the machine; until then, reap
            if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) pause();
        // A shell that cannot even start is tried again slowly, not ten thousand times a second.
        if (shell < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) sleep(1);
    }
}

// ---- the command server ----

static int open_raw(const char* path)
{
    struct termios modes;
    int descriptor;
    while ((descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 && errno == ENOMEM)
        sleep(1);  // init has nobody to report it to
    if (descriptor < 0 || tcgetattr(descriptor, &modes) < 0) {
        complain(path);
        exit(1);
    }
    modes.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    modes.c_oflag &= (tcflag_t)~OPOST;
    modes.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    modes.c_cflag = (modes.c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8 | CREAD;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    if (tcsetattr(descriptor, TCSANOW, &modes) < 0) complain(path);
    return descriptor;
}

// Exactly `length` bytes; 0 when the other side is gone.
static int read_exactly(int descriptor, char* buffer, size_t length)
{
    while (length > 0) {
        const ssize_t count = read(descriptor, buffer, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return 0;
        buffer += count;
        length -= (size_t)count;
    }
    return 1;
}

// One line without its newline, cut where it is too long; 0 when the other side is gone. One byte a read: what
// follows the line is the command's text, which must stay in the line discipline until its length is known.
static int read_line(int descriptor, char* line, size_t size)
{
    size_t length = 0;
    for (;;) {
        char byte;
        if (!read_exactly(descriptor, &byte, 1)) return 0;
        if (byte == '\n') break;
        if (length + 1 < size) line[length++] = byte;
    }
    line[length] = 0;
    return 1;
}

static void write_line(int descriptor, const char* line)
{
    size_t length = strlen(line);
    while (length > 0) {
        const ssize_t count = write(descriptor, line, length);
        if (count < 0 && errno != EINTR) return;
        if (count <= 0) continue;
        line += count;
        length -= (size_t)count;
    }
}

static void become_command(char* command, int output)
{
    char* const arguments[] = {"sh", "-c", command, NULL};
    reset_signals();
    setsid();
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(output, 1);
    dup2(output, 2);
    if (null > 2) close(null);
    execve("/bin/sh", arguments, environment);
    complain("/bin/sh");
    _exit(127);
}

static int run_command(char* command, int output)  // its status as a shell counts it
{
    const pid_t child = fork();
    if (child == 0) become_command(command, output);
    if (child < 0) {
        complain("fork");
        return 126;
    }
    const int status = reap_until(child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void run_request(size_t length, int output, int control)
{
    char answer[32];
    char* command;
    while (!(command = malloc(length + 1)))
        sleep(1);  // as in open_raw()
    if (!read_exactly(control, command, length)) {
        complain("command");
        exit(1);
    }
    command[length] = 0;
    const int status = run_command(command, output);
    free(command);
    if (going_down) return;  // the command was poweroff: the machine's end is the answer
    tcdrain(output);
    tcdrain(STDERR_FILENO);  // and what the kernel said on the console
    snprintf(answer, sizeof answer, "exit %d\n", status);
    write_line(control, answer);
}

static void power_off(void)
{
    stop_all_processes();
    release_file_systems();
    reboot(RB_POWER_OFF);
    complain("power off");
}

// The protocol, in lines on CONTROL: we say "ready"; the host says "run LENGTH" and LENGTH bytes of shell command;
// its output goes to OUTPUT, and we say "exit STATUS" when it has ended and its output and the log's lines have
// left. Or "poweroff".
static void serve_commands(const char* output_path, const char* control_path)
{
    char line[64];
    const int output = open_raw(output_path);
    const int control = open_raw(control_path);
    write_line(control, "ready\n");
    while (read_line(control, line, sizeof line)) {
        if (strncmp(line, "run ", 4) == 0) {
            run_request(strtoul(line + 4, NULL, 10), output, control);
        } else if (strcmp(line, "poweroff") == 0) {
            power_off();
        } else if (line[0]) {
            fprintf(stderr, "init: unknown request '%s'\n", line);
        }
    }
    power_off();  // nobody is left to ask for anything
}

// Files there live in memory. A directory that the image brought with something in it stays as it is.
static void mount_memory(const char* path)
{
    DIR* const directory = opendir(path);
    if (!directory) return;
    int entries = 0;
    while (readdir(directory))
        entries++;
    closedir(directory);
    const int is_empty = entries <= 2;  // . and ..
    if (is_empty && mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0) complain(path);
}

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        puts("Usage: init [swap=DISK] [run OUTPUT CONTROL]\n"
             "Process 1: starts shells on /dev/console, or runs commands sent to the tty CONTROL\n"
             "with their output on the tty OUTPUT. Memory that does not fit goes to DISK.");
        return 0;
    }
    if (getpid() != 1) {
        fprintf(stderr, "init: must be process 1\n");
        return 1;
    }
    signal(SIGNAL_NO_MORE_SHELLS, no_more_shells);
    if (access("/usr/bin", X_OK) == 0) environment[0] = usual_path;  // somebody else's system
    mkdir("/proc", 0755);
    if (mount("proc", "/proc", "proc", 0, NULL) < 0) complain("/proc");
    if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0 && errno != ENOENT) complain("/sys");
    mount_memory("/tmp");
    mount_memory("/dev/shm");
    if (argc > 1 && strncmp(argv[1], "swap=", 5) == 0) {
        if (swapon(argv[1] + 5, 0) < 0) complain(argv[1] + 5);
        argc--, argv++;
    }
    if (argc == 4 && strcmp(argv[1], "run") == 0) {
        serve_commands(argv[2], argv[3]);
    } else {
        print_banner();
        run_shells();
    }
    return 1;
}
