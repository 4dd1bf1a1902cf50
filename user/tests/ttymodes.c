// Asks the terminal on descriptor 0 for what termios promises. Reports `name: value` lines; a line `type TEXT` asks whoever
// sits at the terminal for just that. Runs on Linux as well, and says the same there (test/test_devices.py).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static struct termios sane;
static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    (void)signal;
    caught++;
}

static void on_alarm(int signal)
{
    static const char request[] = "type late\n";
    on_signal(signal);
    if (write(1, request, sizeof request - 1) < 0) _exit(1);
}

static void report(const char* name, long value)
{
    printf("%s: %ld\n", name, value);
    fflush(stdout);
}

static void report_text(const char* name, const char* text, long size)
{
    printf("%s: %ld %.*s\n", name, size, size > 0 ? (int)size : 0, text);
    fflush(stdout);
}

static void ask_for(const char* text)
{
    printf("type %s\n", text);
    fflush(stdout);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_raw(unsigned char least, unsigned char tenths)
{
    struct termios raw = sane;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = least;
    raw.c_cc[VTIME] = tenths;
    tcsetattr(0, TCSANOW, &raw);
}

static void test_raw_reads(void)
{
    char bytes[100];
    set_raw(0, 3);
    const long begin = now_ms();
    report("nothing_in_time", read(0, bytes, sizeof bytes));
    report("waited_long_enough", now_ms() - begin >= 290);
    set_raw(0, 0);
    report("nothing_at_once", read(0, bytes, sizeof bytes));
    set_raw(3, 0);
    ask_for("abc");
    report_text("least_three", bytes, read(0, bytes, sizeof bytes));
    set_raw(50, 10);  // tenths: who types may be slow
    ask_for("xyz");
    report_text("pause_ends_it", bytes, read(0, bytes, sizeof bytes));
}

static void test_poll(void)
{
    int waiting = -1;
    char byte;
    struct pollfd terminal = {.fd = 0, .events = POLLIN | POLLOUT};
    set_raw(1, 0);
    poll(&terminal, 1, 0);
    report("poll_writable", terminal.revents == POLLOUT);
    terminal.events = POLLIN;
    report("poll_times_out", poll(&terminal, 1, 100));
    ask_for("q");
    report("poll_input", poll(&terminal, 1, 60000) == 1 && terminal.revents == POLLIN);
    ioctl(0, FIONREAD, &waiting);
    report("bytes_waiting", waiting);
    tcflush(0, TCIFLUSH);
    ioctl(0, FIONREAD, &waiting);
    report("bytes_after_flush", waiting);
    const int flags = fcntl(0, F_GETFL);
    fcntl(0, F_SETFL, flags | O_NONBLOCK);
    report("nonblocking_is_eagain", read(0, &byte, 1) < 0 && errno == EAGAIN);
    fcntl(0, F_SETFL, flags);
}

static void test_requests(void)
{
    struct winsize size;
    ioctl(0, TIOCGWINSZ, &size);
    signal(SIGWINCH, on_signal);
    caught = 0;
    size.ws_row++;
    ioctl(0, TIOCSWINSZ, &size);
    report("winch", caught);
    size.ws_row--;
    ioctl(0, TIOCSWINSZ, &size);
    report("unknown_is_enotty", ioctl(0, 0x5499, 0) < 0 && errno == ENOTTY);
    report("bad_pointer_is_efault", ioctl(0, TCGETS, (void*)0xfffff000u) < 0 && errno == EFAULT);
    report("own_group", tcgetpgrp(0) == getpgrp());
    report("no_such_group", tcsetpgrp(0, 99999) < 0 && errno == ESRCH);
}

static void test_signals(void)
{
    char bytes[100];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval again = {{1, 0}, {1, 0}},
                           never = {{0, 0}, {0, 0}};  // the first may come before the read
    setitimer(ITIMER_REAL, &again, NULL);
    report("interrupted_is_eintr", read(0, bytes, sizeof bytes) < 0 && errno == EINTR);
    setitimer(ITIMER_REAL, &never, NULL);
    action.sa_handler = on_alarm;  // asks for a key that ends the same read
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    report_text("restarted", bytes, read(0, bytes, sizeof bytes));
}

static int child_end(pid_t child)
{
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    return WIFSTOPPED(status) ? 1000 + WSTOPSIG(status) : WIFEXITED(status) ? WEXITSTATUS(status) : 2000;
}

static pid_t start_in_background(void (*body)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        body();
    }
    setpgid(child, child);
    return child;
}

static void read_one(void)
{
    char byte;
    const long count = read(0, &byte, 1);
    _exit(count < 0 && errno == EIO ? 5 : 6);
}

static void read_ignoring(void)
{
    signal(SIGTTIN, SIG_IGN);
    read_one();
}

static void write_one(void)
{
    _exit(write(1, "", 0) == 0 && write(1, "\n", 1) == 1 ? 3 : 4);
}

static void test_background(void)
{
    struct termios stopping = sane;
    pid_t child = start_in_background(read_one);
    report("background_read_stops", child_end(child) == 1000 + SIGTTIN);
    kill(child, SIGKILL);
    child_end(child);
    report("ignored_stop_is_eio", child_end(start_in_background(read_ignoring)) == 5);
    report("background_write_goes", child_end(start_in_background(write_one)) == 3);
    stopping.c_lflag |= TOSTOP;
    tcsetattr(0, TCSADRAIN, &stopping);
    child = start_in_background(write_one);
    report("background_write_stops", child_end(child) == 1000 + SIGTTOU);
    tcsetpgrp(0, child);
    kill(child, SIGCONT);
    const int end = child_end(child);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpgrp());
    report("continued_in_foreground", end == 3);
    tcsetattr(0, TCSADRAIN, &sane);
}

int main(void)
{
    tcgetattr(0, &sane);
    test_raw_reads();
    test_poll();
    test_requests();
    test_signals();
    test_background();
    tcsetattr(0, TCSAFLUSH, &sane);
    tcdrain(1);
    printf("end of ttymodes\n");
    return 0;
}
